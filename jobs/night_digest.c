/*
 * night_digest - what people are told in the morning: each teacher of their own classes, and
 * of those only what changed or needs somebody; the school as a whole how many learners
 * could be matched. A portal reads digest:<school>, and shows or mails it.
 */
#include "night.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MOST = 30, WRITTEN_AT_ONCE = 50, DEPTH = 8 };

static json_t *line_of(const json_t *run, const char *class_id)
{
	char field[256];
	(void)!snprintf(field, sizeof field, "c:%s", class_id);
	const char *text = json_text(run, field);
	return text ? json_read(text, strlen(text), DEPTH, NULL) : NULL;
}

static int64_t number(const json_t *record, const char *field)
{
	return strtoll(json_text_or(record, field, "0"), NULL, 10);
}

/* Those of the class who are not in the Team though they should be. */
static json_t *missing(const struct night_class *c)
{
	const char *id;
	json_t *value, *list = json_array();
	json_object_foreach (c->learners, id, value) {
		const char *text = json_string_value(value);
		json_t *l = text ? json_read(text, strlen(text), DEPTH, NULL) : NULL;
		const char *status = json_text_or(l, "status", "");
		const char *reason = json_text_or(l, "reason", "");
		if (!json_bool(l, "left", false) && *reason &&
		    (strcmp(status, "failed") == 0 || strcmp(status, "not_synced") == 0) &&
		    json_array_size(list) < NAMES_MOST)
			json_array_append_new(
			    list, json_pack("{s:s s:s s:s}", "learner", id, "name",
				      json_text_or(l, "name", ""), "reason", reason));
		json_decref(l);
	}
	return list;
}

static bool is_worth_telling(const json_t *line, const json_t *names)
{
	static const char *const counts[] = {"added", "removed", "removal_failed", "held"};
	bool counted = false;
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		counted = counted || json_int(line, counts[i], 0) > 0;
	return counted || json_array_size(names) > 0 || json_bool(line, "made", false) ||
	       *json_text_or(line, "code", "");
}

static json_t *entry_of(json_t *digests, const char *staff)
{
	json_t *entry = json_object_get(digests, staff);
	if (!entry) {
		entry = json_pack("{s:[]}", "classes");
		json_object_set_new(digests, staff, entry);
	}
	return entry;
}

static void add_to_school(json_t *digests, const struct night_class *c)
{
	static const char *const fields[] = {"total", "synced", "failed", "unresolved"};
	static const char *const names[] = {"learners", "synced", "failed", "unresolved"};
	json_t *school = entry_of(digests, "*");
	json_object_del(school, "classes");
	for (int i = 0; i < 4; i++) {
		int64_t sum = json_int(school, names[i], 0) + number(c->record, fields[i]);
		json_object_set_new(school, names[i], json_integer(sum));
	}
}

void night_digest_add(json_t *digests, const struct night_class *c, const json_t *run)
{
	size_t i;
	json_t *teacher, *line = line_of(run, c->id);
	if (!line)
		return;
	json_t *names = missing(c);
	add_to_school(digests, c);
	json_object_set_new(line, "id", json_string(c->id));
	json_object_set(line, "missing", names);
	json_array_foreach (json_list(c->said, "teachers"), i, teacher) {
		const char *staff = json_text_or(teacher, "id", "");
		if (*staff && is_worth_telling(line, names))
			json_array_append(json_list(entry_of(digests, staff), "classes"), line);
	}
	json_decref(names);
	json_decref(line);
}

bool night_digest_write(struct job *j, json_t *digests)
{
	const char *staff;
	json_t *entry;
	void *next;
	int written = 0;
	json_object_foreach_safe(digests, next, staff, entry)
	{
		if (written++ == WRITTEN_AT_ONCE)
			return true;
		json_object_set_new(entry, "at", json_integer(job_now(j)));
		json_object_set_new(
		    entry, "run", json_string(*job_run(j) ? job_run(j) : job_id(j)));
		run_digest(j, staff, entry);
		json_object_del(digests, staff);
	}
	return false;
}
