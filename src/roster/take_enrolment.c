/*
 * take_enrolment - who is in which class.
 *
 * There are many more of these rows than of all others, so this is the short way: two look-ups,
 * often saved because rows of one class or one person follow each other, and 32 bytes put to a
 * class. People are made of the ids here; their own rows come later.
 *
 * A delta speaks of enrolments by their ids. The keys of those that were there before are
 * looked up, so that an enrolment can move to another class, or leave without saying which it
 * was in. One that came without key, from a system that keeps none, is found by class, person
 * and part. Whoever is in a class by two enrolments is in it once, with the key of one of them,
 * and stays until both have been taken away.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "reading.h"

struct known_key {
	uint64_t key;
	struct kept_class *class;
};

uint64_t enrolment_key(const char *id)
{
	static const unsigned char fixed[crypto_shorthash_KEYBYTES];
	uint64_t key;
	crypto_shorthash((unsigned char *)&key, (const unsigned char *)id,
	    (unsigned long long)strlen(id), fixed);
	return key ? key : 1;
}

/* ---- the enrolments before a delta ---- */

static int by_key(const void *a, const void *b)
{
	const struct known_key *x = a, *y = b;
	return (x->key > y->key) - (x->key < y->key);
}

void delta_begin(struct roster_reading *r)
{
	const char *id;
	void *value;
	size_t room = 0;
	for (size_t at = 0; map_next(&r->store->classes, &at, &id, &value);)
		room += ((struct kept_class *)value)->set.count;
	r->keys = xcalloc(room, sizeof *r->keys);
	r->key_count = 0;
	for (size_t at = 0; map_next(&r->store->classes, &at, &id, &value);) {
		struct kept_class *c = value;
		for (size_t i = 0; i < c->set.count; i++)
			if (c->set.people[i].key)
				r->keys[r->key_count++] =
				    (struct known_key){c->set.people[i].key, c};
	}
	if (r->key_count > 0)
		qsort(r->keys, r->key_count, sizeof *r->keys, by_key);
}

void delta_end(struct roster_reading *r)
{
	free(r->keys);
	r->keys = NULL;
	r->key_count = 0;
}

static struct kept_class *class_before(const struct roster_reading *r, uint64_t key)
{
	struct known_key wanted = {key, NULL}, *found = NULL;
	if (key && r->key_count > 0)
		found = bsearch(&wanted, r->keys, r->key_count, sizeof *r->keys, by_key);
	return found ? found->class : NULL;
}

static bool drop(struct set_class *c, size_t at)
{
	memmove(&c->people[at], &c->people[at + 1], (c->count - at - 1) * sizeof *c->people);
	c->count--;
	return true;
}

static bool drop_by_key(struct set_class *c, uint64_t key)
{
	for (size_t i = 0; i < c->count; i++) {
		struct enrolment *e = &c->people[i];
		if (e->key != key)
			continue;
		if (!e->twice)
			return drop(c, i);
		e->key = 0;
		e->twice = false;
		return true;
	}
	return false;
}

/* Drops who has no key, and takes the second enrolment from who has two: its key is not kept. */
static bool drop_keyless(struct set_class *c, const char *person, enum enrolled_as as)
{
	for (size_t i = 0; i < c->count; i++) {
		struct enrolment *e = &c->people[i];
		if ((e->key && !e->twice) || e->as != as || strcmp(e->person->id, person) != 0)
			continue;
		if (!e->twice)
			return drop(c, i);
		e->twice = false;
		return true;
	}
	return false;
}

static void leave(struct roster_reading *r, const struct enrolment *e, const char *person)
{
	struct kept_class *c = class_before(r, e->key);
	if (c && drop_by_key(&c->set, e->key))
		return;
	struct set_class *named =
	    take_has(r, F_CLASS) ? roster_set_class(r->set, r->row.at[F_CLASS]) : NULL;
	if (named && drop_keyless(named, person, e->as))
		return;
	reading_fault(r, FAULT_NOTE, "not_there", F_ID, "Nothing need be done",
	    "This enrolment was to be deleted and is not there");
}

/* ---- a row ---- */

/* part_of is false for rows that are of no use: guardians, or a role nobody knows. */
static bool part_of(struct roster_reading *r, unsigned char *as)
{
	enum person_role role;
	const char *word = r->shape->role ? r->shape->role : take_code(r, F_ROLE);
	if (!role_of(word, &role)) {
		reading_fault(r, FAULT_ERROR, "bad_value", F_ROLE, "Write student or teacher",
		    "This role is not known; the record was dropped");
		reading_lose(r);
		return false;
	}
	*as = role == PERSON_LEARNER   ? ENROLLED_LEARNER
	      : role == PERSON_TEACHER ? ENROLLED_TEACHER
				       : ENROLLED_STAFF;
	return role != PERSON_OTHER;
}

static struct kept_class *class_of(struct roster_reading *r)
{
	const char *id = r->row.at[F_CLASS];
	if (!r->last_class || strcmp(r->last_class->set.id, id) != 0)
		r->last_class = map_get(&r->store->classes, id);
	return r->last_class && r->last_class->mark.known ? r->last_class : NULL;
}

static struct set_person *person_of(struct roster_reading *r)
{
	const char *id = r->row.at[F_PERSON];
	if (!r->last_person || strcmp(r->last_person->set.id, id) != 0)
		r->last_person = store_person(r->store, id);
	return &r->last_person->set;
}

/* check_school only tells: a class says itself which school it belongs to. */
static void check_school(struct roster_reading *r)
{
	const char *id = r->row.at[F_ORG];
	if (!take_has(r, F_ORG) || (r->last_org && strcmp(r->last_org->id, id) == 0))
		return;
	r->last_org = roster_set_org(r->set, id);
	if (!r->last_org)
		take_missing(r, FAULT_WARNING, F_ORG, "school");
}

/* within_limits also takes the people into account who are only named. */
static bool within_limits(struct roster_reading *r)
{
	if (++r->enrolments <= r->limits.enrolments && r->store->people.count <= r->limits.people)
		return true;
	r->over = true;
	faults_add(r->faults, FAULT_REFUSED, "too_large", (struct fault_at){.file = r->row.file},
	    "Send the roster of fewer schools",
	    "There are more than %llu enrolments, or more than %llu people",
	    (unsigned long long)r->limits.enrolments, (unsigned long long)r->limits.people);
	return false;
}

void take_enrolment(struct roster_reading *r)
{
	enum life life = take_life(r);
	struct enrolment e = {.row = (uint32_t)r->row.number,
	    .key = take_has(r, F_ID) ? enrolment_key(r->row.at[F_ID]) : 0};
	if (life == LIFE_UNKNOWN || (life == LIFE_GONE && !r->delta))
		return;
	if (life == LIFE_GONE) {
		if (take_has(r, F_ROLE) && !part_of(r, &e.as))
			return;
		leave(r, &e, r->row.at[F_PERSON] ? r->row.at[F_PERSON] : "");
		return;
	}
	if (!part_of(r, &e.as))
		return;
	struct kept_class *c = class_of(r);
	if (!c) {
		take_missing(r, FAULT_ERROR, F_CLASS, "class");
		return;
	}
	struct kept_class *before = class_before(r, e.key);
	if (before)
		drop_by_key(&before->set, e.key);
	if (c->mark.gone)
		return;
	check_school(r);
	e.person = person_of(r);
	e.primary = take_yes(r, F_PRIMARY, false);
	take_days(r, &e.from_day, &e.until_day);
	if (!within_limits(r))
		return;
	r->enrolled_in[e.as] = r->row.file;
	r->set->counts.enrolments++;
	roster_set_enrol(&c->set, &e);
}
