/* foretold - the rows of a job that changed nothing, read as what would happen. */
#include "foretold.h"

#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "reasons.h"

/* What becomes of people, in the order in which it is told. */
static const struct part {
	const char *outcome, *heading, *key;
	enum colour colour;
	bool is_change, is_trouble;
} parts[] = {
    {"added", "Would come", "come", GREEN, true, false},
    {"removed", "Would go", "go", ORANGE, true, false},
    {"held", "Would be held back", "held", ORANGE, true, false},
    {"unresolved", "Cannot be matched", "cannot", GREY, false, true},
    {"failed", "Cannot be added", "cannot", RED, false, true},
    {"already_member", "Stay", "stay", BLUE, false, false},
};
enum { PARTS = sizeof parts / sizeof *parts };

static const char *word(const json_t *row, const char *key)
{
	return json_text_or(row, key, "");
}

static size_t count(const struct foretold *f, const char *outcome)
{
	size_t i, n = 0;
	json_t *row;
	json_array_foreach (f->rows, i, row)
		n += strcmp(word(row, "outcome"), outcome) == 0;
	return n;
}

/* ---- reading ----------------------------------------------------------------------------------- */

void foretold_read(struct foretold *f, struct cli *c, const char *job, const json_t *record,
    const char *class_id, const char *name)
{
	*f = (struct foretold){
	    .job = xstrdup(job),
	    .class_id = xstrdup(class_id),
	    .name = xstrdup(name),
	    .record = json_incref((json_t *)(uintptr_t)record),
	    .rows = *job ? rows_read(c, job) : json_array(),
	};
}

void foretold_of_line(struct foretold *f, struct cli *c, const json_t *line)
{
	const char *job = word(line, "job"), *name = word(line, "name");
	json_t *record = *job ? record_read(c, job) : NULL;
	if (!record)
		record = json_pack("{s:s, s:s, s:s}", "state", word(line, "state"), "error_code",
		    word(line, "code"), "error", word(line, "why"));
	foretold_read(f, c, job, record, word(line, "id"), *name ? name : word(line, "id"));
	json_decref(record);
}

void foretold_clear(struct foretold *f)
{
	free(f->job);
	free(f->class_id);
	free(f->name);
	json_decref(f->record);
	json_decref(f->rows);
}

/* ---- what follows --------------------------------------------------------------------------------- */

bool foretold_is_sync(const struct foretold *f)
{
	return strcmp(record_text(f->record, "type"), "sync-learners") == 0;
}

bool foretold_is_braked(const struct foretold *f)
{
	return strcmp(record_text(f->record, "error_code"), "removals_need_approval") == 0;
}

static bool has_failed(const struct foretold *f)
{
	return !record_is(f->record, "done") && !foretold_is_braked(f);
}

bool foretold_changes(const struct foretold *f)
{
	for (size_t i = 0; i < PARTS; i++)
		if (parts[i].is_change && count(f, parts[i].outcome) > 0)
			return true;
	return false;
}

/* A class that would be made says so in its message. */
bool foretold_says(const struct foretold *f)
{
	for (size_t i = 0; i < PARTS; i++)
		if (parts[i].is_trouble && count(f, parts[i].outcome) > 0)
			return true;
	return has_failed(f) || foretold_changes(f) || !foretold_is_sync(f);
}

int foretold_status(const struct foretold *f)
{
	return has_failed(f) ? NO : YES;
}

/* ---- showing ---------------------------------------------------------------------------------------- */

static void print_person(const json_t *row, size_t indent)
{
	const char *name = word(row, "name"), *email = word(row, "email");
	const char *reason = reason_label(word(row, "outcome"), word(row, "reason"));
	const char *action = reason_action(word(row, "outcome"), word(row, "reason"));
	out_say(PLAIN, indent, "%s%s%s%s%s%s%s", *name ? name : word(row, "learner"),
	    *email ? "  " : "", email, *reason ? ": " : "", reason, *action ? ". " : "", action);
}

static void print_part(const struct foretold *f, const struct part *p, size_t indent)
{
	size_t i, n = count(f, p->outcome);
	json_t *row;
	if (n == 0)
		return;
	out_say(p->colour, indent, "%s: %zu", p->heading, n);
	if (!p->is_change && !p->is_trouble)
		return;
	json_array_foreach (f->rows, i, row)
		if (strcmp(word(row, "outcome"), p->outcome) == 0)
			print_person(row, indent + 2);
}

void foretold_print(const struct foretold *f, size_t indent)
{
	const char *message = record_text(f->record, "message");
	const char *error = record_text(f->record, "error");
	if (has_failed(f) || foretold_is_braked(f))
		out_say(RED, indent, "%s", *error ? error : record_text(f->record, "state"));
	else if (*message)
		out_say(PLAIN, indent, "%s", message);
	for (size_t i = 0; i < PARTS; i++)
		print_part(f, &parts[i], indent);
	if (!foretold_says(f))
		out_say(GREEN, indent, "Everything is as the register says.");
}

/* ---- for programs ------------------------------------------------------------------------------------ */

static json_t *person_json(const json_t *row)
{
	json_t *person = json_copy((json_t *)(uintptr_t)row);
	json_object_set_new(person, "remedy",
	    json_string(reason_action(word(row, "outcome"), word(row, "reason"))));
	return person;
}

json_t *foretold_json(const struct foretold *f)
{
	json_t *told =
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:[], s:[], s:[], s:[], s:[]}", "class",
		f->class_id, "name", f->name, "job", f->job, "state",
		record_text(f->record, "state"), "error_code", record_text(f->record, "error_code"),
		"error", record_text(f->record, "error"), "message",
		record_text(f->record, "message"), "come", "go", "held", "cannot", "stay");
	size_t i;
	json_t *row;
	json_array_foreach (f->rows, i, row)
		for (size_t k = 0; k < PARTS; k++)
			if (strcmp(word(row, "outcome"), parts[k].outcome) == 0)
				json_array_append_new(
				    json_list(told, parts[k].key), person_json(row));
	return told;
}
