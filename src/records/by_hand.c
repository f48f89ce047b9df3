/*
 * by_hand - HLEN and HEXISTS first, then the change and its entry in one transaction. Two who
 * write at the same instant may pass the bound by one; that harms nobody.
 */
#include "by_hand.h"

#include <stdlib.h>

#include "buf.h"

enum { TIMEOUT_MS = 10000, OBJECT_DEPTH = 8 };

/* ---- reading ------------------------------------------------------------------------- */

json_t *by_hand_of(const struct reply *hash)
{
	json_t *found = json_object();
	for (size_t i = 0; i + 1 < reply_count(hash); i += 2) {
		const char *id = reply_text(reply_at(hash, i), NULL);
		size_t length = 0;
		const char *text = reply_text(reply_at(hash, i + 1), &length);
		json_t *object = text ? json_read(text, length, OBJECT_DEPTH, NULL) : NULL;
		if (id && json_is_object(object))
			json_object_set(found, id, object);
		json_decref(object);
	}
	return found;
}

struct hash_reading {
	records_hash_fn fn;
	void *ctx;
};

static void hash_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct hash_reading g = *(struct hash_reading *)ctx;
	struct err refused;
	free(ctx);
	if (r && reply_kind(r) == REPLY_ERROR) {
		err_set(&refused, ERR_REFUSED, "reading records: %s", reply_text(r, NULL));
		e = &refused;
		r = NULL;
	}
	json_t *found = r ? by_hand_of(r) : NULL;
	g.fn(g.ctx, found, r ? NULL : e);
	json_decref(found);
}

void by_hand_read(struct redis *r, const char *prefix, char *key, records_hash_fn fn, void *ctx)
{
	struct hash_reading *g = xcalloc(1, sizeof *g);
	*g = (struct hash_reading){fn, ctx};
	redis_sendf(r, TIMEOUT_MS, hash_read, g, "HGETALL %s%s", prefix, key);
	free(key);
}

/* ---- writing -------------------------------------------------------------------------- */

struct writing {
	struct redis *redis;
	char *prefix, *school, *key, *field, *text; /* owned; text NULL: the field goes */
	struct words event;
	int64_t most, history, size, has;
	int left; /* questions that are not answered yet */
	struct err error;
	redis_fn fn;
	void *ctx;
};

static void writing_over(struct writing *g, const struct reply *r, const struct err *e)
{
	if (g->fn)
		g->fn(g->ctx, r, e);
	words_clear(&g->event);
	free(g->prefix);
	free(g->school);
	free(g->key);
	free(g->field);
	free(g->text);
	free(g);
}

static void written(void *ctx, const struct reply *r, const struct err *e)
{
	writing_over(ctx, r, e);
}

static void send_event(struct writing *g)
{
	struct words w;
	char *key = history_key(g->school);
	words_init(&w);
	words_add(&w, "XADD");
	words_addf(&w, "%s%s", g->prefix, key);
	words_add(&w, "MAXLEN");
	words_add(&w, "~");
	words_int(&w, g->history);
	words_add(&w, "*");
	words_append(&w, &g->event);
	redis_send(g->redis, &w, TIMEOUT_MS, NULL, NULL);
	words_clear(&w);
	free(key);
}

static void write_both(struct writing *g)
{
	redis_sendf(g->redis, TIMEOUT_MS, NULL, NULL, "MULTI");
	if (g->text)
		redis_sendf(g->redis, TIMEOUT_MS, NULL, NULL, "HSET %s%s %s %s", g->prefix, g->key,
		    g->field, g->text);
	else
		redis_sendf(
		    g->redis, TIMEOUT_MS, NULL, NULL, "HDEL %s%s %s", g->prefix, g->key, g->field);
	send_event(g);
	redis_sendf(g->redis, TIMEOUT_MS, written, g, "EXEC");
}

static void note_trouble(struct writing *g, const struct reply *r, const struct err *e)
{
	if (!r)
		g->error = *e;
	else if (reply_kind(r) == REPLY_ERROR)
		err_set(&g->error, ERR_REFUSED, "%s", reply_text(r, NULL));
}

/* While Redis is away the two questions meet their deadline in no order. */
static void question_answered(struct writing *g)
{
	if (--g->left > 0)
		return;
	if (!g->error.code && g->has == 0 && g->size >= g->most)
		err_set(&g->error, ERR_LIMIT, "there are %lld already, and no more are kept",
		    (long long)g->size);
	if (g->error.code)
		writing_over(g, NULL, &g->error);
	else
		write_both(g);
}

static void size_known(void *ctx, const struct reply *r, const struct err *e)
{
	struct writing *g = ctx;
	note_trouble(g, r, e);
	g->size = r ? reply_number(r) : 0;
	question_answered(g);
}

static void place_known(void *ctx, const struct reply *r, const struct err *e)
{
	struct writing *g = ctx;
	note_trouble(g, r, e);
	g->has = r ? reply_number(r) : 0;
	question_answered(g);
}

void by_hand_write(const struct by_hand *w, redis_fn fn, void *ctx)
{
	struct writing *g = xcalloc(1, sizeof *g);
	*g = (struct writing){
	    .redis = w->redis,
	    .prefix = xstrdup(w->prefix),
	    .school = xstrdup(w->school),
	    .key = w->key,
	    .field = xstrdup(w->field),
	    .text = w->value ? json_write(w->value) : NULL,
	    .most = w->most,
	    .history = w->history,
	    .fn = fn,
	    .ctx = ctx,
	};
	words_init(&g->event);
	history_words(&g->event, &w->said);
	json_decref(w->value);
	if (!g->text) {
		write_both(g);
		return;
	}
	g->left = 2;
	redis_sendf(g->redis, TIMEOUT_MS, size_known, g, "HLEN %s%s", g->prefix, g->key);
	redis_sendf(
	    g->redis, TIMEOUT_MS, place_known, g, "HEXISTS %s%s %s", g->prefix, g->key, g->field);
}
