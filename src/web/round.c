/* round - counts the answers that are still on their way. */
#include "round.h"

#include <stdlib.h>

#include "buf.h"

struct round {
	struct web *web;
	round_fn fn;
	void *ctx;
	size_t left;
	struct err error; /* the first of its questions */
};

struct question {
	struct round *round;
	take_fn take;
	void *about;
};

struct round *round_new(struct web *web, round_fn fn, void *ctx)
{
	struct round *r = xcalloc(1, sizeof *r);
	*r = (struct round){.web = web, .fn = fn, .ctx = ctx};
	return r;
}

static void end(void *ctx)
{
	struct round *r = ctx;
	bool goes_on;
	do
		goes_on = r->fn(r->ctx, r, r->error.code ? &r->error : NULL);
	while (goes_on && r->left == 0);
	if (!goes_on)
		free(r);
}

static void answered(void *ctx, const struct reply *reply, const struct err *e)
{
	struct question q = *(struct question *)ctx;
	free(ctx);
	struct err *first = &q.round->error;
	if (first->code == 0 && !reply)
		*first = *e;
	else if (first->code == 0 && reply_kind(reply) == REPLY_ERROR)
		err_set(first, ERR_REFUSED, "%s", reply_text(reply, NULL));
	else if (first->code == 0)
		q.take(q.about, reply);
	if (--q.round->left == 0)
		end(q.round);
}

void round_ask(struct round *r, take_fn take, void *about, const char *const *words)
{
	struct words w;
	struct question *q = xcalloc(1, sizeof *q);
	*q = (struct question){r, take, about};
	r->left++;
	words_init(&w);
	for (size_t i = 0; words[i]; i++)
		words_addf(&w, "%s%s", i == 1 ? r->web->prefix : "", words[i]);
	redis_send(r->web->redis, &w, WEB_REDIS_TIMEOUT_MS, answered, q);
	words_clear(&w);
}

void round_go(struct round *r)
{
	if (r->left == 0)
		loop_defer(r->web->loop, end, r);
}
