/* group_links - see group_links.h and graph.md 5.5. What is done here reaches the
 * team only when Microsoft's background job has run. */
#include "group_links.h"

#include <string.h>
#include <strings.h>

#include "access.h"
#include "buf.h"
#include "change.h"
#include "directory.h"
#include "json.h"
#include "page.h"
#include "routes.h"

struct user *reference_user(struct call *c, const char *address)
{
	char *key = address ? url_take_key(address, "directoryObjects") : NULL;
	if (!key && address)
		key = url_take_key(address, "users");
	struct user *u = key ? call_user(c, key) : NULL;
	if (!key)
		reply_bad_request(c, "Invalid URL format specified in payload.");
	else if (!u)
		reply_no_object(c, key);
	free(key);
	return u;
}

bool group_has(const struct group *g, const struct user *u, bool owner)
{
	const struct membership *m = membership_find(g, u);
	return m && !m->gone_at && (owner ? m->owner : m->member);
}

void reply_already_there(struct call *c, const char *collection)
{
	reply_bad_request(c,
	    "One or more added object references already exist for the following modified "
	    "properties: '%s'.",
	    collection);
}

static json_t *link_event(const char *what, const struct group *g, const struct user *u, bool owner)
{
	const char *mail = user_text(u, "mail");
	return json_pack("{s:s,s:s,s:s,s:s,s:o}", "what", what, "team", g->id, "user", u->id,
	    "role", owner ? "owner" : "member", "mail", mail ? json_string(mail) : json_null());
}

void group_do_add(struct call *c, struct group *g, struct user *u, const char *via, bool owner)
{
	json_t *event = link_event("member_added", g, u, owner);
	if (g->is_team)
		json_object_set_new(event, "visible_ms", json_integer(c->set.group_to_team_ms));
	change_by(c, via, event);
}

void group_ref(struct call *c, struct group *g, const char *via, bool owner)
{
	const char *address = json_text(c->body, "@odata.id");
	struct user *u = NULL;
	if (address && strstr(address, "/education/users/")) {
		char *key = url_take_key(address, "users");
		u = key ? call_user(c, key) : NULL;
		if (!u)
			reply_no_object(c, key ? key : "");
		free(key);
	} else {
		u = reference_user(c, address);
	}
	if (!u)
		return;
	if (group_has(g, u, owner))
		return reply_already_there(c, owner ? "owners" : "members");
	group_do_add(c, g, u, via, owner);
	reply_empty(c, 204);
}

void group_unref(struct call *c, struct group *g, const char *key, const char *via, bool owner)
{
	struct user *u = call_user(c, key);
	if (!u || !group_has(g, u, owner))
		return reply_no_object(c, key);
	if (owner && group_owners(g) == 1)
		return reply_bad_request(c,
		    "The group must have at least one owner, hence this owner "
		    "cannot be removed.");
	json_t *event = link_event("member_removed", g, u, owner);
	json_object_set_new(event, "lingers_ms", json_integer(c->set.group_to_team_ms));
	change_by(c, via, event);
	reply_empty(c, 204);
}

static struct group *group_wanted(struct call *c, bool writes)
{
	struct group *g = call_group(c, c->args[0]);
	if (!g)
		reply_no_object(c, c->args[0]);
	return g && (!writes || access_owns(c, g)) ? g : NULL;
}

static void list(struct call *c, bool owners)
{
	struct group *g = group_wanted(c, false);
	struct page p;
	if (!g)
		return;
	bool inside = c->who.user && membership_find(g, c->who.user);
	if (!strcasecmp(g->visibility, "HiddenMembership") && !inside && !owners &&
	    !call_may(c, "Member.Read.Hidden"))
		return reply_denied(c);
	if (!page_open(c, &p, 100, 999))
		return;
	for (size_t i = 0; i < g->membership_count && !p.more; i++) {
		const struct membership *m = &g->memberships[i];
		if (m->order <= p.after || !group_has(g, m->user, owners) ||
		    !page_wants(&p, m->order))
			continue;
		json_t *person = json_pack("{s:s}", "@odata.type", "#microsoft.graph.user");
		json_t *resource = user_resource(c, m->user);
		json_object_update(person, resource);
		json_decref(resource);
		page_put(&p, m->order, person);
	}
	page_reply(c, &p, reply_context(c, "directoryObjects"));
}

void group_members(struct call *c)
{
	list(c, false);
}

void group_owners_list(struct call *c)
{
	list(c, true);
}

void group_member_ref(struct call *c)
{
	struct group *g = group_wanted(c, true);
	if (g)
		group_ref(c, g, "group", false);
}

void group_owner_ref(struct call *c)
{
	struct group *g = group_wanted(c, true);
	if (g)
		group_ref(c, g, "group", true);
}

void group_member_unref(struct call *c)
{
	struct group *g = group_wanted(c, true);
	if (g)
		group_unref(c, g, c->args[1], "group", false);
}

void group_owner_unref(struct call *c)
{
	struct group *g = group_wanted(c, true);
	if (g)
		group_unref(c, g, c->args[1], "group", true);
}

/* The trap: without /$ref the request names the person, and the person is deleted. */
void group_member_delete(struct call *c)
{
	struct group *g = group_wanted(c, false);
	struct user *u = g ? call_user(c, c->args[1]) : NULL;
	if (!g)
		return;
	if (!u || !membership_find(g, u))
		return reply_no_object(c, c->args[1]);
	change_by(c, "group", json_pack("{s:s,s:s}", "what", "user_deleted", "user", u->id));
	reply_empty(c, 204);
}
