/*
 * run - what a job says of the run that it belongs to, or that it is: run:<school>:<run>
 * (31_runs.lua). It travels with what else the job has to say. A dry run has its report, too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "worker_int.h"

enum { WHY_MAX_BYTES = 300 };

/* The run's own job is named as the run where it was not given another name. */
char *run_key(const struct job *j)
{
	return xasprintf("run:%s:%s", j->school_id, *j->run ? j->run : j->ticket.id);
}

static void say(struct job *j, const char *op, char *key, const char *first, const char *second)
{
	struct words w;
	words_init(&w);
	words_add(&w, first);
	if (second)
		words_add(&w, second);
	change_effect(job_change(j), op, key, &w);
	words_clear(&w);
	free(key);
}

void run_put(struct job *j, const char *field, const char *value)
{
	say(j, "run", run_key(j), field, value);
}

void run_put_int(struct job *j, const char *field, int64_t value)
{
	char text[32];
	(void)!snprintf(text, sizeof text, "%lld", (long long)value);
	run_put(j, field, text);
}

void run_line(struct job *j, const char *class_id, json_t *line)
{
	char *field = xasprintf("c:%s", class_id), *text = json_write(line);
	say(j, "line", run_key(j), field, text);
	free(field);
	free(text);
	json_decref(line);
}

void run_was_good(struct job *j)
{
	say(j, "good", xstrdup("nights"), j->school_id, NULL);
}

void run_cancel(struct job *j, const json_t *ids)
{
	struct words w;
	size_t i;
	json_t *id;
	words_init(&w);
	words_add(&w, j->cancelled_by ? j->cancelled_by : j->requested_by);
	json_array_foreach (ids, i, id)
		words_add(&w, json_string_value(id));
	change_effect(job_change(j), "cancel", "cancels", &w);
	words_clear(&w);
}

void run_digest(struct job *j, const char *staff, const json_t *entry)
{
	char *key = xasprintf("digest:%s", j->school_id);
	if (staff) {
		char *text = json_write(entry);
		say(j, "set", key, staff, text);
		free(text);
	} else {
		change_effect_drop(job_change(j), key);
		free(key);
	}
}

/* ---- a child's own line ------------------------------------------------------------------ */

/* What the job is about to say of its failure. */
static const char *why(const struct job *j)
{
	const struct words *said = &j->change->fields;
	for (size_t i = 0; i + 1 < said->count; i += 2)
		if (strcmp(said->at[i], "error") == 0)
			return said->at[i + 1];
	return "";
}

static void put_counts(const struct job *j, json_t *line)
{
	static const char *const names[COUNTS] = {
	    [ADDED] = "added",
	    [ALREADY_MEMBER] = "already_member",
	    [FAILED] = "failed",
	    [UNRESOLVED] = "unresolved",
	    [REMOVED] = "removed",
	    [REMOVAL_FAILED] = "removal_failed",
	};
	for (int i = 0; i < COUNTS; i++)
		json_object_set_new(line, names[i], json_integer(j->counts[i]));
	json_object_set_new(line, "held", json_integer(j->held));
}

void run_put_end(struct job *j, const char *state)
{
	char text[WHY_MAX_BYTES];
	bool makes = j->type && strcmp(j->type->name, "create-team") == 0;
	if (!*j->run || !*j->class_id)
		return;
	text_copy(text, sizeof text, j->change ? why(j) : "");
	text_mend(text, strlen(text));
	json_t *line = json_pack("{s:s s:s s:s s:s s:s s:I}", "type", j->type ? j->type->name : "",
	    "state", state, "code", j->code ? j->code : "", "why", text, "job", j->ticket.id, "at",
	    (json_int_t)clock_wall_ms());
	if (makes && j->ending == END_DONE)
		json_object_set_new(line, "made", json_true());
	if (!makes)
		put_counts(j, line);
	run_line(j, j->class_id, line);
}
