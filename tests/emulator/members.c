/*
 * members - the people of a team, one at a time (graph.md 5.1, 5.2, 5.4). Many at a
 * time: members_bulk.c.
 */
#include <string.h>
#include <strings.h>

#include "access.h"
#include "buf.h"
#include "change.h"
#include "filter.h"
#include "json.h"
#include "page.h"
#include "routes.h"
#include "teams.h"

#define MEMBERS_USUAL	100
#define MEMBERS_LARGEST 999

bool membership_shown(const struct call *c, const struct membership *m)
{
	int64_t now = moment_now(&c->em->time);
	return m->team_at <= now && (!m->gone_at || m->gone_at > now);
}

static char *membership_id(const struct group *g, const struct user *u)
{
	char *plain = xasprintf("%s##%s", g->id, u->id);
	char *id = base64_text(plain, strlen(plain));
	free(plain);
	return id;
}

static json_t *text_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
}

json_t *member_resource(const struct call *c, const struct group *g, const struct membership *m)
{
	(void)c;
	char *id = membership_id(g, m->user);
	json_t *roles = json_array();
	if (m->owner)
		json_array_append_new(roles, json_string("owner"));
	else if (user_is_guest(m->user))
		json_array_append_new(roles, json_string("guest"));
	const char *mail = user_text(m->user, "mail");
	json_t *member = json_pack("{s:s,s:s,s:o,s:o,s:s,s:s,s:o,s:s}", "@odata.type",
	    "#microsoft.graph.aadUserConversationMember", "id", id, "roles", roles, "displayName",
	    text_or_null(user_text(m->user, "displayName")), "visibleHistoryStartDateTime",
	    "0001-01-01T00:00:00Z", "userId", m->user->id, "email", text_or_null(mail), "tenantId",
	    g->tenant->id);
	free(id);
	return member;
}

/* Delegated callers see the teams they are in. */
static bool may_read(struct call *c, const struct group *g)
{
	if (!c->who.user || membership_find(g, c->who.user))
		return true;
	reply_error_inner(c, 403, "Forbidden", "AccessDenied",
	    "You do not have permission to perform this operation.");
	return false;
}

static void forget_gone(struct call *c, struct group *g)
{
	int64_t now = moment_now(&c->em->time);
	for (size_t i = g->membership_count; i-- > 0;)
		if (g->memberships[i].gone_at && g->memberships[i].gone_at <= now)
			membership_drop(g, &g->memberships[i]);
}

void members_list(struct call *c)
{
	struct group *g = team_wanted(c);
	struct filter *f;
	struct page p;
	if (!g || !may_read(c, g))
		return;
	if (!query_filter(
		c, " userId displayName email ", "microsoft.graph.aadUserConversationMember", &f))
		return;
	if (!page_open(c, &p, MEMBERS_USUAL, MEMBERS_LARGEST)) {
		filter_free(f);
		return;
	}
	forget_gone(c, g);
	for (size_t i = 0; i < g->membership_count && !p.more; i++) {
		const struct membership *m = &g->memberships[i];
		if (m->order <= p.after || !membership_shown(c, m))
			continue;
		json_t *member = member_resource(c, g, m);
		if ((!f || filter_fits(f, member)) && page_wants(&p, m->order))
			page_put(&p, m->order, page_select(c, member, NULL));
		json_decref(member);
	}
	filter_free(f);
	json_t *body = reply_context(c, "teams('%s')/members", g->id);
	json_object_set_new(
	    body, "@odata.count", json_integer((json_int_t)json_array_size(p.value)));
	page_reply(c, &p, body);
}

/* The link that the second argument names, or a reply 404. */
static struct membership *link_wanted(struct call *c, struct group *g)
{
	size_t length = 0;
	char *plain = (char *)base64_read(c->args[1], strlen(c->args[1]), &length);
	char *hashes = plain ? strstr(plain, "##") : NULL;
	struct membership *m = NULL;
	if (hashes && length == 2 * (size_t)(GUID_ROOM - 1) + 2 &&
	    !strncasecmp(plain, g->id, GUID_ROOM - 1)) {
		struct user *u = user_find(g->tenant, hashes + 2);
		m = u ? membership_find(g, u) : NULL;
	}
	free(plain);
	if (m && membership_shown(c, m))
		return m;
	reply_error_inner(c, 404, "NotFound", "ItemNotFound", "Could not find resource");
	return NULL;
}

static void reply_member(
    struct call *c, int status, const struct group *g, const struct membership *m)
{
	json_t *body = reply_context(c, "teams('%s')/members/$entity", g->id);
	json_t *member = member_resource(c, g, m);
	json_object_update(body, member);
	json_decref(member);
	reply_json(c, status, body);
}

void member_get(struct call *c)
{
	struct group *g = team_wanted(c);
	struct membership *m = g && may_read(c, g) ? link_wanted(c, g) : NULL;
	if (m)
		reply_member(c, 200, g, m);
}

static bool has_role(const json_t *from, const char *role)
{
	size_t n;
	json_t *one;
	json_array_foreach (json_list(from, "roles"), n, one)
		if (json_is_string(one) && !strcasecmp(json_string_value(one), role))
			return true;
	return false;
}

bool member_entry_read(struct call *c, const json_t *from, struct member_entry *entry)
{
	const char *type = json_text(from, "@odata.type"),
		   *bind = json_text(from, "user@odata.bind");
	if (!type || !strstr(type, "microsoft.graph.aadUserConversationMember")) {
		reply_error(
		    c, 400, "BadRequest", "'odata.type' must be specified in the request body.");
		return false;
	}
	char *key = bind ? url_take_key(bind, "users") : NULL;
	if (!key) {
		reply_error(c, 400, "BadRequest",
		    "The navigation bind for the user was missing in request");
		return false;
	}
	text_copy(entry->key, sizeof(entry->key), key);
	entry->user = call_user(c, key);
	entry->owner = has_role(from, "owner");
	free(key);
	return true;
}

struct refusal member_add_refusal(
    const struct call *c, const struct group *g, const struct member_entry *entry)
{
	const struct user *u = entry->user;
	if (!u || !user_is_enabled(u) || u->blocked)
		return (struct refusal){404, "NotFound", "Could not find the user."};
	if (entry->owner && !call_may(c, "TeamMember.ReadWrite.All"))
		return (struct refusal){
		    403, "Forbidden", "You do not have permission to perform this operation."};
	if (user_is_guest(u) && !c->who.user && !c->set.guests_allowed)
		return (struct refusal){403, "Forbidden", "An unknown error has occurred."};
	if (g->locked && !entry->owner)
		return (struct refusal){403, "OperationDeniedAsTeamIsLocked",
		    "An unexpected error(Type = OperationDeniedAsTeamIsLocked) occurred. Please "
		    "try "
		    "again."};
	return (struct refusal){0, NULL, NULL};
}

struct refusal member_remove_refusal(const struct group *g, const struct membership *m)
{
	if (m->owner && group_owners(g) == 1)
		return (struct refusal){400, "Request_BadRequest",
		    "The group must have at least one owner, hence this owner cannot be removed."};
	return (struct refusal){0, NULL, NULL};
}

void member_do_add(struct call *c, struct group *g, const struct member_entry *entry)
{
	struct membership *m = membership_find(g, entry->user);
	const char *mail = user_text(entry->user, "mail");
	if (m && !m->gone_at) { /* known to the group: Teams need not wait for it now */
		int64_t now = moment_now(&c->em->time);
		if (m->team_at > now + c->set.members_invisible_ms)
			m->team_at = now + c->set.members_invisible_ms;
		return;
	}
	json_t *event = json_pack("{s:s,s:s,s:s,s:s,s:o}", "what", "member_added", "team", g->id,
	    "user", entry->user->id, "role", entry->owner ? "owner" : "member", "mail",
	    text_or_null(mail));
	if (c->set.members_invisible_ms)
		json_object_set_new(event, "visible_ms", json_integer(c->set.members_invisible_ms));
	change_by(c, "teams", event);
}

void member_do_remove(struct call *c, struct group *g, struct user *u)
{
	const char *mail = user_text(u, "mail");
	change_by(c, "teams",
	    json_pack("{s:s,s:s,s:s,s:o}", "what", "member_removed", "team", g->id, "user", u->id,
		"mail", text_or_null(mail)));
}

static void reply_refusal(struct call *c, const struct refusal *r)
{
	const char *inner = r->status == 404   ? "ItemNotFound"
			    : r->status == 403 ? "AccessDenied"
					       : "BadRequest";
	reply_error_inner(c, r->status, r->code, inner, "%s", r->message);
}

void member_add(struct call *c)
{
	struct group *g = team_wanted(c);
	struct member_entry entry;
	if (!g || !access_owns(c, g) || !member_entry_read(c, c->body, &entry))
		return;
	struct refusal r = member_add_refusal(c, g, &entry);
	if (r.status)
		return reply_refusal(c, &r);
	member_do_add(c, g, &entry);
	reply_member(c, 201, g, membership_find(g, entry.user));
}

void member_remove(struct call *c)
{
	struct group *g = team_wanted(c);
	struct membership *m = g && access_owns(c, g) ? link_wanted(c, g) : NULL;
	if (!m)
		return;
	struct refusal r = member_remove_refusal(g, m);
	if (r.status)
		return reply_refusal(c, &r);
	if (m->owner && !call_may(c, "TeamMember.ReadWrite.All"))
		return reply_denied(c);
	member_do_remove(c, g, m->user);
	reply_empty(c, 204);
}

void member_patch(struct call *c)
{
	struct group *g = team_wanted(c);
	struct membership *m = g && access_owns(c, g) ? link_wanted(c, g) : NULL;
	if (!m)
		return;
	bool owner = has_role(c->body, "owner");
	struct refusal r = member_remove_refusal(g, m);
	if (!owner && r.status)
		return reply_refusal(c, &r);
	if (owner != m->owner && !call_may(c, "TeamMember.ReadWrite.All"))
		return reply_denied(c);
	if (owner != m->owner)
		change_by(c, "teams",
		    json_pack("{s:s,s:s,s:s,s:s}", "what", "role_changed", "team", g->id, "user",
			m->user->id, "role", owner ? "owner" : "member"));
	reply_member(c, 200, g, membership_find(g, m->user));
}
