/* routes - the table of Graph calls: who answers, which quota, which permission. */
#ifndef ROUTES_H
#define ROUTES_H

#include "call.h"

enum family { FAMILY_DIRECTORY, FAMILY_TEAMS, FAMILY_EDUCATION };

/* The rows of graph.md 6.1; throttle.c has their numbers. */
enum quota {
	QUOTA_IDENTITY,
	QUOTA_EDUCATION,
	QUOTA_TEAM_GET,
	QUOTA_TEAM_POST,
	QUOTA_TEAM_PUT,
	QUOTA_TEAM_PATCH,
	QUOTA_MEMBERS_GET,
	QUOTA_MEMBER_POST,
	QUOTA_BULK_ADD,
	QUOTA_TEAMS_READ,
	QUOTA_TEAMS_WRITE,
};

struct route {
	const char *method, *pattern;	/* "teams/{}/members" */
	void (*handle)(struct call *c);
	enum family family;
	enum quota quota;
	int units;			/* identity: resource units before discounts */
	const char *roles, *scopes;	/* any of them will do; "": none needed; NULL: never */
};

/* route_find sets c->route and c->args, or replies 404 or 405. */
bool route_find(struct call *c);

/* The handlers, by the file they are in. */
void me_get(struct call *c);				/* directory.c */
void users_list(struct call *c);
void user_get(struct call *c);
void user_revoke(struct call *c);
void organization_get(struct call *c);
void group_settings_list(struct call *c);
void teams_create(struct call *c);			/* teams_create.c */
void team_put(struct call *c);				/* teamify.c */
void team_get(struct call *c);				/* teams.c */
void team_patch(struct call *c);
void team_archive(struct call *c);
void team_unarchive(struct call *c);
void teams_joined(struct call *c);
void operation_get(struct call *c);
void members_list(struct call *c);			/* members.c */
void member_get(struct call *c);
void member_add(struct call *c);
void member_patch(struct call *c);
void member_remove(struct call *c);
void members_add(struct call *c);			/* members_bulk.c */
void members_remove(struct call *c);
void groups_list(struct call *c);			/* groups.c */
void group_create(struct call *c);
void group_get(struct call *c);
void group_patch(struct call *c);
void group_delete(struct call *c);
void group_members(struct call *c);			/* group_links.c */
void group_owners_list(struct call *c);
void group_member_ref(struct call *c);
void group_owner_ref(struct call *c);
void group_member_unref(struct call *c);
void group_owner_unref(struct call *c);
void group_member_delete(struct call *c);
void deleted_list(struct call *c);			/* deleted.c */
void deleted_get(struct call *c);
void deleted_restore(struct call *c);
void deleted_purge(struct call *c);
void classes_list(struct call *c);			/* education.c */
void class_create(struct call *c);
void class_get(struct call *c);
void class_patch(struct call *c);
void class_delete(struct call *c);
void class_members(struct call *c);
void class_teachers(struct call *c);
void class_member_ref(struct call *c);
void class_teacher_ref(struct call *c);
void class_member_unref(struct call *c);
void class_teacher_unref(struct call *c);

#endif
