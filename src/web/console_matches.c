/*
 * console_matches - how many of the school's learners are known by an account, who is not and
 * why, and the accounts that were chosen by hand.
 *
 * A learner counts once, in however many groups they are: matched where one group found the
 * account. Groups are read some at a time, so that others are answered meanwhile.
 */
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "buf.h"
#include "clock.h"
#include "console.h"
#include "matches.h"
#include "reasons.h"
#include "round.h"

enum { AT_A_TIME = 50, ROW_DEPTH = 8, BODY_DEPTH = 2, LEARNER_MAX_BYTES = 200 };

struct class_seen {
	char *id, *name; /* owned */
	struct matching *matching;
};

struct matching {
	struct visit *visit;
	json_t *people;	       /* owned: learner id -> {name, email, reason, matched, classes} */
	struct class_seen *at; /* owned */
	size_t count, asked;
};

/* ---- who is known ------------------------------------------------------------------------------ */

static bool is_unresolved(const char *reason)
{
	return strcmp(reason, "no_email") == 0 || strcmp(reason, "no_account") == 0 ||
	       strcmp(reason, "ambiguous_account") == 0 || strcmp(reason, "other_name") == 0;
}

static json_t *person_of(json_t *people, const char *id)
{
	json_t *person = json_object_get(people, id);
	if (person)
		return person;
	person = json_pack("{s:s, s:s, s:s, s:b, s:[]}", "name", "", "email", "", "reason", "",
	    "matched", 0, "classes");
	json_object_set_new(people, id, person);
	return person;
}

static void note_row(const struct class_seen *c, const char *id, const json_t *row)
{
	json_t *person = person_of(c->matching->people, id);
	const char *reason = json_text_or(row, "reason", "");
	json_object_set_new(person, "name", json_string(json_text_or(row, "name", "")));
	json_object_set_new(person, "email", json_string(json_text_or(row, "email", "")));
	if (is_unresolved(reason))
		json_object_set_new(person, "reason", json_string(reason));
	else if (*json_text_or(row, "user_id", ""))
		json_object_set_new(person, "matched", json_true());
	json_array_append_new(
	    json_list(person, "classes"), json_pack("{s:s, s:s}", "id", c->id, "group", c->name));
}

static void take_name(void *about, const struct reply *r)
{
	struct class_seen *c = about;
	const char *name = reply_text(r, NULL);
	c->name = xstrdup(name && *name ? name : c->id);
	text_mend(c->name, strlen(c->name));
}

static void take_rows(void *about, const struct reply *r)
{
	const struct class_seen *c = about;
	for (size_t i = 0; i + 1 < reply_count(r); i += 2) {
		size_t length;
		const char *id = reply_text(reply_at(r, i), NULL);
		const char *text = reply_text(reply_at(r, i + 1), &length);
		json_t *row = text ? json_read(text, length, ROW_DEPTH, NULL) : NULL;
		if (id && json_is_object(row) && !json_bool(row, "left", false))
			note_row(c, id, row);
		json_decref(row);
	}
}

static void take_ids(void *about, const struct reply *r)
{
	struct matching *m = about;
	m->at = xcalloc(reply_count(r) + 1, sizeof *m->at);
	for (size_t i = 0; i < reply_count(r); i++) {
		const char *id = reply_text(reply_at(r, i), NULL);
		if (id)
			m->at[m->count++] = (struct class_seen){.id = xstrdup(id), .matching = m};
	}
}

/* ---- the answer ----------------------------------------------------------------------------------- */

static void matching_free(struct matching *m)
{
	for (size_t i = 0; i < m->count; i++) {
		free(m->at[i].id);
		free(m->at[i].name);
	}
	free(m->at);
	json_decref(m->people);
	free(m);
}

static json_t *overrides_json(const struct matching *m, const json_t *found)
{
	const char *id;
	json_t *one, *list = json_array();
	json_object_foreach ((json_t *)(uintptr_t)found, id, one) {
		const json_t *person = m ? json_object_get(m->people, id) : NULL;
		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "learner", id, "name",
			      json_text_or(person, "name", ""), "user_id",
			      json_text_or(one, "user_id", ""), "address",
			      json_text_or(one, "address", ""), "by", json_text_or(one, "by", ""),
			      "at", (json_int_t)json_int(one, "at", 0)));
	}
	return list;
}

static int by_name(const void *a, const void *b)
{
	const json_t *one = *(json_t *const *)a, *other = *(json_t *const *)b;
	int order = strcoll(json_text_or(one, "name", ""), json_text_or(other, "name", ""));
	return order ? order
		     : strcmp(json_text_or(one, "learner", ""), json_text_or(other, "learner", ""));
}

static json_t *unresolved_json(const char *id, const json_t *person)
{
	const char *reason = json_text_or(person, "reason", "");
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:O}", "learner", id, "name",
	    json_text_or(person, "name", ""), "email", json_text_or(person, "email", ""), "reason",
	    reason, "reason_label", reason_label("", reason), "remedy", reason_action("", reason),
	    "classes", json_list(person, "classes"));
}

static void answer_matches(const struct matching *m, const json_t *found)
{
	json_t **at = xcalloc(json_object_size(m->people) + 1, sizeof(json_t *));
	json_t *person, *people = json_array();
	size_t matched = 0, count = 0, all = json_object_size(m->people);
	const char *id;
	json_object_foreach (m->people, id, person)
		if (json_bool(person, "matched", false))
			matched++;
		else if (*json_text_or(person, "reason", ""))
			at[count++] = unresolved_json(id, person);
	qsort(at, count, sizeof(json_t *), by_name);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(people, at[i]);
	free(at);
	answer_json(m->visit, 200,
	    json_pack("{s:I, s:I, s:I, s:I, s:f, s:o, s:o}", "learners", (json_int_t)all, "matched",
		(json_int_t)matched, "unresolved", (json_int_t)count, "untried",
		(json_int_t)(all - matched - count), "share",
		all ? (double)matched / (double)all : 0.0, "people", people, "overrides",
		overrides_json(m, found)));
}

/* ---- reading ---------------------------------------------------------------------------------------- */

static void overrides_came(void *ctx, const json_t *found, const struct err *e)
{
	struct matching *m = ctx;
	if (e)
		answer_unreachable(m->visit, e);
	else
		answer_matches(m, found);
	matching_free(m);
}

static bool ask_for_some(struct matching *m, struct round *r)
{
	size_t from = m->asked;
	for (; m->asked < m->count && m->asked < from + AT_A_TIME; m->asked++) {
		struct class_seen *c = &m->at[m->asked];
		char *record = xasprintf("class:%s:%s", m->visit->who.school, c->id);
		char *rows = xasprintf("%s:learners", record);
		ROUND_ASK(r, take_name, c, "HGET", record, "name");
		ROUND_ASK(r, take_rows, c, "HGETALL", rows);
		free(record);
		free(rows);
	}
	return m->asked > from;
}

static bool looked(void *ctx, struct round *r, const struct err *e)
{
	struct matching *m = ctx;
	struct visit *v = m->visit;
	if (!e && ask_for_some(m, r))
		return true;
	if (e) {
		answer_unreachable(v, e);
		matching_free(m);
	} else {
		matches_read(v->web->redis, v->web->prefix, v->who.school, overrides_came, m);
	}
	return false;
}

void serve_console_matches(struct visit *v)
{
	struct matching *m = xcalloc(1, sizeof *m);
	struct round *r = round_new(v->web, looked, m);
	char *classes = xasprintf("classes:%s", v->who.school);
	*m = (struct matching){.visit = v, .people = json_object()};
	ROUND_ASK(r, take_ids, m, "SMEMBERS", classes);
	round_go(r);
	free(classes);
}

/* ---- choosing by hand ---------------------------------------------------------------------------------- */

static void overrides_left(void *ctx, const json_t *found, const struct err *e)
{
	struct visit *v = ctx;
	if (e)
		answer_unread(v, e);
	else
		answer_json(v, 200, json_pack("{s:o}", "overrides", overrides_json(NULL, found)));
}

static void chosen(void *ctx, const struct reply *r, const struct err *e)
{
	struct visit *v = ctx;
	if (!console_is_kept(v, r, e, "match"))
		return;
	matches_read(v->web->redis, v->web->prefix, v->who.school, overrides_left, v);
}

void serve_console_match(struct visit *v)
{
	const struct web *web = v->web;
	struct err e;
	json_t *body = visit_body(v, BODY_DEPTH);
	if (!body)
		return;
	const struct match m = {
	    .learner = v->place[0],
	    .user_id = json_text_or(body, "user_id", ""),
	    .address = json_text_or(body, "address", ""),
	    .by = v->who.id,
	    .at = clock_wall_ms(),
	};
	int64_t kept = web->config->records.history;
	bool goes = !*m.user_id && !*m.address;
	if (strlen(m.learner) > LEARNER_MAX_BYTES)
		answer_problem(v, 422, "bad_match", "The learner's id has more than %d bytes.",
		    LEARNER_MAX_BYTES);
	else if (goes)
		match_drop(web->redis, web->prefix, v->who.school, &m, kept, chosen, v);
	else if (match_check(&m, &e) < 0)
		answer_problem(v, 422, "bad_match", "%s.", e.text);
	else
		match_set(web->redis, web->prefix, v->who.school, &m, kept, chosen, v);
	json_decref(body);
}
