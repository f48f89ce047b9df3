/*
 * sync_school - a school's night: each class that has a Team is synced, each new group of a
 * chosen kind gets its class, and the report says what became of them.
 *
 *	open -> list -> count (by batch) -> begin -> plan -> write -> plan ...
 *	watch -> look at jobs -> (later) watch ... -> list -> digest -> tell ... -> done
 *
 * The work itself is done by other jobs, one for each class, in the background, so that a
 * teacher's click overtakes them. A batch of them is pushed in the same call that saves how
 * far the plan has come, and their ids follow from the run: whenever the worker dies, none is
 * made twice and none is left out. Then the job lets go of its place and looks in again and
 * again: each of its children has written its line with its end; a class that was made is
 * synced; what ended in another way (joined, cancelled, crashed) is looked up.
 *
 * The school's brake: when more of the people whom we put into Teams would leave, over the
 * whole school, than somebody should decide alone, everybody is added and nobody removed,
 * until the run is started again with the removals approved.
 *
 * With options.actions it is the change of year instead: each class that has ended is closed
 * so (close_class.c), and no other is touched.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "job.h"
#include "night.h"

enum { OPEN, READ_PLAN, LIST, COUNT, BEGIN, PLAN, WRITE, WATCH, LOOK, DIGEST, TELL, CANCEL };

enum {
	BATCH = 50,
	LOOK_AT_MOST = 200,
	HOUR_MS = 3600000,
	GIVE_UP_MS = 12 * HOUR_MS,
	WATCH_LEAST_MS = 1000,
	WATCH_EACH_MS = 10,
	WATCH_MOST_MS = 15000,
};

struct sync_school {
	json_t *settings; /* owned: of the school */
	json_t *ids;	  /* owned: its classes, sorted */
	json_t *run;	  /* owned: the report, as it was read last */
	json_t *preview;  /* owned: the run that this one keeps to; NULL */
	json_t *digests;  /* owned */
	json_t *queued;	  /* owned: class and job of lines that are still to come */
	struct night_rules rules;
	size_t next; /* the first class that is not planned, or not told of */
	int64_t started_at, members, leavers, planned;
	bool begun, watching, filling, over, told_children;
};

/* ---- the school ---------------------------------------------------------------------------- */

static enum next open_school(struct job *j)
{
	return record_open(j);
}

/* Where an earlier attempt has got to. */
static void take_up(struct job *j, struct sync_school *s)
{
	const json_t *saved = progress_saved(j);
	s->started_at = json_int(saved, "started_at", job_now(j));
	s->rules.held = json_bool(saved, "held", false);
	s->members = json_int(saved, "members", 0);
	s->leavers = json_int(saved, "leavers", 0);
	s->planned = json_int(saved, "planned", 0);
	s->watching = json_bool(saved, "watching", false);
	s->begun = saved != NULL;
}

static void save(struct job *j, const struct sync_school *s)
{
	const char *after = s->next ? json_string_value(json_array_get(s->ids, s->next - 1)) : "";
	progress_save(j, json_pack("{s:s s:b s:b s:I s:I s:I s:I}", "after", after, "held",
			     s->rules.held, "watching", s->watching, "started_at",
			     (json_int_t)s->started_at, "members", (json_int_t)s->members,
			     "leavers", (json_int_t)s->leavers, "planned", (json_int_t)s->planned));
}

static enum next opened(struct job *j, const struct answer *a)
{
	struct sync_school *s = job_state(j);
	const struct school *school = job_school(j);
	(void)a;
	if (!school->enabled)
		return job_fail(
		    j, "not_permitted", "Microsoft Teams is switched off for this school.");
	if (strcmp(school->auth, "app") == 0 && !school->tenant_id[0])
		return job_fail(j, "not_connected",
		    "This school is not connected to Microsoft: it has no tenant_id.");
	if (strcmp(job_text_option(j, "actions"), "reopen") == 0)
		return job_fail(j, "bad_envelope", "Classes are opened again one by one.");
	s->settings = json_deep_copy(school->settings);
	night_rules_read(j, &s->rules, s->settings);
	take_up(j, s);
	if (s->watching)
		return job_goto(j, WATCH);
	return job_goto(j, *s->rules.plan ? READ_PLAN : LIST);
}

static enum next read_plan(struct job *j)
{
	struct sync_school *s = job_state(j);
	return record_run(j, s->rules.plan);
}

static enum next plan_read(struct job *j, const struct answer *a)
{
	struct sync_school *s = job_state(j);
	const json_t *run = json_array_get(a->body, 0);
	if (!*json_text_or(run, "dry_run", ""))
		return job_fail(j, "bad_envelope",
		    "There is no preview \"%s\" of this school any more. Make a new one.",
		    s->rules.plan);
	s->preview = json_deep_copy(run);
	return job_goto(j, LIST);
}

/* ---- its classes --------------------------------------------------------------------------- */

static enum next list_classes(struct job *j)
{
	return record_class_ids(j);
}

static enum next listed(struct job *j, const struct answer *a)
{
	struct sync_school *s = job_state(j);
	const char *after = json_text_or(progress_saved(j), "after", "");
	json_decref(s->ids);
	s->ids = json_incref(json_array_get(a->body, 0));
	s->next = 0;
	if (s->watching) {
		s->digests = json_object();
		return job_goto(j, DIGEST);
	}
	while (s->begun && s->next < json_array_size(s->ids) &&
	       strcmp(json_string_value(json_array_get(s->ids, s->next)), after) <= 0)
		s->next++;
	return job_goto(j, s->begun ? PLAN : COUNT);
}

/* The next few of them; a school has no more than it has. */
static enum next read_batch(struct job *j)
{
	struct sync_school *s = job_state(j);
	return record_classes(j, s->ids, s->next, BATCH);
}

/* Calls fn for each class of the batch, and goes on behind it; false when all have been. */
typedef void (*class_fn)(struct job *j, struct sync_school *s, const struct night_class *c);
static bool each_of_batch(struct job *j, const struct answer *a, class_fn fn)
{
	struct sync_school *s = job_state(j);
	size_t count = json_array_size(s->ids);
	for (size_t n = 0; n < BATCH && s->next < count; n++, s->next++) {
		struct night_class c;
		night_class_read(&c, s->ids, s->next, a->body, n);
		fn(j, s, &c);
		night_class_clear(&c);
	}
	return s->next < count;
}

/* ---- who would leave ---------------------------------------------------------------------- */

static void count_one(struct job *j, struct sync_school *s, const struct night_class *c)
{
	(void)j;
	if (night_plan(c, &s->rules) == NIGHT_SYNC)
		night_count(c, &s->members, &s->leavers);
}

static enum next counted(struct job *j, const struct answer *a)
{
	struct sync_school *s = job_state(j);
	if (each_of_batch(j, a, count_one))
		return job_goto(j, COUNT);
	s->next = 0;
	s->rules.held = night_brakes(j, &s->rules, s->members, s->leavers);
	return job_goto(j, BEGIN);
}

static enum next begin(struct job *j)
{
	struct sync_school *s = job_state(j);
	bool night = strcmp(job_requested_by(j), "night") == 0;
	s->begun = true;
	run_put(j, "kind", *s->rules.actions ? "year" : night ? "night" : "manual");
	run_put(j, "state", "running");
	run_put(j, "requested_by", job_requested_by(j));
	run_put(j, "job", job_id(j));
	run_put_int(j, "started_at", s->started_at);
	run_put_int(j, "members", s->members);
	run_put_int(j, "leavers", s->leavers);
	if (job_option(j, "dry_run"))
		run_put(j, "dry_run", "1");
	if (s->rules.held)
		run_put(j, "braked", "1");
	if (job_option(j, "approve_removals"))
		history_say(
		    j, &(struct history_event){.what = "approved", .detail = "whole school"});
	save(j, s);
	return progress_write(j);
}

static enum next begun(struct job *j, const struct answer *a)
{
	(void)a;
	return job_goto(j, PLAN);
}

/* ---- a job for each ------------------------------------------------------------------------ */

static void put_skipped(
    struct job *j, const struct night_class *c, const char *code, const char *why)
{
	run_line(j, c->id,
	    json_pack("{s:s s:s s:s s:s}", "name", night_name(c), "state", "skipped", "code", code,
		"why", why));
}

static bool is_in_preview(const struct sync_school *s, const char *class_id)
{
	char *field = xasprintf("c:%s", class_id);
	bool is = !s->preview || json_object_get(s->preview, field);
	free(field);
	return is;
}

static void plan_one(struct job *j, struct sync_school *s, const struct night_class *c)
{
	enum night_plan plan = night_plan(c, &s->rules);
	s->planned += plan != NIGHT_NOTHING;
	if (plan != NIGHT_NOTHING && !is_in_preview(s, c->id)) {
		put_skipped(j, c, "not_in_preview", "It came up since the preview.");
		return;
	}
	switch (plan) {
	case NIGHT_NOTHING:
		break;
	case NIGHT_SYNC:
		night_push(j, &s->rules, c->id, "sync-learners", night_name(c), night_teacher(c));
		break;
	case NIGHT_CREATE:
		night_push(j, &s->rules, c->id, "create-team", night_name(c), night_teacher(c));
		break;
	case NIGHT_DELETED:
		put_skipped(j, c, "team_deleted",
		    "Its Team was deleted in Microsoft 365. Whoever wants it again creates it by "
		    "hand.");
		break;
	case NIGHT_CLOSE:
		night_push(j, &s->rules, c->id, "close-class", night_name(c), night_teacher(c));
		break;
	}
}

static enum next planned(struct job *j, const struct answer *a)
{
	struct sync_school *s = job_state(j);
	s->watching = !each_of_batch(j, a, plan_one);
	progress_total(j, s->planned);
	save(j, s);
	return job_goto(j, WRITE);
}

static enum next write(struct job *j)
{
	return progress_write(j);
}

static enum next written(struct job *j, const struct answer *a)
{
	struct sync_school *s = job_state(j);
	(void)a;
	return job_goto(j, s->watching ? WATCH : PLAN);
}

/* ---- what became of them ------------------------------------------------------------------- */

static enum next watch(struct job *j)
{
	return record_run(j, NULL);
}

struct watching {
	struct job *job;
	struct sync_school *night;
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

static enum next watched(struct job *j, const struct answer *a)
{
	struct sync_school *s = job_state(j);
	struct watching w = {j, s};
	struct night_sums sums;
	json_decref(s->run);
	json_decref(s->queued);
	s->run = json_incref(json_array_get(a->body, 0));
	s->queued = json_array();
	s->filling = false;
	night_lines(s->run, watch_line, &w);
	night_sum(&sums, s->run);
	progress_total(j, sums.classes);
	progress_sums(j, sums.ended, sums.counts);
	return job_goto(j, LOOK);
}

static enum next look(struct job *j)
{
	struct sync_school *s = job_state(j);
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
static int64_t pause_of(const struct job *j, const struct sync_school *s, int64_t to_come)
{
	int64_t soon_ms = WATCH_LEAST_MS + to_come * WATCH_EACH_MS;
	int64_t late_ms = (job_now(j) - s->started_at) / 60;
	int64_t pause_ms = soon_ms > late_ms ? soon_ms : late_ms;
	return pause_ms < WATCH_MOST_MS ? pause_ms : WATCH_MOST_MS;
}

static bool is_late(const struct job *j, const struct sync_school *s)
{
	return job_now(j) - s->started_at > GIVE_UP_MS;
}

static enum next looked(struct job *j, const struct answer *a)
{
	struct sync_school *s = job_state(j);
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

static void tell_one(struct job *j, struct sync_school *s, const struct night_class *c)
{
	(void)j;
	night_digest_add(s->digests, c, s->run);
}

static enum next digested(struct job *j, const struct answer *a)
{
	if (each_of_batch(j, a, tell_one))
		return job_goto(j, DIGEST);
	if (!job_option(j, "dry_run"))
		run_digest(j, NULL, NULL);
	return job_goto(j, TELL);
}

/* Ends the run, once all is told. */
static enum next tell(struct job *j)
{
	struct sync_school *s = job_state(j);
	if (!job_option(j, "dry_run") && night_digest_write(j, s->digests))
		return progress_write(j);
	s->over = true;
	return night_close(j, &s->rules, s->run, s->members, s->leavers);
}

static enum next told(struct job *j, const struct answer *a)
{
	(void)a;
	return job_goto(j, TELL);
}

/* ---- and when it is cancelled, or fails ----------------------------------------------------- */

static enum next cancel(struct job *j)
{
	return record_run(j, NULL);
}

static void cancel_line(void *ctx, const char *class_id, const json_t *line)
{
	(void)class_id;
	if (night_is_queued(line))
		json_array_append_new(ctx, json_string(json_text_or(line, "job", "")));
}

static enum next children_known(struct job *j, const struct answer *a)
{
	struct sync_school *s = job_state(j);
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

/* Nobody who cancels a school's run wants the rest of its classes to go on. */
static int winding_up(struct job *j)
{
	const struct sync_school *s = job_state(j);
	bool has_children = s->begun || progress_saved(j);
	return has_children && !s->told_children ? CANCEL : -1;
}

static void ending(struct job *j)
{
	struct sync_school *s = job_state(j);
	if (s->begun && !s->over)
		night_end(j, s->run, "failed");
}

static void clear(struct job *j)
{
	struct sync_school *s = job_state(j);
	json_decref(s->settings);
	json_decref(s->ids);
	json_decref(s->run);
	json_decref(s->preview);
	json_decref(s->digests);
	json_decref(s->queued);
}

static const struct step steps[] = {
    [OPEN] = {"open", "Reading the school", open_school, opened, {0}},
    [READ_PLAN] = {"read_plan", NULL, read_plan, plan_read, {0}},
    [LIST] = {"list", NULL, list_classes, listed, {0}},
    [COUNT] = {"count", "Counting who would leave", read_batch, counted, {0}},
    [BEGIN] = {"begin", NULL, begin, begun, {0}},
    [PLAN] = {"plan", "Planning each class", read_batch, planned, {0}},
    [WRITE] = {"write", NULL, write, written, {0}},
    [WATCH] = {"watch", "Syncing the classes", watch, watched, {0}},
    [LOOK] = {"look", NULL, look, looked, {0}},
    [DIGEST] = {"digest", "Writing the report", read_batch, digested, {0}},
    [TELL] = {"tell", NULL, tell, told, {0}},
    [CANCEL] = {"cancel", "Stopping the classes", cancel, children_known, {0}},
};

const struct job_type sync_school = {
    .name = "sync-school",
    .steps = steps,
    .first = OPEN,
    .state_size = sizeof(struct sync_school),
    .deadline_ms = HOUR_MS,
    .clear = clear,
    .winding_up = winding_up,
    .ending = ending,
    .local = true,
};
