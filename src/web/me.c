/* me - whoever is signed in, what their pages need to know first. */
#include <stdlib.h>

#include "buf.h"
#include "connect.h"
#include "web.h"

static json_t *roles_json(unsigned roles)
{
	static const struct {
		unsigned role;
		const char *word;
	} known[] = {{ROLE_ADMINISTRATOR, "administrator"}, {ROLE_SUPER_ADMIN, "super_admin"},
	    {ROLE_TEACHING, "teaching_staff"}, {ROLE_OPERATOR, "operator"}};
	json_t *list = json_array();
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (roles & known[i].role)
			json_array_append_new(list, json_string(known[i].word));
	return list;
}

/* What is known so far; flat, for visit.more. */
struct looking {
	bool workers_online;
};

static void connection_came(void *ctx, struct school *s, struct connection *c, const struct err *e)
{
	struct visit *v = ctx;
	const struct who *w = &v->who;
	const struct looking *k = v->more;
	if (e) {
		answer_unreachable(v, e);
	} else {
		json_t *me = json_pack("{s:s, s:s, s:{s:s, s:s}, s:s, s:b, s:s, s:I, s:b}", "id",
		    w->id, "name", w->name, "school", "id", w->school, "name",
		    *s->name ? s->name : w->school, "language", w->language, "admin",
		    (w->roles & ROLE_ADMINISTRATOR) != 0, "csrf", w->csrf, "until",
		    (json_int_t)w->until, "workers_online", k->workers_online);
		json_object_set_new(me, "roles", roles_json(w->roles));
		json_object_set_new(me, "connection", connect_view(v, s, c));
		answer_json(v, 200, me);
	}
	school_clear(s);
	connection_clear(c);
}

static void alive_came(void *ctx, const struct reply *r, const struct err *e)
{
	struct visit *v = ctx;
	if (web_failed(v, r, e))
		return;
	struct looking *k = v->more = xcalloc(1, sizeof *k);
	k->workers_online = reply_number(r) > 0;
	char *name = connection_name(v->who.school, v->who.id);
	connection_read(v->web->redis, v->web->prefix, name, connection_came, v);
	free(name);
}

void serve_me(struct visit *v)
{
	redis_sendf(
	    v->web->redis, WEB_REDIS_TIMEOUT_MS, alive_came, v, "EXISTS %salive", v->web->prefix);
}
