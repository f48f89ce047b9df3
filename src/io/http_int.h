/*
 * http_int - how the two halves of http.h stand on each other.
 *
 *	http.c		curl's multi handle on the loop: sockets, time, ends
 *	http_call.c	one request and what comes back
 */
#ifndef HTTP_INT_H
#define HTTP_INT_H

#include <curl/curl.h>

#include "buf.h"
#include "http.h"
#include "list.h"

struct http_headers {
	struct buf text;	/* name NUL value NUL, over and over */
	int lines;
};

struct http_call {
	struct link link;	/* of those in flight */
	struct http *http;
	CURL *easy;		/* owned; NULL once it has ended */
	http_fn fn;
	void *ctx;
	struct timer deadline;
	int64_t timeout_ms, began_ms;

	char *body;		/* owned; what is sent */
	size_t body_length, body_sent;
	struct curl_slist *lines;	/* owned; headers sent */
	char host[128];		/* and port, for people */

	struct http_headers headers;
	struct buf answer;
	const char *too_long;	/* what of the answer was, if any */
	char why[CURL_ERROR_SIZE];
};

/* call_new fits *easy, fresh or reset, with all that the request asks for. */
struct http_call *call_new(CURL *easy, const char *ca_file, const struct http_request *q);

/* call_answer tells how it ended; it borrows from the call. */
void call_answer(const struct http_call *c, CURLcode end, struct http_answer *a);

void call_free(struct http_call *c);	/* its easy handle is gone already */

#endif
