/*
 * say - touches and ends: kept until Redis has answered, said again after it was away.
 * Saying twice is harmless: each names the rev that it makes.
 */
#include "queue_int.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"

static const char *const ending_words[] = {
    [END_DONE] = "done",
    [END_FAILED] = "failed",
    [END_CANCELLED] = "cancelled",
    [END_RELEASE] = "release",
    [END_RETRY] = "retry",
};

static struct saying *saying_new(struct queue *q, const char *id, touch_fn fn, void *ctx)
{
	struct saying *s = xcalloc(1, sizeof *s);
	list_init(&s->link);
	s->queue = q;
	words_init(&s->words);
	text_copy(s->id, sizeof s->id, id);
	s->fn = fn;
	s->ctx = ctx;
	return s;
}

static void put_fields(struct words *w, const struct change *c)
{
	words_int(w, (int64_t)c->fields.count / 2);
	words_append(w, &c->fields);
}

/* Fields that are set, and nothing else. */
static bool is_plain(const struct change *c)
{
	if (c->rows.count || c->effect_count || c->saved)
		return false;
	for (size_t i = 1; i < c->fields.count; i += 2)
		if (c->fields.length[i] == 0)
			return false;
	return true;
}

/* nfields (field value)* nrows row* neffects effect* saved-flag [saved] */
void saying_put_change(struct words *w, struct change *c)
{
	put_fields(w, c);
	words_int(w, (int64_t)c->rows.count);
	words_append(w, &c->rows);
	words_int(w, c->effect_count);
	words_append(w, &c->effects);
	words_int(w, c->saved != NULL);
	if (c->saved)
		words_add(w, c->saved);
	change_clear(c);
	change_init(c);
}

void saying_settle(struct saying *s, bool ok, const char *cancelled_by)
{
	list_drop(&s->link);
	if (s->fn)
		s->fn(s->ctx, ok, cancelled_by);
	words_clear(&s->words);
	free(s->cancelled_by);
	free(s);
}

static void settle_refused(void *ctx)
{
	struct queue *q = ctx;
	for (struct link *l; (l = list_pop(&q->refused));)
		saying_settle(container_of(l, struct saying, link), false, "");
}

static void refuse(struct queue *q, struct link *sayings)
{
	if (list_empty(sayings))
		return;
	if (list_empty(&q->refused))
		loop_defer(q->loop, settle_refused, q);
	for (struct link *l; (l = list_pop(sayings));)
		list_push(&q->refused, l);
}

/* The lease is gone: whatever was still to be said is not ours to say. What is on its way
 * hears the same from Redis. */
void queue_sayings_lost(struct queue *q)
{
	refuse(q, &q->touches);
	refuse(q, &q->ends_again);
	refuse(q, &q->ends);
}

/* Ends that went out in vain go first, in their old order. */
void queue_ends_again(struct queue *q)
{
	for (struct link *l; (l = list_pop(&q->ends));)
		list_push(&q->ends_again, l);
	for (struct link *l; (l = list_pop(&q->ends_again));)
		list_push(&q->ends, l);
}

static void touched(void *ctx, const struct reply *r, const struct err *e)
{
	struct saying *s = ctx;
	struct queue *q = s->queue;
	if (!r || reply_kind(r) != REPLY_LIST) {
		list_drop(&s->link);
		list_push(&q->touches, &s->link);
		queue_trouble(q, "touch", r, e);
		return;
	}
	bool ok = reply_number(reply_at(r, 0)) == 1;
	const char *who = reply_text(reply_at(r, 1), NULL);
	if (!ok)
		map_drop(&q->running, s->id);
	saying_settle(s, ok, who ? who : "");
}

void queue_send_touches(struct queue *q)
{
	if (!q->entered || q->recovering)
		return;
	for (struct link *l; (l = list_pop(&q->touches));) {
		struct saying *s = container_of(l, struct saying, link);
		list_push(&q->touches_out, &s->link);
		redis_send(q->redis, &s->words, CALL_TIMEOUT_MS, touched, s);
	}
}

void queue_hold(struct queue *q, struct ticket *t)
{
	map_set(&q->running, t->id, t);
}

void queue_touch(
    struct queue *q, struct ticket *t, bool waiting, struct change *c, touch_fn fn, void *ctx)
{
	struct saying *s = saying_new(q, t->id, fn, ctx);
	words_add(&s->words, "FCALL");
	words_add(&s->words, "rollcall1_touch");
	words_add(&s->words, "1");
	words_add(&s->words, q->inbox);
	words_add(&s->words, q->worker);
	words_add(&s->words, t->id);
	words_int(&s->words, t->attempt);
	words_int(&s->words, ++t->rev);
	words_add(&s->words, t->waiting ? "waiting" : "running");
	words_add(&s->words, waiting ? "waiting" : "running");
	t->waiting = waiting;
	t->saved = t->saved || c->saved;
	saying_put_change(&s->words, c);
	list_push(&q->touches, &s->link);
	queue_send_touches(q);
}

void queue_finish(struct queue *q, const struct ticket *t, enum ending how, bool dead,
    int64_t at_ms, struct change *c, touch_fn fn, void *ctx)
{
	struct saying *s = saying_new(q, t->id, fn, ctx);
	bool plain = how == END_DONE && !dead && !t->saved && is_plain(c);
	words_add(&s->words, plain ? "plain" : ending_words[how]);
	words_add(&s->words, t->id);
	words_int(&s->words, t->rev + 1);
	words_int(&s->words, t->attempt);
	if (plain) {
		put_fields(&s->words, c);
		change_clear(c);
		change_init(c);
	} else {
		words_int(&s->words, dead);
		words_int(&s->words, at_ms);
		saying_put_change(&s->words, c);
	}
	map_drop(&q->running, t->id);
	list_push(&q->ends, &s->link);
	queue_pump_soon(q);
}

static bool has_saying(const struct link *sayings, const char *id)
{
	list_each (l, sayings)
		if (strcmp(container_of(l, struct saying, link)->id, id) == 0)
			return true;
	return false;
}

/* queue_is_ending: its end has been said and not been heard yet. */
bool queue_is_ending(const struct queue *q, const char *id)
{
	return has_saying(&q->ends, id) || has_saying(&q->ends_again, id);
}

bool queue_is_said(const struct queue *q)
{
	return list_empty(&q->touches) && list_empty(&q->touches_out) && list_empty(&q->ends) &&
	       list_empty(&q->ends_again) && list_empty(&q->refused) && q->cycles == 0;
}
