/*
 * sign_in - a person signs in at Microsoft's for us: where to send their browser, and what the
 * code that it brings back is worth (graph.md 1.2, 1.3, 1.7).
 */
#ifndef SIGN_IN_H
#define SIGN_IN_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "graph_client.h"
#include "http.h"
#include "json.h"
#include "loop.h"

struct sign_in;

enum { SIGN_IN_REASON_ROOM = 24 };

struct sign_in_options {
	struct loop *loop;
	struct http *http;
	const char *root, *authority, *client_id;
	const char *secret_file;			/* this, or the next two */
	const char *certificate_file, *key_file;
	int64_t timeout_ms;
};

/* sign_in_new reads the secret or the certificate and key; *e names the file and the remedy.
 * sign_in_reread does it again (SIGHUP). sign_in_free answers whoever still waits. */
struct sign_in *sign_in_new(const struct sign_in_options *o, struct err *e);
int sign_in_reread(struct sign_in *s, struct err *e) MUST_CHECK;
void sign_in_free(struct sign_in *s);

/* Of a tenant, or of any organisation when it is "". */
struct sign_in_way {
	const char *tenant;
	const char *redirect_uri;	/* where the browser comes back to */
	const char *state, *nonce;
	const char *verifier;		/* of which Microsoft is told the hash (PKCE) */
};

/* sign_in_url is where the browser goes; sign_in_consent_url where the tenant's administrator
 * allows what we ask for (redirect_uri may be NULL). Free them. sign_in_is_tenant refuses what
 * is no tenant of one organisation. */
char *sign_in_url(const struct sign_in *s, const struct sign_in_way *w);
char *sign_in_consent_url(const char *root, const char *authority, const char *client_id,
    const char *tenant, const char *redirect_uri);
bool sign_in_is_tenant(const char *tenant);

struct sign_in_answer {
	enum graph_result result;	/* GRAPH_OK, _RELINK (not accepted), _NO_CONSENT,
					 * _OPERATOR, _NO_TENANT, _THROTTLED, _PASSING */
	const char *id_token, *refresh_token;	/* GRAPH_OK: borrowed, never NULL */
	bool allowed;			/* GRAPH_OK: all that we asked for was granted */
	const json_t *missing;		/* of sign_in_allowed with GRAPH_OK: borrowed, the
					 * permissions that were not */
	const char *reason;		/* a word of connections.h, or "" */
	struct err error;		/* a sentence for the log, unless GRAPH_OK */
};

typedef void (*sign_in_fn)(void *ctx, const struct sign_in_answer *a);

/* sign_in_redeem exchanges the code that came back for tokens; fn is called exactly once,
 * never before it returns. */
void sign_in_redeem(struct sign_in *s, const struct sign_in_way *w, const char *code,
    sign_in_fn fn, void *ctx);

/* sign_in_permissions are those that our app itself needs for jobs that run with nobody there,
 * each with the reason; ends with a NULL name. */
struct sign_in_permission {
	const char *name, *why;
};
extern const struct sign_in_permission sign_in_permissions[];

/* sign_in_allowed asks whether our app itself is allowed in a tenant: GRAPH_OK, and allowed if
 * it may do anything there at all. fn is called as by sign_in_redeem. */
void sign_in_allowed(struct sign_in *s, const char *tenant, sign_in_fn fn, void *ctx);

/* sign_in_error_of sorts the error that a browser brought back in place of a code, with its
 * description: GRAPH_REFUSED when the person pressed Cancel. Both may be anybody's words. */
enum graph_result sign_in_error_of(
    const char *error, const char *description, char reason[SIGN_IN_REASON_ROOM]);

#endif
