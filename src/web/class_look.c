/*
 * class_look - reads classes: for each one its record, whether the register knows it, who holds
 * it in the queue, and then what those jobs are doing.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "classes.h"
#include "round.h"

enum { LEARNER_DEPTH = 8 };

struct look {
	class_look_fn fn;
	void *ctx;
	struct class_look *at;
	size_t count;
	bool jobs_asked;
};

void class_look_clear(struct class_look *c)
{
	free(c->school);
	free(c->id);
	json_decref(c->record);
	json_decref(c->learners);
	json_decref(c->job);
	*c = (struct class_look){0};
}

/* ---- answers ------------------------------------------------------------------------- */

static void take_record(void *about, const struct reply *r)
{
	struct class_look *c = about;
	for (size_t i = 0; i + 1 < reply_count(r); i += 2) {
		const char *field = reply_text(reply_at(r, i), NULL);
		json_t *value = json_string(reply_text(reply_at(r, i + 1), NULL));
		if (field && value)
			json_object_set_new(c->record, field, value);
	}
}

/* What the register says counts as long as no job has brought the record up to it. */
static void take_register(void *about, const struct reply *r)
{
	struct class_look *c = about;
	const char *count = reply_text(reply_at(r, 0), NULL);
	c->is_registered = count || reply_text(reply_at(r, 1), NULL);
	if (count && !json_object_get(c->record, "total"))
		json_object_set_new(c->record, "total", json_string(count));
}

/* Whoever left is shown no more, unless the last sync has something to say of them. */
static bool is_shown(const json_t *learner)
{
	const char *reason = json_text_or(learner, "reason", "");
	return !json_bool(learner, "left", false) || strcmp(reason, "removed_locally") == 0 ||
	       strcmp(reason, "remove_failed") == 0;
}

static void take_learners(void *about, const struct reply *r)
{
	struct class_look *c = about;
	for (size_t i = 0; i + 1 < reply_count(r); i += 2) {
		size_t length;
		const char *text = reply_text(reply_at(r, i + 1), &length);
		json_t *learner = text ? json_read(text, length, LEARNER_DEPTH, NULL) : NULL;
		if (json_is_object(learner) && is_shown(learner))
			json_object_set(c->learners, reply_text(reply_at(r, i), NULL), learner);
		json_decref(learner);
	}
}

/* "type=id type=id": the first one holds the class. A dry run is nobody's progress. */
static void take_holder(void *about, const struct reply *r)
{
	struct class_look *c = about;
	const char *text = reply_text(r, NULL);
	const char *id = text ? strchr(text, '=') : NULL;
	if (!id || memmem(text, (size_t)(id - text), "+dry_run", 8))
		return;
	c->job = json_pack(
	    "{s:s%, s:s%}", "id", id + 1, strcspn(id + 1, " "), "type", text, strcspn(text, "=+"));
}

/* The first three are texts, the others numbers. */
static const char *const job_fields[] = {"state", "phase", "requested_by", "done", "total", "rev"};
enum { JOB_FIELDS = sizeof job_fields / sizeof *job_fields };

static void take_job(void *about, const struct reply *r)
{
	struct class_look *c = about;
	for (size_t i = 0; i < JOB_FIELDS; i++) {
		const char *text = reply_text(reply_at(r, i), NULL);
		if (text)
			json_object_set_new(c->job, job_fields[i],
			    i < 3 ? json_string(text) : json_integer(reply_number(reply_at(r, i))));
	}
}

/* ---- questions ------------------------------------------------------------------------ */

static bool ask_for_jobs(struct look *l, struct round *round)
{
	bool asked = false;
	for (size_t i = 0; i < l->count; i++) {
		if (!l->at[i].job)
			continue;
		char *key = xasprintf("job:%s", json_text(l->at[i].job, "id"));
		ROUND_ASK(round, take_job, &l->at[i], "HMGET", key, job_fields[0], job_fields[1],
		    job_fields[2], job_fields[3], job_fields[4], job_fields[5]);
		free(key);
		asked = true;
	}
	return asked;
}

static bool looked(void *ctx, struct round *round, const struct err *e)
{
	struct look *l = ctx;
	if (!e && !l->jobs_asked) {
		l->jobs_asked = true;
		if (ask_for_jobs(l, round))
			return true;
	}
	l->fn(l->ctx, l->at, l->count, e);
	free(l->at);
	free(l);
	return false;
}

static void ask_for_class(struct round *round, struct class_look *c, bool learners)
{
	char *holder = xasprintf("%s:%s", c->school, c->id);
	char *record = xasprintf("class:%s", holder);
	char *known = xasprintf("%s:register", record), *rows = xasprintf("%s:learners", record);
	ROUND_ASK(round, take_record, c, "HGETALL", record);
	ROUND_ASK(round, take_register, c, "HMGET", known, "count", "teachers");
	ROUND_ASK(round, take_holder, c, "HGET", "live", holder);
	if (learners) {
		c->learners = json_object();
		ROUND_ASK(round, take_learners, c, "HGETALL", rows);
	}
	free(holder);
	free(record);
	free(known);
	free(rows);
}

void class_look(struct web *web, const char *school, const char *const *ids, size_t count,
    bool learners, class_look_fn fn, void *ctx)
{
	struct look *l = xcalloc(1, sizeof *l);
	*l = (struct look){.fn = fn, .ctx = ctx, .count = count};
	l->at = xcalloc(count + 1, sizeof *l->at);
	struct round *round = round_new(web, looked, l);
	for (size_t i = 0; i < count; i++) {
		struct class_look *c = &l->at[i];
		c->school = xstrdup(school);
		c->id = xstrdup(ids[i]);
		c->record = json_object();
		ask_for_class(round, c, learners);
	}
	round_go(round);
}
