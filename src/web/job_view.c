/*
 * job_view - from an id to an answer: the record, or what the inbox says where there is none
 * yet; the job that it joined, which goes on in its place; where that one stands.
 *
 * The version (ETag) is the rev. What can change without one stands behind it: the place in
 * the queue, a cancel that no worker has seen, no worker online, a pause, the rev of the job
 * that was joined. Time left is no part of it: a clock that runs on is no news.
 */
#include "job_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "classes.h"
#include "inbox.h"
#include "job_record.h"
#include "live.h"
#include "standing.h"

enum { ID_MAX = 64, JOINS_MAX = 8 };

static bool is_id(const char *text)
{
	size_t n =
	    strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
	return n >= 1 && n <= ID_MAX && text[n] == '\0';
}

static void answer_unknown(struct visit *v, const char *job)
{
	answer_problem(v, 404, "not_found",
	    "There is no job %.64s, or its record has expired (rollcall keeps them for some days).",
	    job);
}

/* ---- finding ---------------------------------------------------------------------------- */

/* v->more of whoever looks for a job; it owns nothing. */
struct finding {
	job_found_fn go;
	char job[ID_MAX + 1];
	bool in_inbox; /* that is where it is looked for now */
};

static void permitted(struct visit *v)
{
	const struct finding *f = v->more;
	f->go(v, f->job);
}

static void refused(struct visit *v)
{
	const struct finding *f = v->more;
	answer_unknown(v, f->job);
}

static void check_whose(struct visit *v, const json_t *record)
{
	class_permit_or(
	    v, record_text(record, "school"), record_text(record, "class"), permitted, refused);
}

static void found(void *ctx, const json_t *record, const struct err *e)
{
	struct visit *v = ctx;
	struct finding *f = v->more;
	if (e) {
		answer_unreachable(v, e);
	} else if (record) {
		check_whose(v, record);
	} else if (!f->in_inbox) {
		f->in_inbox = true;
		inbox_look(v->web, f->job, found, v);
	} else {
		answer_unknown(v, f->job);
	}
}

void job_find(struct visit *v, const char *job, job_found_fn go)
{
	if (!is_id(job)) {
		answer_unknown(v, job);
		return;
	}
	struct finding *f = v->more = xcalloc(1, sizeof *f);
	f->go = go;
	text_copy(f->job, sizeof f->job, job);
	const json_t *record = live_peek(v->web->live, job);
	if (record)
		check_whose(v, record);
	else
		live_get(v->web->live, job, found, v);
}

/* ---- what is shown ------------------------------------------------------------------------ */

struct view {
	struct visit *visit;
	struct job_ask ask;
	char job[ID_MAX + 1];
	struct live_wait *wait; /* while the record is waited for */
	bool in_inbox;
	json_t *record; /* owned; of the job that was asked for */
	json_t *joined; /* owned; of the one that goes on in its place, or NULL */
	char joined_id[ID_MAX + 1];
	int joins;
};

static void view_free(struct view *w)
{
	json_decref(w->record);
	json_decref(w->joined);
	free(w);
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

static void write_version(const struct view *w, const struct standing *s, char version[64])
{
	const json_t *job = going_on(w);
	size_t used =
	    (size_t)snprintf(version, 64, "%lld", (long long)json_int(w->record, "rev", 0));
	if (w->joined)
		used += (size_t)snprintf(
		    version + used, 64 - used, "+%lld", (long long)json_int(w->joined, "rev", 0));
	if (record_has_ended(job))
		return;
	if (s->place >= 0)
		used += (size_t)snprintf(version + used, 64 - used, ".%lld", (long long)s->place);
	(void)!snprintf(version + used, 64 - used, "%s%s%s",
	    *record_text(job, "cancelled_by") ? "c" : "", s->workers_online ? "" : "o",
	    s->paused ? "p" : "");
}

static void answer_view(struct view *w, const struct standing *s)
{
	struct visit *v = w->visit;
	char version[64];
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

/* ---- the way there ---------------------------------------------------------------------------- */

static void stood(void *ctx, const struct standing *s, const struct err *e)
{
	struct view *w = ctx;
	if (e)
		answer_unreachable(w->visit, e);
	else
		answer_view(w, s);
	view_free(w);
}

static void joined_came(void *ctx, const json_t *record, const struct err *e);

/* A job that was joined may have joined another one since. */
static void go_on(struct view *w)
{
	const json_t *job = going_on(w);
	const char *joins = record_text(job, "joined");
	if (record_is(job, "joined") && is_id(joins) && w->joins++ < JOINS_MAX) {
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
		answer_unreachable(w->visit, e);
		view_free(w);
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
			answer_unreachable(w->visit, e);
		else
			answer_unknown(w->visit, w->job);
		view_free(w);
	}
}

/* Nobody is there to be answered any more: the wait, if that is where it stands, is over. */
static void asker_gone(void *ctx)
{
	struct view *w = ctx;
	if (!w->wait)
		return;
	live_leave(w->wait);
	answer_empty(w->visit, 408);
	view_free(w);
}

void job_answer(struct visit *v, const char *job, struct job_ask ask)
{
	struct view *w = xcalloc(1, sizeof *w);
	w->visit = v;
	w->ask = ask;
	text_copy(w->job, sizeof w->job, job);
	exchange_on_gone(v->x, asker_gone, w);
	w->wait = live_wait(v->web->live, job, ask.rev, ask.wait_ms, record_came, w);
}
