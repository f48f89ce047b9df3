/*
 * class_words - the words for a class that is no Team yet: a group of its own kind, whose
 * nickname can be chosen. It carries the same mark as a Team, and the school's own id.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "wording.h"

enum { NAME_MAX_UNITS = 256, DESCRIPTION_MAX_UNITS = 1024, EXTERNAL_MAX_UNITS = 256 };

static json_t *clean_text(const char *text, size_t units_max)
{
	struct buf b;
	buf_init(&b, 0);
	wording_clean(&b, text ? text : "", units_max);
	json_t *value = json_string(b.length ? b.data : "");
	buf_clear(&b);
	return value;
}

/* Never an empty text: Microsoft refuses that. */
static json_t *description_of(const struct class_order *o)
{
	json_t *words = clean_text(o->description, DESCRIPTION_MAX_UNITS - strlen(o->marker) - 1);
	const char *text = json_string_value(words);
	json_t *whole = json_sprintf("%s%s%s", text, *text ? " " : "", o->marker);
	json_decref(words);
	return whole;
}

json_t *class_create_body(const struct class_order *o)
{
	json_t *body = json_pack("{s:o,s:s,s:o,s:o,s:o,s:s}", "displayName",
	    clean_text(o->name, NAME_MAX_UNITS), "mailNickname", o->nickname, "description",
	    description_of(o), "externalId", clean_text(o->external_id, EXTERNAL_MAX_UNITS),
	    "externalName", clean_text(o->external_name, EXTERNAL_MAX_UNITS), "externalSource",
	    "sis");
	assert(body);
	return body;
}

char *class_search_path(const char *nickname)
{
	struct buf path;
	buf_init(&path, 0);
	buf_adds(&path, "/groups?$filter=mailNickname%20eq%20'");
	for (const char *c = nickname; *c; c++) {
		char one[3] = {*c, *c == '\'' ? '\'' : '\0', '\0'};
		buf_url(&path, one);
	}
	buf_adds(&path, "'&$select=id,displayName,description");
	return buf_take(&path);
}

static json_t *address_of(const char *root, const char *collection, const char *id)
{
	return json_sprintf("%s/%s/%s", root, collection, id);
}

json_t *team_of_class_body(const char *root, const char *group_id)
{
	json_t *body = json_pack("{s:o,s:o}", "template@odata.bind",
	    json_sprintf("%s/teamsTemplates('educationClass')", root), "group@odata.bind",
	    json_sprintf("%s/groups('%s')", root, group_id));
	assert(body);
	return body;
}

json_t *group_owners_body(const char *root, const char *const *users, size_t count)
{
	json_t *owners = json_array(), *members = json_array();
	for (size_t i = 0; i < count; i++) {
		json_array_append_new(owners, address_of(root, "directoryObjects", users[i]));
		json_array_append_new(members, address_of(root, "directoryObjects", users[i]));
	}
	return json_pack("{s:o,s:o}", "owners@odata.bind", owners, "members@odata.bind", members);
}

json_t *group_reference_body(const char *root, const char *user)
{
	return json_pack("{s:o}", "@odata.id", address_of(root, "directoryObjects", user));
}

const char *tenant_default_domain(const json_t *answer)
{
	const json_t *tenant = json_array_get(json_list(answer, "value"), 0);
	size_t i;
	json_t *domain;
	json_array_foreach (json_list(tenant, "verifiedDomains"), i, domain)
		if (json_bool(domain, "isDefault", false))
			return json_text(domain, "name");
	return NULL;
}

/* ---- what a refusal is about ------------------------------------------------------- */

static bool is_policy(const char *code)
{
	return strstr(code, "PrefixSuffix") || strstr(code, "BlockedWord") ||
	       strstr(code, "BannedWord");
}

/* Some answers say it in words alone. */
static bool says_nickname_taken(const char *message)
{
	return strstr(message, "mailNickname") && strstr(message, "already exists");
}

enum name_refusal name_refused(const json_t *answer, const char **suggestion)
{
	const json_t *error = json_map(answer, "error");
	size_t i;
	json_t *detail;
	*suggestion = NULL;
	json_array_foreach (json_list(error, "details"), i, detail) {
		const char *target = json_text_or(detail, "target", "");
		const char *code = json_text_or(detail, "code", "");
		*suggestion = json_text(detail, "suggestedPropertyValue");
		if (is_policy(code))
			return NAME_AGAINST_POLICY;
		if (strcmp(code, "ConflictingObjects") == 0 || strcmp(code, "ObjectConflict") == 0)
			return strcmp(target, "mailNickname") == 0 ? NICKNAME_TAKEN
								   : NAME_NOT_REFUSED;
	}
	*suggestion = NULL;
	return says_nickname_taken(json_text_or(error, "message", "")) ? NICKNAME_TAKEN
								       : NAME_NOT_REFUSED;
}
