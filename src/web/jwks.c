/*
 * jwks - keys are kept for a day. An id that is not among them makes the list be read again,
 * since keys are changed without notice; but not more than once a minute, since anybody can
 * write an id. All who wait share one reading.
 *
 * Of what is published only the numbers of RSA keys for signing are taken over, 2,048 bits at
 * least; the algorithm is ours to say.
 */
#include "jwks.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "list.h"
#include "log.h"
#include "map.h"

enum {
	BODY_MAX = 256 * 1024,
	DEPTH_MAX = 8,
	KEYS_MAX = 64,
	MODULUS_LEAST = 342, /* letters of base64url: 2,048 bits */
	MODULUS_MOST = 1400,
	ID_MAX = 200,
	FRESH_MS = 86400000,
	AGAIN_MS = 60000,	 /* after a list that lacked a key */
	AFTER_FAILURE_MS = 5000, /* after none at all */
};

struct jwks {
	struct loop *loop;
	struct http *http;
	char *url; /* owned */
	int64_t timeout_ms;
	struct map keys;		  /* by id; owned */
	int64_t fresh_until_ms, again_ms; /* loop clock; again: not asked before */
	struct err failure;		  /* of the last reading; code 0: none */
	struct http_call *call;
	struct timer soon; /* tells those who need not wait */
	struct link waiting;
};

struct wanting {
	struct link link;
	char *id; /* owned */
	jwks_fn fn;
	void *ctx;
};

static void forget(struct jwks *k)
{
	size_t at = 0;
	const char *id;
	void *key;
	while (map_next(&k->keys, &at, &id, &key))
		json_decref(key);
	map_clear(&k->keys);
	map_init(&k->keys);
}

/* ---- reading a list ------------------------------------------------------------------------- */

static bool is_number(const char *text, size_t least, size_t most)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789-_";
	size_t length = text ? strlen(text) : 0;
	return length >= least && length <= most && strspn(text, letters) >= length;
}

static void take(struct jwks *k, const json_t *published)
{
	const char *id = json_text(published, "kid"), *n = json_text(published, "n"),
		   *e = json_text(published, "e"), *issuer = json_text(published, "issuer");
	if (strcmp(json_text_or(published, "kty", ""), "RSA") != 0 ||
	    strcmp(json_text_or(published, "use", "sig"), "sig") != 0 || !id || !*id ||
	    strlen(id) > ID_MAX || !is_number(n, MODULUS_LEAST, MODULUS_MOST) ||
	    !is_number(e, 2, 8) || k->keys.count >= KEYS_MAX)
		return;
	json_t *key = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?}", "kty", "RSA", "alg", "RS256",
	    "kid", id, "n", n, "e", e, "issuer", issuer);
	json_decref(map_set(&k->keys, id, key));
}

static int read_list(struct jwks *k, const struct http_answer *a, struct err *e)
{
	if (a->status == 0)
		return err_set(e, a->error.code, "Microsoft's keys: %s", a->error.text);
	if (a->status != 200)
		return err_set(e, ERR_REFUSED, "Microsoft's keys: answered %d", a->status);
	struct err why;
	json_t *body = json_read(a->body, a->body_length, DEPTH_MAX, &why);
	json_t *list = json_list(body, "keys"), *published;
	size_t i;
	if (json_array_size(list) > 0)
		forget(k);
	json_array_foreach (list, i, published)
		take(k, published);
	bool empty = json_array_size(list) == 0;
	json_decref(body);
	return empty ? err_set(e, ERR_REFUSED, "Microsoft's keys: what came is no list of keys")
		     : 0;
}

/* ---- those who want one ----------------------------------------------------------------------- */

static void tell(struct jwks *k, struct wanting *w)
{
	struct err e = k->failure;
	const json_t *key = map_get(&k->keys, w->id);
	if (!key && e.code == 0)
		err_set(&e, ERR_INPUT, "Microsoft publishes no such key");
	w->fn(w->ctx, key, key ? NULL : &e);
	free(w->id);
	free(w);
}

static void tell_all(void *ctx)
{
	struct jwks *k = ctx;
	struct link told, *item;
	list_init(&told);
	while ((item = list_pop(&k->waiting)))
		list_push(&told, item);
	while ((item = list_pop(&told)))
		tell(k, container_of(item, struct wanting, link));
}

static void list_read(void *ctx, const struct http_answer *a)
{
	struct jwks *k = ctx;
	k->call = NULL;
	k->failure = (struct err){0};
	int rc = read_list(k, a, &k->failure);
	if (rc < 0)
		log_warn("keys_not_read", log_str("why", k->failure.text));
	else
		k->fresh_until_ms = clock_mono_ms() + FRESH_MS;
	k->again_ms = clock_mono_ms() + (rc < 0 ? AFTER_FAILURE_MS : AGAIN_MS);
	tell_all(k);
}

static void read_again(struct jwks *k)
{
	static const char *const headers[] = {"Accept: application/json", NULL};
	struct http_request q = {.method = "GET",
	    .url = k->url,
	    .headers = headers,
	    .timeout_ms = k->timeout_ms,
	    .body_max = BODY_MAX};
	k->call = http_start(k->http, &q, list_read, k);
}

void jwks_find(struct jwks *k, const char *id, jwks_fn fn, void *ctx)
{
	struct wanting *w = xcalloc(1, sizeof *w);
	*w = (struct wanting){.id = xstrdup(id), .fn = fn, .ctx = ctx};
	list_push(&k->waiting, &w->link);
	if (k->call)
		return;
	int64_t now_ms = clock_mono_ms();
	bool good = map_get(&k->keys, id) && now_ms < k->fresh_until_ms;
	if (!good && now_ms >= k->again_ms)
		read_again(k);
	else
		timer_set(k->loop, &k->soon, 0, tell_all, k);
}

struct jwks *jwks_new(struct loop *l, struct http *h, const char *url, int64_t timeout_ms)
{
	struct jwks *k = xcalloc(1, sizeof *k);
	k->loop = l;
	k->http = h;
	k->url = xstrdup(url);
	k->timeout_ms = timeout_ms;
	map_init(&k->keys);
	list_init(&k->waiting);
	return k;
}

void jwks_free(struct jwks *k)
{
	if (!k)
		return;
	if (k->call)
		http_stop(k->call);
	timer_clear(k->loop, &k->soon);
	forget(k);
	err_set(&k->failure, ERR_LOST, "this process is about to stop");
	tell_all(k);
	map_clear(&k->keys);
	free(k->url);
	free(k);
}
