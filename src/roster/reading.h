/*
 * reading - what the parts of a reading share: the set, the row at hand, and what is told of
 * it.
 *
 *	roster_set.c	which files, in which order
 *	manifest.c	what the set says of itself; format.c: what it looks like
 *	headings.c	which column holds which field
 *	values.c	values of a row
 *	take.c, take_people.c, take_enrolment.c		rows become records
 *	lose.c		rows that have to be dropped take nobody out of anything
 *	settle.c	what can only be seen when all of it was read
 *	rest_record.c	a record of the REST interface becomes a row
 */
#ifndef READING_H
#define READING_H

#include "csv_rows.h"
#include "layout.h"
#include "pack.h"
#include "store.h"

enum { ID_MAX_BYTES = 255, VALUE_MAX_BYTES = 1000, LIST_MAX = 1000 };

/* A row: its values by field, NULL where there is no such column; and where it stands. */
struct row {
	const char *at[FIELDS];
	const char *column[FIELDS];	/* as the heading has it */
	const char *file;		/* kept by the set */
	uint64_t number;
};

struct roster_reading {
	struct roster_set *set;
	struct set_store *store;
	struct faults *faults;
	struct roster_limits limits;
	const struct shape *shape;	/* of the file at hand */
	struct row row;
	bool delta;			/* the file at hand */
	bool over;			/* a limit was passed */
	uint32_t pass;			/* files of one kind of record are one: mark.seen */
	enum field needed[FIELDS + 1], expected[FIELDS + 1];	/* up to F_NONE */
	const char *file_of[RECORD_ADDRESS + 1];	/* the files, when all were read */
	const char *enrolled_in[ENROLLED_LEARNER + 1];	/* and of enrolments by part */
	const char *named[FIELDS];	/* what the column of a field was last called */
	bool nameless;			/* a row of this pass was dropped, nobody knows whose */
	struct set_missing roleless;	/* learners whose role was dropped: the people's own
					 * file, which is read later, begins set->missing anew */
	uint64_t enrolments;		/* taken */
	struct kept_class *last_class;	/* often rows of one class, person */
	struct kept_person *last_person;	/* or school follow each other */
	const struct set_org *last_org;
	struct known_key *keys;		/* owned; of a delta's base, by key */
	size_t key_count;
};

/* reading_fault tells of a field of the row at hand. */
void reading_fault(struct roster_reading *r, enum fault_level level, const char *word,
    enum field field, const char *remedy, const char *fmt, ...) PRINTF_LIKE(6, 7);

/* reading_begin_file makes ready for rows of a shape. */
void reading_begin_file(struct roster_reading *r, const struct shape *shape, const char *file,
    bool delta);

/* reading_columns places the columns of a file that was opened; ERR_INPUT and told when one
 * that is needed is missing. */
int reading_columns(struct roster_reading *r, struct csv_rows *c) MUST_CHECK;
void reading_wants(struct roster_reading *r);	/* fills needed and expected */

/* reading_take makes a record of the row at hand, or tells why not. */
void reading_take(struct roster_reading *r);

/* reading_lose leaves as it was what the row at hand, which has to be dropped, may have been
 * about, and tells of it. Of a row that is used all the same reading_lose_role does so for a
 * role that is not, and reading_lose_year for what a session says of its year. */
void reading_lose(struct roster_reading *r);
void reading_lose_role(struct roster_reading *r, enum field person);
void reading_lose_year(struct roster_reading *r);
void take_enrolment(struct roster_reading *r);
void take_role(struct roster_reading *r);
void take_person(struct roster_reading *r);
void take_address(struct roster_reading *r);

/* What a row says of its record's life. */
enum life { LIFE_USED, LIFE_GONE, LIFE_UNKNOWN };
enum life take_life(struct roster_reading *r);

/* take_claim is true when this is the first row of a record and says that it is used. */
bool take_claim(struct roster_reading *r, struct mark *m, enum life life);

/* Values of the row at hand: kept text ("" if there is none, or it is too long), a day, a
 * yes or no, and what a code stands for. */
bool take_has(const struct roster_reading *r, enum field f);
const char *take_text(struct roster_reading *r, enum field f);
int32_t take_day(struct roster_reading *r, enum field f);
bool take_yes(struct roster_reading *r, enum field f, bool otherwise);
const char *take_code(const struct roster_reading *r, enum field f);

/* take_days reads F_FROM and F_UNTIL, neither if they contradict each other. */
void take_days(struct roster_reading *r, int32_t *from, int32_t *until);

/* take_missing tells of a reference that leads nowhere. */
void take_missing(struct roster_reading *r, enum fault_level level, enum field f,
    const char *what);

/* take_each calls back for each part of a list, separated by commas; part is good only then. */
void take_each(const char *list, void (*each)(struct roster_reading *r, const char *part),
    struct roster_reading *r);

/* The words for what people are. PERSON_OTHER: they are nothing to a class. */
bool role_of(const char *word, enum person_role *role);

/* A delta speaks of enrolments by their ids. */
void delta_begin(struct roster_reading *r);
void delta_end(struct roster_reading *r);
uint64_t enrolment_key(const char *id);

/* reading_settle ends a reading: references that could not be followed before, people of
 * classes in order, lists. */
void reading_settle(struct roster_reading *r);

/* What the set says of itself. */
struct manifest {
	bool there;
	enum roster_format format;
	bool delta;		/* at least one file is */
	char *system;		/* owned, or NULL */
	struct map modes;	/* file name without .csv -> one of the texts below */
};
extern const char mode_bulk[], mode_delta[], mode_absent[];
int manifest_read(struct manifest *m, const struct pack *p, struct faults *f) MUST_CHECK;
void manifest_clear(struct manifest *m);

/* format_of tells what the files of a set without a manifest look like. */
int format_of(const struct pack *p, enum roster_format *format, struct faults *f) MUST_CHECK;

#endif
