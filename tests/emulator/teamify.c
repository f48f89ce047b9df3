/*
 * teamify - making a team of a group that exists: PUT /groups/{id}/team and POST
 * /teams with group@odata.bind (graph.md 3.3). A class group's team starts locked.
 */
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "change.h"
#include "json.h"
#include "routes.h"
#include "teams.h"

static bool has_guests(const struct group *g)
{
	for (size_t i = 0; i < g->membership_count; i++)
		if (user_is_guest(g->memberships[i].user))
			return true;
	return false;
}

static struct user *first_owner(const struct group *g)
{
	for (size_t i = 0; i < g->membership_count; i++)
		if (g->memberships[i].owner && !g->memberships[i].gone_at)
			return g->memberships[i].user;
	return NULL;
}

/* The group, when it can become a team; else the reply says why not. */
static struct group *ripe_group(struct call *c, const char *id)
{
	struct group *g = call_group(c, id);
	int64_t now = moment_now(&c->em->time);
	if (!g || g->replicated_at > now) {
		reply_error(c, 404, "NotFound",
		    "Failed to execute MsGraph backend request GetGroupFromIdS2SRequest. Request "
		    "Url: "
		    "/groups/%.60s, Request Method: GET, Response Status Code: NotFound",
		    id);
		return NULL;
	}
	if (g->is_team && g->team_at > now) {
		reply_error(c, 409, "Conflict", "Team migration provisioning already in progress");
		return NULL;
	}
	if (g->is_team) {
		reply_error(c, 409, "Conflict", "Team already exists");
		return NULL;
	}
	if (!first_owner(g)) {
		reply_error(c, 400, "BadRequest", "The group must have at least one owner.");
		return NULL;
	}
	if (has_guests(g)) {
		reply_error(c, 403, "Forbidden", "The group has guests and cannot become a team.");
		return NULL;
	}
	return g;
}

static void make_team(struct call *c, struct group *g, const char *operation, bool is_class)
{
	json_t *event = json_pack("{s:s,s:s}", "what", "team_created", "team", g->id);
	if (operation) {
		json_object_set_new(event, "operation", json_string(operation));
		json_object_set_new(event, "operation_ms", json_integer(c->set.operation_ms));
	}
	if (c->set.team_404_ms)
		json_object_set_new(event, "team_404_ms", json_integer(c->set.team_404_ms));
	if (is_class || c->set.locked)
		json_object_set_new(event, "locked", json_true());
	change_by(c, "teams", event);
}

void team_put(struct call *c)
{
	struct group *g = ripe_group(c, c->args[0]);
	if (!g)
		return;
	make_team(c, g, NULL, g->is_class);
	json_t *body = reply_context(c, "teams/$entity"), *team = team_resource(c, g);
	json_object_update(body, team);
	json_decref(team);
	json_object_set_new(body, "createdDateTime", json_null());
	json_object_set_new(body, "specialization", json_null());
	json_object_set_new(body, "isArchived", json_null());
	reply_json(c, 201, body);
}

void team_from_group(struct call *c, const char *address, bool class_template)
{
	static const char *const inherited[] = {
	    "displayName", "visibility", "specialization", "members", "mailNickname"};
	for (size_t i = 0; i < sizeof(inherited) / sizeof(inherited[0]); i++)
		if (json_object_get(c->body, inherited[i]))
			return reply_error(c, 400, "BadRequest",
			    "Property %s is inherited from the group and must not be sent.",
			    inherited[i]);
	char *id = url_take_key(address, "groups");
	struct group *g = id ? ripe_group(c, id) : NULL;
	char operation[GUID_ROOM];
	if (!id)
		reply_error(c, 400, "BadRequest", "group@odata.bind does not name a group.");
	free(id);
	if (!g)
		return;
	if (class_template && !g->is_class)
		return reply_error(c, 400, "BadRequest",
		    "Team with template 'educationClass' can not be provisioned using a group "
		    "which does "
		    "not belong to a class.");
	guid_random(&c->em->random, operation);
	make_team(c, g, operation, g->is_class);
	operation_accepted(c, g->id, operation, true);
}
