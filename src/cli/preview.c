/*
 * preview - what a sync would do, with names and reasons, before anything is done: of a class,
 * or of the whole school. It is made by a worker, as a job that changes nothing; what it says
 * can then be done exactly so (--plan).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "foretold.h"
#include "output.h"
#include "run_report.h"
#include "school_classes.h"
#include "send.h"

enum { LOOK_EVERY_MS = 200, UNREAD_MS = 20000 };

/* ---- the job that looks ---------------------------------------------------------------------- */

/* rest lets the loop run for a while. */
static void rest(struct cli *c)
{
	bool never = false;
	(void)loop_run_until(c->loop, &never, clock_mono_ms() + LOOK_EVERY_MS);
}

static void say_phase(const json_t *record, char **shown)
{
	const char *phase = record_text(record, "phase");
	if (!out_is_terminal() || !*phase || (*shown && strcmp(*shown, phase) == 0))
		return;
	free(*shown);
	*shown = xstrdup(phase);
	fprintf(stderr, "%s ...\n", phase);
}

/* follow takes another job's id where this one has joined that. */
static bool follow(char **id, const json_t *record)
{
	if (!record_is(record, "joined"))
		return false;
	free(*id);
	*id = xstrdup(record_text(record, "joined"));
	return true;
}

/* wait_for gives the record of a job that has ended, which the caller owns, and its id where
 * it is another's; NULL and a complaint if no worker takes it. */
static json_t *wait_for(struct cli *c, char **id)
{
	char *shown = NULL;
	int64_t began_ms = clock_mono_ms();
	json_t *record = NULL;
	for (;;) {
		json_decref(record);
		record = record_read(c, *id);
		if (follow(id, record))
			continue;
		if (record_has_ended(record))
			break;
		if (!record && clock_mono_ms() - began_ms > UNREAD_MS) {
			out_complain("no worker has taken the preview %s; is one online?", *id);
			break;
		}
		say_phase(record, &shown);
		rest(c);
	}
	free(shown);
	return record;
}

/* begin pushes the job; its id, which the caller frees. */
static char *begin(struct cli *c, const char *type, const char *school, const char *class)
{
	json_t *envelope = envelope_for(type, school);
	json_object_set_new(envelope, "options", json_pack("{s:b}", "dry_run", 1));
	if (class)
		json_object_set_new(envelope, "class", json_pack("{s:s}", "id", class));
	char *id = send_quietly(c, envelope);
	json_decref(envelope);
	return id;
}

/* ---- a class ------------------------------------------------------------------------------------ */

static void print_class(const struct foretold *f, const char *school)
{
	out_say(BOLD, 0, "%s (%s)", f->name, f->class_id);
	foretold_print(f, 2);
	if (!foretold_is_sync(f) || !foretold_changes(f))
		return;
	puts("");
	out_say(PLAIN, 0, "To do exactly this:");
	out_command((const char *const[]){"rollcall", "enqueue", "sync-learners", "--school",
	    school, "--class", f->class_id, "--plan", f->job, "--wait",
	    foretold_is_braked(f) ? "--approve-removals" : NULL, NULL});
}

static int preview_class(struct cli *c, const char *school, const struct school_class *k)
{
	bool has_team = *record_text(k->record, "team_id");
	char *id = begin(c, has_team ? "sync-learners" : "create-team", school, k->id);
	json_t *record = id ? wait_for(c, &id) : NULL;
	int status = id ? NO : UNREACHED;
	if (record) {
		struct foretold f;
		foretold_read(&f, c, id, record, k->id, school_class_name(k));
		if (c->json)
			out_json(foretold_json(&f), false);
		else
			print_class(&f, school);
		status = foretold_status(&f);
		foretold_clear(&f);
	}
	json_decref(record);
	free(id);
	return status;
}

/* ---- the school ---------------------------------------------------------------------------------- */

/* Each class in which something would happen, or could not. */
static void print_lines(struct cli *c, const json_t *lines, size_t *quiet)
{
	size_t i;
	json_t *line;
	json_array_foreach (lines, i, line) {
		struct foretold f;
		foretold_of_line(&f, c, line);
		if (foretold_says(&f)) {
			puts("");
			out_say(BOLD, 0, "%s (%s)", f.name, f.class_id);
			foretold_print(&f, 2);
		} else {
			(*quiet)++;
		}
		foretold_clear(&f);
	}
}

static void print_school(struct cli *c, const json_t *run, const char *school, const char *id)
{
	const json_t *lines = json_list(run, "lines");
	size_t quiet = 0;
	run_headline(run);
	print_lines(c, lines, &quiet);
	puts("");
	if (quiet > 0)
		out_say(
		    GREY, 0, "Nothing to do in %zu of %zu classes.", quiet, json_array_size(lines));
	if (quiet == json_array_size(lines))
		return;
	out_say(PLAIN, 0, "To do exactly this:");
	out_command((const char *const[]){"rollcall", "night", school, "--now", "--plan", id,
	    "--wait", *record_text(run, "braked") ? "--approve-removals" : NULL, NULL});
}

static json_t *school_json(struct cli *c, json_t *run)
{
	size_t i;
	json_t *line, *classes = json_array();
	json_array_foreach (json_list(run, "lines"), i, line) {
		struct foretold f;
		foretold_of_line(&f, c, line);
		json_array_append_new(classes, foretold_json(&f));
		foretold_clear(&f);
	}
	json_object_del(run, "lines");
	json_object_set_new(run, "classes", classes);
	return run;
}

static int preview_school(struct cli *c, const char *school)
{
	char *id = begin(c, "sync-school", school, NULL);
	json_t *record = id ? wait_for(c, &id) : NULL;
	json_t *run = record ? run_read(c, school, id) : NULL;
	int status = id ? NO : UNREACHED;
	if (record && !run) {
		out_complain("%s", record_text(record, "error"));
	} else if (run) {
		status = YES;
		if (c->json)
			out_json(school_json(c, json_incref(run)), false);
		else
			print_school(c, run, school, id);
	}
	json_decref(run);
	json_decref(record);
	free(id);
	return status;
}

/* ---- the command ----------------------------------------------------------------------------------- */

int preview_run(struct cli *c)
{
	const char *school = cli_value(c, "SCHOOL"), *class = cli_value(c, "CLASS");
	size_t count;
	json_t *record = school_entered(c, school);
	if (!record)
		return NO;
	json_decref(record);
	if (!class)
		return preview_school(c, school);
	struct school_class *at = school_classes_read(c, school, 0, &count);
	const struct school_class *k = school_class_called(at, count, class);
	int status = k ? preview_class(c, school, k) : NO;
	school_classes_free(at, count);
	return status;
}
