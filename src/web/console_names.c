/*
 * console_names - names before they hurt: what every group of the school is called in Microsoft
 * 365, or will be, with length, collisions and what the tenant's own rules say of it; also as it
 * would be with another name identifier.
 *
 * The registers of a whole school are read for it, some at a time, so that others are answered
 * meanwhile.
 */
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "buf.h"
#include "clock.h"
#include "console.h"
#include "console_settings.h"
#include "envelope.h"
#include "inbox.h"
#include "job_id.h"
#include "naming_look.h"
#include "round.h"

enum { AT_A_TIME = 50, REGISTER_DEPTH = 64, POLICY_DEPTH = 6, DAY_MS = 86400000 };

/* A group, as far as its name goes. */
struct named {
	char *id, *group, *kind; /* owned */
	char year[5];
	char *display_name, *nickname, *address, *team_id; /* owned: as recorded, "" */
};

struct naming_all {
	struct visit *visit;
	json_t *school;	  /* owned */
	json_t *policy;	  /* owned; NULL: none */
	char *identifier; /* owned */
	struct named *at; /* owned */
	size_t count, asked;
	struct naming_entry *entries; /* owned */
	json_t *rivals;		      /* owned: plain nickname -> ids */
};

static void naming_free(struct naming_all *a)
{
	for (size_t i = 0; i < a->count; i++) {
		free(a->at[i].id);
		free(a->at[i].group);
		free(a->at[i].kind);
		free(a->at[i].display_name);
		free(a->at[i].nickname);
		free(a->at[i].address);
		free(a->at[i].team_id);
	}
	naming_entries_clear(a->entries, a->entries ? a->count : 0);
	free(a->entries);
	free(a->at);
	free(a->identifier);
	json_decref(a->rivals);
	json_decref(a->policy);
	json_decref(a->school);
	free(a);
}

/* ---- what is said of one ---------------------------------------------------------------------- */

static json_t *rivals_of(const struct naming_all *a, const struct naming_entry *e)
{
	size_t i;
	json_t *id, *others = json_array();
	char *plain = naming_nickname(&e->of, 1), *key = plain ? naming_key(plain) : NULL;
	json_array_foreach (key ? json_object_get(a->rivals, key) : NULL, i, id)
		if (strcmp(json_string_value(id), e->of.id) != 0)
			json_array_append(others, id);
	free(plain);
	free(key);
	return others;
}

static char *address_of(const struct naming_all *a, const struct named *n, const char *nickname)
{
	const char *domain = json_text_or(a->school, "default_domain", "");
	if (*n->address)
		return xstrdup(n->address);
	return *nickname && *domain ? naming_address(nickname, domain) : xstrdup("");
}

static void count(json_t *counts, const char *what, bool is)
{
	json_object_set_new(counts, what, json_integer(json_int(counts, what, 0) + is));
}

/* What is there already keeps its name, whatever the rule would say today. */
static json_t *name_json(
    const struct naming_all *a, const struct named *n, const struct naming_entry *e, json_t *counts)
{
	bool stored = *n->nickname || *n->team_id;
	bool is_read = strcmp(json_text_or(a->school, "names_read_at", "0"), "0") != 0;
	char *rule = naming_display(&e->of), *problem = NULL;
	const char *display = *n->display_name ? n->display_name : rule;
	const char *verdict = stored ? "ok" : naming_look(display, a->policy, is_read, &problem);
	const char *changed = stored ? "" : naming_changed_by(e);
	const char *nickname = *n->nickname ? n->nickname : e->nickname ? e->nickname : "";
	json_t *rivals = rivals_of(a, e);
	count(counts, "collisions", json_array_size(rivals) > 0);
	count(counts, "cut", strcmp(changed, "cut") == 0);
	count(counts, "refused", strcmp(verdict, "refused") == 0);
	char *address = address_of(a, n, nickname);
	json_t *name = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:o, s:s, s:s}",
	    "id", n->id, "group", n->group, "kind", n->kind, "year", n->year, "display_name",
	    display ? display : "", "nickname", nickname, "address", address, "stored", stored,
	    "changed_by", changed, "collides_with", rivals, "verdict", verdict, "problem",
	    problem ? problem : "");
	json_object_set_new(name, "display_length",
	    json_integer((json_int_t)naming_characters(display ? display : "")));
	json_object_set_new(name, "nickname_length", json_integer((json_int_t)strlen(nickname)));
	free(rule);
	free(problem);
	free(address);
	return name;
}

/* ---- all of them ---------------------------------------------------------------------------------- */

static int by_group(const void *a, const void *b)
{
	const struct named *one = a, *other = b;
	int order = strverscmp(one->group, other->group);
	return order ? order : strcmp(one->id, other->id);
}

static void find_rivals(struct naming_all *a)
{
	a->rivals = json_object();
	for (size_t i = 0; i < a->count; i++) {
		char *plain = naming_nickname(&a->entries[i].of, 1);
		char *key = plain ? naming_key(plain) : NULL;
		json_t *ids = key ? json_object_get(a->rivals, key) : NULL;
		if (key && !ids)
			json_object_set_new(a->rivals, key, ids = json_array());
		if (ids)
			json_array_append_new(ids, json_string(a->at[i].id));
		free(plain);
		free(key);
	}
}

static void resolve(struct naming_all *a)
{
	a->entries = xcalloc(a->count + 1, sizeof *a->entries);
	for (size_t i = 0; i < a->count; i++) {
		const struct named *n = &a->at[i];
		a->entries[i] = (struct naming_entry){
		    .of = {n->group, a->identifier, n->year, n->id},
		    .chosen = *n->nickname ? n->nickname : NULL,
		};
	}
	naming_resolve(a->entries, a->count);
	find_rivals(a);
}

/* ---- what the tenant says ------------------------------------------------------------------------ */

static void pushed(void *ctx, bool is_soon, const struct err *e)
{
	(void)ctx;
	(void)is_soon;
	(void)e;
}

/* What is not known of the tenant, or was read long ago, is read by a worker for the next
 * look; those who look meanwhile join the first. */
static void refresh_tenant(const struct naming_all *a)
{
	char id[JOB_ID_LENGTH + 1];
	int64_t read_at = strtoll(json_text_or(a->school, "names_read_at", "0"), NULL, 10);
	if (clock_wall_ms() - read_at < DAY_MS || !*json_text_or(a->school, "tenant_id", ""))
		return;
	job_id_new(id);
	json_t *envelope = json_pack("{s:i, s:s, s:s, s:s}", "v", 1, "id", id, "type",
	    "read-tenant", "school", a->visit->who.school);
	char *text = json_write(envelope);
	struct envelope read;
	envelope_read(&read, text, strlen(text));
	if (read.verdict == ENVELOPE_OK)
		inbox_push(a->visit->web, &read, text, pushed, NULL);
	envelope_clear(&read);
	free(text);
	json_decref(envelope);
}

static void answer_names(struct naming_all *a)
{
	json_t *names = json_array();
	json_t *counts = json_pack("{s:I, s:i, s:i, s:i}", "groups", (json_int_t)a->count,
	    "collisions", 0, "cut", 0, "refused", 0);
	qsort(a->at, a->count, sizeof *a->at, by_group);
	resolve(a);
	refresh_tenant(a);
	for (size_t i = 0; i < a->count; i++)
		json_array_append_new(names, name_json(a, &a->at[i], &a->entries[i], counts));
	answer_json(a->visit, 200,
	    json_pack("{s:s, s:s, s:I, s:o, s:o}", "identifier", a->identifier, "default_domain",
		json_text_or(a->school, "default_domain", ""), "policy_read_at",
		(json_int_t)strtoll(json_text_or(a->school, "names_read_at", "0"), NULL, 10),
		"names", names, "counts", counts));
}

/* ---- reading ---------------------------------------------------------------------------------------- */

static char *text_at(const struct reply *r, size_t i)
{
	const char *text = reply_text(reply_at(r, i), NULL);
	char *own = xstrdup(text ? text : "");
	text_mend(own, strlen(own));
	return own;
}

/* name, kind, year, display_name, mail_nickname, address, team_id */
static void take_record(void *about, const struct reply *r)
{
	struct named *n = about;
	char *year = text_at(r, 2);
	n->group = text_at(r, 0);
	n->kind = text_at(r, 1);
	naming_year(year, n->year);
	n->display_name = text_at(r, 3);
	n->nickname = text_at(r, 4);
	n->address = text_at(r, 5);
	n->team_id = text_at(r, 6);
	free(year);
}

/* text, more: as the roster has the group, and when its year begins. */
static void take_register(void *about, const struct reply *r)
{
	struct named *n = about;
	for (size_t i = 0; i < 2; i++) {
		size_t length;
		char year[5];
		const char *text = reply_text(reply_at(r, i), &length);
		json_t *said = text ? json_read(text, length, REGISTER_DEPTH, NULL) : NULL;
		const char *group = json_text_or(said, "group", json_text_or(said, "name", ""));
		if (*group) {
			free(n->group);
			n->group = xstrdup(group);
		}
		naming_year(json_text_or(said, "starts", ""), year);
		if (*year)
			text_copy(n->year, sizeof n->year, year);
		json_decref(said);
	}
}

static void take_ids(void *about, const struct reply *r)
{
	struct naming_all *a = about;
	a->at = xcalloc(reply_count(r) + 1, sizeof *a->at);
	for (size_t i = 0; i < reply_count(r); i++) {
		const char *id = reply_text(reply_at(r, i), NULL);
		if (id)
			a->at[a->count++].id = xstrdup(id);
	}
}

static bool ask_for_some(struct naming_all *a, struct round *r)
{
	size_t most = a->asked + AT_A_TIME;
	for (; a->asked < a->count && a->asked < most; a->asked++) {
		struct named *n = &a->at[a->asked];
		char *record = xasprintf("class:%s:%s", a->visit->who.school, n->id);
		char *told = xasprintf("%s:register", record);
		ROUND_ASK(r, take_record, n, "HMGET", record, "name", "kind", "year",
		    "display_name", "mail_nickname", "address", "team_id");
		ROUND_ASK(r, take_register, n, "HMGET", told, "text", "more");
		free(record);
		free(told);
	}
	return a->asked > most - AT_A_TIME;
}

static bool looked(void *ctx, struct round *r, const struct err *e)
{
	struct naming_all *a = ctx;
	if (!e && ask_for_some(a, r))
		return true;
	if (e)
		answer_unreachable(a->visit, e);
	else
		answer_names(a);
	naming_free(a);
	return false;
}

static json_t *policy_of(const json_t *school)
{
	struct err e;
	const char *text = json_text_or(school, "naming_policy", "");
	return *text ? json_read(text, strlen(text), POLICY_DEPTH, &e) : NULL;
}

static void look(struct visit *v, json_t *school)
{
	const char *other = exchange_query(v->x, "identifier");
	struct naming_all *a = xcalloc(1, sizeof *a);
	struct round *r = round_new(v->web, looked, a);
	char *classes = xasprintf("classes:%s", v->who.school);
	*a = (struct naming_all){.visit = v, .school = school, .policy = policy_of(school)};
	a->identifier = xstrdup(other ? other : settings_identifier(school));
	ROUND_ASK(r, take_ids, a, "SMEMBERS", classes);
	round_go(r);
	free(classes);
}

void serve_console_names(struct visit *v)
{
	console_school(v, look);
}
