/*
 * auth - the token cache.
 *
 * A token is asked for anew five minutes before it ends (or at half of its life, if that
 * is short) and used on meanwhile, so that a running tenant never stops for it. All who
 * wait for one bearer's are answered together.
 *
 * A refusal is remembered for a while (auth_ask.c says how long) and answered from memory. It
 * does not take away a token that still works. When it is our own registration that is at
 * fault, no account of the tenant has to find that out by itself.
 */
#include "auth.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "auth_int.h"
#include "buf.h"
#include "clock.h"
#include "links.h"

enum { SWEEP_MS = 600000 };

/* ---- what is known -------------------------------------------------------------------------- */

void grant_drop_token(struct grant *g)
{
	if (g->token)
		sodium_memzero(g->token, strlen(g->token));
	free(g->token);
	g->token = NULL;
}

static bool has_token(const struct grant *g)
{
	return g->token && clock_mono_ms() < g->ends_at_ms;
}

static bool is_refused(const struct grant *g)
{
	return clock_mono_ms() < g->refused_until_ms;
}

static bool is_busy(const struct grant *g)
{
	return g->call || g->fetching || timer_is_set(&g->later);
}

/* our_own_fault is the refusal that an account shares with everybody in its tenant. */
static const struct token *our_own_fault(const struct grant *g)
{
	const struct grant *app = g->account ? map_get(&g->auth->grants, g->tenant) : NULL;
	bool at_fault = app && is_refused(app) && app->refusal.result == GRAPH_OPERATOR;
	return at_fault ? &app->refusal : NULL;
}

static bool known(const struct grant *g, struct token *t)
{
	const struct token *fault;
	if (has_token(g))
		*t = (struct token){.result = GRAPH_OK, .text = g->token, .number = g->number};
	else if (is_refused(g))
		*t = g->refusal;
	else if ((fault = our_own_fault(g)))
		*t = *fault;
	else
		return false;
	return true;
}

static void no_tenant(struct token *t)
{
	*t = (struct token){.result = GRAPH_NO_TENANT};
	err_set(&t->error, ERR_INPUT,
	    "the school's tenant id is not one: it must be a GUID or a domain");
}

/* ---- grants ----------------------------------------------------------------------------------- */

static char *key_of(struct bearer b)
{
	return b.account ? xasprintf("%s\n%s", b.tenant, b.account) : xstrdup(b.tenant);
}

static struct grant *grant_new(struct auth *a, const char *tenant, char *key)
{
	struct grant *g = xcalloc(1, sizeof *g);
	const char *account = strchr(key, '\n');
	g->auth = a;
	g->key = key;
	g->tenant = xstrdup(tenant);
	g->account = account ? account + 1 : NULL;
	g->fetch.grant = g;
	list_init(&g->waiting);
	map_set(&a->grants, key, g);
	return g;
}

static struct grant *grant_find(const struct auth *a, struct bearer b)
{
	char *key = key_of(b);
	struct grant *g = map_get(&a->grants, key);
	free(key);
	return g;
}

static struct grant *grant_of(struct auth *a, struct bearer b)
{
	struct grant *g = grant_find(a, b);
	return g ? g : grant_new(a, b.tenant, key_of(b));
}

struct grant *grant_of_app(struct grant *g)
{
	return grant_of(g->auth, (struct bearer){g->tenant, NULL});
}

static void grant_free(struct grant *g)
{
	map_drop(&g->auth->grants, g->key);
	if (g->call)
		http_stop(g->call);
	timer_clear(g->auth->loop, &g->later);
	while (list_pop(&g->waiting))
		;
	grant_drop_token(g);
	free(g->key);
	free(g->tenant);
	free(g->mark);
	free(g);
}

/* sweep forgets bearers that nobody asked for in a while. */
static void sweep(struct auth *a)
{
	size_t at = 0;
	const char *key;
	void *value;
	if (clock_mono_ms() < a->sweep_at_ms)
		return;
	a->sweep_at_ms = clock_mono_ms() + SWEEP_MS;
	while (map_next(&a->grants, &at, &key, &value)) {
		struct grant *g = value;
		if (!is_busy(g) && list_empty(&g->waiting) && !has_token(g) && !is_refused(g))
			grant_free(g);
	}
}

/* grant_answer_all takes each from the list before it is told, so that it may wait anew. */
void grant_answer_all(struct grant *g)
{
	struct link told, *item;
	struct token t;
	list_init(&told);
	while ((item = list_pop(&g->waiting)))
		list_push(&told, item);
	if (!known(g, &t))
		t = g->refusal;
	while ((item = list_pop(&told))) {
		struct token_wait *w = container_of(item, struct token_wait, link);
		w->fn(w->ctx, &t);
	}
}

/* ---- those who ask ---------------------------------------------------------------------------- */

bool auth_peek(struct auth *a, struct bearer b, struct token *t)
{
	if (!token_request_is_tenant(b.tenant, false)) {
		no_tenant(t);
		return true;
	}
	sweep(a);
	struct grant *g = grant_of(a, b);
	if (has_token(g) && clock_mono_ms() >= g->renew_at_ms && !is_busy(g) && !is_refused(g))
		grant_ask(g);
	return known(g, t);
}

void auth_wait(struct auth *a, struct bearer b, struct token_wait *w,
    void (*fn)(void *ctx, const struct token *t), void *ctx)
{
	struct grant *g = grant_of(a, b);
	w->fn = fn;
	w->ctx = ctx;
	list_push(&g->waiting, &w->link);
	if (!is_busy(g))
		grant_ask(g);
}

void auth_leave(struct token_wait *w)
{
	if (w->link.next)
		list_drop(&w->link);
}

void auth_reject(struct auth *a, struct bearer b, uint64_t number)
{
	struct grant *g = grant_find(a, b);
	if (g && g->token && g->number == number)
		grant_drop_token(g);
}

int64_t auth_requests(const struct auth *a)
{
	return a->requests;
}

/* ---- birth and death ------------------------------------------------------------------------------- */

struct auth *auth_new(const struct auth_options *o, struct credential *c)
{
	struct auth *a = xcalloc(1, sizeof *a);
	char *origin = link_origin(o->root);
	a->loop = o->loop;
	a->vault = o->vault;
	a->scope = xasprintf("%s/.default", origin);
	a->sweep_at_ms = clock_mono_ms() + SWEEP_MS;
	token_endpoint_init(&a->endpoint, o->http, o->authority, o->client_id, o->timeout_ms, c);
	map_init(&a->grants);
	free(origin);
	return a;
}

void auth_use(struct auth *a, struct credential *c)
{
	credential_free(a->endpoint.credential);
	a->endpoint.credential = c;
}

void auth_free(struct auth *a)
{
	if (!a)
		return;
	size_t at = 0;
	const char *key;
	void *grant;
	while (map_next(&a->grants, &at, &key, &grant))
		grant_free(grant);
	map_clear(&a->grants);
	token_endpoint_clear(&a->endpoint);
	free(a->scope);
	free(a);
}
