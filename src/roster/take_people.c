/*
 * take_people - people, what they are, and their addresses.
 *
 * Enrolments and roles were read before, so whoever is in a class is known by id already.
 * Anybody else is kept only when it is a learner, because year groups are made of grades;
 * guardians and the staff of other places come and go without a trace.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "reading.h"
#include "roster.h"

struct role_word {
	const char *word;
	enum person_role role;
};

/* OneRoster's words, SDS's many more, and what their samples write. */
static const struct role_word role_words[] = {
    {"student", PERSON_LEARNER},
    {"teacher", PERSON_TEACHER},
    {"professor", PERSON_TEACHER},
    {"lecturer", PERSON_TEACHER},
    {"faculty", PERSON_TEACHER},
    {"instructor", PERSON_TEACHER},
    {"adjunct", PERSON_TEACHER},
    {"administrator", PERSON_STAFF},
    {"aide", PERSON_STAFF},
    {"proctor", PERSON_STAFF},
    {"staff", PERSON_STAFF},
    {"counselor", PERSON_STAFF},
    {"counsellor", PERSON_STAFF},
    {"principal", PERSON_STAFF},
    {"districtAdministrator", PERSON_STAFF},
    {"siteAdministrator", PERSON_STAFF},
    {"systemAdministrator", PERSON_STAFF},
    {"itAdministrator", PERSON_STAFF},
    {"schoolLeader", PERSON_STAFF},
    {"departmentHead", PERSON_STAFF},
    {"substitute", PERSON_STAFF},
    {"tutor", PERSON_STAFF},
    {"coach", PERSON_STAFF},
    {"researcher", PERSON_STAFF},
    {"guardian", PERSON_OTHER},
    {"parent", PERSON_OTHER},
    {"relative", PERSON_OTHER},
    {"alumni", PERSON_OTHER},
    {"other", PERSON_OTHER},
};

bool role_of(const char *word, enum person_role *role)
{
	for (size_t i = 0; i < sizeof role_words / sizeof *role_words; i++)
		if (strcasecmp(word, role_words[i].word) == 0) {
			*role = role_words[i].role;
			return true;
		}
	*role = PERSON_OTHER;
	return strncmp(word, "ext:", 4) == 0;
}

/* tell_role also leaves the person in the year groups that they may be in as a learner. */
static void tell_role(struct roster_reading *r, enum field person)
{
	reading_fault(r, FAULT_WARNING, "bad_value", F_ROLE,
	    "Use a role of the format, such as student or teacher",
	    "This role is not known; the value was left out");
	reading_lose_role(r, person);
}

/* add_school puts a school behind those there are, or before them. */
static void add_school(struct roster_reading *r, struct set_person *p, const char *id, bool first)
{
	struct set_org *school = roster_set_org(r->set, id);
	if (!school) {
		p->school_unread = true;
		take_missing(r, FAULT_WARNING, F_ORG, "organisation");
		return;
	}
	size_t at = 0;
	while (at < p->school_count && p->schools[at] != school)
		at++;
	if (at == p->school_count) {
		p->schools = store_grow(r->store, p->schools, p->school_count);
		p->schools[p->school_count++] = school;
	}
	if (first) {
		memmove(p->schools + 1, p->schools, at * sizeof(void *));
		p->schools[0] = school;
	}
}

static void take_school(struct roster_reading *r, const char *id)
{
	add_school(r, &r->last_person->set, id, false);
}

static void tell_too_many(struct roster_reading *r)
{
	r->over = true;
	faults_add(r->faults, FAULT_REFUSED, "too_large", (struct fault_at){.file = r->row.file},
	    "Send the roster of fewer schools", "There are more than %llu people",
	    (unsigned long long)r->limits.people);
}

void take_role(struct roster_reading *r)
{
	enum person_role role;
	if (take_life(r) != LIFE_USED)
		return;
	bool known = role_of(take_code(r, F_ROLE), &role);
	if (!known)
		tell_role(r, F_PERSON);
	struct kept_person *p = map_get(&r->store->people, r->row.at[F_PERSON]);
	if (!p && role != PERSON_LEARNER)
		return;
	if (!p && r->store->people.count >= r->limits.people) {
		tell_too_many(r);
		return;
	}
	if (!p) {
		p = store_person(r->store, r->row.at[F_PERSON]);
		p->mark.row = r->row.number;
	}
	bool primary = take_yes(r, F_PRIMARY, false);
	if (known && (primary || p->set.role == PERSON_OTHER))
		p->set.role = (unsigned char)role;
	if (take_has(r, F_ORG))
		add_school(r, &p->set, r->row.at[F_ORG], primary);
	const char *grades = take_code(r, F_GRADES);
	if (*grades && (primary || !*p->set.grades))
		p->set.grades = store_text(r->store, grades);
}

/* ---- a person's own row ---- */

static const char *email_of(struct roster_reading *r)
{
	if (!take_has(r, F_EMAIL))
		return "";
	char *key = address_key(r->row.at[F_EMAIL]);
	bool is_one = key != NULL;
	free(key);
	if (is_one)
		return take_text(r, F_EMAIL);
	reading_fault(r, FAULT_WARNING, "bad_address", F_EMAIL, "Correct the address",
	    "This is no e-mail address; the value was left out");
	return "";
}

/* grades_of keeps the grades before where those of the row are too long. */
static const char *grades_of(struct roster_reading *r, const char *before)
{
	const char *grades = take_text(r, F_GRADES);
	if (!*grades)
		reading_lose_role(r, F_ID);
	return *grades ? grades : before;
}

static void fill_person(struct roster_reading *r, struct set_person *p)
{
	p->given = take_text(r, take_has(r, F_CALLED_GIVEN) ? F_CALLED_GIVEN : F_GIVEN);
	p->family = take_text(r, take_has(r, F_CALLED_FAMILY) ? F_CALLED_FAMILY : F_FAMILY);
	p->email = email_of(r);
	p->username = take_text(r, F_USERNAME);
	p->account = take_text(r, F_ACCOUNT);
	p->identifier = take_text(r, F_IDENTIFIER);
	p->enabled = take_yes(r, F_ENABLED, true);
	if (take_has(r, F_GRADES))
		p->grades = grades_of(r, p->grades);
	if (!r->row.at[F_ROLE] && !r->shape->role) { /* roles named the schools before */
		if (take_has(r, F_ORG))
			add_school(r, p, r->row.at[F_ORG], true);
		return;
	}
	p->school_count = 0;
	p->school_unread = false;
	p->here = false;
	if (take_has(r, F_ORG))
		take_each(r->row.at[F_ORG], take_school, r);
}

/* Where learners and teachers have files of their own, both may count from 1: taken for one
 * person, a child would be a teacher of classes, or be missing in them. */
static bool is_two_people(
    struct roster_reading *r, const struct kept_person *p, enum person_role role)
{
	if (!r->shape->role || p->mark.seen != r->pass || p->set.role == role)
		return false;
	reading_fault(r, FAULT_REFUSED, "id_of_two_people", F_ID,
	    "Give teachers and students ids that differ, and send the set again",
	    "A teacher and a student have the same id, so nobody knows whose classes are whose");
	return true;
}

void take_person(struct roster_reading *r)
{
	enum person_role role = PERSON_OTHER;
	const char *word = r->shape->role ? r->shape->role : r->row.at[F_ROLE];
	enum life life = take_life(r);
	if (life == LIFE_UNKNOWN)
		return;
	bool known = word && *word && role_of(word, &role);
	if (word && *word && !known)
		tell_role(r, F_ID);
	struct kept_person *p = map_get(&r->store->people, r->row.at[F_ID]);
	if (life == LIFE_USED) {
		r->set->counts.users++;
		if (role == PERSON_LEARNER || (p && p->set.role == PERSON_LEARNER))
			r->set->counts.learners++;
	}
	if (!p && (role != PERSON_LEARNER || life == LIFE_GONE))
		return;
	if (!p && r->store->people.count >= r->limits.people) {
		tell_too_many(r);
		return;
	}
	if (!p)
		p = store_person(r->store, r->row.at[F_ID]);
	if (is_two_people(r, p, role) || !take_claim(r, &p->mark, life))
		return;
	if (known)
		p->set.role = (unsigned char)role;
	r->last_person = p;
	fill_person(r, &p->set);
}

void take_address(struct roster_reading *r)
{
	struct set_person *p = roster_set_person(r->set, r->row.at[F_PERSON]);
	if (p && !*p->email)
		p->email = email_of(r);
}
