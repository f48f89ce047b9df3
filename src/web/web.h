/*
 * web - what the parts of rollcall-web offer each other.
 *
 * A request is matched to its route (routes.c), it is found out who asks (who.h) and whether
 * they may, and then the route's own function serves it: it answers the visit exactly once,
 * at once or when Redis has answered. Nothing here waits.
 */
#ifndef WEB_H
#define WEB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "err.h"
#include "http.h"
#include "json.h"
#include "loop.h"
#include "redis.h"
#include "server.h"
#include "who.h"

struct live;
struct doors;
struct throughput;
struct standings;
struct microsoft;

/* The process. */
struct web {
	struct loop *loop;
	const struct config *config;
	const char *config_path;	/* of the settings file; NULL: the usual one */
	struct redis *redis;		/* for short commands; nothing blocks on it */
	struct http *http;		/* to Microsoft's sign-in */
	struct live *live;		/* job records, kept while they do not change (live.h) */
	struct doors *doors;		/* keys, tickets, sessions, limits (who.h) */
	struct throughput *throughput;	/* how many jobs end in a minute (throughput.h) */
	struct standings *standings;	/* where jobs stand among others (job_standing.h) */
	struct microsoft *microsoft;	/* its sign-in, for teachers' accounts (microsoft.h) */
	char prefix[96];		/* "rollcall:{teams}:" */
	bool is_https;			/* people reach us over TLS: config.web.public_url */
	size_t visits;			/* that are not answered yet */
	bool leaving;			/* SIGTERM: /readyz says no */
};

/* Who may ask for a route: any of these is enough. */
enum may {
	MAY_ANYBODY = 1,
	MAY_STAFF = 2,			/* somebody who came with the portal's ticket */
	MAY_READ = 4, MAY_ENQUEUE = 8, MAY_ADMIN = 16,	/* programs, by their key's scopes */
	MAY_MANAGE = 32, MAY_TEACH = 64, MAY_OPERATE = 128,	/* staff, by their roles (who.h):
						 * administrators, teaching staff, operators */
};

enum { PLACES_MAX = 2 };
enum { WEB_BODY_MAX = (1 << 20) + 65536 };	/* an envelope of the longest kind, and some air */

struct visit;

struct route {
	const char *method;		/* GET also answers HEAD */
	const char *path;		/* "/v1/jobs/{job}/learners" */
	unsigned may;
	void (*serve)(struct visit *v);
	const char *summary;		/* one line, for openapi.json and the manual */
};

extern const struct route routes[];	/* ends with a NULL method */

/* One request on its way to its answer. */
struct visit {
	struct web *web;
	struct exchange *x;
	const struct route *route;
	struct who who;			/* owned */
	char *place[PLACES_MAX];	/* owned: what stood for the {…} of the path, decoded */
	void *more;			/* of the route's own, freed with free() after the answer */
	char request_id[20];		/* in the log, in problems, for "copy details" */
};

/* web_serve is the server's callback; web_route_of finds the route of a path as it came, not
 * decoded, or NULL and in *allow the methods that it knows ("" if it is itself unknown). */
void web_serve(void *ctx, struct exchange *x);
const struct route *web_route_of(const char *method, const char *path,
    char *place[PLACES_MAX], char allow[64]);

/* ---- the answer: each ends the visit, which must not be touched afterwards -------------- */

/* answer_json takes the value over. answer_text is for everything that is not JSON. */
void answer_json(struct visit *v, int status, json_t *value);
void answer_text(struct visit *v, int status, const char *type, const char *body, size_t length);
void answer_empty(struct visit *v, int status);
void answer_redirect(struct visit *v, const char *to);	/* 303 */

/* answer_problem is RFC 9457: word is the fixed one for programs ("not_yours"), the sentence
 * for people names the thing, the value and the remedy. */
void answer_problem(struct visit *v, int status, const char *word, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* answer_unreachable is 503 with Retry-After: Redis did not answer, and nothing was changed.
 * answer_unconfirmed is the same once something was to be written: Redis may have it, unless it
 * said no itself (ERR_REFUSED). answer_unread is for what comes after: it was written, and how
 * things are now is not known. answer_doubt says either with a sentence of its own. */
void answer_unreachable(struct visit *v, const struct err *e);
void answer_unconfirmed(struct visit *v, const struct err *e);
void answer_unread(struct visit *v, const struct err *e);
void answer_doubt(struct visit *v, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* answer_is_known answers 304 and returns true if the asker has this version (ETag) already;
 * otherwise the ETag is set for the answer that follows. */
bool answer_is_known(struct visit *v, const char *version);

/* visit_body reads the request's body as a JSON object of at most depth levels; NULL after a
 * problem was answered. The caller owns it. */
json_t *visit_body(struct visit *v, int depth);

/* ---- asking Redis ------------------------------------------------------------------- */

enum { WEB_REDIS_TIMEOUT_MS = 5000 };

/* web_failed answers 503 and returns true when a reply is no good to go on with; so does
 * web_unconfirmed, of a command that changes something. */
bool web_failed(struct visit *v, const struct reply *r, const struct err *e);
bool web_unconfirmed(struct visit *v, const struct reply *r, const struct err *e);

#endif
