/*
 * live - one entry for each job that is asked for.
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
#include "live.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "job_record.h"
#include "list.h"
#include "map.h"
#include "tracking.h"

enum {
	JOBS_MAX = 20000,
	LOOK_EVERY_MS = 100, /* while nobody tells of changes */
	EVICT_LOOKS = 32,
};

struct live {
	const struct web *web;
	struct redis *reader;	   /* owned */
	struct tracking *tracking; /* owned */
	struct map jobs;	   /* id -> struct job_entry */
	struct link used;	   /* the same, the one not asked for longest first */
	struct link fenced;	   /* entries to look at when a fence has passed */
	struct timer fence;
	uint64_t fences_begun, fences_passed;
	bool fence_is_out;
	unsigned era; /* of tracking: counts its ons and offs */
	bool told;    /* of changes */
	bool leaving, closing;
};

struct job_entry {
	struct link link;
	struct live *live;
	char *id;	     /* owned */
	json_t *record;	     /* owned: as last read; NULL: there was none, or never read */
	json_t *coming;	     /* owned: of the read in flight */
	struct err *trouble; /* owned: likewise; NULL: none */
	struct link waits, fenced;
	struct timer look;
	uint64_t begun, ended; /* reads */
	unsigned era;	       /* in which the read in flight began */
	int holds;	       /* keeps it from being freed */
	bool is_true;	       /* nothing was said against the record since it was read */
	bool doubted;	       /* something was, while it was on its way */
	bool tried_again;      /* after a lost connection */
};

struct live_wait {
	struct link link;
	struct job_entry *entry;
	struct timer deadline;
	live_fn fn;
	void *ctx;
	int64_t rev;	/* which the asker knows */
	uint64_t since; /* reads that had begun when it came */
	uint64_t fence; /* the first that began after that */
	bool any;	/* it takes any rev */
};

static void begin_read(struct job_entry *j);
static void begin_fence(void *ctx);

/* ---- entries ------------------------------------------------------------------------------- */

static int64_t rev_of(const json_t *record)
{
	return json_int(record, "rev", 0);
}

static bool is_reading(const struct job_entry *j)
{
	return j->ended < j->begun;
}

static bool is_idle(const struct job_entry *j)
{
	return j->holds == 0 && list_empty(&j->waits) && !is_reading(j);
}

static void entry_free(struct job_entry *j)
{
	list_drop(&j->link);
	list_drop(&j->fenced);
	map_drop(&j->live->jobs, j->id);
	timer_clear(j->live->web->loop, &j->look);
	json_decref(j->record);
	json_decref(j->coming);
	free(j->trouble);
	free(j->id);
	free(j);
}

/* Those that somebody waits for stay; there are never more of them than connections. */
static void make_room(struct live *l)
{
	int looks = 0;
	list_each (at, &l->used) {
		struct job_entry *j = container_of(at, struct job_entry, link);
		if (l->jobs.count < JOBS_MAX || looks++ == EVICT_LOOKS)
			return;
		if (is_idle(j))
			entry_free(j);
	}
}

static struct job_entry *entry_of(struct live *l, const char *id)
{
	struct job_entry *j = map_get(&l->jobs, id);
	if (!j) {
		make_room(l);
		j = xcalloc(1, sizeof *j);
		j->live = l;
		j->id = xstrdup(id);
		list_init(&j->link);
		list_init(&j->waits);
		list_init(&j->fenced);
		map_set(&l->jobs, id, j);
	}
	list_drop(&j->link);
	list_push(&l->used, &j->link);
	return j;
}

/* ---- answering ------------------------------------------------------------------------------- */

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
	if (!is_reading(j))
		begin_read(j);
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
static void go_on(struct job_entry *j)
{
	struct live *l = j->live;
	if (list_empty(&j->waits) || is_reading(j) || l->closing)
		return;
	enum owed what = owed(j);
	if (what == A_READ || (l->told && !j->is_true)) {
		begin_read(j);
	} else if (what == A_FENCE) {
		list_drop(&j->fenced);
		list_push(&l->fenced, &j->fenced);
		timer_set(l->web->loop, &l->fence, 0, begin_fence, l);
	} else if (!j->is_true) {
		timer_set(l->web->loop, &j->look, LOOK_EVERY_MS, look_again, j);
	}
}

/* A callback may ask for anything, also for this job; the entry stays meanwhile. */
static void serve(struct job_entry *j)
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
	if (is_idle(j) && !j->is_true)
		entry_free(j);
	else
		go_on(j);
}

/* Those who wait for news go on waiting, until their time is over. */
static void serve_trouble(struct job_entry *j, const struct err *e)
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
	if (!list_empty(&j->waits) && !is_reading(j))
		timer_set(j->live->web->loop, &j->look, LOOK_EVERY_MS, look_again, j);
}

/* ---- reading ----------------------------------------------------------------------------------- */

static void read_failed(struct job_entry *j, const struct err *e)
{
	j->is_true = false;
	if (e->code == ERR_REACH && !j->tried_again && !j->live->closing) {
		begin_read(j); /* reading twice harms nobody */
		j->tried_again = true;
	} else {
		j->tried_again = false;
		serve_trouble(j, e);
	}
}

static void read_ended(struct job_entry *j)
{
	struct err *trouble = j->trouble;
	json_t *record = j->coming;
	j->trouble = NULL;
	j->coming = NULL;
	j->ended = j->begun;
	if (trouble) {
		json_decref(record);
		read_failed(j, trouble);
		free(trouble);
		return;
	}
	json_decref(j->record);
	j->record = record;
	j->tried_again = false;
	j->is_true = j->live->told && j->era == j->live->era && !j->doubted;
	serve(j);
}

/* What went wrong is kept until both halves of the read are answered. */
static bool keep_trouble(struct job_entry *j, const struct reply *r, const struct err *e)
{
	if (r && reply_kind(r) != REPLY_ERROR)
		return false;
	if (!j->trouble) {
		j->trouble = xcalloc(1, sizeof *j->trouble);
		err_set(
		    j->trouble, r ? ERR_REFUSED : e->code, "%s", r ? reply_text(r, NULL) : e->text);
	}
	return true;
}

static void record_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct job_entry *j = ctx;
	if (!keep_trouble(j, r, e))
		j->coming = record_of(r);
}

static void cancel_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct job_entry *j = ctx;
	if (!keep_trouble(j, r, e))
		record_note_cancel(j->coming, r);
	read_ended(j);
}

static void begin_read(struct job_entry *j)
{
	struct live *l = j->live;
	j->begun++;
	j->era = l->era;
	j->doubted = false;
	redis_sendf(l->reader, WEB_REDIS_TIMEOUT_MS, record_read, j, "HGETALL %sjob:%s",
	    l->web->prefix, j->id);
	redis_sendf(l->reader, WEB_REDIS_TIMEOUT_MS, cancel_read, j, "MGET %scancel:%s",
	    l->web->prefix, j->id);
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
		serve(container_of(at, struct job_entry, fenced));
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

/* ---- what tracking tells --------------------------------------------------------------------- */

static void doubt(struct job_entry *j)
{
	j->is_true = false;
	j->doubted = true;
	if (is_idle(j))
		entry_free(j);
	else
		go_on(j);
}

static void doubt_all(struct live *l)
{
	list_each (at, &l->used)
		doubt(container_of(at, struct job_entry, link));
}

static void told(void *owner)
{
	struct live *l = owner;
	l->told = true;
	l->era++;
	doubt_all(l);
}

static void untold(void *owner)
{
	struct live *l = owner;
	l->told = false;
	l->era++;
	doubt_all(l);
}

static const char *after(const char *text, const char *begin)
{
	size_t length = strlen(begin);
	return strncmp(text, begin, length) == 0 ? text + length : NULL;
}

static void changed(void *owner, const char *key)
{
	struct live *l = owner;
	const char *name = key ? after(key, l->web->prefix) : NULL;
	const char *id = name ? after(name, "job:") : NULL;
	if (name && !id)
		id = after(name, "cancel:");
	struct job_entry *j = id ? map_get(&l->jobs, id) : NULL;
	if (j)
		doubt(j);
	else if (!key)
		doubt_all(l);
}

static const struct tracking_events events = {.on = told, .off = untold, .changed = changed};

/* ---- asking ---------------------------------------------------------------------------------------- */

/* Its time is over: it takes what there is now. */
static void time_is_over(void *ctx)
{
	struct live_wait *w = ctx;
	struct job_entry *j = w->entry;
	w->any = true;
	w->since = j->begun;
	w->fence = j->live->fences_begun + 1;
	go_on(j);
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
	go_on(j);
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
	l->tracking = tracking_open(web, l->reader, &events, l, e);
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
	err_set(&e, ERR_REACH, "closed");
	if (!l)
		return;
	l->closing = true;
	l->told = false;
	timer_clear(l->web->loop, &l->fence);
	tracking_close(l->tracking);
	redis_close(l->reader); /* ends the reads */
	while (!list_empty(&l->used)) {
		struct job_entry *j = container_of(l->used.next, struct job_entry, link);
		answer_all(j, &j->waits, &e);
		entry_free(j);
	}
	map_clear(&l->jobs);
	free(l);
}
