/*
 * history - what happened in a school, newest first: by learner, class, run, person or kind of
 * event. The history has ids alone; names are looked up where the classes still know them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "awaited.h"
#include "clock.h"
#include "events.h"
#include "output.h"
#include "reasons.h"
#include "record.h"
#include "school_classes.h"
#include "sheet.h"

enum { SHOWN = 100, MOST = 100000 };

/* ---- names ------------------------------------------------------------------------------ */

static const struct school_class *class_of(
    const struct school_class *at, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(at[i].id, id) == 0)
			return &at[i];
	return NULL;
}

void events_name(json_t *events, const struct school_class *at, size_t count)
{
	size_t i;
	json_t *event;
	json_array_foreach (events, i, event) {
		const char *class_id = json_text_or(event, "class", "");
		const char *learner = json_text_or(event, "learner", "");
		const struct school_class *k = class_of(at, count, class_id);
		json_t *kept = k ? json_object_get(k->learners, learner) : NULL;
		json_t *told = k ? school_class_learner(k, learner) : NULL;
		json_object_set_new(
		    event, "group", json_string(k ? school_class_name(k) : class_id));
		json_object_set_new(event, "name",
		    json_string(json_text_or(kept, "name", json_text_or(told, "name", ""))));
		json_object_set_new(
		    event, "label", json_string(event_label(json_text_or(event, "what", ""))));
	}
}

/* ---- showing ---------------------------------------------------------------------------- */

/* Whoever is no learner is in the history by the beginning of the account's id. */
static void who_of(const json_t *event, char who[64])
{
	const char *name = json_text_or(event, "name", "");
	const char *learner = json_text_or(event, "learner", "");
	const char *user_id = json_text_or(event, "user_id", "");
	if (*name || *learner)
		text_copy(who, 64, *name ? name : learner);
	else
		(void)!snprintf(who, 64, "%s%.8s", *user_id ? "account " : "", user_id);
}

/* What happened, the reason, the detail: as far as they are there. */
static char *what_of(const json_t *event)
{
	const char *reason = reason_label("", json_text_or(event, "reason", ""));
	const char *detail = json_text_or(event, "detail", "");
	return xasprintf("%s%s%s%s%s", json_text_or(event, "label", ""), *reason ? ": " : "",
	    reason, *detail ? ": " : "", detail);
}

void events_print(const json_t *events, bool of_one)
{
	static const char *const all[] = {"WHEN", "CLASS", "LEARNER", "1BY", "~WHAT", NULL};
	static const char *const one[] = {"WHEN", "CLASS", "1BY", "~WHAT", NULL};
	struct table t;
	size_t i;
	json_t *event;
	table_start(&t, of_one ? one : all);
	json_array_foreach (events, i, event) {
		char at[32], who[64], *what = what_of(event);
		who_of(event, who);
		table_cell(&t, GREY, "%s", out_time(json_int(event, "at", 0), at));
		table_cell(&t, PLAIN, "%s", json_text_or(event, "group", ""));
		if (!of_one)
			table_cell(&t, PLAIN, "%s", who);
		table_cell(&t, PLAIN, "%s", json_text_or(event, "by", ""));
		table_cell(&t, PLAIN, "%s", what);
		free(what);
	}
	table_print(&t);
}

static void print_csv(const json_t *events)
{
	static const char *const fields[] = {"group", "class", "name", "learner", "label", "reason",
	    "detail", "by", "run", "job", "user_id"};
	enum { FIELDS = sizeof fields / sizeof *fields };
	size_t i;
	json_t *event;
	fputs("\xef\xbb\xbf\"at\"", stdout);
	for (size_t k = 0; k < FIELDS; k++)
		printf(",\"%s\"", fields[k]);
	fputs("\r\n", stdout);
	json_array_foreach (events, i, event) {
		char at[32];
		struct buf b;
		buf_init(&b, 0);
		sheet_field(&b, clock_iso(json_int(event, "at", 0), at), true);
		for (size_t k = 0; k < FIELDS; k++)
			sheet_field(&b, json_text_or(event, fields[k], ""), false);
		printf("%s\r\n", b.data);
		buf_clear(&b);
	}
}

/* ---- the command -------------------------------------------------------------------------- */

static void print(struct cli *c, json_t *events)
{
	if (c->json) {
		out_json(json_incref(events), false);
	} else if (cli_flag(c, "--csv")) {
		print_csv(events);
	} else if (json_array_size(events) == 0) {
		out_say(GREY, 0, "Nothing of that is in the history.");
	} else {
		events_print(events, false);
	}
}

int history_run(struct cli *c)
{
	const char *school = cli_value(c, "SCHOOL");
	int64_t most = cli_limit(c, SHOWN, MOST);
	if (most < 0)
		return USAGE;
	if (c->json && cli_flag(c, "--csv"))
		return cli_usage(c, "--csv or --json, not both");
	json_t *record = school_entered(c, school);
	if (!record)
		return NO;
	json_decref(record);
	const struct history_event like = {
	    .learner = cli_value(c, "--learner"),
	    .class_id = cli_value(c, "--class"),
	    .run = cli_value(c, "--run"),
	    .by = cli_value(c, "--by"),
	    .what = cli_value(c, "--what"),
	};
	size_t count;
	json_t *events = history_awaited(c, school, &like, (size_t)most);
	struct school_class *at = school_classes_read(c, school, WITH_LEARNERS, &count);
	events_name(events, at, count);
	print(c, events);
	school_classes_free(at, count);
	json_decref(events);
	return YES;
}
