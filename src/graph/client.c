/*
 * client - the connection to Microsoft: its secrets, its governor and its counters. Calls are
 * in request.c.
 */
#include <stdlib.h>

#include "client_int.h"
#include "links.h"
#include "log.h"

/* ---- whose turn it is ---------------------------------------------------------------------- */

static void turn(void *ctx)
{
	struct graph *g = ctx;
	int64_t delay_ms = governor_turn(g->governor);
	if (delay_ms >= 0 && !timer_is_set(&g->turn))
		timer_set(g->loop, &g->turn, delay_ms, turn, g);
}

void client_turn_soon(struct graph *g)
{
	timer_set(g->loop, &g->turn, 0, turn, g);
}

/* ---- parks, share, counters --------------------------------------------------------------------------- */

static void heard_park(void *ctx, const char *scope, int64_t until_wall_ms)
{
	struct graph *g = ctx;
	log_info("graph_parked", log_str("scope", scope), log_int("until", until_wall_ms));
	if (g->on_park)
		g->on_park(g->on_park_ctx, scope, until_wall_ms);
}

void graph_on_park(struct graph *g, graph_park_fn fn, void *ctx)
{
	g->on_park = fn;
	g->on_park_ctx = ctx;
}

void graph_park(struct graph *g, const char *scope, int64_t until_wall_ms)
{
	governor_park(g->governor, scope, until_wall_ms);
	client_turn_soon(g);
}

void graph_share(struct graph *g, int workers)
{
	governor_share(g->governor, workers);
	client_turn_soon(g);
}

void graph_count(const struct graph *g, struct graph_counters *c)
{
	*c = g->count;
	c->token_requests = auth_requests(g->auth);
	c->held_back = governor_held_back(g->governor);
}

/* ---- birth and death ------------------------------------------------------------------------------------ */

struct graph *graph_new(const struct graph_options *o, struct err *e)
{
	struct credential *credential =
	    credential_read(o->secret_file, o->certificate_file, o->key_file, e);
	if (!credential)
		return NULL;
	struct graph *g = xcalloc(1, sizeof *g);
	g->loop = o->loop;
	g->http = o->http;
	g->root = link_trimmed(o->root);
	g->secret_file = xstrdup(o->secret_file);
	g->certificate_file = xstrdup(o->certificate_file);
	g->key_file = xstrdup(o->key_file);
	g->timeout_ms = o->timeout_ms;
	list_init(&g->calls);
	g->governor = governor_new(o->quota_scale);
	governor_on_park(g->governor, heard_park, g);
	g->auth = auth_new(&(struct auth_options){.loop = o->loop,
			       .http = o->http,
			       .authority = o->authority,
			       .root = g->root,
			       .client_id = o->client_id,
			       .timeout_ms = o->timeout_ms,
			       .vault = o->vault},
	    credential);
	return g;
}

int graph_reread(struct graph *g, struct err *e)
{
	struct credential *credential =
	    credential_read(g->secret_file, g->certificate_file, g->key_file, e);
	if (!credential)
		return e->code;
	auth_use(g->auth, credential);
	return 0;
}

void graph_free(struct graph *g)
{
	if (!g)
		return;
	request_drop_all(g);
	timer_clear(g->loop, &g->turn);
	auth_free(g->auth);
	governor_free(g->governor);
	free(g->root);
	free(g->secret_file);
	free(g->certificate_file);
	free(g->key_file);
	free(g);
}
