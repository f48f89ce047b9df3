/*
 * drift - what people changed by hand in Microsoft 365, as the last look at each class saw it,
 * and what of that the school lets stand (exceptions.h). Without a decision the next sync puts
 * it right.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "awaited.h"
#include "clock.h"
#include "output.h"
#include "record.h"
#include "school_classes.h"

static const struct word changes[] = {
    {"added", "added by hand", ORANGE},
    {"removed", "taken out by hand", ORANGE},
    {"owner_added", "made an owner", BLUE},
    {"renamed", "renamed", BLUE},
    {NULL, NULL, PLAIN},
};

static const struct word *change_of(const char *what)
{
	const struct word *w = changes;
	while (w->word && strcmp(w->word, what) != 0)
		w++;
	return w;
}

/* ---- showing ------------------------------------------------------------------------------------- */

/* One change, or an exception of which there is no change any more. */
static json_t *entry(const struct school_class *k, const char *user_id)
{
	static const char *const texts[] = {"what", "name", "learner", "job", "became"};
	const json_t *drift = json_object_get(k->drift, user_id);
	json_t *exception = json_object_get(k->exceptions, user_id);
	json_t *one = json_pack("{s:s, s:s, s:s, s:I}", "class", k->id, "group",
	    school_class_name(k), "user_id", user_id, "at", (json_int_t)json_int(drift, "at", 0));
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		json_object_set_new(one, texts[i], json_string(json_text_or(drift, texts[i], "")));
	if (!*json_text_or(one, "name", ""))
		json_object_set_new(one, "name", json_string(json_text_or(exception, "name", "")));
	json_object_set(one, "exception", exception ? exception : json_null());
	return one;
}

static void add_class(json_t *list, const struct school_class *k)
{
	const char *user_id;
	json_t *unused;
	json_object_foreach (k->drift, user_id, unused)
		json_array_append_new(list, entry(k, user_id));
	json_object_foreach (k->exceptions, user_id, unused)
		if (!json_object_get(k->drift, user_id))
			json_array_append_new(list, entry(k, user_id));
}

/* What was decided, or else what the sync did about it. */
static const char *decision_of(const json_t *one, char text[80])
{
	const json_t *exception = json_map(one, "exception");
	const char *kind = json_text_or(exception, "kind", "");
	const char *became = json_text_or(one, "became", "");
	if (strcmp(kind, "until") == 0)
		(void)!snprintf(
		    text, 80, "stands until %.20s", json_text_or(exception, "until", "?"));
	else if (*kind)
		(void)!snprintf(text, 80, "stands (%.20s)", kind);
	else
		(void)!snprintf(text, 80, "%.40s", became);
	return text;
}

static void print_list(const json_t *list)
{
	static const char *const headings[] = {
	    "CLASS", "WHO", "CHANGE", "SEEN", "DECISION", "1!ACCOUNT", NULL};
	struct table t;
	size_t i;
	json_t *one;
	if (json_array_size(list) == 0) {
		out_say(GREY, 0, "Nobody changed anything by hand, as far as the last syncs saw.");
		return;
	}
	table_start(&t, headings);
	json_array_foreach (list, i, one) {
		char at[32], text[80];
		const char *name = json_text_or(one, "name", "");
		const struct word *change = change_of(json_text_or(one, "what", ""));
		table_cell(&t, PLAIN, "%s", json_text_or(one, "group", ""));
		table_cell(&t, PLAIN, "%s", *name ? name : "(no name)");
		table_cell(&t, change->colour, "%s",
		    change->word ? change->label : json_text_or(one, "what", ""));
		table_cell(&t, PLAIN, "%s", out_time(json_int(one, "at", 0), at));
		table_cell(&t, PLAIN, "%s", decision_of(one, text));
		table_cell(&t, PLAIN, "%s", json_text_or(one, "user_id", ""));
	}
	table_print(&t);
}

static int show(
    struct cli *c, const struct school_class *at, size_t count, const struct school_class *only)
{
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++)
		if (!only || only == &at[i])
			add_class(list, &at[i]);
	if (c->json) {
		out_json(list, false);
	} else {
		print_list(list);
		json_decref(list);
	}
	return YES;
}

/* ---- deciding ------------------------------------------------------------------------------------- */

/* An account by its id or by the name that stands in the list; NULL and a complaint. */
static const char *account_called(const struct school_class *k, const char *called)
{
	const char *user_id, *found = NULL;
	json_t *one;
	size_t names = 0;
	if (json_object_get(k->drift, called) || json_object_get(k->exceptions, called))
		return called;
	json_object_foreach (k->drift, user_id, one)
		if (strcmp(json_text_or(one, "name", ""), called) == 0) {
			found = user_id;
			names++;
		}
	if (names == 1)
		return found;
	out_complain(names ? "%s: more than one of %s is called so; name the account"
			   : "%s: nothing of %s was changed by hand for such an account or name",
	    called, school_class_name(k));
	return NULL;
}

static const char *kind_given(const struct cli *c)
{
	if (cli_value(c, "--until"))
		return "until";
	return cli_flag(c, "--keep") ? "keep" : cli_flag(c, "--accept") ? "accept" : "";
}

static int decide(struct cli *c, const struct school_class *k)
{
	struct err e;
	bool drop = cli_flag(c, "--drop");
	const char *user_id = account_called(k, cli_value(c, "--user"));
	if (!user_id)
		return NO;
	const struct exception x = {
	    .user_id = user_id,
	    .kind = kind_given(c),
	    .until = cli_value(c, "--until") ? cli_value(c, "--until") : "",
	    .name = json_text_or(json_object_get(k->drift, user_id), "name", ""),
	    .by = cli_who(),
	    .at = clock_wall_ms(),
	};
	if (!drop && exception_check(x.kind, x.until, &e) < 0)
		return cli_usage(c, "%s", e.text);
	int status = exception_awaited(c, cli_value(c, "SCHOOL"), k->id, &x, drop);
	if (status == YES)
		out_say(PLAIN, 0, "%s: %s", *x.name ? x.name : user_id,
		    drop ? "the next sync puts it right." : "the change by hand stands.");
	return status;
}

static int decisions_given(const struct cli *c)
{
	return (cli_value(c, "--until") != NULL) + cli_flag(c, "--keep") + cli_flag(c, "--accept") +
	       cli_flag(c, "--drop");
}

int drift_run(struct cli *c)
{
	const char *school = cli_value(c, "SCHOOL"), *class = cli_value(c, "CLASS");
	bool decides = decisions_given(c) > 0 || cli_value(c, "--user");
	size_t count;
	if (decides && (decisions_given(c) != 1 || !class || !cli_value(c, "--user")))
		return cli_usage(
		    c, "to decide name CLASS, --user and one of --keep, --until, --accept, --drop");
	json_t *record = school_entered(c, school);
	if (!record)
		return NO;
	json_decref(record);
	struct school_class *at = school_classes_read(c, school, WITH_BY_HAND, &count);
	const struct school_class *only = class ? school_class_called(at, count, class) : NULL;
	int status = NO;
	if (!class || only)
		status = decides ? decide(c, only) : show(c, at, count, only);
	school_classes_free(at, count);
	return status;
}
