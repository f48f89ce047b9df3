/*
 * report - what a job has to say, on its way to the record: rows, counts, phase,
 * checkpoint and the class's records travel together in one touch. One touch of a job
 * is out at a time; what is said meanwhile goes with the next.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "exceptions.h"
#include "history.h"
#include "worker_int.h"

static const char *const count_fields[COUNTS] = {
    [ADDED] = "added",
    [ALREADY_MEMBER] = "already_member",
    [FAILED] = "failed",
    [UNRESOLVED] = "unresolved",
    [REMOVED] = "removed",
    [REMOVAL_FAILED] = "removal_failed",
};

/* removed_locally counts as removed; held is counted nowhere. */
static int count_of(const char *outcome)
{
	if (strcmp(outcome, "removed_locally") == 0)
		return REMOVED;
	for (int i = 0; i < COUNTS; i++)
		if (strcmp(outcome, count_fields[i]) == 0)
			return i;
	return COUNTS;
}

struct change *job_change(struct job *j)
{
	if (!j->change) {
		j->change = xcalloc(1, sizeof *j->change);
		change_init(j->change);
	}
	return j->change;
}

void job_forget_change(struct job *j)
{
	if (j->change)
		change_clear(j->change);
	free(j->change);
	j->change = NULL;
}

void job_put_progress(struct job *j)
{
	if (!j->counts_changed)
		return;
	change_int(job_change(j), "done", j->done);
	change_int(job_change(j), "total", j->total);
	for (int i = 0; i < COUNTS; i++)
		change_int(job_change(j), count_fields[i], j->counts[i]);
	if (j->held > 0)
		change_int(job_change(j), "held", j->held);
	j->counts_changed = false;
}

static void touched(void *ctx, bool ok, const char *cancelled_by);

static void send_touch(struct job *j)
{
	job_put_progress(j);
	j->touching = true;
	queue_touch(j->worker->queue, &j->ticket, j->waiting, job_change(j), touched, j);
	job_forget_change(j);
}

void job_flush(struct job *j)
{
	if (!j->touching && (j->counts_changed || j->change || j->waiting != j->ticket.waiting))
		send_touch(j);
}

static void go_on_fenced(struct job *j)
{
	if (j->cancelled_by || j->worker->leaving)
		job_go_on(j, NEXT_GOTO);
	else
		job_call_graph(j);
}

/* cancelled_by: who wants the job to end, or "". A step that waits is answered all the same;
 * the job ends at its next ask. */
static void touch_answered(struct job *j, const char *cancelled_by)
{
	struct answer written = {.status = 200, .code = "", .trouble = ""};
	enum touch touch = j->touch;
	bool is_news = cancelled_by[0] && !j->cancelled_by;
	j->touch = TOUCH_TELLS;
	if (is_news && touch != TOUCH_TELLS)
		job_mark_cancelled(j, cancelled_by);
	switch (touch) {
	case TOUCH_TELLS:
		if (is_news)
			job_cancel(j, cancelled_by);
		else
			job_flush(j);
		return;
	case TOUCH_WRITES:
		job_answer(j, &written);
		return;
	case TOUCH_FENCES:
		go_on_fenced(j);
		return;
	}
}

static void touched(void *ctx, bool ok, const char *cancelled_by)
{
	struct job *j = ctx;
	j->touching = false;
	if (!ok || j->ended) {
		job_drop(j);
	} else if (j->write_due) {
		j->write_due = false;
		send_touch(j);
	} else {
		touch_answered(j, cancelled_by);
	}
}

void job_call_write(struct job *j)
{
	j->touch = TOUCH_WRITES;
	j->write_due = j->touching;
	if (!j->touching)
		send_touch(j);
}

void job_call_fenced(struct job *j)
{
	j->touch = TOUCH_FENCES;
	if (!j->touching)
		send_touch(j);
}

void job_show_waiting(struct job *j, int64_t until_wall_ms, const char *message)
{
	j->waiting = true;
	if (!j->wait_from_ms)
		j->wait_from_ms = clock_mono_ms();
	change_int(job_change(j), "retry_at", until_wall_ms);
	change_set(job_change(j), "message", message);
	job_flush(j);
}

void job_put_going_on(struct job *j)
{
	if (j->wait_from_ms)
		j->throttled_ms += clock_mono_ms() - j->wait_from_ms;
	j->wait_from_ms = 0;
	if (!j->waiting)
		return;
	j->waiting = false;
	change_set(job_change(j), "retry_at", "");
	change_set(job_change(j), "message", "");
}

void job_show_going_on(struct job *j)
{
	job_put_going_on(j);
	job_flush(j);
}

/* ---- what jobs say --------------------------------------------------------------- */

void progress_total(struct job *j, int64_t learners)
{
	j->total = (int)learners;
	j->counts_changed = true;
}

void progress_sums(struct job *j, int64_t done, const int64_t sums[6])
{
	j->done = (int)done;
	for (int i = 0; i < COUNTS; i++)
		j->counts[i] = (int)sums[i];
	j->counts_changed = true;
}

static void put(json_t *object, const char *key, const char *text)
{
	json_object_set_new(object, key, json_string(text ? text : ""));
}

/* Held back until somebody decides; whoever is in days of grace or an exception needs nobody. */
static bool is_undecided(const char *outcome, const char *reason)
{
	static const char *const reasons[] = {"left_class", "added_by_hand", "not_in_preview"};
	bool undecided = false;
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		undecided = undecided || strcmp(reason, reasons[i]) == 0;
	return undecided && strcmp(outcome, "held") == 0;
}

/* People who are no learners are counted by outcome, but not as learners done. */
void job_count_row(struct job *j, const char *learner, const char *outcome, const char *reason)
{
	int count = count_of(outcome);
	if (count < COUNTS)
		j->counts[count]++;
	j->held += is_undecided(outcome, reason);
	j->done += learner && *learner;
	j->counts_changed = true;
}

void progress_row(struct job *j, const struct row *r)
{
	json_t *object = json_object();
	put(object, "learner", r->learner);
	put(object, "name", r->name);
	put(object, "email", r->email);
	put(object, "outcome", r->outcome);
	put(object, "reason", r->reason);
	put(object, "detail", r->detail);
	put(object, "user_id", r->user_id);
	json_object_set_new(object, "at", json_integer(clock_wall_ms()));
	char *text = json_write(object);
	words_add(&job_change(j)->rows, text);
	free(text);
	json_decref(object);
	job_count_row(j, r->learner, r->outcome, r->reason ? r->reason : "");
}

const json_t *progress_saved(const struct job *j)
{
	return j->saved;
}

void progress_save(struct job *j, json_t *checkpoint)
{
	free(job_change(j)->saved);
	job_change(j)->saved = checkpoint ? json_write(checkpoint) : xstrdup("");
	json_decref(checkpoint);
}

const json_t *progress_earlier(const struct job *j)
{
	return j->earlier;
}

void progress_message(struct job *j, const char *fmt, ...)
{
	char text[400];
	va_list args;
	va_start(args, fmt);
	(void)!vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	change_set(job_change(j), "message", text);
}

void progress_team(struct job *j, const char *team_id, const char *web_url)
{
	if (team_id && *team_id)
		change_set(job_change(j), "team_id", team_id);
	if (web_url && *web_url)
		change_set(job_change(j), "web_url", web_url);
}

/* One field of a record: its value, or NULL to take it away. The key is taken over. */
static void put_effect(struct job *j, char *key, const char *field, const char *value)
{
	if (!j->dry_run) {
		struct words w;
		words_init(&w);
		words_add(&w, field);
		if (value) {
			words_add(&w, value);
			change_effect_set(job_change(j), key, &w);
		} else {
			change_effect_del(job_change(j), key, &w);
		}
		words_clear(&w);
	}
	free(key);
}

void record_class(struct job *j, const char *field, const char *value)
{
	put_effect(j, records_class_key(j->school_id, j->class_id), field, value ? value : "");
}

void record_class_int(struct job *j, const char *field, int64_t value)
{
	char text[32];
	(void)!snprintf(text, sizeof text, "%lld", (long long)value);
	record_class(j, field, text);
}

void record_class_drop(struct job *j, const char *field)
{
	put_effect(j, records_class_key(j->school_id, j->class_id), field, NULL);
}

void record_learner(struct job *j, const char *learner, const struct learner_standing *s)
{
	char *text = learner_record(s);
	put_effect(j, records_learners_key(j->school_id, j->class_id), learner, text);
	free(text);
}

void record_learner_drop(struct job *j, const char *learner)
{
	put_effect(j, records_learners_key(j->school_id, j->class_id), learner, NULL);
}

void record_drift(struct job *j, const char *user_id, const char *text)
{
	put_effect(j, drift_key(j->school_id, j->class_id), user_id, text);
}

void history_say(struct job *j, const struct history_event *h)
{
	if (j->dry_run)
		return;
	struct words w;
	struct history_event whole = *h;
	char *key = history_key(j->school_id);
	whole.class_id = h->class_id ? h->class_id : j->class_id;
	whole.job = j->ticket.id;
	whole.run = job_run(j);
	whole.by = j->requested_by;
	words_init(&w);
	history_words(&w, &whole);
	change_effect_log(job_change(j), key, j->worker->config.records.history, &w);
	words_clear(&w);
	free(key);
}

void record_school(struct job *j, const char *field, const char *value)
{
	put_effect(j, records_school_key(j->school_id), field, value ? value : "");
}

void job_push(struct job *j, json_t *envelope)
{
	char *text = json_write(envelope);
	change_effect_push(job_change(j), text);
	free(text);
	json_decref(envelope);
}
