/*
 * tracking - Redis tells which of the keys that one connection has read have changed since
 * (CLIENT TRACKING), over another connection.
 */
#ifndef TRACKING_H
#define TRACKING_H

#include "web.h"

struct tracking;

/* on: what the reader asks from now on is told about. off: it is not any more, and what was
 * read may have changed unnoticed. changed: the key that was read has another value, or none,
 * or may have; NULL: all of them. */
struct tracking_events {
	void (*on)(void *owner);
	void (*off)(void *owner);
	void (*changed)(void *owner, const char *key);
};

/* tracking_open takes the reader's redis_on_change for itself, and opens the connection that
 * listens. */
struct tracking *tracking_open(const struct web *web, struct redis *reader,
    const struct tracking_events *events, void *owner, struct err *e);
/* tracking_catch_up calls fn with an answer once all that had changed by now has been told;
 * without one if that is not known any more, after off. */
void tracking_catch_up(struct tracking *t, redis_fn fn, void *ctx);

void tracking_close(struct tracking *t);	/* NULL is allowed; before the reader closes */

#endif
