/*
 * teams_create - POST /teams with a template (graph.md 3.1): a team and its group
 * are there at once in the books, and for readers when the operation is over.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "change.h"
#include "json.h"
#include "routes.h"
#include "teams.h"

#define ALIAS_MAX 59

char *team_alias(const struct tenant *t, const char *name)
{
	char base[ALIAS_MAX + 1];
	size_t n = 0;
	for (; *name && n < ALIAS_MAX; name++)
		if (isalnum((unsigned char)*name) && (unsigned char)*name < 128)
			base[n++] = *name;
	base[n] = '\0';
	if (!n)
		return NULL;
	char *alias = xstrdup(base);
	for (int i = 2; index_get(&t->group_index, "mailNickname", alias); i++) {
		free(alias);
		alias = xasprintf("%s%d", base, i);
	}
	return alias;
}

static void reply_unlicensed(struct call *c, const char *inner)
{
	reply_error(c, 403, "Forbidden",
	    "Failed to execute Templates backend request CreateTeamFromTemplateRequest. Request "
	    "Url: "
	    "https://teams.microsoft.com/fabric/emea/templates/api/team, Request Method: POST, "
	    "Response Status Code: Forbidden, ErrorMessage : {\"errors\":[{\"message\":\"%s\","
	    "\"errorCode\":\"Unknown\"}],\"operationId\":\"%s\"}",
	    inner, c->request_id);
}

/* The owner that an app-only body must name: exactly one. */
static struct user *named_owner(struct call *c, const json_t *members)
{
	struct member_entry entry;
	if (json_array_size(members) != 1) {
		reply_error(c, 400, "BadRequest", "%s",
		    json_array_size(members)
			? "Only one owner can be specified when creating a team."
			: "A team owner must be provided when creating a team in "
			  "application context.");
		return NULL;
	}
	if (!member_entry_read(c, json_array_get(members, 0), &entry))
		return NULL;
	if (!entry.owner) {
		reply_error(c, 400, "BadRequest", "The member of a new team must be its owner.");
		return NULL;
	}
	if (!entry.user || !user_is_enabled(entry.user)) {
		reply_error_inner(
		    c, 404, "NotFound", "ItemNotFound", "User '%s' was not found.", entry.key);
		return NULL;
	}
	return entry.user;
}

static struct user *owner_of(struct call *c)
{
	const json_t *members = json_list(c->body, "members");
	struct member_entry entry;
	if (!c->who.user)
		return named_owner(c, members);
	if (!json_array_size(members))
		return c->who.user;
	if (!member_entry_read(c, json_array_get(members, 0), &entry))
		return NULL;
	if (entry.user != c->who.user) {
		reply_unlicensed(c, "Not authorized to impersonate another user to create a team.");
		return NULL;
	}
	return c->who.user;
}

static void create(struct call *c, struct user *owner, const char *alias, bool is_class)
{
	char team[GUID_ROOM], operation[GUID_ROOM];
	const struct settings *s = &c->set;
	const char *visibility = json_text(c->body, "visibility");
	if (!visibility)
		visibility = is_class ? "hiddenMembership" : "public";
	json_t *event = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:b,s:s}", "what",
	    s->operation_fails ? "creation_failed" : "team_created", "team",
	    guid_random(&c->em->random, team), "user", owner->id, "name",
	    json_text(c->body, "displayName"), "nickname", alias, "visibility", visibility, "class",
	    is_class, "operation", guid_random(&c->em->random, operation));
	if (json_text(c->body, "description"))
		json_object_set(event, "description", json_object_get(c->body, "description"));
	json_object_set_new(event, "operation_ms", json_integer(s->operation_ms));
	const struct {
		const char *name;
		int64_t ms;
	} delays[] = {{"operation_404_ms", s->operation_404_ms}, {"team_404_ms", s->team_404_ms},
	    {"group_404_ms", s->group_404_ms}};
	for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++)
		if (delays[i].ms)
			json_object_set_new(event, delays[i].name, json_integer(delays[i].ms));
	if (s->locked)
		json_object_set_new(event, "locked", json_true());
	if (s->operation_fails)
		json_object_set_new(event, "error", json_deep_copy(s->operation_fails));
	change_by(c, "teams", event);
	operation_accepted(c, team, operation, true);
}

void teams_create(struct call *c)
{
	const char *template = json_text(c->body, "template@odata.bind");
	const char *group = json_text(c->body, "group@odata.bind");
	char *kind = template ? url_take_key(template, "teamsTemplates") : NULL;
	bool is_class = kind && !strcasecmp(kind, "educationClass");
	bool known = is_class || (kind && !strcasecmp(kind, "standard"));
	free(kind);
	if (json_object_get(c->body, "owners@odata.bind"))
		return reply_error(
		    c, 400, "BadRequest", "Invalid bind property name owners in request.");
	if (!known)
		return reply_error(c, 400, "BadRequest",
		    "A team template must be specified with template@odata.bind.");
	if (group)
		return team_from_group(c, group, is_class);
	const char *name = json_text(c->body, "displayName");
	if (!name_check(c, name, json_text(c->body, "description")))
		return;
	struct user *owner = owner_of(c);
	if (!owner)
		return;
	if (!owner->licensed)
		return reply_unlicensed(c,
		    "Error when calling Middle Tier. Message: ''. Error code: "
		    "'GetApplicableSkuCategoriesForUserFailed'. Status code: "
		    "Forbidden.");
	char *alias = team_alias(c->who.tenant, name);
	if (!alias)
		return reply_error(c, 400, "UnableToGenerateValidTeamAlias",
		    "Unable to generate a valid alias for the team.");
	create(c, owner, alias, is_class);
	free(alias);
}
