/* server_int - an exchange as server.c (which reads requests) and exchange.c
 * (which answers them) share it. */
#ifndef SERVER_INT_H
#define SERVER_INT_H

#include <arpa/inet.h>
#include <microhttpd.h>

#include "buf.h"
#include "list.h"
#include "server.h"

enum { HEADERS_MAX = 32 };	/* of an answer */

enum stage { READING, ASKED, ANSWERED };
enum manner { WHOLE, PART, CUT };

struct header {
	char *name, *value;	/* owned */
};

struct exchange {
	struct link link;
	struct loop *loop;
	struct server *server;
	struct MHD_Connection *connection; /* NULL: gone, the answer goes nowhere */
	enum stage stage;
	bool suspended;
	char *method, *path, *target;	/* owned; method is NULL before the head */
	char peer[INET6_ADDRSTRLEN];
	struct buf body;
	size_t body_seen, body_max;

	struct watch *gone;
	loop_fn gone_fn;
	void *gone_ctx;

	enum manner manner;
	int status;
	char *answer;			/* owned */
	size_t length, part;
	struct header headers[HEADERS_MAX];
	size_t header_count;
};

struct exchange *exchange_new(struct loop *l, struct server *s, const char *target);

/* server_wake: a connection was resumed, libmicrohttpd must look at it. */
void server_wake(struct server *s);

/* exchange_begin takes over what the head of the request says. */
void exchange_begin(struct exchange *x, struct MHD_Connection *connection,
    const char *method, const char *path);

/* exchange_suspend lets the connection rest until the answer. */
void exchange_suspend(struct exchange *x);

/* exchange_send hands the answer to libmicrohttpd; MHD_NO closes the connection. */
enum MHD_Result exchange_send(struct exchange *x);

/* exchange_abandon suits an unanswered exchange of a server that closes. */
void exchange_abandon(struct exchange *x);

/* exchange_forget: libmicrohttpd is done with the request. */
void exchange_forget(struct exchange *x);

#endif
