/*
 * store - what a set is kept in: texts and records in one arena, and each record by its id.
 *
 * A record may be named before it was read: people are met in the enrolments, parents before
 * their own row. Until then it is not known. What a delta takes away stays in the arena,
 * marked gone.
 */
#ifndef STORE_H
#define STORE_H

#include "map.h"
#include "roster_set.h"

struct mark {
	bool known;		/* it has a row of its own */
	bool gone;
	uint32_t seen;		/* the pass that last had it */
	uint64_t row;		/* and where there; or where it was first named */
};

struct kept_org {
	struct set_org set;
	struct mark mark;
	const char *parent;	/* its id, until all rows were read; or NULL */
};

struct kept_session {
	struct set_session set;
	struct mark mark;
	const char *parent;
};

struct kept_course {
	struct set_course set;
	struct mark mark;
};

struct kept_class {
	struct set_class set;
	struct mark mark;
};

struct kept_person {
	struct set_person set;
	struct mark mark;
	bool missing;		/* named by an enrolment, and told of as missing */
};

struct set_store {
	struct map orgs, sessions, courses, classes, people;	/* id -> struct kept_... */
	struct map codes;	/* Insights: id -> text */
	bool nameless;		/* a person's row was dropped, and nobody knows whose it was */
	uint32_t passes;	/* how often records of one kind were read into it */
	struct arena_block *block;	/* the newest; owned, with those before it */
};

/* store_take gives zeroed memory that lives as long as the store, store_text a copy of text. */
void *store_take(struct set_store *s, size_t size_bytes);
const char *store_text(struct set_store *s, const char *text);

/* store_grow gives a list of pointers with room for one more behind count of them. */
void *store_grow(struct set_store *s, void *list, size_t count);

/* store_miss notes a learner as missing; of very many nobody knows who it is. */
void store_miss(struct set_store *s, struct set_missing *m, const char *id);

/* These give the record of an id, made where there is none, and not known then. */
struct kept_org *store_org(struct set_store *s, const char *id);
struct kept_session *store_session(struct set_store *s, const char *id);
struct kept_course *store_course(struct set_store *s, const char *id);
struct kept_class *store_class(struct set_store *s, const char *id);
struct kept_person *store_person(struct set_store *s, const char *id);

/* class_tidy puts the people of a class in order and leaves everybody in once: whoever
 * teaches is no learner, and who is enrolled twice is there from the first day to the last. */
void class_tidy(struct set_class *c);

/* These fill the set's lists with what is known and not gone, each by id. */
void store_list(struct roster_set *s);
void store_list_people(struct roster_set *s);

/* store_sweep marks what was not seen in the pass as gone: classes, people and so on. */
void store_sweep(struct map *records, size_t mark_offset, uint32_t pass);

#endif
