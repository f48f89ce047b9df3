/* teams - what the files about teams share. */
#ifndef TEAMS_H
#define TEAMS_H

#include "call.h"

/* team_wanted finds the team of c->args[0], or replies 404. */
struct group *team_wanted(struct call *c);
json_t *team_resource(const struct call *c, const struct group *g);

/* operation_accepted replies 202 with Location, and Content-Location if located. */
void operation_accepted(struct call *c, const char *team, const char *operation, bool located);

/* team_alias makes a mailNickname of name that no group of the tenant has, or NULL
 * if no character of it can be used. Free it. */
char *team_alias(const struct tenant *t, const char *name);

/* ---- names (policy.c) ---- */

/* name_check holds name and description to the limits and the naming policy; it
 * replies 400 if they do not pass. */
bool name_check(struct call *c, const char *name, const char *description);

/* nickname_check does the same for a mailNickname, which no other group than self (NULL:
 * a new one) may have, be it in the bin. */
bool nickname_check(struct call *c, const char *nickname, const struct group *self);

/* team_from_group is POST /teams for a group that exists (teamify.c). */
void team_from_group(struct call *c, const char *address, bool class_template);

/* ---- members ---- */

bool membership_shown(const struct call *c, const struct membership *m);	/* shown now */
json_t *member_resource(const struct call *c, const struct group *g, const struct membership *m);

/* Why a person cannot be added or removed: status 0 if nothing speaks against it. */
struct refusal {
	int status;
	const char *code, *message;
};

/* member_entry reads one conversationMember of a body; false: not well formed, and
 * 400 was replied. user is NULL if nobody is there by that key. */
struct member_entry {
	char key[200];			/* as the body names the person */
	struct user *user;
	bool owner;
};
bool member_entry_read(struct call *c, const json_t *from, struct member_entry *entry);

struct refusal member_add_refusal(const struct call *c, const struct group *g,
    const struct member_entry *entry);
struct refusal member_remove_refusal(const struct group *g, const struct membership *m);

/* These make the change, if it is one. */
void member_do_add(struct call *c, struct group *g, const struct member_entry *entry);
void member_do_remove(struct call *c, struct group *g, struct user *u);

#endif
