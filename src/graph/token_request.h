/* token_request - one request to the token endpoint of Microsoft's sign-in (graph.md 1.3). */
#ifndef TOKEN_REQUEST_H
#define TOKEN_REQUEST_H

#include <stdint.h>

#include "credential.h"
#include "http.h"
#include "json.h"

struct token_endpoint {
	struct http *http;
	char *authority, *client_id; /* owned */
	int64_t timeout_ms;
	struct credential *credential; /* owned */
};

/* token_endpoint_init takes over the credential. */
void token_endpoint_init(struct token_endpoint *t, struct http *http, const char *authority,
    const char *client_id, int64_t timeout_ms, struct credential *c);
void token_endpoint_clear(struct token_endpoint *t);

struct token_field {
	const char *name, *value;
};

/* token_request posts the kind of grant and its fields (up to one without a name), with who
 * we are, and leaves nothing of them in memory. NULL and *e: our certificate cannot sign. */
struct http_call *token_request(const struct token_endpoint *t, const char *tenant,
    const char *kind, const struct token_field *fields, http_fn fn, void *ctx, struct err *e);

/* token_request_is_tenant lets through GUIDs and host names, and, if shared is set,
 * "organizations": nothing that would lead a URL astray. */
bool token_request_is_tenant(const char *text, bool shared);

/* token_request_is_token: it goes into a header or a form, so nothing but visible characters. */
bool token_request_is_token(const char *text);

/* token_request_wipe wipes a member of an answer in place, be it there or not. */
void token_request_wipe(const json_t *body, const char *key);

#endif
