/* console_events - entries of the school's history as people read them. */
#ifndef CONSOLE_EVENTS_H
#define CONSOLE_EVENTS_H

#include "web.h"

/* events_join gives events of history_read the names that the history itself has not: that of
 * the group, and of the learner where they are still known; fn owns events then. */
typedef void (*events_fn)(void *ctx, json_t *events, const struct err *e);
void events_join(struct visit *v, const json_t *events, events_fn fn, void *ctx);

#endif
