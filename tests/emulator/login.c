/* login - which page is meant, and what needs no page of its own: discovery and
 * the public keys. See login.h. */
#include "login.h"

#include <string.h>
#include <strings.h>

#include "buf.h"
#include "dispatch.h"
#include "json.h"
#include "token_errors.h"

struct tenant *login_tenant(const struct call *c, bool *any)
{
	const char *name = c->url.segments[0];
	*any = !strcasecmp(name, "common") || !strcasecmp(name, "organizations") ||
	       !strcasecmp(name, "consumers");
	return *any ? NULL : world_tenant(&c->em->world, name);
}

static int64_t life(const struct call *c, int64_t seconds)
{
	return (int64_t)((double)(seconds * 1000) * c->em->time.scale);
}

char *login_seal(const struct call *c, const char *type, json_t *claims, int64_t life_s)
{
	int64_t now = moment_now(&c->em->time);
	json_object_set_new(claims, "typ", json_string(type));
	json_object_set_new(claims, "iat", json_integer(now));
	json_object_set_new(claims, "exp", json_integer(now + life(c, life_s)));
	char *token = keys_seal(&c->em->keys, claims);
	json_decref(claims);
	return token;
}

json_t *login_open(const struct call *c, const char *type, const char *token)
{
	json_t *claims = keys_open(&c->em->keys, token);
	if (claims && strcmp(json_text_or(claims, "typ", ""), type) != 0) {
		json_decref(claims);
		return NULL;
	}
	return claims;
}

bool login_is_over(const struct call *c, const json_t *claims)
{
	return json_int(claims, "exp", 0) <= moment_now(&c->em->time);
}

void login_redirect(struct call *c, const char *uri, const char *parameters)
{
	char *to = xasprintf("%s%c%s", uri, strchr(uri, '?') ? '&' : '?', parameters);
	reply_header(c, "Location", to);
	reply_header(c, "Cache-Control", "no-store, no-cache");
	reply_empty(c, 302);
	free(to);
}

static void set_url(json_t *body, const char *key, const char *base, const char *path)
{
	char *url = xasprintf("%s/%s", base, path);
	json_object_set_new(body, key, json_string(url));
	free(url);
}

static void discovery_get(struct call *c)
{
	bool any;
	const struct tenant *t = login_tenant(c, &any);
	if (!t && !any)
		return token_refuse(c, 90002);
	const char *id = t ? t->id : c->url.segments[0];
	char *login = xasprintf("%s/%s", c->base, id);
	char *issuer = xasprintf("%s/%s", c->base, t ? t->id : "{tenantid}");
	json_t *body = json_pack("{s:[s,s,s],s:[s],s:[s,s,s],s:[s],s:[s,s,s],s:b}",
	    "token_endpoint_auth_methods_supported", "client_secret_post", "private_key_jwt",
	    "client_secret_basic", "subject_types_supported", "pairwise",
	    "response_modes_supported", "query", "fragment", "form_post",
	    "id_token_signing_alg_values_supported", "RS256", "response_types_supported", "code",
	    "id_token", "code id_token", "request_uri_parameter_supported", 0);
	set_url(body, "authorization_endpoint", login, "oauth2/v2.0/authorize");
	set_url(body, "token_endpoint", login, "oauth2/v2.0/token");
	set_url(body, "device_authorization_endpoint", login, "oauth2/v2.0/devicecode");
	set_url(body, "jwks_uri", login, "discovery/v2.0/keys");
	set_url(body, "end_session_endpoint", login, "oauth2/v2.0/logout");
	set_url(body, "kerberos_endpoint", login, "kerberos");
	set_url(body, "issuer", issuer, "v2.0");
	set_url(body, "userinfo_endpoint", c->base, "oidc/userinfo");
	json_object_set_new(body, "tenant_region_scope", t ? json_string("AF") : json_null());
	json_object_set_new(body, "cloud_instance_name", json_string("microsoftonline.com"));
	json_object_set_new(body, "cloud_graph_host_name", json_string("graph.windows.net"));
	json_object_set_new(body, "msgraph_host", json_string("graph.microsoft.com"));
	json_object_set_new(body, "rbac_url", json_string("https://pas.windows.net"));
	reply_json(c, 200, body);
	reply_header(c, "Content-Type", "application/json; charset=utf-8");
	free(login);
	free(issuer);
}

static void keys_get(struct call *c)
{
	reply_json(c, 200, keys_published(&c->em->keys));
	reply_header(c, "Content-Type", "application/json; charset=utf-8");
}

static const struct page {
	const char *method, *path; /* after the tenant */
	void (*handle)(struct call *c);
} pages[] = {
    {"POST", "oauth2/v2.0/token", token_post},
    {"GET", "oauth2/v2.0/authorize", authorize_get},
    {"GET", "v2.0/adminconsent", admin_consent_get},
    {"GET", "adminconsent", admin_consent_get},
    {"GET", "v2.0/.well-known/openid-configuration", discovery_get},
    {"GET", "discovery/v2.0/keys", keys_get},
};

static const struct page *find_page(const struct call *c)
{
	char *path = url_path(&c->url, 1);
	const struct page *found = NULL;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (!strcmp(pages[i].method, c->method) && !strcasecmp(pages[i].path, path + 1))
			found = &pages[i];
	free(path);
	return found;
}

void login_answer(struct call *c)
{
	const struct page *page = c->url.count > 1 ? find_page(c) : NULL;
	if (!page) {
		reply_text(c, 404, "text/html", "<html><body>Not found.</body></html>");
		return;
	}
	stats_arrived(&c->em->stats, c);
	c->em->stats.token_requests += page->handle == token_post;
	reply_header(c, "x-ms-request-id", c->request_id);
	reply_header(c, "x-ms-ests-server", "2.1.21000.1 - SAN EMULATOR");
	struct firing firing = faults_fire(c);
	if (firing.answer && !firing.after_effect)
		faults_answer(c, &firing);
	else
		page->handle(c);
	if (firing.answer && firing.after_effect)
		faults_answer(c, &firing);
	stats_replied(&c->em->stats, c);
}
