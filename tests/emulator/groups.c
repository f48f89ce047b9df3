/*
 * groups - groups of the directory: list with filter, create, read, change, delete.
 * Their members: group_links.c; the bin they fall into: deleted.c.
 */
#include <string.h>
#include <strings.h>

#include "access.h"
#include "buf.h"
#include "change.h"
#include "clock.h"
#include "directory.h"
#include "filter.h"
#include "group_links.h"
#include "json.h"
#include "page.h"
#include "routes.h"
#include "teams.h"

#define GROUPS_USUAL   100
#define GROUPS_LARGEST 999
#define FOUND_MAX      256
#define LINKS_MAX      20

static const char group_properties[] =
    " id displayName description mail mailEnabled mailNickname securityEnabled visibility "
    "groupTypes resourceProvisioningOptions creationOptions createdDateTime deletedDateTime "
    "classification renewedDateTime ";

json_t *group_resource(const struct call *c, const struct group *g)
{
	char when[32];
	(void)c;
	char *mail = xasprintf("%s@%s", g->nickname, g->tenant->domain);
	json_t *body = json_pack("{s:s,s:n,s:n,s:s,s:o,s:s,s:[s],s:s,s:b,s:s,s:b,s:s}", "id", g->id,
	    "deletedDateTime", "classification", "createdDateTime",
	    clock_iso(g->created_wall_ms, when), "description",
	    g->description ? json_string(g->description) : json_null(), "displayName", g->name,
	    "groupTypes", "Unified", "mail", mail, "mailEnabled", 1, "mailNickname", g->nickname,
	    "securityEnabled", 0, "visibility", g->visibility);
	free(mail);
	json_object_set_new(body, "resourceProvisioningOptions",
	    g->is_team ? json_pack("[s]", "Team") : json_array());
	json_t *options = json_list(g->extras, "creationOptions");
	json_object_set_new(body, "creationOptions",
	    options	  ? json_incref(options)
	    : g->is_class ? json_pack("[s,s]", "ExchangeProvisioningFlags:461", "classAssignments")
			  : json_array());
	if (g->deleted_wall_ms)
		json_object_set_new(
		    body, "deletedDateTime", json_string(clock_iso(g->deleted_wall_ms, when)));
	return body;
}

/* Candidates for a filter that asks for names or ids. */
struct found {
	const struct tenant *tenant;
	struct group *groups[FOUND_MAX];
	size_t count;
	bool unusable;
};

static void find_value(void *ctx, const char *property, const char *value)
{
	struct found *f = ctx;
	bool filed = !strcasecmp(property, "displayName") || !strcasecmp(property, "id") ||
		     !strcasecmp(property, "mailNickname");
	const struct entries *e = index_get(&f->tenant->group_index, property, value);
	f->unusable |= !filed;
	for (size_t i = 0; filed && e && i < e->count; i++) {
		bool known = false;
		for (size_t k = 0; k < f->count; k++)
			known |= f->groups[k] == e->items[i];
		if (!known && f->count == FOUND_MAX)
			f->unusable = true;
		else if (!known)
			f->groups[f->count++] = e->items[i];
	}
}

/* Puts g on the page, if it is visible, fits and its turn has come. */
static void consider(
    struct call *c, struct page *p, const struct group *g, int64_t place, const struct filter *f)
{
	if (place <= p->after || call_group(c, g->id) != g)
		return;
	json_t *resource = group_resource(c, g);
	if ((!f || filter_fits(f, resource)) && page_wants(p, place))
		page_put(p, place, page_select(c, resource, NULL));
	json_decref(resource);
}

void groups_list(struct call *c)
{
	const struct tenant *t = c->who.tenant;
	struct filter *f;
	struct page p;
	struct found found = {.tenant = t};
	if (!query_filter(c, group_properties, "microsoft.graph.group", &f))
		return;
	if (!page_open(c, &p, GROUPS_USUAL, GROUPS_LARGEST)) {
		filter_free(f);
		return;
	}
	bool candidates = f && filter_values(f, find_value, &found) && !found.unusable;
	size_t count = candidates ? found.count : t->group_count;
	for (size_t i = 0; i < count && !p.more; i++)
		consider(c, &p, candidates ? found.groups[i] : t->groups[i], (int64_t)i + 1, f);
	filter_free(f);
	const char *select = url_parameter(&c->url, "$select");
	page_reply(c, &p,
	    select ? reply_context(c, "groups(%.300s)", select) : reply_context(c, "groups"));
}

static void answer_group(struct call *c, int status, const struct group *g)
{
	json_t *body = reply_context(c, "groups/$entity"), *resource = group_resource(c, g);
	json_t *chosen = page_select(c, resource, NULL);
	json_object_update(body, chosen);
	json_decref(resource);
	json_decref(chosen);
	reply_json(c, status, body);
}

void group_get(struct call *c)
{
	const struct group *g = call_group(c, c->args[0]);
	if (g)
		answer_group(c, 200, g);
	else
		reply_no_object(c, c->args[0]);
}

/* Reads a bind list; false: some object is unknown or named twice, replied. */
static bool read_binds(
    struct call *c, const char *key, struct user *users[LINKS_MAX], size_t *count)
{
	size_t n;
	json_t *one;
	json_array_foreach (json_list(c->body, key), n, one) {
		struct user *u = reference_user(c, json_string_value(one));
		if (!u)
			return false;
		for (size_t i = 0; i < *count; i++) {
			if (users[i] != u)
				continue;
			reply_bad_request(
			    c, "The object can only be present once as an add/remove change.");
			return false;
		}
		if (*count == LINKS_MAX) {
			reply_bad_request(c, "A resource cannot contain more than 20 link changes");
			return false;
		}
		users[(*count)++] = u;
	}
	return true;
}

struct binds {
	struct user *members[LINKS_MAX], *owners[LINKS_MAX];
	size_t member_count, owner_count;
};

static bool read_all_binds(struct call *c, struct binds *b)
{
	if (!read_binds(c, "members@odata.bind", b->members, &b->member_count) ||
	    !read_binds(c, "owners@odata.bind", b->owners, &b->owner_count))
		return false;
	if (b->member_count + b->owner_count <= LINKS_MAX)
		return true;
	reply_bad_request(c, "A resource cannot contain more than 20 link changes");
	return false;
}

static void make_binds(struct call *c, struct group *g, const struct binds *b)
{
	for (size_t i = 0; i < b->owner_count; i++)
		group_do_add(c, g, b->owners[i], "group", true);
	for (size_t i = 0; i < b->member_count; i++)
		group_do_add(c, g, b->members[i], "group", false);
}

static bool is_class_section(const json_t *body)
{
	const char *type =
	    json_text(body, "extension_fe2174665583431c953114ff7268b7b3_Education_ObjectType");
	return type && !strcmp(type, "Section");
}

void group_create(struct call *c)
{
	struct binds binds = {.member_count = 0};
	const char *name = json_text(c->body, "displayName");
	const char *nickname = json_text(c->body, "mailNickname");
	char id[GUID_ROOM];
	if (!name_check(c, name, json_text(c->body, "description")) ||
	    !nickname_check(c, nickname, NULL) || !read_all_binds(c, &binds))
		return;
	json_t *extras = json_object();
	if (json_list(c->body, "creationOptions"))
		json_object_set(extras, "creationOptions", json_list(c->body, "creationOptions"));
	json_t *event = json_pack("{s:s,s:s,s:s,s:s,s:s,s:b,s:o,s:I,s:I}", "what", "group_created",
	    "team", guid_random(&c->em->random, id), "name", name, "nickname", nickname,
	    "visibility", json_text_or(c->body, "visibility", "Public"), "class",
	    is_class_section(c->body), "extras", extras, "group_404_ms",
	    (json_int_t)c->set.group_404_ms, "replicate_ms", (json_int_t)c->set.replicate_ms);
	if (json_text(c->body, "description"))
		json_object_set(event, "description", json_object_get(c->body, "description"));
	change_by(c, "group", event);
	struct group *g = group_find(c->who.tenant, id);
	if (c->who.user)
		group_do_add(c, g, c->who.user, "group", true);
	make_binds(c, g, &binds);
	answer_group(c, 201, g);
}

static bool already_there(struct call *c, const struct group *g, const struct binds *b)
{
	for (size_t i = 0; i < b->member_count; i++)
		if (group_has(g, b->members[i], false)) {
			reply_already_there(c, "members");
			return true;
		}
	for (size_t i = 0; i < b->owner_count; i++)
		if (group_has(g, b->owners[i], true)) {
			reply_already_there(c, "owners");
			return true;
		}
	return false;
}

void group_patch(struct call *c)
{
	struct group *g = call_group(c, c->args[0]);
	struct binds binds = {.member_count = 0};
	if (!g)
		return reply_no_object(c, c->args[0]);
	if (!access_owns(c, g) || !read_all_binds(c, &binds) || already_there(c, g, &binds))
		return;
	const char *name = json_text(c->body, "displayName");
	const char *nickname = json_text(c->body, "mailNickname");
	json_t *description = json_object_get(c->body, "description");
	bool describes = name || nickname || description || json_text(c->body, "visibility");
	if (describes && !call_may(c, "Group.ReadWrite.All"))
		return reply_denied(c);
	if (!name_check(c, name ? name : g->name, json_string_value(description)) ||
	    (nickname && !nickname_check(c, nickname, g)))
		return;
	if (describes) {
		json_t *event = json_pack("{s:s,s:s}", "what", "team_changed", "team", g->id);
		if (name)
			json_object_set_new(event, "name", json_string(name));
		if (nickname)
			json_object_set_new(event, "nickname", json_string(nickname));
		if (description)
			json_object_set(event, "description", description);
		if (json_text(c->body, "visibility"))
			json_object_set(
			    event, "visibility", json_object_get(c->body, "visibility"));
		change_by(c, "group", event);
	}
	make_binds(c, g, &binds);
	reply_empty(c, 204);
}

void group_delete(struct call *c)
{
	struct group *g = call_group(c, c->args[0]);
	if (!g)
		return reply_no_object(c, c->args[0]);
	if (access_owns(c, g))
		group_do_delete(c, g);
}

void group_do_delete(struct call *c, struct group *g)
{
	change_by(c, "group",
	    json_pack("{s:s,s:s,s:I}", "what", "group_deleted", "team", g->id, "delete_lag_ms",
		(json_int_t)c->set.delete_lag_ms));
	reply_empty(c, 204);
}
