/*
 * console_runs - the runs over the whole school: those that were, newest first; one of them
 * class by class; and one that is asked for now, be it only to see what it would do.
 */
#include "console_runs.h"

#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "buf.h"
#include "console.h"
#include "job_send.h"
#include "reasons.h"
#include "round.h"

enum { BODY_DEPTH = 2 };

/* ---- a run in figures, and its lines --------------------------------------------------------- */

/* What the hash says, and what it is called here. */
static const char *const figures[][2] = {{"started_at", "started_at"},
    {"finished_at", "finished_at"}, {"classes", "classes"}, {"made", "made"},
    {"changed", "changed"}, {"failed_classes", "failed"}, {"held_classes", "held"},
    {"skipped", "skipped"}, {"unresolved", "unresolved"}, {"added", "added"},
    {"removed", "removed"}, {"members", "members"}, {"leavers", "leavers"}};
static const char *const texts[][2] = {
    {"kind", "kind"}, {"state", "state"}, {"requested_by", "by"}, {"job", "job"}};
static const char *const marks[] = {"dry_run", "braked"};
enum {
	FIGURES = sizeof figures / sizeof *figures,
	TEXTS = sizeof texts / sizeof *texts,
	MARKS = sizeof marks / sizeof *marks,
};

/* All that a run is told by, its lines left out: texts, figures, marks. */
static const char *field_at(size_t i)
{
	if (i < TEXTS)
		return texts[i][0];
	return i < TEXTS + FIGURES ? figures[i - TEXTS][0] : marks[i - TEXTS - FIGURES];
}

static bool is_yes(const json_t *run, const char *field)
{
	return strcmp(json_text_or(run, field, ""), "1") == 0;
}

json_t *run_json(const char *id, const json_t *run)
{
	json_t *told = json_pack("{s:s}", "id", id);
	for (size_t i = 0; i < MARKS; i++)
		json_object_set_new(told, marks[i], json_boolean(is_yes(run, marks[i])));
	for (size_t i = 0; i < TEXTS; i++)
		json_object_set_new(
		    told, texts[i][1], json_string(json_text_or(run, texts[i][0], "")));
	for (size_t i = 0; i < FIGURES; i++)
		json_object_set_new(told, figures[i][1],
		    json_integer(strtoll(json_text_or(run, figures[i][0], "0"), NULL, 10)));
	return told;
}

static json_t *line_json(const char *class_id, const json_t *from)
{
	const char *code = json_text_or(from, "code", "");
	json_t *line = json_pack("{s:s, s:s, s:b, s:s, s:s}", "class", class_id, "name",
	    json_text_or(from, "name", class_id), "made", json_bool(from, "made", false), "code",
	    code, "remedy", code_action(code));
	static const char *const words[] = {"state", "why", "job", "type"};
	static const char *const numbers[] = {"added", "removed", "failed", "unresolved",
	    "already_member", "removal_failed", "held", "at"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		json_object_set_new(line, words[i], json_string(json_text_or(from, words[i], "")));
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		json_object_set_new(line, numbers[i], json_integer(json_int(from, numbers[i], 0)));
	return line;
}

static int by_name(const void *a, const void *b)
{
	const json_t *one = *(json_t *const *)a, *other = *(json_t *const *)b;
	int order = strverscmp(json_text_or(one, "name", ""), json_text_or(other, "name", ""));
	return order ? order
		     : strcmp(json_text_or(one, "class", ""), json_text_or(other, "class", ""));
}

json_t *run_lines_json(const json_t *run)
{
	size_t count = 0;
	json_t **at = xcalloc(json_object_size(run) + 1, sizeof(json_t *)), *lines = json_array();
	const char *field;
	json_t *value;
	json_object_foreach ((json_t *)(uintptr_t)run, field, value) {
		const char *text = json_string_value(value);
		json_t *line = strncmp(field, "c:", 2) == 0 && text
				   ? json_read(text, strlen(text), CONSOLE_DEPTH, NULL)
				   : NULL;
		if (json_is_object(line))
			at[count++] = line_json(field + 2, line);
		json_decref(line);
	}
	qsort(at, count, sizeof(json_t *), by_name);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(lines, at[i]);
	free(at);
	return lines;
}

/* ---- all of them ---------------------------------------------------------------------------------- */

static void take_figures(void *about, const struct reply *r)
{
	struct seen_run *s = about;
	json_t *run = json_object();
	for (size_t i = 0; i < TEXTS + FIGURES + MARKS; i++) {
		const char *text = reply_text(reply_at(r, i), NULL);
		if (text)
			json_object_set_new(run, field_at(i), json_string(text));
	}
	if (json_object_size(run) > 0)
		s->told = run_json(s->id, run);
	json_decref(run);
}

static void take_ids(void *about, const struct reply *r)
{
	struct runs *runs = about;
	for (size_t i = 0; i < reply_count(r) && runs->count < RUNS_MAX; i++) {
		const char *id = reply_text(reply_at(r, i), NULL);
		if (id && text_copy(runs->at[runs->count].id, RUN_ROOM, id))
			runs->count++;
	}
}

void run_ask(struct round *r, const char *school, struct seen_run *s)
{
	const char *words[TEXTS + FIGURES + MARKS + 3] = {"HMGET"};
	for (size_t i = 0; i < TEXTS + FIGURES + MARKS; i++)
		words[i + 2] = field_at(i);
	char *key = xasprintf("run:%s:%s", school, s->id);
	words[1] = key;
	round_ask(r, take_figures, s, words);
	free(key);
}

static bool runs_looked(void *ctx, struct round *r, const struct err *e)
{
	struct runs *runs = ctx;
	if (!e && !runs->asked) {
		runs->asked = true;
		for (size_t i = 0; i < runs->count; i++)
			run_ask(r, runs->visit->who.school, &runs->at[i]);
		return true;
	}
	if (e)
		answer_unreachable(runs->visit, e);
	else
		runs->then(runs->visit, runs);
	for (size_t i = 0; i < runs->count; i++)
		json_decref(runs->at[i].told);
	free(runs);
	return false;
}

void runs_look(struct visit *v, void (*then)(struct visit *v, const struct runs *runs))
{
	struct runs *runs = xcalloc(1, sizeof *runs);
	struct round *r = round_new(v->web, runs_looked, runs);
	char *key = xasprintf("runs:%s", v->who.school);
	runs->visit = v;
	runs->then = then;
	ROUND_ASK(r, take_ids, runs, "LRANGE", key, "0", "59");
	round_go(r);
	free(key);
}

static void answer_runs(struct visit *v, const struct runs *runs)
{
	json_t *list = json_array();
	for (size_t i = 0; i < runs->count; i++)
		if (runs->at[i].told)
			json_array_append(list, runs->at[i].told);
	answer_json(v, 200, json_pack("{s:o}", "runs", list));
}

void serve_console_runs(struct visit *v)
{
	runs_look(v, answer_runs);
}

/* ---- one of them ------------------------------------------------------------------------------------ */

static void ask_for_run(struct visit *v, const char *id, redis_fn fn, void *ctx)
{
	struct words w;
	words_init(&w);
	words_add(&w, "HGETALL");
	words_addf(&w, "%srun:%s:%s", v->web->prefix, v->who.school, id);
	redis_send(v->web->redis, &w, WEB_REDIS_TIMEOUT_MS, fn, ctx);
	words_clear(&w);
}

static void run_came(void *ctx, const struct reply *r, const struct err *e)
{
	struct visit *v = ctx;
	if (web_failed(v, r, e))
		return;
	json_t *run = console_hash(r);
	if (run) {
		json_t *told = run_json(v->place[0], run);
		json_object_set_new(told, "lines", run_lines_json(run));
		answer_json(v, 200, told);
	} else {
		answer_problem(v, 404, "not_found",
		    "There is no run %.64s, or it is not kept any more: the last %d are.",
		    v->place[0], RUNS_MAX);
	}
	json_decref(run);
}

void serve_console_run(struct visit *v)
{
	ask_for_run(v, v->place[0], run_came, v);
}

/* ---- a run now ------------------------------------------------------------------------------------------ */

/* v->more: what kind of run is wanted. */
struct wanted_run {
	bool preview, approve_removals;
	char plan[RUN_ROOM];
};

static void send_run(struct visit *v)
{
	const struct wanted_run *w = v->more;
	json_t *options = json_object();
	if (w->preview)
		json_object_set_new(options, "dry_run", json_true());
	if (w->approve_removals)
		json_object_set_new(options, "approve_removals", json_true());
	if (*w->plan)
		json_object_set_new(options, "plan", json_string(w->plan));
	job_send(v, json_pack("{s:i, s:s, s:s, s:s, s:o}", "v", 1, "type", "sync-school", "school",
			v->who.school, "requested_by", v->who.id, "options", options));
}

/* dry_run, state */
static void plan_came(void *ctx, const struct reply *r, const struct err *e)
{
	struct visit *v = ctx;
	const struct wanted_run *w = v->more;
	if (web_failed(v, r, e))
		return;
	const char *dry_run = reply_text(reply_at(r, 0), NULL);
	const char *state = reply_text(reply_at(r, 1), NULL);
	if (dry_run && state && run_is_whole(state))
		send_run(v);
	else
		answer_problem(v, 409, "not_offered",
		    "%s is no preview of this school, not a whole one, or not kept any more. "
		    "Nothing was changed: make a new one.",
		    w->plan);
}

static void check_plan(struct visit *v)
{
	const struct wanted_run *w = v->more;
	redis_sendf(v->web->redis, WEB_REDIS_TIMEOUT_MS, plan_came, v,
	    "HMGET %srun:%s:%s dry_run state", v->web->prefix, v->who.school, w->plan);
}

static void begin_run(struct visit *v, json_t *school)
{
	const struct wanted_run *w = v->more;
	bool allowed = console_is_allowed(school);
	json_decref(school);
	if (!allowed)
		answer_problem(v, 409, "consent_missing",
		    "Before groups can be synced, a Microsoft 365 global administrator has to "
		    "enable the Microsoft 365 APIs.");
	else if (*w->plan)
		check_plan(v);
	else
		send_run(v);
}

void serve_console_run_new(struct visit *v)
{
	json_t *body = visit_body(v, BODY_DEPTH);
	if (!body)
		return;
	struct wanted_run *w = v->more = xcalloc(1, sizeof *w);
	w->preview = json_bool(body, "preview", false);
	w->approve_removals = json_bool(body, "approve_removals", false);
	bool fits = text_copy(w->plan, sizeof w->plan, json_text_or(body, "plan", ""));
	json_decref(body);
	if (!fits)
		answer_problem(v, 422, "bad_action", "plan has to be the id of a preview.");
	else if (w->approve_removals && !*w->plan)
		answer_problem(v, 422, "bad_action",
		    "approve_removals needs the preview that was looked at: send its id as plan. "
		    "Nothing was changed.");
	else
		console_school(v, begin_run);
}
