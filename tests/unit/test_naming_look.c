#include "naming_look.h"

#include <stdlib.h>

#include "test.h"

static const char *changed(const char *group)
{
	struct naming_entry e = {.of = {group, "1234567", "2026", "g1"}};
	naming_resolve(&e, 1);
	const char *why = naming_changed_by(&e);
	naming_entries_clear(&e, 1);
	return why;
}

TEST("a nickname that is plainly the rule's is not changed by anything")
{
	CHECK_STR(changed("5L"), "");
	CHECK_STR(changed("2S/DT1"), "");
	CHECK_STR(changed("Mon Ch"), "");
}

TEST("it is told why a nickname is not plainly the rule's: letters, length, or another group")
{
	CHECK_STR(changed("Graad 5 S\xc3\xaa"), "letters");
	CHECK_STR(changed("Year 10 Combined Science Foundation Tier Intervention Group B"), "cut");
	struct naming_entry both[] = {
	    {.of = {"2S/DT1", "1", "2026", "a"}}, {.of = {"2SDT1", "1", "2026", "b"}}};
	naming_resolve(both, 2);
	CHECK_STR(naming_changed_by(&both[0]), "");
	CHECK_STR(naming_changed_by(&both[1]), "number");
	naming_entries_clear(both, 2);
}

TEST("a group without a name has nothing to be changed, and is refused")
{
	char *problem;
	CHECK_STR(changed("/"), "");
	CHECK_STR(naming_look(NULL, NULL, true, &problem), "refused");
	CHECK_HAS(problem, "needs a name");
	free(problem);
}

TEST("what the tenant says of a name is unknown until its rules were read")
{
	char *problem;
	CHECK_STR(naming_look("5L", NULL, false, &problem), "unknown");
	CHECK(!problem);
	CHECK_STR(naming_look("5L", NULL, true, &problem), "ok");
	CHECK(!problem);
}

TEST("a name that the tenant refuses is refused with the words that stand in its way")
{
	char *problem;
	json_t *policy =
	    json_pack("{s:s, s:s, s:[s]}", "prefix", "GRP_", "suffix", "", "blocked", "test");
	CHECK_STR(naming_look("5L", policy, true, &problem), "refused");
	CHECK_HAS(problem, "GRP_");
	free(problem);
	CHECK_STR(naming_look("GRP_ test", policy, true, &problem), "refused");
	CHECK_HAS(problem, "test");
	free(problem);
	json_decref(policy);
}

TEST("characters are counted, not bytes")
{
	CHECK_INT(naming_characters("Graad 5 S\xc3\xaa"), 10);
	CHECK_INT(naming_characters(""), 0);
}
