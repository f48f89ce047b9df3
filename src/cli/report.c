/*
 * report - what a run did for a school: what was made, what changed, what could not be done
 * and why, what the brake holds. Runs are kept newest first (31_runs.lua).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "record.h"
#include "run_report.h"

enum { RUNS_SHOWN = 60, DEPTH = 8 };

static const char *const numbers[] = {"started_at", "finished_at", "members", "leavers", "classes",
    "made", "changed", "failed_classes", "held_classes", "skipped", "added", "already_member",
    "failed", "unresolved", "removed", "removal_failed", NULL};

/* ---- reading ------------------------------------------------------------------------------ */

char *run_newest(struct cli *c, const char *school)
{
	struct reply *r = cli_ask(c, "LINDEX %sruns:%s 0", c->prefix, school);
	const char *text = reply_text(r, NULL);
	char *run = text ? xstrdup(text) : NULL;
	reply_free(r);
	return run;
}

static int by_name(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	int order = strcmp(record_text(x, "name"), record_text(y, "name"));
	return order ? order : strcmp(record_text(x, "id"), record_text(y, "id"));
}

static json_t *sort(json_t *lines)
{
	size_t count = json_array_size(lines);
	json_t **at = xcalloc(count + 1, sizeof(json_t *)), *sorted = json_array();
	for (size_t i = 0; i < count; i++)
		at[i] = json_array_get(lines, i);
	qsort(at, count, sizeof(json_t *), by_name);
	for (size_t i = 0; i < count; i++)
		json_array_append(sorted, at[i]);
	free(at);
	json_decref(lines);
	return sorted;
}

/* The lines move from the hash into a list. */
static json_t *take_lines(json_t *run)
{
	const char *field;
	void *next;
	json_t *value, *lines = json_array();
	json_object_foreach_safe(run, next, field, value)
	{
		const char *text = json_string_value(value);
		json_t *line = strncmp(field, "c:", 2) == 0 && text
				   ? json_read(text, strlen(text), DEPTH, NULL)
				   : NULL;
		if (json_is_object(line)) {
			json_object_set_new(line, "id", json_string(field + 2));
			json_array_append(lines, line);
		}
		json_decref(line);
		if (strncmp(field, "c:", 2) == 0)
			json_object_del(run, field);
	}
	return sort(lines);
}

static json_t *read_hash(struct cli *c, const char *school, const char *name)
{
	struct reply *r = cli_ask(c, "HGETALL %srun:%s:%s", c->prefix, school, name);
	json_t *run = hash_of(r, numbers);
	reply_free(r);
	return run;
}

static const char *end_of(const json_t *job)
{
	if (strcmp(record_text(job, "error_code"), "crashed") == 0)
		return "crashed";
	return record_is(job, "cancelled") ? "cancelled" : "failed";
}

/* Whether it says all of how it ended. */
static bool is_told(const json_t *run)
{
	return !record_is(run, "running") && !record_is(run, "crashed");
}

/* Without a record there is no more to say of one that is known to have crashed. */
static void put_end(json_t *run, const json_t *job)
{
	if (!job && record_is(run, "crashed"))
		return;
	json_object_set_new(run, "state", json_string(end_of(job)));
	json_object_set_new(run, "error_code", json_string(record_text(job, "error_code")));
	json_object_set_new(run, "error",
	    json_string(
		job ? record_text(job, "error") : "Its job has ended, and is not kept any more."));
	if (job)
		json_object_set(run, "finished_at", json_object_get(job, "finished_at"));
}

/* A run's own job says how it ended, unless it could not any more: then only the queue knows,
 * in the record of the job. It says both in one, so what said running before that is read again. */
static json_t *with_its_end(struct cli *c, const char *school, const char *name, json_t *run)
{
	json_t *job = record_read(c, record_text(run, "job"));
	if (!job || record_has_ended(job)) {
		json_decref(run);
		run = read_hash(c, school, name);
		if (run && !is_told(run))
			put_end(run, job);
	}
	json_decref(job);
	return run;
}

json_t *run_read(struct cli *c, const char *school, const char *name)
{
	json_t *run = read_hash(c, school, name);
	if (run && !is_told(run))
		run = with_its_end(c, school, name, run);
	if (!run)
		return NULL;
	json_object_set_new(run, "run", json_string(name));
	json_object_set_new(run, "lines", take_lines(run));
	return run;
}

/* ---- the headline -------------------------------------------------------------------------- */

static const struct word states[] = {
    {"running", "is under way", BLUE},
    {"done", "is done", GREEN},
    {"partly", "is done, but for some classes", ORANGE},
    {"held", "waits for somebody to approve its removals", RED},
    {"cancelled", "was cancelled", ORANGE},
    {"unfinished", "was given up after twelve hours", RED},
    {"failed", "failed", RED},
    {"crashed", "crashed", RED},
    {NULL, NULL, PLAIN},
};

static const struct word *state_of(const json_t *run)
{
	const struct word *w = states;
	while (w->word && strcmp(w->word, record_text(run, "state")) != 0)
		w++;
	return w;
}

void run_headline(const json_t *run)
{
	char at[32], span[32];
	const struct word *state = state_of(run);
	int64_t from = json_int(run, "started_at", 0), to = json_int(run, "finished_at", 0);
	out_say(state->colour, 0, "Run %s of %s %s%s%s.%s", record_text(run, "run"),
	    out_time(from, at), state->word ? state->label : record_text(run, "state"),
	    to > from ? " after " : "", to > from ? out_span(to - from, span) : "",
	    *record_text(run, "dry_run") ? " Nothing was changed: it was a preview." : "");
	if (*record_text(run, "error"))
		out_say(RED, 0, "%s", record_text(run, "error"));
	if (*record_text(run, "braked"))
		out_say(RED, 0,
		    "The school's brake: %lld of %lld memberships would end. Everybody was added "
		    "and "
		    "nobody removed. To let it happen: rollcall night SCHOOL --now "
		    "--approve-removals",
		    (long long)json_int(run, "leavers", 0), (long long)json_int(run, "members", 0));
}

/* ---- its parts ------------------------------------------------------------------------------ */

static int64_t number(const json_t *line, const char *name)
{
	return json_int(line, name, 0);
}

static bool is_held(const json_t *line)
{
	return number(line, "held") > 0 ||
	       strcmp(record_text(line, "code"), "removals_need_approval") == 0;
}

static bool is_in_trouble(const json_t *line)
{
	const char *state = record_text(line, "state");
	return !is_held(line) && (strcmp(state, "failed") == 0 || strcmp(state, "cancelled") == 0 ||
				     strcmp(state, "skipped") == 0);
}

static bool was_made(const json_t *line)
{
	return json_bool(line, "made", false);
}

static bool was_changed(const json_t *line)
{
	return number(line, "added") + number(line, "removed") > 0;
}

static bool lacks_somebody(const json_t *line)
{
	return number(line, "failed") + number(line, "unresolved") > 0;
}

static bool keeps_somebody(const json_t *line)
{
	return number(line, "removal_failed") > 0;
}

static void print_why(const json_t *line)
{
	const char *code = record_text(line, "code");
	out_say(PLAIN, 4, "%s: %s%s%s%s", record_text(line, "name"), record_text(line, "why"),
	    *code ? " (" : "", code, *code ? ")" : "");
}

static void print_counts(const json_t *line)
{
	out_say(PLAIN, 4, "%s: %lld added, %lld removed", record_text(line, "name"),
	    (long long)number(line, "added"), (long long)number(line, "removed"));
}

static void print_held(const json_t *line)
{
	out_say(PLAIN, 4, "%s: see who would go: rollcall learners %s", record_text(line, "name"),
	    record_text(line, "job"));
}

static void print_missing(const json_t *line)
{
	out_say(PLAIN, 4, "%s: %lld failed, %lld unresolved: rollcall learners %s",
	    record_text(line, "name"), (long long)number(line, "failed"),
	    (long long)number(line, "unresolved"), record_text(line, "job"));
}

static void print_still_there(const json_t *line)
{
	out_say(PLAIN, 4, "%s: %lld could not be removed: rollcall learners %s",
	    record_text(line, "name"), (long long)number(line, "removal_failed"),
	    record_text(line, "job"));
}

static void print_name(const json_t *line)
{
	out_say(PLAIN, 4, "%s", record_text(line, "name"));
}

static const struct part {
	const char *heading;
	enum colour colour;
	bool (*has)(const json_t *line);
	void (*print)(const json_t *line);
} parts[] = {
    {"Held by the brake", RED, is_held, print_held},
    {"Could not be done", RED, is_in_trouble, print_why},
    {"Learners who are missing", ORANGE, lacks_somebody, print_missing},
    {"People who should be out", ORANGE, keeps_somebody, print_still_there},
    {"Made", GREEN, was_made, print_name},
    {"Changed", BLUE, was_changed, print_counts},
};

enum { PARTS = sizeof parts / sizeof *parts };

/* As the register says, and nothing was done for it. */
static bool is_as_it_was(const json_t *line)
{
	bool told = false;
	for (size_t i = 0; i < PARTS; i++)
		told = told || parts[i].has(line);
	return !told && strcmp(record_text(line, "state"), "done") == 0;
}

static void print_part(const json_t *lines, const struct part *p)
{
	size_t i, count = 0;
	json_t *line;
	json_array_foreach (lines, i, line)
		count += p->has(line);
	if (count == 0)
		return;
	puts("");
	out_say(p->colour, 0, "%s: %zu", p->heading, count);
	json_array_foreach (lines, i, line)
		if (p->has(line))
			p->print(line);
}

static void print_run(const json_t *run)
{
	const json_t *lines = json_list(run, "lines");
	size_t i, same = 0;
	json_t *line;
	run_headline(run);
	for (i = 0; i < PARTS; i++)
		print_part(lines, &parts[i]);
	json_array_foreach (lines, i, line)
		same += is_as_it_was(line);
	puts("");
	out_say(GREY, 0, "As the register says, and unchanged: %zu of %zu classes.", same,
	    json_array_size(lines));
}

/* ---- what is told to somebody -------------------------------------------------------------- */

static int print_digest(struct cli *c, const char *school, const char *staff)
{
	struct reply *r = cli_ask(c, "HGET %sdigest:%s %s", c->prefix, school, staff);
	size_t length, i;
	const char *text = reply_text(r, &length);
	json_t *class, *digest = text ? json_read(text, length, DEPTH, NULL) : NULL;
	reply_free(r);
	if (c->json) {
		out_json(digest ? digest : json_object(), false);
		return YES;
	}
	if (!digest)
		out_say(GREY, 0, "Nothing to tell %s of the last run.", staff);
	json_array_foreach (json_list(digest, "classes"), i, class) {
		size_t n;
		json_t *learner;
		out_say(BOLD, 0, "%s: %lld added, %lld removed", record_text(class, "name"),
		    (long long)number(class, "added"), (long long)number(class, "removed"));
		if (is_held(class) || is_in_trouble(class))
			print_why(class);
		if (keeps_somebody(class))
			out_say(PLAIN, 4, "%lld could not be removed",
			    (long long)number(class, "removal_failed"));
		json_array_foreach (json_list(class, "missing"), n, learner)
			out_say(PLAIN, 4, "%s: %s", record_text(learner, "name"),
			    reason_label("", record_text(learner, "reason")));
	}
	json_decref(digest);
	return YES;
}

/* ---- the list of runs ------------------------------------------------------------------------ */

static json_t *read_runs(struct cli *c, const char *school)
{
	json_t *list = json_array();
	struct reply *names =
	    cli_ask(c, "LRANGE %sruns:%s 0 %d", c->prefix, school, (int64_t)RUNS_SHOWN - 1);
	for (size_t i = 0; i < reply_count(names); i++) {
		json_t *run = run_read(c, school, reply_text(reply_at(names, i), NULL));
		json_object_del(run, "lines");
		if (run)
			json_array_append_new(list, run);
	}
	reply_free(names);
	return list;
}

static void print_runs(const json_t *list)
{
	static const char *const headings[] = {
	    "!RUN", "BEGAN", "STATE", "CLASSES", "2MADE", "2CHANGED", "FAILED", "HELD", NULL};
	static const char *const fields[] = {
	    "classes", "made", "changed", "failed_classes", "held_classes"};
	struct table t;
	size_t i;
	json_t *run;
	table_start(&t, headings);
	json_array_foreach (list, i, run) {
		char at[32];
		table_cell(&t, PLAIN, "%s", record_text(run, "run"));
		table_cell(&t, PLAIN, "%s", out_time(json_int(run, "started_at", 0), at));
		table_cell(&t, state_of(run)->colour, "%s", record_text(run, "state"));
		for (size_t k = 0; k < sizeof fields / sizeof *fields; k++)
			table_cell(&t, PLAIN, "%lld", (long long)number(run, fields[k]));
	}
	table_print(&t);
}

static int list_runs(struct cli *c, const char *school)
{
	json_t *list = read_runs(c, school);
	if (c->json) {
		out_json(list, false);
	} else {
		print_runs(list);
		json_decref(list);
	}
	return YES;
}

/* 1 when somebody has to look at it. */
static int status_of(const json_t *run)
{
	const char *state = record_text(run, "state");
	return strcmp(state, "done") == 0 || strcmp(state, "running") == 0 ? YES : NO;
}

int report_run(struct cli *c)
{
	const char *school = cli_value(c, "SCHOOL"), *wanted = cli_value(c, "--run");
	if (cli_value(c, "--staff"))
		return print_digest(c, school, cli_value(c, "--staff"));
	if (cli_flag(c, "--runs"))
		return list_runs(c, school);
	char *name = wanted ? xstrdup(wanted) : run_newest(c, school);
	json_t *run = name ? run_read(c, school, name) : NULL;
	free(name);
	if (!run) {
		out_complain("there is no report of %s%s%s", school, wanted ? ", run " : "",
		    wanted ? wanted : "");
		return NO;
	}
	int status = status_of(run);
	if (c->json) {
		out_json(run, false);
	} else {
		print_run(run);
		json_decref(run);
	}
	return status;
}
