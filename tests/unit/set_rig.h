/* set_rig - a roster set made by hand: a school year, a term, a school, and what a test adds. */
#ifndef SET_RIG_H
#define SET_RIG_H

#include "buf.h"
#include "roster_groups.h"
#include "store.h"
#include "test.h"

static struct roster_set set;
static struct set_session *year, *term;
static struct set_org *school;

static inline int32_t day(const char *text)
{
	int32_t at = NO_DAY;
	CHECK(day_of(text, &at));
	return at;
}

static inline struct set_session *session(
    const char *id, const char *type, const char *from, const char *to, struct set_session *parent)
{
	struct set_session *s = roster_set_add_session(&set, id);
	s->title = id;
	s->type = type;
	s->starts_day = day(from);
	s->ends_day = day(to);
	s->parent = parent;
	return s;
}

static inline void set_begin(void)
{
	roster_set_init(&set);
	year = session("y26", "schoolYear", "2026-08-15", "2027-06-10", NULL);
	term = session("t1", "term", "2026-08-15", "2027-06-10", year);
	school = roster_set_add_org(&set, "s1");
	school->name = "Green Hill";
	school->identifier = "1001";
	school->type = "school";
}

static inline void set_end(void)
{
	roster_set_clear(&set);
}

static inline struct set_class *class_in(const char *id, const char *title, struct set_session *in)
{
	struct set_class *c = roster_set_add_class(&set, id);
	c->title = title;
	c->school = school;
	c->terms = store_take(set.store, sizeof *c->terms);
	c->terms[0] = in;
	c->term_count = in != NULL;
	return c;
}

static inline struct set_person *person(const char *id, enum person_role role)
{
	struct set_person *p = roster_set_add_person(&set, id);
	char *email = xasprintf("%s@school.example", id);
	p->given = "Thabo";
	p->family = "Mokoena";
	p->email = roster_set_text(&set, email);
	p->role = (unsigned char)role;
	p->enabled = true;
	free(email);
	return p;
}

static inline struct set_person *enrol(struct set_class *c, const char *id, enum enrolled_as as)
{
	struct set_person *p =
	    person(id, as == ENROLLED_LEARNER ? PERSON_LEARNER : PERSON_TEACHER);
	struct enrolment e = {.person = p, .as = (unsigned char)as};
	p->enrolled = true;
	roster_set_enrol(c, &e);
	return p;
}

static inline void set_ready(void)
{
	const char *id;
	void *value;
	for (size_t at = 0; map_next(&set.store->classes, &at, &id, &value);)
		class_tidy(&((struct kept_class *)value)->set);
	store_list(&set);
	store_list_people(&set);
}

#endif
