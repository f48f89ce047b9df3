/*
 * console_drift - the hand's changes in all groups of the school, and the decisions on them:
 * an exception lets one stand, without one the next sync puts it right.
 */
#include "console_drift.h"

#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "buf.h"
#include "clock.h"
#include "console.h"
#include "round.h"

enum { ENTRY_DEPTH = 4, BODY_DEPTH = 2, NAME_MAX_BYTES = 256, ID_MAX_BYTES = 128 };

/* ---- as people read it -------------------------------------------------------------------------- */

static json_t *exception_json(const char *user_id, const json_t *kept)
{
	if (!kept)
		return json_null();
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:s}", "user_id", user_id, "kind",
	    json_text_or(kept, "kind", ""), "until", json_text_or(kept, "until", ""), "by",
	    json_text_or(kept, "by", ""), "at", (json_int_t)json_int(kept, "at", 0), "name",
	    json_text_or(kept, "name", ""));
}

json_t *exceptions_json(const json_t *exceptions)
{
	const char *user_id;
	json_t *one, *list = json_array();
	json_object_foreach ((json_t *)(uintptr_t)exceptions, user_id, one)
		json_array_append_new(list, exception_json(user_id, one));
	return list;
}

json_t *drift_json(
    const char *class_id, const char *group, const json_t *drift, const json_t *exceptions)
{
	static const char *const texts[] = {"what", "name", "learner", "job", "became"};
	const char *user_id;
	json_t *one, *list = json_array();
	json_object_foreach ((json_t *)(uintptr_t)drift, user_id, one) {
		json_t *entry = json_pack("{s:s, s:s, s:s, s:I, s:o}", "class", class_id, "group",
		    group, "user_id", user_id, "at", (json_int_t)json_int(one, "at", 0),
		    "exception", exception_json(user_id, json_object_get(exceptions, user_id)));
		for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
			json_object_set_new(
			    entry, texts[i], json_string(json_text_or(one, texts[i], "")));
		json_array_append_new(list, entry);
	}
	return list;
}

/* ---- of the whole school --------------------------------------------------------------------------- */

/* A group on its way: its name and both maps. */
struct seen {
	char *id, *name; /* owned */
	json_t *drift, *exceptions;
};

struct looking {
	struct visit *visit;
	struct seen *at; /* owned */
	size_t count;
	bool asked;
};

static json_t *map_of(const struct reply *hash)
{
	json_t *map = json_object();
	for (size_t i = 0; i + 1 < reply_count(hash); i += 2) {
		size_t length;
		const char *id = reply_text(reply_at(hash, i), NULL);
		const char *text = reply_text(reply_at(hash, i + 1), &length);
		json_t *one = text ? json_read(text, length, ENTRY_DEPTH, NULL) : NULL;
		if (id && json_is_object(one))
			json_object_set(map, id, one);
		json_decref(one);
	}
	return map;
}

static void take_name(void *about, const struct reply *r)
{
	struct seen *s = about;
	const char *name = reply_text(r, NULL);
	s->name = xstrdup(name && *name ? name : s->id);
	text_mend(s->name, strlen(s->name));
}

static void take_drift(void *about, const struct reply *r)
{
	struct seen *s = about;
	s->drift = map_of(r);
}

static void take_exceptions(void *about, const struct reply *r)
{
	struct seen *s = about;
	s->exceptions = map_of(r);
}

static void take_ids(void *about, const struct reply *r)
{
	struct looking *k = about;
	k->at = xcalloc(reply_count(r) + 1, sizeof *k->at);
	for (size_t i = 0; i < reply_count(r); i++) {
		const char *id = reply_text(reply_at(r, i), NULL);
		if (id)
			k->at[k->count++].id = xstrdup(id);
	}
}

static int by_name(const void *a, const void *b)
{
	const struct seen *one = a, *other = b;
	int order = strverscmp(one->name, other->name);
	return order ? order : strcmp(one->id, other->id);
}

static void answer_drift(struct looking *k)
{
	json_t *drift = json_array();
	qsort(k->at, k->count, sizeof *k->at, by_name);
	for (size_t i = 0; i < k->count; i++) {
		const struct seen *s = &k->at[i];
		json_t *of_group = drift_json(s->id, s->name, s->drift, s->exceptions);
		json_array_extend(drift, of_group);
		json_decref(of_group);
	}
	answer_json(k->visit, 200, json_pack("{s:o}", "drift", drift));
}

static void ask(struct looking *k, struct round *r)
{
	const char *school = k->visit->who.school;
	for (size_t i = 0; i < k->count; i++) {
		struct seen *s = &k->at[i];
		char *class = xasprintf("class:%s:%s", school, s->id);
		char *drift = drift_key(school, s->id), *exceptions = exceptions_key(school, s->id);
		ROUND_ASK(r, take_name, s, "HGET", class, "name");
		ROUND_ASK(r, take_drift, s, "HGETALL", drift);
		ROUND_ASK(r, take_exceptions, s, "HGETALL", exceptions);
		free(class);
		free(drift);
		free(exceptions);
	}
}

static bool looked(void *ctx, struct round *r, const struct err *e)
{
	struct looking *k = ctx;
	if (!e && !k->asked) {
		k->asked = true;
		ask(k, r);
		return true;
	}
	if (e)
		answer_unreachable(k->visit, e);
	else
		answer_drift(k);
	for (size_t i = 0; i < k->count; i++) {
		free(k->at[i].id);
		free(k->at[i].name);
		json_decref(k->at[i].drift);
		json_decref(k->at[i].exceptions);
	}
	free(k->at);
	free(k);
	return false;
}

void serve_console_drift(struct visit *v)
{
	struct looking *k = xcalloc(1, sizeof *k);
	struct round *r = round_new(v->web, looked, k);
	char *classes = xasprintf("classes:%s", v->who.school);
	k->visit = v;
	ROUND_ASK(r, take_ids, k, "SMEMBERS", classes);
	round_go(r);
	free(classes);
}

/* ---- deciding ------------------------------------------------------------------------------------------ */

static void exceptions_came(void *ctx, const json_t *found, const struct err *e)
{
	struct visit *v = ctx;
	if (e)
		answer_unread(v, e);
	else
		answer_json(v, 200, json_pack("{s:o}", "exceptions", exceptions_json(found)));
}

static void decided(void *ctx, const struct reply *r, const struct err *e)
{
	struct visit *v = ctx;
	if (!console_is_kept(v, r, e, "exception"))
		return;
	exceptions_read(
	    v->web->redis, v->web->prefix, v->who.school, v->place[0], exceptions_came, v);
}

static void decide(struct visit *v, const json_t *body)
{
	const struct web *web = v->web;
	struct err e;
	const struct exception x = {
	    .user_id = json_text_or(body, "user_id", ""),
	    .kind = json_text_or(body, "kind", ""),
	    .until = json_text_or(body, "until", ""),
	    .name = json_text_or(body, "name", ""),
	    .by = v->who.id,
	    .at = clock_wall_ms(),
	};
	bool goes = strcmp(x.kind, "none") == 0;
	if (!*x.user_id || strlen(x.user_id) > ID_MAX_BYTES || strlen(x.name) > NAME_MAX_BYTES)
		answer_problem(v, 422, "bad_exception",
		    "user_id has to be the id of an account, as the list of changes has it, and "
		    "name at most %d bytes.",
		    NAME_MAX_BYTES);
	else if (goes)
		exception_drop(web->redis, web->prefix, v->who.school, v->place[0], &x,
		    web->config->records.history, decided, v);
	else if (exception_check(x.kind, x.until, &e) < 0)
		answer_problem(v, 422, "bad_exception", "%s.", e.text);
	else
		exception_set(web->redis, web->prefix, v->who.school, v->place[0], &x,
		    web->config->records.history, decided, v);
}

static void group_came(void *ctx, const struct reply *r, const struct err *e)
{
	struct visit *v = ctx;
	if (web_failed(v, r, e))
		return;
	if (reply_number(r) == 0) {
		answer_problem(v, 404, "not_found", "There is no group %.100s.", v->place[0]);
		return;
	}
	json_t *body = visit_body(v, BODY_DEPTH);
	if (body)
		decide(v, body);
	json_decref(body);
}

void serve_console_exceptions(struct visit *v)
{
	struct words w;
	words_init(&w);
	words_add(&w, "SISMEMBER");
	words_addf(&w, "%sclasses:%s", v->web->prefix, v->who.school);
	words_add(&w, v->place[0]);
	redis_send(v->web->redis, &w, WEB_REDIS_TIMEOUT_MS, group_came, v);
	words_clear(&w);
}
