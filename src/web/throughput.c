/* throughput - a ring of what the lifetime counters said, one look every five seconds. */
#include "throughput.h"

#include <stdlib.h>

#include "buf.h"
#include "clock.h"

enum { LOOK_EVERY_MS = 5000, LOOKS = 61, ENDS = 3 };

static const char *const ends[ENDS] = {"done", "failed", "cancelled"};

struct throughput {
	struct web *web;
	struct timer timer;
	bool asking, closing;
	size_t count; /* looks so far */
	struct {
		int64_t at, ended[ENDS];
	} look[LOOKS]; /* a ring */
};

static void counts_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct throughput *t = ctx;
	(void)e;
	t->asking = false;
	if (t->closing) {
		free(t);
		return;
	}
	if (!r || reply_kind(r) != REPLY_LIST)
		return;
	size_t now = t->count++ % LOOKS;
	t->look[now].at = clock_mono_ms();
	for (size_t i = 0; i < ENDS; i++)
		t->look[now].ended[i] = reply_number(reply_at(r, i));
}

static void look(void *ctx)
{
	struct throughput *t = ctx;
	timer_set(t->web->loop, &t->timer, LOOK_EVERY_MS, look, t);
	if (t->asking)
		return;
	t->asking = true;
	redis_sendf(t->web->redis, LOOK_EVERY_MS, counts_read, t,
	    "HMGET %scounts done failed cancelled", t->web->prefix);
}

struct throughput *throughput_open(struct web *web)
{
	struct throughput *t = xcalloc(1, sizeof *t);
	t->web = web;
	look(t);
	return t;
}

void throughput_close(struct throughput *t)
{
	if (!t)
		return;
	timer_clear(t->web->loop, &t->timer);
	t->closing = true;
	if (!t->asking)
		free(t);
}

/* Counters that went backwards (Redis was emptied) say nothing. */
json_t *throughput_json(const struct web *web)
{
	const struct throughput *t = web->throughput;
	if (t->count < 2)
		return json_null();
	size_t last = (t->count - 1) % LOOKS, first = t->count < LOOKS ? 0 : t->count % LOOKS;
	int64_t over_ms = t->look[last].at - t->look[first].at;
	json_t *rates = json_pack("{s:I}", "over_ms", (json_int_t)over_ms);
	for (size_t i = 0; i < ENDS; i++) {
		int64_t n = t->look[last].ended[i] - t->look[first].ended[i];
		json_object_set_new(rates, ends[i],
		    n >= 0 && over_ms > 0 ? json_real((double)n * 60000 / (double)over_ms)
					  : json_null());
	}
	return rates;
}
