/*
 * call - one request to Graph, from an exchange or out of a batch, and its reply.
 *
 * A handler reads the call and ends with one of the reply functions. It never
 * waits: delays are the front's business.
 */
#ifndef CALL_H
#define CALL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emulator.h"
#include "err.h"
#include "settings.h"
#include "url.h"

#define CALL_HEADERS 24

/* Who asks, by the access token. */
struct principal {
	struct app *app;
	struct tenant *tenant;
	struct user *user;		/* NULL: the app itself */
	json_t *grants;			/* roles or scopes */
	int64_t issued_at, expires_at;	/* moments */
};

struct reply {
	int status;
	char *body;			/* owned */
	size_t length;
	struct {
		char name[40];
		char *value;		/* owned */
	} headers[CALL_HEADERS];
	size_t header_count;
	int64_t delay_ms;
	int64_t part;			/* bytes sent before the connection dies; -1: all */
	bool cut;			/* the connection dies without an answer */
};

struct call {
	struct emulator *em;
	const char *method;
	struct url url;
	char *path;			/* owned: segments joined, without the version */
	const struct route *route;
	const char *args[3];		/* what the route's {} stand for */
	const char *base;		/* "http://host:port" as the client knows us */
	const char *authorization, *consistency, *content_type;	/* headers or NULL */
	char *client_request_id;	/* owned */
	char request_id[GUID_ROOM];
	const char *text;		/* the body */
	size_t text_length;
	json_t *body;			/* owned: the body parsed, or NULL */
	struct principal who;
	struct settings set;
	bool in_batch;
	struct reply reply;
};

/* call_tenant and friends find what is visible to the caller now, or NULL. */
struct user *call_user(const struct call *c, const char *id_or_upn);
struct group *call_group(const struct call *c, const char *id);
struct group *call_team(const struct call *c, const char *id);

/* call_may: the token grants one of the permissions (blanks between names). */
bool call_may(const struct call *c, const char *permissions);

/* ---- replies; error replies have Microsoft's shape --------------------------- */

void reply_header(struct call *c, const char *name, const char *value);
void reply_empty(struct call *c, int status);
void reply_json(struct call *c, int status, json_t *body);	/* takes body over */
void reply_text(struct call *c, int status, const char *type, const char *text);
void reply_error(struct call *c, int status, const char *code, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* As reply_error, with a code inside innerError, as Teams does. */
void reply_error_inner(struct call *c, int status, const char *code, const char *inner,
    const char *fmt, ...) PRINTF_LIKE(5, 6);

void reply_bad_request(struct call *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
void reply_no_object(struct call *c, const char *id);	/* 404 of the directory */
void reply_no_team(struct call *c, const char *id);	/* 404 of Teams */
void reply_denied(struct call *c);			/* 403 of the directory */

/* reply_context starts an answer with "@odata.context". */
json_t *reply_context(const struct call *c, const char *fmt, ...) PRINTF_LIKE(2, 3);

void reply_clear(struct reply *r);

/* json_clean makes a string of text, without what is cut off at its end. */
json_t *json_clean(const char *text);

#endif
