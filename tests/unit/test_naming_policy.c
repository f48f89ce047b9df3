/* The tenant's own rules for names. */
#include "naming.h"
#include "test.h"

static json_t *rules(const char *rule, const char *blocked)
{
	json_t *answer = json_pack("{s:[{s:s,s:[]},{s:s,s:[{s:s,s:s},{s:s,s:s}]}]}", "value",
	    "displayName", "Password Rule Settings", "values", "displayName", "Group.Unified",
	    "values", "name", "PrefixSuffixNamingRequirement", "value", rule, "name",
	    "CustomBlockedWordsList", "value", blocked);
	json_t *policy = naming_policy(answer);
	json_decref(answer);
	return policy;
}

static void judges(json_t *policy, const char *name, enum naming_verdict verdict, const char *word)
{
	const char *is;
	CHECK_INT(naming_judge(policy, name, &is), verdict);
	if (word)
		CHECK_STR(is, word);
	else
		CHECK(!is);
}

TEST("a tenant without rules takes every name")
{
	CHECK(!rules("", ""));
	CHECK(!naming_policy(NULL));
	judges(NULL, "8B_Class [1][2026]", NAMING_FITS, NULL);
}

TEST("a name must have the prefix and the suffix of the tenant")
{
	json_t *p = rules("GRP [GroupName][-edu]", "");
	judges(p, "GRP 8B_Class-edu", NAMING_FITS, NULL);
	judges(p, "8B_Class-edu", NAMING_PREFIX_SUFFIX, "GRP ");
	judges(p, "GRP 8B_Class", NAMING_PREFIX_SUFFIX, "GRP ");
	json_decref(p);
	p = rules("[GroupName] (school)", "");
	judges(p, "8B (school)", NAMING_FITS, NULL);
	judges(p, "8B", NAMING_PREFIX_SUFFIX, " (school)");
	json_decref(p);
}

TEST("a rule that names a person's department can be judged by nobody beforehand")
{
	json_t *p = rules("[Department]-[GroupName]", "");
	judges(p, "8B", NAMING_DEPENDS, NULL);
	json_decref(p);
}

TEST("a blocked word is found as a word, in any case, and not within another")
{
	json_t *p = rules("", "Payroll, CEO ,,ski");
	judges(p, "8B_Class", NAMING_FITS, NULL);
	judges(p, "payroll 8B", NAMING_BLOCKED_WORD, "Payroll");
	judges(p, "8B-Ceo", NAMING_BLOCKED_WORD, "CEO");
	judges(p, "Skills 8B", NAMING_FITS, NULL);
	judges(p, "Skills ski", NAMING_BLOCKED_WORD, "ski");
	json_decref(p);
}
