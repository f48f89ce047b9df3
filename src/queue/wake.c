/*
 * wake - an idle worker sleeps in Redis. The one that has the intake waits for the inbox,
 * with a move from its head to its head: that answers with the envelope and leaves it where
 * it is. While it is out nothing else reads the inbox, because admissions are matched to it
 * by their order. The others wait for the baton, which is passed on when there is more to do
 * than the workers that are awake have room for.
 */
#include "queue_int.h"

#include "log.h"

enum { SLEEP_MAX_MS = 5000, SLEEP_MIN_MS = 500, ANSWER_MS = 2000 };

/* It is over before the lease could be: a worker that has fallen silent takes no baton. */
static int64_t sleep_ms(const struct queue *q)
{
	int64_t ms = q->lease_ms - 1000;
	return ms > SLEEP_MAX_MS ? SLEEP_MAX_MS : ms < SLEEP_MIN_MS ? SLEEP_MIN_MS : ms;
}

static void woken(void *ctx, const struct reply *r, const struct err *e)
{
	struct queue *q = ctx;
	q->blocking = false;
	q->unheard = 0;
	if (q->closing)
		return;
	if (r && queue_is_out_of_memory(r)) {
		q->full = true;
		return;
	}
	if (!r || reply_kind(r) == REPLY_ERROR) {
		if (r)
			queue_trouble(q, "wake", r, e);
		queue_pump_soon(q);
		return;
	}
	if (reply_kind(r) == REPLY_LIST)
		q->maybe_inbox = q->maybe_ready = true;
	if (reply_kind(r) == REPLY_TEXT) {
		size_t length;
		const char *text = reply_text(r, &length);
		if (q->read == 0 && q->asking == 0 && !q->peeking && !q->outside[0])
			queue_take_envelope(q, text, length);
		q->maybe_inbox = true;
	}
	queue_pump_soon(q);
}

void queue_wait_for_work(struct queue *q)
{
	if (q->blocking || q->quiet || q->full || !redis_is_up(q->wake))
		return;
	q->blocking = true;
	q->on_inbox = q->intake;
	struct words w;
	words_init(&w);
	if (q->intake) {
		words_add(&w, "BLMOVE");
		words_add(&w, q->inbox);
		words_add(&w, q->inbox);
		words_add(&w, "LEFT");
		words_add(&w, "LEFT");
	} else {
		words_add(&w, "BLPOP");
		words_addf(&w, "%sbaton", q->prefix);
	}
	words_addf(&w, "%.3f", (double)sleep_ms(q) / 1000);
	redis_send(q->wake, &w, sleep_ms(q) + ANSWER_MS, woken, q);
	words_clear(&w);
}
