/*
 * authorize - the pages a person sees: sign-in and an administrator's consent.
 *
 * With login_hint the account is taken at once. Without, a page lists accounts to
 * click on. Cancelling is emulator_cancel=1, on the page or added by a test.
 */
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "change.h"
#include "json.h"
#include "login.h"
#include "token_errors.h"

#define CODE_LIFE_S    600
#define ACCOUNTS_SHOWN 100

/* A teacher may agree to these alone; all others need an administrator. */
static const char user_consentable[] =
    " openid profile email offline_access User.Read User.ReadBasic.All Team.Create "
    "Team.ReadBasic.All ";

struct sign_in {
	struct call *call;
	const char *redirect_uri, *state;
	struct app *app;
	struct tenant *tenant; /* NULL: any */
};

static const char *asked(const struct sign_in *s, const char *name)
{
	return url_parameter(&s->call->url, name);
}

static bool redirect_known(const struct app *a, const char *uri)
{
	size_t n;
	json_t *one;
	json_array_foreach (a->redirect_uris, n, one)
		if (!strcmp(json_string_value(one), uri) || !strcmp(json_string_value(one), "*"))
			return true;
	return false;
}

/* Trouble with the client or its address is shown here, never sent there. */
static bool find_client(struct sign_in *s)
{
	struct call *c = s->call;
	bool any;
	const char *id = asked(s, "client_id");
	s->app = id ? world_app(&c->em->world, id) : NULL;
	s->tenant = login_tenant(c, &any);
	s->redirect_uri = asked(s, "redirect_uri");
	s->state = asked(s, "state");
	int number = 0;
	if (!s->tenant && !any)
		number = 90002;
	else if (!s->app)
		number = 700016;
	else if (!s->redirect_uri || !redirect_known(s->app, s->redirect_uri))
		number = 50011;
	if (!number)
		return true;
	char *text = token_error_description(c, number);
	char *page = xasprintf("<html><body><h1>Sorry, but we're having trouble signing you in."
			       "</h1><p>%s</p></body></html>",
	    text);
	reply_text(c, 400, "text/html", page);
	free(page);
	free(text);
	return false;
}

static void add(struct buf *b, const char *name, const char *value)
{
	if (!value)
		return;
	buf_addf(b, "%s%s=", b->length ? "&" : "", name);
	buf_url(b, value);
}

static void go_back(struct sign_in *s, struct buf *parameters)
{
	add(parameters, "state", s->state);
	login_redirect(s->call, s->redirect_uri, parameters->data);
	buf_clear(parameters);
}

static void go_back_refused(struct sign_in *s, const char *error, int number)
{
	struct buf b;
	char *text = number ? token_error_description(s->call, number)
			    : xstrdup("The request is malformed.");
	buf_init(&b, 0);
	add(&b, "error", error);
	add(&b, "error_description", text);
	free(text);
	go_back(s, &b);
}

static void put_html(struct buf *b, const char *text)
{
	for (; *text; text++) {
		if (*text == '<')
			buf_adds(b, "&lt;");
		else if (*text == '&')
			buf_adds(b, "&amp;");
		else if (*text == '"')
			buf_adds(b, "&quot;");
		else
			buf_add(b, text, 1);
	}
}

/* The same request again, with one more parameter. */
static void put_link(struct buf *b, const struct call *c, const char *name, const char *value)
{
	struct buf query;
	buf_init(&query, 0);
	for (size_t i = 0; i < c->url.parameter_count; i++)
		add(&query, c->url.parameters[i].name, c->url.parameters[i].value);
	add(&query, name, value);
	buf_adds(b, "<li><a href=\"?");
	put_html(b, query.data);
	buf_adds(b, "\">");
	put_html(b, value);
	buf_adds(b, "</a></li>\n");
	buf_clear(&query);
}

static void put_accounts(struct buf *b, const struct call *c, const struct tenant *t)
{
	size_t shown = 0;
	for (size_t i = 0; i < t->user_count && shown < ACCOUNTS_SHOWN; i++) {
		const struct user *u = t->users[i];
		if (u->deleted || !user_is_enabled(u) || user_is_guest(u))
			continue;
		put_link(b, c, "login_hint", user_text(u, "userPrincipalName"));
		shown++;
	}
}

static void show_accounts(struct sign_in *s)
{
	struct call *c = s->call;
	struct buf b;
	buf_init(&b, 0);
	buf_adds(&b, "<!doctype html><html lang=\"en\"><head><title>Sign in</title></head><body>"
		     "<h1>Pick an account</h1><p>This page stands in for Microsoft's.</p><ul>\n");
	if (s->tenant) {
		put_accounts(&b, c, s->tenant);
	} else {
		size_t at = 0;
		const char *key;
		void *tenant;
		while (map_next(&c->em->world.tenants, &at, &key, &tenant))
			put_accounts(&b, c, tenant);
	}
	buf_adds(&b, "</ul><p>Or:</p><ul>\n");
	put_link(&b, c, "emulator_cancel", "cancel");
	buf_adds(&b, "</ul></body></html>\n");
	reply_text(c, 200, "text/html; charset=utf-8", b.data);
	buf_clear(&b);
}

static struct user *find_account(const struct sign_in *s, const char *hint)
{
	if (s->tenant)
		return user_find(s->tenant, hint);
	size_t at = 0;
	const char *key;
	void *tenant;
	struct user *u = NULL;
	while (!u && map_next(&s->call->em->world.tenants, &at, &key, &tenant))
		u = user_find(tenant, hint);
	return u;
}

/* The short names of the scopes. */
static char *read_scopes(const char *scope)
{
	struct buf b;
	buf_init(&b, 0);
	char *copy = xstrdup(scope), *rest = copy, *word;
	while ((word = strsep(&rest, " "))) {
		const char *slash = strrchr(word, '/');
		const char *name = slash ? slash + 1 : word;
		if (*name)
			buf_addf(&b, "%s%s", b.length ? " " : "", name);
	}
	free(copy);
	return buf_take(&b);
}

bool authorize_may(const struct app *a, const struct user *u, const char *scopes)
{
	bool needs_admin = false;
	char *copy = xstrdup(scopes), *rest = copy, *word;
	while ((word = strsep(&rest, " "))) {
		char *padded = xasprintf(" %s ", word);
		needs_admin |= *word && !strstr(user_consentable, padded);
		free(padded);
	}
	free(copy);
	return !needs_admin || (u->tenant->admin_consent && app_consented(a, u->tenant));
}

static void give_code(struct sign_in *s, const struct user *u, const char *scopes)
{
	struct call *c = s->call;
	char id[GUID_ROOM];
	json_t *claims = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "jti",
	    guid_random(&c->em->random, id), "appid", s->app->client_id, "tid", u->tenant->id,
	    "oid", u->id, "scope", scopes, "redirect_uri", s->redirect_uri);
	const char *challenge = asked(s, "code_challenge"),
		   *method = asked(s, "code_challenge_method");
	if (challenge) {
		json_object_set_new(claims, "challenge", json_string(challenge));
		json_object_set_new(claims, "method", json_string(method ? method : "plain"));
	}
	if (asked(s, "nonce"))
		json_object_set_new(claims, "nonce", json_string(asked(s, "nonce")));
	char *code = login_seal(c, "code", claims, CODE_LIFE_S);
	struct buf b;
	buf_init(&b, 0);
	add(&b, "code", code);
	free(code);
	go_back(s, &b);
}

static bool well_formed(const struct sign_in *s)
{
	const char *type = asked(s, "response_type"), *scope = asked(s, "scope");
	const char *method = asked(s, "code_challenge_method"),
		   *challenge = asked(s, "code_challenge");
	if (!type || strcmp(type, "code") != 0 || !scope || !*scope)
		return false;
	if (method && (!challenge || (strcmp(method, "S256") != 0 && strcmp(method, "plain") != 0)))
		return false;
	return !challenge || !method || strcmp(method, "S256") != 0 || strlen(challenge) == 43;
}

void authorize_get(struct call *c)
{
	struct sign_in s = {.call = c};
	if (!find_client(&s))
		return;
	const char *hint = asked(&s, "login_hint"), *prompt = asked(&s, "prompt");
	if (!well_formed(&s))
		return go_back_refused(&s, "invalid_request", 0);
	if (c->set.aadsts)
		return go_back_refused(
		    &s, token_error_word((int)c->set.aadsts), (int)c->set.aadsts);
	if (asked(&s, "emulator_cancel"))
		return go_back_refused(&s, "access_denied", 65004);
	if (!hint && prompt && !strcmp(prompt, "none"))
		return go_back_refused(&s, "login_required", 50058);
	if (!hint)
		return show_accounts(&s);
	struct user *u = find_account(&s, hint);
	if (!u || !user_is_enabled(u))
		return go_back_refused(&s, "access_denied", u ? 50057 : 50034);
	char *scopes = read_scopes(asked(&s, "scope"));
	if (!authorize_may(s.app, u, scopes))
		go_back_refused(&s, "consent_required", 90094);
	else
		give_code(&s, u, scopes);
	free(scopes);
}

/* Under "organizations" the administrator's own: named by a test, or the only one. */
static struct tenant *consenting_tenant(const struct sign_in *s)
{
	const struct world *w = &s->call->em->world;
	const char *named = asked(s, "emulator_tenant"), *key;
	size_t at = 0;
	void *only = NULL;
	if (s->tenant)
		return s->tenant;
	if (named)
		return world_tenant(w, named);
	if (w->tenants.count == 1)
		map_next(&w->tenants, &at, &key, &only);
	return only;
}

void admin_consent_get(struct call *c)
{
	struct sign_in s = {.call = c};
	if (!find_client(&s))
		return;
	struct buf b;
	buf_init(&b, 0);
	bool old_form = c->url.count == 2;
	if (asked(&s, "emulator_cancel")) {
		char *text = token_error_description(c, 65004);
		add(&b, "error", old_form ? "permission_denied" : "consent_required");
		add(&b, "error_description", text);
		add(&b, "admin_consent", "True");
		free(text);
		return go_back(&s, &b);
	}
	struct tenant *t = consenting_tenant(&s);
	if (!t) {
		reply_text(c, 400, "text/html",
		    "<html><body>Name a tenant in the path, or as emulator_tenant.</body></html>");
		return;
	}
	change_make(
	    c->em, t, json_pack("{s:s,s:s}", "what", "consent_given", "app", s.app->client_id));
	add(&b, "admin_consent", "True");
	add(&b, "tenant", t->id);
	add(&b, "scope", asked(&s, "scope"));
	go_back(&s, &b);
}
