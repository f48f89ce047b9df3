/* access - access tokens: what they hold, and who comes with one. */
#ifndef ACCESS_H
#define ACCESS_H

#include "call.h"

/* access_issue makes a token for app in t; user NULL: the app itself, with its
 * roles, else the scopes. lifetime_s is wall clock time. Free it. */
char *access_issue(struct emulator *em, const struct app *a, const struct tenant *t,
    const struct user *user, const char *scopes, int64_t lifetime_s);

/* access_read fills c->who from the Authorization header, or replies 401. */
bool access_read(struct call *c);

/* access_check refuses with 403 whoever lacks the route's permission. */
bool access_check(struct call *c);

/* access_owns refuses with 403 a delegated caller who is no owner of g. */
bool access_owns(struct call *c, const struct group *g);

void access_forget(struct emulator *em);	/* empties the cache of tokens */

#endif
