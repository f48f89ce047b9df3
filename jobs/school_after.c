/*
 * school_after - what comes of a school's run once each of its classes has a job: it looks in
 * until all of them have ended, fills the classes that were made, and tells what happened. A
 * run that is cancelled, or fails, says so in its report.
 */
#include <string.h>

#include "school_run.h"

enum {
	LOOK_AT_MOST = 200,
	GIVE_UP_MS = 12 * 3600000,
	WATCH_LEAST_MS = 1000,
	WATCH_EACH_MS = 10,
	WATCH_MOST_MS = 15000,
};

/* ---- what became of them ------------------------------------------------------------------- */

enum next school_run_watch(struct job *j)
{
	return record_run(j, NULL);
}

struct watching {
	struct job *job;
	struct school_run *night;
};

/* A class that was made is filled; of those that are to come the first few are looked up. */
static void watch_line(void *ctx, const char *class_id, const json_t *line)
{
	struct watching *w = ctx;
	bool made = strcmp(json_text_or(line, "type", ""), "create-team") == 0 &&
		    strcmp(json_text_or(line, "state", ""), "done") == 0;
	if (made && !job_option(w->job, "dry_run")) {
		w->night->filling = true;
		w->night->rules.plan =
		    ""; /* the preview of a class that was made is its register */
		night_push(w->job, &w->night->rules, class_id, "sync-learners", NULL,
		    json_text_or(line, "as", ""));
	}
	if (night_is_queued(line) && json_array_size(w->night->queued) < LOOK_AT_MOST)
		json_array_append_new(
		    w->night->queued, json_pack("[s s]", class_id, json_text_or(line, "job", "")));
}

enum next school_run_watched(struct job *j, const struct answer *a)
{
	struct school_run *s = job_state(j);
	struct watching w = {j, s};
	struct night_sums sums;
	json_decref(s->run);
	json_decref(s->queued);
	s->run = json_incref(json_array_get(a->body, 0));
	s->queued = json_array();
	s->filling = false;
	night_lines(s->run, watch_line, &w);
	s->unsaid = s->filling;
	night_sum(&sums, s->run);
	progress_total(j, sums.classes);
	progress_sums(j, sums.ended, sums.counts);
	return job_goto(j, LOOK);
}

enum next school_run_look(struct job *j)
{
	struct school_run *s = job_state(j);
	size_t i;
	json_t *one, *ids = json_array();
	json_array_foreach (s->queued, i, one)
		json_array_append(ids, json_array_get(one, 1));
	enum next next = record_jobs(j, ids);
	json_decref(ids);
	return next;
}

/* A job that ended without a word of its own: it joined another, was cancelled before it
 * began, or killed its workers. */
static void put_ended(struct job *j, const char *class_id, const json_t *record)
{
	const char *state = json_string_value(json_array_get(record, 0));
	const char *code = json_string_value(json_array_get(record, 1));
	const char *why = json_string_value(json_array_get(record, 2));
	if (!state || strcmp(state, "queued") == 0 || strcmp(state, "running") == 0 ||
	    strcmp(state, "waiting") == 0)
		return;
	json_t *line = json_pack("{s:s}", "state", state);
	if (strcmp(state, "joined") == 0)
		json_object_update_new(
		    line, json_pack("{s:s s:s s:s}", "state", "done", "code", "joined", "why",
			      "Another job was at this class already."));
	else if (strcmp(state, "failed") == 0)
		json_object_update_new(
		    line, json_pack("{s:s s:s}", "code", code ? code : "", "why", why ? why : ""));
	run_line(j, class_id, line);
}

/* The fewer are still to come, the sooner it looks again; the longer it lasts, the later. */
static int64_t pause_of(const struct job *j, const struct school_run *s, int64_t to_come)
{
	int64_t soon_ms = WATCH_LEAST_MS + to_come * WATCH_EACH_MS;
	int64_t late_ms = (job_now(j) - s->started_at) / 60;
	int64_t pause_ms = soon_ms > late_ms ? soon_ms : late_ms;
	return pause_ms < WATCH_MOST_MS ? pause_ms : WATCH_MOST_MS;
}

static bool is_late(const struct job *j, const struct school_run *s)
{
	return job_now(j) - s->started_at > GIVE_UP_MS;
}

enum next school_run_looked(struct job *j, const struct answer *a)
{
	struct school_run *s = job_state(j);
	struct night_sums sums;
	size_t i;
	json_t *one;
	json_array_foreach (s->queued, i, one)
		put_ended(j, json_string_value(json_array_get(one, 0)), json_array_get(a->body, i));
	night_sum(&sums, s->run);
	if ((s->filling || sums.ended < sums.classes) && !is_late(j, s)) {
		progress_message(j, "%lld of %lld classes are done.", (long long)sums.ended,
		    (long long)sums.classes);
		return job_later(j, pause_of(j, s, sums.classes - sums.ended));
	}
	return job_goto(j, LIST);
}

/* ---- what is told in the morning ------------------------------------------------------------ */

static void tell_one(struct job *j, struct school_run *s, const struct night_class *c)
{
	(void)j;
	night_digest_add(s->digests, c, s->run);
}

enum next school_run_digested(struct job *j, const struct answer *a)
{
	if (school_run_each(j, a, tell_one))
		return job_goto(j, DIGEST);
	if (!job_option(j, "dry_run"))
		run_digest(j, NULL, NULL);
	return job_goto(j, TELL);
}

/* Ends the run, once all is told. */
enum next school_run_tell(struct job *j)
{
	struct school_run *s = job_state(j);
	if (!job_option(j, "dry_run") && night_digest_write(j, s->digests))
		return progress_write(j);
	s->over = true;
	return night_close(j, &s->rules, s->run, s->members, s->leavers);
}

enum next school_run_told(struct job *j, const struct answer *a)
{
	(void)a;
	return job_goto(j, TELL);
}

/* ---- and when it is cancelled, or fails ----------------------------------------------------- */

enum next school_run_cancel(struct job *j)
{
	return record_run(j, NULL);
}

static void cancel_line(void *ctx, const char *class_id, const json_t *line)
{
	(void)class_id;
	if (night_is_queued(line))
		json_array_append_new(ctx, json_string(json_text_or(line, "job", "")));
}

enum next school_run_children_known(struct job *j, const struct answer *a)
{
	struct school_run *s = job_state(j);
	json_t *ids = json_array();
	json_decref(s->run);
	s->run = json_incref(json_array_get(a->body, 0));
	night_lines(s->run, cancel_line, ids);
	run_cancel(j, ids);
	json_decref(ids);
	night_end(j, s->run, "cancelled");
	s->over = s->told_children = true;
	return job_goto(j, WATCH);
}

/* Nobody who cancels a school's run wants the rest of its classes to go on. Those who are to
 * hear of it are read from the report, so whatever is still to be said goes there first. */
int school_run_winding_up(struct job *j)
{
	const struct school_run *s = job_state(j);
	bool has_children = s->begun || school_run_saved(j);
	if (!has_children || s->told_children)
		return -1;
	return s->unsaid ? WRITE : CANCEL;
}

void school_run_ending(struct job *j)
{
	struct school_run *s = job_state(j);
	if (!s->begun || s->over)
		return;
	if (s->run) {
		night_end(j, s->run, "failed");
		return;
	}
	run_put(j, "state", "failed");
	run_put_int(j, "finished_at", job_now(j));
}
