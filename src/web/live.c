/*
 * live - who asks for the record of a job, and what they get.
 *
 * An entry has at most one read in flight, however many ask. Its record is true from a read
 * until Redis says that it changed (tracking.c); then, if anybody waits, it is read again at
 * once, else forgotten. Who asks gets
 *
 *	- what a read brought that began after it asked; or
 *	- a true record, once it is certain that all that had changed by then has been told:
 *	  the connection that listens is asked to say so, once for all who came meanwhile.
 *
 * So nobody is shown what was changed before they asked: Redis may answer whoever changes
 * something before it writes to us that it is changed, but not after it has answered a
 * question on the same connection. And who has seen a later rev than an entry has, from
 * another process like this one, makes it read again.
 *
 * While tracking is off every question is a read, and waits look ten times a second.
 */
#include "live_int.h"

#include <stdlib.h>

#include "buf.h"

enum { LOOK_EVERY_MS = 100 }; /* while nobody tells of changes */

static void begin_fence(void *ctx);

/* ---- answering ------------------------------------------------------------------------------- */

static int64_t rev_of(const json_t *record)
{
	return json_int(record, "rev", 0);
}

/* Whether the entry's record is new enough for this asker. */
static bool is_fresh(const struct live_wait *w)
{
	const struct job_entry *j = w->entry;
	return j->ended > w->since ||
	       (j->is_true && j->live->fences_passed >= w->fence && rev_of(j->record) >= w->rev);
}

static bool is_due(const struct live_wait *w)
{
	return is_fresh(w) && (w->any || rev_of(w->entry->record) != w->rev);
}

static void answer_all(struct job_entry *j, struct link *due, const struct err *e)
{
	json_t *record = e ? NULL : json_incref(j->record);
	struct link *at;
	while ((at = list_pop(due))) {
		struct live_wait *w = container_of(at, struct live_wait, link);
		timer_clear(j->live->web->loop, &w->deadline);
		w->fn(w->ctx, record, e);
		free(w);
	}
	json_decref(record);
}

static void look_again(void *ctx)
{
	struct job_entry *j = ctx;
	if (!entry_is_reading(j))
		entry_read(j);
}

/* What the entry owes to those who still wait. */
enum owed { NOTHING, A_FENCE, A_READ };

static enum owed owed(const struct job_entry *j)
{
	enum owed most = NOTHING;
	list_each (at, &j->waits) {
		const struct live_wait *w = container_of(at, struct live_wait, link);
		if (is_fresh(w))
			continue;
		if (!j->is_true || j->live->fences_passed >= w->fence)
			return A_READ;
		most = A_FENCE;
	}
	return most;
}

/* Those who wait for news need nothing as long as changes are told. */
void entry_go_on(struct job_entry *j)
{
	struct live *l = j->live;
	if (list_empty(&j->waits) || entry_is_reading(j) || l->closing)
		return;
	enum owed what = owed(j);
	if (what == A_READ || (l->told && !j->is_true)) {
		entry_read(j);
	} else if (what == A_FENCE) {
		list_drop(&j->fenced);
		list_push(&l->fenced, &j->fenced);
		timer_set(l->web->loop, &l->fence, 0, begin_fence, l);
	} else if (!j->is_true) {
		timer_set(l->web->loop, &j->look, LOOK_EVERY_MS, look_again, j);
	}
}

/* A callback may ask for anything, also for this job; the entry stays meanwhile. */
void entry_serve(struct job_entry *j)
{
	struct link due;
	list_init(&due);
	list_each (at, &j->waits) {
		if (is_due(container_of(at, struct live_wait, link))) {
			list_drop(at);
			list_push(&due, at);
		}
	}
	j->holds++;
	answer_all(j, &due, NULL);
	j->holds--;
	if (entry_is_idle(j) && !j->is_true)
		entry_free(j);
	else
		entry_go_on(j);
}

/* Those who wait for news go on waiting, until their time is over. */
void entry_fail(struct job_entry *j, const struct err *e)
{
	struct link due;
	list_init(&due);
	list_each (at, &j->waits) {
		struct live_wait *w = container_of(at, struct live_wait, link);
		if ((w->any && w->since < j->ended) || j->live->closing) {
			list_drop(at);
			list_push(&due, at);
		}
	}
	j->holds++;
	answer_all(j, &due, e);
	j->holds--;
	if (!list_empty(&j->waits) && !entry_is_reading(j))
		timer_set(j->live->web->loop, &j->look, LOOK_EVERY_MS, look_again, j);
}

/* ---- fences ------------------------------------------------------------------------------------ */

/* Redis has told all that had changed when this fence began. */
static void fence_passed(void *ctx, const struct reply *r, const struct err *e)
{
	struct live *l = ctx;
	struct link now, *at;
	(void)e;
	l->fence_is_out = false;
	if (!r)
		return; /* untold has seen to them */
	l->fences_passed = l->fences_begun;
	list_init(&now);
	while ((at = list_pop(&l->fenced)))
		list_push(&now, at);
	while ((at = list_pop(&now)))
		entry_serve(container_of(at, struct job_entry, fenced));
}

static void begin_fence(void *ctx)
{
	struct live *l = ctx;
	if (l->fence_is_out || !l->told)
		return; /* the next one begins when this one has passed */
	l->fence_is_out = true;
	l->fences_begun++;
	tracking_catch_up(l->tracking, fence_passed, l);
}

/* ---- asking ---------------------------------------------------------------------------------------- */

/* Its time is over: it takes what there is now. */
static void time_is_over(void *ctx)
{
	struct live_wait *w = ctx;
	struct job_entry *j = w->entry;
	w->any = true;
	w->since = j->begun;
	w->fence = j->live->fences_begun + 1;
	entry_go_on(j);
}

struct live_wait *live_wait(
    struct live *l, const char *job, int64_t rev, int64_t wait_ms, live_fn fn, void *ctx)
{
	struct job_entry *j = entry_of(l, job);
	struct live_wait *w = xcalloc(1, sizeof *w);
	*w = (struct live_wait){.entry = j, .fn = fn, .ctx = ctx, .rev = rev};
	w->since = j->begun;
	w->fence = l->fences_begun + 1;
	w->any = wait_ms <= 0 || l->leaving;
	list_push(&j->waits, &w->link);
	if (!w->any)
		timer_set(l->web->loop, &w->deadline, wait_ms, time_is_over, w);
	entry_go_on(j);
	return w;
}

void live_get(struct live *l, const char *job, live_fn fn, void *ctx)
{
	(void)live_wait(l, job, 0, 0, fn, ctx);
}

const json_t *live_peek(const struct live *l, const char *job)
{
	const struct job_entry *j = map_get(&l->jobs, job);
	return j ? j->record : NULL;
}

void live_leave(struct live_wait *w)
{
	timer_clear(w->entry->live->web->loop, &w->deadline);
	list_drop(&w->link);
	free(w);
}

/* ---- life ------------------------------------------------------------------------------------------ */

struct live *live_open(const struct web *web, struct err *e)
{
	struct live *l = xcalloc(1, sizeof *l);
	l->web = web;
	map_init(&l->jobs);
	list_init(&l->used);
	list_init(&l->fenced);
	l->reader = redis_open(web->loop, web->config->redis.url, "rollcall-web-reads", e);
	if (!l->reader) {
		free(l);
		return NULL;
	}
	redis_never_blocks(l->reader);
	l->tracking = tracking_open(web, l->reader, &live_told, l, e);
	if (!l->tracking) {
		live_close(l);
		return NULL;
	}
	return l;
}

void live_release(struct live *l)
{
	l->leaving = true;
	list_each (at, &l->used) {
		struct job_entry *j = container_of(at, struct job_entry, link);
		list_each (waiting, &j->waits)
			time_is_over(container_of(waiting, struct live_wait, link));
	}
}

/* Whoever still waits is told that nothing will come. */
void live_close(struct live *l)
{
	struct err e;
	struct link *at;
	err_set(&e, ERR_REACH, "closed");
	if (!l)
		return;
	l->closing = true;
	l->told = false;
	timer_clear(l->web->loop, &l->fence);
	tracking_close(l->tracking);
	redis_close(l->reader); /* ends the reads */
	while ((at = list_pop(&l->used))) {
		struct job_entry *j = container_of(at, struct job_entry, link);
		answer_all(j, &j->waits, &e);
		entry_free(j);
	}
	map_clear(&l->jobs);
	free(l);
}
