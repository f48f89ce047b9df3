/*
 * base - what was sent before: schools, sessions and courses out of a list of texts each, classes
 * and people out of class objects (group_class.c makes those, and this reads them back).
 *
 *	{"orgs":[[id,name,identifier,type,parent]], "sessions":[[id,title,type,starts,ends,parent]],
 *	 "courses":[[id,title,code,grades,year,org]]}
 *
 * A person's names are one text here, which says the same when it is said again.
 */
#include "roster_base.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "store.h"

/* ---- keeping ------------------------------------------------------------------------------ */

static const char *org_id(const struct set_org *o)
{
	return o ? o->id : "";
}

static const char *session_id(const struct set_session *s)
{
	return s ? s->id : "";
}

json_t *roster_base(const struct roster_set *s)
{
	char starts[DAY_ROOM], ends[DAY_ROOM];
	json_t *orgs = json_array(), *sessions = json_array(), *courses = json_array();
	for (size_t i = 0; i < s->org_count; i++) {
		const struct set_org *o = s->orgs[i];
		json_array_append_new(orgs, json_pack("[s, s, s, s, s]", o->id, o->name,
						o->identifier, o->type, org_id(o->parent)));
	}
	for (size_t i = 0; i < s->session_count; i++) {
		const struct set_session *n = s->sessions[i];
		json_array_append_new(
		    sessions, json_pack("[s, s, s, s, s, s]", n->id, n->title, n->type,
				  day_text(n->starts_day, starts), day_text(n->ends_day, ends),
				  session_id(n->parent)));
	}
	for (size_t i = 0; i < s->course_count; i++) {
		const struct set_course *c = s->courses[i];
		json_array_append_new(
		    courses, json_pack("[s, s, s, s, s, s]", c->id, c->title, c->code, c->grades,
				 session_id(c->year), org_id(c->org)));
	}
	return json_pack("{s:o, s:o, s:o}", "orgs", orgs, "sessions", sessions, "courses", courses);
}

/* ---- reading back ------------------------------------------------------------------------------ */

/* at gives one text of a list, "" where there is none. */
static const char *at(const json_t *list, size_t n)
{
	const char *text = json_string_value(json_array_get(list, n));
	return text ? text : "";
}

static const char *keep(struct roster_set *s, const char *text)
{
	return *text ? roster_set_text(s, text) : "";
}

static int32_t day_at(const char *text)
{
	int32_t day;
	return day_of(text, &day) ? day : NO_DAY;
}

static struct set_org *org_named(struct roster_set *s, const char *id)
{
	return *id ? roster_set_add_org(s, id) : NULL;
}

static struct set_session *session_named(struct roster_set *s, const char *id)
{
	return *id ? roster_set_add_session(s, id) : NULL;
}

void roster_base_begin(struct roster_set *s, const json_t *base)
{
	size_t i;
	const json_t *one;
	json_array_foreach (json_list(base, "orgs"), i, one) {
		struct set_org *o = roster_set_add_org(s, at(one, 0));
		o->name = keep(s, at(one, 1));
		o->identifier = keep(s, at(one, 2));
		o->type = keep(s, at(one, 3));
		o->parent = org_named(s, at(one, 4));
	}
	json_array_foreach (json_list(base, "sessions"), i, one) {
		struct set_session *n = roster_set_add_session(s, at(one, 0));
		n->title = keep(s, at(one, 1));
		n->type = keep(s, at(one, 2));
		n->starts_day = day_at(at(one, 3));
		n->ends_day = day_at(at(one, 4));
		n->parent = session_named(s, at(one, 5));
	}
	json_array_foreach (json_list(base, "courses"), i, one) {
		struct set_course *c = roster_set_add_course(s, at(one, 0));
		c->title = keep(s, at(one, 1));
		c->code = keep(s, at(one, 2));
		c->grades = keep(s, at(one, 3));
		c->year = session_named(s, at(one, 4));
		c->org = org_named(s, at(one, 5));
	}
}

/* ---- classes and people ---------------------------------------------------------------------------- */

static struct set_person *add_person(struct roster_set *s, const json_t *said,
    enum person_role role, struct set_org *school, bool enabled)
{
	struct set_person *p = roster_set_add_person(s, json_text_or(said, "id", ""));
	p->given = keep(s, json_text_or(said, "name", ""));
	p->email = keep(s, json_text_or(said, "email", ""));
	p->username = keep(s, json_text_or(said, "username", ""));
	p->identifier = keep(s, json_text_or(said, "employee_id", ""));
	p->enabled = enabled;
	if (p->role != PERSON_TEACHER)
		p->role = (unsigned char)role;
	if (school && p->school_count == 0) {
		p->schools = store_take(s->store, sizeof(struct set_org *));
		p->schools[p->school_count++] = school;
	}
	return p;
}

static void add_people(
    struct roster_set *s, struct set_class *c, const json_t *people, enum enrolled_as as, bool on)
{
	size_t i;
	const json_t *one;
	json_array_foreach (people, i, one) {
		struct enrolment e = {
		    .person = add_person(s, one,
			as == ENROLLED_TEACHER ? PERSON_TEACHER : PERSON_LEARNER, c->school, on),
		    .key = strtoull(json_text_or(one, "enrolment", "0"), NULL, 16),
		    .from_day = day_at(json_text_or(one, "from", "")),
		    .until_day = day_at(json_text_or(one, "until", "")),
		    .as = (unsigned char)as,
		    .primary = json_bool(one, "primary", false),
		    .twice = json_bool(one, "twice", false),
		};
		roster_set_enrol(c, &e);
	}
}

static void take_missing(struct roster_set *s, struct set_missing *m, const json_t *class)
{
	size_t i;
	const json_t *id;
	m->anybody |= json_bool(class, "incomplete", false);
	json_array_foreach (json_list(class, "missing"), i, id)
		if (json_is_string(id))
			store_miss(s->store, m, keep(s, json_string_value(id)));
}

/* A year group has no record: it says what grade its learners are in, and that they are of the
 * school, but not of which. */
static void add_grade(struct roster_set *s, const json_t *class)
{
	size_t i;
	const json_t *one;
	const char *grade = json_text_or(class, "grade", "");
	take_missing(s, &s->missing, class);
	json_array_foreach (json_list(class, "learners"), i, one) {
		struct set_person *p = add_person(s, one, PERSON_LEARNER, NULL, true);
		char *all = *p->grades ? xasprintf("%s,%s", p->grades, grade) : xstrdup(grade);
		p->grades = keep(s, all);
		p->here = true;
		free(all);
	}
}

void roster_base_class(struct roster_set *s, const json_t *class)
{
	size_t i;
	const json_t *term, *record = json_map(class, "roster");
	if (!record) {
		add_grade(s, class);
		return;
	}
	struct set_class *c = roster_set_add_class(s, json_text_or(record, "id", ""));
	const char *course = json_text_or(record, "course", "");
	c->title = keep(s, json_text_or(class, "group", ""));
	c->code = keep(s, json_text_or(class, "code", ""));
	c->grades = keep(s, json_text_or(class, "grade", ""));
	take_missing(s, &c->missing, class);
	c->homeroom = strcmp(json_text_or(class, "kind", ""), "registration") == 0;
	c->course = *course ? roster_set_add_course(s, course) : NULL;
	c->school = org_named(s, json_text_or(record, "school", ""));
	const json_t *terms = json_list(record, "terms");
	c->terms =
	    store_take(s->store, (json_array_size(terms) + 1) * sizeof(struct set_session *));
	c->term_count = 0;
	json_array_foreach (terms, i, term)
		if (json_is_string(term))
			c->terms[c->term_count++] = session_named(s, json_string_value(term));
	add_people(s, c, json_list(record, "off_teachers"), ENROLLED_TEACHER, false);
	add_people(s, c, json_list(record, "off_learners"), ENROLLED_LEARNER, false);
	add_people(s, c, json_list(class, "teachers"), ENROLLED_TEACHER, true);
	add_people(s, c, json_list(class, "learners"), ENROLLED_LEARNER, true);
}
