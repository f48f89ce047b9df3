/*
 * job_standing - what can be known of a job's turn and of the time it takes.
 *
 * Time left is told from what was seen, and only then: how fast learners are dealt with while
 * the job runs, how fast those before it in its lane go while it is queued. Both are a pace
 * (pace.h), fed each time somebody asks, and forgotten with the job or when nobody has asked
 * for it for longest. While nothing can go on (no worker, paused) no time is told.
 */
#include "job_standing.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "job_record.h"
#include "list.h"
#include "map.h"
#include "pace.h"
#include "round.h"

enum { GOOD_MS = 500, JOBS_MAX = 20000 };

struct standings {
	struct web *web;
	struct map jobs;  /* id -> struct seen, owned */
	struct link used; /* the same, the one not asked for longest first */
	json_t *paused;	  /* owned: what is paused, as the keys of an object */
	bool workers_online;
	int64_t looked_ms; /* at these two; 0: never */
};

/* What was seen of a job. */
struct seen {
	struct link link;
	char *id; /* owned */
	struct pace work, lane;
	int64_t place, first_place; /* -1: in no lane */
	int64_t looked_ms;	    /* at its place; 0: never */
};

struct question {
	struct standings *all;
	standing_fn fn;
	void *ctx;
	char *id; /* owned */
	struct standing is;
	bool ended, queued;
	char *school, *type; /* owned */
};

/* ---- what is remembered ----------------------------------------------------------------- */

struct standings *standings_new(struct web *web)
{
	struct standings *s = xcalloc(1, sizeof *s);
	s->web = web;
	s->paused = json_object();
	map_init(&s->jobs);
	list_init(&s->used);
	return s;
}

static void forget(struct standings *s, struct seen *j)
{
	list_drop(&j->link);
	(void)map_drop(&s->jobs, j->id);
	free(j->id);
	free(j);
}

void standings_free(struct standings *s)
{
	if (!s)
		return;
	while (!list_empty(&s->used))
		forget(s, container_of(s->used.next, struct seen, link));
	map_clear(&s->jobs);
	json_decref(s->paused);
	free(s);
}

static struct seen *seen_of(struct standings *s, const char *id)
{
	struct seen *j = map_get(&s->jobs, id);
	if (!j) {
		if (s->jobs.count >= JOBS_MAX)
			forget(s, container_of(s->used.next, struct seen, link));
		j = xcalloc(1, sizeof *j);
		j->id = xstrdup(id);
		j->place = -1;
		list_init(&j->link);
		(void)map_set(&s->jobs, id, j);
	}
	list_drop(&j->link);
	list_push(&s->used, &j->link);
	return j;
}

/* ---- time left ---------------------------------------------------------------------------- */

/* A lane's pace counts how many have gone that were before the job when it was first seen. */
static void see_place(struct seen *j, int64_t now_ms, int64_t place)
{
	if (j->place < 0 || place > j->place) {
		j->first_place = place;
		j->lane = (struct pace){0};
	}
	j->place = place;
	j->looked_ms = now_ms;
	if (place >= 0)
		pace_look(&j->lane, now_ms, j->first_place - place, true);
}

static int64_t until_its_turn(const struct seen *j)
{
	return j->place < 0 ? -1
			    : pace_left_ms(&j->lane, j->first_place - j->place, j->first_place + 1);
}

static int64_t until_done(struct seen *j, const json_t *record)
{
	int64_t done = json_int(record, "done", 0), total = json_int(record, "total", 0);
	bool running = record_is(record, "running");
	pace_look(&j->work, clock_mono_ms(), done, running);
	int64_t left_ms = pace_left_ms(&j->work, done, total);
	int64_t rest_ms = json_int(record, "retry_at", 0) - clock_wall_ms();
	return left_ms < 0 || running ? left_ms : left_ms + (rest_ms > 0 ? rest_ms : 0);
}

/* ---- looking ------------------------------------------------------------------------------- */

static void take_alive(void *about, const struct reply *r)
{
	struct standings *s = about;
	s->workers_online = reply_number(r) > 0;
}

static void take_paused(void *about, const struct reply *r)
{
	struct standings *s = about;
	json_object_clear(s->paused);
	for (size_t i = 0; i < reply_count(r); i++) {
		const char *what = reply_text(reply_at(r, i), NULL);
		if (what)
			json_object_set_new(s->paused, what, json_true());
	}
	s->looked_ms = clock_mono_ms();
}

static void take_place(void *about, const struct reply *r)
{
	const struct question *q = about;
	see_place(seen_of(q->all, q->id), clock_mono_ms(),
	    reply_kind(r) == REPLY_NUMBER ? reply_number(r) : -1);
}

static bool names(const json_t *paused, const char *kind, const char *name)
{
	char *what = xasprintf("%s%s", kind, name);
	bool is = json_object_get(paused, what) != NULL;
	free(what);
	return is;
}

static void conclude(struct question *q)
{
	struct standings *s = q->all;
	q->is.workers_online = s->workers_online;
	q->is.paused = names(s->paused, "*", "") || names(s->paused, "school:", q->school) ||
		       names(s->paused, "type:", q->type);
	bool goes_on = q->is.workers_online && !q->is.paused;
	if (q->queued) {
		struct seen *j = seen_of(s, q->id);
		q->is.place = j->place;
		q->is.left_ms = until_its_turn(j);
		if (!goes_on)
			j->place = -1; /* the pace begins anew when it does */
	}
	if (!goes_on)
		q->is.left_ms = -1;
}

static bool looked(void *ctx, struct round *r, const struct err *e)
{
	struct question *q = ctx;
	(void)r;
	if (!e && !q->ended)
		conclude(q);
	q->fn(q->ctx, &q->is, e);
	free(q->school);
	free(q->type);
	free(q->id);
	free(q);
	return false;
}

static bool is_good(int64_t looked_ms)
{
	return looked_ms && clock_mono_ms() - looked_ms < GOOD_MS;
}

static void ask(struct question *q, struct round *r)
{
	char *lane = xasprintf("lane:%s", q->school);
	if (!is_good(q->all->looked_ms)) {
		ROUND_ASK(r, take_alive, q->all, "EXISTS", "alive");
		ROUND_ASK(r, take_paused, q->all, "HKEYS", "paused");
	}
	if (q->queued && !is_good(seen_of(q->all, q->id)->looked_ms))
		ROUND_ASK(r, take_place, q, "ZRANK", lane, q->id);
	free(lane);
}

void standing_look(
    struct standings *s, const char *id, const json_t *record, standing_fn fn, void *ctx)
{
	struct question *q = xcalloc(1, sizeof *q);
	struct round *r = round_new(s->web, looked, q);
	struct seen *j = map_get(&s->jobs, id);
	*q = (struct question){.all = s, .fn = fn, .ctx = ctx};
	q->is = (struct standing){.place = -1, .left_ms = -1, .workers_online = true};
	q->id = xstrdup(id);
	q->school = xstrdup(record_text(record, "school"));
	q->type = xstrdup(record_text(record, "type"));
	q->ended = record_has_ended(record);
	q->queued = record_is(record, "queued");
	if (!q->ended && !q->queued)
		q->is.left_ms = until_done(seen_of(s, id), record);
	else if (q->ended && j)
		forget(s, j);
	if (!q->ended)
		ask(q, r);
	round_go(r);
}
