/*
 * abandon - hands back what a worker held that is known to be dead, a page at a time, so that
 * nobody waits until its lease has run out.
 */
#include <stdlib.h>

#include "buf.h"
#include "queue.h"

enum { ABANDON_TIMEOUT_MS = 5000 };

struct abandoning {
	struct redis *redis;
	struct words words;
	touch_fn fn;
	void *ctx;
};

static void abandoned(void *ctx, const struct reply *r, const struct err *e)
{
	struct abandoning *a = ctx;
	(void)e;
	bool ok = r && reply_kind(r) == REPLY_NUMBER;
	if (ok && reply_number(r) > 0) {
		redis_send(a->redis, &a->words, ABANDON_TIMEOUT_MS, abandoned, a);
		return;
	}
	if (a->fn)
		a->fn(a->ctx, ok, "");
	words_clear(&a->words);
	free(a);
}

void queue_abandon(struct redis *r, const char *prefix, const char *worker, const char *death,
    int64_t keep_finished, int64_t keep_ms, touch_fn fn, void *ctx)
{
	struct abandoning *a = xcalloc(1, sizeof *a);
	a->redis = r;
	a->fn = fn;
	a->ctx = ctx;
	words_init(&a->words);
	words_add(&a->words, "FCALL");
	words_add(&a->words, "rollcall1_abandon");
	words_add(&a->words, "1");
	words_addf(&a->words, "%sinbox", prefix);
	words_add(&a->words, worker);
	words_int(&a->words, keep_finished);
	words_int(&a->words, keep_ms);
	words_add(&a->words, death);
	redis_send(r, &a->words, ABANDON_TIMEOUT_MS, abandoned, a);
}
