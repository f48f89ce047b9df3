/*
 * cancels - who is wanted to end? The flag of a cancelled job is a plain SET by the portal,
 * and nobody is told of it. The flags of all jobs that run here are looked at by their names;
 * those that nobody runs are swept by whichever worker comes first, a little in each call,
 * and the answer tells when it is worth coming again.
 */
#include "queue_int.h"

static void look_for_cancels(void *ctx);
static void sweep(void *ctx);

static bool can_ask(const struct queue *q)
{
	return q->entered && !q->recovering && redis_is_up(q->redis);
}

void queue_look_for_cancels(struct queue *q)
{
	timer_set(q->loop, &q->look, LOOK_EVERY_MS, look_for_cancels, q);
	timer_set(q->loop, &q->sweep, SWEEP_EVERY_MS, sweep, q);
}

void queue_forget_cancels(struct queue *q)
{
	timer_clear(q->loop, &q->look);
	timer_clear(q->loop, &q->sweep);
}

/* ---- those that run here ----------------------------------------------------- */

static void flags_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct queue *q = ctx;
	(void)e;
	if (!r || reply_kind(r) != REPLY_LIST)
		return;
	for (size_t i = 0; i + 1 < reply_count(r); i += 2) {
		const char *id = reply_text(reply_at(r, i), NULL);
		const char *who = reply_text(reply_at(r, i + 1), NULL);
		struct ticket *t = id && who ? map_get(&q->running, id) : NULL;
		if (t)
			q->events.cancelled(q->ctx, t, who);
	}
}

static void look_for_cancels(void *ctx)
{
	enum { AT_ONCE = 500 };
	struct queue *q = ctx;
	struct words w;
	timer_set(q->loop, &q->look, LOOK_EVERY_MS, look_for_cancels, q);
	if (!can_ask(q))
		return;
	size_t at = 0;
	const char *id;
	void *value;
	bool more = map_next(&q->running, &at, &id, &value);
	while (more) {
		words_init(&w);
		words_add(&w, "FCALL_RO");
		words_add(&w, "rollcall1_flags");
		words_add(&w, "1");
		words_add(&w, q->inbox);
		for (int n = 0; n < AT_ONCE && more; n++) {
			words_add(&w, id);
			more = map_next(&q->running, &at, &id, &value);
		}
		redis_send(q->redis, &w, CALL_TIMEOUT_MS, flags_read, q);
		words_clear(&w);
	}
}

/* ---- those that nobody runs --------------------------------------------------- */

static void send_sweep(struct queue *q);

/* While there is more to end, some calls are in flight: one is answered while the next
 * travels. Without an answer the heartbeat sees to it; this only comes again. */
static void swept(void *ctx, const struct reply *r, const struct err *e)
{
	struct queue *q = ctx;
	(void)e;
	q->sweeps--;
	if (q->closing || q->leaving || !r || reply_kind(r) != REPLY_NUMBER)
		return;
	int64_t wait_ms = reply_number(r);
	if (wait_ms == 0)
		while (q->sweeps < SWEEPS_MAX)
			send_sweep(q);
	else if (wait_ms < SWEEP_EVERY_MS)
		timer_set(q->loop, &q->sweep, wait_ms, sweep, q);
}

static void send_sweep(struct queue *q)
{
	q->sweeps++;
	redis_sendf(q->redis, CALL_TIMEOUT_MS, swept, q, "FCALL rollcall1_sweep 1 %s %s %d %d",
	    q->inbox, q->worker, q->keep_finished, q->keep_ms);
}

static void sweep(void *ctx)
{
	struct queue *q = ctx;
	timer_set(q->loop, &q->sweep, SWEEP_EVERY_MS, sweep, q);
	if (can_ask(q) && q->sweeps == 0)
		send_sweep(q);
}
