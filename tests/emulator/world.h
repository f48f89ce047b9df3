/*
 * world - what exists: apps, schools' tenants, their accounts, groups and teams.
 *
 * The first state comes from files (world_json.c, world_oneroster.c); from then on
 * only change.c writes here. Times named _at are moments (moment.h) in ms.
 */
#ifndef WORLD_H
#define WORLD_H

#include <jansson.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "ids.h"
#include "index.h"
#include "map.h"
#include "moment.h"

struct app {
	char *client_id, *secret;	/* owned; secret may be NULL */
	json_t *roles;			/* owned: application permissions */
	json_t *redirect_uris;		/* owned */
	EVP_PKEY *key;			/* owned: of the certificate, or NULL */
	char thumbprint[44];		/* x5t#S256 of the certificate */
	char thumbprint_sha1[28];	/* x5t */
	bool any_tenant;		/* consented everywhere */
	bool disabled;
	struct map consents;		/* tenant id to the tenant */
	int token_error;		/* AADSTS number each request for a token meets */
};

struct tenant {
	char id[GUID_ROOM];
	char *domain;			/* owned */
	int64_t size;			/* users, for the quota; 0: as many as there are */
	bool admin_consent;		/* an administrator agreed to delegated permissions */
	int token_error;
	char *name_prefix, *name_suffix; /* owned: group naming policy; or NULL */
	char *blocked_words;		/* owned: of the same, a comma between two; or NULL */
	json_t *domains;		/* owned: verified ones beside the default; or NULL */
	struct user **users;		/* owned, in order of arrival */
	size_t user_count, user_room;
	struct map users_by_id;
	struct index user_index;
	struct group **groups;		/* owned */
	size_t group_count, group_room;
	struct map groups_by_id;
	struct index group_index;
};

struct user {
	char id[GUID_ROOM];
	struct tenant *tenant;
	json_t *properties;		/* owned: the whole user resource */
	int64_t visible_at;		/* not replicated before */
	int64_t revoked_at;		/* tokens from before are dead */
	bool licensed;			/* for Teams */
	bool blocked;			/* from Teams */
	bool deleted;
	int token_error;
};

struct operation {
	char id[GUID_ROOM];
	const char *type;		/* "createTeam", "archiveTeam", ... */
	int64_t visible_at, starts_at, ends_at;
	int64_t created_wall_ms;
	json_t *error;			/* owned: fails with it; or NULL */
	struct operation *next;
};

/* A person in a group. The group has its members and its owners; the team shows
 * the person from team_at until gone_at (0: stays). */
struct membership {
	struct user *user;
	bool owner, member;
	int64_t order;			/* grows; pages go on after it */
	int64_t team_at, gone_at;
};

struct group {
	char id[GUID_ROOM];
	struct tenant *tenant;
	char *name, *nickname, *visibility;	/* owned */
	char *description;			/* owned, may be NULL */
	json_t *extras;				/* owned: whatever else was given */
	bool is_class, is_team, archived, locked, failed;
	int64_t created_wall_ms;
	int64_t visible_at;		/* the directory finds it from here */
	int64_t replicated_at;		/* Teams finds the group from here */
	int64_t team_at;		/* GET /teams finds the team from here */
	int64_t gone_at;		/* deleted: GET /teams finds it until here */
	int64_t deleted_wall_ms;	/* 0: lives */
	struct membership *memberships;		/* owned, in order */
	size_t membership_count, membership_room;
	int64_t last_order;
	struct operation *operations;	/* owned, newest first */
};

struct world {
	const struct moments *time;
	struct map apps;
	struct map tenants;		/* by id */
	struct map domains;		/* tenants by domain */
};

void world_init(struct world *w, const struct moments *time);
void world_clear(struct world *w);

struct app *world_app(const struct world *w, const char *client_id);	/* or NULL */
struct app *app_new(struct world *w, const char *client_id, const char *secret);

/* app_consented tells whether app may act in tenant. */
bool app_consented(const struct app *a, const struct tenant *t);

struct tenant *world_tenant(const struct world *w, const char *id_or_domain);	/* or NULL */
struct tenant *tenant_new(struct world *w, const char *id, const char *domain);

/* user_new takes over properties and fills in what is missing; visible at once. */
struct user *user_new(struct tenant *t, json_t *properties);
/* user_find sees those who are not replicated yet, too. NULL if nobody. */
struct user *user_find(const struct tenant *t, const char *id_or_upn);
void user_set(struct user *u, json_t *properties);	/* borrowed; what changes */
void user_delete(struct user *u);
const char *user_text(const struct user *u, const char *property);	/* or NULL */
bool user_is_enabled(const struct user *u);
bool user_is_guest(const struct user *u);

struct group *group_new(struct tenant *t, const char *id, const char *name, const char *nickname);
struct group *group_find(const struct tenant *t, const char *id);	/* deleted ones too */
void group_rename(struct group *g, const char *name);
void group_rename_mail(struct group *g, const char *nickname);
void group_purge(struct group *g);	/* frees it */
size_t group_owners(const struct group *g);
struct operation *group_operation(struct group *g, const char *id);

struct membership *membership_find(const struct group *g, const struct user *u);	/* or NULL */
struct membership *membership_add(struct group *g, struct user *u);
void membership_drop(struct group *g, struct membership *m);

/* What the files say. Errors name file and place. */
int world_read(struct world *w, const char *path, struct err *e) MUST_CHECK;
int world_merge(struct world *w, const json_t *from, const char *folder, struct err *e) MUST_CHECK;
void world_add_demo_app(struct world *w);

struct oneroster_options {
	const char *folder;
	const char *tenant, *domain;		/* NULL: from the overlay, else a default */
	const char *const *schools;		/* NULL at the end; none: all of them */
};
int world_read_oneroster(struct world *w, const struct oneroster_options *o, struct err *e)
    MUST_CHECK;

#endif
