/* class - how a class stands, and each of its learners with the reason. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "reasons.h"
#include "record.h"

static const char *const numbers[] = {
    "synced", "failed", "unresolved", "total", "last_sync_at", NULL};

/* class_label gives the status as the class list shows it: "3 Failed" has its number. */
static void class_label(const json_t *class, char text[48])
{
	const char *status = record_text(class, "status");
	if (strcmp(status, "failed") == 0)
		(void)!snprintf(text, 48, "%lld Failed", (long long)json_int(class, "failed", 0));
	else
		(void)!snprintf(text, 48, "%.40s", status_label(*status ? status : "no_team"));
}

static bool is_class_alone(const json_t *class)
{
	return *record_text(class, "team_id") &&
	       strcmp(json_text_or(class, "is_team", "1"), "0") == 0;
}

/* print_there prints what it is in Microsoft 365. */
static void print_there(const json_t *class)
{
	char at[32];
	out_field("Name there", PLAIN, record_text(class, "display_name"));
	out_field("Address", PLAIN, record_text(class, "address"));
	out_field("Wanted until", PLAIN, record_text(class, "lifetime"));
	out_field(
	    "Archived", PLAIN, out_time(strtoll(record_text(class, "archived_at"), NULL, 10), at));
	out_field("Team", PLAIN,
	    is_class_alone(class) ? "(none yet: a class without a Team)"
				  : record_text(class, "web_url"));
}

static void print_class(const char *id, const json_t *class)
{
	char text[96], label[48];
	long long unresolved = (long long)json_int(class, "unresolved", 0);
	class_label(class, label);
	out_field("Class", BOLD, id);
	out_field("Name", PLAIN, record_text(class, "name"));
	out_field("Year", PLAIN, record_text(class, "year"));
	out_field("Status", status_colour(record_text(class, "status")), label);
	out_field("Note", PLAIN, record_text(class, "note"));
	(void)!snprintf(text, sizeof text, "%lld of %lld synced",
	    (long long)json_int(class, "synced", 0), (long long)json_int(class, "total", 0));
	out_field("Learners", PLAIN, text);
	(void)!snprintf(text, sizeof text, "%lld unresolved", unresolved);
	out_field("", GREY, unresolved > 0 ? text : "");
	out_field("Last sync", PLAIN, out_time(json_int(class, "last_sync_at", 0), label));
	out_field("Last job", PLAIN, record_text(class, "last_job"));
	print_there(class);
}

/* ---- learners ------------------------------------------------------------------- */

static json_t *read_learners(struct cli *c, const char *school, const char *id)
{
	json_t *learners = json_array();
	struct reply *r = cli_ask(c, "HGETALL %sclass:%s:%s:learners", c->prefix, school, id);
	for (size_t i = 0; i + 1 < reply_count(r); i += 2) {
		size_t length;
		const char *text = reply_text(reply_at(r, i + 1), &length);
		json_t *learner = text ? json_read(text, length, 8, NULL) : NULL;
		if (json_is_object(learner)) {
			json_object_set_new(
			    learner, "learner", json_string(reply_text(reply_at(r, i), NULL)));
			json_array_append(learners, learner);
		}
		json_decref(learner);
	}
	reply_free(r);
	return learners;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(
	    record_text(*(json_t *const *)a, "name"), record_text(*(json_t *const *)b, "name"));
}

static void print_learners(const json_t *learners)
{
	static const char *const headings[] = {"NAME", "1ADDRESS", "STATUS", "~REASON", NULL};
	struct table t;
	size_t count = json_array_size(learners);
	if (count == 0)
		return;
	json_t **sorted = xcalloc(count, sizeof(json_t *));
	for (size_t i = 0; i < count; i++)
		sorted[i] = json_array_get(learners, i);
	qsort(sorted, count, sizeof(json_t *), by_name);
	puts("");
	table_start(&t, headings);
	for (size_t i = 0; i < count; i++) {
		const char *status = record_text(sorted[i], "status");
		table_cell(&t, PLAIN, "%s", record_text(sorted[i], "name"));
		table_cell(&t, PLAIN, "%s", record_text(sorted[i], "email"));
		table_cell(&t, status_colour(status), "%s", status_label(status));
		table_cell(&t, PLAIN, "%s", reason_label("", record_text(sorted[i], "reason")));
	}
	table_print(&t);
	free(sorted);
}

int class_run(struct cli *c)
{
	const char *school = cli_value(c, "SCHOOL"), *id = cli_value(c, "CLASS");
	struct reply *r = cli_ask(c, "HGETALL %sclass:%s:%s", c->prefix, school, id);
	json_t *class = hash_of(r, numbers);
	reply_free(r);
	if (!class) {
		out_complain("no class %s of %s is known", id, school);
		return NO;
	}
	json_t *learners = read_learners(c, school, id);
	if (c->json) {
		json_object_set_new(class, "school", json_string(school));
		json_object_set_new(class, "class", json_string(id));
		json_object_set(class, "learners", learners);
		out_json(json_incref(class), false);
	} else {
		print_class(id, class);
		print_learners(learners);
	}
	json_decref(learners);
	json_decref(class);
	return YES;
}
