/*
 * console_year - the turn of the year: which classes in Microsoft 365 end, and which groups of
 * the new year are still to come; and the closing of those that end, each as a job of its own
 * that can be looked at before it does anything.
 *
 * A class ends when it is of another year than the school's current one, or when the register
 * has taken it off its lists. Nothing closes by itself.
 */
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "buf.h"
#include "console.h"
#include "inbox.h"
#include "job_id.h"
#include "round.h"

enum { BODY_DEPTH = 3, AT_ONCE_MAX = 3000 };

static const char *const fields[] = {"name", "kind", "year", "team_id", "active", "archived_at",
    "display_name", "total", "synced", "is_team"};
enum {
	NAME,
	KIND,
	YEAR,
	TEAM_ID,
	ACTIVE,
	ARCHIVED_AT,
	DISPLAY_NAME,
	TOTAL,
	SYNCED,
	IS_TEAM,
	FIELDS
};

struct aged {
	char *id;	    /* owned */
	char *said[FIELDS]; /* owned; "" where the record says nothing */
};

struct turning {
	struct visit *visit;
	json_t *school;	 /* owned */
	struct aged *at; /* owned */
	size_t count;
	bool asked;
	void (*then)(struct turning *t); /* frees it, now or later */
};

static void turning_free(struct turning *t)
{
	for (size_t i = 0; i < t->count; i++) {
		free(t->at[i].id);
		for (int f = 0; f < FIELDS; f++)
			free(t->at[i].said[f]);
	}
	free(t->at);
	json_decref(t->school);
	free(t);
}

/* ---- reading every class a little ---------------------------------------------------------------- */

static void take_record(void *about, const struct reply *r)
{
	struct aged *c = about;
	for (int f = 0; f < FIELDS; f++) {
		const char *text = reply_text(reply_at(r, (size_t)f), NULL);
		c->said[f] = xstrdup(text ? text : "");
		text_mend(c->said[f], strlen(c->said[f]));
	}
}

static void take_ids(void *about, const struct reply *r)
{
	struct turning *t = about;
	t->at = xcalloc(reply_count(r) + 1, sizeof *t->at);
	for (size_t i = 0; i < reply_count(r); i++) {
		const char *id = reply_text(reply_at(r, i), NULL);
		if (id)
			t->at[t->count++].id = xstrdup(id);
	}
}

static void ask_for_records(struct turning *t, struct round *r)
{
	const char *words[FIELDS + 3] = {"HMGET"};
	for (int f = 0; f < FIELDS; f++)
		words[f + 2] = fields[f];
	for (size_t i = 0; i < t->count; i++) {
		char *key = xasprintf("class:%s:%s", t->visit->who.school, t->at[i].id);
		words[1] = key;
		round_ask(r, take_record, &t->at[i], words);
		free(key);
	}
}

static int by_name(const void *a, const void *b)
{
	const struct aged *one = a, *other = b;
	int order = strverscmp(one->said[NAME], other->said[NAME]);
	return order ? order : strcmp(one->id, other->id);
}

static bool looked(void *ctx, struct round *r, const struct err *e)
{
	struct turning *t = ctx;
	if (!e && !t->asked) {
		t->asked = true;
		ask_for_records(t, r);
		return true;
	}
	if (e) {
		answer_unreachable(t->visit, e);
		turning_free(t);
	} else {
		qsort(t->at, t->count, sizeof *t->at, by_name);
		t->then(t);
	}
	return false;
}

static void turn(struct visit *v, json_t *school, void (*then)(struct turning *t))
{
	struct turning *t = xcalloc(1, sizeof *t);
	struct round *r = round_new(v->web, looked, t);
	char *classes = xasprintf("classes:%s", v->who.school);
	*t = (struct turning){.visit = v, .school = school, .then = then};
	ROUND_ASK(r, take_ids, t, "SMEMBERS", classes);
	round_go(r);
	free(classes);
}

/* ---- what ends, what starts --------------------------------------------------------------------- */

static const char *current_year(const struct turning *t)
{
	return json_text_or(t->school, "current_year", "");
}

static bool is_of_now(const struct turning *t, const struct aged *c)
{
	const char *year = c->said[YEAR], *now = current_year(t);
	return strcmp(c->said[ACTIVE], "0") != 0 && (!*year || !*now || strcmp(year, now) == 0);
}

static bool ends(const struct turning *t, const struct aged *c)
{
	return *c->said[TEAM_ID] && !is_of_now(t, c);
}

static bool starts(const struct turning *t, const struct aged *c)
{
	return !*c->said[TEAM_ID] && is_of_now(t, c);
}

static json_int_t number(const struct aged *c, int field)
{
	return strtoll(c->said[field], NULL, 10);
}

static json_t *class_told(const struct aged *c)
{
	const char *name = *c->said[NAME] ? c->said[NAME] : c->id;
	const char *kind = *c->said[KIND] ? c->said[KIND] : "registration";
	return json_pack("{s:s, s:s, s:s, s:s, s:I}", "id", c->id, "group", name, "kind", kind,
	    "year", c->said[YEAR], "learners", number(c, TOTAL));
}

static json_t *ending_told(const struct aged *c)
{
	bool archived = number(c, ARCHIVED_AT) > 0, is_team = strcmp(c->said[IS_TEAM], "0") != 0;
	json_t *told = class_told(c);
	json_object_set_new(told, "display_name", json_string(c->said[DISPLAY_NAME]));
	json_object_set_new(told, "team_id", json_string(c->said[TEAM_ID]));
	json_object_set_new(told, "archived_at", json_integer(number(c, ARCHIVED_AT)));
	json_object_set_new(told, "actions",
	    json_pack("{s:b, s:b, s:b}", "archive", is_team && !archived, "rename", 1,
		"remove_learners", number(c, SYNCED) > 0));
	return told;
}

static void answer_year(struct turning *t)
{
	json_t *ending = json_array(), *starting = json_array();
	for (size_t i = 0; i < t->count; i++) {
		const struct aged *c = &t->at[i];
		if (ends(t, c))
			json_array_append_new(ending, ending_told(c));
		else if (starts(t, c)) {
			json_t *told = class_told(c);
			json_object_set_new(told, "in_microsoft", json_false());
			json_array_append_new(starting, told);
		}
	}
	answer_json(t->visit, 200,
	    json_pack("{s:s, s:o, s:o}", "current_year", current_year(t), "ends", ending, "starts",
		starting));
	turning_free(t);
}

static void look(struct visit *v, json_t *school)
{
	turn(v, school, answer_year);
}

void serve_console_year(struct visit *v)
{
	console_school(v, look);
}

/* ---- closing them ------------------------------------------------------------------------------- */

/* Jobs on their way; the answer goes out with the last one. */
struct closing {
	struct visit *visit;
	json_t *jobs; /* owned */
	size_t left;
	size_t taken; /* by the queue's store, as it said */
	struct err error;
};

static void answer_partly(const struct closing *g)
{
	answer_doubt(g->visit,
	    "The queue's store has %zu of the %zu classes and did not confirm the others (%s). "
	    "Reload the list and look which of them are closed before you try again.",
	    g->taken, json_array_size(g->jobs), err_name(g->error.code));
}

static void pushed(void *ctx, bool is_soon, const struct err *e)
{
	struct closing *g = ctx;
	(void)is_soon;
	if (!e)
		g->taken++;
	else if (!g->error.code)
		g->error = *e;
	if (--g->left > 0)
		return;
	if (g->error.code && g->taken > 0)
		answer_partly(g);
	else if (g->error.code)
		answer_unconfirmed(g->visit, &g->error);
	else
		answer_json(g->visit, 202, json_pack("{s:O}", "jobs", g->jobs));
	json_decref(g->jobs);
	free(g);
}

static json_t *envelope_of(const struct visit *v, const char *class_id, const json_t *options)
{
	char id[JOB_ID_LENGTH + 1];
	job_id_new(id);
	return json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:{s:s}, s:O}", "v", 1, "id", id, "type",
	    "close-class", "school", v->who.school, "requested_by", v->who.id, "priority",
	    "background", "class", "id", class_id, "options", options);
}

static void push(struct closing *g, const char *class_id, const json_t *options)
{
	json_t *envelope = envelope_of(g->visit, class_id, options);
	char *text = json_write(envelope);
	struct envelope read;
	envelope_read(&read, text, strlen(text));
	json_array_append_new(g->jobs, json_pack("{s:s, s:s}", "class", class_id, "id", read.id));
	audit_act(g->visit, "close-class", class_id);
	inbox_push(g->visit->web, &read, text, pushed, g);
	envelope_clear(&read);
	json_decref(envelope);
	free(text);
}

static const struct aged *find(const struct turning *t, const char *id)
{
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->at[i].id, id) == 0)
			return &t->at[i];
	return NULL;
}

/* All of what is asked for ends this year, or nothing is done. */
static bool all_end(const struct turning *t, const json_t *ids)
{
	size_t i;
	json_t *id;
	json_array_foreach (ids, i, id) {
		const char *text = json_is_string(id) ? json_string_value(id) : "";
		const struct aged *c = find(t, text);
		if (c && ends(t, c))
			continue;
		answer_problem(t->visit, 409, "not_offered",
		    "The class %.100s does not end with the year. Reload the list.", text);
		return false;
	}
	return true;
}

/* The envelope's own rules say whether these options will do. */
static bool good_options(struct visit *v, const json_t *options)
{
	json_t *trial = envelope_of(v, "x", options);
	char *text = json_write(trial);
	struct envelope read;
	envelope_read(&read, text, strlen(text));
	bool good = read.verdict == ENVELOPE_OK;
	if (!good)
		answer_problem(v, 422, "bad_action", "%s", read.why);
	envelope_clear(&read);
	json_decref(trial);
	free(text);
	return good;
}

static json_t *options_of(const json_t *body)
{
	size_t i;
	json_t *one, *options = json_object();
	struct buf words;
	buf_init(&words, 0);
	buf_adds(&words, "");
	json_array_foreach (json_list(body, "actions"), i, one)
		buf_addf(&words, "%s%s", i ? "," : "",
		    json_is_string(one) ? json_string_value(one) : "?");
	json_object_set_new(options, "actions", json_string(words.data));
	if (json_bool(body, "preview", false))
		json_object_set_new(options, "dry_run", json_true());
	buf_clear(&words);
	return options;
}

static void push_all(struct visit *v, const json_t *ids, const json_t *options)
{
	size_t i;
	json_t *id;
	struct closing *g = xcalloc(1, sizeof *g);
	*g = (struct closing){.visit = v, .jobs = json_array(), .left = json_array_size(ids)};
	json_array_foreach (ids, i, id)
		push(g, json_string_value(id), options);
}

static void close_them(struct turning *t)
{
	struct visit *v = t->visit;
	json_t *body = visit_body(v, BODY_DEPTH);
	if (!body) {
		turning_free(t);
		return;
	}
	json_t *ids = json_list(body, "classes"), *options = options_of(body);
	size_t count = json_array_size(ids);
	if (!console_is_allowed(t->school))
		answer_problem(v, 409, "consent_missing",
		    "Before anything is changed, a Microsoft 365 global administrator has to "
		    "enable the Microsoft 365 APIs.");
	else if (count == 0 || count > AT_ONCE_MAX)
		answer_problem(v, 422, "bad_action",
		    "classes has to be a list of 1 to %d ids of classes.", AT_ONCE_MAX);
	else if (good_options(v, options) && all_end(t, ids))
		push_all(v, ids, options);
	json_decref(options);
	json_decref(body);
	turning_free(t);
}

static void close_year(struct visit *v, json_t *school)
{
	turn(v, school, close_them);
}

void serve_console_year_close(struct visit *v)
{
	console_school(v, close_year);
}
