/*
 * auth - tokens of tenants for our app, and of accounts that were linked (graph.md 1.3, 1.5):
 * kept while they last, one request for each at a time, refusals remembered.
 */
#ifndef AUTH_H
#define AUTH_H

#include <stdint.h>

#include "credential.h"
#include "graph_client.h"
#include "list.h"

struct auth;

struct auth_options {
	struct loop *loop;
	struct http *http;
	const char *authority, *root, *client_id;
	int64_t timeout_ms;
	struct graph_vault vault;
};

/* Whose token it is: our app's in a tenant, or that of an account in it. */
struct bearer {
	const char *tenant;
	const char *account; /* NULL: the app */
};

/* What is known of a bearer: a token, or why there is none. */
struct token {
	enum graph_result result;
	const char *text; /* GRAPH_OK: the token; borrowed until the loop goes on */
	uint64_t number;  /* of this token, for auth_reject */
	int status;	  /* HTTP of the refusal; 0: no answer */
	int64_t retry_at; /* wall ms; not before this */
	struct err error;
};

/* Embedded in whoever waits; zeroed before first use. */
struct token_wait {
	struct link link;
	void (*fn)(void *ctx, const struct token *t);
	void *ctx;
};

/* auth_new takes over the credential, auth_use another one in its place. */
struct auth *auth_new(const struct auth_options *o, struct credential *c);
void auth_use(struct auth *a, struct credential *c);
void auth_free(struct auth *a); /* whoever waits is dropped without an answer */

/* auth_peek tells at once what is known: true and *t, or false: wait for it with auth_wait,
 * which never answers before it returns. auth_leave is harmless for one that does not wait. */
bool auth_peek(struct auth *a, struct bearer b, struct token *t);
void auth_wait(struct auth *a, struct bearer b, struct token_wait *w,
    void (*fn)(void *ctx, const struct token *t), void *ctx);
void auth_leave(struct token_wait *w);

/* auth_reject throws the token of that number away, if it is still the one in use:
 * Graph did not accept it. */
void auth_reject(struct auth *a, struct bearer b, uint64_t number);

int64_t auth_requests(const struct auth *a);

#endif
