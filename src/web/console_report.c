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
#include "reasons.h"
#include "round.h"

static const char BRAKED[] = "removals_need_approval";

struct reporting {
	struct visit *visit;
	char run_id[RUN_ROOM];	/* "": there was none */
	json_t *run;		/* owned: with its lines; NULL */
	bool is_decided;	/* what its brake held is settled */
	json_t *lifetimes_over; /* owned */
	struct held *held;	/* owned */
	struct ending *endings; /* owned */
	size_t held_count, count, asked;
};

/* A class that the brake held in that run. */
struct held {
	json_t *line; /* the run's */
	char *later;  /* owned; the sync of the class that came after; NULL: none did */
	bool is_over; /* that one let them go, or the class has no Team any more */
};

struct ending {
	char *id; /* owned */
	struct reporting *reporting;
};

static void reporting_free(struct reporting *g)
{
	for (size_t i = 0; i < g->count; i++)
		free(g->endings[i].id);
	for (size_t i = 0; i < g->held_count; i++)
		free(g->held[i].later);
	free(g->endings);
	free(g->held);
	json_decref(g->run);
	json_decref(g->lifetimes_over);
	free(g);
}

static void answer_report(struct reporting *g)
{
	json_t *waiting = json_array();
	for (size_t i = 0; i < g->held_count; i++)
		if (!g->held[i].is_over)
			json_array_append(waiting, g->held[i].line);
	answer_json(g->visit, 200,
	    json_pack("{s:O?, s:b, s:o, s:O}", "run", g->run, "decided", g->is_decided,
		"needs_approval", waiting, "lifetimes_over", g->lifetimes_over));
}

/* ---- what waits ------------------------------------------------------------------------------ */

static void take_run(void *about, const struct reply *r)
{
	struct reporting *g = about;
	json_t *run = console_hash(r), *lines, *line;
	size_t i;
	if (!run)
		return;
	g->run = run_json(g->run_id, run);
	lines = run_lines_json(run);
	json_object_set_new(g->run, "lines", lines);
	g->held = xcalloc(json_array_size(lines) + 1, sizeof *g->held);
	json_array_foreach (lines, i, line)
		if (strcmp(json_text_or(line, "code", ""), BRAKED) == 0 ||
		    json_int(line, "held", 0) > 0)
			g->held[g->held_count++] = (struct held){.line = line};
	json_decref(run);
}

/* last_sync_at, last_sync_job, team_id */
static void take_last_sync(void *about, const struct reply *r)
{
	struct held *h = about;
	const char *at = reply_text(reply_at(r, 0), NULL), *job = reply_text(reply_at(r, 1), NULL);
	const char *team = reply_text(reply_at(r, 2), NULL);
	bool is_later = at && strtoll(at, NULL, 10) >= json_int(h->line, "at", 0);
	if (is_later && job && strcmp(job, json_text_or(h->line, "job", "")) != 0)
		h->later = xstrdup(job);
	h->is_over = !team || !*team;
}

/* state, held, removed. One that was cancelled, failed or held everybody back leaves them waiting;
 * of one that is not kept any more nobody can say so. */
static void take_end(void *about, const struct reply *r)
{
	struct held *h = about;
	const char *state = reply_text(reply_at(r, 0), NULL);
	bool removes = reply_number(reply_at(r, 1)) == 0 || reply_number(reply_at(r, 2)) > 0;
	h->is_over |= !state || (strcmp(state, "done") == 0 && removes);
}

static void ask_for_last_syncs(struct reporting *g, struct round *r)
{
	for (size_t i = 0; i < g->held_count; i++) {
		char *key = xasprintf("class:%s:%s", g->visit->who.school,
		    json_text_or(g->held[i].line, "class", ""));
		ROUND_ASK(r, take_last_sync, &g->held[i], "HMGET", key, "last_sync_at",
		    "last_sync_job", "team_id");
		free(key);
	}
}

/* Whether somebody has seen to it since is known by what became of that sync. */
static void ask_for_ends(struct reporting *g, struct round *r)
{
	for (size_t i = 0; i < g->held_count; i++) {
		if (!g->held[i].later)
			continue;
		char *key = xasprintf("job:%s", g->held[i].later);
		ROUND_ASK(r, take_end, &g->held[i], "HMGET", key, "state", "held", "removed");
		free(key);
	}
}

/* ---- whose time is over ---------------------------------------------------------------------- */

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

/* ---- the report ------------------------------------------------------------------------------- */

static void ask_of_classes(struct reporting *g, struct round *r)
{
	ask_for_lifetimes(g, r);
	ask_for_last_syncs(g, r);
}

static bool reported(void *ctx, struct round *r, const struct err *e)
{
	struct reporting *g = ctx;
	static void (*const more[])(struct reporting *, struct round *) = {
	    ask_of_classes, ask_for_ends};
	if (!e && g->asked < sizeof more / sizeof *more) {
		more[g->asked++](g, r);
		return true;
	}
	if (e)
		answer_unreachable(g->visit, e);
	else
		answer_report(g);
	reporting_free(g);
	return false;
}

static bool is_real(const json_t *told)
{
	return told && !json_bool(told, "dry_run", false);
}

/* The last night; where there was none, the last run that did something. */
static const char *run_of_report(const struct runs *runs)
{
	const char *other = "";
	for (size_t i = 0; i < runs->count; i++) {
		const json_t *told = runs->at[i].told;
		if (!is_real(told))
			continue;
		if (strcmp(json_text_or(told, "kind", ""), "night") == 0)
			return runs->at[i].id;
		if (!*other)
			other = runs->at[i].id;
	}
	return other;
}

/* A run that goes, or went, over the school as a whole without being held: whoever was to go
 * goes with it. */
static bool settles(const json_t *told)
{
	const char *state = json_text_or(told, "state", "");
	bool whole = strcmp(state, "running") == 0 || run_is_whole(state);
	return whole && is_real(told) && !json_bool(told, "braked", false) &&
	       strcmp(json_text_or(told, "kind", ""), "year") != 0;
}

static bool was_settled_since(const struct runs *runs, const char *run_id)
{
	for (size_t i = 0; i < runs->count && strcmp(runs->at[i].id, run_id) != 0; i++)
		if (settles(runs->at[i].told))
			return true;
	return false;
}

static void report(struct visit *v, const struct runs *runs)
{
	struct reporting *g = xcalloc(1, sizeof *g);
	struct round *r = round_new(v->web, reported, g);
	char *classes = xasprintf("classes:%s", v->who.school);
	*g = (struct reporting){.visit = v, .lifetimes_over = json_array()};
	text_copy(g->run_id, sizeof g->run_id, run_of_report(runs));
	g->is_decided = was_settled_since(runs, g->run_id);
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
