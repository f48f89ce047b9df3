/*
 * runner - runs the step tables. The one place that calls a step.
 *
 *	claim -> ask -> (call) -> answer -> ask -> ... -> end
 *
 * A step says what comes next by the verb it returns; job_goto only names the step, so
 * nothing recurses. Before each ask the runner looks whether the job was cancelled, has
 * run out of time, or must be given back: these are the points where a job can stop, and
 * everything that was done before them is recorded.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "log.h"
#include "pulse.h"
#include "worker_int.h"

enum { FAIR_SHARE = 100 }; /* steps without a call before others get their turn */

static const struct step *step_of(const struct job *j)
{
	return &j->type->steps[j->step];
}

static void go_on(void *ctx)
{
	job_go_on(ctx, NEXT_GOTO);
}

static void woken(void *ctx)
{
	struct job *j = ctx;
	job_show_going_on(j);
	job_go_on(j, NEXT_GOTO);
}

/* NEXT_END when the job may not go on, else NEXT_GOTO. */
static enum next may_go_on(struct job *j)
{
	int step = -1;
	if (j->cancelled_by && j->type->winding_up)
		step = j->type->winding_up(j);
	if (step >= 0)
		return job_goto(j, step);
	if (j->cancelled_by) {
		j->ending = END_CANCELLED;
		return NEXT_END;
	}
	if (clock_mono_ms() > j->deadline_ms + j->throttled_ms)
		return job_fail(j, "timed_out",
		    "This took longer than %lld minutes and was given up. "
		    "Start it again; what was done is kept.",
		    (long long)(j->type->deadline_ms / 60000));
	return NEXT_GOTO;
}

static enum next ask(struct job *j)
{
	const struct step *s = step_of(j);
	if (s->phase && s->phase != j->phase) {
		j->phase = s->phase;
		change_set(job_change(j), "phase", s->phase);
	}
	j->tries = j->refusals = 0;
	j->throttled = false;
	return s->ask(j);
}

static void start_call(struct job *j)
{
	switch (j->wanted.kind) {
	case CALL_GRAPH:
		if (j->worker->leaving) {
			job_release(j);
			return;
		}
		job_flush(j);
		job_call_graph(j);
		return;
	case CALL_OPEN:
		job_call_open(j);
		return;
	case CALL_WRITE:
		job_call_write(j);
		return;
	case CALL_LOOK:
		job_call_look(j);
		return;
	case CALL_NONE:
		break;
	}
	abort();
}

static void run(struct job *j, enum next next)
{
	for (int n = 0; next == NEXT_GOTO; n++) {
		if (j->worker->leaving) {
			job_release(j);
			return;
		}
		if (n >= FAIR_SHARE) {
			timer_set(j->worker->loop, &j->timer, 0, go_on, j);
			return;
		}
		next = may_go_on(j);
		if (next == NEXT_GOTO)
			next = ask(j);
	}
	if (next == NEXT_END) {
		job_end(j);
	} else if (next == NEXT_SLEEP && j->worker->leaving) {
		job_release(j);
	} else if (next == NEXT_SLEEP) {
		job_flush(j);
		timer_set(j->worker->loop, &j->timer, j->pause_ms, woken, j);
	} else {
		start_call(j);
	}
}

/* What kills the worker from here on is this job's doing. */
void job_go_on(struct job *j, enum next next)
{
	pulse_enter(j->ticket.id);
	run(j, next);
	pulse_leave();
}

void job_answer(struct job *j, const struct answer *a)
{
	pulse_enter(j->ticket.id);
	enum call_kind kind = j->wanted.kind;
	job_forget_wanted(j);
	j->pause_ms = 0;
	enum next next = step_of(j)->answer(j, a);
	if (kind == CALL_OPEN)
		job_close_records(j);
	job_go_on(j, next);
}

void job_mark_cancelled(struct job *j, const char *who)
{
	j->cancelled_by = xstrdup(who);
	change_set(job_change(j), "cancelled_by", who);
}

void job_cancel(struct job *j, const char *who)
{
	if (j->cancelled_by || j->ended)
		return;
	job_mark_cancelled(j, who);
	if (timer_is_set(&j->timer)) {
		timer_clear(j->worker->loop, &j->timer);
		job_go_on(j, NEXT_GOTO);
	} else if (j->call && job_call_is_safe_to_stop(j)) {
		job_stop_call(j);
		job_go_on(j, NEXT_GOTO);
	} else {
		job_flush(j);
	}
}

void job_leave(struct job *j, bool now)
{
	if (timer_is_set(&j->timer)) {
		timer_clear(j->worker->loop, &j->timer);
		job_release(j);
	} else if (j->call && (now || job_call_is_safe_to_stop(j))) {
		job_stop_call(j);
		job_release(j);
	}
}

/* ---- from claim to first step ------------------------------------------------- */

static const struct job_type *find_type(const char *name)
{
	for (size_t i = 0; job_types[i]; i++)
		if (strcmp(job_types[i]->name, name) == 0)
			return job_types[i];
	return NULL;
}

enum text { JOB_ID, SCHOOL_ID, CLASS_ID, REQUESTED_BY, RUN_ID, TEXTS };

/* The job with its texts behind it, each with its NUL; at tells where they are. */
static struct job *allocate(const char *const text[TEXTS], const char *at[TEXTS])
{
	size_t length = 0;
	for (int i = 0; i < TEXTS; i++)
		length += strlen(text[i]) + 1;
	struct job *j = xcalloc(1, sizeof *j + length);
	char *to = j->texts;
	for (int i = 0; i < TEXTS; i++) {
		size_t size = strlen(text[i]) + 1;
		at[i] = memcpy(to, text[i], size);
		to += size;
	}
	return j;
}

static struct job *read_envelope(const struct claim *c)
{
	json_t *envelope = json_incref(c->envelope);
	json_t *class = json_map(envelope, "class"), *options = json_map(envelope, "options");
	const char *text[TEXTS] = {
	    [JOB_ID] = c->id,
	    [SCHOOL_ID] = json_text_or(envelope, "school", ""),
	    [CLASS_ID] = json_text_or(class, "id", ""),
	    [REQUESTED_BY] = json_text_or(envelope, "requested_by", ""),
	    [RUN_ID] = json_text_or(envelope, "run", ""),
	};
	const char *at[TEXTS];
	struct job *j = allocate(text, at);
	j->ticket.id = at[JOB_ID];
	j->school_id = at[SCHOOL_ID];
	j->class_id = at[CLASS_ID];
	j->requested_by = at[REQUESTED_BY];
	j->run = at[RUN_ID];
	j->background = strcmp(json_text_or(envelope, "priority", ""), "background") == 0;
	j->options = json_incref(options);
	j->dry_run = json_bool(options, "dry_run", false);
	j->envelope = envelope;
	return j;
}

static struct job *job_new(struct worker *w, const struct claim *c)
{
	struct job *j = read_envelope(c);
	j->worker = w;
	j->ticket.attempt = c->attempt;
	j->ticket.rev = c->rev;
	j->rows_before = (int)c->rows;
	j->queued_at = c->queued_at;
	j->claimed_ms = clock_mono_ms();
	j->ticket.saved = c->saved_length > 0;
	if (c->saved_length)
		j->saved = json_read(c->saved, c->saved_length, 16, NULL);
	list_push(&w->jobs, &j->link);
	queue_hold(w->queue, &j->ticket);
	w->running++;
	return j;
}

void job_start(struct worker *w, const struct claim *c)
{
	struct job *j = job_new(w, c);
	if (c->cancelled_by[0])
		job_mark_cancelled(j, c->cancelled_by);
	const char *name = json_text_or(j->envelope, "type", "");
	j->type = find_type(name);
	if (!j->type) {
		job_go_on(j, job_fail(j, "unknown_type",
				 "type = \"%.40s\" is not known to this worker.", name));
		return;
	}
	j->state = xcalloc(1, j->type->state_size ? j->type->state_size : 1);
	j->step = j->type->first;
	j->deadline_ms = j->claimed_ms + j->type->deadline_ms;
	log_info("job_started", log_str("job", j->ticket.id), log_str("type", name),
	    log_str("school", j->school_id), log_int("attempt", c->attempt));
	job_go_on(j, NEXT_GOTO);
}

/* ---- away with it ------------------------------------------------------------------ */

void job_free(struct job *j)
{
	struct worker *w = j->worker;
	timer_clear(w->loop, &j->timer);
	if (j->call)
		job_stop_call(j);
	if (j->type && j->type->clear && j->state)
		j->type->clear(j);
	list_drop(&j->link);
	w->running--;
	job_close_records(j);
	json_decref(j->envelope);
	json_decref(j->options);
	job_forget_wanted(j);
	json_decref(j->preview);
	json_decref(j->saved);
	json_decref(j->earlier);
	job_forget_change(j);
	free(j->state);
	free(j->tenant);
	free(j->account);
	free(j->account_id);
	free(j->cancelled_by);
	free(j);
	queue_room_grew(w->queue);
}
