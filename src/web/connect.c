/*
 * connect - a staff member looks at their Microsoft Connection, sets out to Microsoft's sign-in
 * for one, or ends it. Their coming back is in connected.c.
 */
#include "connect.h"

#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "buf.h"
#include "cookie.h"
#include "microsoft.h"
#include "way.h"

/* ---- what there is ------------------------------------------------------------------------- */

bool connect_is_whole(const struct school *s)
{
	return strcmp(s->auth, "app") == 0;
}

json_t *connect_view(const struct visit *v, const struct school *s, const struct connection *c)
{
	if (connect_is_whole(s))
		return json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:s}", "state",
		    *s->tenant_id ? "connected" : "none", "mode", "app", "email", "", "name", "",
		    "tenant_id", s->tenant_id, "since", 0, "reason", "");
	bool linked = c->state == CONNECTION_LINKED;
	json_t *view = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:s}", "state",
	    connection_word(c->state), "mode", "delegated", "email", c->email, "name", c->name,
	    "tenant_id", *c->tenant ? c->tenant : s->tenant_id, "since",
	    (json_int_t)(linked ? c->linked_at : c->since), "reason", c->reason);
	if (strcmp(c->reason, "consent_required") == 0 && v->web->microsoft->sign_in) {
		char *url = microsoft_consent_url(v, s->tenant_id);
		json_object_set_new(view, "admin_consent_url", json_string(url));
		free(url);
	}
	return view;
}

static void look(struct visit *v, connection_fn fn)
{
	char *name = connection_name(v->who.school, v->who.id);
	if (!name) {
		answer_problem(v, 422, "bad_name",
		    "A connection cannot be kept for this school and person: their ids are too "
		    "long, or the school's has a colon in it.");
		return;
	}
	connection_read(v->web->redis, v->web->prefix, name, fn, v);
	free(name);
}

static void seen(void *ctx, struct school *s, struct connection *c, const struct err *e)
{
	struct visit *v = ctx;
	if (e)
		answer_unreachable(v, e);
	else
		answer_json(v, 200, connect_view(v, s, c));
	school_clear(s);
	connection_clear(c);
}

void serve_connection(struct visit *v)
{
	look(v, seen);
}

/* ---- setting out ------------------------------------------------------------------------------ */

static void answer_location(struct visit *v, const struct school *s)
{
	struct way way;
	char *back = microsoft_way_back(v);
	way_begin(&way, s->tenant_id, back);
	const struct sign_in_way w = way_for_microsoft(&way);
	char *url = sign_in_url(v->web->microsoft->sign_in, &w);
	char *value = way_seal(doors_keys(v->web->doors), &way, &v->who);
	cookie_set(v, way_cookie, value, WAY_LIFE_S);
	way_wipe(&way);
	audit_act(v, "connecting", v->route->path);
	answer_json(v, 200, json_pack("{s:s}", "location", url));
	free(value);
	free(url);
	free(back);
}

static void set_out(void *ctx, struct school *s, struct connection *c, const struct err *e)
{
	struct visit *v = ctx;
	if (e)
		answer_unreachable(v, e);
	else if (connect_is_whole(s))
		answer_problem(v, 409, "connected_as_whole",
		    "The school is connected as a whole: nobody links an account of their own.");
	else if (!v->web->microsoft->sign_in)
		answer_problem(v, 409, "not_set_up",
		    "Rollcall is not registered at Microsoft: the operator has to set client_id "
		    "and a secret or certificate in [app].");
	else if (*s->tenant_id && !sign_in_is_tenant(s->tenant_id))
		answer_problem(v, 409, "bad_tenant",
		    "The tenant that is entered for the school is none (\"%.60s\"): correct it "
		    "with rollcall school set --tenant.",
		    s->tenant_id);
	else
		answer_location(v, s);
	school_clear(s);
	connection_clear(c);
}

void serve_connect(struct visit *v)
{
	look(v, set_out);
}

/* ---- ending it ---------------------------------------------------------------------------------- */

static void unlinked(void *ctx, bool done, const struct err *e)
{
	struct visit *v = ctx;
	if (!done) {
		answer_unconfirmed(v, e);
		return;
	}
	audit_act(v, "disconnected", v->route->path);
	answer_empty(v, 204);
}

void serve_disconnect(struct visit *v)
{
	char *name = connection_name(v->who.school, v->who.id);
	if (name)
		connection_unlink(v->web->redis, v->web->prefix, name, unlinked, v);
	else
		answer_empty(v, 204);
	free(name);
}
