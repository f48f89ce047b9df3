/*
 * live - job records as Redis has them now, for those who poll and those who wait.
 *
 * A record is read once and kept until Redis says that it changed (CLIENT TRACKING), so that
 * thousands of dialogs that poll cost Redis nothing, and whoever waits hears of a change at
 * once. While the connection that carries those words is down, every look goes to Redis.
 */
#ifndef LIVE_H
#define LIVE_H

#include <stdint.h>

#include "err.h"
#include "json.h"

struct web;
struct live;
struct live_wait;

struct live *live_open(const struct web *web, struct err *e);
void live_close(struct live *l);

/* live_release answers everybody who waits with the record as it is: the process leaves. */
void live_release(struct live *l);

/* The record as contract 3 has it, numbers as numbers; NULL and *e NULL: there is no such job.
 * Borrowed until the callback returns. */
typedef void (*live_fn)(void *ctx, const json_t *record, const struct err *e);

void live_get(struct live *l, const char *job, live_fn fn, void *ctx);

/* live_peek gives the record as it was when it was last read, borrowed, or NULL: good for what
 * never changes, the school, the class and the type. */
const json_t *live_peek(const struct live *l, const char *job);

/* live_wait calls fn when the record's rev is another than rev, or after wait_ms with what
 * there is; never before it returns. live_leave ends the wait unanswered. */
struct live_wait *live_wait(struct live *l, const char *job, int64_t rev, int64_t wait_ms,
    live_fn fn, void *ctx);
void live_leave(struct live_wait *w);

#endif
