/*
 * client_int - what the client's three files share: client.c is the connection to
 * Microsoft as a whole, request.c one call, answers.c what an answer means.
 */
#ifndef CLIENT_INT_H
#define CLIENT_INT_H

#include "auth.h"
#include "governor.h"
#include "graph_client.h"

enum { DEPTH_MAX = 64 };	/* of JSON, theirs and ours */

struct graph {
	struct loop *loop;
	struct http *http;
	struct governor *governor;	/* owned */
	struct auth *auth;		/* owned */
	char *root;			/* owned; no slash at its end */
	char *secret_file, *certificate_file, *key_file;	/* owned */
	int64_t timeout_ms;
	struct timer turn;
	struct link calls;		/* of request.c */
	struct graph_counters count;
	graph_park_fn on_park;
	void *on_park_ctx;
};

/* client_turn_soon lets the governor look again who may go. */
void client_turn_soon(struct graph *g);

/* request_drop_all ends all calls without an answer. */
void request_drop_all(struct graph *g);

/* answers_sort reads what came, or that nothing came. *body, which the answer borrows,
 * is the caller's. */
void answers_sort(struct graph_answer *g, const struct http_answer *a, json_t **body);

/* answers_verdict tells what the governor should think of it, and the pause in ms that
 * Microsoft asked for, or 0. batch: it is the answer to a $batch. */
enum verdict answers_verdict(
    const struct graph_answer *g, const struct http_answer *a, bool batch, int64_t *pause_ms);

#endif
