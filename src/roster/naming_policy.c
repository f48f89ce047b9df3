/*
 * naming_policy - the tenant's rules for the names of groups: what every name begins and
 * ends with, and words that none may have. Microsoft lists them as group settings; a name
 * that breaks one is refused when the group is made, so it is better known before.
 *
 * A rule is written as "GRP [GroupName] [Department]": fixed words, bare or in brackets, and
 * properties of the person who makes the group, of which nothing can be said beforehand.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "naming.h"

static const char group_name[] = "[GroupName]";

static const char *value_of(const json_t *settings, const char *name)
{
	size_t i;
	json_t *value;
	json_array_foreach (json_list(settings, "values"), i, value)
		if (strcasecmp(json_text_or(value, "name", ""), name) == 0)
			return json_text_or(value, "value", "");
	return "";
}

static bool is_of_a_person(const char *word, size_t length)
{
	static const char *const words[] = {
	    "Department", "Company", "Office", "StateOrProvince", "CountryOrRegion", "Title"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i]) == length && strncasecmp(words[i], word, length) == 0)
			return true;
	return false;
}

/* The fixed text of one side of the rule; *depends is set when there is more to it. */
static json_t *fixed_text(const char *rule, size_t length, bool *depends)
{
	struct buf b;
	buf_init(&b, 0);
	for (size_t i = 0; i < length;) {
		const char *end = rule[i] == '[' ? memchr(rule + i, ']', length - i) : NULL;
		size_t n = end ? (size_t)(end - rule) - i - 1 : 0;
		if (end && is_of_a_person(rule + i + 1, n))
			*depends = true;
		else if (end)
			buf_add(&b, rule + i + 1, n);
		else
			buf_add(&b, rule + i, 1);
		i += end ? n + 2 : 1;
	}
	json_t *text = json_string(b.length ? b.data : "");
	buf_clear(&b);
	return text;
}

static json_t *words_in(const char *list)
{
	json_t *words = json_array();
	for (const char *at = list; *at;) {
		at += strspn(at, ", ");
		size_t n = strcspn(at, ",");
		size_t length = n;
		while (length > 0 && at[length - 1] == ' ')
			length--;
		if (length)
			json_array_append_new(words, json_stringn(at, length));
		at += n;
	}
	return words;
}

static json_t *rules_of(const char *rule, const char *blocked)
{
	bool depends = false;
	const char *name = strcasestr(rule, group_name);
	size_t before = name ? (size_t)(name - rule) : 0;
	const char *after = name ? name + strlen(group_name) : "";
	json_t *prefix = fixed_text(rule, before, &depends);
	json_t *suffix = fixed_text(after, strlen(after), &depends);
	return json_pack("{s:o,s:o,s:o,s:b}", "prefix", prefix, "suffix", suffix, "blocked",
	    words_in(blocked), "depends", depends);
}

json_t *naming_policy(const json_t *answer)
{
	size_t i;
	json_t *settings;
	json_array_foreach (json_list(answer, "value"), i, settings) {
		const char *rule = value_of(settings, "PrefixSuffixNamingRequirement");
		const char *blocked = value_of(settings, "CustomBlockedWordsList");
		if (*rule || *blocked)
			return rules_of(rule, blocked);
	}
	return NULL;
}

static bool has_ends(const char *name, const char *prefix, const char *suffix)
{
	size_t length = strlen(name), least = strlen(prefix) + strlen(suffix);
	return length >= least && strncmp(name, prefix, strlen(prefix)) == 0 &&
	       strcmp(name + length - strlen(suffix), suffix) == 0;
}

static bool is_within_word(unsigned char c)
{
	return isalnum(c) || c >= 0x80;
}

/* A blocked word counts as a word of its own, in any case. */
static bool has_word(const char *name, const char *word)
{
	size_t length = strlen(word);
	for (const char *at = name; (at = strcasestr(at, word)); at++) {
		bool begins = at == name || !is_within_word((unsigned char)at[-1]);
		if (begins && !is_within_word((unsigned char)at[length]))
			return true;
	}
	return false;
}

enum naming_verdict naming_judge(const json_t *policy, const char *name, const char **word)
{
	const char *prefix = json_text_or(policy, "prefix", ""),
		   *suffix = json_text_or(policy, "suffix", "");
	bool depends = json_bool(policy, "depends", false);
	size_t i;
	json_t *blocked;
	*word = NULL;
	json_array_foreach (json_list(policy, "blocked"), i, blocked) {
		*word = json_string_value(blocked);
		if (*word && has_word(name, *word))
			return NAMING_BLOCKED_WORD;
	}
	*word = *prefix ? prefix : suffix;
	if (!depends && !has_ends(name, prefix, suffix))
		return NAMING_PREFIX_SUFFIX;
	*word = NULL;
	return depends ? NAMING_DEPENDS : NAMING_FITS;
}
