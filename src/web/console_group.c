/*
 * console_group - one group with its people: students and teachers apart (requirements 8.7),
 * what was changed by hand and what of that is let stand, and what happened lately.
 *
 *	group -> drift -> exceptions -> history -> answer
 *
 * Teaching staff are shown the people of the groups that they teach.
 */
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "buf.h"
#include "console.h"
#include "console_drift.h"
#include "console_events.h"
#include "history.h"
#include "reasons.h"

enum { LATEST = 50 };

/* The way of one answer. */
struct showing {
	struct visit *visit;
	json_t *school; /* owned */
	json_t *group;	/* owned: the answer as far as it is known */
	json_t *drift;	/* owned */
};

static void showing_free(struct showing *s)
{
	json_decref(s->school);
	json_decref(s->group);
	json_decref(s->drift);
	free(s);
}

static void unreachable(struct showing *s, const struct err *e)
{
	answer_unreachable(s->visit, e);
	showing_free(s);
}

static const char *class_of(const struct showing *s)
{
	return json_text_or(s->group, "id", "");
}

/* ---- students -------------------------------------------------------------------------------- */

static json_t *student_json(const json_t *told, const json_t *kept)
{
	const char *reason = json_text_or(kept, "reason", "");
	json_t *student = json_pack("{s:s, s:s, s:s, s:I}", "status",
	    json_text_or(kept, "status", "pending"), "reason_label", reason_label("", reason),
	    "remedy", reason_action("", reason), "at", (json_int_t)json_int(kept, "at", 0));
	static const char *const of_told[] = {"id", "name", "email", "from", "until"};
	for (size_t i = 0; i < sizeof of_told / sizeof *of_told; i++)
		json_object_set_new(
		    student, of_told[i], json_string(json_text_or(told, of_told[i], "")));
	json_object_set_new(student, "reason", json_string(reason));
	json_object_set_new(student, "user_id", json_string(json_text_or(kept, "user_id", "")));
	return student;
}

static int by_name(const void *a, const void *b)
{
	const json_t *one = *(json_t *const *)a, *other = *(json_t *const *)b;
	int order = strcoll(json_text_or(one, "name", ""), json_text_or(other, "name", ""));
	return order ? order : strcmp(json_text_or(one, "id", ""), json_text_or(other, "id", ""));
}

static json_t *students_json(const struct console_group *g)
{
	json_t *learners = json_list(g->told, "learners"), *one, *students = json_array();
	json_t **at = xcalloc(json_array_size(learners) + 1, sizeof(json_t *));
	size_t i, count = 0;
	json_array_foreach (learners, i, one)
		if (json_text(one, "id"))
			at[count++] = student_json(
			    one, json_object_get(g->class.learners, json_text(one, "id")));
	qsort(at, count, sizeof(json_t *), by_name);
	for (i = 0; i < count; i++)
		json_array_append_new(students, at[i]);
	free(at);
	return students;
}

/* ---- the way ----------------------------------------------------------------------------------- */

static void events_came(void *ctx, json_t *events, const struct err *e)
{
	struct showing *s = ctx;
	if (e) {
		unreachable(s, e);
		return;
	}
	json_object_set_new(s->group, "history", events);
	answer_json(s->visit, 200, json_incref(s->group));
	showing_free(s);
}

static void history_came(void *ctx, const json_t *events, const char *next, const struct err *e)
{
	struct showing *s = ctx;
	(void)next;
	if (e)
		unreachable(s, e);
	else
		events_join(s->visit, events, events_came, s);
}

static void exceptions_came(void *ctx, const json_t *found, const struct err *e)
{
	struct showing *s = ctx;
	struct visit *v = s->visit;
	if (e) {
		unreachable(s, e);
		return;
	}
	json_object_set_new(s->group, "exceptions", exceptions_json(found));
	json_object_set_new(s->group, "drift",
	    drift_json(class_of(s), json_text_or(s->group, "group", ""), s->drift, found));
	const struct history_wanted wanted = {.like = {.class_id = class_of(s)}, .limit = LATEST};
	history_read(v->web->redis, v->web->prefix, v->who.school, &wanted, history_came, s);
}

static void drift_came(void *ctx, const json_t *found, const struct err *e)
{
	struct showing *s = ctx;
	struct visit *v = s->visit;
	if (e) {
		unreachable(s, e);
		return;
	}
	s->drift = json_deep_copy(found);
	exceptions_read(
	    v->web->redis, v->web->prefix, v->who.school, class_of(s), exceptions_came, s);
}

static void hide_people(json_t *group)
{
	static const char *const members[] = {"students", "drift", "exceptions", "history"};
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		json_object_set_new(group, members[i], json_array());
}

static void group_came(void *ctx, struct console_group *at, size_t count, const struct err *e)
{
	struct showing *s = ctx;
	struct visit *v = s->visit;
	(void)count;
	if (e) {
		unreachable(s, e);
		return;
	}
	if (!at->is_known) {
		answer_problem(v, 404, "not_found", "There is no group %.100s.", at->class.id);
		showing_free(s);
		return;
	}
	bool shown = console_is_admin(v) || at->is_mine;
	s->group = group_json(v, s->school, at);
	json_object_set_new(s->group, "members_hidden", json_boolean(!shown));
	if (shown) {
		json_object_set_new(s->group, "students", students_json(at));
		drift_read(
		    v->web->redis, v->web->prefix, v->who.school, at->class.id, drift_came, s);
	} else {
		hide_people(s->group);
		answer_json(v, 200, json_incref(s->group));
		showing_free(s);
	}
}

static void show(struct visit *v, json_t *school)
{
	struct showing *s = xcalloc(1, sizeof *s);
	*s = (struct showing){.visit = v, .school = school};
	groups_look(v, (const char *const[]){v->place[0]}, 1, true, group_came, s);
}

void serve_console_group(struct visit *v)
{
	console_school(v, show);
}
