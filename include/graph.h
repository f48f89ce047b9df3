/*
 * graph - Microsoft Graph's words: bodies to send, answers to read. Pure: nothing
 * here makes a call. Paths are relative to the configured root.
 */
#ifndef GRAPH_H
#define GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "json.h"

enum { WAVE_MAX = 200, REMOVAL_MAX = 20, BATCH_MAX = 20, CLAUSES_MAX = 15 };

/* ---- accounts (graph.md 4) ------------------------------------------------ */

struct account {
	char *id, *name, *mail, *sign_in;	/* owned; mail may be NULL */
	bool disabled, guest;
};

enum found { FOUND_NOBODY, FOUND_ONE, FOUND_SEVERAL };

/*
 * A search for the accounts of many addresses: by mail and sign-in name at once,
 * then by alias for those still missing; 15 addresses a query, 20 queries a
 * $batch. Accounts are found by their id and by employeeId as well. Take search_next,
 * POST it to /$batch, give the answer to search_take, until search_next gives NULL.
 */
struct search;

enum sought_by { BY_ADDRESS, BY_ACCOUNT_ID, BY_EMPLOYEE_ID };
struct sought {
	enum sought_by by;
	const char *text;
};

/* search_for copies the texts. They are matched trimmed and in any case. search_new is the
 * same for addresses alone. */
struct search *search_for(const struct sought *sought, size_t count);
struct search *search_new(const char *const *addresses, size_t count);
void search_free(struct search *s);
json_t *search_next(struct search *s);	/* the caller owns it; NULL: finished */

/* search_take reads one $batch answer. Entries that were throttled or failed in
 * passing are asked again by the next search_next, and *wait_ms says how long to
 * wait before it (0: at once). An error means the answer makes no sense, or that
 * Microsoft refused a look-up for good; then nothing of it was used. */
int search_take(struct search *s, const json_t *answer, int64_t *wait_ms,
    struct err *e) MUST_CHECK;

/* search_found tells of the nth that is sought; *a is borrowed from s, set for FOUND_ONE. */
enum found search_found(const struct search *s, size_t n, const struct account **a);

/* ---- members (graph.md 5) -------------------------------------------------- */

struct member {
	char *user_id, *name, *mail;	/* owned; mail may be "" */
	bool owner, guest;
};

struct members {
	struct member *at;	/* owned */
	size_t count, room;
};

void members_clear(struct members *m);

/* members_path writes the path of the first page. */
char *members_path(const char *team_id);	/* free it */

/* members_add_page takes over one page. *next is the next page's address as
 * Microsoft gave it (free it), NULL at the end. An error leaves *m as it was. */
int members_add_page(struct members *m, const json_t *page, char **next,
    struct err *e) MUST_CHECK;
const struct member *members_find(const struct members *m, const char *user_id);

/* group_members_path and members_add_group_page do the same for the group behind the
 * Team: it has at once whom the Team's own list may show only after a while. Of these
 * members nothing is known but the user id. */
char *group_members_path(const char *team_id);	/* free it */
int members_add_group_page(struct members *m, const json_t *page, char **next,
    struct err *e) MUST_CHECK;

enum change { CHANGE_MADE, CHANGE_REFUSED, CHANGE_UNKNOWN };

struct change_result {
	enum change what;	/* CHANGE_UNKNOWN: the answer says nothing of this one */
	char code[64];		/* Microsoft's innermost code when refused, e.g. "NotFound" */
};

/* A class without a Team is its group alone (graph.md 5.5). class_members_path is that of its
 * members, with names and addresses, for members_add_group_page; class_owners_path that of
 * its owners. */
char *class_members_path(const char *group_id);	/* free them */
char *class_owners_path(const char *group_id);

/* class_members_body adds at most GROUP_WAVE_MAX users at once: all of them or, as when one
 * is a member already, none. class_removal_batch takes out at most REMOVAL_MAX, each for
 * itself; class_removal_read says for each what became of it, and gives the pause before what
 * is not known may be looked at again (0: none). */
enum { GROUP_WAVE_MAX = 20 };
json_t *class_members_body(const char *root, const char *const *users, size_t count);
json_t *class_removal_batch(const char *group_id, const char *const *users, size_t count);
int64_t class_removal_read(const json_t *body, size_t count, struct change_result *results);

/* members_change_body is the body of members/add and members/remove for at most
 * WAVE_MAX or REMOVAL_MAX users (ids, or sign-in names for owners). */
json_t *members_change_body(const char *root, const char *const *users, size_t count,
    bool as_owners, bool for_removal);

/* members_change_read says for each of the users what became of them: 200 or 204
 * without a body means all; a 207 is matched by userId, by order only where no
 * entry carries one of our ids (graph.md 5.3, 5.4). */
void members_change_read(int status, const json_t *body, const char *const *users,
    size_t count, struct change_result *results);

/* ---- teams (graph.md 3) ------------------------------------------------------ */

/* team_marker is the private mark in a Team's description by which it is found
 * again: made of school, class and year, never of a person. */
void team_marker(const char *school, const char *class_id, const char *year, char mark[48]);

/* team_create_body: educationClass template; the name is cut to 256 characters at a
 * whole one and stripped of control characters; owner is an id or sign-in name, NULL where
 * an account asks and is the owner itself. */
json_t *team_create_body(const char *root, const char *name, const char *description,
    const char *marker, const char *owner);

/* team_search_path finds Teams of that display name; team_marked picks from the
 * answer the id (free it) of the one that carries the marker, or NULL. */
char *team_search_path(const char *name);
char *team_marked(const json_t *answer, const char *marker);

/* team_from_location reads "/teams('ID')/operations('OP')", absolute or relative,
 * quoted or not: *team_id and *operation_path (free both; either may be NULL). */
void team_from_location(const char *location, char **team_id, char **operation_path);

enum operation { OPERATION_RUNNING, OPERATION_SUCCEEDED, OPERATION_FAILED };
enum operation team_operation(const json_t *answer, struct err *why);

/* ---- classes without a Team, and Teams made of them (graph.md 3.3 to 3.5) ----- */

struct class_order {
	const char *name, *nickname, *description, *marker;
	const char *external_id, *external_name;	/* as the school knows it */
};

/* class_create_body is for POST /education/classes: a group, and no Team. */
json_t *class_create_body(const struct class_order *o);

/* class_search_path finds the group that has a nickname; pick with team_marked. */
char *class_search_path(const char *nickname);

/* team_of_class_body is for POST /teams: the class's group becomes a Team. */
json_t *team_of_class_body(const char *root, const char *group_id);

/* group_owners_body is for PATCH /groups/ID: at most OWNERS_BOUND_MAX accounts become owners
 * and members, all of them or none. group_reference_body names one for .../$ref. */
enum { OWNERS_BOUND_MAX = 10 };
json_t *group_owners_body(const char *root, const char *const *users, size_t count);
json_t *group_reference_body(const char *root, const char *user);

/* tenant_default_domain picks it from the answer to /organization; NULL: not there. */
const char *tenant_default_domain(const json_t *answer);

/* Why Microsoft refused a name. */
enum name_refusal {
	NAME_NOT_REFUSED,	/* it was something else */
	NICKNAME_TAKEN,
	NAME_AGAINST_POLICY,	/* of the tenant; *suggestion is what would pass, or NULL */
};
enum name_refusal name_refused(const json_t *answer, const char **suggestion);

#endif
