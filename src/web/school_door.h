/*
 * school_door - are the screens switched on for a school? Asked of Redis, and remembered for
 * some seconds, since each request of staff asks.
 */
#ifndef SCHOOL_DOOR_H
#define SCHOOL_DOOR_H

#include "web.h"

struct school_door;

struct school_door *school_door_new(const struct web *web);
void school_door_free(struct school_door *d);

/* school_door_pass calls go with the visit if the school of v->who is known and enabled, at
 * once or when Redis has answered; otherwise it answers the problem. */
void school_door_pass(struct school_door *d, struct visit *v, void (*go)(struct visit *v));

#endif
