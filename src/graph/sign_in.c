/*
 * sign_in - the authorization code flow with PKCE.
 *
 * Asked for is what the jobs need and no more: to make Teams, to read them, to look people up,
 * to put members in and take them out, and a refresh token, since jobs run when nobody is
 * there. Most of it only an administrator can allow, once for the school.
 */
#include "sign_in.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "errors.h"
#include "links.h"
#include "list.h"
#include "sign_in_errors.h"
#include "token_request.h"
#include "token_roles.h"

enum {
	DEPTH_MAX = 16,
	CHALLENGE_ROOM = 44,
	BASE64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING,
};

static const char *const of_everybody[] = {"openid", "profile", "email", "offline_access", NULL};
static const char *const of_graph[] = {"User.Read", "User.Read.All", "Team.Create",
    "Team.ReadBasic.All", "TeamMember.ReadWrite.All", "GroupMember.Read.All", NULL};

const struct sign_in_permission sign_in_permissions[] = {
    {"User.Read.All", "finds the account of each learner and teacher by the school's address"},
    {"Team.Create", "makes the Team of a class"},
    {"Team.ReadBasic.All", "sees whether a Team is still there"},
    {"TeamMember.ReadWrite.All", "puts learners and owners in a Team and takes learners out"},
    {"GroupMember.Read.All", "finds the Team of a class that was made before"},
    {"Group.ReadWrite.All", "names classes by the rule, deletes, restores and closes them"},
    {"EduRoster.ReadWrite.All", "makes classes without a Team"},
    {"Member.Read.Hidden", "sees who is in a class without a Team"},
    {NULL, NULL},
};

struct sign_in {
	struct loop *loop;
	struct token_endpoint endpoint;
	char *origin;					 /* owned: of Graph's root */
	char *secret_file, *certificate_file, *key_file; /* owned */
	struct link redeeming;
};

/* One code on its way, or a question for our app itself. */
struct redeeming {
	struct link link;
	struct sign_in *sign_in;
	struct http_call *call; /* NULL: it was not sent */
	struct timer later;	/* says so */
	struct err error;	/* and why */
	bool of_app;
	sign_in_fn fn;
	void *ctx;
};

/* ---- addresses ---------------------------------------------------------------------------------- */

bool sign_in_is_tenant(const char *tenant)
{
	return token_request_is_tenant(tenant, false);
}

static const char *tenant_of(const char *tenant)
{
	return *tenant ? tenant : "organizations";
}

static void add(struct buf *b, const char *name, const char *value)
{
	buf_addf(b, "&%s=", name);
	buf_url(b, value);
}

static void add_scopes(struct buf *b, const char *origin)
{
	struct buf scopes;
	buf_init(&scopes, 0);
	for (int i = 0; of_everybody[i]; i++)
		buf_addf(&scopes, "%s%s", i ? " " : "", of_everybody[i]);
	for (int i = 0; of_graph[i]; i++)
		buf_addf(&scopes, " %s/%s", origin, of_graph[i]);
	add(b, "scope", scopes.data);
	buf_clear(&scopes);
}

static void add_challenge(struct buf *b, const char *verifier)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char challenge[CHALLENGE_ROOM];
	crypto_hash_sha256(hash, (const unsigned char *)verifier, strlen(verifier));
	sodium_bin2base64(challenge, sizeof challenge, hash, sizeof hash, BASE64);
	add(b, "code_challenge", challenge);
	add(b, "code_challenge_method", "S256");
}

char *sign_in_url(const struct sign_in *s, const struct sign_in_way *w)
{
	struct buf b;
	buf_init(&b, 0);
	buf_addf(&b, "%s/%s/oauth2/v2.0/authorize?response_type=code&response_mode=query",
	    s->endpoint.authority, tenant_of(w->tenant));
	add(&b, "client_id", s->endpoint.client_id);
	add(&b, "redirect_uri", w->redirect_uri);
	add_scopes(&b, s->origin);
	add(&b, "state", w->state);
	add(&b, "nonce", w->nonce);
	add_challenge(&b, w->verifier);
	add(&b, "prompt", "select_account");
	return buf_take(&b);
}

char *sign_in_consent_url(const char *root, const char *authority, const char *client_id,
    const char *tenant, const char *redirect_uri)
{
	struct buf b;
	char *origin = link_origin(root), *scope = xasprintf("%s/.default", origin);
	buf_init(&b, 0);
	buf_addf(&b, "%s/%s/v2.0/adminconsent?client_id=", authority, tenant_of(tenant));
	buf_url(&b, client_id);
	add(&b, "scope", scope);
	if (redirect_uri)
		add(&b, "redirect_uri", redirect_uri);
	free(scope);
	free(origin);
	return buf_take(&b);
}

/* ---- a code ------------------------------------------------------------------------------------- */

static void end(struct redeeming *r, const struct sign_in_answer *a)
{
	sign_in_fn fn = r->fn;
	void *ctx = r->ctx;
	list_drop(&r->link);
	timer_clear(r->sign_in->loop, &r->later);
	free(r);
	fn(ctx, a);
}

static bool has_scope(const char *granted, const char *wanted)
{
	size_t length = strlen(wanted);
	for (const char *at = strcasestr(granted, wanted); at; at = strcasestr(at + 1, wanted))
		if ((at == granted || at[-1] == ' ' || at[-1] == '/') &&
		    (at[length] == ' ' || at[length] == '\0'))
			return true;
	return false;
}

/* An administrator or the person may have granted less than was asked for. */
static bool all_granted(const char *granted)
{
	for (int i = 0; of_graph[i]; i++)
		if (!has_scope(granted, of_graph[i]))
			return false;
	return true;
}

static void read_tokens(struct sign_in_answer *a, const json_t *body)
{
	a->id_token = json_text(body, "id_token");
	a->refresh_token = json_text(body, "refresh_token");
	a->allowed = all_granted(json_text_or(body, "scope", ""));
	if (token_request_is_token(a->id_token) && token_request_is_token(a->refresh_token))
		return;
	a->result = GRAPH_PASSING;
	err_set(&a->error, ERR_INPUT,
	    "Microsoft's sign-in answered 200 without an id_token and a refresh_token");
}

/* A token in another form than today's says nothing of roles, and is a token. */
static json_t *missing_roles(const char *token, bool *allowed)
{
	json_t *roles = token_roles(token), *missing = json_array(), *role;
	size_t i;
	*allowed = !roles || json_array_size(roles) > 0;
	for (int at = 0; roles && sign_in_permissions[at].name; at++) {
		bool there = false;
		json_array_foreach (roles, i, role)
			there |= strcmp(json_string_value(role), sign_in_permissions[at].name) == 0;
		if (!there)
			json_array_append_new(missing, json_string(sign_in_permissions[at].name));
	}
	json_decref(roles);
	return missing;
}

/* read_roles fills *a; what a->missing borrows is kept in body. */
static void read_roles(struct sign_in_answer *a, json_t *body)
{
	const char *token = json_text(body, "access_token");
	if (!token_request_is_token(token)) {
		a->result = GRAPH_PASSING;
		err_set(&a->error, ERR_INPUT,
		    "Microsoft's sign-in answered 200 without an access_token");
		return;
	}
	json_object_set_new(body, "missing", missing_roles(token, &a->allowed));
	a->missing = json_list(body, "missing");
}

static enum graph_result read_error(
    const struct redeeming *r, int status, const json_t *body, char *reason, struct err *e)
{
	return r->of_app ? sign_in_error(status, body, e)
			 : sign_in_error_of_account(status, body, reason, e);
}

static void read_answer(struct redeeming *r, const struct http_answer *h)
{
	struct err why;
	char reason[REASON_ROOM] = "";
	struct sign_in_answer a = {.result = GRAPH_PASSING, .reason = reason};
	json_t *body = json_read(h->body, h->body_length, DEPTH_MAX, &why);
	if (h->status == 0)
		err_set(&a.error, h->error.code, "Microsoft's sign-in gave no answer: %s",
		    h->error.text);
	else if (h->status != 200)
		a.result = read_error(r, h->status, body, reason, &a.error);
	else if (!body)
		err_set(&a.error, ERR_INPUT,
		    "Microsoft's sign-in answered 200 with something that is no JSON (%s)",
		    errors_looks_like(h->body));
	else
		a.result = GRAPH_OK;
	if (a.result == GRAPH_OK && r->of_app)
		read_roles(&a, body);
	else if (a.result == GRAPH_OK)
		read_tokens(&a, body);
	end(r, &a);
	token_request_wipe(body, "access_token");
	token_request_wipe(body, "refresh_token");
	json_decref(body);
}

static void answered(void *ctx, const struct http_answer *h)
{
	read_answer(ctx, h);
}

static void not_sent(void *ctx)
{
	struct redeeming *r = ctx;
	end(r, &(struct sign_in_answer){.result = GRAPH_OPERATOR, .reason = "", .error = r->error});
}

static void ask(struct sign_in *s, struct redeeming *r, const char *tenant, const char *kind,
    const struct token_field *fields)
{
	r->sign_in = s;
	list_push(&s->redeeming, &r->link);
	r->call = token_request(&s->endpoint, tenant, kind, fields, answered, r, &r->error);
	if (!r->call)
		timer_set(s->loop, &r->later, 0, not_sent, r);
}

void sign_in_redeem(
    struct sign_in *s, const struct sign_in_way *w, const char *code, sign_in_fn fn, void *ctx)
{
	struct redeeming *r = xcalloc(1, sizeof *r);
	const struct token_field fields[] = {{"code", code}, {"redirect_uri", w->redirect_uri},
	    {"code_verifier", w->verifier}, {NULL, NULL}};
	*r = (struct redeeming){.fn = fn, .ctx = ctx};
	ask(s, r, tenant_of(w->tenant), "authorization_code", fields);
}

void sign_in_allowed(struct sign_in *s, const char *tenant, sign_in_fn fn, void *ctx)
{
	struct redeeming *r = xcalloc(1, sizeof *r);
	char *scope = xasprintf("%s/.default", s->origin);
	const struct token_field fields[] = {{"scope", scope}, {NULL, NULL}};
	*r = (struct redeeming){.of_app = true, .fn = fn, .ctx = ctx};
	ask(s, r, tenant, "client_credentials", fields);
	free(scope);
}

enum graph_result sign_in_error_of(
    const char *error, const char *description, char reason[SIGN_IN_REASON_ROOM])
{
	struct err e;
	bool denied = strcmp(error, "access_denied") == 0;
	reason[0] = '\0';
	if (denied && (!strstr(description, "AADSTS") || strstr(description, "AADSTS65004")))
		return GRAPH_REFUSED;
	json_t *body = json_pack("{s:s, s:s}", "error", denied ? "invalid_grant" : error,
	    "error_description", description);
	enum graph_result result = sign_in_error_of_account(400, body, reason, &e);
	json_decref(body);
	return result;
}

/* ---- birth and death ----------------------------------------------------------------------------- */

struct sign_in *sign_in_new(const struct sign_in_options *o, struct err *e)
{
	struct credential *credential =
	    credential_read(o->secret_file, o->certificate_file, o->key_file, e);
	if (!credential)
		return NULL;
	struct sign_in *s = xcalloc(1, sizeof *s);
	s->loop = o->loop;
	token_endpoint_init(
	    &s->endpoint, o->http, o->authority, o->client_id, o->timeout_ms, credential);
	s->origin = link_origin(o->root);
	s->secret_file = xstrdup(o->secret_file);
	s->certificate_file = xstrdup(o->certificate_file);
	s->key_file = xstrdup(o->key_file);
	list_init(&s->redeeming);
	return s;
}

int sign_in_reread(struct sign_in *s, struct err *e)
{
	struct credential *credential =
	    credential_read(s->secret_file, s->certificate_file, s->key_file, e);
	if (!credential)
		return e->code;
	credential_free(s->endpoint.credential);
	s->endpoint.credential = credential;
	return 0;
}

void sign_in_free(struct sign_in *s)
{
	if (!s)
		return;
	list_each (item, &s->redeeming) {
		struct redeeming *r = container_of(item, struct redeeming, link);
		struct sign_in_answer a = {.result = GRAPH_PASSING, .reason = ""};
		err_set(&a.error, ERR_LOST, "this process is about to stop");
		if (r->call)
			http_stop(r->call);
		end(r, &a);
	}
	token_endpoint_clear(&s->endpoint);
	free(s->origin);
	free(s->secret_file);
	free(s->certificate_file);
	free(s->key_file);
	free(s);
}
