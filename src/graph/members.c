/*
 * members - who is in a Team, and the answers to changes of that.
 *
 * The list is kept in order of user id, so that a class of thousands is compared with
 * a Team of thousands in no time; a user listed twice is kept once. A page that is not
 * what it should be is refused as a whole: a member who is overlooked would
 * be added again, an owner who is overlooked might be removed.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "errors.h"
#include "graph.h"
#include "wording.h"

enum list_of { LIST_OF_TEAM, LIST_OF_GROUP };

/* ---- the list -------------------------------------------------------------------------- */

static void member_clear(struct member *m)
{
	free(m->user_id);
	free(m->name);
	free(m->mail);
}

void members_clear(struct members *m)
{
	for (size_t i = 0; i < m->count; i++)
		member_clear(&m->at[i]);
	free(m->at);
	*m = (struct members){0};
}

static char *path_of(const char *before, const char *team_id, const char *after)
{
	struct buf b;
	buf_init(&b, 0);
	buf_adds(&b, before);
	buf_url(&b, team_id);
	buf_adds(&b, after);
	return buf_take(&b);
}

char *members_path(const char *team_id)
{
	return path_of("/teams/", team_id, "/members?$top=999");
}

char *group_members_path(const char *team_id)
{
	return path_of("/groups/", team_id, "/members?$select=id&$top=999");
}

static bool has_role(const json_t *roles, const char *role)
{
	size_t i;
	json_t *item;
	json_array_foreach (roles, i, item)
		if (json_is_string(item) && strcasecmp(json_string_value(item), role) == 0)
			return true;
	return false;
}

/* members_add takes over one entry. Whoever has no user id is no account that could be
 * added or removed (an app, a person of another service) and is left out. */
static void members_add(struct members *m, const json_t *entry, const char *user_id)
{
	if (!user_id || !*user_id)
		return;
	if (m->count == m->room) {
		m->room = m->room ? 2 * m->room : 64;
		m->at = xrealloc(m->at, m->room * sizeof *m->at);
	}
	const json_t *roles = json_list(entry, "roles");
	m->at[m->count++] = (struct member){
	    .user_id = xstrdup(user_id),
	    .name = xstrdup(json_text_or(entry, "displayName", "")),
	    .mail = xstrdup(json_text_or(entry, "email", json_text_or(entry, "mail", ""))),
	    .owner = has_role(roles, "owner"),
	    .guest = has_role(roles, "guest"),
	};
}

static int compare(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	return strcasecmp(x->user_id, y->user_id);
}

/* members_sort brings them in order; of a user who is there twice the first stays, and is
 * an owner if either was. */
static void members_sort(struct members *m)
{
	if (m->count == 0)
		return;
	qsort(m->at, m->count, sizeof *m->at, compare);
	size_t kept = 1;
	for (size_t i = 1; i < m->count; i++) {
		struct member *last = &m->at[kept - 1];
		if (compare(last, &m->at[i]) != 0) {
			m->at[kept++] = m->at[i];
			continue;
		}
		last->owner = last->owner || m->at[i].owner;
		member_clear(&m->at[i]);
	}
	m->count = kept;
}

/* A member of a Team has roles, a member of a group has an id. */
static bool makes_sense(const json_t *entry, enum list_of of)
{
	return of == LIST_OF_TEAM ? json_list(entry, "roles") != NULL
				  : json_text(entry, "id") != NULL;
}

static int check_page(const json_t *page, enum list_of of, struct err *e)
{
	const json_t *value = json_list(page, "value");
	const json_t *next = json_object_get(page, "@odata.nextLink");
	if (!value)
		return err_set(
		    e, ERR_INPUT, "the member list that Microsoft sent has no \"value\"");
	if (next && !json_is_string(next) && !json_is_null(next))
		return err_set(e, ERR_INPUT, "the member list that Microsoft sent goes on nowhere");
	size_t i;
	json_t *entry;
	json_array_foreach (value, i, entry)
		if (!makes_sense(entry, of))
			return err_set(e, ERR_INPUT,
			    "entry %zu of the member list that Microsoft sent makes no sense", i);
	return 0;
}

static int add_page(
    struct members *m, const json_t *page, enum list_of of, char **next, struct err *e)
{
	*next = NULL;
	int rc = check_page(page, of, e);
	if (rc < 0)
		return rc;
	size_t i;
	json_t *entry;
	json_array_foreach (json_list(page, "value"), i, entry)
		members_add(m, entry, json_text(entry, of == LIST_OF_TEAM ? "userId" : "id"));
	members_sort(m);
	*next = xstrdup(json_text(page, "@odata.nextLink"));
	return 0;
}

int members_add_page(struct members *m, const json_t *page, char **next, struct err *e)
{
	return add_page(m, page, LIST_OF_TEAM, next, e);
}

int members_add_group_page(struct members *m, const json_t *page, char **next, struct err *e)
{
	return add_page(m, page, LIST_OF_GROUP, next, e);
}

const struct member *members_find(const struct members *m, const char *user_id)
{
	struct member wanted = {.user_id = (char *)(uintptr_t)user_id};
	return m->count ? bsearch(&wanted, m->at, m->count, sizeof *m->at, compare) : NULL;
}

/* ---- changes ------------------------------------------------------------------------------ */

json_t *members_change_body(
    const char *root, const char *const *users, size_t count, bool as_owners, bool for_removal)
{
	json_t *values = json_array();
	for (size_t i = 0; i < count; i++) {
		json_t *one = json_object();
		json_object_set_new(
		    one, "@odata.type", json_string("microsoft.graph.aadUserConversationMember"));
		if (!for_removal)
			json_object_set_new(
			    one, "roles", as_owners ? json_pack("[s]", "owner") : json_array());
		json_object_set_new(one, "user@odata.bind", wording_user(root, users[i]));
		json_array_append_new(values, one);
	}
	json_t *body = json_pack("{s:o}", "values", values);
	assert(body);
	return body;
}

static void set_result(struct change_result *r, const json_t *entry)
{
	const json_t *error = json_map(entry, "error");
	r->what = error ? CHANGE_REFUSED : CHANGE_MADE;
	if (!error)
		return;
	errors_inner(error, r->code);
	if (!r->code[0])
		text_copy(r->code, sizeof r->code, "UnknownError");
}

/* match_users goes by user id; false if no entry carries any of ours. */
static bool match_users(
    const json_t *entries, const char *const *users, size_t count, struct change_result *results)
{
	bool any = false;
	size_t n;
	json_t *entry;
	json_array_foreach (entries, n, entry) {
		const char *id = json_text(entry, "userId");
		for (size_t i = 0; id && i < count; i++) {
			if (strcasecmp(id, users[i]) != 0)
				continue;
			set_result(&results[i], entry);
			any = true;
		}
	}
	return any;
}

static void match_order(const json_t *entries, size_t count, struct change_result *results)
{
	for (size_t i = 0; i < count; i++)
		if (json_is_object(json_array_get(entries, i)))
			set_result(&results[i], json_array_get(entries, i));
}

void members_change_read(int status, const json_t *body, const char *const *users, size_t count,
    struct change_result *results)
{
	bool all_made = status >= 200 && status < 300 && status != 207;
	for (size_t i = 0; i < count; i++)
		results[i] =
		    (struct change_result){.what = all_made ? CHANGE_MADE : CHANGE_UNKNOWN};
	const json_t *entries = json_list(body, "value");
	if (!entries || status < 200 || status >= 300)
		return;
	if (!match_users(entries, users, count, results) && json_array_size(entries) == count)
		match_order(entries, count, results);
}
