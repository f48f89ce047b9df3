/*
 * job_view - from an id to an answer: the record, or what the inbox says where there is none
 * yet; the job that it joined, which goes on in its place; where that one stands.
 *
 * The version (ETag) is the rev. What can change without one stands behind it: the place in
 * the queue, a cancel that no worker has seen, no worker online, a pause, the rev of the job
 * that was joined. Time left is no part of it: a clock that runs on is no news.
 *
 * Whoever waits for another rev is answered for such news, too: once a second it is looked at
 * where the job stands. Who has waited comes in anew before they are answered: the class may
 * have been taken from them meanwhile.
 */
#include "job_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "inbox.h"
#include "job_find.h"
#include "job_record.h"
#include "job_standing.h"
#include "live.h"

enum { JOINS_MAX = 8, GLANCE_EVERY_MS = 1000, STOOD_ROOM = 32, VERSION_ROOM = 80 };

/* ---- what is shown ------------------------------------------------------------------------ */

struct view {
	struct visit *visit;
	struct job_ask ask;
	char job[JOB_ID_MAX + 1];
	struct live_wait *wait; /* while the record is waited for; then NULL */
	struct timer glance;
	bool glances; /* one is on its way */
	bool over;    /* answered; it goes when the glance is back */
	bool is_seen; /* where it stands, and how that was put */
	char stood[STOOD_ROOM];
	bool in_inbox;
	json_t *record; /* owned; of the job that was asked for */
	json_t *joined; /* owned; of the one that goes on in its place, or NULL */
	char joined_id[JOB_ID_MAX + 1];
	int joins;
};

static void view_free(struct view *w)
{
	json_decref(w->record);
	json_decref(w->joined);
	free(w);
}

/* The visit has had its answer. */
static void view_end(struct view *w)
{
	w->over = true;
	if (!w->glances)
		view_free(w);
}

/* What is of no use to those who ask, or not for all eyes. */
static json_t *shown(const struct view *w, const char *id, const json_t *record)
{
	static const char *const inner[] = {"order", "streak", "like"};
	json_t *shown = json_pack("{s:s}", "id", id);
	json_object_update(shown, (json_t *)(uintptr_t)record);
	for (size_t i = 0; i < sizeof inner / sizeof *inner; i++)
		json_object_del(shown, inner[i]);
	if (w->visit->who.kind == WHO_STAFF)
		json_object_del(shown, "worker");
	return shown;
}

static json_t *number_or_null(int64_t n)
{
	return n < 0 ? json_null() : json_integer(n);
}

static void add_standing(json_t *shown, const struct standing *s)
{
	json_object_set_new(shown, "place", number_or_null(s->place));
	json_object_set_new(shown, "eta_ms", number_or_null(s->left_ms));
	json_object_set_new(shown, "workers_online", json_boolean(s->workers_online));
	json_object_set_new(shown, "paused", json_boolean(s->paused));
}

/* The job that goes on: this one, or the one it joined. */
static const json_t *going_on(const struct view *w)
{
	return w->joined ? w->joined : w->record;
}

/* What there is to say of a job beside its rev. */
static void write_stood(const json_t *job, const struct standing *s, char stood[STOOD_ROOM])
{
	char place[24] = "";
	bool ended = record_has_ended(job);
	if (s->place >= 0)
		(void)!snprintf(place, sizeof place, ".%lld", (long long)s->place);
	(void)!snprintf(stood, STOOD_ROOM, "%s%s%s%s", place,
	    !ended && *record_text(job, "cancelled_by") ? "c" : "",
	    !ended && !s->workers_online ? "o" : "", !ended && s->paused ? "p" : "");
}

static void write_version(
    const struct view *w, const struct standing *s, char version[VERSION_ROOM])
{
	char stood[STOOD_ROOM], joined[24] = "";
	write_stood(going_on(w), s, stood);
	if (w->joined)
		(void)!snprintf(
		    joined, sizeof joined, "+%lld", (long long)json_int(w->joined, "rev", 0));
	(void)!snprintf(version, VERSION_ROOM, "%lld%s%s", (long long)json_int(w->record, "rev", 0),
	    joined, stood);
}

static void answer_view(struct view *w, const struct standing *s)
{
	struct visit *v = w->visit;
	char version[VERSION_ROOM];
	write_version(w, s, version);
	if (w->ask.status == 200 && answer_is_known(v, version))
		return;
	json_t *answer = shown(w, w->job, w->record);
	if (w->joined) {
		json_t *joined = shown(w, w->joined_id, w->joined);
		add_standing(joined, s);
		json_object_set_new(answer, "joined_job", joined);
	}
	add_standing(answer, s);
	answer_json(v, w->ask.status, answer);
}

/* Who pushed it, or cancels it, has done so by now. */
static void answer_failed(struct view *w, const struct err *e)
{
	if (w->ask.status == 200)
		answer_unreachable(w->visit, e);
	else
		answer_unread(w->visit, e);
}

/* ---- the way there ---------------------------------------------------------------------------- */

static void stood(void *ctx, const struct standing *s, const struct err *e)
{
	struct view *w = ctx;
	if (e)
		answer_failed(w, e);
	else
		answer_view(w, s);
	view_end(w);
}

static void joined_came(void *ctx, const json_t *record, const struct err *e);

/* A job that was joined may have joined another one since. */
static void go_on(struct view *w)
{
	const json_t *job = going_on(w);
	const char *joins = record_text(job, "joined");
	if (record_is(job, "joined") && job_is_id(joins) && w->joins++ < JOINS_MAX) {
		text_copy(w->joined_id, sizeof w->joined_id, joins);
		live_get(w->visit->web->live, w->joined_id, joined_came, w);
	} else {
		standing_look(
		    w->visit->web->standings, w->joined ? w->joined_id : w->job, job, stood, w);
	}
}

static void joined_came(void *ctx, const json_t *record, const struct err *e)
{
	struct view *w = ctx;
	if (e) {
		answer_failed(w, e);
		view_end(w);
		return;
	}
	if (record) {
		json_decref(w->joined);
		w->joined = json_copy((json_t *)(uintptr_t)record);
	} else {
		w->joins = JOINS_MAX; /* its record has expired */
	}
	go_on(w);
}

static void record_came(void *ctx, const json_t *record, const struct err *e)
{
	struct view *w = ctx;
	w->wait = NULL;
	if (record) {
		w->record = json_copy((json_t *)(uintptr_t)record);
		go_on(w);
	} else if (!e && !w->in_inbox) {
		w->in_inbox = true;
		inbox_look(w->visit->web, w->job, record_came, w);
	} else {
		if (e)
			answer_failed(w, e);
		else
			job_answer_unknown(w->visit, w->job);
		view_end(w);
	}
}

/* ---- while it is waited for ------------------------------------------------------------------ */

static void answer_at_once(struct visit *v, const char *job)
{
	job_answer(v, job, (struct job_ask){.status = 200});
}

/* Nothing is waited for any more, and the answer finds out for itself. */
static void gone_too_late(void *ctx)
{
	(void)ctx;
}

static void come_in_anew(struct view *w)
{
	struct visit *v = w->visit;
	char job[JOB_ID_MAX + 1];
	text_copy(job, sizeof job, w->job);
	timer_clear(v->web->loop, &w->glance);
	exchange_on_gone(v->x, gone_too_late, NULL);
	view_end(w);
	free(v->more);
	v->more = NULL;
	job_find(v, job, answer_at_once);
}

static void news_came(void *ctx, const json_t *record, const struct err *e)
{
	struct view *w = ctx;
	w->wait = NULL;
	(void)record;
	if (e) {
		timer_clear(w->visit->web->loop, &w->glance);
		answer_failed(w, e);
		view_end(w);
	} else {
		come_in_anew(w);
	}
}

static void glance(void *ctx);

static void glance_again(struct view *w)
{
	timer_set(w->visit->web->loop, &w->glance, GLANCE_EVERY_MS, glance, w);
}

static void glanced(void *ctx, const struct standing *s, const struct err *e)
{
	struct view *w = ctx;
	char stood[STOOD_ROOM];
	w->glances = false;
	if (w->over) {
		view_free(w);
		return;
	}
	const json_t *record = live_peek(w->visit->web->live, w->job);
	if (!e && record) {
		write_stood(record, s, stood);
		if (w->is_seen && strcmp(stood, w->stood) != 0) {
			live_leave(w->wait);
			come_in_anew(w);
			return;
		}
		text_copy(w->stood, sizeof w->stood, stood);
		w->is_seen = true;
	}
	glance_again(w);
}

/* A job that has ended stands nowhere. */
static void glance(void *ctx)
{
	struct view *w = ctx;
	const struct web *web = w->visit->web;
	const json_t *record = live_peek(web->live, w->job);
	if (!record || record_has_ended(record)) {
		glance_again(w);
		return;
	}
	w->glances = true;
	standing_look(web->standings, w->job, record, glanced, w);
}

/* Nobody is there to be answered any more: the wait, if that is where it stands, is over. */
static void asker_gone(void *ctx)
{
	struct view *w = ctx;
	if (!w->wait)
		return;
	live_leave(w->wait);
	timer_clear(w->visit->web->loop, &w->glance);
	answer_empty(w->visit, 408);
	view_end(w);
}

void job_answer(struct visit *v, const char *job, struct job_ask ask)
{
	struct view *w = xcalloc(1, sizeof *w);
	w->visit = v;
	w->ask = ask;
	text_copy(w->job, sizeof w->job, job);
	exchange_on_gone(v->x, asker_gone, w);
	w->wait = live_wait(
	    v->web->live, job, ask.rev, ask.wait_ms, ask.wait_ms > 0 ? news_came : record_came, w);
	if (ask.wait_ms > 0)
		glance(w);
}
