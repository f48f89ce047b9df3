/* connections_int - what the two files of connections share. */
#ifndef CONNECTIONS_INT_H
#define CONNECTIONS_INT_H

#include "connections.h"

enum { CONNECTION_TIMEOUT_MS = 5000 };

/* connection_failed tells whether a reply, or a part of it, is no good, and in *why why. */
bool connection_failed(const struct reply *r, const struct err *e, struct err *why);

/* Whoever waits for a change: connection_answered (a redis_fn) tells them, and whether the
 * reply is a number other than 0 or a list. */
struct connection_asked;
struct connection_asked *connection_ask(connection_done_fn fn, void *ctx);
void connection_answered(void *asked, const struct reply *r, const struct err *e);

#endif
