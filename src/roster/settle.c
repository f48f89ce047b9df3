/*
 * settle - what can only be seen when all of a set was read: who was named and never told of,
 * who is in a class twice, parents; and what is well formed but will trouble somebody.
 *
 * Classes are looked at in the order of their ids, so that the same files give the same
 * report every time.
 */
#include <stdlib.h>
#include <string.h>

#include "list.h"
#include "reading.h"
#include "roster.h"

enum {
	DEPTH_MAX = 50,		  /* of parents above one another */
	TEAM_MEMBERS_MAX = 25000, /* as Microsoft has it */
};

static struct fault_at at_row(
    struct roster_reading *r, enum record record, const struct mark *m, const char *value)
{
	return (struct fault_at){.file = r->file_of[record], .value = value, .row = m->row};
}

/* ---- parents ---- */

static void tell_parent(struct roster_reading *r, struct fault_at at, bool ring)
{
	at.column = r->named[F_PARENT];
	if (ring)
		faults_add(r->faults, FAULT_WARNING, "parents_in_a_ring", at, "Correct the id",
		    "Its parents lead back to itself; the value was left out");
	else
		faults_add(r->faults, FAULT_WARNING, "bad_reference", at,
		    "Send that record too, or correct the id",
		    "There is no such parent; the value was left out");
}

static void link_orgs(struct roster_reading *r)
{
	for (size_t i = 0; i < r->set->org_count; i++) {
		struct kept_org *o = container_of(r->set->orgs[i], struct kept_org, set);
		if (!o->parent)
			continue;
		o->set.parent = roster_set_org(r->set, o->parent);
		o->set.parent_unread = !o->set.parent;
		const struct set_org *above = o->set.parent;
		for (int depth = 0; above && depth < DEPTH_MAX; depth++)
			above = above->parent;
		if (!o->set.parent || above)
			tell_parent(r, at_row(r, RECORD_ORG, &o->mark, o->parent), above);
		if (above)
			o->set.parent = NULL;
		o->parent = NULL;
	}
}

static void link_sessions(struct roster_reading *r)
{
	for (size_t i = 0; i < r->set->session_count; i++) {
		struct kept_session *s =
		    container_of(r->set->sessions[i], struct kept_session, set);
		if (!s->parent)
			continue;
		struct kept_session *parent = map_get(&r->store->sessions, s->parent);
		if (parent && parent->mark.known && !parent->mark.gone)
			s->set.parent = &parent->set;
		const struct set_session *above = s->set.parent;
		for (int depth = 0; above && depth < DEPTH_MAX; depth++)
			above = above->parent;
		if (!s->set.parent || above)
			tell_parent(r, at_row(r, RECORD_SESSION, &s->mark, s->parent), above);
		if (above)
			s->set.parent = NULL;
		s->parent = NULL;
	}
}

/* ---- classes ---- */

/* lose notes that somebody is missing from a class, and from the groups of all classes. */
static void lose(struct roster_reading *r, struct set_class *c, const struct enrolment *e)
{
	struct kept_person *p = container_of(e->person, struct kept_person, set);
	c->missing.anybody |= r->store->nameless;
	if (e->as != ENROLLED_LEARNER)
		return;
	store_miss(r->store, &c->missing, p->set.id);
	if (!p->missing)
		store_miss(r->store, &r->set->missing, p->set.id);
	p->missing = true;
}

static void tell_nobody(struct roster_reading *r, const struct enrolment *e)
{
	struct fault_at at = {r->enrolled_in[e->as], r->named[F_PERSON], e->person->id, e->row};
	faults_add(r->faults, FAULT_ERROR, "bad_reference", at,
	    "Send that person too, or correct the id", "%s; the record was dropped",
	    r->set->delta ? "There is no such person, here or in a group of the last set"
			  : "There is no such person");
}

/* leave_out takes those out of a class who have no record of their own, or lost it. */
static void leave_out(struct roster_reading *r, struct set_class *c)
{
	size_t kept = 0;
	for (size_t i = 0; i < c->count; i++) {
		const struct enrolment *e = &c->people[i];
		const struct kept_person *p = container_of(e->person, struct kept_person, set);
		if (p->mark.known && !p->mark.gone)
			c->people[kept++] = *e;
		else if (!p->mark.known) {
			lose(r, c, e);
			tell_nobody(r, e);
		}
	}
	c->count = kept;
}

/* mark_primary leaves at most one teacher the primary one, and nobody else. */
static void mark_primary(struct roster_reading *r, struct set_class *c)
{
	bool found = false;
	for (size_t i = 0; i < c->count; i++) {
		struct enrolment *e = &c->people[i];
		if (!e->primary)
			continue;
		if (found && e->as == ENROLLED_TEACHER)
			faults_add(r->faults, FAULT_WARNING, "second_primary",
			    (struct fault_at){
				r->enrolled_in[e->as], r->named[F_PRIMARY], c->id, e->row},
			    "Mark one teacher of a class",
			    "This class has more than one primary teacher; the first by id is "
			    "taken");
		e->primary = !found && e->as == ENROLLED_TEACHER;
		found |= e->primary;
	}
}

static void note_class(struct roster_reading *r, const struct kept_class *c)
{
	size_t teachers = 0, learners = 0;
	for (size_t i = 0; i < c->set.count; i++) {
		teachers += c->set.people[i].as == ENROLLED_TEACHER;
		learners += c->set.people[i].as == ENROLLED_LEARNER;
	}
	struct fault_at at = at_row(r, RECORD_CLASS, &c->mark, c->set.title);
	if (teachers == 0)
		faults_add(r->faults, FAULT_NOTE, "no_teacher", at,
		    "Give the class a teacher, or choose owners for the school",
		    "This class has no teacher, who would be its owner");
	if (learners == 0)
		faults_add(r->faults, FAULT_NOTE, "no_learners", at,
		    "Nothing need be done if that is so", "This class has no learners");
	if (c->set.count > TEAM_MEMBERS_MAX)
		faults_add(r->faults, FAULT_NOTE, "too_many_members", at, "Split the class",
		    "This class has more people than the %d that a Team takes", TEAM_MEMBERS_MAX);
}

static void settle_class(struct roster_reading *r, struct set_class *c)
{
	leave_out(r, c);
	class_tidy(c);
	mark_primary(r, c);
	for (size_t i = 0; i < c->count; i++)
		c->people[i].person->enrolled = true;
	note_class(r, container_of(c, struct kept_class, set));
}

/* ---- what must be there once ---- */

static void tell_twice(struct roster_reading *r, uint64_t row, uint64_t other)
{
	faults_add(r->faults, FAULT_WARNING, "duplicate_id",
	    (struct fault_at){
		r->file_of[RECORD_ENROLMENT], r->named[F_ID], NULL, row > other ? row : other},
	    "Give each enrolment its own id", "Row %llu has the same id; both enrolments were used",
	    (unsigned long long)(row > other ? other : row));
}

/* Keys are hashes already, so each has its own place in a table more than twice as large. */
static void check_enrolment_ids(struct roster_reading *r)
{
	size_t count = 0, room = 1;
	for (size_t i = 0; i < r->set->class_count; i++)
		count += r->set->classes[i]->count;
	while (room < 2 * count + 1)
		room *= 2;
	const struct enrolment **table = xcalloc(room, sizeof(void *));
	for (size_t i = 0; i < r->set->class_count; i++) {
		const struct set_class *c = r->set->classes[i];
		for (const struct enrolment *e = c->people; e < c->people + c->count; e++) {
			size_t at = e->key & (room - 1);
			while (e->key && table[at] && table[at]->key != e->key)
				at = (at + 1) & (room - 1);
			if (e->key && table[at])
				tell_twice(r, e->row, table[at]->row);
			else if (e->key)
				table[at] = e;
		}
	}
	free(table);
}

struct used_address {
	uint64_t key, row;
	const char *text;
};

static int by_key(const void *a, const void *b)
{
	const struct used_address *x = a, *y = b;
	if (x->key != y->key)
		return x->key > y->key ? 1 : -1;
	return (x->row > y->row) - (x->row < y->row);
}

static void check_addresses(struct roster_reading *r)
{
	size_t count = 0;
	struct used_address *at = xcalloc(r->set->person_count, sizeof *at);
	for (size_t i = 0; i < r->set->person_count; i++) {
		const struct kept_person *p =
		    container_of(r->set->people[i], struct kept_person, set);
		char *key = address_key(p->set.email);
		if (key)
			at[count++] =
			    (struct used_address){enrolment_key(key), p->mark.row, p->set.email};
		else if (!*p->set.username && !*p->set.account && p->set.role == PERSON_LEARNER)
			faults_add(r->faults, FAULT_NOTE, "no_address",
			    at_row(r, RECORD_PERSON, &p->mark, p->set.id),
			    "Fill in the address, or the username",
			    "This learner has neither an address nor a username");
		free(key);
	}
	if (count > 0)
		qsort(at, count, sizeof *at, by_key);
	for (size_t i = 1; i < count; i++)
		if (at[i].key == at[i - 1].key)
			faults_add(r->faults, FAULT_NOTE, "address_twice",
			    (struct fault_at){r->file_of[RECORD_PERSON], r->named[F_EMAIL],
				at[i].text, at[i].row},
			    "Give each person an address of their own",
			    "The person in row %llu has the same address",
			    (unsigned long long)at[i - 1].row);
	free(at);
}

/* ---- learners whose roles were told, but not they ---- */

static int by_row(const void *a, const void *b)
{
	const struct kept_person *const *x = a, *const *y = b;
	return ((*x)->mark.row > (*y)->mark.row) - ((*x)->mark.row < (*y)->mark.row);
}

static void check_roles(struct roster_reading *r)
{
	const char *id;
	void *value;
	size_t count = 0;
	struct kept_person **unknown = NULL;
	for (size_t at = 0; map_next(&r->store->people, &at, &id, &value);) {
		struct kept_person *p = value;
		if (p->mark.known || p->mark.row == 0)
			continue;
		unknown = xrealloc(unknown, (count + 1) * sizeof(void *));
		unknown[count++] = p;
	}
	if (count > 0)
		qsort(unknown, count, sizeof(void *), by_row);
	for (size_t i = 0; i < count; i++) {
		struct fault_at at = at_row(r, RECORD_ROLE, &unknown[i]->mark, unknown[i]->set.id);
		at.column = r->named[F_PERSON];
		faults_add(r->faults, FAULT_ERROR, "bad_reference", at,
		    "Send that person too, or correct the id",
		    "There is no such person; the record was dropped");
	}
	free(unknown);
}

/* forget_enrolled: before a delta they were in classes that they may have left. */
static void forget_enrolled(struct roster_reading *r)
{
	const char *id;
	void *value;
	for (size_t at = 0; map_next(&r->store->people, &at, &id, &value);)
		((struct kept_person *)value)->set.enrolled = false;
}

/* miss_roleless: a learner whose role could not be read may be in a year group. */
static void miss_roleless(struct roster_reading *r)
{
	r->set->missing.anybody |= r->roleless.anybody;
	for (size_t i = 0; i < r->roleless.count; i++)
		store_miss(r->store, &r->set->missing, r->roleless.learners[i]);
}

void reading_settle(struct roster_reading *r)
{
	miss_roleless(r);
	if (r->set->delta)
		forget_enrolled(r);
	store_list(r->set);
	link_orgs(r);
	link_sessions(r);
	check_roles(r);
	for (size_t i = 0; i < r->set->class_count; i++)
		settle_class(r, r->set->classes[i]);
	store_list_people(r->set);
	check_enrolment_ids(r);
	check_addresses(r);
}
