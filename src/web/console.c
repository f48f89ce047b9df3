/*
 * console - the school of whoever asks, and what the console says of it first: who they are in
 * it, what they may do, whether Microsoft lets us in, and how it is set up.
 *
 * Routes are for administrators, or for them and teaching staff (routes.c); the finer lines,
 * which group and what state, are drawn where the group is known (console_offers.c).
 */
#include "console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api.h"
#include "buf.h"
#include "clock.h"
#include "console_runs.h"
#include "console_settings.h"
#include "job_record.h"
#include "microsoft.h"
#include "round.h"
#include "sign_in.h"

bool console_is_admin(const struct visit *v)
{
	return (v->who.may & MAY_MANAGE) != 0;
}

bool console_is_allowed(const json_t *school)
{
	return strcmp(json_text_or(school, "auth", ""), "app") == 0 &&
	       *json_text_or(school, "tenant_id", "");
}

bool console_is_day(const char *text)
{
	struct tm t = {0};
	if (strlen(text) != TODAY_ROOM - 1 || text[4] != '-' || text[7] != '-')
		return false;
	const char *end = strptime(text, "%Y-%m-%d", &t);
	if (!end || *end)
		return false;
	int day = t.tm_mday;
	t.tm_hour = 12;
	(void)timegm(&t); /* which makes the 1st of March of a 30th of February */
	return t.tm_mday == day;
}

bool console_is_kept(struct visit *v, const struct reply *r, const struct err *e, const char *what)
{
	if (!r && e->code == ERR_LIMIT) {
		answer_problem(v, 409, "too_many", "%s", e->text);
		return false;
	}
	if (web_unconfirmed(v, r, e))
		return false;
	audit_act(v, what, v->place[0]);
	return true;
}

void console_today(char day[TODAY_ROOM])
{
	char now[32];
	text_copy(day, TODAY_ROOM, clock_iso(clock_wall_ms(), now));
}

json_t *console_hash(const struct reply *r)
{
	static const char *const no_numbers[] = {NULL};
	return hash_of(r, no_numbers);
}

/* ---- the school ---------------------------------------------------------------------------- */

struct asking {
	struct visit *visit;
	console_school_fn go;
};

static void school_came(void *ctx, const struct reply *r, const struct err *e)
{
	struct asking a = *(struct asking *)ctx;
	free(ctx);
	if (web_failed(a.visit, r, e))
		return;
	json_t *school = console_hash(r);
	a.go(a.visit, school ? school : json_object());
}

void console_school(struct visit *v, console_school_fn go)
{
	struct words w;
	struct asking *a = xcalloc(1, sizeof *a);
	*a = (struct asking){v, go};
	words_init(&w);
	words_add(&w, "HGETALL");
	words_addf(&w, "%sschool:%s", v->web->prefix, v->who.school);
	redis_send(v->web->redis, &w, WEB_REDIS_TIMEOUT_MS, school_came, a);
	words_clear(&w);
}

/* ---- what the console says first ------------------------------------------------------------- */

struct looking {
	struct visit *visit;
	json_t *school, *roster; /* owned */
	struct seen_run run;
	int64_t groups;
	bool run_asked;
};

static const char *role_of(const struct visit *v)
{
	if (v->who.roles & ROLE_SUPER_ADMIN)
		return "super_admin";
	return console_is_admin(v) ? "admin" : "teaching";
}

static int64_t number(const json_t *hash, const char *field)
{
	return strtoll(json_text_or(hash, field, "0"), NULL, 10);
}

/* What is asked of Microsoft's administrator, each with its reason (requirements 9.9). */
static json_t *permissions_json(void)
{
	json_t *list = json_array();
	for (const struct sign_in_permission *p = sign_in_permissions; p->name; p++)
		json_array_append_new(
		    list, json_pack("{s:s, s:s}", "name", p->name, "why", p->why));
	return list;
}

static json_t *consent_json(const struct looking *k)
{
	const char *tenant = json_text_or(k->school, "tenant_id", "");
	const char *why = !k->visit->web->microsoft->sign_in ? "not_set_up"
			  : !*tenant			     ? "no_tenant"
							     : "";
	return json_pack("{s:b, s:I, s:s, s:s, s:o}", "granted", console_is_allowed(k->school),
	    "at", (json_int_t)number(k->school, "consent_at"), "tenant_id", tenant, "why", why,
	    "permissions", permissions_json());
}

static json_t *source_json(const struct looking *k)
{
	json_t *source = json_pack("{s:o, s:s}", "kinds", settings_kinds(k->school), "word",
	    json_text_or(k->school, "source", ""));
	static const char *const numbers[] = {"accepted_at", "classes", "users", "enrolments"};
	static const char *const texts[] = {"by", "format", "import"};
	static const char *const last[][2] = {
	    {"last_by", "by"}, {"last_verdict", "verdict"}, {"last_why", "why"}};
	json_t *of_last = json_pack("{s:I}", "at", (json_int_t)number(k->roster, "last_at"));
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		json_object_set_new(
		    source, numbers[i], json_integer(number(k->roster, numbers[i])));
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		json_object_set_new(
		    source, texts[i], json_string(json_text_or(k->roster, texts[i], "")));
	for (size_t i = 0; i < sizeof last / sizeof *last; i++)
		json_object_set_new(
		    of_last, last[i][1], json_string(json_text_or(k->roster, last[i][0], "")));
	json_object_set_new(source, "last", of_last);
	return source;
}

/* The permission table: what the pages offer to whom. */
static json_t *may_json(const struct visit *v)
{
	static const char *const of_admins[] = {"setup", "consent", "names", "report", "drift",
	    "matches", "history", "year", "resync_any", "delete"};
	bool admin = console_is_admin(v);
	json_t *may = json_pack("{s:b}", "create", 1);
	for (size_t i = 0; i < sizeof of_admins / sizeof *of_admins; i++)
		json_object_set_new(may, of_admins[i], json_boolean(admin));
	return may;
}

static json_t *console_json(const struct looking *k)
{
	const struct visit *v = k->visit;
	const char *id = v->who.school;
	json_t *console = json_pack("{s:{s:s, s:s, s:s}, s:s, s:o, s:o, s:{s:I}}", "school", "id",
	    id, "name", json_text_or(k->school, "name", id), "current_year",
	    json_text_or(k->school, "current_year", ""), "role", role_of(v), "consent",
	    consent_json(k), "source", source_json(k), "groups", "total", (json_int_t)k->groups);
	json_t *may = may_json(v), *settings = settings_json(k->school);
	bool locked = json_bool(settings, "identifier_locked", false);
	json_object_set_new(may, "identifier",
	    json_boolean(console_is_admin(v) && (!locked || v->who.roles & ROLE_SUPER_ADMIN)));
	json_object_set_new(console, "may", may);
	json_object_set_new(
	    console, "settings", console_is_admin(v) ? json_incref(settings) : json_null());
	json_object_set_new(console, "last_run",
	    k->run.told && console_is_admin(v) ? json_incref(k->run.told) : json_null());
	json_decref(settings);
	return console;
}

static const char *const of_roster[] = {"accepted_at", "classes", "users", "enrolments", "by",
    "format", "import", "last_at", "last_by", "last_verdict", "last_why"};
enum { OF_ROSTER = sizeof of_roster / sizeof *of_roster };

static void take_roster(void *about, const struct reply *r)
{
	struct looking *k = about;
	for (size_t i = 0; i < OF_ROSTER; i++) {
		const char *text = reply_text(reply_at(r, i), NULL);
		json_t *value = text ? json_string(text) : NULL;
		if (value)
			json_object_set_new(k->roster, of_roster[i], value);
	}
}

static void take_count(void *about, const struct reply *r)
{
	struct looking *k = about;
	k->groups = reply_number(r);
}

static void take_run_id(void *about, const struct reply *r)
{
	struct looking *k = about;
	const char *id = reply_text(reply_at(r, 0), NULL);
	text_copy(k->run.id, sizeof k->run.id, id ? id : "");
}

static bool looked(void *ctx, struct round *r, const struct err *e)
{
	struct looking *k = ctx;
	if (!e && *k->run.id && !k->run_asked) {
		k->run_asked = true;
		run_ask(r, k->visit->who.school, &k->run);
		return true;
	}
	if (e)
		answer_unreachable(k->visit, e);
	else
		answer_json(k->visit, 200, console_json(k));
	json_decref(k->school);
	json_decref(k->roster);
	json_decref(k->run.told);
	free(k);
	return false;
}

static void look(struct visit *v, json_t *school)
{
	struct looking *k = xcalloc(1, sizeof *k);
	struct round *r = round_new(v->web, looked, k);
	char *roster = xasprintf("roster:%s", v->who.school);
	char *classes = xasprintf("classes:%s", v->who.school);
	char *runs = xasprintf("runs:%s", v->who.school);
	*k = (struct looking){.visit = v, .school = school, .roster = json_object()};
	const char *words[OF_ROSTER + 3] = {"HMGET", roster};
	for (size_t i = 0; i < OF_ROSTER; i++)
		words[i + 2] = of_roster[i];
	round_ask(r, take_roster, k, words);
	ROUND_ASK(r, take_count, k, "SCARD", classes);
	ROUND_ASK(r, take_run_id, k, "LRANGE", runs, "0", "0");
	round_go(r);
	free(roster);
	free(classes);
	free(runs);
}

void serve_console(struct visit *v)
{
	console_school(v, look);
}
