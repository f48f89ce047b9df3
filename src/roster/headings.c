/*
 * headings - which column of a file holds which field.
 *
 * Columns are found by their names; a strict reader would insist on their order and on the
 * case of each letter, real exports keep neither. A column of another name is left out, which
 * is told once, and so is one that nobody here has a use for, which is not.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "reading.h"

static struct fault_at at_column(const struct csv_rows *c, const char *name)
{
	return (struct fault_at){.file = c->file, .column = name, .row = 1};
}

static int check_twice(struct roster_reading *r, const struct csv_rows *c, size_t column)
{
	for (size_t i = 0; i < column; i++) {
		if (strcmp(c->heading[i], c->heading[column]) != 0 || !*c->heading[i])
			continue;
		faults_add(r->faults, FAULT_REFUSED, "column_twice",
		    at_column(c, c->heading[column]), "Leave the wrong one out",
		    "There are two columns of this name");
		return ERR_INPUT;
	}
	return 0;
}

static void place(struct roster_reading *r, struct csv_rows *c, size_t column)
{
	const char *name = c->heading[column];
	const struct heading *h = layout_heading(r->shape, name);
	if (!h) {
		if (!r->shape->open && *name && strncasecmp(name, "metadata.", 9) != 0)
			faults_add(r->faults, FAULT_NOTE, "unknown_column", at_column(c, name),
			    "Nothing need be done", "This column is not known and was left out");
		return;
	}
	if (strcmp(h->name, name) != 0)
		faults_add(r->faults, FAULT_NOTE, "column_case", at_column(c, name),
		    "Nothing need be done", "This column is written %s", h->name);
	if (h->field == F_NONE || r->row.column[h->field])
		return;
	c->place[column] = (int)h->field;
	r->row.column[h->field] = name;
}

/* tell_missing gives how many fields without which a record is of no use have no column. */
static int tell_missing(struct roster_reading *r, const struct csv_rows *c)
{
	int missing = 0;
	bool told[FIELDS] = {false};
	for (const struct heading *h = r->shape->headings; h->name; h++) {
		bool needed = h->need == NEEDED || h->field == r->shape->also;
		if (h->field == F_NONE || r->row.column[h->field] || told[h->field] ||
		    (!needed && h->need == MAY))
			continue;
		told[h->field] = true;
		missing += needed;
		faults_add(r->faults, needed ? FAULT_REFUSED : FAULT_WARNING, "missing_column",
		    at_column(c, h->name), "Export the file with this column",
		    needed ? "A column that is needed is missing"
			   : "A column that should be there is missing");
	}
	return missing;
}

static enum need need_of(const struct shape *s, enum field field)
{
	enum need need = field == s->also ? NEEDED : MAY;
	for (const struct heading *h = s->headings; h->name; h++)
		if (h->field == field && h->need > need)
			need = h->need;
	return need;
}

void reading_wants(struct roster_reading *r)
{
	int needed = 0, expected = 0;
	for (enum field field = F_ID; field < FIELDS; field++) {
		const char *column = r->row.column[field];
		enum need need = need_of(r->shape, field);
		if (!column)
			continue;
		if (!r->named[field] || strcmp(r->named[field], column) != 0)
			r->named[field] = store_text(r->store, column);
		if (need == NEEDED)
			r->needed[needed++] = field;
		else if (need == EXPECTED)
			r->expected[expected++] = field;
	}
	r->needed[needed] = r->expected[expected] = F_NONE;
}

/* by_position is for files without headings. */
static int by_position(struct roster_reading *r, struct csv_rows *c)
{
	for (size_t i = 0; i < c->columns; i++) {
		const struct heading *h = &r->shape->headings[i];
		c->heading[i] = xstrdup(h->name);
		c->place[i] = (int)h->field;
		if (h->field != F_NONE)
			r->row.column[h->field] = c->heading[i];
	}
	return 0;
}

int reading_columns(struct roster_reading *r, struct csv_rows *c)
{
	size_t known = 0;
	if (!c->heading[0])
		return by_position(r, c);
	for (size_t i = 0; i < c->columns; i++) {
		if (check_twice(r, c, i) < 0)
			return ERR_INPUT;
		known += layout_heading(r->shape, c->heading[i]) != NULL;
	}
	if (known == 0) {
		faults_add(r->faults, FAULT_REFUSED, "no_heading", at_column(c, NULL),
		    "Export the file with its headings",
		    "None of the first row's values is the name of a column of this file");
		return ERR_INPUT;
	}
	for (size_t i = 0; i < c->columns; i++)
		place(r, c, i);
	return tell_missing(r, c) > 0 ? ERR_INPUT : 0;
}
