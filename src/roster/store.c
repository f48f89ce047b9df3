/*
 * store - see store.h. The arena's blocks are large, so that a record costs its own size and
 * clearing a set of a million people is a matter of some hundred calls.
 */
#include "store.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

enum { BLOCK_BYTES = 256 * 1024 };

struct arena_block {
	struct arena_block *before; /* owned */
	size_t used, room;
	alignas(max_align_t) char bytes[];
};

static void *take(struct set_store *s, size_t size, size_t align)
{
	struct arena_block *b = s->block;
	size_t at = b ? (b->used + align - 1) / align * align : 0;
	if (!b || b->room < size || at > b->room - size) {
		size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;
		b = xmalloc(sizeof *b + room);
		*b = (struct arena_block){.before = s->block, .room = room};
		s->block = b;
		at = 0;
	}
	b->used = at + size;
	return b->bytes + at;
}

void *store_take(struct set_store *s, size_t size_bytes)
{
	return memset(take(s, size_bytes, alignof(max_align_t)), 0, size_bytes);
}

const char *store_text(struct set_store *s, const char *text)
{
	if (!*text)
		return "";
	size_t size = strlen(text) + 1;
	return memcpy(take(s, size, 1), text, size);
}

/* Lists double, so the room is full whenever the count is a power of two. */
void *store_grow(struct set_store *s, void *list, size_t count)
{
	if (count & (count - 1))
		return list;
	void *larger = store_take(s, (count ? 2 * count : 1) * sizeof(void *));
	return count ? memcpy(larger, list, count * sizeof(void *)) : larger;
}

void store_miss(struct set_store *s, struct set_missing *m, const char *id)
{
	enum { MISSING_MAX = 1000 };
	m->anybody |= m->count == MISSING_MAX;
	if (m->count == MISSING_MAX)
		return;
	m->learners = store_grow(s, (void *)m->learners, m->count);
	m->learners[m->count++] = id;
}

struct kept_org *store_org(struct set_store *s, const char *id)
{
	struct kept_org *o = map_get(&s->orgs, id);
	if (o)
		return o;
	o = store_take(s, sizeof *o);
	o->set =
	    (struct set_org){.id = store_text(s, id), .name = "", .identifier = "", .type = ""};
	map_set(&s->orgs, id, o);
	return o;
}

struct kept_session *store_session(struct set_store *s, const char *id)
{
	struct kept_session *o = map_get(&s->sessions, id);
	if (o)
		return o;
	o = store_take(s, sizeof *o);
	o->set = (struct set_session){.id = store_text(s, id), .title = "", .type = ""};
	map_set(&s->sessions, id, o);
	return o;
}

struct kept_course *store_course(struct set_store *s, const char *id)
{
	struct kept_course *c = map_get(&s->courses, id);
	if (c)
		return c;
	c = store_take(s, sizeof *c);
	c->set =
	    (struct set_course){.id = store_text(s, id), .title = "", .code = "", .grades = ""};
	map_set(&s->courses, id, c);
	return c;
}

struct kept_class *store_class(struct set_store *s, const char *id)
{
	struct kept_class *c = map_get(&s->classes, id);
	if (c)
		return c;
	c = store_take(s, sizeof *c);
	c->set = (struct set_class){
	    .id = store_text(s, id), .title = "", .code = "", .grades = "", .location = ""};
	map_set(&s->classes, id, c);
	return c;
}

struct kept_person *store_person(struct set_store *s, const char *id)
{
	struct kept_person *p = map_get(&s->people, id);
	if (p)
		return p;
	p = store_take(s, sizeof *p);
	p->set = (struct set_person){.id = store_text(s, id),
	    .given = "",
	    .family = "",
	    .email = "",
	    .username = "",
	    .account = "",
	    .identifier = "",
	    .grades = "",
	    .enabled = true};
	map_set(&s->people, id, p);
	return p;
}

/* ---- the people of a class ---- */

/* by_person only brings together what is one person's; where in memory says nothing else. */
static int by_person(const void *a, const void *b)
{
	const struct enrolment *x = a, *y = b;
	if (x->person != y->person)
		return (uintptr_t)x->person < (uintptr_t)y->person ? -1 : 1;
	return x->as != y->as ? x->as - y->as : (x->row > y->row) - (x->row < y->row);
}

static int by_part(const void *a, const void *b)
{
	const struct enrolment *x = a, *y = b;
	return x->as != y->as ? x->as - y->as : strcmp(x->person->id, y->person->id);
}

/* merge takes the twin's days and mark into an enrolment in the same part. */
static void merge(struct enrolment *e, const struct enrolment *twin)
{
	if (twin->as != e->as)
		return;
	e->primary |= twin->primary;
	e->twice |= twin->twice || (e->key && twin->key && e->key != twin->key);
	if (twin->from_day < e->from_day) /* NO_DAY is the least */
		e->from_day = twin->from_day;
	if (twin->until_day == NO_DAY || (e->until_day != NO_DAY && twin->until_day > e->until_day))
		e->until_day = twin->until_day;
}

void class_tidy(struct set_class *c)
{
	size_t count = 0;
	if (c->count == 0)
		return;
	qsort(c->people, c->count, sizeof *c->people, by_person);
	for (size_t i = 1; i < c->count; i++)
		if (c->people[i].person == c->people[count].person)
			merge(&c->people[count], &c->people[i]);
		else
			c->people[++count] = c->people[i];
	c->count = count + 1;
	qsort(c->people, c->count, sizeof *c->people, by_part);
}

/* Before a full list grows it is tidied: however often a file repeats itself, a class takes
 * no more memory than its people do. */
void roster_set_enrol(struct set_class *c, const struct enrolment *e)
{
	enum { ROOM_FIRST = 32 };
	if (c->count == c->room) {
		class_tidy(c);
		if (c->count > c->room / 2 || c->room == 0) {
			c->room = c->room ? 2 * c->room : ROOM_FIRST;
			c->people = xrealloc(c->people, c->room * sizeof *c->people);
		}
	}
	c->people[c->count++] = *e;
}

/* ---- the set ---- */

/* A list is of pointers to records, and every record begins with its id. */
static int by_id(const void *a, const void *b)
{
	const char *const *const *x = a, *const *const *y = b;
	return strcmp(**x, **y);
}

static void sort(void *list, size_t count)
{
	if (count > 0)
		qsort(list, count, sizeof(void *), by_id);
}

#define LIST(map_of, list, number, kept, wanted)                                  \
	do {                                                                      \
		const char *id_;                                                  \
		void *value_;                                                     \
		free(list);                                                       \
		(list) = xcalloc((map_of).count, sizeof(void *));                 \
		(number) = 0;                                                     \
		for (size_t at_ = 0; map_next(&(map_of), &at_, &id_, &value_);) { \
			struct kept *k = value_;                                  \
			if (k->mark.known && !k->mark.gone && (wanted))           \
				(list)[(number)++] = &k->set;                     \
		}                                                                 \
		sort((list), (number));                                           \
	} while (0)

void store_list(struct roster_set *s)
{
	struct set_store *t = s->store;
	LIST(t->orgs, s->orgs, s->org_count, kept_org, true);
	LIST(t->sessions, s->sessions, s->session_count, kept_session, true);
	LIST(t->courses, s->courses, s->course_count, kept_course, true);
	LIST(t->classes, s->classes, s->class_count, kept_class, true);
}

void store_list_people(struct roster_set *s)
{
	struct set_store *t = s->store;
	LIST(t->people, s->people, s->person_count, kept_person,
	    k->set.enrolled || k->set.role == PERSON_LEARNER);
}

void store_sweep(struct map *records, size_t mark_offset, uint32_t pass)
{
	const char *id;
	void *value;
	for (size_t at = 0; map_next(records, &at, &id, &value);) {
		struct mark *m = (void *)((char *)value + mark_offset);
		m->gone |= m->known && m->seen != pass;
	}
}

void roster_set_init(struct roster_set *s)
{
	*s = (struct roster_set){.store = xcalloc(1, sizeof(struct set_store))};
}

static void free_people(struct set_store *t)
{
	const char *id;
	void *value;
	for (size_t at = 0; map_next(&t->classes, &at, &id, &value);)
		free(((struct kept_class *)value)->set.people);
}

void roster_set_clear(struct roster_set *s)
{
	struct set_store *t = s->store;
	free_people(t);
	map_clear(&t->orgs);
	map_clear(&t->sessions);
	map_clear(&t->courses);
	map_clear(&t->classes);
	map_clear(&t->people);
	map_clear(&t->codes);
	for (struct arena_block *b = t->block, *before; b; b = before) {
		before = b->before;
		free(b);
	}
	free(t);
	free(s->orgs);
	free(s->sessions);
	free(s->courses);
	free(s->classes);
	free(s->people);
	free(s->system);
	*s = (struct roster_set){0};
}

struct set_org *roster_set_org(const struct roster_set *s, const char *id)
{
	struct kept_org *o = map_get(&s->store->orgs, id);
	return o && o->mark.known && !o->mark.gone ? &o->set : NULL;
}

struct set_class *roster_set_class(const struct roster_set *s, const char *id)
{
	struct kept_class *c = map_get(&s->store->classes, id);
	return c && c->mark.known && !c->mark.gone ? &c->set : NULL;
}

struct set_person *roster_set_person(const struct roster_set *s, const char *id)
{
	struct kept_person *p = map_get(&s->store->people, id);
	return p && p->mark.known && !p->mark.gone ? &p->set : NULL;
}

/* ---- what was sent before ---- */

struct set_org *roster_set_add_org(struct roster_set *s, const char *id)
{
	struct kept_org *o = store_org(s->store, id);
	o->mark.known = true;
	return &o->set;
}

struct set_session *roster_set_add_session(struct roster_set *s, const char *id)
{
	struct kept_session *o = store_session(s->store, id);
	o->mark.known = true;
	return &o->set;
}

struct set_course *roster_set_add_course(struct roster_set *s, const char *id)
{
	struct kept_course *c = store_course(s->store, id);
	c->mark.known = true;
	return &c->set;
}

struct set_class *roster_set_add_class(struct roster_set *s, const char *id)
{
	struct kept_class *c = store_class(s->store, id);
	c->mark.known = true;
	return &c->set;
}

struct set_person *roster_set_add_person(struct roster_set *s, const char *id)
{
	struct kept_person *p = store_person(s->store, id);
	p->mark.known = true;
	return &p->set;
}

const char *roster_set_text(struct roster_set *s, const char *text)
{
	return store_text(s->store, text);
}
