/* auth_int - what the two files of auth share: auth.c remembers, auth_ask.c asks. */
#ifndef AUTH_INT_H
#define AUTH_INT_H

#include "auth.h"
#include "map.h"
#include "token_request.h"

/* Found with graph_found; embedded, to be told from anything else. */
struct graph_fetch {
	struct grant *grant;
};

/* What a bearer has been granted, or why nothing. */
struct grant {
	struct auth *auth;
	char *key;	      /* owned: in auth.grants */
	char *tenant;	      /* owned */
	const char *account;  /* in key; NULL: the app */
	char *token;	      /* owned; NULL: none */
	uint64_t number;
	int64_t renew_at_ms, ends_at_ms; /* loop clock */
	struct token refusal;		 /* the last one; in force until then: */
	int64_t refused_until_ms;
	int failures;		/* in passing, in a row */
	struct http_call *call; /* NULL: no request is under way */
	struct timer later;	/* answers what failed before it was sent, or asks again */
	struct link waiting;	/* of struct token_wait */

	/* of accounts */
	struct graph_fetch fetch;
	bool fetching; /* the vault has not answered yet */
	bool doubted;  /* the refresh token was refused once */
	char *mark;    /* owned: of the one that was found last */
};

struct auth {
	struct loop *loop;
	struct token_endpoint endpoint;
	struct graph_vault vault;
	char *scope;	   /* owned: of the app */
	struct map grants; /* by key; owned */
	int64_t sweep_at_ms;
	uint64_t tokens;
	int64_t requests;
};

/* grant_ask asks Microsoft for a token; grant_answer_all tells everybody who waits. */
void grant_ask(struct grant *g);
void grant_answer_all(struct grant *g);
void grant_drop_token(struct grant *g);

/* grant_of_app is the app's own grant in the same tenant. */
struct grant *grant_of_app(struct grant *g);

#endif
