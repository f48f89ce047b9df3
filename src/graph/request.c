/*
 * request - one call to Graph, from asking to answer.
 *
 *	graph_start -> governor -> token -> http -> sorted -> fn
 *	                  ^                   |
 *	                  +--- once, on 401 --+
 *
 * A call takes a connection only when the governor has let it go. A 401 throws the token
 * away, unless another call already did, and sends the call through the governor once more,
 * since the second try counts at Microsoft like the first. Every answer is given from the
 * loop, never from within a call of ours; what is known at once waits for a timer of 0 ms.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "client_int.h"
#include "clock.h"
#include "guid.h"
#include "links.h"

enum { BODY_MAX = 8 * 1024 * 1024, HEADERS_MAX = 8 };

struct graph_call {
	struct link link; /* in graph.calls */
	struct graph *graph;
	graph_fn fn;
	graph_wait_fn on_wait;
	bool (*may_go)(void *ctx);
	void *ctx;
	char *tenant, *method; /* owned */
	char *account;	       /* owned; NULL: our app */
	char *url;	       /* owned; NULL: only the token is asked for */
	const char *body;      /* borrowed; NULL: none */
	char team[64];
	struct permit permit;
	struct token_wait token_wait;
	uint64_t token_number;
	struct http_call *http_call; /* NULL: not under way */
	struct timer later;	     /* what is known already is told */
	struct timer tell;	     /* permit.parked_until has changed */
	bool tried;		     /* a token was refused once */
};

/* ---- the end of a call ------------------------------------------------------------------------ */

static void call_free(struct graph_call *c)
{
	struct graph *g = c->graph;
	list_drop(&c->link);
	governor_drop(g->governor, &c->permit);
	auth_leave(&c->token_wait);
	if (c->http_call) {
		http_stop(c->http_call);
		g->count.in_flight--;
	}
	timer_clear(g->loop, &c->later);
	timer_clear(g->loop, &c->tell);
	free(c->tenant);
	free(c->account);
	free(c->method);
	free(c->url);
	free(c);
}

void request_drop_all(struct graph *g)
{
	list_each (item, &g->calls)
		call_free(container_of(item, struct graph_call, link));
}

static void count_result(struct graph *g, enum graph_result result)
{
	switch (result) {
	case GRAPH_THROTTLED:
		g->count.throttled++;
		break;
	case GRAPH_PASSING:
		g->count.passing++;
		break;
	case GRAPH_REFUSED:
	case GRAPH_TOKEN_REFUSED:
	case GRAPH_NO_CONSENT:
	case GRAPH_NO_TENANT:
	case GRAPH_OPERATOR:
	case GRAPH_RELINK:
	case GRAPH_NOT_LINKED:
		g->count.refused++;
		break;
	case GRAPH_OK:
		break;
	}
}

/* finish gives the answer; the call is gone before the one who asked hears of it. */
static void finish(struct graph_call *c, const struct graph_answer *a)
{
	struct graph *g = c->graph;
	graph_fn fn = c->fn;
	void *ctx = c->ctx;
	count_result(g, a->result);
	call_free(c);
	client_turn_soon(g);
	fn(ctx, a);
}

/* finish_without is for a call that has no token and was not sent. */
static void finish_without(struct graph_call *c, const struct token *t)
{
	struct graph_answer a = {
	    .result = t->result, .status = t->status, .retry_at = t->retry_at, .error = t->error};
	finish(c, &a);
}

/* ---- an answer comes --------------------------------------------------------------------------- */

static bool is_batch(const struct graph_call *c)
{
	return strcmp(link_below(c->graph->root, c->url), "/$batch") == 0;
}

static int64_t wall_after(int64_t pause_ms)
{
	return pause_ms > 0 ? clock_wall_ms() + pause_ms : 0;
}

/* report tells the governor how the call went. */
static void report(struct graph_call *c, struct graph_answer *g, const struct http_answer *a)
{
	int64_t pause_ms;
	enum verdict v = answers_verdict(g, a, is_batch(c), &pause_ms);
	governor_done(c->graph->governor, &c->permit, v, wall_after(pause_ms),
	    http_header(a, "x-ms-throttle-scope"));
	if (g->result != GRAPH_THROTTLED)
		return;
	g->retry_at = c->permit.parked_until;
	g->stumbled = v == VERDICT_TROUBLE;
}

static struct bearer bearer_of(const struct graph_call *c)
{
	return (struct bearer){c->tenant, c->account};
}

static void ask_governor(struct graph_call *c);

/* try_again sends the call through once more with a new token; false: it had its chance. */
static bool try_again(struct graph_call *c)
{
	if (c->tried)
		return false;
	auth_reject(c->graph->auth, bearer_of(c), c->token_number);
	c->tried = true;
	ask_governor(c);
	return true;
}

static void answered(void *ctx, const struct http_answer *a)
{
	struct graph_call *c = ctx;
	struct graph_answer g;
	json_t *body = NULL;
	c->http_call = NULL;
	c->graph->count.in_flight--;
	answers_sort(&g, a, &body);
	report(c, &g, a);
	if (g.result != GRAPH_TOKEN_REFUSED || !try_again(c))
		finish(c, &g);
	json_decref(body);
}

/* ---- sending --------------------------------------------------------------------------------------- */

static void send_call(struct graph_call *c, const struct token *t)
{
	char id[GUID_ROOM], name[GUID_ROOM + 32];
	const char *headers[HEADERS_MAX];
	int n = 0;
	char *bearer = xasprintf("Authorization: Bearer %s", t->text);
	snprintf(name, sizeof name, "client-request-id: %s", guid_new(id));
	headers[n++] = bearer;
	headers[n++] = name;
	headers[n++] = "Accept: application/json";
	headers[n++] =
	    c->permit.background ? "x-ms-throttle-priority: Low" : "x-ms-throttle-priority: High";
	if (c->body)
		headers[n++] = "Content-Type: application/json";
	headers[n] = NULL;
	struct http_request q = {.method = c->method,
	    .url = c->url,
	    .headers = headers,
	    .body = c->body,
	    .body_length = c->body ? strlen(c->body) : 0,
	    .timeout_ms = c->graph->timeout_ms,
	    .body_max = BODY_MAX};
	c->token_number = t->number;
	c->graph->count.requests++;
	c->graph->count.in_flight++;
	c->http_call = http_start(c->graph->http, &q, answered, c);
	sodium_memzero(bearer, strlen(bearer));
	free(bearer);
}

static void finish_unwanted(struct graph_call *c)
{
	struct graph_answer a = {.result = GRAPH_PASSING};
	err_set(
	    &a.error, ERR_LOST, "whether this is still ours to ask is not known: nothing was sent");
	finish(c, &a);
}

static bool may_go(const struct graph_call *c)
{
	return !c->may_go || c->may_go(c->ctx);
}

/* use goes on with what is known of the bearer. */
static void use(struct graph_call *c, const struct token *t)
{
	if (t->result != GRAPH_OK || !c->url)
		finish_without(c, t);
	else if (!may_go(c))
		finish_unwanted(c);
	else
		send_call(c, t);
}

static void token_came(void *ctx, const struct token *t)
{
	use(ctx, t);
}

static void look_for_token(void *ctx)
{
	struct graph_call *c = ctx;
	struct token t;
	if (auth_peek(c->graph->auth, bearer_of(c), &t))
		use(c, &t);
	else
		auth_wait(c->graph->auth, bearer_of(c), &c->token_wait, token_came, c);
}

/* permitted runs within governor_turn: a token that is there is used at once, any other
 * answer waits for the loop; and so does a call that may not go, which may again by then. */
static void permitted(struct permit *p)
{
	struct graph_call *c = container_of(p, struct graph_call, permit);
	struct token t;
	if (auth_peek(c->graph->auth, bearer_of(c), &t) && t.result == GRAPH_OK && may_go(c))
		send_call(c, &t);
	else
		timer_set(c->graph->loop, &c->later, 0, look_for_token, c);
}

/* ---- waiting ---------------------------------------------------------------------------------------- */

static void tell(void *ctx)
{
	struct graph_call *c = ctx;
	c->on_wait(c->ctx, c->permit.parked_until);
}

static void parked(struct permit *p)
{
	struct graph_call *c = container_of(p, struct graph_call, permit);
	if (c->on_wait)
		timer_set(c->graph->loop, &c->tell, 0, tell, c);
}

static void ask_governor(struct graph_call *c)
{
	governor_ask(c->graph->governor, &c->permit, c->tenant, c->team);
	if (c->permit.parked_until)
		parked(&c->permit);
	client_turn_soon(c->graph);
}

/* ---- starting --------------------------------------------------------------------------------------- */

static struct graph_call *call_new(
    struct graph *g, const char *tenant, const char *account, graph_fn fn, void *ctx)
{
	struct graph_call *c = xcalloc(1, sizeof *c);
	c->graph = g;
	c->fn = fn;
	c->ctx = ctx;
	c->tenant = xstrdup(tenant ? tenant : "");
	c->account = xstrdup(account);
	list_push(&g->calls, &c->link);
	return c;
}

static void refuse_path(void *ctx)
{
	struct graph_answer a = {.result = GRAPH_REFUSED};
	err_set(&a.error, ERR_INPUT,
	    "an address that is not below [graph] root was not asked for: nothing was sent");
	finish(ctx, &a);
}

static int cost_of(const struct graph_call *c, const char *path)
{
	if (!is_batch(c) || !c->body)
		return governor_cost(c->method, path);
	json_t *batch = json_read(c->body, strlen(c->body), DEPTH_MAX, NULL);
	int cost = batch_cost(batch);
	json_decref(batch);
	return cost;
}

struct graph_call *graph_start(
    struct graph *g, const struct graph_request *q, graph_fn fn, void *ctx)
{
	struct graph_call *c = call_new(g, q->tenant, q->account, fn, ctx);
	const char *path = link_below(g->root, q->path);
	if (!path) {
		timer_set(g->loop, &c->later, 0, refuse_path, c);
		return c;
	}
	c->method = xstrdup(q->method);
	c->url = xasprintf("%s%s", g->root, path);
	c->body = q->body;
	c->on_wait = q->on_wait;
	c->may_go = q->may_go;
	c->permit.class = governor_classify(q->method, path, c->team);
	c->permit.cost = cost_of(c, path);
	c->permit.background = q->background;
	c->permit.go = permitted;
	c->permit.parked = parked;
	ask_governor(c);
	return c;
}

void graph_stop(struct graph_call *c)
{
	struct graph *g = c->graph;
	call_free(c);
	client_turn_soon(g);
}

bool graph_is_sent(const struct graph_call *c)
{
	return c->permit.held;
}

void graph_check_sign_in(
    struct graph *g, const char *tenant, const char *account, graph_fn fn, void *ctx)
{
	struct graph_call *c = call_new(g, tenant, account, fn, ctx);
	timer_set(g->loop, &c->later, 0, look_for_token, c);
}
