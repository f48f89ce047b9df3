/*
 * http - requests to others, many at once (libcurl underneath, HTTP/2 where the
 * peer speaks it, connections kept). TLS is always verified.
 */
#ifndef HTTP_H
#define HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "loop.h"

struct http;
struct http_call;

struct http_request {
	const char *method;		/* "GET", "POST", "PATCH", "DELETE", "PUT" */
	const char *url;
	const char *const *headers;	/* "Name: value", NULL at the end; may be NULL */
	const char *body;		/* may be NULL */
	size_t body_length;
	int64_t timeout_ms;		/* for the whole exchange */
	size_t body_max;		/* a longer answer, unpacked, is ERR_LIMIT */
};

struct http_answer {
	int status;			/* 0 when there was no answer: see error */
	const char *body;		/* terminated; "" if none */
	size_t body_length;
	struct err error;		/* ERR_REACH, ERR_TIMEOUT, ERR_LIMIT */
	int sent;			/* 0: the request certainly did not reach the peer */
	int64_t took_ms;
	const struct http_headers *headers;
};

/* http_header finds a header of the answer by its name in any case; NULL if it
 * is not there. */
const char *http_header(const struct http_answer *a, const char *name);

typedef void (*http_fn)(void *ctx, const struct http_answer *a);

/* http_new: ca_file may be NULL (the system's); connections_max bounds the
 * sockets to one host. */
struct http *http_new(struct loop *l, const char *ca_file, int connections_max);
void http_free(struct http *h);		/* drops calls in flight without an answer */

/* http_start copies all it is given and calls fn exactly once, never before it
 * returns. Redirects are not followed; a request with a body, and any POST, is
 * never sent twice behind the caller's back. http_stop ends a call: fn is not
 * called. Errors name the host, never the url. */
struct http_call *http_start(struct http *h, const struct http_request *q,
    http_fn fn, void *ctx);
void http_stop(struct http_call *c);

int http_in_flight(const struct http *h);

#endif
