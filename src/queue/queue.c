/*
 * queue - opening and leaving. The parts: cycle.c (the pump), say.c (what running jobs
 * have to say), lease.c (heartbeat and recovery), wake.c (sleeping while idle),
 * envelope.c (what portals push), abandon.c (what the dead held), library.c and lua/ (the
 * moves themselves).
 */
#include "queue_int.h"

#include <stdio.h>
#include <stdlib.h>

#include "log.h"

static void changed(void *ctx, bool up, const struct err *why)
{
	struct queue *q = ctx;
	if (up)
		queue_come_up_anew(q);
	else
		queue_tell_down(q, why ? why->text : "");
}

static void wake_changed(void *ctx, bool up, const struct err *why)
{
	struct queue *q = ctx;
	(void)why;
	if (up)
		queue_pump_soon(q);
}

void queue_prefix_of(const char *name, char prefix[96])
{
	(void)!snprintf(prefix, 96, "rollcall:{%s}:", name);
}

struct queue *queue_open(const struct queue_options *o, struct err *e)
{
	struct queue *q = xcalloc(1, sizeof *q);
	q->loop = o->loop;
	q->events = o->events;
	q->ctx = o->ctx;
	q->envelope_bytes = ENVELOPE_BYTES_USUAL;
	q->lease_ms = o->lease_ms;
	q->base = xstrdup(o->worker);
	q->host = xstrdup(o->host);
	q->version = xstrdup(o->version);
	queue_reload(q, o->per_school, o->keep_finished, o->keep_ms);
	queue_prefix_of(o->name, q->prefix);
	(void)!snprintf(q->inbox, sizeof q->inbox, "%sinbox", q->prefix);
	list_init(&q->admissions);
	list_init(&q->ends);
	list_init(&q->touches);
	list_init(&q->ends_again);
	list_init(&q->touches_out);
	list_init(&q->refused);
	map_init(&q->running);
	q->redis = redis_open(o->loop, o->url, "rollcalld", e);
	q->wake = q->redis ? redis_open(o->loop, o->url, "rollcalld-wake", e) : NULL;
	if (!q->wake) {
		queue_free(q);
		return NULL;
	}
	redis_never_blocks(q->redis);
	redis_on_change(q->redis, changed, q);
	redis_on_change(q->wake, wake_changed, q);
	return q;
}

static void drop_sayings(struct link *sayings)
{
	for (struct link *l; (l = list_pop(sayings));) {
		struct saying *s = container_of(l, struct saying, link);
		words_clear(&s->words);
		free(s);
	}
}

/* Behind whatever was deferred and still names the queue. */
static void free_last(void *ctx)
{
	free(ctx);
}

void queue_free(struct queue *q)
{
	if (!q)
		return;
	q->closing = true;
	timer_clear(q->loop, &q->beat);
	queue_forget_cancels(q);
	timer_clear(q->loop, &q->retry);
	if (q->wake)
		redis_close(q->wake);
	if (q->redis)
		redis_close(q->redis);
	queue_forget_admissions(q);
	drop_sayings(&q->ends);
	drop_sayings(&q->touches);
	drop_sayings(&q->ends_again);
	drop_sayings(&q->touches_out);
	drop_sayings(&q->refused);
	map_clear(&q->running);
	free(q->base);
	free(q->host);
	free(q->version);
	loop_defer(q->loop, free_last, q);
}

void queue_reload(struct queue *q, int64_t per_school, int64_t keep_finished, int64_t keep_ms)
{
	q->per_school = per_school;
	q->keep_finished = keep_finished;
	q->keep_ms = keep_ms;
}

void queue_room_grew(struct queue *q)
{
	queue_pump_soon(q);
}

void queue_quiet(struct queue *q)
{
	q->quiet = true;
	queue_forget_admissions(q);
	redis_sendf(q->redis, CALL_TIMEOUT_MS, NULL, NULL, "FCALL rollcall1_yield 1 %s %s",
	    q->inbox, q->worker);
}

static void left(void *ctx, bool ok, const char *cancelled_by)
{
	struct queue *q = ctx;
	(void)cancelled_by;
	log_info("queue_left", log_int("clean", ok));
	q->left(q->left_ctx);
}

void queue_leave(struct queue *q, loop_fn fn, void *ctx)
{
	q->leaving = true;
	q->left = fn;
	q->left_ctx = ctx;
	timer_clear(q->loop, &q->beat);
	queue_forget_cancels(q);
	queue_abandon(
	    q->redis, q->prefix, q->worker, "left", q->keep_finished, q->keep_ms, left, q);
}

bool queue_is_up(const struct queue *q)
{
	return q->entered && !q->recovering && redis_is_up(q->redis);
}

bool queue_has_intake(const struct queue *q)
{
	return q->intake && !q->quiet;
}

bool queue_was_replaced(const struct queue *q)
{
	return q->replaced;
}

int64_t queue_renewed_at(const struct queue *q)
{
	return q->renewed_ms;
}

struct redis *queue_redis(struct queue *q)
{
	return q->redis;
}

const char *queue_prefix(const struct queue *q)
{
	return q->prefix;
}

const char *queue_worker(const struct queue *q)
{
	return q->worker;
}
