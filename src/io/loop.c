/*
 * loop - timers, deferred calls, signals and descriptors on one libuv loop.
 *
 * A turn is: let libuv wait and deliver what descriptors have to say, then run
 * what was deferred, then the timers that are due. Deferred calls and timers run
 * outside libuv, so they may turn the loop again (loop_run_until) without
 * re-entering it, and descriptors are heard before deadlines: after a pause of
 * the process, an answer that is already there wins over its timeout.
 *
 * libuv's own timer only ends the wait; what is due is decided by clock.h. With a
 * faked clock, a timer therefore fires in the first turn after clock_advance.
 */
#include "loop_int.h"

#include <assert.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>

#include "buf.h"
#include "clock.h"
#include "err.h"

enum { WAIT_MAX_MS = 60000, LINGER_US = 150 };

struct deferred {
	loop_fn fn;
	void *ctx;
};

struct loop {
	uv_loop_t uv;
	uv_prepare_t prepare; /* before the wait */
	uv_timer_t alarm;     /* ends it */
	const struct aim *aim;
	struct heap timers;
	struct deferred *deferred; /* owned; a ring */
	size_t deferred_first, deferred_count, deferred_room;
	struct link watches, signals;
	uint64_t turns;
	bool stopping, expecting;
};

struct watch {
	uv_poll_t poll;
	struct link link;
	loop_fn fn;
	void *ctx;
};

struct signal_watch {
	uv_signal_t signal;
	struct link link;
	loop_fn fn;
	void *ctx;
};

static void must(int status, const char *what)
{
	if (status < 0)
		die("%s: %s", what, uv_strerror(status));
}

static void before_wait(uv_prepare_t *prepare);

struct loop *loop_new(void)
{
	struct loop *l = xcalloc(1, sizeof *l);
	must(uv_loop_init(&l->uv), "event loop");
	must(uv_timer_init(&l->uv, &l->alarm), "event loop");
	must(uv_prepare_init(&l->uv, &l->prepare), "event loop");
	must(uv_prepare_start(&l->prepare, before_wait), "event loop");
	heap_init(&l->timers);
	list_init(&l->watches);
	list_init(&l->signals);

	/* A peer that hangs up is an error code of write, not the end of us. */
	signal(SIGPIPE, SIG_IGN);
	return l;
}

uv_loop_t *loop_uv(struct loop *l)
{
	return &l->uv;
}

/* ---- timers ---- */

void timer_set(struct loop *l, struct timer *t, int64_t delay_ms, loop_fn fire, void *ctx)
{
	int64_t due_ms = clock_mono_ms() + (delay_ms > 0 ? delay_ms : 0);
	t->fire = fire;
	t->ctx = ctx;
	if (heap_has(&t->item))
		heap_move(&l->timers, &t->item, due_ms);
	else
		heap_add(&l->timers, &t->item, due_ms);
}

void timer_clear(struct loop *l, struct timer *t)
{
	heap_drop(&l->timers, &t->item);
}

bool timer_is_set(const struct timer *t)
{
	return heap_has(&t->item);
}

/* No more timers run in a turn than there were at its start, so one that sets
 * itself to now does not keep descriptors waiting. */
static void run_timers(struct loop *l)
{
	int64_t now = clock_mono_ms();
	for (size_t left = l->timers.count; left > 0; left--) {
		struct heap_item *first = heap_first(&l->timers);
		if (!first || first->key > now)
			return;
		struct timer *t = container_of(first, struct timer, item);
		heap_drop(&l->timers, first);
		t->fire(t->ctx); /* may free t */
	}
}

/* ---- deferred calls ---- */

void loop_defer(struct loop *l, loop_fn fn, void *ctx)
{
	if (l->deferred_count == l->deferred_room) {
		size_t room = l->deferred_room ? 2 * l->deferred_room : 64;
		struct deferred *ring = xcalloc(room, sizeof *ring);
		for (size_t i = 0; i < l->deferred_count; i++)
			ring[i] = l->deferred[(l->deferred_first + i) % l->deferred_room];
		free(l->deferred);
		l->deferred = ring;
		l->deferred_first = 0;
		l->deferred_room = room;
	}
	size_t last = (l->deferred_first + l->deferred_count) % l->deferred_room;
	l->deferred[last] = (struct deferred){fn, ctx};
	l->deferred_count++;
}

/* A deferred call may turn the loop: then the inner turn goes on with the ring. */
static void run_deferred(struct loop *l)
{
	for (size_t left = l->deferred_count; left > 0 && l->deferred_count > 0; left--) {
		struct deferred d = l->deferred[l->deferred_first];
		l->deferred_first = (l->deferred_first + 1) % l->deferred_room;
		l->deferred_count--;
		d.fn(d.ctx);
	}
}

/* ---- turning ---- */

/* aim says what the innermost turn waits for. */
struct aim {
	const bool *done;    /* or NULL */
	int64_t deadline_ms; /* or 0 */
};

static int64_t wait_ms(const struct loop *l)
{
	int64_t now = clock_mono_ms(), until = now + WAIT_MAX_MS;
	const struct heap_item *first = heap_first(&l->timers);
	const struct aim *aim = l->aim;

	if (l->deferred_count > 0 || (aim->done ? *aim->done : l->stopping))
		return 0;
	if (first && first->key < until)
		until = first->key;
	if (aim->deadline_ms && aim->deadline_ms < until)
		until = aim->deadline_ms;
	return until > now ? until - now : 0;
}

static void wait_over(uv_timer_t *alarm)
{
	(void)alarm;
}

/* To fall asleep and be woken costs a machine tens of microseconds: more than most answers of
 * Redis take. So one that is expected is looked for, a little while, by yielding. */
static void linger(struct loop *l)
{
	struct pollfd any = {.fd = uv_backend_fd(&l->uv), .events = POLLIN};
	int64_t until_us = clock_mono_us() + LINGER_US;
	l->expecting = false;
	while (poll(&any, 1, 0) == 0 && clock_mono_us() < until_us)
		sched_yield();
}

void loop_expect(struct loop *l)
{
	l->expecting = true;
}

/* Runs right before libuv waits: whatever its own timers called has been seen. */
static void before_wait(uv_prepare_t *prepare)
{
	struct loop *l = container_of(prepare, struct loop, prepare);
	if (l->expecting && wait_ms(l) > 0)
		linger(l);
	uv_update_time(&l->uv);
	uv_timer_start(&l->alarm, wait_over, (uint64_t)wait_ms(l), 0);
}

static void turn(struct loop *l, const bool *done, int64_t deadline_ms)
{
	const struct aim aim = {done, deadline_ms}, *outer = l->aim;

	l->turns++;
	l->aim = &aim;
	uv_run(&l->uv, UV_RUN_ONCE);
	run_deferred(l);
	run_timers(l);
	l->aim = outer;
}

void loop_run(struct loop *l)
{
	while (!l->stopping)
		turn(l, NULL, 0);
	l->stopping = false;
}

bool loop_run_until(struct loop *l, const bool *done, int64_t deadline_ms)
{
	while (!*done) {
		turn(l, done, deadline_ms);
		if (!*done && deadline_ms && clock_mono_ms() >= deadline_ms)
			return false;
	}
	return true;
}

void loop_stop(struct loop *l)
{
	l->stopping = true;
}

uint64_t loop_turns(const struct loop *l)
{
	return l->turns;
}

/* ---- descriptors ---- */

/* After an error libuv no longer polls; the reader finds the error by reading. */
static void watch_ready(uv_poll_t *poll, int status, int events)
{
	struct watch *w = container_of(poll, struct watch, poll);
	(void)status;
	if (events & UV_DISCONNECT)
		uv_poll_stop(poll);
	w->fn(w->ctx);
}

static struct watch *watch_new(struct loop *l, int fd, int events, loop_fn fn, void *ctx)
{
	struct watch *w = xcalloc(1, sizeof *w);
	if (uv_poll_init(&l->uv, &w->poll, fd) < 0) {
		free(w);
		return NULL;
	}
	w->fn = fn;
	w->ctx = ctx;
	list_push(&l->watches, &w->link);
	uv_poll_start(&w->poll, events, watch_ready);
	return w;
}

struct watch *loop_watch(struct loop *l, int fd, loop_fn fn, void *ctx)
{
	return watch_new(l, fd, UV_READABLE, fn, ctx);
}

struct watch *loop_watch_gone(struct loop *l, int fd, loop_fn fn, void *ctx)
{
	return watch_new(l, fd, UV_DISCONNECT, fn, ctx);
}

static void watch_closed(uv_handle_t *handle)
{
	free(container_of(handle, struct watch, poll));
}

void loop_unwatch(struct watch *w)
{
	if (!w)
		return;
	list_drop(&w->link);
	uv_close((uv_handle_t *)&w->poll, watch_closed);
}

/* ---- signals ---- */

static void signal_came(uv_signal_t *signal, int signum)
{
	struct signal_watch *s = container_of(signal, struct signal_watch, signal);
	(void)signum;
	s->fn(s->ctx);
}

void loop_on_signal(struct loop *l, int signum, loop_fn fn, void *ctx)
{
	struct signal_watch *s = xcalloc(1, sizeof *s);
	s->fn = fn;
	s->ctx = ctx;
	list_push(&l->signals, &s->link);
	must(uv_signal_init(&l->uv, &s->signal), "signals");
	must(uv_signal_start(&s->signal, signal_came, signum), "signals");
}

static void signal_closed(uv_handle_t *handle)
{
	free(container_of(handle, struct signal_watch, signal));
}

/* ---- the end ---- */

static void close_handle(uv_handle_t *handle, void *ctx)
{
	(void)ctx;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

void loop_free(struct loop *l)
{
	while (l->deferred_count > 0)
		run_deferred(l);
	list_each (at, &l->watches)
		loop_unwatch(container_of(at, struct watch, link));
	list_each (at, &l->signals) {
		struct signal_watch *s = container_of(at, struct signal_watch, link);
		uv_close((uv_handle_t *)&s->signal, signal_closed);
	}
	uv_walk(&l->uv, close_handle, NULL);
	uv_run(&l->uv, UV_RUN_DEFAULT);
	int status = uv_loop_close(&l->uv);
	assert(status == 0);
	(void)status;
	while (heap_first(&l->timers))
		heap_drop(&l->timers, heap_first(&l->timers));
	heap_clear(&l->timers);
	free(l->deferred);
	free(l);
}
