/* hand_back - gives back what a dead child held, under each name it had in the queue. */
#ifndef HAND_BACK_H
#define HAND_BACK_H

#include "config.h"
#include "loop.h"
#include "redis.h"

/* hand_back looks up the names and abandons each; death as in queue_abandon. done is called
 * once, when all is back or could not be handed back: then the lease has to run out. */
void hand_back(struct redis *r, const struct config *c, const char *child, const char *death,
    loop_fn done, void *ctx);

#endif
