/*
 * inbox - jobs on their way to a worker: pushed, and not read by one yet.
 */
#ifndef INBOX_H
#define INBOX_H

#include "envelope.h"
#include "live.h"
#include "web.h"

/* inbox_push pushes an envelope that envelope_read found good; text is what it has read. fn is
 * called when Redis has it; with *e it has not, or, where the connection was lost, may have. is_soon:
 * a worker is online, who will have admitted it in a moment. */
typedef void (*inbox_fn)(void *ctx, bool is_soon, const struct err *e);
void inbox_push(struct web *web, const struct envelope *envelope, const char *text,
    inbox_fn fn, void *ctx);

/* inbox_look is for a job without a record: if it was pushed here and nobody has read it, its
 * record is made up as admission will make it, with the rev 0; if it was admitted meanwhile,
 * it is that record. Else there is no such job. */
void inbox_look(struct web *web, const char *job, live_fn fn, void *ctx);

/* inbox_forget: it was admitted. */
void inbox_forget(struct web *web, const char *job);

#endif
