/*
 * import_report - what came of an import: for people, as JSON for programs, its faults as CSV, and
 * the part of it that roster:<school> keeps.
 *
 * What is kept has no value and no sentence of a fault: those may be of people.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "import.h"
#include "output.h"

enum {
	KEPT_MAX_BYTES = 262144,
	FAULTS_KEPT = 200,
	FAULTS_TOLD = 5000,
	FAULTS_SHOWN = 20,
	LINE_ROOM = 400
};

const char *import_end_name(enum import_end v)
{
	static const char *const names[] = {
	    [IMPORT_ACCEPTED] = "accepted",
	    [IMPORT_UNCHANGED] = "unchanged",
	    [IMPORT_CHECKED] = "checked",
	    [IMPORT_HELD] = "held",
	    [IMPORT_REFUSED] = "refused",
	    [IMPORT_BUSY] = "busy",
	    [IMPORT_NO_SCHOOL] = "no_school",
	    [IMPORT_UNREACHED] = "unreached",
	};
	return names[v];
}

static bool was_read(const struct import *i)
{
	return i->verdict <= IMPORT_HELD;
}

static bool is_accepted(const struct import *i)
{
	return i->verdict == IMPORT_ACCEPTED || i->verdict == IMPORT_UNCHANGED;
}

/* ---- for programs ------------------------------------------------------------------------------ */

static json_t *read_json(const struct set_counts *n)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "orgs", (json_int_t)n->orgs,
	    "classes", (json_int_t)n->classes, "users", (json_int_t)n->users, "learners",
	    (json_int_t)n->learners, "enrolments", (json_int_t)n->enrolments, "rows",
	    (json_int_t)n->rows, "bytes", (json_int_t)n->bytes);
}

static json_t *groups_json(const struct groups_told *t)
{
	json_t *groups = json_object();
	for (int kind = 0; kind < GROUP_KINDS; kind++)
		json_object_set_new(groups, group_kind_name((enum group_kind)kind),
		    json_integer((json_int_t)t->made[kind]));
	json_object_set_new(groups, "members", json_integer((json_int_t)t->members));
	json_object_set_new(
	    groups, "without_teacher", json_integer((json_int_t)t->without_teacher));
	return groups;
}

static json_t *left_out_json(const struct groups_told *t)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "other_schools", (json_int_t)t->other_schools,
	    "other_years", (json_int_t)t->other_years, "excluded", (json_int_t)t->excluded,
	    "not_extracted", (json_int_t)t->not_extracted, "disabled", (json_int_t)t->disabled);
}

static json_t *changes_json(const struct import *i)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "new", (json_int_t)i->fresh, "changed",
	    (json_int_t)i->changed, "gone", (json_int_t)i->gone, "same", (json_int_t)i->same,
	    "unusable", (json_int_t)i->unusable, "kept", (json_int_t)i->kept);
}

static json_t *year_json(const struct school_year *y)
{
	char starts[DAY_ROOM], ends[DAY_ROOM];
	return json_pack(
	    "{s:s, s:s}", "starts", day_text(y->starts, starts), "ends", day_text(y->ends, ends));
}

json_t *import_report_json(const struct import *i)
{
	const struct roster_set *s = &i->set;
	json_t *report = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "school", i->school,
	    "import", is_accepted(i) ? i->store.id : "", "verdict", import_end_name(i->verdict),
	    "why", i->why.text, "format", s->format ? roster_format_name(s->format) : "", "system",
	    s->system ? s->system : "", "delta", s->delta);
	if (was_read(i)) {
		json_object_set_new(report, "read", read_json(&s->counts));
		json_object_set_new(report, "year", year_json(&i->told.year));
		json_object_set_new(report, "groups", groups_json(&i->told));
		json_object_set_new(report, "left_out", left_out_json(&i->told));
		json_object_set_new(report, "changes", changes_json(i));
	}
	json_object_set_new(report, "faults", faults_json(&i->faults, FAULTS_TOLD));
	return report;
}

/* ---- for people --------------------------------------------------------------------------------- */

static void line_add(char line[LINE_ROOM], uint64_t n, const char *what)
{
	size_t used = strlen(line);
	if (n > 0)
		(void)snprintf(line + used, LINE_ROOM - used, "%s%llu %s", used ? ", " : "",
		    (unsigned long long)n, what);
}

static void print_counts(const struct import *i)
{
	char line[LINE_ROOM] = "", starts[DAY_ROOM], ends[DAY_ROOM];
	const struct set_counts *n = &i->set.counts;
	line_add(line, n->classes, "classes");
	line_add(line, n->users, "users");
	line_add(line, n->enrolments, "enrolments");
	line_add(line, n->rows, "rows in all");
	out_field("Read", PLAIN, line);
	if (i->told.year.starts != NO_DAY) {
		(void)snprintf(line, sizeof line, "%s to %s", day_text(i->told.year.starts, starts),
		    day_text(i->told.year.ends, ends));
		out_field("School year", PLAIN, line);
	}
}

static void print_groups(const struct import *i)
{
	char line[LINE_ROOM] = "";
	const struct groups_told *t = &i->told;
	for (int kind = 0; kind < GROUP_KINDS; kind++)
		line_add(line, t->made[kind], group_kind_name((enum group_kind)kind));
	out_field("Groups", PLAIN, line);
	line[0] = '\0';
	line_add(line, t->excluded, "by the school's rules");
	line_add(line, t->other_years, "of other years");
	line_add(line, t->other_schools, "of other schools");
	line_add(line, t->not_extracted, "that this source does not extract");
	line_add(line, t->disabled, "places of people who are switched off");
	out_field("Left out", PLAIN, line);
	line[0] = '\0';
	line_add(line, (uint64_t)i->fresh, "new");
	line_add(line, (uint64_t)i->changed, "changed");
	line_add(line, (uint64_t)i->gone, "gone");
	line_add(line, (uint64_t)i->same, "the same");
	line_add(line, (uint64_t)i->unusable, "unusable");
	line_add(line, (uint64_t)i->kept, "left as they were, since rows could not be read");
	out_field("Classes", PLAIN, line);
}

/* The worst first. */
static void print_faults(const struct import *i)
{
	struct buf b;
	size_t shown = 0;
	buf_init(&b, 0);
	for (int level = FAULT_LEVELS - 1; level >= 0; level--)
		for (size_t n = 0; n < i->faults.count && shown < FAULTS_SHOWN; n++) {
			const struct fault *f = &i->faults.at[n];
			if ((int)f->level != level)
				continue;
			buf_reset(&b);
			fault_line(f, &b);
			out_say(level >= FAULT_ERROR ? RED : PLAIN, 2, "%s", b.data);
			shown++;
		}
	buf_clear(&b);
}

static void print_fault_counts(const struct import *i)
{
	static const char *const words[FAULT_LEVELS][2] = {{"note", "notes"},
	    {"warning", "warnings"}, {"error", "errors"}, {"refusal", "refusals"}};
	char line[LINE_ROOM] = "";
	for (int level = FAULT_LEVELS - 1; level >= 0; level--)
		line_add(line, i->faults.of[level], words[level][i->faults.of[level] != 1]);
	out_field("Faults", faults_refuse(&i->faults) ? RED : PLAIN, line);
	print_faults(i);
	if (i->faults.count > FAULTS_SHOWN)
		out_say(PLAIN, 2, "... --csv lists them all");
}

static void print_verdict(const struct import *i)
{
	long long on_their_way = (long long)i->store.pieces;
	switch (i->verdict) {
	case IMPORT_ACCEPTED:
	case IMPORT_UNCHANGED:
		if (on_their_way)
			out_say(GREEN, 0,
			    "Accepted as %s; %lld classes are on their way to the "
			    "register.",
			    i->store.id, on_their_way);
		else
			out_say(GREEN, 0, "Accepted as %s: it says what the last one said.",
			    i->store.id);
		return;
	case IMPORT_CHECKED:
		out_say(PLAIN, 0, "Checked only; nothing was changed.");
		return;
	case IMPORT_HELD:
		out_say(RED, 0, "Held back: %s.", i->why.text);
		return;
	case IMPORT_REFUSED:
		out_say(RED, 0, "Refused: %s.", i->why.text);
		return;
	case IMPORT_BUSY:
	case IMPORT_NO_SCHOOL:
	case IMPORT_UNREACHED:
		out_complain("%s", i->why.text);
		return;
	}
}

static void print_people(const struct import *i)
{
	const struct roster_set *s = &i->set;
	char line[LINE_ROOM];
	if (was_read(i)) {
		(void)snprintf(line, sizeof line, "%s%s%s%s", roster_format_name(s->format),
		    s->delta ? ", changes only" : "", s->system ? ", by " : "",
		    s->system ? s->system : "");
		out_field("Roster", BOLD, line);
		print_counts(i);
		print_groups(i);
	}
	print_fault_counts(i);
	print_verdict(i);
}

void import_report(const struct import *i)
{
	if (i->c->json) {
		out_json(import_report_json(i), false);
	} else if (cli_flag(i->c, "--csv")) {
		struct buf b;
		buf_init(&b, 0);
		faults_csv(&i->faults, &b);
		fwrite(b.data, 1, b.length, stdout);
		buf_clear(&b);
		if (!is_accepted(i) && i->verdict != IMPORT_CHECKED)
			out_complain("%s", i->why.text);
	} else {
		print_people(i);
	}
}

/* ---- what is kept ----------------------------------------------------------------------------------- */

static void field(struct words *w, const char *name, const char *value)
{
	words_add(w, name);
	words_add(w, value);
}

static void field_int(struct words *w, const char *name, int64_t value)
{
	words_add(w, name);
	words_int(w, value);
}

static void field_json(struct words *w, const char *name, json_t *value)
{
	char *text = json_write(value);
	field(w, name, strlen(text) <= KEPT_MAX_BYTES ? text : "");
	free(text);
	json_decref(value);
}

static json_t *kept_faults(const struct import *i)
{
	json_t *faults = faults_json(&i->faults, FAULTS_KEPT);
	size_t n;
	json_t *one;
	json_array_foreach (json_list(faults, "faults"), n, one) {
		json_object_del(one, "value");
		json_object_del(one, "what");
	}
	return faults;
}

static void accepted_fields(const struct import *i, struct words *w)
{
	const struct roster_set *s = &i->set;
	char starts[DAY_ROOM], ends[DAY_ROOM];
	field_int(w, "accepted_at", clock_wall_ms());
	field(w, "by", i->by);
	field(w, "import", i->store.id);
	field(w, "source", i->rules.source);
	field(w, "system", s->system ? s->system : "");
	field(w, "format", roster_format_name(s->format));
	field(w, "org", i->rules.org);
	field(w, "schools", i->schools);
	field(w, "digest", i->digest);
	field_int(w, "classes", (int64_t)s->class_count);
	field_int(w, "users", (int64_t)(s->delta ? s->person_count : s->counts.users));
	field_int(w, "people", (int64_t)s->person_count);
	field_int(w, "enrolments", i->enrolments);
	field_int(w, "members", (int64_t)i->told.members);
	for (int kind = 0; kind < GROUP_KINDS; kind++)
		field_int(w, group_kind_name((enum group_kind)kind), (int64_t)i->told.made[kind]);
	field(w, "year_starts", day_text(i->told.year.starts, starts));
	field(w, "year_ends", day_text(i->told.year.ends, ends));
}

void import_fields(const struct import *i, struct words *w)
{
	if (is_accepted(i))
		accepted_fields(i, w);
	field_int(w, "last_at", clock_wall_ms());
	field(w, "last_by", i->by);
	field(w, "last_import", i->store.id);
	field(w, "last_verdict", import_end_name(i->verdict));
	field(w, "last_why", is_accepted(i) ? "" : i->why.text);
	field_json(w, "faults_json", kept_faults(i));
}
