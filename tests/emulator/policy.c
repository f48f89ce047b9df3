/*
 * policy - what names groups may have: lengths, the tenant's naming policy (a prefix, a
 * suffix, blocked words) and nicknames that are still free. graph.md 3.6, 3.7.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "json.h"
#include "routes.h"
#include "teams.h"

#define NAME_MAX_CHARACTERS	   256
#define DESCRIPTION_MAX_CHARACTERS 1024
#define NICKNAME_MAX		   64

static size_t characters(const char *text)
{
	size_t n = 0;
	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* ---- refusals ---------------------------------------------------------------------- */

/* 400 with one detail; suggestion may be NULL. */
static void refuse(struct call *c, const char *target, const char *code, const char *message,
    const char *suggestion)
{
	json_t *detail =
	    json_pack("{s:s,s:s,s:s}", "target", target, "code", code, "message", message);
	if (suggestion)
		json_object_set_new(detail, "suggestedPropertyValue", json_string(suggestion));
	reply_bad_request(c, "%s", message);
	json_t *body = json_loadb(c->reply.body, c->reply.length, 0, NULL);
	json_object_set_new(json_object_get(body, "error"), "details", json_pack("[o]", detail));
	reply_json(c, 400, body);
}

static void refuse_value(struct call *c, const char *property)
{
	reply_error(c, 400, "BadRequest",
	    "Invalid value specified for property '%s' of resource 'Group'.", property);
}

/* ---- the tenant's policy ------------------------------------------------------------- */

static bool has_affixes(const struct tenant *t, const char *name)
{
	size_t length = strlen(name);
	size_t suffix = t->name_suffix ? strlen(t->name_suffix) : 0;
	if (t->name_prefix && strncmp(name, t->name_prefix, strlen(t->name_prefix)) != 0)
		return false;
	return suffix <= length && (!suffix || !strcmp(name + length - suffix, t->name_suffix));
}

static void refuse_affixes(struct call *c, const char *name)
{
	const struct tenant *t = c->who.tenant;
	char *suggested = xasprintf("%s%s%s", t->name_prefix ? t->name_prefix : "", name,
	    t->name_suffix ? t->name_suffix : "");
	refuse(c, "displayName", "MissingPrefixSuffix",
	    "The property is missing a required prefix/suffix per your organization's Group "
	    "naming requirements.",
	    suggested);
	free(suggested);
}

static bool contains_word(const char *name, const char *word, size_t length)
{
	for (const char *at = name; *at; at++) {
		bool begins = at == name || !isalnum((unsigned char)at[-1]);
		if (begins && !strncasecmp(at, word, length) && !isalnum((unsigned char)at[length]))
			return true;
	}
	return false;
}

static bool is_blocked(const struct tenant *t, const char *name)
{
	const char *word = t->blocked_words ? t->blocked_words : "";
	for (size_t length; *word; word += length + (word[length] == ',')) {
		length = strcspn(word, ",");
		if (length && contains_word(name, word, length))
			return true;
	}
	return false;
}

bool name_check(struct call *c, const char *name, const char *description)
{
	const struct tenant *t = c->who.tenant;
	if (!name || !*name || characters(name) > NAME_MAX_CHARACTERS) {
		refuse_value(c, "displayName");
		return false;
	}
	if (description && characters(description) > DESCRIPTION_MAX_CHARACTERS) {
		refuse_value(c, "description");
		return false;
	}
	if (!has_affixes(t, name)) {
		refuse_affixes(c, name);
		return false;
	}
	if (!is_blocked(t, name))
		return true;
	refuse(c, "displayName", "ContainsBlockedWord",
	    "The property contains a word that is blocked by your organization's Group naming "
	    "requirements.",
	    NULL);
	return false;
}

/* What an administrator has set for the whole tenant. */
void group_settings_list(struct call *c)
{
	const struct tenant *t = c->who.tenant;
	json_t *body = reply_context(c, "groupSettings"), *list = json_array();
	if (t->name_prefix || t->name_suffix || t->blocked_words) {
		char *rule = xasprintf("%s[GroupName]%s", t->name_prefix ? t->name_prefix : "",
		    t->name_suffix ? t->name_suffix : "");
		bool affixes = t->name_prefix || t->name_suffix;
		json_array_append_new(
		    list, json_pack("{s:s,s:s,s:[{s:s,s:s},{s:s,s:s}]}", "displayName",
			      "Group.Unified", "templateId", "62375ab9-6b52-47ed-826b-58e47e0e304b",
			      "values", "name", "PrefixSuffixNamingRequirement", "value",
			      affixes ? rule : "", "name", "CustomBlockedWordsList", "value",
			      t->blocked_words ? t->blocked_words : ""));
		free(rule);
	}
	json_object_set_new(body, "value", list);
	reply_json(c, 200, body);
}

/* ---- nicknames ------------------------------------------------------------------------- */

static bool is_taken(const struct tenant *t, const char *nickname, const struct group *self)
{
	const struct entries *e = index_get(&t->group_index, "mailNickname", nickname);
	for (size_t i = 0; e && i < e->count; i++)
		if (e->items[i] != self)
			return true;
	return false;
}

bool nickname_check(struct call *c, const char *nickname, const struct group *self)
{
	bool good = nickname && *nickname && strlen(nickname) <= NICKNAME_MAX;
	for (const char *at = nickname; good && *at; at++)
		good = (unsigned char)*at > ' ' && (unsigned char)*at < 127 &&
		       !strchr("@()\\[]\";:<>,", *at);
	if (!good) {
		reply_bad_request(c,
		    "Invalid value specified for property 'mailNickname' of resource "
		    "'Group'.");
		return false;
	}
	if (!is_taken(c->who.tenant, nickname, self))
		return true;
	refuse(c, "mailNickname", "ConflictingObjects",
	    "Another object with the same value for property mailNickname already exists.", NULL);
	return false;
}
