/*
 * groups - the groups of a school as its roster or its portal has them, and what there is of
 * each in Microsoft 365.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "record.h"
#include "school_classes.h"

/* ---- which of them -------------------------------------------------------------------------------- */

static bool is_there(const struct school_class *k)
{
	return *record_text(k->record, "team_id");
}

static bool is_class_alone(const struct school_class *k)
{
	return is_there(k) && strcmp(json_text_or(k->record, "is_team", "1"), "0") == 0;
}

static bool is_wanted(const struct cli *c, const struct school_class *k)
{
	const char *kind = cli_value(c, "--kind"), *text = cli_value(c, "--find");
	if (!is_there(k) && !school_class_is_active(k))
		return false;
	if (cli_flag(c, "--in") && !is_there(k))
		return false;
	if (cli_flag(c, "--out") && is_there(k))
		return false;
	return (!kind || strcmp(kind, school_class_kind(k)) == 0) &&
	       (!text || strcasestr(school_class_name(k), text) || strcasestr(k->id, text));
}

/* ---- showing --------------------------------------------------------------------------------------- */

/* How it stands, as the console's list says it. */
static enum colour standing_of(const struct school_class *k, char text[48])
{
	const char *status = record_text(k->record, "status");
	if (strcmp(status, "failed") == 0)
		(void)!snprintf(text, 48, "%.20s Failed", record_text(k->record, "failed"));
	else if (*record_text(k->record, "archived_at"))
		(void)!snprintf(text, 48, "Archived");
	else if (is_class_alone(k))
		(void)!snprintf(text, 48, "Class, no Team");
	else
		(void)!snprintf(text, 48, "%.40s", status_label(*status ? status : "no_team"));
	return status_colour(*status ? status : "no_team");
}

/* The names of who teaches it, the primary one first. */
static char *teachers_of(const struct school_class *k)
{
	struct buf b;
	size_t i;
	json_t *one;
	buf_init(&b, 0);
	buf_adds(&b, "");
	for (int primary = 1; primary >= 0; primary--)
		json_array_foreach (json_list(k->told, "teachers"), i, one)
			if (json_bool(one, "primary", false) == (primary == 1))
				buf_addf(&b, "%s%s", b.length ? ", " : "",
				    json_text_or(one, "name", json_text_or(one, "id", "?")));
	return buf_take(&b);
}

static int64_t learners_of(const struct school_class *k)
{
	return (int64_t)json_array_size(json_list(k->told, "learners"));
}

static int64_t time_of(const struct school_class *k, const char *field)
{
	return strtoll(record_text(k->record, field), NULL, 10);
}

static json_t *group_json(const struct school_class *k)
{
	static const char *const texts[] = {"display_name", "mail_nickname", "address",
	    "description", "lifetime", "made_by", "team_id", "web_url", "note", "last_job"};
	char label[48];
	(void)standing_of(k, label);
	json_t *teachers = json_list(k->told, "teachers");
	json_t *group = json_pack("{s:s, s:s, s:s, s:s, s:I, s:O, s:b, s:b, s:b, s:s, s:s, s:I}",
	    "id", k->id, "group", school_class_name(k), "kind", school_class_kind(k), "year",
	    school_class_word(k, "year"), "learners", (json_int_t)learners_of(k), "teachers",
	    teachers ? teachers : json_null(), "in_microsoft", is_there(k), "is_team",
	    is_there(k) && !is_class_alone(k), "is_active", school_class_is_active(k), "status",
	    record_text(k->record, "status"), "label", label, "last_sync_at",
	    (json_int_t)time_of(k, "last_sync_at"));
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		json_object_set_new(group, texts[i], json_string(record_text(k->record, texts[i])));
	return group;
}

static void print_row(struct table *t, const struct school_class *k)
{
	char label[48], at[32], *teachers = teachers_of(k);
	enum colour colour = standing_of(k, label);
	table_cell(t, PLAIN, "%s", k->id);
	table_cell(t, PLAIN, "%s", school_class_name(k));
	table_cell(t, PLAIN, "%s", school_class_kind(k));
	table_cell(t, PLAIN, "%lld", (long long)learners_of(k));
	table_cell(t, PLAIN, "%s", teachers);
	table_cell(t, colour, "%s", label);
	table_cell(t, PLAIN, "%s", record_text(k->record, "display_name"));
	table_cell(t, PLAIN, "%s", out_time(time_of(k, "last_sync_at"), at));
	free(teachers);
}

static void print_source(struct cli *c, const char *school)
{
	char at[32];
	struct reply *r = cli_ask(c, "HMGET %sroster:%s accepted_at by format", c->prefix, school);
	int64_t accepted_at = reply_number(reply_at(r, 0));
	const char *by = reply_text(reply_at(r, 1), NULL),
		   *format = reply_text(reply_at(r, 2), NULL);
	if (accepted_at > 0)
		out_say(GREY, 0, "The roster: %s, accepted %s, by %s.", format ? format : "?",
		    out_time(accepted_at, at), by ? by : "?");
	reply_free(r);
}

static void print(struct cli *c, const char *school, const struct school_class *at, size_t count)
{
	static const char *const headings[] = {"!ID", "GROUP", "1KIND", "LEARNERS", "3TEACHERS",
	    "IN MICROSOFT", "4NAME THERE", "2LAST SYNC", NULL};
	struct table t;
	size_t shown = 0;
	table_start(&t, headings);
	for (size_t i = 0; i < count; i++)
		if (is_wanted(c, &at[i])) {
			print_row(&t, &at[i]);
			shown++;
		}
	table_print(&t);
	if (shown == 0)
		out_say(GREY, 0, "No such group.");
	print_source(c, school);
}

static void print_json(const struct cli *c, const struct school_class *at, size_t count)
{
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++)
		if (is_wanted(c, &at[i]))
			json_array_append_new(list, group_json(&at[i]));
	out_json(list, false);
}

static bool is_kind(const char *kind)
{
	return strcmp(kind, "year") == 0 || strcmp(kind, "registration") == 0 ||
	       strcmp(kind, "teaching") == 0;
}

int groups_run(struct cli *c)
{
	const char *school = cli_value(c, "SCHOOL"), *kind = cli_value(c, "--kind");
	size_t count;
	if (kind && !is_kind(kind))
		return cli_usage(c, "--kind = \"%s\": year, registration or teaching", kind);
	if (cli_flag(c, "--in") && cli_flag(c, "--out"))
		return cli_usage(c, "--in or --out, not both");
	json_t *record = school_entered(c, school);
	if (!record)
		return NO;
	json_decref(record);
	struct school_class *at = school_classes_read(c, school, 0, &count);
	if (c->json)
		print_json(c, at, count);
	else
		print(c, school, at, count);
	school_classes_free(at, count);
	return YES;
}
