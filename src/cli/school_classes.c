/*
 * school_classes - reads the classes of a school, some dozens at a time and all questions of
 * those at once.
 */
#include "school_classes.h"

#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "record.h"

enum { AT_ONCE = 50, REGISTER_DEPTH = 64, OBJECT_DEPTH = 8 };

json_t *school_entered(struct cli *c, const char *school)
{
	struct reply *r = cli_ask(c, "HGETALL %sschool:%s", c->prefix, school);
	json_t *record = hash_of(r, (const char *const[]){NULL});
	reply_free(r);
	if (!record)
		out_complain("no school %s is entered", school);
	return record;
}

/* ---- answers --------------------------------------------------------------------------- */

static json_t *record_read_of(const struct reply *r)
{
	json_t *record = hash_of(r, (const char *const[]){NULL});
	return record ? record : json_object();
}

/* id -> object, of a hash whose values are JSON. */
static json_t *objects_read_of(const struct reply *r)
{
	json_t *objects = json_object();
	for (size_t i = 0; i + 1 < reply_count(r); i += 2) {
		size_t length;
		const char *id = reply_text(reply_at(r, i), NULL);
		const char *text = reply_text(reply_at(r, i + 1), &length);
		json_t *object = text ? json_read(text, length, OBJECT_DEPTH, NULL) : NULL;
		if (id && json_is_object(object))
			json_object_set(objects, id, object);
		json_decref(object);
	}
	return objects;
}

/* text, more: of two things that the register says the later one counts. */
static json_t *told_read_of(const struct reply *r)
{
	json_t *told = json_object();
	for (size_t i = 0; i < 2; i++) {
		size_t length;
		const char *text = reply_text(reply_at(r, i), &length);
		json_t *said = text ? json_read(text, length, REGISTER_DEPTH, NULL) : NULL;
		if (json_is_object(said))
			json_object_update(told, said);
		json_decref(said);
	}
	return told;
}

/* ---- questions -------------------------------------------------------------------------- */

/* Questions that are on their way, and one of them. */
struct gathering {
	struct cli *cli;
	size_t missing;
	bool complete;
	struct err error;
};
struct question {
	struct gathering *gathering;
	json_t **to;
	json_t *(*read)(const struct reply *r);
};

static void answered(void *ctx, const struct reply *r, const struct err *e)
{
	struct question *q = ctx;
	struct gathering *g = q->gathering;
	if (!r)
		g->error = *e;
	else if (reply_kind(r) == REPLY_ERROR)
		err_set(&g->error, ERR_REFUSED, "%s", reply_text(r, NULL));
	else
		*q->to = q->read(r);
	g->complete = --g->missing == 0;
	free(q);
}

static struct question *question(
    struct gathering *g, json_t **to, json_t *(*read)(const struct reply *r))
{
	struct question *q = xcalloc(1, sizeof *q);
	*q = (struct question){g, to, read};
	g->missing++;
	return q;
}

static void ask(struct gathering *g, const char *school, struct school_class *k, unsigned with)
{
	struct redis *r = g->cli->redis;
	const char *prefix = g->cli->prefix;
	redis_sendf(r, ASK_MS, answered, question(g, &k->record, record_read_of),
	    "HGETALL %sclass:%s:%s", prefix, school, k->id);
	redis_sendf(r, ASK_MS, answered, question(g, &k->told, told_read_of),
	    "HMGET %sclass:%s:%s:register text more", prefix, school, k->id);
	if (with & WITH_LEARNERS)
		redis_sendf(r, ASK_MS, answered, question(g, &k->learners, objects_read_of),
		    "HGETALL %sclass:%s:%s:learners", prefix, school, k->id);
	if (!(with & WITH_BY_HAND))
		return;
	redis_sendf(r, ASK_MS, answered, question(g, &k->drift, objects_read_of),
	    "HGETALL %sdrift:%s:%s", prefix, school, k->id);
	redis_sendf(r, ASK_MS, answered, question(g, &k->exceptions, objects_read_of),
	    "HGETALL %sexceptions:%s:%s", prefix, school, k->id);
}

/* fill asks for some classes and waits until all is answered. */
static void fill(
    struct cli *c, const char *school, struct school_class *at, size_t count, unsigned with)
{
	struct gathering g = {.cli = c};
	for (size_t i = 0; i < count; i++)
		ask(&g, school, &at[i], with);
	(void)loop_run_until(c->loop, &g.complete, 0);
	if (g.error.code) {
		*cli_error() = g.error;
		(void)cli_answered(c, NULL);
	}
}

static json_t *or_empty(json_t *object)
{
	return object ? object : json_object();
}

static int by_name(const void *a, const void *b)
{
	const struct school_class *one = a, *other = b;
	int order = strverscmp(school_class_name(one), school_class_name(other));
	return order ? order : strcmp(one->id, other->id);
}

struct school_class *school_classes_read(
    struct cli *c, const char *school, unsigned with, size_t *count)
{
	struct reply *ids = cli_ask(c, "SMEMBERS %sclasses:%s", c->prefix, school);
	struct school_class *at = xcalloc(reply_count(ids) + 1, sizeof *at);
	*count = reply_count(ids);
	for (size_t i = 0; i < *count; i++)
		at[i].id = xstrdup(reply_text(reply_at(ids, i), NULL));
	reply_free(ids);
	for (size_t i = 0; i < *count; i += AT_ONCE)
		fill(c, school, at + i, *count - i < AT_ONCE ? *count - i : AT_ONCE, with);
	for (size_t i = 0; i < *count; i++) {
		at[i].learners = or_empty(at[i].learners);
		at[i].drift = or_empty(at[i].drift);
		at[i].exceptions = or_empty(at[i].exceptions);
	}
	qsort(at, *count, sizeof *at, by_name);
	return at;
}

void school_classes_free(struct school_class *at, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(at[i].id);
		json_decref(at[i].record);
		json_decref(at[i].told);
		json_decref(at[i].learners);
		json_decref(at[i].drift);
		json_decref(at[i].exceptions);
	}
	free(at);
}

/* ---- one of them -------------------------------------------------------------------------- */

const struct school_class *school_class_called(
    const struct school_class *at, size_t count, const char *called)
{
	const struct school_class *found = NULL;
	size_t names = 0;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(at[i].id, called) == 0)
			return &at[i];
		if (strcmp(school_class_name(&at[i]), called) == 0) {
			found = &at[i];
			names++;
		}
	}
	if (names > 1)
		out_complain("%zu classes are called %s: name one by its id (rollcall groups)",
		    names, called);
	else if (!found)
		out_complain("there is no class %s", called);
	return names == 1 ? found : NULL;
}

const char *school_class_word(const struct school_class *k, const char *word)
{
	const char *told = json_text_or(k->told, word, "");
	return *told ? told : record_text(k->record, word);
}

const char *school_class_name(const struct school_class *k)
{
	const char *group = json_text_or(k->told, "group", "");
	const char *name = *group ? group : school_class_word(k, "name");
	return *name ? name : k->id;
}

const char *school_class_kind(const struct school_class *k)
{
	const char *kind = school_class_word(k, "kind");
	return *kind ? kind : "registration";
}

bool school_class_is_active(const struct school_class *k)
{
	return strcmp(json_text_or(k->record, "active", "1"), "0") != 0;
}

json_t *school_class_learner(const struct school_class *k, const char *learner)
{
	size_t i;
	json_t *one;
	json_array_foreach (json_list(k->told, "learners"), i, one)
		if (strcmp(json_text_or(one, "id", ""), learner) == 0)
			return one;
	return NULL;
}
