/*
 * teams - reading, changing and archiving a team, and the operations behind what
 * takes time (graph.md 3.2, 3.8, 9). Creating one: teams_create.c, teamify.c.
 */
#include "teams.h"

#include <string.h>
#include <strings.h>

#include "access.h"
#include "buf.h"
#include "change.h"
#include "clock.h"
#include "directory.h"
#include "json.h"
#include "page.h"
#include "routes.h"

struct group *team_wanted(struct call *c)
{
	struct group *g = call_team(c, c->args[0]);
	if (!g)
		reply_no_team(c, c->args[0]);
	return g;
}

static void add_settings(json_t *body, const struct group *g)
{
	static const char *const names[] = {"memberSettings", "guestSettings", "messagingSettings",
	    "funSettings", "discoverySettings"};
	json_t *usual = json_pack(
	    "{s:{s:b,s:b,s:b,s:b,s:b,s:b},s:{s:b,s:b},s:{s:b,s:b,s:b,s:b,s:b},s:{s:b,s:s,s:b,s:b},"
	    "s:{s:b}}",
	    names[0], "allowCreateUpdateChannels", 1, "allowCreatePrivateChannels", 1,
	    "allowDeleteChannels", 1, "allowAddRemoveApps", 1, "allowCreateUpdateRemoveTabs", 1,
	    "allowCreateUpdateRemoveConnectors", 1, names[1], "allowCreateUpdateChannels", 0,
	    "allowDeleteChannels", 0, names[2], "allowUserEditMessages", 1,
	    "allowUserDeleteMessages", 1, "allowOwnerDeleteMessages", 1, "allowTeamMentions", 1,
	    "allowChannelMentions", 1, names[3], "allowGiphy", 1, "giphyContentRating", "strict",
	    "allowStickersAndMemes", 1, "allowCustomMemes", 1, names[4],
	    "showInTeamsSearchAndSuggestions", 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_t *block = json_object_get(usual, names[i]);
		json_object_update_existing(block, json_map(g->extras, names[i]));
		json_object_set(body, names[i], block);
	}
	json_decref(usual);
}

static json_t *summary_of(const struct call *c, const struct group *g)
{
	int owners = 0, members = 0, guests = 0;
	for (size_t i = 0; i < g->membership_count; i++) {
		const struct membership *m = &g->memberships[i];
		if (!membership_shown(c, m))
			continue;
		owners += m->owner;
		guests += !m->owner && user_is_guest(m->user);
		members += !m->owner && !user_is_guest(m->user);
	}
	return json_pack(
	    "{s:i,s:i,s:i}", "ownersCount", owners, "membersCount", members, "guestsCount", guests);
}

static void add_addresses(json_t *body, const struct group *g)
{
	char id[GUID_ROOM], *seed = xasprintf("thread %s", g->id);
	guid_of(seed, id);
	free(seed);
	char *internal = xasprintf(
	    "19:%.8s%.4s%.4s%.4s%.12s@thread.tacv2", id, id + 9, id + 14, id + 19, id + 24);
	struct buf b;
	buf_init(&b, 0);
	buf_adds(&b, "https://teams.microsoft.com/l/team/");
	buf_url(&b, internal);
	buf_addf(&b, "/conversations?groupId=%s&tenantId=%s", g->id, g->tenant->id);
	json_object_set_new(body, "internalId", json_string(internal));
	json_object_set_new(body, "webUrl", json_string(b.data));
	buf_clear(&b);
	free(internal);
}

static void set_time(json_t *body, const char *key, int64_t wall_ms)
{
	char text[32];
	json_object_set_new(body, key, json_string(clock_iso(wall_ms, text)));
}

json_t *team_resource(const struct call *c, const struct group *g)
{
	json_t *body = json_pack("{s:s}", "id", g->id);
	set_time(body, "createdDateTime", g->created_wall_ms);
	json_object_set_new(body, "displayName", json_string(g->name));
	json_object_set_new(
	    body, "description", g->description ? json_string(g->description) : json_null());
	json_object_set_new(body, "tenantId", json_string(g->tenant->id));
	json_object_set_new(body, "classification", json_null());
	json_object_set_new(
	    body, "specialization", json_string(g->is_class ? "educationClass" : "none"));
	json_object_set_new(body, "visibility", json_string(g->visibility));
	add_addresses(body, g);
	json_object_set_new(body, "isArchived", json_boolean(g->archived));
	json_object_set_new(body, "isMembershipLimitedToOwners", json_boolean(g->locked));
	add_settings(body, g);
	const char *select = url_parameter(&c->url, "$select");
	json_object_set_new(
	    body, "summary", select && strstr(select, "summary") ? summary_of(c, g) : json_null());
	return body;
}

void team_get(struct call *c)
{
	const struct group *g = team_wanted(c);
	if (!g)
		return;
	json_t *body = reply_context(c, "teams/$entity"), *team = team_resource(c, g);
	json_t *chosen = page_select(c, team, NULL);
	json_object_update(body, chosen);
	json_decref(team);
	json_decref(chosen);
	reply_json(c, 200, body);
}

/* The settings blocks of a PATCH, added to those patched before. */
static json_t *patched_settings(const struct group *g, const json_t *body)
{
	json_t *extras = json_object();
	const char *name;
	json_t *value;
	json_object_foreach ((json_t *)(uintptr_t)body, name, value) {
		if (!json_is_object(value))
			continue;
		json_t *block = json_map(g->extras, name)
				    ? json_deep_copy(json_map(g->extras, name))
				    : json_object();
		json_object_update(block, value);
		json_object_set_new(extras, name, block);
	}
	return extras;
}

void team_patch(struct call *c)
{
	struct group *g = team_wanted(c);
	if (!g || !access_owns(c, g))
		return;
	if (!c->body)
		return reply_error(c, 400, "BadRequest", "The request has no body.");
	const char *name = json_text(c->body, "displayName");
	json_t *description = json_object_get(c->body, "description");
	json_t *limited = json_object_get(c->body, "isMembershipLimitedToOwners");
	if (!name_check(c, name ? name : g->name, json_string_value(description)))
		return;
	json_t *event = json_pack("{s:s,s:s,s:o}", "what", "team_changed", "team", g->id, "extras",
	    patched_settings(g, c->body));
	if (name)
		json_object_set_new(event, "name", json_string(name));
	if (description)
		json_object_set(event, "description", description);
	if (limited)
		json_object_set(event, "locked", limited);
	change_by(c, "teams", event);
	reply_empty(c, 204);
}

void operation_accepted(struct call *c, const char *team, const char *operation, bool located)
{
	char *location = xasprintf("/teams('%s')/operations('%s')", team, operation);
	char *content = xasprintf("/teams('%s')", team);
	reply_header(c, "Location", location);
	if (located)
		reply_header(c, "Content-Location", content);
	reply_empty(c, 202);
	free(location);
	free(content);
}

static void set_archived(struct call *c, const char *what)
{
	const struct group *g = team_wanted(c);
	char operation[GUID_ROOM];
	if (!g || !access_owns(c, g))
		return;
	if (!group_owners(g))
		return reply_error(c, 400, "BadRequest", "The team has no owner.");
	if (!c->who.user && json_bool(c->body, "shouldSetSpoSiteReadOnlyForMembers", false))
		return reply_error(c, 400, "BadRequest",
		    "shouldSetSpoSiteReadOnlyForMembers is not supported with application "
		    "permissions.");
	change_by(c, "teams",
	    json_pack("{s:s,s:s,s:s,s:I}", "what", what, "team", g->id, "operation",
		guid_random(&c->em->random, operation), "operation_ms",
		(json_int_t)c->set.operation_ms));
	operation_accepted(c, g->id, operation, false);
}

void team_archive(struct call *c)
{
	set_archived(c, "team_archived");
}

void team_unarchive(struct call *c)
{
	set_archived(c, "team_unarchived");
}

void operation_get(struct call *c)
{
	struct group *g = group_find(c->who.tenant, c->args[0]);
	const struct operation *o = g ? group_operation(g, c->args[1]) : NULL;
	int64_t now = moment_now(&c->em->time);
	if (!o || o->visible_at > now)
		return reply_error_inner(
		    c, 404, "NotFound", "ItemNotFound", "Operation not found.");
	const char *status = now < o->starts_at ? "notStarted"
			     : now < o->ends_at ? "inProgress"
			     : o->error		? "failed"
						: "succeeded";
	char *target = xasprintf("/teams('%s')", g->id);
	json_t *body = reply_context(c, "teams('%s')/operations/$entity", g->id);
	json_object_set_new(body, "id", json_string(o->id));
	json_object_set_new(body, "operationType", json_string(o->type));
	set_time(body, "createdDateTime", o->created_wall_ms);
	json_object_set_new(body, "status", json_string(status));
	set_time(body, "lastActionDateTime", clock_wall_ms());
	json_object_set_new(body, "attemptsCount", json_integer(1));
	json_object_set_new(body, "targetResourceId", json_string(g->id));
	json_object_set_new(body, "targetResourceLocation", json_string(target));
	json_object_set_new(body, "Value", json_string(""));
	bool failed = now >= o->ends_at && o->error;
	json_object_set_new(body, "error", failed ? json_incref(o->error) : json_null());
	reply_json(c, 200, body);
	free(target);
}

static bool takes_part(const struct call *c, const struct group *g, const struct user *u)
{
	const struct membership *m = membership_find(g, u);
	return m && membership_shown(c, m) && call_team(c, g->id) == g && !g->deleted_wall_ms;
}

void teams_joined(struct call *c)
{
	struct user *u = c->args[0] ? call_user(c, c->args[0]) : c->who.user;
	if (!u && !c->args[0])
		return reply_error(c, 400, "BadRequest",
		    "/me request is only valid with delegated authentication flow.");
	if (!u)
		return reply_no_object(c, c->args[0]);
	json_t *list = json_array();
	for (size_t i = 0; i < u->tenant->group_count; i++) {
		const struct group *g = u->tenant->groups[i];
		if (!takes_part(c, g, u))
			continue;
		json_t *team = team_resource(c, g);
		json_array_append_new(
		    list, page_select(c, team, "id displayName description isArchived tenantId"));
		json_decref(team);
	}
	json_t *body = reply_context(c, "teams");
	json_object_set_new(body, "@odata.count", json_integer((json_int_t)json_array_size(list)));
	json_object_set_new(body, "value", list);
	reply_json(c, 200, body);
}
