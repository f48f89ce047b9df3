/*
 * change - the one way the world changes.
 *
 * A change is an event: {"what": "member_added", "team": ..., "user": ...}. It is
 * applied, numbered and written to the ledger; read from a state file it is applied
 * again. README.md lists all events.
 */
#ifndef CHANGE_H
#define CHANGE_H

#include <jansson.h>

#include "call.h"

/* change_make takes event over, applies it and enters it in the ledger. */
void change_make(struct emulator *em, struct tenant *t, json_t *event);

/* change_by is change_make with who did it ("by", "via"). */
void change_by(struct call *c, const char *via, json_t *event);

/* change_replay applies the events of the state file at path, which may be missing. */
int change_replay(struct emulator *em, const char *path, struct err *e) MUST_CHECK;

#endif
