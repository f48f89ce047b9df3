/*
 * console_consent - "Enable Microsoft 365 APIs" (requirements 9.2): an administrator of the
 * school is sent to Microsoft, where a global administrator accepts.
 *
 *	button -> Microsoft -> back, with the state that went out -> do we get in? -> noted
 *
 * What the address says on the way back proves nothing: Microsoft itself is asked for a token
 * of the tenant. And the tenant is the one that the operator entered for the school. One that
 * merely came with somebody's account would let whoever links an account of another
 * organisation, which has allowed us long ago, make this school work there.
 */
#include "console_consent.h"

#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "buf.h"
#include "clock.h"
#include "console.h"
#include "cookie.h"
#include "doors.h"
#include "log.h"
#include "microsoft.h"
#include "way.h"

/* ---- setting out --------------------------------------------------------------------------- */

static void answer_location(struct visit *v, const char *tenant)
{
	struct way way;
	char *back = microsoft_way_back(v), *url = microsoft_consent_url(v, tenant);
	way_begin(&way, tenant, back);
	char *value = way_seal(doors_keys(v->web->doors), &way, &v->who);
	cookie_set(v, way_cookie, value, WAY_LIFE_S);
	audit_act(v, "consent_asked", v->route->path);
	answer_json(
	    v, 200, json_pack("{s:o}", "location", json_sprintf("%s&state=%s", url, way.state)));
	way_wipe(&way);
	free(value);
	free(url);
	free(back);
}

static void set_out(struct visit *v, json_t *school)
{
	const char *tenant = json_text_or(school, "tenant_id", "");
	if (!v->web->microsoft->sign_in)
		answer_problem(v, 409, "not_set_up",
		    "Rollcall is not registered at Microsoft: the operator has to set client_id "
		    "and a secret or certificate in [app].");
	else if (!*tenant || !sign_in_is_tenant(tenant))
		answer_problem(v, 409, "no_tenant",
		    "The school's Microsoft tenant is not known here (\"%.60s\"). The operator "
		    "enters it: rollcall school set --tenant.",
		    tenant);
	else
		answer_location(v, tenant);
	json_decref(school);
}

void serve_console_consent(struct visit *v)
{
	console_school(v, set_out);
}

/* ---- coming back ------------------------------------------------------------------------------ */

struct coming {
	struct visit *visit;
	char tenant[130];
};

static void go_to_console(struct visit *v, const char *word)
{
	char *to = xasprintf("/console?consent=%s#setup", word);
	answer_redirect(v, to);
	free(to);
}

static void refused(struct visit *v, const char *word)
{
	audit_refusal(v, "consent", word);
	go_to_console(v, word);
}

static void noted(void *ctx, const struct reply *r, const struct err *e)
{
	struct visit *v = ctx;
	if (web_unconfirmed(v, r, e))
		return;
	audit_act(v, "consented", v->route->path);
	go_to_console(v, "granted");
}

/* From now on jobs run as our app itself, and nobody needs an account of their own. */
static void note(struct visit *v, const struct coming *g, const json_t *missing)
{
	struct words w;
	size_t i;
	json_t *one;
	struct buf lacks;
	buf_init(&lacks, 0);
	buf_adds(&lacks, "");
	json_array_foreach (missing, i, one)
		buf_addf(&lacks, "%s%s", i ? "," : "", json_string_value(one));
	words_init(&w);
	words_add(&w, "HSET");
	words_addf(&w, "%sschool:%s", v->web->prefix, v->who.school);
	words_add(&w, "auth");
	words_add(&w, "app");
	words_add(&w, "consent_at");
	words_int(&w, clock_wall_ms());
	words_add(&w, "consent_by");
	words_add(&w, v->who.id);
	words_add(&w, "consent_missing");
	words_add(&w, lacks.data);
	words_add(&w, "tenant_id");
	words_add(&w, g->tenant);
	redis_send(v->web->redis, &w, WEB_REDIS_TIMEOUT_MS, noted, v);
	words_clear(&w);
	buf_clear(&lacks);
}

static const char *word_of(enum graph_result result)
{
	switch (result) {
	case GRAPH_OK:
	case GRAPH_NO_CONSENT:
		return "not_yet";
	case GRAPH_OPERATOR:
	case GRAPH_NO_TENANT:
		return "not_set_up";
	case GRAPH_REFUSED:
	case GRAPH_THROTTLED:
	case GRAPH_PASSING:
	case GRAPH_TOKEN_REFUSED:
	case GRAPH_RELINK:
	case GRAPH_NOT_LINKED:
		break;
	}
	return "unreachable";
}

static void looked(void *ctx, const struct sign_in_answer *a)
{
	struct coming g = *(struct coming *)ctx;
	free(ctx);
	if (a->result == GRAPH_OK && a->allowed) {
		note(g.visit, &g, a->missing);
		return;
	}
	log_info("consent_not_seen", log_str("request", g.visit->request_id),
	    log_str("why", a->error.text));
	refused(g.visit, word_of(a->result));
}

/* The tenant may have been corrected while the administrator was away. */
static void look(struct visit *v, json_t *school)
{
	struct coming *g = v->more;
	v->more = NULL;
	bool is_same = strcmp(json_text_or(school, "tenant_id", ""), g->tenant) == 0;
	json_decref(school);
	if (is_same && v->web->microsoft->sign_in) {
		sign_in_allowed(v->web->microsoft->sign_in, g->tenant, looked, g);
		return;
	}
	free(g);
	refused(v, "expired");
}

static bool open_way(struct visit *v, struct coming *g)
{
	struct way way;
	const struct seal_keys *keys = doors_keys(v->web->doors);
	char *cookie = cookie_get(v, way_cookie);
	bool theirs = keys && cookie && way_open(keys, cookie, &v->who, &way) &&
		      way_is(&way, exchange_query(v->x, "state"));
	if (theirs)
		text_copy(g->tenant, sizeof g->tenant, way.tenant);
	way_wipe(&way);
	free(cookie);
	return theirs;
}

bool console_consent_back(struct visit *v)
{
	if (!(v->who.may & MAY_MANAGE) || !exchange_query(v->x, "state"))
		return false;
	struct coming *g = xcalloc(1, sizeof *g);
	g->visit = v;
	bool theirs = open_way(v, g);
	cookie_drop(v, way_cookie);
	if (theirs && !exchange_query(v->x, "error")) {
		v->more = g;
		console_school(v, look);
		return true;
	}
	free(g);
	refused(v, theirs ? "refused" : "expired");
	return true;
}
