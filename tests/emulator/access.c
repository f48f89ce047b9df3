/*
 * access - see access.h. An access token's claims are read once and kept by its
 * text; the cache is emptied when it has grown large.
 */
#include "access.h"

#include <string.h>
#include <strings.h>

#include "buf.h"
#include "json.h"
#include "routes.h"

#define CACHE_MAX 2000

static json_t *split(const char *names)
{
	json_t *list = json_array();
	for (const char *at = names; *at;) {
		size_t length = strcspn(at, " ");
		if (length)
			json_array_append_new(list, json_stringn(at, length));
		at += length + (at[length] == ' ');
	}
	return list;
}

char *access_issue(struct emulator *em, const struct app *a, const struct tenant *t,
    const struct user *user, const char *scopes, int64_t lifetime_s)
{
	int64_t now = moment_now(&em->time);
	int64_t ends = now + (int64_t)((double)(lifetime_s * 1000) * em->time.scale);
	char id[GUID_ROOM];
	if (now < em->tokens_expired_at) /* issued in the very moment that ended all others */
		now = em->tokens_expired_at;
	json_t *claims = json_pack("{s:s,s:s,s:s,s:s,s:I,s:I}", "typ", "access", "jti",
	    guid_random(&em->random, id), "tid", t->id, "appid", a->client_id, "iat",
	    (json_int_t)now, "exp", (json_int_t)ends);
	if (user) {
		json_object_set_new(claims, "oid", json_string(user->id));
		json_object_set_new(claims, "scp", split(scopes));
	} else {
		json_object_set(claims, "roles", a->roles);
	}
	char *token = keys_seal(&em->keys, claims);
	json_decref(claims);
	return token;
}

static void forget_one(struct principal *p)
{
	json_decref(p->grants);
	free(p);
}

void access_forget(struct emulator *em)
{
	size_t at = 0;
	const char *key;
	void *p;
	while (map_next(&em->tokens, &at, &key, &p))
		forget_one(p);
	map_clear(&em->tokens);
	map_init(&em->tokens);
}

static struct principal *principal_of(struct emulator *em, const json_t *claims)
{
	struct tenant *t = world_tenant(&em->world, json_text_or(claims, "tid", ""));
	struct app *a = world_app(&em->world, json_text_or(claims, "appid", ""));
	const char *oid = json_text(claims, "oid");
	struct user *u = t && oid ? user_find(t, oid) : NULL;
	if (!t || !a || (oid && !u) || strcmp(json_text_or(claims, "typ", ""), "access") != 0)
		return NULL;
	struct principal *p = xcalloc(1, sizeof(*p));
	p->app = a;
	p->tenant = t;
	p->user = u;
	p->grants = json_incref(json_list(claims, u ? "scp" : "roles"));
	p->issued_at = json_int(claims, "iat", 0);
	p->expires_at = json_int(claims, "exp", 0);
	return p;
}

static const struct principal *look_up(struct emulator *em, const char *token)
{
	struct principal *p = map_get(&em->tokens, token);
	if (p)
		return p;
	json_t *claims = keys_open(&em->keys, token);
	if (!claims)
		return NULL;
	p = principal_of(em, claims);
	json_decref(claims);
	if (!p)
		return NULL;
	if (em->tokens.count >= CACHE_MAX)
		access_forget(em);
	map_set(&em->tokens, token, p);
	return p;
}

static bool refuse(struct call *c, const char *message)
{
	char *challenge =
	    xasprintf("Bearer realm=\"\", authorization_uri=\"%s/common/oauth2/v2.0/authorize\", "
		      "client_id=\"00000003-0000-0000-c000-000000000000\"",
		c->base);
	reply_header(c, "WWW-Authenticate", challenge);
	free(challenge);
	reply_error(c, 401, "InvalidAuthenticationToken", "%s", message);
	return false;
}

bool access_read(struct call *c)
{
	const char *header = c->authorization;
	if (!header || strncasecmp(header, "Bearer ", 7) != 0 || !header[7])
		return refuse(c, "Access token is empty.");
	const struct principal *p = look_up(c->em, header + 7);
	if (!p)
		return refuse(c, "CompactToken parsing failed with error code: 80049217");
	if (p->expires_at <= moment_now(&c->em->time) || p->issued_at < c->em->tokens_expired_at)
		return refuse(c, "Lifetime validation failed, the token is expired.");
	c->who = *p;
	json_incref(c->who.grants);
	return true;
}

bool call_may(const struct call *c, const char *permissions)
{
	size_t n;
	json_t *grant;
	json_array_foreach (c->who.grants, n, grant) {
		const char *name = json_string_value(grant);
		size_t length = json_string_length(grant);
		const char *at = permissions;
		while (name && (at = strstr(at, name))) {
			if ((at == permissions || at[-1] == ' ') &&
			    (at[length] == ' ' || !at[length]))
				return true;
			at += length;
		}
	}
	return false;
}

bool access_check(struct call *c)
{
	const char *wanted = c->who.user ? c->route->scopes : c->route->roles;
	if (wanted && (!*wanted || call_may(c, wanted)))
		return true;
	if (c->route->family == FAMILY_TEAMS)
		reply_error_inner(c, 403, "Forbidden", "AccessDenied",
		    "Missing %s permissions on the request. API requires one of '%s'.",
		    c->who.user ? "scope" : "role", wanted ? wanted : "");
	else if (c->route->family == FAMILY_EDUCATION)
		reply_error_inner(c, 403, "Forbidden", "AccessDenied",
		    "The application does not have the required permissions to access this "
		    "resource.");
	else
		reply_denied(c);
	return false;
}

bool access_owns(struct call *c, const struct group *g)
{
	const struct membership *m = c->who.user ? membership_find(g, c->who.user) : NULL;
	if (!c->who.user || (m && m->owner))
		return true;
	reply_error_inner(c, 403, "Forbidden", "AccessDenied",
	    "You do not have permission to perform this operation.");
	return false;
}
