/*
 * lose - what a row that has to be dropped must not do: take somebody out of anything.
 *
 * Nobody knows what the row would have said, so whatever it may have been about is left as it
 * was: a class keeps all of its learners, a learner all of their classes or year groups, and a
 * class its place on the lists. The less can be read of a row, the more that is. It is told
 * of beside the fault itself, for it lasts until the row is mended.
 *
 * A row of a delta needs nothing of this: what it does not say is not changed.
 */
#include <string.h>

#include "reading.h"

enum { CLASSES_MAX = 1000 }; /* that are kept by name */

static const char remedy[] = "Mend the row and send the set again";

static void tell(struct roster_reading *r, enum field field, const char *what)
{
	reading_fault(r, FAULT_NOTE, "left_as_it_was", field, remedy,
	    "Since a row could not be used, %s", what);
}

/* readable: a value of an id's length. */
static bool readable(const struct roster_reading *r, enum field f)
{
	return take_has(r, f) && strlen(r->row.at[f]) <= ID_MAX_BYTES;
}

static const char *kept(struct roster_reading *r, enum field f)
{
	return store_text(r->store, r->row.at[f]);
}

/* spared: in a bulk file among deltas, what was there before this file stays as it was. */
static bool spared(const struct roster_reading *r, struct mark *m)
{
	if (!m->known || m->gone || m->seen == r->pass)
		return false;
	m->seen = r->pass;
	m->row = r->row.number;
	return true;
}

/* ---- people in classes ---- */

static void lose_enrolment(struct roster_reading *r)
{
	struct set_class *c =
	    readable(r, F_CLASS) ? roster_set_class(r->set, r->row.at[F_CLASS]) : NULL;
	if (c) {
		c->missing.anybody = true;
		tell(r, F_CLASS, "nobody is taken out of this class");
	} else if (readable(r, F_CLASS)) {
		return; /* of no class that there is */
	} else if (readable(r, F_PERSON)) {
		store_miss(r->store, &r->set->astray, kept(r, F_PERSON));
		tell(r, F_PERSON, "this person is taken out of no class");
	} else {
		r->set->astray.anybody = true;
		tell(r, F_NONE, "nobody is taken out of any class");
	}
}

/* ---- people in year groups ---- */

static void lose_year(struct roster_reading *r, struct set_missing *m, enum field field)
{
	if (readable(r, field)) {
		store_miss(r->store, m, kept(r, field));
		tell(r, field, "this person is taken out of no year group");
	} else {
		m->anybody = true;
		tell(r, F_NONE, "nobody is taken out of any year group");
	}
}

/* Whoever has no record is missing from their classes, too, which is seen at the end. */
static void lose_person(struct roster_reading *r)
{
	bool named = readable(r, F_ID);
	struct kept_person *p = named ? map_get(&r->store->people, r->row.at[F_ID]) : NULL;
	r->store->nameless |= !named;
	if (p && spared(r, &p->mark))
		tell(r, F_ID, "this person stays as they were");
	else
		lose_year(r, &r->set->missing, F_ID);
}

/* Only learners are in year groups. */
static void lose_role(struct roster_reading *r)
{
	enum person_role role;
	bool is_known = take_has(r, F_ROLE) && role_of(take_code(r, F_ROLE), &role);
	if (!is_known || role == PERSON_LEARNER)
		lose_year(r, &r->roleless, F_PERSON);
}

void reading_lose_role(struct roster_reading *r, enum field person)
{
	if (!r->delta)
		lose_year(r, &r->roleless, person);
}

/* What it stands for may be a role, or a grade. */
static void lose_code(struct roster_reading *r)
{
	r->roleless.anybody = true;
	tell(r, F_NONE, "nobody is taken out of any year group");
}

/* ---- classes, and their years ---- */

static void lose_class(struct roster_reading *r)
{
	struct set_unread *u = &r->set->unread;
	struct kept_class *c =
	    readable(r, F_ID) ? map_get(&r->store->classes, r->row.at[F_ID]) : NULL;
	bool named = readable(r, F_ID) && u->count < CLASSES_MAX;
	if (named && !(c && spared(r, &c->mark))) {
		u->classes = store_grow(r->store, (void *)u->classes, u->count);
		u->classes[u->count++] = kept(r, F_ID);
	}
	u->any_class |= !named;
	if (named)
		tell(r, F_ID, "this class stays as it was");
	else
		tell(r, F_NONE, "no class is taken off the lists");
}

static void lose_session(struct roster_reading *r)
{
	struct kept_session *s =
	    readable(r, F_ID) ? map_get(&r->store->sessions, r->row.at[F_ID]) : NULL;
	if (s)
		(void)spared(r, &s->mark);
	reading_lose_year(r);
}

void reading_lose_year(struct roster_reading *r)
{
	if (r->delta)
		return;
	r->set->unread.sessions = true;
	tell(r, F_NONE, "no class is taken off the lists for being of another year");
}

static void lose_class_term(struct roster_reading *r)
{
	struct set_class *c =
	    readable(r, F_CLASS) ? roster_set_class(r->set, r->row.at[F_CLASS]) : NULL;
	if (c)
		c->term_unread = true;
	else if (!readable(r, F_CLASS))
		reading_lose_year(r);
}

/* ---- all of them ---- */

void reading_lose(struct roster_reading *r)
{
	if (r->delta)
		return;
	r->nameless |= !readable(r, F_ID);
	switch (r->shape->record) {
	case RECORD_SESSION:
		lose_session(r);
		break;
	case RECORD_CLASS:
		lose_class(r);
		break;
	case RECORD_CLASS_TERM:
		lose_class_term(r);
		break;
	case RECORD_ENROLMENT:
		lose_enrolment(r);
		break;
	case RECORD_ROLE:
		lose_role(r);
		break;
	case RECORD_PERSON:
		lose_person(r);
		break;
	case RECORD_CODE:
		lose_code(r);
		break;
	case RECORD_ORG:
	case RECORD_COURSE:
	case RECORD_ADDRESS:
		break;
	}
}
