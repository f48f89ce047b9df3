/*
 * server - HTTP/1.1 for others to call (libmicrohttpd underneath, its epoll
 * descriptor in our loop, no threads).
 */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "loop.h"

struct server;
struct exchange;		/* one request and its answer */

struct server_options {
	const char *address;	/* "127.0.0.1:8080", "[::1]:8080", port 0: any free one */
	const char *certificate_file, *key_file;	/* both or neither */
	int connections_max;
	int idle_timeout_s;	/* nothing moves for so long: closed */
	int request_timeout_s;	/* a request that is not whole by then: closed; 0: never */
	int taken_bytes_a_ms;	/* an answer that is taken more slowly: closed; 0: 16 */
	size_t body_max;	/* longer: 413 */

	/* for requests that may be longer: asked once the head is there, what it gives is their
	 * limit; NULL: all have the same. More room comes with the time to fill it. */
	size_t (*body_max_of)(void *ctx, const struct exchange *x);
};

/* The callback runs when the request is there as a whole. It, or anyone later,
 * must answer the exchange exactly once. */
typedef void (*server_fn)(void *ctx, struct exchange *x);

struct server *server_open(struct loop *l, const struct server_options *o,
    server_fn fn, void *ctx, struct err *e);

/* server_close cuts what is open, also answers still on their way; not to be
 * called from the callback. Exchanges that nobody answered yet are not told to
 * be gone and must still be answered; that frees them. */
void server_close(struct server *s);
int server_port(const struct server *s);

/* Borrowed until the exchange is answered. Path and parameters are decoded;
 * exchange_target is the request line's target as it came. */
const char *exchange_method(const struct exchange *x);
const char *exchange_path(const struct exchange *x);
const char *exchange_target(const struct exchange *x);
const char *exchange_query(const struct exchange *x, const char *name);	/* or NULL */
const char *exchange_header(const struct exchange *x, const char *name);	/* or NULL */
/* exchange_headers gives all headers of one name, joined by commas; NULL if there is none;
 * free it. A name may come more than once (RFC 9110, 5.3). */
char *exchange_headers(const struct exchange *x, const char *name);
const char *exchange_peer(const struct exchange *x);	/* address without port */
const char *exchange_body(const struct exchange *x, size_t *length);

/* exchange_on_gone tells that the client went away before the answer. The
 * exchange must still be answered (the answer goes nowhere). */
void exchange_on_gone(struct exchange *x, loop_fn fn, void *ctx);

void exchange_set_header(struct exchange *x, const char *name, const char *value);

/* exchange_answer sends status and body (copied) and ends the exchange. */
void exchange_answer(struct exchange *x, int status, const char *body, size_t length);

/* exchange_cut closes the connection without an answer: for faults on purpose. */
void exchange_cut(struct exchange *x);

/* exchange_answer_part sends headers and the first part bytes, then closes. */
void exchange_answer_part(struct exchange *x, int status, const char *body,
    size_t length, size_t part);

#endif
