/* group_links - the collections members and owners of a group, for groups.c and
 * education.c. */
#ifndef GROUP_LINKS_H
#define GROUP_LINKS_H

#include "call.h"

/* reference_user finds who ".../directoryObjects/{id}" (or users) means, or replies. */
struct user *reference_user(struct call *c, const char *address);
bool group_has(const struct group *g, const struct user *u, bool owner);
void group_do_add(struct call *c, struct group *g, struct user *u, const char *via, bool owner);
void group_do_delete(struct call *c, struct group *g);
void reply_already_there(struct call *c, const char *collection);

/* These are whole requests on a group that was found. */
void group_ref(struct call *c, struct group *g, const char *via, bool owner);
void group_unref(struct call *c, struct group *g, const char *key, const char *via, bool owner);

#endif
