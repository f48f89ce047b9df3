/*
 * token - the token endpoint: client_credentials, authorization_code with PKCE and
 * refresh_token (graph.md 1.3). Refusals are AADSTS numbers; 0 means none.
 */
#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

#include "access.h"
#include "buf.h"
#include "clock.h"
#include "json.h"
#include "login.h"
#include "token_errors.h"

#define REFRESH_LIFE_S	 INT64_C(7776000) /* ninety days */
#define APP_LIFE_S	 3599
#define DELEGATED_LIFE_S 4711
#define CLOCK_SKEW_S	 300
#define CODES_MAX	 20000
#define JWT_BEARER	 "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

struct token_request {
	struct call *call;
	struct url form;
	struct app *app;
	struct tenant *tenant;	  /* NULL: common or organizations */
	char *client_id, *secret; /* owned */
};

static const char *field(const struct token_request *r, const char *name)
{
	return url_parameter(&r->form, name);
}

/* HTTP Basic holds both, each form-encoded. */
static void read_client(struct token_request *r)
{
	const char *header = r->call->authorization;
	r->client_id = xstrdup(field(r, "client_id"));
	r->secret = xstrdup(field(r, "client_secret"));
	if (!header || strncasecmp(header, "Basic ", 6) != 0)
		return;
	size_t length = 0;
	char *pair = (char *)base64_read(header + 6, strlen(header + 6), &length);
	char *colon = pair ? strchr(pair, ':') : NULL;
	if (colon) {
		struct url decoded;
		*colon = '&'; /* the two as names of a form decode alike */
		if (form_read(&decoded, pair, length) && decoded.parameter_count == 2) {
			free(r->client_id);
			free(r->secret);
			r->client_id = xstrdup(decoded.parameters[0].name);
			r->secret = xstrdup(decoded.parameters[1].name);
		}
		url_clear(&decoded);
	}
	free(pair);
}

static bool names_token_endpoint(const struct token_request *r, const char *audience)
{
	const char *path = audience ? strstr(audience, "://") : NULL;
	struct url u;
	path = path ? strchr(path + 3, '/') : NULL;
	if (!path)
		return false;
	bool good = url_read(&u, path) && u.count == 4 && !strcmp(u.segments[1], "oauth2") &&
		    !strcmp(u.segments[2], "v2.0") && !strcmp(u.segments[3], "token") &&
		    world_tenant(&r->call->em->world, u.segments[0]) == r->tenant;
	url_clear(&u);
	return good;
}

static int check_assertion(const struct token_request *r, const char *assertion)
{
	const char *type = field(r, "client_assertion_type");
	if (!type || strcmp(type, JWT_BEARER) != 0)
		return 7000218;
	json_t *claims = keys_check_assertion(r->app, assertion);
	int64_t now_s = clock_wall_ms() / 1000;
	int number = 0;
	if (!claims || strcmp(json_text_or(claims, "iss", ""), r->app->client_id) != 0 ||
	    strcmp(json_text_or(claims, "sub", ""), r->app->client_id) != 0 ||
	    !json_text(claims, "jti") || !names_token_endpoint(r, json_text(claims, "aud")))
		number = 700027;
	else if (json_int(claims, "exp", 0) <= now_s - CLOCK_SKEW_S ||
		 json_int(claims, "nbf", 0) > now_s + CLOCK_SKEW_S)
		number = 700024;
	json_decref(claims);
	return number;
}

static int check_client(const struct token_request *r)
{
	const char *assertion = field(r, "client_assertion");
	if (assertion)
		return check_assertion(r, assertion);
	if (!r->secret || !*r->secret)
		return 7000218;
	return r->app->secret && !strcmp(r->app->secret, r->secret) ? 0 : 7000215;
}

/* What does not depend on the kind of grant. */
static int check_request(struct token_request *r)
{
	bool any;
	if (r->call->set.aadsts)
		return (int)r->call->set.aadsts;
	if (!field(r, "grant_type"))
		return 900144;
	r->tenant = login_tenant(r->call, &any);
	if (!r->tenant && !any)
		return 90002;
	if (r->tenant && r->tenant->token_error)
		return r->tenant->token_error;
	read_client(r);
	r->app = r->client_id ? world_app(&r->call->em->world, r->client_id) : NULL;
	if (!r->client_id)
		return 900144;
	if (!r->app)
		return 700016;
	if (r->app->disabled)
		return 7000112;
	return r->app->token_error ? r->app->token_error : check_client(r);
}

static void answer(struct call *c, json_t *body)
{
	reply_json(c, 200, body);
	reply_header(c, "Content-Type", "application/json; charset=utf-8");
	reply_header(c, "Cache-Control", "no-store, no-cache");
	reply_header(c, "Pragma", "no-cache");
}

static json_t *token_body(
    struct token_request *r, const struct tenant *t, const struct user *u, const char *scopes)
{
	struct call *c = r->call;
	int64_t life_s = c->set.token_lifetime_s;
	if (!life_s)
		life_s = u ? DELEGATED_LIFE_S : APP_LIFE_S;
	char *token = access_issue(c->em, r->app, t, u, scopes, life_s);
	json_t *body = json_pack("{s:s,s:I,s:I,s:s}", "token_type", "Bearer", "expires_in",
	    (json_int_t)life_s, "ext_expires_in", (json_int_t)life_s, "access_token", token);
	free(token);
	return body;
}

static int grant_client_credentials(struct token_request *r)
{
	const char *scope = field(r, "scope");
	size_t length = scope ? strlen(scope) : 0;
	if (!r->tenant)
		return 90130;
	if (!app_consented(r->app, r->tenant))
		return 700016;
	if (length < 9 || strcmp(scope + length - 9, "/.default") != 0 || strchr(scope, ' '))
		return 70011;
	answer(r->call, token_body(r, r->tenant, NULL, NULL));
	return 0;
}

static bool has_word(const char *words, const char *word)
{
	size_t length = strlen(word);
	for (const char *at = strstr(words, word); at; at = strstr(at + 1, word))
		if ((at == words || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			return true;
	return false;
}

static char *id_token(struct call *c, const struct app *a, const struct user *u, const char *nonce)
{
	json_int_t now_s = clock_wall_ms() / 1000, ends_s = now_s + 3600;
	char *issuer = xasprintf("%s/%s/v2.0", c->base, u->tenant->id);
	const char *name = user_text(u, "displayName");
	json_t *claims = json_pack("{s:s,s:s,s:I,s:I,s:I,s:s,s:s,s:s,s:s,s:s,s:s}", "iss", issuer,
	    "aud", a->client_id, "iat", now_s, "nbf", now_s, "exp", ends_s, "oid", u->id, "sub",
	    u->id, "tid", u->tenant->id, "ver", "2.0", "preferred_username",
	    user_text(u, "userPrincipalName"), "name", name ? name : "");
	if (nonce)
		json_object_set_new(claims, "nonce", json_string(nonce));
	if (user_text(u, "mail"))
		json_object_set_new(claims, "email", json_string(user_text(u, "mail")));
	char *token = keys_sign_id(&c->em->keys, claims, c->set.id_token);
	json_decref(claims);
	free(issuer);
	return token;
}

static void set_token(json_t *body, const char *key, char *token)
{
	json_object_set_new(body, key, json_string(token));
	free(token);
}

static void answer_delegated(
    struct token_request *r, const struct user *u, const char *scopes, const char *nonce)
{
	struct call *c = r->call;
	json_t *body = token_body(r, u->tenant, u, scopes);
	json_object_set_new(body, "scope", json_string(scopes));
	if (has_word(scopes, "offline_access"))
		set_token(body, "refresh_token",
		    login_seal(c, "refresh",
			json_pack("{s:s,s:s,s:s,s:s}", "appid", r->app->client_id, "tid",
			    u->tenant->id, "oid", u->id, "scope", scopes),
			REFRESH_LIFE_S));
	if (has_word(scopes, "openid"))
		set_token(body, "id_token", id_token(c, r->app, u, nonce));
	answer(c, body);
}

/* The account behind a code or refresh token, if it may still sign in. */
static int check_account(const struct token_request *r, const json_t *claims, struct user **found)
{
	struct tenant *t = world_tenant(&r->call->em->world, json_text_or(claims, "tid", ""));
	struct user *u = t ? user_find(t, json_text_or(claims, "oid", "")) : NULL;
	*found = u;
	if (r->tenant && t != r->tenant)
		return 700005;
	if (!u)
		return 50034;
	if (t->token_error)
		return t->token_error;
	if (u->token_error)
		return u->token_error;
	if (!user_is_enabled(u))
		return 50057;
	return u->revoked_at && u->revoked_at >= json_int(claims, "iat", 0) ? 50173 : 0;
}

static bool verifier_fits(const json_t *code, const char *verifier)
{
	const char *challenge = json_text(code, "challenge");
	if (!challenge)
		return true;
	if (!verifier)
		return false;
	if (!strcmp(json_text_or(code, "method", "plain"), "plain"))
		return !strcmp(challenge, verifier);
	unsigned char digest[EVP_MAX_MD_SIZE];
	EVP_Digest(verifier, strlen(verifier), digest, NULL, EVP_sha256(), NULL);
	char *text = base64_url(digest, 32);
	bool fits = !strcmp(text, challenge);
	free(text);
	return fits;
}

static int check_code(struct token_request *r, const json_t *code)
{
	struct emulator *em = r->call->em;
	const char *redirect = field(r, "redirect_uri");
	if (!code || strcmp(json_text_or(code, "appid", ""), r->app->client_id) != 0)
		return 70000;
	if (login_is_over(r->call, code))
		return 70008;
	if (!redirect || strcmp(redirect, json_text_or(code, "redirect_uri", "")) != 0)
		return 50011;
	if (!verifier_fits(code, field(r, "code_verifier")))
		return 501481;
	if (em->codes.count > CODES_MAX)
		map_clear(&em->codes);
	return map_set(&em->codes, json_text_or(code, "jti", ""), em) ? 54005 : 0;
}

static int grant_code(struct token_request *r)
{
	struct user *u;
	json_t *code = field(r, "code") ? login_open(r->call, "code", field(r, "code")) : NULL;
	int number = check_code(r, code);
	if (!number)
		number = check_account(r, code, &u);
	if (!number)
		answer_delegated(r, u, json_text_or(code, "scope", ""), json_text(code, "nonce"));
	json_decref(code);
	return number;
}

/* The scopes asked for, all of which must have been granted; NULL: one was not. */
static const char *narrowed(const char *asked, const char *granted)
{
	if (!asked || strstr(asked, ".default"))
		return granted;
	char *copy = xstrdup(asked), *rest = copy, *word;
	bool covered = true;
	while ((word = strsep(&rest, " "))) {
		const char *slash = strrchr(word, '/');
		covered &= !*word || has_word(granted, slash ? slash + 1 : word);
	}
	free(copy);
	return covered ? granted : NULL;
}

static int grant_refresh(struct token_request *r)
{
	struct user *u;
	const char *token = field(r, "refresh_token");
	json_t *claims = token ? login_open(r->call, "refresh", token) : NULL;
	int number = 0;
	if (!claims || strcmp(json_text_or(claims, "appid", ""), r->app->client_id) != 0)
		number = 70000;
	else if (login_is_over(r->call, claims))
		number = 700082;
	else
		number = check_account(r, claims, &u);
	const char *scopes =
	    number ? NULL : narrowed(field(r, "scope"), json_text_or(claims, "scope", ""));
	if (!number && (!scopes || !authorize_may(r->app, u, scopes)))
		number = 65001;
	if (!number)
		answer_delegated(r, u, scopes, NULL);
	json_decref(claims);
	return number;
}

static int grant(struct token_request *r)
{
	const char *type = field(r, "grant_type");
	if (!strcmp(type, "client_credentials"))
		return grant_client_credentials(r);
	if (!strcmp(type, "authorization_code"))
		return grant_code(r);
	if (!strcmp(type, "refresh_token"))
		return grant_refresh(r);
	return 70003;
}

void token_post(struct call *c)
{
	struct token_request r = {.call = c};
	const char *type = c->content_type;
	int number = 900144;
	if (type && strcasestr(type, "application/x-www-form-urlencoded") &&
	    form_read(&r.form, c->text ? c->text : "", c->text_length)) {
		number = check_request(&r);
		if (!number)
			number = grant(&r);
	}
	if (number)
		token_refuse(c, number);
	url_clear(&r.form);
	free(r.client_id);
	free(r.secret);
}
