/*
 * console_look - reads groups: as classes are read, and then what the register says of each,
 * whether whoever asks teaches it, and how its last job ended.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "console.h"
#include "round.h"

enum { REGISTER_DEPTH = 64 };

struct look {
	struct visit *visit;
	groups_fn fn;
	void *ctx;
	struct console_group *at; /* owned */
	size_t count;
};

void groups_clear(struct console_group *at, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		class_look_clear(&at[i].class);
		json_decref(at[i].told);
	}
}

const char *group_text(const struct console_group *g, const char *field)
{
	return json_text_or(g->class.record, field, "");
}

json_int_t group_number(const struct console_group *g, const char *field)
{
	return strtoll(group_text(g, field), NULL, 10);
}

const char *group_name(const struct console_group *g)
{
	const char *name = json_text_or(g->told, "group", group_text(g, "name"));
	return *name ? name : g->class.id;
}

const char *group_kind(const struct console_group *g)
{
	const char *kind = group_text(g, "kind");
	return *kind ? kind : "registration";
}

bool group_is_there(const struct console_group *g)
{
	return *group_text(g, "team_id") != '\0';
}

/* ---- answers ------------------------------------------------------------------------------- */

/* Of two texts of the register the later one, without learners, counts where it says
 * something. */
static void take_told(void *about, const struct reply *r)
{
	struct console_group *g = about;
	for (size_t i = 0; i < 2; i++) {
		size_t length;
		const char *text = reply_text(reply_at(r, i), &length);
		json_t *said = text ? json_read(text, length, REGISTER_DEPTH, NULL) : NULL;
		if (json_is_object(said))
			json_object_update(g->told, said);
		json_decref(said);
	}
}

static void take_known(void *about, const struct reply *r)
{
	struct console_group *g = about;
	g->is_known = reply_number(r) == 1;
}

static void take_mine(void *about, const struct reply *r)
{
	struct console_group *g = about;
	g->is_mine = reply_number(r) == 1;
}

static void take_trouble(void *about, const struct reply *r)
{
	struct console_group *g = about;
	const char *code = reply_text(r, NULL);
	text_copy(g->trouble, sizeof g->trouble, code ? code : "");
}

static bool looked(void *ctx, struct round *r, const struct err *e)
{
	struct look *l = ctx;
	(void)r;
	l->fn(l->ctx, l->at, l->count, e);
	groups_clear(l->at, l->count);
	free(l->at);
	free(l);
	return false;
}

/* ---- questions ------------------------------------------------------------------------------ */

static void ask(struct round *r, const struct visit *v, struct console_group *g)
{
	char *told = xasprintf("class:%s:%s:register", v->who.school, g->class.id);
	char *teaches = xasprintf("teaches:%s:%s", v->who.school, v->who.id);
	char *classes = xasprintf("classes:%s", v->who.school);
	char *job = xasprintf("job:%s", group_text(g, "last_job"));
	ROUND_ASK(r, take_told, g, "HMGET", told, "text", "more");
	ROUND_ASK(r, take_known, g, "SISMEMBER", classes, g->class.id);
	ROUND_ASK(r, take_mine, g, "SISMEMBER", teaches, g->class.id);
	if (*group_text(g, "last_job"))
		ROUND_ASK(r, take_trouble, g, "HGET", job, "error_code");
	free(told);
	free(teaches);
	free(classes);
	free(job);
}

/* The classes are the callback's and become parts of the groups. */
static void classes_came(void *ctx, struct class_look *at, size_t count, const struct err *e)
{
	struct look *l = ctx;
	l->at = xcalloc(count + 1, sizeof *l->at);
	l->count = count;
	for (size_t i = 0; i < count; i++)
		l->at[i] = (struct console_group){.class = at[i], .told = json_object()};
	if (e) {
		looked(l, NULL, e);
		return;
	}
	struct round *r = round_new(l->visit->web, looked, l);
	for (size_t i = 0; i < count; i++)
		ask(r, l->visit, &l->at[i]);
	round_go(r);
}

void groups_look(
    struct visit *v, const char *const *ids, size_t count, bool learners, groups_fn fn, void *ctx)
{
	struct look *l = xcalloc(1, sizeof *l);
	*l = (struct look){.visit = v, .fn = fn, .ctx = ctx};
	class_look(v->web, v->who.school, ids, count, learners, classes_came, l);
}
