/*
 * envelope_options - what a job may be told beside its class, option by option. A new option is
 * a line of the table, and a rule if it is no plain text.
 */
#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "envelope_int.h"

enum { DESCRIPTION_MAX_BYTES = 4096 };

static bool one_of(struct envelope *v, const char *what, const char *word, const char *words)
{
	size_t n = strlen(word);
	for (const char *p = words; *p; p += strcspn(p, " "), p += strspn(p, " "))
		if (n && strcspn(p, " ") == n && strncmp(p, word, n) == 0)
			return true;
	return envelope_refuse(v, "%s: \"%.40s\" is none of: %s", what, word, words);
}

static bool check_plan(struct envelope *v, const char *text)
{
	if (!envelope_is_id(text))
		return envelope_refuse(v, "options.plan is no id of a job");
	text_copy(v->plan, sizeof v->plan, text);
	return true;
}

static bool check_target(struct envelope *v, const char *text)
{
	return one_of(v, "options.target", text, "team class");
}

/* A class is closed, in some of three ways, or opened again. */
static bool check_actions(struct envelope *v, const char *text)
{
	if (strcmp(text, "reopen") == 0)
		return true;
	for (const char *p = text;; p++) {
		char word[32] = "";
		size_t n = strcspn(p, ",");
		if (n < sizeof word)
			memcpy(word, p, n);
		if (!one_of(v, "options.actions", word, "archive rename remove_learners"))
			return false;
		p += n;
		if (!*p)
			return true;
	}
}

/* check is NULL for a yes or no; what has no rule of its own is plain text. */
struct option {
	const char *name;
	bool is_text;
	size_t max;
	bool (*check)(struct envelope *v, const char *text);
};

static const struct option options_known[] = {
    {"active", false, 0, NULL},
    {"approve_removals", false, 0, NULL},
    {"dry_run", false, 0, NULL},
    {"hold_removals", false, 0, NULL},
    {"plan", true, 64, check_plan},
    {"display_name", true, NAME_MAX_BYTES, NULL},
    {"description", true, DESCRIPTION_MAX_BYTES, NULL},
    {"lifetime", true, NAME_MAX_BYTES, NULL},
    {"target", true, NAME_MAX_BYTES, check_target},
    {"owner", true, NAME_MAX_BYTES, NULL},
    {"group", true, NAME_MAX_BYTES, NULL},
    {"confirm", true, NAME_MAX_BYTES, NULL},
    {"actions", true, NAME_MAX_BYTES, check_actions},
};
enum { OPTIONS = sizeof options_known / sizeof *options_known };

static const struct option *find_option(const char *name)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (strcmp(options_known[i].name, name) == 0)
			return &options_known[i];
	return NULL;
}

static bool refuse_option(struct envelope *v, const char *name)
{
	char names[160] = "";
	size_t n = 0;
	for (size_t i = 0; i < OPTIONS && n < sizeof names; i++)
		n += (size_t)snprintf(
		    names + n, sizeof names - n, "%s%s", i ? ", " : "", options_known[i].name);
	return envelope_refuse(v, "options.%.40s is not known: %s", name, names);
}

static bool check_option(struct envelope *v, const char *name, const json_t *value)
{
	const struct option *o = find_option(name);
	if (!o)
		return refuse_option(v, name);
	if (!o->is_text)
		return json_is_boolean(value) ||
		       envelope_refuse(v, "options.%s must be true or false", name);
	if (!json_is_string(value))
		return envelope_refuse(v, "options.%s must be text", name);
	if (json_string_length(value) > o->max)
		return envelope_refuse(v, "options.%s is longer than %zu bytes", name, o->max);
	return !o->check || o->check(v, json_string_value(value));
}

bool envelope_check_options(struct envelope *v, json_t *options)
{
	if (!options || json_is_null(options))
		return true;
	if (!json_is_object(options))
		return envelope_refuse(v, "options must be an object");
	const char *key;
	json_t *value;
	json_object_foreach (options, key, value)
		if (!check_option(v, key, value))
			return false;
	return true;
}
