/*
 * take - rows become records: what all of them have in common, and schools, sessions, courses
 * and classes.
 *
 * A needed value that is missing or bad drops the record, any other bad value only itself. A
 * row is looked at before its record is made, so a dropped one leaves nothing behind.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "reading.h"

/* ---- schools, sessions, courses ---- */

static const char *lower(struct roster_reading *r, const char *text)
{
	char *copy = xstrdup(text);
	for (char *c = copy; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	const char *kept = store_text(r->store, copy);
	free(copy);
	return kept;
}

static const char *parent_of(struct roster_reading *r)
{
	return take_has(r, F_PARENT) ? store_text(r->store, r->row.at[F_PARENT]) : NULL;
}

static void take_org(struct roster_reading *r)
{
	enum life life = take_life(r);
	if (life == LIFE_UNKNOWN)
		return;
	struct kept_org *o = store_org(r->store, r->row.at[F_ID]);
	if (!take_claim(r, &o->mark, life))
		return;
	r->set->counts.orgs++;
	o->set.name = take_text(r, F_NAME);
	o->set.type = lower(r, take_code(r, F_TYPE));
	o->set.identifier = take_text(r, F_IDENTIFIER);
	o->set.parent = NULL;
	o->set.parent_unread = false;
	o->parent = parent_of(r);
}

/* session_type gives OneRoster's word whatever the case of the letters; *known is false of one
 * that nobody knows. */
static const char *session_type(struct roster_reading *r, bool *known)
{
	static const char *const types[] = {"schoolYear", "semester", "term", "gradingPeriod"};
	const char *type = take_code(r, F_TYPE);
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcasecmp(type, types[i]) == 0)
			return types[i];
	*known = !*type || strncmp(type, "ext:", 4) == 0;
	if (!*known)
		reading_fault(r, FAULT_WARNING, "bad_value", F_TYPE,
		    "Write schoolYear, semester, term or gradingPeriod",
		    "This type of session is not known; the value was left out");
	return "";
}

static void take_session(struct roster_reading *r)
{
	enum life life = take_life(r);
	if (life == LIFE_UNKNOWN)
		return;
	struct kept_session *s = store_session(r->store, r->row.at[F_ID]);
	if (!take_claim(r, &s->mark, life))
		return;
	bool known = true;
	r->set->counts.sessions++;
	s->set.title = take_text(r, F_NAME);
	s->set.type = session_type(r, &known);
	take_days(r, &s->set.starts_day, &s->set.ends_day);
	s->set.parent = NULL;
	s->parent = parent_of(r);
	if (!s->parent && (!known || s->set.starts_day == NO_DAY)) /* it may be a school year */
		reading_lose_year(r);
}

static struct set_session *find_session(struct roster_reading *r, const char *id)
{
	struct kept_session *s = map_get(&r->store->sessions, id);
	return s && s->mark.known && !s->mark.gone ? &s->set : NULL;
}

/* Where a file was left out, its ids lead nowhere through nobody's fault. */
static bool has_any(const struct map *records)
{
	return records->count > 0;
}

static void take_course(struct roster_reading *r)
{
	enum life life = take_life(r);
	if (life == LIFE_UNKNOWN)
		return;
	struct kept_course *c = store_course(r->store, r->row.at[F_ID]);
	if (!take_claim(r, &c->mark, life))
		return;
	r->set->counts.courses++;
	c->set.title = take_text(r, F_NAME);
	c->set.code = take_text(r, F_CODE);
	c->set.grades = take_text(r, F_GRADES);
	c->set.year = take_has(r, F_YEAR) ? find_session(r, r->row.at[F_YEAR]) : NULL;
	if (take_has(r, F_YEAR) && !c->set.year && has_any(&r->store->sessions))
		take_missing(r, FAULT_WARNING, F_YEAR, "session");
	c->set.org = take_has(r, F_ORG) ? roster_set_org(r->set, r->row.at[F_ORG]) : NULL;
	if (take_has(r, F_ORG) && !c->set.org)
		take_missing(r, FAULT_WARNING, F_ORG, "organisation");
}

/* ---- classes ---- */

/* SDS v1 tells of terms and courses in the row of each class. */
static void take_inline(struct roster_reading *r)
{
	if (take_has(r, F_TERMS)) {
		struct kept_session *s = store_session(r->store, r->row.at[F_TERMS]);
		if (!s->mark.known) {
			s->mark.known = true;
			s->set.title = take_text(r, F_TERM_NAME);
			s->set.type = "term";
			take_days(r, &s->set.starts_day, &s->set.ends_day);
			r->set->counts.sessions++;
		}
	}
	if (take_has(r, F_COURSE)) {
		struct kept_course *c = store_course(r->store, r->row.at[F_COURSE]);
		if (!c->mark.known) {
			c->mark.known = true;
			c->set.title = take_text(r, F_COURSE_NAME);
			c->set.code = take_text(r, F_COURSE_CODE);
			r->set->counts.courses++;
		}
	}
}

static void add_term(struct roster_reading *r, struct set_class *c, const char *id)
{
	struct set_session *term = find_session(r, id);
	if (!term) {
		c->term_unread = true;
		if (has_any(&r->store->sessions))
			take_missing(r, FAULT_WARNING, F_TERMS, "session");
		return;
	}
	c->terms = store_grow(r->store, c->terms, c->term_count);
	c->terms[c->term_count++] = term;
}

static void take_term(struct roster_reading *r, const char *id)
{
	add_term(r, &r->last_class->set, id);
}

/* class_type is false when the record is to be dropped. */
static bool class_type(struct roster_reading *r, bool *homeroom)
{
	const char *type = r->row.at[F_TYPE];
	*homeroom = take_has(r, F_TYPE) && strcasecmp(type, "homeroom") == 0;
	if (*homeroom || !take_has(r, F_TYPE) || strcasecmp(type, "scheduled") == 0 ||
	    strncmp(type, "ext:", 4) == 0)
		return true;
	reading_fault(r, FAULT_ERROR, "bad_value", F_TYPE, "Write homeroom or scheduled",
	    "This type of class is not known; the record was dropped");
	return false;
}

static void fill_class(struct roster_reading *r, struct set_class *c)
{
	c->title = take_text(r, F_NAME);
	c->code = take_text(r, F_CODE);
	c->grades = take_text(r, F_GRADES);
	c->location = take_text(r, F_LOCATION);
	c->course = NULL;
	if (take_has(r, F_COURSE)) {
		struct kept_course *course = map_get(&r->store->courses, r->row.at[F_COURSE]);
		if (course && course->mark.known && !course->mark.gone)
			c->course = &course->set;
		else if (has_any(&r->store->courses))
			take_missing(r, FAULT_WARNING, F_COURSE, "course");
	}
	c->term_count = 0;
	c->term_unread = false;
	if (take_has(r, F_TERMS))
		take_each(r->row.at[F_TERMS], take_term, r);
}

static bool has_school(struct roster_reading *r, const struct set_org *school)
{
	if (!school)
		take_missing(r, FAULT_ERROR, F_ORG, "school");
	return school != NULL;
}

static void take_class(struct roster_reading *r)
{
	bool homeroom;
	enum life life = take_life(r);
	struct set_org *school = roster_set_org(r->set, r->row.at[F_ORG]);
	if (life == LIFE_UNKNOWN)
		return;
	if (!class_type(r, &homeroom) || (life == LIFE_USED && !has_school(r, school))) {
		reading_lose(r);
		return;
	}
	struct kept_class *c = store_class(r->store, r->row.at[F_ID]);
	if (!take_claim(r, &c->mark, life))
		return;
	if (r->set->format == FORMAT_SDS_1 || r->set->format == FORMAT_SDS_1_UK)
		take_inline(r);
	r->last_class = c;
	c->set.school = school;
	c->set.homeroom = homeroom;
	fill_class(r, &c->set);
	if (++r->set->counts.classes <= r->limits.classes)
		return;
	r->over = true;
	faults_add(r->faults, FAULT_REFUSED, "too_large", (struct fault_at){.file = r->row.file},
	    "Send the roster of fewer schools", "There are more than %llu classes",
	    (unsigned long long)r->limits.classes);
}

static void take_class_term(struct roster_reading *r)
{
	struct set_class *c = roster_set_class(r->set, r->row.at[F_CLASS]);
	if (take_life(r) != LIFE_USED)
		return;
	if (c)
		add_term(r, c, r->row.at[F_TERMS]);
	else
		take_missing(r, FAULT_ERROR, F_CLASS, "class");
}

static void take_definition(struct roster_reading *r)
{
	const char *word = store_text(r->store, r->row.at[F_NAME]);
	map_set(&r->store->codes, r->row.at[F_ID], (void *)(uintptr_t)word);
}

/* ---- all of them ---- */

static size_t most_bytes(enum field f)
{
	return f == F_NAME ? VALUE_MAX_BYTES : ID_MAX_BYTES;
}

/* is_whole tells of what is missing; false: the record cannot be used. */
static bool is_whole(struct roster_reading *r)
{
	bool whole = true, going = r->delta && take_has(r, F_STATUS) &&
				   strcasecmp(r->row.at[F_STATUS], "tobedeleted") == 0;
	for (const enum field *f = r->needed; *f != F_NONE; f++) {
		enum field field = *f;
		if (going && field != F_ID && !take_has(r, field))
			continue; /* what is taken away need not be described */
		if (!take_has(r, field)) {
			whole = false;
			reading_fault(r, FAULT_ERROR, "missing_value", field, "Fill it in",
			    "A value that is needed is missing; the record was dropped");
		} else if (strlen(r->row.at[field]) > most_bytes(field)) {
			whole = false;
			reading_fault(r, FAULT_ERROR, "too_long", field, "Shorten the value",
			    "The value has more than %zu bytes; the record was dropped",
			    most_bytes(field));
		}
	}
	for (const enum field *f = r->expected; whole && !going && *f != F_NONE; f++)
		if (!take_has(r, *f))
			reading_fault(r, FAULT_WARNING, "missing_value", *f, "Fill it in",
			    "A value that should be there is missing");
	return whole;
}

void reading_take(struct roster_reading *r)
{
	if (!is_whole(r)) {
		reading_lose(r);
		return;
	}
	switch (r->shape->record) {
	case RECORD_CODE:
		take_definition(r);
		break;
	case RECORD_ORG:
		take_org(r);
		break;
	case RECORD_SESSION:
		take_session(r);
		break;
	case RECORD_COURSE:
		take_course(r);
		break;
	case RECORD_CLASS:
		take_class(r);
		break;
	case RECORD_CLASS_TERM:
		take_class_term(r);
		break;
	case RECORD_ENROLMENT:
		take_enrolment(r);
		break;
	case RECORD_ROLE:
		take_role(r);
		break;
	case RECORD_PERSON:
		take_person(r);
		break;
	case RECORD_ADDRESS:
		take_address(r);
		break;
	}
}
