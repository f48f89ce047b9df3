/*
 * night_class - one class in the night: whether it is to be synced or made, and as what job.
 */
#include "night.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "grace.h"
#include "roster.h"

enum { REGISTER_DEPTH = 64, LEARNER_DEPTH = 8, RUN_IN_ID = 40 };

/* ---- as it was read ----------------------------------------------------------------------- */

static json_t *text_as_json(const json_t *object, const char *key, int depth)
{
	const char *text = json_text(object, key);
	return text ? json_read(text, strlen(text), depth, NULL) : NULL;
}

void night_class_read(
    struct night_class *c, const json_t *ids, size_t place, const json_t *answer, size_t n)
{
	const json_t *kept = json_array_get(answer, CLASS_PARTS * n + CLASS_REGISTER);
	json_t *more = text_as_json(kept, "more", REGISTER_DEPTH);
	*c = (struct night_class){
	    .id = json_string_value(json_array_get(ids, place)),
	    .said = text_as_json(kept, "text", REGISTER_DEPTH),
	    .learners = json_array_get(answer, CLASS_PARTS * n + CLASS_LEARNERS),
	    .record = json_array_get(answer, CLASS_PARTS * n + CLASS_RECORD),
	};
	if (!json_is_object(c->said)) {
		json_decref(c->said);
		c->said = json_object();
	}
	if (json_is_object(more))
		json_object_update(c->said, more);
	json_decref(more);
}

void night_class_clear(struct night_class *c)
{
	json_decref(c->said);
	*c = (struct night_class){0};
}

/* A word of the register, or what the record remembers. */
static const char *word(const struct night_class *c, const char *key)
{
	return json_text_or(c->said, key, json_text_or(c->record, key, ""));
}

const char *night_name(const struct night_class *c)
{
	const char *group = json_text_or(c->said, "group", "");
	return *group ? group : word(c, "name");
}

const char *night_teacher(const struct night_class *c)
{
	return json_text_or(json_array_get(json_list(c->said, "teachers"), 0), "id", "");
}

/* ---- what is to be done ------------------------------------------------------------------- */

static bool is_on_lists(const struct night_class *c)
{
	return json_bool(c->said, "active", true) &&
	       strcmp(json_text_or(c->record, "active", "1"), "0") != 0;
}

static bool is_of_this_year(const struct night_class *c, const struct night_rules *r)
{
	const char *year = word(c, "year"), *ends = word(c, "ends");
	return (!*year || !*r->year || strcmp(year, r->year) == 0) &&
	       (!*ends || strcmp(ends, r->today) >= 0);
}

static bool is_chosen(const char *kinds, const char *kind)
{
	size_t length = strlen(kind);
	for (const char *at = kinds; *at; at += strcspn(at, ", "), at += strspn(at, ", "))
		if (strcspn(at, ", ") == length && strncmp(at, kind, length) == 0)
			return true;
	return false;
}

/* Somebody deleted it; it may be another class's by now. */
static bool had_team(const struct night_class *c)
{
	return *json_text_or(c->record, "former_team_id", "") ||
	       *json_text_or(c->record, "team_elsewhere", "");
}

enum night_plan night_plan(const struct night_class *c, const struct night_rules *r)
{
	const char *kind = word(c, "kind");
	bool has_team = *json_text_or(c->record, "team_id", "");
	bool goes_on = is_on_lists(c) && is_of_this_year(c, r);
	if (*json_text_or(c->record, "archived_at", ""))
		return NIGHT_NOTHING;
	if (*r->actions)
		return has_team && !goes_on ? NIGHT_CLOSE : NIGHT_NOTHING;
	if (!goes_on)
		return NIGHT_NOTHING;
	if (has_team)
		return NIGHT_SYNC;
	if (!is_chosen(r->kinds, *kind ? kind : "registration"))
		return NIGHT_NOTHING;
	return had_team(c) ? NIGHT_DELETED : NIGHT_CREATE;
}

/* What is remembered of its learners: id -> object. */
static json_t *recorded_of(const struct night_class *c)
{
	const char *id;
	json_t *value, *recorded = json_object();
	json_object_foreach (c->learners, id, value) {
		json_t *learner = text_as_json(c->learners, id, LEARNER_DEPTH);
		if (learner)
			json_object_set_new(recorded, id, learner);
	}
	return recorded;
}

static bool is_synced(const json_t *learner)
{
	return strcmp(json_text_or(learner, "status", ""), "synced") == 0;
}

void night_count(
    const struct night_class *c, const struct night_rules *r, int64_t *members, int64_t *leavers)
{
	struct roster roster;
	const char *id;
	json_t *class = roster_in_force(c->said, r->today), *recorded = recorded_of(c), *learner;
	roster_fill(&roster, class, recorded);
	json_object_foreach (recorded, id, learner) {
		*members += is_synced(learner);
	}
	for (size_t i = 0; i < roster.leaver_count; i++) {
		const struct leaver *v = &roster.leavers[i];
		bool stays = grace_holds(r->grace_days, v->left_on, r->today);
		*leavers += !stays && is_synced(json_object_get(recorded, v->id));
	}
	roster_clear(&roster);
	json_decref(recorded);
	json_decref(class);
}

/* ---- its job ------------------------------------------------------------------------------ */

static uint64_t hash_on(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211); /* FNV-1a */
	return (hash ^ 0xff) * UINT64_C(1099511628211);
}

void night_child_id(const char *run, const char *type, const char *class_id, char id[65])
{
	uint64_t hash = UINT64_C(14695981039346656037);
	hash = hash_on(hash_on(hash_on(hash, run), type), class_id);
	(void)!snprintf(id, 65, "%.*s.%016" PRIx64, RUN_IN_ID, run, hash);
}

static const char *run_of(const struct job *j)
{
	return *job_run(j) ? job_run(j) : job_id(j);
}

static json_t *options_of(
    const struct job *j, const struct night_rules *r, const char *type, const char *class_id)
{
	json_t *options = json_object();
	if (job_option(j, "dry_run"))
		json_object_set_new(options, "dry_run", json_true());
	if (job_option(j, "approve_removals"))
		json_object_set_new(options, "approve_removals", json_true());
	else if (r->held || job_option(j, "hold_removals"))
		json_object_set_new(options, "hold_removals", json_true());
	if (*r->actions)
		json_object_set_new(options, "actions", json_string(r->actions));
	if (*r->plan) {
		char id[65];
		night_child_id(r->plan, type, class_id, id);
		json_object_set_new(options, "plan", json_string(id));
	}
	return options;
}

void night_push(struct job *j, const struct night_rules *r, const char *class_id, const char *type,
    const char *name, const char *teacher)
{
	char id[65];
	bool own = r->delegated && *teacher;
	night_child_id(run_of(j), type, class_id, id);
	job_push(
	    j, json_pack("{s:i s:s s:s s:s s:s s:s s:s s:{s:s} s:o}", "v", 1, "id", id, "type",
		   type, "school", job_school_id(j), "requested_by",
		   own ? teacher : job_requested_by(j), "priority", "background", "run", run_of(j),
		   "class", "id", class_id, "options", options_of(j, r, type, class_id)));
	json_t *line = json_pack("{s:s s:s s:s}", "type", type, "state", "queued", "job", id);
	if (name)
		json_object_set_new(line, "name", json_string(name));
	if (own)
		json_object_set_new(line, "as", json_string(teacher));
	run_line(j, class_id, line);
}

/* ---- what its line says --------------------------------------------------------------------- */

void night_lines(const json_t *run, night_line_fn fn, void *ctx)
{
	const char *field;
	json_t *value;
	json_object_foreach ((json_t *)(uintptr_t)run, field, value) {
		const char *text = json_string_value(value);
		json_t *line = strncmp(field, "c:", 2) == 0 && text
				   ? json_read(text, strlen(text), LEARNER_DEPTH, NULL)
				   : NULL;
		if (line)
			fn(ctx, field + 2, line);
		json_decref(line);
	}
}

bool night_is_queued(const json_t *line)
{
	return strcmp(json_text_or(line, "state", ""), "queued") == 0;
}

static void sum_line(void *ctx, const char *class_id, const json_t *line)
{
	static const char *const names[] = {
	    "added", "already_member", "failed", "unresolved", "removed", "removal_failed"};
	struct night_sums *s = ctx;
	const char *state = json_text_or(line, "state", ""), *code = json_text_or(line, "code", "");
	bool held = json_int(line, "held", 0) > 0 || strcmp(code, "removals_need_approval") == 0;
	(void)class_id;
	for (int i = 0; i < 6; i++)
		s->counts[i] += json_int(line, names[i], 0);
	s->classes++;
	s->ended += !night_is_queued(line);
	s->made += json_bool(line, "made", false);
	s->changed += json_int(line, "added", 0) + json_int(line, "removed", 0) > 0;
	s->held += held;
	s->stuck += json_int(line, "removal_failed", 0) > 0;
	s->skipped += strcmp(state, "skipped") == 0;
	s->failed += !held && (strcmp(state, "failed") == 0 || strcmp(state, "cancelled") == 0);
}

void night_sum(struct night_sums *s, const json_t *run)
{
	*s = (struct night_sums){0};
	night_lines(run, sum_line, s);
}
