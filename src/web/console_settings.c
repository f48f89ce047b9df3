/*
 * console_settings - how a school is set up for group sync (requirements 9): shown, and saved.
 * All of what is sent is good, or nothing is kept; what is kept changes nothing in Microsoft 365
 * before the next night.
 */
#include "console_settings.h"

#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "buf.h"
#include "console.h"
#include "console_setup.h"
#include "roster_groups.h"
#include "round.h"

enum { BODY_DEPTH = 5 };

/* ---- showing ------------------------------------------------------------------------------- */

static const char *field(const json_t *school, const char *name, const char *otherwise)
{
	return json_text_or(school, name, otherwise);
}

static json_t *words_json(const char *text)
{
	json_t *list = json_array();
	for (const char *at = text; *at; at += strspn(at, ", ")) {
		size_t length = strcspn(at, ", ");
		if (length > 0)
			json_array_append_new(list, json_stringn(at, length));
		at += length;
	}
	return list;
}

/* What is kept as JSON; something else that stands there is as good as nothing. */
static json_t *kept_json(const json_t *school, const char *name, json_type type)
{
	struct err e;
	const char *text = field(school, name, "");
	json_t *value = *text ? json_read(text, strlen(text), BODY_DEPTH, &e) : NULL;
	if (value && json_typeof(value) == type)
		return value;
	json_decref(value);
	return type == JSON_ARRAY ? json_array() : json_object();
}

static json_t *exclude_json(const json_t *school)
{
	json_t *exclude = kept_json(school, "exclude", JSON_OBJECT);
	static const char *const members[] = {"names", "kinds", "grades"};
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		if (!json_list(exclude, members[i]))
			json_object_set_new(exclude, members[i], json_array());
	return exclude;
}

const char *settings_identifier(const json_t *school)
{
	const char *chosen = json_text(school, "identifier");
	return chosen ? chosen : field(school, "dfe_code", "");
}

json_t *settings_kinds(const json_t *school)
{
	const char *word = field(school, "source", "");
	json_t *kinds = json_pack("[s, s]", "year", "registration");
	for (const struct roster_source *s = roster_sources; s->word; s++)
		if (strcmp(s->word, word) == 0 && !s->teaching)
			return kinds;
	json_array_append_new(kinds, json_string("teaching"));
	return kinds;
}

static void put_texts(json_t *settings, const json_t *school)
{
	static const char *const texts[][2] = {{"dfe_code", ""}, {"target", "team"},
	    {"naming", "plain"}, {"night", "off"}, {"night_at", "02:00"},
	    {"zone", "Africa/Johannesburg"}, {"opens", ""}, {"staff_domain", ""},
	    {"student_domain", ""}, {"default_domain", ""}};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		json_object_set_new(
		    settings, texts[i][0], json_string(field(school, texts[i][0], texts[i][1])));
}

json_t *settings_json(const json_t *school)
{
	const char *chosen = json_text(school, "identifier");
	json_t *settings =
	    json_pack("{s:o, s:s, s:s?, s:b}", "kinds", words_json(field(school, "sync_kinds", "")),
		"identifier", settings_identifier(school), "identifier_chosen", chosen,
		"identifier_locked", *field(school, "identifier_set_by", "") != '\0');
	put_texts(settings, school);
	json_object_set_new(
	    settings, "extra_owners", kept_json(school, "extra_owners", JSON_ARRAY));
	json_object_set_new(settings, "quiet", words_json(field(school, "quiet", "")));
	json_object_set_new(settings, "grace_days",
	    json_integer(strtol(field(school, "grace_days", "0"), NULL, 10)));
	json_object_set_new(settings, "domain_map", kept_json(school, "domain_map", JSON_OBJECT));
	json_object_set_new(settings, "exclude", exclude_json(school));
	json_object_set_new(settings, "names_read_at",
	    json_integer(strtoll(field(school, "names_read_at", "0"), NULL, 10)));
	return settings;
}

/* ---- may it be kept? --------------------------------------------------------------------------- */

/* A set-up on its way into Redis. */
struct saving {
	struct visit *visit;
	json_t *school; /* owned */
	struct setup setup;
	bool has_groups; /* a roster was accepted, or the portal publishes a register */
};

static void saving_free(struct saving *g)
{
	json_decref(g->setup.fields);
	json_decref(g->school);
	free(g);
}

/* The identifier is in the names of classes for ever: the first set-up settles it. */
static bool changes_identifier(const struct saving *g)
{
	const json_t *said = json_object_get(g->setup.fields, "identifier");
	const char *before = json_text(g->school, "identifier"), *now = json_string_value(said);
	if (!said || !*field(g->school, "identifier_set_by", ""))
		return false;
	return !before != !now || (before && strcmp(before, now) != 0);
}

static bool wants_kinds(const struct saving *g)
{
	return *json_text_or(g->setup.fields, "sync_kinds", "");
}

static bool lacks_consent(const struct saving *g)
{
	bool nightly = strcmp(json_text_or(g->setup.fields, "night", ""), "nightly") == 0;
	return (wants_kinds(g) || nightly) && !console_is_allowed(g->school);
}

static bool may_be_kept(const struct saving *g)
{
	struct visit *v = g->visit;
	if (g->setup.error.code)
		answer_problem(
		    v, 422, "bad_setting", "%s. Nothing was saved.", g->setup.error.text);
	else if (changes_identifier(g) && !(v->who.roles & ROLE_SUPER_ADMIN)) {
		audit_refusal(v, "super_admin_only", "identifier");
		answer_problem(v, 403, "super_admin_only",
		    "The name identifier was settled when group sync was set up: only a Super "
		    "Admin changes it. Nothing was saved.");
	} else if (lacks_consent(g))
		answer_problem(v, 409, "consent_missing",
		    "Before groups can be synced, a Microsoft 365 global administrator has to "
		    "enable the Microsoft 365 APIs. Nothing was saved.");
	else if (wants_kinds(g) && !g->has_groups)
		answer_problem(v, 409, "roster_missing",
		    "The school has no roster yet, so there is nothing to choose: send one, or "
		    "have "
		    "the portal publish its classes. Nothing was saved.");
	else
		return true;
	return false;
}

/* ---- keeping ------------------------------------------------------------------------------- */

static void kept(void *ctx, const struct reply *r, const struct err *e)
{
	struct saving *g = ctx;
	struct visit *v = g->visit;
	const char *name;
	json_t *value;
	if (!web_unconfirmed(v, r, e)) {
		json_object_foreach (g->setup.fields, name, value)
			if (json_is_null(value))
				json_object_del(g->school, name);
			else
				json_object_set(g->school, name, value);
		answer_json(v, 200, json_pack("{s:o}", "settings", settings_json(g->school)));
	}
	saving_free(g);
}

static void note(const struct saving *g)
{
	const char *name;
	json_t *value;
	struct buf names;
	buf_init(&names, 0);
	buf_adds(&names, "");
	json_object_foreach (g->setup.fields, name, value)
		buf_addf(&names, "%s%s", names.length ? "," : "", name);
	audit_act(g->visit, "set_up", names.data);
	buf_clear(&names);
}

/* An identifier that is the default is no field: what it is then follows the DfE code. */
static void save(struct saving *g)
{
	struct web *web = g->visit->web;
	json_t *fields = g->setup.fields, *value;
	struct words set, drop;
	const char *name;
	note(g);
	if (json_object_get(fields, "identifier"))
		json_object_set_new(fields, "identifier_set_by", json_string(g->visit->who.id));
	json_object_set_new(fields, "naming", json_string("rule"));
	words_init(&set);
	words_init(&drop);
	words_add(&set, "HSET");
	words_add(&drop, "HDEL");
	words_addf(&set, "%sschool:%s", web->prefix, g->visit->who.school);
	words_addf(&drop, "%sschool:%s", web->prefix, g->visit->who.school);
	json_object_foreach (fields, name, value) {
		words_add(json_is_null(value) ? &drop : &set, name);
		if (!json_is_null(value))
			words_add(&set, json_string_value(value));
	}
	redis_sendf(web->redis, WEB_REDIS_TIMEOUT_MS, NULL, NULL, "MULTI");
	if (drop.count > 2)
		redis_send(web->redis, &drop, WEB_REDIS_TIMEOUT_MS, NULL, NULL);
	redis_send(web->redis, &set, WEB_REDIS_TIMEOUT_MS, NULL, NULL);
	redis_sendf(web->redis, WEB_REDIS_TIMEOUT_MS, kept, g, "EXEC");
	words_clear(&set);
	words_clear(&drop);
}

static void save_if_good(struct saving *g)
{
	if (may_be_kept(g))
		save(g);
	else
		saving_free(g);
}

static void take_groups(void *about, const struct reply *r)
{
	struct saving *g = about;
	g->has_groups |= reply_number(r) > 0;
}

static bool groups_looked(void *ctx, struct round *r, const struct err *e)
{
	struct saving *g = ctx;
	(void)r;
	if (e) {
		answer_unreachable(g->visit, e);
		saving_free(g);
	} else {
		save_if_good(g);
	}
	return false;
}

static void look_for_groups(struct saving *g)
{
	struct round *r = round_new(g->visit->web, groups_looked, g);
	char *classes = xasprintf("classes:%s", g->visit->who.school);
	char *roster = xasprintf("roster:%s", g->visit->who.school);
	ROUND_ASK(r, take_groups, g, "SCARD", classes);
	ROUND_ASK(r, take_groups, g, "HGET", roster, "accepted_at");
	round_go(r);
	free(classes);
	free(roster);
}

static void change(struct visit *v, json_t *school)
{
	json_t *body = visit_body(v, BODY_DEPTH);
	if (!body) {
		json_decref(school);
		return;
	}
	struct saving *g = xcalloc(1, sizeof *g);
	*g = (struct saving){.visit = v, .school = school, .setup = {.school = school}};
	setup_read(&g->setup, body);
	json_decref(body);
	if (wants_kinds(g))
		look_for_groups(g);
	else
		save_if_good(g);
}

void serve_console_settings(struct visit *v)
{
	console_school(v, change);
}
