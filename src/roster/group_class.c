/*
 * group_class - the class object of one group (contract 2) and what the roster adds to it:
 *
 *	group	the group's name as the roster has it; names are made of it
 *	starts, ends	the days of its school year
 *	course, code, grade	for people
 *	missing	ids of learners who have a place and no record, or a record and nobody knows
 *		which place: they are not removed for that
 *	incomplete	true where a row was dropped and nobody knows whose: nobody is removed
 *	roster	what it hangs on, {"id","course","school","terms"}, and who is switched off,
 *		off_teachers and off_learners: a delta is read against it
 *
 * and to its people: enrolment, its key, and twice where there are two; of learners employee_id,
 * username, from, until (only where they join late or leave early); of teachers primary, and owner
 * where one is not to be.
 * A class object says the same in the same words as long as the roster does, so that its digest
 * tells of changes.
 */
#include <ctype.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "group_int.h"
#include "roster_years.h"

enum { ID_MAX = GROUP_ID_ROOM - 1, HASH_HEX = 16, KEY_ROOM = 17 };

const char *group_kind_name(enum group_kind k)
{
	switch (k) {
	case GROUP_REGISTRATION:
		return "registration";
	case GROUP_TEACHING:
		return "teaching";
	case GROUP_YEAR:
		return "year";
	}
	return "";
}

void text_digest(const char *text, size_t length, char digest[GROUP_DIGEST_ROOM])
{
	unsigned char hash[(GROUP_DIGEST_ROOM - 1) / 2];
	crypto_generichash(hash, sizeof hash, (const unsigned char *)text, length, NULL, 0);
	sodium_bin2hex(digest, GROUP_DIGEST_ROOM, hash, sizeof hash);
}

void group_id(const char *record_id, char id[GROUP_ID_ROOM])
{
	size_t length = 0;
	while (record_id[length] && record_id[length] != ':' &&
	       (unsigned char)record_id[length] >= 0x20 && record_id[length] != 0x7f)
		length++;
	if (record_id[length] == '\0' && length >= 1 && length <= ID_MAX) {
		memcpy(id, record_id, length + 1);
		return;
	}
	char digest[GROUP_DIGEST_ROOM];
	text_digest(record_id, strlen(record_id), digest);
	(void)snprintf(id, GROUP_ID_ROOM, "x%.*s", HASH_HEX, digest);
}

bool grade_next(const char **list, char grade[GRADE_ROOM])
{
	const char *at = *list;
	at += strspn(at, ", \t");
	size_t length = strcspn(at, ",");
	*list = at + length;
	while (length > 0 && isspace((unsigned char)at[length - 1]))
		length--;
	for (; length > 1 && *at == '0' && isdigit((unsigned char)at[1]); at++)
		length--;
	if (length >= GRADE_ROOM)
		length = GRADE_ROOM - 1;
	for (size_t i = 0; i < length; i++)
		grade[i] = (char)toupper((unsigned char)at[i]);
	grade[length] = '\0';
	text_mend(grade, length);
	return length > 0;
}

static void set_text(json_t *object, const char *key, const char *text)
{
	if (text && *text)
		json_object_set_new(object, key, json_string(text));
}

static void set_day(json_t *object, const char *key, int32_t day)
{
	char room[DAY_ROOM];
	set_text(object, key, day_text(day, room));
}

/* ---- people --------------------------------------------------------------------------- */

static json_t *person_json(const struct set_person *p, const char *email)
{
	char *name = xasprintf("%s%s%s", p->given, *p->given && *p->family ? " " : "", p->family);
	json_t *person = json_pack("{s:s, s:s, s:s}", "id", p->id, "name", name, "email", email);
	free(name);
	return person;
}

static json_t *learner_json(const struct set_person *p)
{
	json_t *learner = person_json(p, p->email);
	set_text(learner, "employee_id", p->identifier);
	set_text(learner, "username", *p->account ? p->account : p->username);
	return learner;
}

/* Days say nothing that the class's own term does not say, but for late joiners and leavers. */
static json_t *enrolled_json(const struct enrolment *e, const struct school_year *term)
{
	char key[KEY_ROOM];
	json_t *learner = learner_json(e->person);
	if (e->from_day != NO_DAY && (term->starts == NO_DAY || e->from_day > term->starts))
		set_day(learner, "from", e->from_day);
	if (e->until_day != NO_DAY && (term->ends == NO_DAY || e->until_day < term->ends))
		set_day(learner, "until", e->until_day);
	(void)snprintf(key, sizeof key, "%016" PRIx64, e->key);
	if (e->key)
		json_object_set_new(learner, "enrolment", json_string(key));
	if (e->twice)
		json_object_set_new(learner, "twice", json_true());
	return learner;
}

/* A teacher's address: the roster's, or the username, to which the school's domain belongs. */
static char *address_of(const struct set_person *p, const char *staff_domain)
{
	const char *username = *p->account ? p->account : p->username;
	if (*p->email || !*username)
		return xstrdup(p->email);
	if (strchr(username, '@'))
		return xstrdup(username);
	return *staff_domain ? xasprintf("%s@%s", username, staff_domain) : xstrdup("");
}

static json_t *teacher_json(const struct enrolment *e, const char *staff_domain)
{
	char key[KEY_ROOM];
	char *email = address_of(e->person, staff_domain);
	json_t *teacher = person_json(e->person, email);
	free(email);
	if (e->primary)
		json_object_set_new(teacher, "primary", json_true());
	(void)snprintf(key, sizeof key, "%016" PRIx64, e->key);
	if (e->key)
		json_object_set_new(teacher, "enrolment", json_string(key));
	if (e->twice)
		json_object_set_new(teacher, "twice", json_true());
	return teacher;
}

/* The better owner is the primary teacher, and one with an address. */
static int worth(const json_t *teacher)
{
	return (*json_text(teacher, "email") ? 2 : 0) + json_bool(teacher, "primary", false);
}

/* A teaching group has one owner (requirements 8.5), the first of the best; the list has that one
 * first. */
static void choose_owner(json_t *teachers)
{
	size_t best = 0, i;
	json_t *teacher;
	json_array_foreach (teachers, i, teacher)
		if (worth(teacher) > worth(json_array_get(teachers, best)))
			best = i;
	json_array_foreach (teachers, i, teacher)
		if (i != best)
			json_object_set_new(teacher, "owner", json_false());
	teacher = json_incref(json_array_get(teachers, best));
	json_array_remove(teachers, best);
	json_array_insert_new(teachers, 0, teacher);
}

/* ---- classes ------------------------------------------------------------------------------ */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In order, and each once, as digests need it. */
static json_t *missing_json(const struct set_missing *m, const struct set_missing *astray)
{
	size_t count = m->count + astray->count;
	const char **all = xcalloc(count, sizeof *all);
	json_t *ids = json_array();
	if (m->count > 0)
		memcpy((void *)all, (const void *)m->learners, m->count * sizeof *all);
	if (astray->count > 0)
		memcpy((void *)(all + m->count), (const void *)astray->learners,
		    astray->count * sizeof *all);
	qsort((void *)all, count, sizeof *all, by_text);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || strcmp(all[i - 1], all[i]) != 0)
			json_array_append_new(ids, json_string(all[i]));
	free((void *)all);
	return ids;
}

static void put_missing(json_t *class, const struct group_style *style)
{
	const struct set_missing *m = style->missing, *astray = style->astray;
	if (m->count + astray->count > 0)
		json_object_set_new(class, "missing", missing_json(m, astray));
	if (m->anybody || astray->anybody)
		json_object_set_new(class, "incomplete", json_true());
}

static json_t *class_json(
    const struct group *g, const char *name, const char *group, const struct group_style *style)
{
	json_t *class =
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id", g->id, "name", name, "group", group,
		"year", style->year, "kind", group_kind_name(g->kind), "source", "roster");
	set_day(class, "starts", style->days.starts);
	set_day(class, "ends", style->days.ends);
	put_missing(class, style);
	return class;
}

static json_t *record_json(const struct set_class *c)
{
	json_t *terms = json_array();
	for (size_t i = 0; i < c->term_count; i++)
		json_array_append_new(terms, json_string(c->terms[i]->id));
	return json_pack("{s:s, s:s, s:s, s:o}", "id", c->id, "course",
	    c->course ? c->course->id : "", "school", c->school ? c->school->id : "", "terms",
	    terms);
}

/* Whoever is switched off is in no list that others read; a delta may switch them on again. */
static void put_off(json_t *class, const char *name, json_t *people)
{
	if (json_array_size(people) > 0)
		json_object_set(json_map(class, "roster"), name, people);
	json_decref(people);
}

static void add_people(struct group *g, json_t *class, const struct set_class *c,
    const struct group_style *style, uint64_t *disabled)
{
	json_t *teachers = json_array(), *learners = json_array();
	json_t *off_teachers = json_array(), *off_learners = json_array();
	struct school_year term = class_term(c);
	for (size_t i = 0; i < c->count; i++) {
		const struct enrolment *e = &c->people[i];
		bool on = e->person->enabled;
		if (e->as == ENROLLED_STAFF)
			continue;
		*disabled += !on;
		if (e->as == ENROLLED_TEACHER)
			json_array_append_new(
			    on ? teachers : off_teachers, teacher_json(e, style->staff_domain));
		else
			json_array_append_new(
			    on ? learners : off_learners, enrolled_json(e, &term));
	}
	put_off(class, "off_teachers", off_teachers);
	put_off(class, "off_learners", off_learners);
	g->teachers = json_array_size(teachers);
	g->learners = json_array_size(learners);
	if (g->kind == GROUP_TEACHING && !style->source->all_owners && g->teachers > 0)
		choose_owner(teachers);
	json_object_set_new(class, "teachers", teachers);
	json_object_set_new(class, "learners", learners);
}

json_t *group_class(
    struct group *g, const struct set_class *c, const struct group_style *style, uint64_t *disabled)
{
	const char *name = *c->title ? c->title : *c->code ? c->code : c->id;
	g->kind = c->homeroom ? GROUP_REGISTRATION : GROUP_TEACHING;
	group_id(c->id, g->id);
	json_t *class = class_json(g, name, name, style);
	set_text(class, "course", c->course ? c->course->title : NULL);
	set_text(class, "code", c->code);
	set_text(class, "grade", c->grades);
	json_object_set_new(class, "roster", record_json(c));
	add_people(g, class, c, style, disabled);
	return class;
}

json_t *year_class(struct group *g, const char *grade, const struct set_person *const *people,
    size_t count, const struct group_style *style)
{
	char *id = xasprintf("year-%s-%s", grade, style->year), *name = xasprintf("Year %s", grade);
	json_t *class = NULL, *learners = json_array();
	*g = (struct group){.kind = GROUP_YEAR, .text = "", .learners = count};
	group_id(id, g->id);
	for (size_t i = 0; i < count && count <= GROUP_LEARNERS_MAX; i++)
		json_array_append_new(learners, learner_json(people[i]));
	if (count <= GROUP_LEARNERS_MAX) {
		class = class_json(g, name, grade, style);
		json_object_set_new(class, "grade", json_string(grade));
		json_object_set_new(class, "teachers", json_array());
		json_object_set(class, "learners", learners);
	}
	json_decref(learners);
	free(id);
	free(name);
	return class;
}
