/*
 * session - a staff member's session is a sealed cookie and nothing else: who they are, until
 * when, and the token that each change has to carry.
 */
#ifndef SESSION_H
#define SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "seal.h"
#include "who.h"

enum { SESSION_LIFE_S = 8 * 3600 };

extern const char session_cookie[];	/* its name, before the prefix */

/* session_begin fills in what a new session has of its own: csrf and until. */
void session_begin(struct who *w);

/* session_seal writes it as a cookie's value; free it. session_open fills *w from one; false
 * if it is not ours, was changed, or is over. */
char *session_seal(const struct seal_keys *k, const struct who *w);
bool session_open(const struct seal_keys *k, const char *value, struct who *w);

#endif
