/* control - see control.h. Changes made here are in the ledger as made "hand". */
#include "control.h"

#include <string.h>
#include <strings.h>

#include "buf.h"
#include "change.h"
#include "json.h"
#include "url.h"

struct order {
	struct emulator *em;
	struct exchange *exchange;
	struct url url;
	json_t *body; /* owned, or NULL */
	struct err error;
};

static void answer(struct order *o, int status, json_t *body)
{
	char *text = json_write(body);
	json_decref(body);
	exchange_set_header(o->exchange, "Content-Type", "application/json");
	exchange_answer(o->exchange, status, text, strlen(text));
	free(text);
}

static void refuse(struct order *o, int status, const char *why)
{
	answer(o, status, json_pack("{s:s}", "error", why));
}

static void answer_well(struct order *o)
{
	answer(o, 200, json_pack("{s:b}", "ok", 1));
}

static void scenario_post(struct order *o)
{
	struct emulator *em = o->em;
	const char *add = url_parameter(&o->url, "add");
	struct faults old = em->faults;
	if (!add || !strcmp(add, "0"))
		faults_init(&em->faults);
	if (faults_add(&em->faults, o->body, &o->error) < 0) {
		em->faults = old;
		return refuse(o, 400, o->error.text);
	}
	if (!add || !strcmp(add, "0"))
		faults_clear(&old);
	em->settings = settings_default;
	settings_take(&em->settings, em->faults.settings);
	answer_well(o);
}

static void scenario_get(struct order *o)
{
	answer(o, 200, faults_report(&o->em->faults));
}

static void reset_post(struct order *o)
{
	if (emulator_reset(o->em, &o->error) < 0)
		return refuse(o, 500, o->error.text);
	answer_well(o);
}

static void ledger_get(struct order *o)
{
	const char *since = url_parameter(&o->url, "since"),
		   *format = url_parameter(&o->url, "format");
	char *lines = ledger_text(&o->em->ledger, since ? strtoll(since, NULL, 10) : 0);
	bool array = format && !strcmp(format, "array");
	if (array) {
		char *text = xasprintf("[%s", lines);
		for (char *at = text; (at = strchr(at, '\n')); at++)
			*at = at[1] ? ',' : ' ';
		char *whole = xasprintf("%s]", text);
		free(text);
		free(lines);
		lines = whole;
	}
	exchange_set_header(
	    o->exchange, "Content-Type", array ? "application/json" : "application/x-ndjson");
	exchange_answer(o->exchange, 200, lines, strlen(lines));
	free(lines);
}

static void stats_get(struct order *o)
{
	answer(o, 200, stats_report(&o->em->stats));
}

static void stats_reset(struct order *o)
{
	int64_t in_flight = o->em->stats.in_flight;
	stats_clear(&o->em->stats);
	stats_init(&o->em->stats);
	o->em->stats.in_flight = in_flight;
	answer_well(o);
}

static json_t *people_of(const struct group *g)
{
	json_t *list = json_array();
	for (size_t i = 0; i < g->membership_count; i++) {
		const struct membership *m = &g->memberships[i];
		const char *mail = user_text(m->user, "mail");
		json_array_append_new(list, json_pack("{s:s,s:o,s:s,s:b,s:b}", "id", m->user->id,
						"mail", mail ? json_string(mail) : json_null(),
						"upn", user_text(m->user, "userPrincipalName"),
						"owner", m->owner, "member", m->member));
	}
	return list;
}

static json_t *team_report(const struct group *g)
{
	return json_pack("{s:s,s:s,s:s,s:o,s:s,s:b,s:b,s:b,s:b,s:b,s:o}", "id", g->id, "tenant",
	    g->tenant->id, "name", g->name, "description",
	    g->description ? json_string(g->description) : json_null(), "nickname", g->nickname,
	    "team", g->is_team, "class", g->is_class, "archived", g->archived, "locked", g->locked,
	    "deleted", g->deleted_wall_ms != 0, "members", people_of(g));
}

static void teams_get(struct order *o)
{
	json_t *list = json_array();
	size_t at = 0;
	const char *key;
	void *item;
	while (map_next(&o->em->world.tenants, &at, &key, &item)) {
		const struct tenant *t = item;
		for (size_t i = 0; i < t->group_count; i++)
			if (!t->groups[i]->failed)
				json_array_append_new(list, team_report(t->groups[i]));
	}
	answer(o, 200, list);
}

static struct group *find_team(const struct order *o, const char *id)
{
	size_t at = 0;
	const char *key;
	void *tenant;
	struct group *g = NULL;
	while (!g && map_next(&o->em->world.tenants, &at, &key, &tenant))
		g = group_find(tenant, id);
	return g;
}

static void team_get_report(struct order *o)
{
	const struct group *g = find_team(o, o->url.segments[2]);
	if (g)
		answer(o, 200, team_report(g));
	else
		refuse(o, 404, "no such team");
}

static struct user *find_person(const struct order *o, const char *name)
{
	const char *tenant_id = json_text(o->body, "tenant");
	size_t at = 0;
	const char *key;
	void *item;
	while (name && map_next(&o->em->world.tenants, &at, &key, &item)) {
		struct tenant *t = item;
		if (tenant_id && world_tenant(&o->em->world, tenant_id) != t)
			continue;
		struct user *u = user_find(t, name);
		if (u)
			return u;
		const struct entries *e = index_get(&t->user_index, "mail", name);
		if (e)
			return e->items[0];
	}
	return NULL;
}

static void by_hand(struct order *o, struct tenant *t, json_t *event)
{
	json_object_set_new(event, "via", json_string("hand"));
	json_object_set_new(event, "by", json_string("hand"));
	change_make(o->em, t, event);
}

static void create_person(struct order *o, json_t *properties)
{
	const char *id = json_text(o->body, "tenant");
	struct tenant *t = id ? world_tenant(&o->em->world, id) : NULL;
	if (!t)
		return refuse(o, 400, "\"tenant\" names no tenant");
	by_hand(o, t, json_pack("{s:s,s:O}", "what", "user_created", "set", properties));
	answer_well(o);
}

/* {"user": id, UPN or mail, "set": {...}, "delete": true, "revoke": true}, or
 * {"tenant": ..., "create": {...}} */
static void people_post(struct order *o)
{
	if (json_map(o->body, "create"))
		return create_person(o, json_map(o->body, "create"));
	struct user *u = find_person(o, json_text(o->body, "user"));
	json_t *changes = json_map(o->body, "set");
	if (!u)
		return refuse(o, 404, "nobody is known by that name");
	if (json_object_get(changes, "id"))
		return refuse(o, 400, "an account keeps its id; delete it and create another");
	if (json_bool(o->body, "delete", false)) {
		by_hand(
		    o, u->tenant, json_pack("{s:s,s:s}", "what", "user_deleted", "user", u->id));
	} else {
		json_t *event = json_pack("{s:s,s:s,s:b}", "what", "user_changed", "user", u->id,
		    "revoked", json_bool(o->body, "revoke", false));
		json_object_set_new(event, "set", changes ? json_incref(changes) : json_object());
		by_hand(o, u->tenant, event);
	}
	answer_well(o);
}

static void members_each(
    struct order *o, struct group *g, const char *key, const char *what, const char *role)
{
	size_t n;
	json_t *one;
	json_array_foreach (json_list(o->body, key), n, one) {
		struct user *u = find_person(o, json_string_value(one));
		struct membership *m = u ? membership_find(g, u) : NULL;
		bool added = !strcmp(what, "member_added");
		bool same_role = m && m->owner == !strcmp(role, "owner");
		if (!u || (added ? m != NULL : !m) || (!strcmp(what, "role_changed") && same_role))
			continue;
		const char *mail = user_text(u, "mail");
		by_hand(o, g->tenant,
		    json_pack("{s:s,s:s,s:s,s:s,s:o}", "what", what, "team", g->id, "user", u->id,
			"role", role, "mail", mail ? json_string(mail) : json_null()));
	}
}

/* As a person would in Teams: {"add": [...], "add_owners": [...], "remove": [...],
 * "promote": [...], "demote": [...], "name": ..., "nickname": ..., "description": ...,
 * "locked": ..., "make_team": true, "archived": ..., "delete": true, "restore": true, "purge": true} */
static void team_post(struct order *o)
{
	struct group *g = find_team(o, o->url.segments[2]);
	if (!g)
		return refuse(o, 404, "no such team");
	members_each(o, g, "add", "member_added", "member");
	members_each(o, g, "add_owners", "member_added", "owner");
	members_each(o, g, "remove", "member_removed", "member");
	members_each(o, g, "promote", "role_changed", "owner");
	members_each(o, g, "demote", "role_changed", "member");
	json_t *event = json_pack("{s:s,s:s}", "what", "team_changed", "team", g->id);
	static const char *const changes[] = {"name", "nickname", "description", "locked"};
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		if (json_object_get(o->body, changes[i]))
			json_object_set(event, changes[i], json_object_get(o->body, changes[i]));
	if (json_object_size(event) > 2)
		by_hand(o, g->tenant, event);
	else
		json_decref(event);
	static const struct {
		const char *key, *what;
	} fates[] = {{"make_team", "team_created"}, {"archived", "team_archived"},
	    {"unarchived", "team_unarchived"}, {"delete", "group_deleted"},
	    {"restore", "group_restored"}, {"purge", "group_purged"}};
	for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++)
		if (json_bool(o->body, fates[i].key, false))
			by_hand(o, g->tenant,
			    json_pack("{s:s,s:s}", "what", fates[i].what, "team", g->id));
	answer_well(o);
}

static void clock_post(struct order *o)
{
	int64_t ms = json_int(o->body, "advance_ms", -1);
	if (ms < 0)
		return refuse(o, 400, "\"advance_ms\" must be a number, 0 or more");
	moment_advance(&o->em->time, ms);
	answer_well(o);
}

static void tokens_post(struct order *o)
{
	o->em->tokens_expired_at = moment_now(&o->em->time) + 1;
	answer_well(o);
}

static void keys_post(struct order *o)
{
	keys_change(&o->em->keys);
	answer_well(o);
}

/* {"app": client_id, "tenant": ..., "withdraw": true} */
static void consent_post(struct order *o)
{
	const char *tenant = json_text_or(o->body, "tenant", ""), *app = json_text(o->body, "app");
	struct tenant *t = world_tenant(&o->em->world, tenant);
	if (!t || !app || !world_app(&o->em->world, app))
		return refuse(o, 404, "no such app or tenant");
	bool withdraw = json_bool(o->body, "withdraw", false);
	by_hand(o, t,
	    json_pack(
		"{s:s,s:s}", "what", withdraw ? "consent_withdrawn" : "consent_given", "app", app));
	answer_well(o);
}

/* {"off": true}: no quotas, until told otherwise. */
static void throttle_post(struct order *o)
{
	o->em->throttle.off = json_bool(o->body, "off", false);
	answer_well(o);
}

static const struct page {
	const char *method, *path; /* {} is any segment */
	void (*handle)(struct order *o);
} pages[] = {
    {"POST", "scenario", scenario_post},
    {"GET", "scenario", scenario_get},
    {"POST", "reset", reset_post},
    {"GET", "ledger", ledger_get},
    {"GET", "stats", stats_get},
    {"DELETE", "stats", stats_reset},
    {"GET", "teams", teams_get},
    {"GET", "teams/{}", team_get_report},
    {"POST", "teams/{}", team_post},
    {"POST", "teams/{}/members", team_post},
    {"POST", "people", people_post},
    {"POST", "clock", clock_post},
    {"POST", "expire_tokens", tokens_post},
    {"POST", "change_keys", keys_post},
    {"POST", "consent", consent_post},
    {"POST", "throttle", throttle_post},
};

static bool is_page(const struct order *o, const struct page *p)
{
	size_t n = 1;
	const char *at = p->path;
	while (*at) {
		size_t length = strcspn(at, "/");
		if (n >= o->url.count)
			return false;
		const char *segment = o->url.segments[n++];
		bool any = length == 2 && !strncmp(at, "{}", 2);
		if (!any && (strlen(segment) != length || strncmp(segment, at, length) != 0))
			return false;
		at += length + (at[length] == '/');
	}
	return n == o->url.count && !strcmp(p->method, exchange_method(o->exchange));
}

void control_answer(struct emulator *em, struct exchange *x)
{
	struct order o = {.em = em, .exchange = x};
	size_t length = 0;
	const char *text = exchange_body(x, &length);
	const struct page *page = NULL;
	if (url_read(&o.url, exchange_target(x)))
		for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]) && !page; i++)
			page = is_page(&o, &pages[i]) ? &pages[i] : NULL;
	if (length)
		o.body = json_read(text, length, 64, &o.error);
	if (!page)
		refuse(&o, 404, "no such control; tests/emulator/README.md has the list");
	else if (length && !o.body)
		refuse(&o, 400, o.error.text);
	else
		page->handle(&o);
	json_decref(o.body);
	url_clear(&o.url);
}
