/*
 * loop - one thread, one loop (libuv underneath, seen by src/io alone).
 *
 * All timed work sits in one heap behind one uv timer, so a timer costs its
 * struct and nothing else. A callback never runs before the call that asked for
 * it has returned.
 */
#ifndef LOOP_H
#define LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "heap.h"
#include "list.h"

struct loop;
typedef void (*loop_fn)(void *ctx);

/* Embedded in its owner; zeroed memory is an idle timer. */
struct timer {
	struct heap_item item;
	loop_fn fire;
	void *ctx;
};

struct loop *loop_new(void);
void loop_free(struct loop *l);		/* closes what is left */

/* loop_run runs until loop_stop. loop_run_until runs until *done is true or
 * deadline_ms (clock_mono_ms; 0: none) has passed; false then. May be nested. A
 * deadline of now makes one turn and does not wait. With a faked clock, timers
 * fire in the first turn after clock_advance. */
void loop_run(struct loop *l);
bool loop_run_until(struct loop *l, const bool *done, int64_t deadline_ms);
void loop_stop(struct loop *l);

/* loop_expect: an answer is on its way that mostly takes microseconds. The next wait looks
 * for it that long before it sleeps. */
void loop_expect(struct loop *l);

/* timer_set fires once, delay_ms from now; set again it moves. timer_clear is
 * harmless on an idle one. */
void timer_set(struct loop *l, struct timer *t, int64_t delay_ms, loop_fn fire, void *ctx);
void timer_clear(struct loop *l, struct timer *t);
bool timer_is_set(const struct timer *t);

/* loop_defer calls fn soon, from the loop: for answers that are known at once. */
void loop_defer(struct loop *l, loop_fn fn, void *ctx);

/* loop_on_signal calls fn(ctx) on each arrival of signum, until loop_free. */
void loop_on_signal(struct loop *l, int signum, loop_fn fn, void *ctx);

/* loop_watch calls fn(ctx) while fd is readable; loop_unwatch ends it (NULL is
 * allowed). The fd stays the caller's. NULL if fd is a plain file. */
struct watch;
struct watch *loop_watch(struct loop *l, int fd, loop_fn fn, void *ctx);
void loop_unwatch(struct watch *w);

/* loop_turns counts the turns of the loop since the start; a watchdog sees by it
 * whether the loop still lives. */
uint64_t loop_turns(const struct loop *l);

#endif
