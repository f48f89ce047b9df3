/*
 * world_users - accounts: a JSON resource each, filed under every address it has.
 * A user who misses properties gets plausible ones, so that a test's world may be
 * as short as [{"mail": "a@b.example"}].
 */
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "json.h"
#include "world.h"

static const char *const texts[] = {
    "id", "displayName", "givenName", "surname", "mail", "userPrincipalName", "employeeId"};
static const char *const lists[] = {"proxyAddresses", "otherMails"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void file_user(
    struct user *u, void (*move)(struct index *, const char *, const char *, void *))
{
	struct index *x = &u->tenant->user_index;
	for (size_t i = 0; i < COUNT(texts); i++)
		move(x, texts[i], user_text(u, texts[i]), u);
	for (size_t i = 0; i < COUNT(lists); i++) {
		size_t n;
		json_t *one;
		json_array_foreach (json_object_get(u->properties, lists[i]), n, one)
			move(x, lists[i], json_string_value(one), u);
	}
}

static void default_text(json_t *p, const char *key, const char *value)
{
	if (!json_object_get(p, key))
		json_object_set_new(p, key, value ? json_string(value) : json_null());
}

static void default_name(json_t *p, const char *address)
{
	if (json_object_get(p, "displayName"))
		return;
	const char *given = json_text(p, "givenName"), *family = json_text(p, "surname");
	char *name = given || family ? xasprintf("%s%s%s", given ? given : "",
					   given && family ? " " : "", family ? family : "")
				     : xstrndup(address, strcspn(address, "@"));
	json_object_set_new(p, "displayName", json_string(name));
	free(name);
}

static void default_proxies(json_t *p)
{
	if (json_object_get(p, "proxyAddresses"))
		return;
	json_t *list = json_array();
	if (json_text(p, "mail")) {
		char *primary = xasprintf("SMTP:%s", json_text(p, "mail"));
		json_array_append_new(list, json_string(primary));
		free(primary);
	}
	json_object_set_new(p, "proxyAddresses", list);
}

static void fill_in(const struct tenant *t, json_t *p)
{
	char id[GUID_ROOM];
	const char *address = json_text(p, "userPrincipalName");
	if (!address)
		address = json_text_or(p, "mail", "nobody@nowhere.example");
	if (!json_text(p, "id")) {
		char *text = xasprintf("%s %s", t->id, address);
		json_object_set_new(p, "id", json_string(guid_of(text, id)));
		free(text);
	}
	default_text(p, "userPrincipalName", address);
	default_text(p, "mail", address);
	default_name(p, address);
	default_text(p, "givenName", NULL);
	default_text(p, "surname", NULL);
	default_text(p, "employeeId", NULL);
	default_text(p, "userType", "Member");
	default_proxies(p);
	if (!json_object_get(p, "accountEnabled"))
		json_object_set_new(p, "accountEnabled", json_true());
	if (!json_object_get(p, "otherMails"))
		json_object_set_new(p, "otherMails", json_array());
	if (!json_object_get(p, "businessPhones"))
		json_object_set_new(p, "businessPhones", json_array());
	static const char *const empty[] = {
	    "jobTitle", "mobilePhone", "officeLocation", "preferredLanguage"};
	for (size_t i = 0; i < COUNT(empty); i++)
		default_text(p, empty[i], NULL);
}

/* What steers the emulator is taken out of the resource: nobody can read it. */
static void take_switches(struct user *u)
{
	json_t *p = u->properties;
	u->licensed = json_bool(p, "teamsLicensed", u->licensed);
	u->blocked = json_bool(p, "teamsBlocked", u->blocked);
	u->token_error = (int)json_int(p, "token_error", u->token_error);
	json_object_del(p, "teamsLicensed");
	json_object_del(p, "teamsBlocked");
	json_object_del(p, "token_error");
	json_object_del(p, "visible_after_ms");
}

struct user *user_new(struct tenant *t, json_t *properties)
{
	struct user *u = xcalloc(1, sizeof(*u));
	fill_in(t, properties);
	u->tenant = t;
	u->properties = properties;
	u->licensed = true;
	text_copy(u->id, sizeof(u->id), json_text_or(properties, "id", ""));
	take_switches(u);
	if (t->user_count == t->user_room) {
		t->user_room = t->user_room ? t->user_room * 2 : 64;
		t->users = xrealloc(t->users, t->user_room * sizeof(struct user *));
	}
	t->users[t->user_count++] = u;
	map_set(&t->users_by_id, u->id, u);
	file_user(u, index_add);
	return u;
}

struct user *user_find(const struct tenant *t, const char *id_or_upn)
{
	struct user *u = map_get(&t->users_by_id, id_or_upn);
	if (u)
		return u->deleted ? NULL : u;
	const struct entries *e = index_get(&t->user_index, "id", id_or_upn);
	if (!e)
		e = index_get(&t->user_index, "userPrincipalName", id_or_upn);
	return e ? e->items[0] : NULL;
}

void user_set(struct user *u, json_t *properties)
{
	file_user(u, index_drop);
	json_object_update(u->properties, properties);
	take_switches(u);
	file_user(u, index_add);
}

void user_delete(struct user *u)
{
	file_user(u, index_drop);
	u->deleted = true;
}

const char *user_text(const struct user *u, const char *property)
{
	return json_text(u->properties, property);
}

bool user_is_enabled(const struct user *u)
{
	return json_bool(u->properties, "accountEnabled", true);
}

bool user_is_guest(const struct user *u)
{
	const char *type = user_text(u, "userType");
	return type && !strcasecmp(type, "Guest");
}
