/*
 * owners - who owns a new class.
 *
 * A teaching group has one owner from the register: the teacher who is marked primary, else
 * the first by id; all of them where the register is SEEMiS's. A register that was imported
 * has said so already, teacher by teacher ("owner").
 */
#include "owners.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "roster_int.h"

enum { TEXT_DEPTH = 8, NOBODY = -1 };

static const char *email_of(const json_t *person)
{
	return json_text_or(person, "email", "");
}

static bool has_id(const json_t *person, const char *id)
{
	return *id && strcmp(json_text_or(person, "id", ""), id) == 0;
}

static void add_address(struct owners *o, const char *email)
{
	char *key = fold(email);
	bool wanted = *key != '\0';
	for (size_t i = 0; wanted && i < o->count; i++) {
		char *other = fold(o->at[i]);
		wanted = strcmp(key, other) != 0;
		free(other);
	}
	free(key);
	if (!wanted)
		return;
	o->at = xrealloc(o->at, (o->count + 1) * sizeof *o->at);
	o->at[o->count++] = xstrdup(email);
}

static void add(struct owners *o, const json_t *person)
{
	add_address(o, email_of(person));
}

static void look_for_asker(struct owners *o, const struct owners_from *f, const json_t *people)
{
	size_t i;
	json_t *person;
	json_array_foreach (people, i, person) {
		bool asked = has_id(person, f->asked_by);
		o->knows_asker |= asked;
		if (asked && o->count == 0)
			add(o, person);
	}
}

static void add_asker(struct owners *o, const struct owners_from *f)
{
	look_for_asker(o, f, f->teachers);
	look_for_asker(o, f, f->extra);
	if (o->count == 0)
		add_address(o, f->asker_address);
	o->has_asker = o->count > 0;
}

static bool are_marked(const json_t *teachers)
{
	size_t i;
	json_t *t;
	json_array_foreach (teachers, i, t)
		if (json_object_get(t, "owner"))
			return true;
	return false;
}

static bool comes_before(const json_t *a, const json_t *b)
{
	bool a_leads = json_bool(a, "primary", false), b_leads = json_bool(b, "primary", false);
	if (a_leads != b_leads)
		return a_leads;
	return strcmp(json_text_or(a, "id", ""), json_text_or(b, "id", "")) < 0;
}

/* The one teacher that a teaching group has for owner: their place in the list. */
static int leading_teacher(const json_t *teachers)
{
	int chosen = NOBODY;
	size_t i;
	json_t *t;
	json_array_foreach (teachers, i, t) {
		if (!*email_of(t))
			continue;
		if (chosen == NOBODY || comes_before(t, json_array_get(teachers, (size_t)chosen)))
			chosen = (int)i;
	}
	return chosen;
}

static void add_teachers(struct owners *o, const struct owners_from *f)
{
	bool teaching = strcmp(f->kind, "teaching") == 0;
	if (f->group_sync && !teaching)
		return;
	bool all =
	    !f->group_sync || are_marked(f->teachers) || strcasecmp(f->source, "seemis") == 0;
	int leading = all ? NOBODY : leading_teacher(f->teachers);
	size_t i;
	json_t *t;
	json_array_foreach (f->teachers, i, t)
		if ((all && json_bool(t, "owner", true)) || (int)i == leading)
			add(o, t);
}

void owners_choose(struct owners *o, const struct owners_from *f)
{
	size_t i;
	json_t *person;
	*o = (struct owners){.count = 0};
	add_asker(o, f);
	add_teachers(o, f);
	json_array_foreach (f->extra, i, person)
		add(o, person);
	json_array_foreach (f->teachers, i, person)
		if (o->count == 0)
			add(o, person);
}

void owners_clear(struct owners *o)
{
	for (size_t i = 0; i < o->count; i++)
		free(o->at[i]);
	free(o->at);
	*o = (struct owners){.count = 0};
}

json_t *owners_of_text(const char *text)
{
	json_t *list = text && *text ? json_read(text, strlen(text), TEXT_DEPTH, NULL) : NULL;
	if (json_is_array(list))
		return list;
	json_decref(list);
	return NULL;
}
