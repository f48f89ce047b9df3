/*
 * console_report - the report of the morning: the last night, what waits for somebody's approval,
 * and classes whose time is over (requirements 9.6: nothing is deleted for that).
 */
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "buf.h"
#include "console.h"
#include "console_runs.h"
#include "round.h"

struct reporting {
	struct visit *visit;
	char run_id[RUN_ROOM];	/* "": there was none */
	json_t *run;		/* owned; NULL */
	json_t *lifetimes_over; /* owned */
	struct ending *endings; /* owned */
	size_t count;
	bool asked;
};

struct ending {
	char *id; /* owned */
	struct reporting *reporting;
};

static json_t *waiting_json(const json_t *lines)
{
	size_t i;
	json_t *line, *waiting = json_array();
	json_array_foreach (lines, i, line)
		if (strcmp(json_text_or(line, "code", ""), "removals_need_approval") == 0 ||
		    json_int(line, "held", 0) > 0)
			json_array_append(waiting, line);
	return waiting;
}

static void answer_report(struct reporting *g)
{
	json_t *told = json_null(), *waiting;
	if (g->run) {
		told = run_json(g->run_id, g->run);
		json_object_set_new(told, "lines", run_lines_json(g->run));
		waiting = waiting_json(json_list(told, "lines"));
	} else {
		waiting = json_array();
	}
	answer_json(g->visit, 200,
	    json_pack("{s:o, s:o, s:O}", "run", told, "needs_approval", waiting, "lifetimes_over",
		g->lifetimes_over));
}

/* name, lifetime, team_id */
static void take_lifetime(void *about, const struct reply *r)
{
	const struct ending *n = about;
	char today[TODAY_ROOM];
	const char *name = reply_text(reply_at(r, 0), NULL);
	const char *lifetime = reply_text(reply_at(r, 1), NULL);
	const char *team = reply_text(reply_at(r, 2), NULL);
	console_today(today);
	if (!lifetime || !*lifetime || !team || !*team || strcmp(lifetime, today) >= 0)
		return;
	json_t *over = json_pack(
	    "{s:s, s:s, s:s}", "class", n->id, "group", name ? name : n->id, "lifetime", lifetime);
	if (over)
		json_array_append_new(n->reporting->lifetimes_over, over);
}

static void take_run(void *about, const struct reply *r)
{
	struct reporting *g = about;
	g->run = console_hash(r);
}

static void take_classes(void *about, const struct reply *r)
{
	struct reporting *g = about;
	g->endings = xcalloc(reply_count(r) + 1, sizeof *g->endings);
	for (size_t i = 0; i < reply_count(r); i++) {
		const char *id = reply_text(reply_at(r, i), NULL);
		if (id)
			g->endings[g->count++] = (struct ending){xstrdup(id), g};
	}
}

static void ask_for_lifetimes(struct reporting *g, struct round *r)
{
	for (size_t i = 0; i < g->count; i++) {
		char *key = xasprintf("class:%s:%s", g->visit->who.school, g->endings[i].id);
		ROUND_ASK(
		    r, take_lifetime, &g->endings[i], "HMGET", key, "name", "lifetime", "team_id");
		free(key);
	}
}

static bool reported(void *ctx, struct round *r, const struct err *e)
{
	struct reporting *g = ctx;
	if (!e && !g->asked) {
		g->asked = true;
		ask_for_lifetimes(g, r);
		return true;
	}
	if (e)
		answer_unreachable(g->visit, e);
	else
		answer_report(g);
	for (size_t i = 0; i < g->count; i++)
		free(g->endings[i].id);
	free(g->endings);
	json_decref(g->run);
	json_decref(g->lifetimes_over);
	free(g);
	return false;
}

/* The last night; where there was none, the last run that did something. */
static const char *run_of_report(const struct runs *runs)
{
	const char *other = "";
	for (size_t i = 0; i < runs->count; i++) {
		const json_t *told = runs->at[i].told;
		if (!told || json_bool(told, "dry_run", false))
			continue;
		if (strcmp(json_text_or(told, "kind", ""), "night") == 0)
			return runs->at[i].id;
		if (!*other)
			other = runs->at[i].id;
	}
	return other;
}

static void report(struct visit *v, const struct runs *runs)
{
	struct reporting *g = xcalloc(1, sizeof *g);
	struct round *r = round_new(v->web, reported, g);
	char *classes = xasprintf("classes:%s", v->who.school);
	*g = (struct reporting){.visit = v, .lifetimes_over = json_array()};
	text_copy(g->run_id, sizeof g->run_id, run_of_report(runs));
	char *run = xasprintf("run:%s:%s", v->who.school, g->run_id);
	if (*g->run_id)
		ROUND_ASK(r, take_run, g, "HGETALL", run);
	ROUND_ASK(r, take_classes, g, "SMEMBERS", classes);
	round_go(r);
	free(classes);
	free(run);
}

void serve_console_report(struct visit *v)
{
	runs_look(v, report);
}
