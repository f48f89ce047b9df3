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
#include "reasons.h"
#include "school_run.h"

enum { BATCH = 50, HOUR_MS = 3600000 };

/* ---- the school ---------------------------------------------------------------------------- */

static enum next open_school(struct job *j)
{
	return record_open(j);
}

/* What a run that was given up left open comes to the next run of its school, too; but that
 * one has its own day, its own brake and every class before it. */
const json_t *school_run_saved(const struct job *j)
{
	const json_t *saved = progress_saved(j);
	return strcmp(json_text_or(saved, "job", ""), job_id(j)) == 0 ? saved : NULL;
}

/* Where an earlier attempt has got to. */
static void take_up(struct job *j, struct school_run *s)
{
	const json_t *saved = school_run_saved(j);
	s->started_at = json_int(saved, "started_at", job_now(j));
	s->rules.held = json_bool(saved, "held", false);
	s->members = json_int(saved, "members", 0);
	s->leavers = json_int(saved, "leavers", 0);
	s->planned = json_int(saved, "planned", 0);
	s->watching = json_bool(saved, "watching", false);
	s->begun = saved != NULL;
}

static void save(struct job *j, const struct school_run *s)
{
	const char *after = s->next ? json_string_value(json_array_get(s->ids, s->next - 1)) : "";
	progress_save(j, json_pack("{s:s s:s s:b s:b s:I s:I s:I s:I}", "job", job_id(j), "after",
			     after, "held", s->rules.held, "watching", s->watching, "started_at",
			     (json_int_t)s->started_at, "members", (json_int_t)s->members,
			     "leavers", (json_int_t)s->leavers, "planned", (json_int_t)s->planned));
}

static enum next opened(struct job *j, const struct answer *a)
{
	struct school_run *s = job_state(j);
	const struct school *school = job_school(j);
	(void)a;
	take_up(j, s);
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
	if (s->begun) /* it may have been given up since */
		run_put(j, "state", "running");
	if (s->watching)
		return job_goto(j, WATCH);
	return job_goto(j, *s->rules.plan ? READ_PLAN : LIST);
}

static enum next read_plan(struct job *j)
{
	struct school_run *s = job_state(j);
	return record_run(j, s->rules.plan);
}

static enum next plan_read(struct job *j, const struct answer *a)
{
	struct school_run *s = job_state(j);
	const json_t *run = json_array_get(a->body, 0);
	if (!*json_text_or(run, "dry_run", ""))
		return job_fail(j, "bad_envelope",
		    "There is no preview \"%s\" of this school any more. Make a new one.",
		    s->rules.plan);
	if (!run_is_whole(json_text_or(run, "state", "")))
		return job_fail(j, "bad_envelope",
		    "The preview \"%s\" did not come to its end, so it has not named everybody. "
		    "Make a new one.",
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
	struct school_run *s = job_state(j);
	const char *after = json_text_or(school_run_saved(j), "after", "");
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
	struct school_run *s = job_state(j);
	return record_classes(j, s->ids, s->next, BATCH);
}

bool school_run_each(struct job *j, const struct answer *a, school_class_fn fn)
{
	struct school_run *s = job_state(j);
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

static void count_one(struct job *j, struct school_run *s, const struct night_class *c)
{
	(void)j;
	if (night_plan(c, &s->rules) == NIGHT_SYNC)
		night_count(c, &s->rules, &s->members, &s->leavers);
}

static enum next counted(struct job *j, const struct answer *a)
{
	struct school_run *s = job_state(j);
	if (school_run_each(j, a, count_one))
		return job_goto(j, COUNT);
	s->next = 0;
	s->rules.held = night_brakes(j, &s->rules, s->members, s->leavers);
	return job_goto(j, BEGIN);
}

static enum next begin(struct job *j)
{
	struct school_run *s = job_state(j);
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

static bool is_in_preview(const struct school_run *s, const char *class_id)
{
	char *field = xasprintf("c:%s", class_id);
	bool is = !s->preview || json_object_get(s->preview, field);
	free(field);
	return is;
}

static void plan_one(struct job *j, struct school_run *s, const struct night_class *c)
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
	struct school_run *s = job_state(j);
	s->watching = !school_run_each(j, a, plan_one);
	s->unsaid = true;
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
	struct school_run *s = job_state(j);
	(void)a;
	s->unsaid = false;
	return job_goto(j, s->watching ? WATCH : PLAN);
}

static void clear(struct job *j)
{
	struct school_run *s = job_state(j);
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
    [WATCH] = {"watch", "Syncing the classes", school_run_watch, school_run_watched, {0}},
    [LOOK] = {"look", NULL, school_run_look, school_run_looked, {0}},
    [DIGEST] = {"digest", "Writing the report", read_batch, school_run_digested, {0}},
    [TELL] = {"tell", NULL, school_run_tell, school_run_told, {0}},
    [CANCEL] = {"cancel", "Stopping the classes", school_run_cancel, school_run_children_known,
	{0}},
};

const struct job_type sync_school = {
    .name = "sync-school",
    .steps = steps,
    .first = OPEN,
    .state_size = sizeof(struct school_run),
    .deadline_ms = HOUR_MS,
    .clear = clear,
    .winding_up = school_run_winding_up,
    .ending = school_run_ending,
    .local = true,
};
