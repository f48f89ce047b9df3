/*
 * classes - the lists of classes: of a teacher their own register classes of the current year,
 * of a program those of a school.
 */
#include "classes.h"

#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "buf.h"
#include "connections.h"
#include "reasons.h"

/* ---- one class as JSON ----------------------------------------------------------------- */

static const char *text_of(const struct class_look *c, const char *field, const char *otherwise)
{
	return json_text_or(c->record, field, otherwise);
}

static json_int_t number_of(const struct class_look *c, const char *field)
{
	const char *text = json_text(c->record, field);
	return text ? strtoll(text, NULL, 10) : 0;
}

/* "3 Failed" carries its number (requirements 3.2). */
static json_t *label_of(const char *status, json_int_t failed)
{
	return strcmp(status, "failed") == 0 ? json_sprintf("%lld Failed", (long long)failed)
					     : json_string(status_label(status));
}

/* Requirements 3.2. */
static const char *colour_of(const char *status)
{
	static const char *const colours[][2] = {
	    {"pending", "amber"}, {"active", "green"}, {"failed", "orange"}};
	for (size_t i = 0; i < sizeof colours / sizeof *colours; i++)
		if (strcmp(colours[i][0], status) == 0)
			return colours[i][1];
	return "grey";
}

/* A class in Microsoft 365 of which no Team was made yet is none to its teacher. */
static const char *status_of(const struct class_look *c)
{
	const char *status = text_of(c, "status", "");
	bool class_only = strcmp(text_of(c, "is_team", "1"), "0") == 0;
	return *status && !class_only ? status : "no_team";
}

/* What the asker can do now, and a word for why some of it not (requirements 3.6, 3.7). */
static json_t *actions_of(const struct class_look *c, bool is_linked)
{
	const char *status = status_of(c);
	bool has_team = strcmp(status, "no_team") != 0 && *text_of(c, "team_id", "");
	bool free = !c->job;
	const char *why = !is_linked ? "not_linked" : !free ? "running" : "";
	return json_pack("{s:b, s:b, s:b, s:b, s:s}", "create", !has_team && is_linked && free,
	    "sync", has_team && is_linked && free, "view", 1, "open",
	    has_team && *text_of(c, "web_url", ""), "why", why);
}

json_t *class_json(const struct class_look *c)
{
	const char *status = status_of(c);
	json_t *class = json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:o, s:s}", "id", c->id, "name",
	    text_of(c, "name", c->id), "year", text_of(c, "year", ""), "kind",
	    text_of(c, "kind", "registration"), "learners", number_of(c, "total"), "status", status,
	    "label", label_of(status, number_of(c, "failed")), "colour", colour_of(status));
	static const char *const numbers[] = {
	    "synced", "failed", "unresolved", "total", "last_sync_at"};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		json_object_set_new(class, numbers[i], json_integer(number_of(c, numbers[i])));
	static const char *const texts[] = {
	    "last_job", "last_sync_job", "team_id", "web_url", "mail_nickname", "note"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		json_object_set_new(class, texts[i], json_string(text_of(c, texts[i], "")));
	json_object_set(class, "job", c->job ? c->job : json_null());
	return class;
}

/* ---- lists and single classes ------------------------------------------------------------ */

/* Where the asking stands; v->more of its visit. */
struct listing {
	char school[256];
	char year[64]; /* the current one; "" if the school has not said */
	bool is_linked;
	bool learners, one; /* what is asked for: learners of a class, one class, or a list */
};

static struct listing *listing_of(const struct visit *v)
{
	return v->more;
}

/* What staff may do is theirs alone to know. */
static json_t *class_json_for(const struct visit *v, const struct class_look *c)
{
	json_t *class = class_json(c);
	if (v->who.kind == WHO_STAFF)
		json_object_set_new(class, "actions", actions_of(c, listing_of(v)->is_linked));
	return class;
}

/* Staff see the register classes that are in use this year; a program sees all. */
static bool is_listed(const struct visit *v, const struct listing *l, const struct class_look *c)
{
	if (v->who.kind == WHO_PROGRAM)
		return true;
	return class_is_in_use(text_of(c, "year", ""), text_of(c, "kind", "registration"),
	    text_of(c, "active", "1"), l->year);
}

static int by_name(const void *a, const void *b)
{
	const struct class_look *one = a, *other = b;
	int order = strverscmp(text_of(one, "name", one->id), text_of(other, "name", other->id));
	return order ? order : strcmp(one->id, other->id);
}

static void answer_classes(struct visit *v, struct class_look *at, size_t count)
{
	const struct listing *l = listing_of(v);
	json_t *classes = json_array();
	qsort(at, count, sizeof *at, by_name);
	for (size_t i = 0; i < count; i++)
		if (is_listed(v, l, &at[i]))
			json_array_append_new(classes, class_json_for(v, &at[i]));
	answer_json(v, 200, json_pack("{s:o}", "classes", classes));
}

static void answer_one(struct visit *v, const struct class_look *c)
{
	const struct listing *l = listing_of(v);
	if (!c->is_registered && json_object_size(c->record) == 0)
		answer_problem(v, 404, "not_found", "There is no class %.100s.", c->id);
	else if (l->learners)
		class_answer_learners(v, c);
	else
		answer_json(v, 200, class_json_for(v, c));
}

static void looked(void *ctx, struct class_look *at, size_t count, const struct err *e)
{
	struct visit *v = ctx;
	if (e)
		answer_unreachable(v, e);
	else if (listing_of(v)->one)
		answer_one(v, &at[0]);
	else
		answer_classes(v, at, count);
	for (size_t i = 0; i < count; i++)
		class_look_clear(&at[i]);
}

static void ids_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct visit *v = ctx;
	if (web_failed(v, r, e))
		return;
	size_t count = reply_count(r);
	const char **ids = xcalloc(count + 1, sizeof *ids);
	for (size_t i = 0; i < count; i++)
		ids[i] = reply_text(reply_at(r, i), NULL);
	class_look(v->web, listing_of(v)->school, ids, count, false, looked, v);
	free(ids);
}

static void look_for_all(struct visit *v)
{
	struct words w;
	const char *school = listing_of(v)->school;
	words_init(&w);
	words_add(&w, "SMEMBERS");
	if (v->who.kind == WHO_STAFF)
		words_addf(&w, "%steaches:%s:%s", v->web->prefix, school, v->who.id);
	else
		words_addf(&w, "%sclasses:%s", v->web->prefix, school);
	redis_send(v->web->redis, &w, WEB_REDIS_TIMEOUT_MS, ids_read, v);
	words_clear(&w);
}

static void look_for_asked(struct visit *v)
{
	const struct listing *l = listing_of(v);
	if (l->one)
		class_look(v->web, l->school, (const char *const[]){v->place[0]}, 1, l->learners,
		    looked, v);
	else
		look_for_all(v);
}

/* A school that agreed as a whole needs nobody's own account. */
static bool school_is_linked(const struct school *s, const struct connection *c)
{
	return strcmp(s->auth, "app") == 0 ? *s->tenant_id != '\0' : c->state == CONNECTION_LINKED;
}

static void school_read(void *ctx, struct school *s, struct connection *c, const struct err *e)
{
	struct visit *v = ctx;
	struct listing *l = listing_of(v);
	if (e) {
		answer_unreachable(v, e);
	} else {
		text_copy(l->year, sizeof l->year, s->current_year);
		l->is_linked = school_is_linked(s, c);
		look_for_asked(v);
	}
	school_clear(s);
	connection_clear(c);
}

static void list(struct visit *v, const char *school, bool one, bool learners)
{
	struct listing *l = v->more = xcalloc(1, sizeof *l);
	text_copy(l->school, sizeof l->school, school);
	l->one = one;
	l->learners = learners;
	if (v->who.kind == WHO_PROGRAM) {
		look_for_asked(v);
		return;
	}
	char *name = connection_name(school, v->who.id);
	connection_read(v->web->redis, v->web->prefix, name, school_read, v);
	free(name);
}

/* The school that a request is about: staff have one, a program names it or has one key for
 * one school. NULL after a problem was answered. */
static const char *school_asked(struct visit *v)
{
	const char *asked = exchange_query(v->x, "school");
	if (!asked || v->who.kind == WHO_STAFF)
		asked = v->who.school;
	if (!asked)
		answer_problem(v, 400, "school_missing",
		    "Whose classes? Say ?school=… (this key is for every school).");
	else if (v->who.school && strcmp(asked, v->who.school) != 0)
		answer_problem(v, 403, "not_your_school",
		    "This key is for the school %.100s, not for %.100s.", v->who.school, asked);
	else
		return asked;
	return NULL;
}

void serve_classes(struct visit *v)
{
	const char *school = school_asked(v);
	if (school)
		list(v, school, false, false);
}

static void list_one(struct visit *v)
{
	list(v, school_asked(v), true, false);
}

static void list_learners(struct visit *v)
{
	list(v, school_asked(v), true, true);
}

void serve_class(struct visit *v)
{
	const char *school = school_asked(v);
	if (school)
		class_permit(v, school, v->place[0], list_one);
}

void serve_class_learners(struct visit *v)
{
	const char *school = school_asked(v);
	if (school)
		class_permit(v, school, v->place[0], list_learners);
}
