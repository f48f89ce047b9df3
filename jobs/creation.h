/*
 * creation - what the files of create-team share.
 *
 *	create_team.c	the story: the class, the order, watching it come
 *	create_looks.c	what is there: a Team that lives, one that was deleted, one whose order
 *			got no reply
 *	create_names.c	what it is called, where the school has a rule for names
 *	create_class.c	a class without a Team, and the Team that is made of one
 *	create_owners.c	who owns it
 *
 * An ask and the answer that takes its reply stand together; the step table is at the end of
 * create_team.c.
 */
#ifndef CREATION_H
#define CREATION_H

#include "graph.h"
#include "job.h"

enum {
	READ_CLASS,
	READ_LIVING,
	READ_LIVING_GROUP,
	FORGET_GONE,
	READ_FORMER,
	READ_TENANT,
	READ_POLICY,
	CHOOSE_NAME,
	READ_NAME,
	SAVE_INTENT,
	ORDER,
	FIND,
	FIND_OWNER,
	SAVE_ORDER,
	MAKE_TEAM,
	WATCH,
	READ_TEAM,
	PUT_NICKNAME,
	READ_GROUP,
	FIND_TEACHERS,
	ADD_OWNERS,
	BIND_OWNERS,
	LINK_OWNER,
	COUNT_OWNERS,
};

struct creation {
	char *name;		/* owned */
	char *asked_as;		/* owned: the name in the order that is out, or would be */
	char mark[48];		/* in that order: it is known again by this */
	char *next_page;	/* owned: of the Teams that have that name */
	char *owner;		/* owned: an address, later an account id */
	char *teachers;		/* owned: the other owners' addresses, NUL after each */
	size_t teacher_count;
	char *team_id, *operation;	/* owned; NULL until known */
	char *former;		/* owned: the Team that was deleted; NULL: none */
	struct search *search;	/* owned */
	json_t *owners;		/* owned: account ids of the other owners */
	int64_t fresh_until;
	int looks, pages, misses;
	bool owner_found, renamed, asked_before;
	bool former_is_gone;	/* the Team that was deleted has not been restored */
	bool order_lost;	/* asked, and nobody knows yet whether the Team is there */
	bool precaution;	/* looked for before it is asked for: see intent_saved */

	bool class_alone;	/* wanted: a class, and no Team */
	bool has_class;		/* team_id is a class that is no Team yet */
	int binding;		/* the step that makes its owners owners; 0: none is due */
	size_t linked;		/* of them, when they are made owners one by one */

	bool named;		/* by the school's rule, with a nickname of ours */
	bool tenant_known;	/* its domain and rules were read not long ago */
	bool taken;		/* Microsoft says that the nickname is: by ourselves? */
	bool given;		/* the Team has its nickname from us */
	char *group, *identifier;	/* owned: what names are made of */
	char name_year[5];
	char *description, *domain;	/* owned */
	char *nickname, *refused;	/* owned; refused: Microsoft did not take that one */
};

/* ---- create_names.c ---------------------------------------------------------------- */

/* creation_take_name notes, of the class object, what it is to be called; false: the group
 * has no name. For the answer of record_open. */
bool creation_take_name(struct job *j, struct creation *s, const json_t *class);

/* creation_way_to_order is the step that comes next when nothing is there yet. */
int creation_way_to_order(const struct creation *s);

/* creation_put_names records how it is called. */
void creation_put_names(struct job *j, const struct creation *s);

/* creation_name_refused: the order was refused for its name. NEXT_CALL when it was not. */
enum next creation_name_refused(struct job *j, const struct answer *a);

enum next creation_read_tenant(struct job *j);
enum next creation_tenant_read(struct job *j, const struct answer *a);
enum next creation_read_policy(struct job *j);
enum next creation_policy_read(struct job *j, const struct answer *a);
enum next creation_choose_name(struct job *j);
enum next creation_name_chosen(struct job *j, const struct answer *a);
enum next creation_read_name(struct job *j);
enum next creation_name_read(struct job *j, const struct answer *a);
enum next creation_put_nickname(struct job *j);
enum next creation_nickname_put(struct job *j, const struct answer *a);

/* ---- create_looks.c ---------------------------------------------------------------- */

enum next creation_read_living(struct job *j);
enum next creation_living_read(struct job *j, const struct answer *a);
enum next creation_read_living_group(struct job *j);
enum next creation_living_group_read(struct job *j, const struct answer *a);
enum next creation_forget_gone(struct job *j);
enum next creation_gone_forgotten(struct job *j, const struct answer *a);
enum next creation_read_former(struct job *j);
enum next creation_former_read(struct job *j, const struct answer *a);
enum next creation_find(struct job *j);
enum next creation_found(struct job *j, const struct answer *a);

/* ---- create_team.c ----------------------------------------------------------------- */

/* creation_put_order: Microsoft has taken the order, and team_id is known. */
enum next creation_put_order(struct job *j, struct creation *s);

/* ---- create_class.c ---------------------------------------------------------------- */

json_t *creation_class_body(struct job *j, const struct creation *s);
enum next creation_make_team(struct job *j);
enum next creation_team_made(struct job *j, const struct answer *a);

/* creation_put_team: the class is a Team now, as Microsoft answered for it. */
void creation_put_team(struct job *j, struct creation *s, const json_t *team);

/* ---- create_owners.c --------------------------------------------------------------- */

/* creation_choose_owners notes who is to own it. For the answer of record_open. */
void creation_choose_owners(struct job *j, struct creation *s, const json_t *class);

/* creation_no_owner is a sentence on why nobody can own it, or NULL. */
const char *creation_no_owner(struct job *j, const struct creation *s);

enum next creation_find_owner(struct job *j);
enum next creation_owner_searched(struct job *j, const struct answer *a);
enum next creation_find_teachers(struct job *j);
enum next creation_teachers_searched(struct job *j, const struct answer *a);
enum next creation_add_owners(struct job *j);
enum next creation_owners_added(struct job *j, const struct answer *a);
enum next creation_bind_owners(struct job *j);
enum next creation_owners_bound(struct job *j, const struct answer *a);
enum next creation_link_owner(struct job *j);
enum next creation_owner_linked(struct job *j, const struct answer *a);
enum next creation_count_owners(struct job *j);
enum next creation_owners_counted(struct job *j, const struct answer *a);

#endif
