/*
 * connected - a staff member comes back from Microsoft's sign-in.
 *
 *	cookie and state -> used once (SET NX) -> school and connection -> code for tokens
 *	    -> key of the id_token -> who it is -> linked
 *
 * Whatever is not as it has to be ends the way with a word for the settings page, and changes
 * nothing of a connection that was there. Neither code, tokens nor addresses reach a log.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "buf.h"
#include "clock.h"
#include "connect.h"
#include "console_consent.h"
#include "cookie.h"
#include "doors.h"
#include "id_token.h"
#include "log.h"
#include "microsoft.h"
#include "sign_in.h"
#include "way.h"

enum { CODE_MAX = 8192 };

/* Accounts that belong to people and no organisation are in this tenant. */
static const char personal_tenant[] = "9188040d-6c67-4c5b-b112-36a304b66dad";

struct coming {
	struct visit *visit;
	struct way way;
	char *name;    /* owned: of the connection */
	char *tenant;  /* owned: the school's, "" if it has none yet */
	char *account; /* owned: as it was linked before */
	enum connection_state before;
	char *refresh_token; /* owned, wiped */
	bool allowed;	     /* all that we asked for was granted */
	struct jws id_token;
};

/* ---- the end of the way ------------------------------------------------------------------------ */

static void coming_free(struct coming *g)
{
	if (g->refresh_token)
		sodium_memzero(g->refresh_token, strlen(g->refresh_token));
	free(g->refresh_token);
	free(g->name);
	free(g->tenant);
	free(g->account);
	jws_clear(&g->id_token);
	way_wipe(&g->way);
	free(g);
}

static void go_to_settings(struct visit *v, const char *how, const char *word)
{
	char *to = xasprintf("/staff/settings?%s=%s#connection", how, word);
	answer_redirect(v, to);
	free(to);
}

static void trouble_at(struct visit *v, const char *word)
{
	audit_refusal(v, word, v->route->path);
	go_to_settings(v, "trouble", word);
}

static void trouble(struct coming *g, const char *word)
{
	struct visit *v = g->visit;
	coming_free(g);
	trouble_at(v, word);
}

static void unreachable(struct coming *g, const struct err *e)
{
	struct visit *v = g->visit;
	coming_free(g);
	answer_unreachable(v, e);
}

/* needs_consent leaves a note with a connection that is not there or does not work, so that
 * the page shows whom to ask. */
static void needs_consent(struct coming *g)
{
	if (g->before != CONNECTION_LINKED)
		connection_note(
		    g->visit->web->redis, g->visit->web->prefix, g->name, "consent_required");
	trouble(g, "consent");
}

/* ---- linked -------------------------------------------------------------------------------------- */

static const char *how_linked(const struct coming *g, const char *account)
{
	if (g->before == CONNECTION_NONE)
		return "new";
	return strcmp(g->account, account) == 0 ? "again" : "other";
}

struct told {
	struct coming *coming;
	const char *how;
};

static void linked(void *ctx, bool done, const struct err *e)
{
	struct told t = *(struct told *)ctx;
	struct visit *v = t.coming->visit;
	free(ctx);
	if (e) {
		coming_free(t.coming);
		answer_unconfirmed(v, e);
	} else if (!done) {
		trouble(t.coming, "other_tenant");
	} else {
		coming_free(t.coming);
		audit_act(v, "connected", t.how);
		go_to_settings(v, "linked", t.how);
	}
}

static void link_account(struct coming *g, const struct identity *i)
{
	const struct web *web = g->visit->web;
	char link[CONNECTION_LINK_ROOM];
	char *sealed = connection_seal(doors_keys(web->doors), g->name, g->refresh_token);
	int64_t now = clock_wall_ms();
	connection_link_new(link);
	const struct connection c = {
	    .state = CONNECTION_LINKED,
	    .email = i->email,
	    .name = i->name,
	    .account = i->account,
	    .tenant = i->tenant,
	    .link = link,
	    .sealed = sealed,
	    .linked_at = now,
	    .refreshed_at = now,
	    .since = now,
	};
	struct told *t = xcalloc(1, sizeof *t);
	*t = (struct told){g, how_linked(g, i->account)};
	connection_link(web->redis, web->prefix, g->name, &c, !*g->tenant, linked, t);
	free(sealed);
}

/* ---- who is it? ----------------------------------------------------------------------------------- */

static bool is_elsewhere(const struct coming *g, const struct identity *i)
{
	if (strcasecmp(i->tenant, personal_tenant) == 0)
		return true;
	return *g->tenant && strcasecmp(g->tenant, i->tenant) != 0;
}

static void believe(struct coming *g, const json_t *key)
{
	const struct config *c = g->visit->web->config;
	const struct id_token_rules rules = {
	    .authority = c->graph.authority,
	    .client_id = c->app.client_id,
	    .nonce = g->way.nonce,
	};
	struct identity i;
	struct err e;
	if (id_token_read(&g->id_token, key, &rules, &i, &e) < 0) {
		log_warn("id_token_refused", log_str("request", g->visit->request_id),
		    log_str("why", e.text));
		trouble(g, "other");
	} else if (is_elsewhere(g, &i)) {
		trouble(g, "other_tenant");
	} else if (!g->allowed) {
		needs_consent(g);
	} else {
		link_account(g, &i);
	}
	identity_clear(&i);
}

static void key_came(void *ctx, const json_t *key, const struct err *e)
{
	struct coming *g = ctx;
	if (key) {
		believe(g, key);
		return;
	}
	log_warn(
	    "id_token_refused", log_str("request", g->visit->request_id), log_str("why", e->text));
	trouble(g, e->code == ERR_INPUT ? "other" : "unreachable");
}

/* ---- what is the code worth? ------------------------------------------------------------------------ */

static const char *word_of(enum graph_result result, const char *reason)
{
	switch (result) {
	case GRAPH_REFUSED:
		return "cancelled";
	case GRAPH_RELINK:
		if (strcmp(reason, "account_gone") == 0)
			return "other_tenant";
		if (strcmp(reason, "not_accepted") == 0 || strcmp(reason, "expired") == 0)
			return "expired";
		return "account";
	case GRAPH_NO_CONSENT:
		return "consent";
	case GRAPH_OPERATOR:
	case GRAPH_NO_TENANT:
		return "ours";
	case GRAPH_THROTTLED:
	case GRAPH_PASSING:
		return "unreachable";
	case GRAPH_OK:
	case GRAPH_TOKEN_REFUSED:
	case GRAPH_NOT_LINKED:
		break;
	}
	return "other";
}

static void refused(struct coming *g, enum graph_result result, const char *reason)
{
	if (result == GRAPH_NO_CONSENT)
		needs_consent(g);
	else
		trouble(g, word_of(result, reason));
}

static void redeemed(void *ctx, const struct sign_in_answer *a)
{
	struct coming *g = ctx;
	struct err e;
	if (a->result != GRAPH_OK) {
		log_write(a->result == GRAPH_OPERATOR ? LOG_ERROR : LOG_INFO, "code_refused",
		    LOG_FIELDS(
			log_str("request", g->visit->request_id), log_str("why", a->error.text)));
		refused(g, a->result, a->reason);
		return;
	}
	g->refresh_token = xstrdup(a->refresh_token);
	g->allowed = a->allowed;
	if (jws_read(&g->id_token, a->id_token, &e) < 0 || !g->id_token.key_id) {
		log_warn("id_token_refused", log_str("request", g->visit->request_id),
		    log_str("why", g->id_token.header ? "it names no key" : e.text));
		trouble(g, "other");
		return;
	}
	jwks_find(g->visit->web->microsoft->keys, g->id_token.key_id, key_came, g);
}

static void redeem(struct coming *g)
{
	struct visit *v = g->visit;
	const char *error = exchange_query(v->x, "error"), *code = exchange_query(v->x, "code");
	const char *description = exchange_query(v->x, "error_description");
	const struct sign_in_way way = way_for_microsoft(&g->way);
	char reason[SIGN_IN_REASON_ROOM];
	if (error) {
		enum graph_result result =
		    sign_in_error_of(error, description ? description : "", reason);
		refused(g, result, reason);
	} else if (!code || !*code || strlen(code) > CODE_MAX || !v->web->microsoft->sign_in) {
		trouble(g, "other");
	} else {
		sign_in_redeem(v->web->microsoft->sign_in, &way, code, redeemed, g);
	}
}

static void read_before(void *ctx, struct school *s, struct connection *c, const struct err *e)
{
	struct coming *g = ctx;
	if (e) {
		unreachable(g, e);
	} else if (!s->known || !s->enabled || connect_is_whole(s)) {
		trouble(g, "other");
	} else {
		g->tenant = xstrdup(s->tenant_id);
		g->account = xstrdup(c->account);
		g->before = c->state;
		redeem(g);
	}
	school_clear(s);
	connection_clear(c);
}

/* ---- is it their way? --------------------------------------------------------------------------------- */

static void state_used(void *ctx, const struct reply *r, const struct err *e)
{
	struct coming *g = ctx;
	struct web *web = g->visit->web;
	if (!r || reply_kind(r) == REPLY_ERROR) {
		struct err refused_it = {.code = ERR_REFUSED};
		unreachable(g, e ? e : &refused_it);
	} else if (reply_kind(r) == REPLY_NIL) {
		trouble(g, "expired");
	} else {
		connection_read(web->redis, web->prefix, g->name, read_before, g);
	}
}

static void use_state(struct coming *g)
{
	const struct web *web = g->visit->web;
	char print[WAY_PRINT_ROOM];
	way_print(&g->way, print);
	redis_sendf(web->redis, WEB_REDIS_TIMEOUT_MS, state_used, g, "SET %sway:%s 1 NX EX %d",
	    web->prefix, print, (int64_t)WAY_LIFE_S);
}

static void come_back(struct visit *v)
{
	struct coming *g = xcalloc(1, sizeof *g);
	const struct seal_keys *keys = doors_keys(v->web->doors);
	char *cookie = cookie_get(v, way_cookie);
	g->visit = v;
	g->name = connection_name(v->who.school, v->who.id);
	bool theirs = keys && cookie && g->name && way_open(keys, cookie, &v->who, &g->way) &&
		      way_is(&g->way, exchange_query(v->x, "state"));
	free(cookie);
	cookie_drop(v, way_cookie);
	if (theirs)
		use_state(g);
	else
		trouble(g, "expired");
}

/* An administrator comes back who allowed us, or did not; often with no session here. What the
 * address says of it proves nothing and changes nothing. */
static void consented(struct visit *v)
{
	static const char yes[] =
	    "Thank you. Rollcall is allowed in your school's Microsoft 365. The teachers can press "
	    "Connect now; it may take Microsoft some minutes.\n";
	static const char no[] = "Rollcall was not allowed in your school's Microsoft 365. Nothing "
				 "was changed.\n";
	bool allowed = !exchange_query(v->x, "error");
	if (console_consent_back(v))
		return;
	if (v->who.kind == WHO_STAFF)
		go_to_settings(
		    v, allowed ? "linked" : "trouble", allowed ? "consented" : "consent");
	else
		answer_text(v, 200, "text/plain; charset=utf-8", allowed ? yes : no,
		    allowed ? sizeof yes - 1 : sizeof no - 1);
}

void serve_connected(struct visit *v)
{
	exchange_set_header(v->x, "Cache-Control", "no-store");
	if (strcmp(exchange_method(v->x), "HEAD") == 0)
		answer_empty(v, 204);
	else if (exchange_query(v->x, "admin_consent"))
		consented(v);
	else if (v->who.kind != WHO_STAFF)
		doors_refuse(v, 401, "session_over",
		    "Your session is over. Open this page from the school's portal again, and "
		    "press Connect once more.");
	else
		come_back(v);
}
