/*
 * graph_client - one call to Microsoft Graph: admitted by the governor, with the
 * token of the tenant or of an account in it, classified. It tries once (twice where
 * a token had gone stale); trying again is the runner's business.
 */
#ifndef GRAPH_CLIENT_H
#define GRAPH_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "http.h"
#include "json.h"
#include "loop.h"

struct graph;
struct graph_call;
struct graph_fetch;

/* Where the refresh tokens of accounts are kept. Graph knows an account by a name of its
 * owner's making, one name for each linking. */
struct graph_vault {
	/* fetch finds the account's refresh token and says so with graph_found, exactly once,
	 * never before it returns and always before graph_free. */
	void (*fetch)(void *ctx, const char *account, struct graph_fetch *f);
	/* renewed: this one has taken the place of the one that was found. */
	void (*renewed)(void *ctx, const char *account, const char *refresh_token);
	/* refused: Microsoft does not take the one that was found with that mark any more, for
	 * a reason that is a word (connections.h); it was asked twice. */
	void (*refused)(void *ctx, const char *account, const char *mark, const char *reason);
	void *ctx;
};

struct graph_options {
	struct loop *loop;
	struct http *http;
	const char *root, *authority;
	const char *client_id;
	const char *secret_file;		/* this, or the next two */
	const char *certificate_file, *key_file;
	int64_t timeout_ms;
	double quota_scale;
	struct graph_vault vault;		/* unset: no account ever asks */
};

/* graph_new reads the secret or the certificate and key; *e names the file and the
 * remedy. graph_reread does it again (SIGHUP: a rotated secret). */
struct graph *graph_new(const struct graph_options *o, struct err *e);
int graph_reread(struct graph *g, struct err *e) MUST_CHECK;
void graph_free(struct graph *g);

enum graph_result {
	GRAPH_OK,		/* 2xx, the body read */
	GRAPH_REFUSED,		/* 4xx that trying again will not change */
	GRAPH_THROTTLED,	/* 429, 503, 509: not before retry_at. Its scope is parked, save by a
				 * 503 that names no pause, and by the sign-in (unsent) */
	GRAPH_PASSING,		/* 5xx, 423, network, garbled: worth another try */
	GRAPH_TOKEN_REFUSED,	/* 401 again with a fresh token */
	GRAPH_NO_CONSENT,	/* the tenant never allowed us, or no longer does */
	GRAPH_NO_TENANT,	/* such a tenant is not there */
	GRAPH_OPERATOR,		/* our own secret, certificate or registration is wrong */
	GRAPH_RELINK,		/* the account has to be linked again by its owner */
	GRAPH_NOT_LINKED,	/* there is no such linking (any more) */
};

struct graph_answer {
	enum graph_result result;
	int status;		/* HTTP; 0 when there was no answer */
	json_t *body;		/* borrowed; NULL when empty */
	const char *location, *content_location;	/* or NULL */
	char code[64];		/* the innermost error code, "" if none */
	char request_id[40];	/* for Microsoft's support */
	bool sent;		/* false: certainly had no effect */
	int64_t retry_at;	/* wall ms: not before this; 0: as you like */
	bool stumbled;		/* throttled by a 503 that names no pause: retry_at is our guess */
	struct err error;	/* a sentence for people, unless GRAPH_OK */
	int64_t took_ms;	/* of the exchange itself, without waiting */
};

typedef void (*graph_fn)(void *ctx, const struct graph_answer *a);
/* tells that the call is held back until wall_ms because Microsoft asked for it;
 * and, with 0, that it goes on */
typedef void (*graph_wait_fn)(void *ctx, int64_t until_wall_ms);

struct graph_request {
	const char *tenant;
	const char *account;	/* who asks; NULL: our app itself */
	const char *method;
	const char *path;	/* "/teams/…", or a nextLink as Microsoft gave it:
				 * one that is not below root is refused unasked */
	const char *body;	/* JSON text, may be NULL; borrowed until the answer */
	bool background;	/* yields to interactive calls of the same tenant */
	graph_wait_fn on_wait;	/* may be NULL */
	bool (*may_go)(void *ctx);	/* asked right before it is sent; false: it fails in
				 * passing, unsent. May be NULL */
};

/* graph_start calls fn exactly once, never before it returns. graph_stop ends a call
 * without an answer; what was sent may have its effect. */
struct graph_call *graph_start(struct graph *g, const struct graph_request *q,
    graph_fn fn, void *ctx);
void graph_stop(struct graph_call *c);

/* graph_is_sent tells whether the call has left the governor. */
bool graph_is_sent(const struct graph_call *c);

/* graph_check_sign_in asks for a token of the tenant, for rollcall doctor; or of an account
 * in it (NULL: none), which keeps its refresh token from ending. */
void graph_check_sign_in(struct graph *g, const char *tenant, const char *account,
    graph_fn fn, void *ctx);

/* graph_found answers the vault's fetch. */
struct graph_found {
	enum graph_result result;	/* GRAPH_OK, or why there is none */
	const char *refresh_token;	/* borrowed, as is mark: what refused is to name */
	const char *mark;
	struct err error;		/* unless GRAPH_OK */
};
void graph_found(struct graph_fetch *f, const struct graph_found *found);

/* Scopes parked by Microsoft, shared between workers through Redis: graph_on_park
 * tells of a new one, graph_park learns one from elsewhere. */
typedef void (*graph_park_fn)(void *ctx, const char *scope, int64_t until_wall_ms);
void graph_on_park(struct graph *g, graph_park_fn fn, void *ctx);
void graph_park(struct graph *g, const char *scope, int64_t until_wall_ms);

/* graph_share tells the governor that it is one of n workers that share the quotas. */
void graph_share(struct graph *g, int workers);

struct graph_counters {
	int64_t requests, throttled, refused, passing, token_requests;
	int in_flight, held_back;
};
void graph_count(const struct graph *g, struct graph_counters *c);

#endif
