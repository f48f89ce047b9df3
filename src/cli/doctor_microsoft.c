/* doctor_microsoft - are Graph and the sign-in reachable, and do they let us in? */
#include <string.h>

#include "clock.h"
#include "doctor.h"
#include "graph_client.h"
#include "http.h"
#include "output.h"
#include "schools.h"
#include "tenant.h"

enum { REACH_MS = 10000, SIGN_IN_MS = 30000, SCHOOLS_MOST = 5, BODY_MAX = 1048576 };

/* ---- reachable -------------------------------------------------------------------- */

struct visit {
	bool over;
	int status;
	int64_t took_ms;
	struct err error;
};

static void visited(void *ctx, const struct http_answer *a)
{
	struct visit *v = ctx;
	v->over = true;
	v->status = a->status;
	v->took_ms = a->took_ms;
	v->error = a->error;
}

/* check_reach asks for any answer at all: what it is does not matter. */
static void check_reach(struct doctor *d, struct http *http, const char *check, const char *url)
{
	struct visit v = {0};
	struct http_request q = {
	    .method = "GET", .url = url, .timeout_ms = REACH_MS, .body_max = BODY_MAX};
	(void)http_start(http, &q, visited, &v);
	(void)loop_run_until(d->cli->loop, &v.over, 0);
	if (v.status > 0 || v.error.code == ERR_LIMIT)
		doctor_say(
		    d, FINDING_OK, check, "", "%s answers (%lld ms)", url, (long long)v.took_ms);
	else
		doctor_say(d, FINDING_FAIL, check,
		    "Look at network, proxy, firewall and (for a private "
		    "authority) graph.ca_file.",
		    "%s: %s", url, v.error.text);
}

/* ---- signing in ---------------------------------------------------------------------- */

struct sign_in {
	bool over;
	enum graph_result result;
	struct err error;
};

static void signed_in(void *ctx, const struct graph_answer *a)
{
	struct sign_in *s = ctx;
	s->over = true;
	s->result = a->result;
	s->error = a->error;
}

static const char *remedy(enum graph_result result)
{
	switch (result) {
	case GRAPH_OK:
		return "";
	case GRAPH_NO_CONSENT:
		return "The school's Microsoft administrator has to allow the app for the whole "
		       "school.";
	case GRAPH_NO_TENANT:
		return "Correct the tenant id: rollcall school set SCHOOL --tenant GUID";
	case GRAPH_OPERATOR:
		return "Correct app.client_id, the secret (it may have expired) or the "
		       "certificate.";
	case GRAPH_THROTTLED:
	case GRAPH_PASSING:
		return "Try again in a minute.";
	case GRAPH_REFUSED:
	case GRAPH_TOKEN_REFUSED:
	case GRAPH_RELINK:
	case GRAPH_NOT_LINKED:
		return "Look at the app registration at Microsoft.";
	}
	return "";
}

static void check_school(struct doctor *d, struct graph *graph, const json_t *school)
{
	struct sign_in s = {0};
	const char *id = json_text_or(school, "school", "");
	const char *tenant = json_text_or(school, "tenant_id", ""), *doubt = tenant_doubt(tenant);
	if (doubt)
		doctor_say(d, *tenant ? FINDING_WARNING : FINDING_FAIL, id,
		    "rollcall school set SCHOOL --tenant GUID", "tenant \"%s\": %s", tenant, doubt);
	if (!*tenant)
		return;
	graph_check_sign_in(graph, tenant, NULL, signed_in, &s);
	if (!loop_run_until(d->cli->loop, &s.over, clock_mono_ms() + SIGN_IN_MS))
		doctor_say(
		    d, FINDING_FAIL, id, "Try again in a minute.", "no answer to the sign-in");
	else if (s.result == GRAPH_OK)
		doctor_say(d, FINDING_OK, id, "", "Microsoft signs us in");
	else
		doctor_say(d, FINDING_FAIL, id, remedy(s.result), "%s", s.error.text);
}

static bool is_to_check(const struct doctor *d, const json_t *school)
{
	return strcmp(json_text_or(school, "auth", ""), "app") == 0 && school_is_enabled(school) &&
	       (!d->school || strcmp(json_text_or(school, "school", ""), d->school) == 0);
}

static void check_schools(struct doctor *d, struct graph *graph)
{
	bool complete;
	size_t checked = 0, left = 0;
	json_t *schools = schools_read(d->cli, &complete);
	for (size_t i = 0; i < json_array_size(schools); i++) {
		const json_t *school = json_array_get(schools, i);
		if (!is_to_check(d, school))
			continue;
		if (checked == SCHOOLS_MOST)
			left++;
		else
			check_school(d, graph, school);
		checked += checked < SCHOOLS_MOST;
	}
	json_decref(schools);
	if (checked == 0)
		doctor_say(d, d->school ? FINDING_FAIL : FINDING_OK, "Sign-in",
		    "Enter it: rollcall school set SCHOOL --tenant GUID --auth app", "%s%s",
		    d->school ? "no such school signs in as the app: "
			      : "no school signs in as the app",
		    d->school ? d->school : "");
	if (left > 0)
		doctor_say(d, FINDING_OK, "Sign-in", "",
		    "%zu more schools not looked at (--school SCHOOL)", left);
}

static void check_sign_in(struct doctor *d, struct http *http)
{
	const struct config *c = &d->cli->config;
	struct err e;
	struct graph_options o = {
	    .loop = d->cli->loop,
	    .http = http,
	    .root = c->graph.root,
	    .authority = c->graph.authority,
	    .client_id = c->app.client_id,
	    .secret_file = *c->app.client_secret_file ? c->app.client_secret_file : NULL,
	    .certificate_file = *c->app.certificate_file ? c->app.certificate_file : NULL,
	    .key_file = *c->app.key_file ? c->app.key_file : NULL,
	    .timeout_ms = c->graph.timeout_ms,
	    .quota_scale = c->graph.quota_scale,
	};
	if (!*c->app.client_id || (!o.secret_file && !o.certificate_file))
		return;
	struct graph *graph = graph_new(&o, &e);
	if (!graph) {
		doctor_say(d, FINDING_FAIL, "Sign-in",
		    "Correct the file; as another user, it may not be "
		    "readable.",
		    "%s", e.text);
		return;
	}
	check_schools(d, graph);
	graph_free(graph);
}

void doctor_microsoft(struct doctor *d)
{
	const struct config *c = &d->cli->config;
	struct http *http = http_new(d->cli->loop, *c->graph.ca_file ? c->graph.ca_file : NULL, 4);
	check_reach(d, http, "Microsoft Graph", c->graph.root);
	check_reach(d, http, "Microsoft sign-in", c->graph.authority);
	if (!d->redis_away)
		check_sign_in(d, http);
	http_free(http);
}
