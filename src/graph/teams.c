/*
 * teams - the words for creating a Team, finding it again, and following its creation.
 *
 * POST /teams is not idempotent and its answer may be lost. So every Team carries a mark
 * in its description by which it is known again: a hash of school, class and year, which
 * says nothing about anybody.
 */
#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "graph.h"
#include "wording.h"

enum { NAME_MAX_UNITS = 256, DESCRIPTION_MAX_UNITS = 1024, FILTER_MAX_UNITS = 120, ID_MAX = 63 };

void team_marker(const char *school, const char *class_id, const char *year, char mark[48])
{
	enum { HASH_BYTES = 16 };
	const char *const parts[] = {school, class_id, year};
	unsigned char hash[HASH_BYTES];
	char hex[2 * HASH_BYTES + 1];
	crypto_generichash_state state;
	crypto_generichash_init(&state, NULL, 0, sizeof hash);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		crypto_generichash_update(&state, (const unsigned char *)parts[i],
		    strlen(parts[i]) + 1); /* with its end, or "1"+"11" would be "11"+"1" */
	crypto_generichash_final(&state, hash, sizeof hash);
	sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
	text_copy(mark, 48, "rollcall-");
	text_copy(mark + strlen("rollcall-"), sizeof hex, hex);
}

/* ---- creating and finding ------------------------------------------------------------------- */

static json_t *name_text(const char *name)
{
	struct buf b;
	buf_init(&b, 0);
	wording_clean(&b, name, NAME_MAX_UNITS);
	json_t *value = json_string(b.data ? b.data : "");
	buf_clear(&b);
	return value;
}

static json_t *description_text(const char *description, const char *marker)
{
	struct buf b;
	buf_init(&b, 0);
	wording_clean(&b, description, DESCRIPTION_MAX_UNITS - strlen(marker) - 1);
	if (b.length)
		buf_adds(&b, " ");
	buf_adds(&b, marker);
	json_t *value = json_string(b.data);
	buf_clear(&b);
	return value;
}

json_t *team_create_body(const char *root, const char *name, const char *description,
    const char *marker, const char *owner)
{
	char *template = xasprintf("%s/teamsTemplates('educationClass')", root);
	json_t *body = json_pack("{s:s, s:o, s:o}", "template@odata.bind", template, "displayName",
	    name_text(name), "description",
	    description_text(description ? description : "", marker));
	if (owner)
		json_object_set_new(body, "members",
		    json_pack("[{s:s, s:[s], s:o}]", "@odata.type",
			"#microsoft.graph.aadUserConversationMember", "roles", "owner",
			"user@odata.bind", wording_user(root, owner)));
	free(template);
	assert(body);
	return body;
}

/* A filter value of more than 120 characters fails, so a long name is looked for by its
 * beginning; the mark decides anyway. */
char *team_search_path(const char *name)
{
	struct buf wanted, path;
	buf_init(&wanted, 0);
	buf_init(&path, 0);
	wording_clean(&wanted, name, NAME_MAX_UNITS);
	size_t whole = wanted.length;
	buf_reset(&wanted);
	wording_clean(&wanted, name, FILTER_MAX_UNITS);
	bool cut = wanted.length < whole;
	buf_adds(&path, cut ? "/groups?$filter=startswith(displayName,'"
			    : "/groups?$filter=displayName%20eq%20'");
	for (const char *c = wanted.data; c && *c; c++) {
		char one[3] = {*c, *c == '\'' ? '\'' : '\0', '\0'};
		buf_url(&path, one);
	}
	buf_adds(&path, cut ? "')" : "'");
	buf_adds(&path, "%20and%20resourceProvisioningOptions/Any(x:x%20eq%20'Team')"
			"&$select=id,displayName,description&$top=999");
	buf_clear(&wanted);
	return buf_take(&path);
}

char *team_marked(const json_t *answer, const char *marker)
{
	size_t i;
	json_t *group;
	json_array_foreach (json_list(answer, "value"), i, group) {
		const char *id = json_text(group, "id");
		if (id && strstr(json_text_or(group, "description", ""), marker))
			return xstrdup(id);
	}
	return NULL;
}

/* ---- following the creation --------------------------------------------------------------------- */

/* take_key reads "('KEY')" or "/KEY" after a word; *rest is what follows. */
static char *take_key(const char *text, const char *word, const char **rest)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const char *at = strstr(text, word);
	if (!at)
		return NULL;
	at += strlen(word);
	bool quoted = strncmp(at, "('", 2) == 0;
	if (!quoted && *at != '/')
		return NULL;
	at += quoted ? 2 : 1;
	size_t length = strspn(at, plain);
	if (length == 0 || length > ID_MAX || (quoted && strncmp(at + length, "')", 2) != 0))
		return NULL;
	*rest = at + length + (quoted ? 2 : 0);
	return xstrndup(at, length);
}

void team_from_location(const char *location, char **team_id, char **operation_path)
{
	const char *rest;
	char *team = location ? take_key(location, "/teams", &rest) : NULL;
	char *operation = team ? take_key(rest, "/operations", &rest) : NULL;
	if (operation_path)
		*operation_path =
		    operation ? xasprintf("/teams/%s/operations/%s", team, operation) : NULL;
	free(operation);
	if (team_id)
		*team_id = team;
	else
		free(team);
}

enum operation team_operation(const json_t *answer, struct err *why)
{
	char code[CODE_ROOM];
	const char *status = json_text_or(answer, "status", "");
	if (strcmp(status, "succeeded") == 0)
		return OPERATION_SUCCEEDED;
	if (strcmp(status, "failed") != 0)
		return OPERATION_RUNNING;
	errors_code(answer, code);
	err_set(why, ERR_REFUSED, "Microsoft began to create the Team and gave up: %s",
	    *code ? code : "no reason given");
	return OPERATION_FAILED;
}
