/*
 * roster_set - a roster as its files say it, whatever their format: schools, sessions,
 * courses, classes and the people in them.
 *
 * Read are OneRoster 1.0, 1.1 and 1.2 (bulk and delta), School Data Sync v1 (US and UK
 * headings), v2 and v2.1, and Microsoft's Insights roster, from a folder or a zip. What is
 * wrong is told in struct faults; if anything of a set cannot be read, nothing of it may be
 * used. Files are read as streams: memory is bounded by the classes and the people in them.
 * Birth dates, sex, race and passwords are never loaded.
 *
 *	struct roster_set set;
 *	struct faults faults;
 *	roster_set_init(&set);
 *	faults_init(&faults);
 *	if (roster_set_read(&set, path, NULL, &faults) < 0)
 *		... faults say why ...
 *
 * A delta says only what changed, so it is read into a set that already holds what was sent
 * before: one that was just read, or one made with the roster_set_add functions.
 */
#ifndef ROSTER_SET_H
#define ROSTER_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "faults.h"

/* Days are counted from 1970-01-01, on which nothing of a roster begins. */
enum { NO_DAY = 0, DAY_ROOM = 11 };

enum roster_format {
	FORMAT_NONE,
	FORMAT_ONEROSTER_10, FORMAT_ONEROSTER_11, FORMAT_ONEROSTER_12,
	FORMAT_SDS_1, FORMAT_SDS_1_UK, FORMAT_SDS_2, FORMAT_SDS_21,
	FORMAT_INSIGHTS,
};
const char *roster_format_name(enum roster_format f);	/* "OneRoster 1.1", "SDS v1 (UK)" */

/* All texts are owned by the set, trimmed, and "" where the files say nothing. Pointers from
 * record to record are NULL where nothing is named. */
struct set_org {
	const char *id, *name, *identifier;
	const char *type;	/* school, district, ...; in lower case */
	struct set_org *parent;
	bool parent_unread;	/* it has one that is not there */
};

struct set_session {
	const char *id, *title;
	const char *type;	/* schoolYear, semester, term, gradingPeriod */
	int32_t starts_day, ends_day;
	struct set_session *parent;
};

struct set_course {
	const char *id, *title, *code, *grades;
	struct set_session *year;
	struct set_org *org;
};

/* What somebody is in a class. Staff is anybody else who works there: an aide, a proctor.
 * Guardians and the like are left out. */
enum enrolled_as { ENROLLED_TEACHER, ENROLLED_STAFF, ENROLLED_LEARNER };

struct enrolment {
	struct set_person *person;
	uint64_t key;		/* made of its id, the same in every run; 0: it has none */
	uint32_t row;		/* where it stands in its file; 0: nowhere */
	int32_t from_day, until_day;	/* member from, no more on; NO_DAY: as the class */
	unsigned char as;	/* enum enrolled_as */
	bool primary;
	bool twice;		/* by another enrolment as well, whose key is not kept */
};

/* Who is missing because a row was dropped, or is not there: they have not left. */
struct set_missing {
	const char **learners;	/* ids: they have a place in a class, and no record */
	size_t count;
	bool anybody;		/* nobody knows who it is */
};

/* Classes that may be missing, or in the wrong year, because a row was dropped. */
struct set_unread {
	const char **classes;	/* ids */
	size_t count;
	bool any_class;		/* nobody knows which one it is */
	bool sessions;		/* nobody knows which year a class is of that seems to be of
				 * another than the one that runs */
};

struct set_class {
	const char *id, *title, *code, *grades, *location;
	bool homeroom;		/* else a scheduled class */
	bool term_unread;	/* it has terms that are not among its terms */
	struct set_course *course;
	struct set_org *school;
	struct set_session **terms;	/* in the file's order */
	size_t term_count;
	struct enrolment *people;	/* teachers, staff, learners, each by id; in a set that
					 * was read everybody once, and a teacher is no learner */
	size_t count, room;
	struct set_missing missing;
};

enum person_role { PERSON_OTHER, PERSON_LEARNER, PERSON_TEACHER, PERSON_STAFF };

/* Kept are people who are in a class, and learners in none: year groups are made of grades. */
struct set_person {
	const char *id, *given, *family;	/* the preferred names where there are any */
	const char *email;	/* an address, or "" */
	const char *username;	/* a UPN, or only its local part */
	const char *account;	/* its UPN at Microsoft, where the roster says so */
	const char *identifier;	/* may equal employeeId */
	const char *grades;	/* as given, separated by commas: "08" */
	struct set_org **schools;	/* the primary one first */
	size_t school_count;
	unsigned char role;	/* enum person_role */
	bool enabled;		/* false: not to be added */
	bool enrolled;		/* in a class */
	bool here;		/* in a year group before a delta, so of the school asked for */
	bool school_unread;	/* of a school that is not among its schools */
};

/* What the files said, kept or not. */
struct set_counts {
	uint64_t orgs, sessions, courses, classes, users, learners, enrolments;
	uint64_t rows, bytes;	/* of all files that were read */
};

struct roster_set {
	enum roster_format format;
	bool delta;		/* at least one of its files was */
	struct set_missing missing;	/* of all year groups */
	struct set_missing astray;	/* in classes, and nobody knows in which */
	struct set_unread unread;
	char *system;		/* owned; who made it, by the manifest, or NULL */
	struct set_counts counts;
	struct set_org **orgs;	/* owned, like the lists below; each by id */
	struct set_session **sessions;
	struct set_course **courses;
	struct set_class **classes;
	struct set_person **people;
	size_t org_count, session_count, course_count, class_count, person_count;
	struct set_store *store;	/* owned: texts, records, and where they are by id */
};

/* How much is read at most; 0: the usual, which is in brackets. */
struct roster_limits {
	uint64_t bytes;		/* of all files, unpacked (2 GiB) */
	uint64_t classes;	/* (200,000) */
	uint64_t people;	/* (4,000,000) */
	uint64_t enrolments;	/* (40,000,000) */
};

void roster_set_init(struct roster_set *s);
void roster_set_clear(struct roster_set *s);

/* roster_set_look tells the format, and whether it is a delta, without reading records. */
int roster_set_look(const char *path, enum roster_format *format, bool *delta,
    struct faults *f) MUST_CHECK;

/* roster_set_read reads a folder or a zip. 0: the set may be used. Otherwise ERR_INPUT (it is
 * wrong), ERR_LIMIT (it is too much) or ERR_SYSTEM, *f says why, and *s is of no use. */
int roster_set_read(struct roster_set *s, const char *path,
    const struct roster_limits *limits, struct faults *f) MUST_CHECK;

/*
 * Records of OneRoster's REST, one by one, in this order: orgs, academicSessions, courses,
 * classes, enrollments, users. collection is one of these words; source and at (from 1) say
 * in faults where the record was. A record that is wrong is a fault and not a failure; end
 * gives what roster_set_read would, and frees the reading.
 */
struct roster_reading;
struct roster_reading *roster_reading_new(struct roster_set *s, enum roster_format format,
    const struct roster_limits *limits, struct faults *f);
int roster_reading_record(struct roster_reading *r, const char *collection,
    const json_t *record, const char *source, uint64_t at) MUST_CHECK;
int roster_reading_end(struct roster_reading *r) MUST_CHECK;
void roster_reading_free(struct roster_reading *r);

/* These give the record of an id, or NULL. */
struct set_org *roster_set_org(const struct roster_set *s, const char *id);
struct set_class *roster_set_class(const struct roster_set *s, const char *id);
struct set_person *roster_set_person(const struct roster_set *s, const char *id);

/* These make it, empty, where there is none yet; for what was sent before. A text that is put
 * into a record is first kept with roster_set_text, which copies it. */
struct set_org *roster_set_add_org(struct roster_set *s, const char *id);
struct set_session *roster_set_add_session(struct roster_set *s, const char *id);
struct set_course *roster_set_add_course(struct roster_set *s, const char *id);
struct set_class *roster_set_add_class(struct roster_set *s, const char *id);
struct set_person *roster_set_add_person(struct roster_set *s, const char *id);
void roster_set_enrol(struct set_class *c, const struct enrolment *e);
const char *roster_set_text(struct roster_set *s, const char *text);

/* day_of reads YYYY-MM-DD, a date-time that begins so, or the US M/D/YYYY; false if it is
 * none. day_text writes YYYY-MM-DD into room, "" for NO_DAY, and gives room. */
bool day_of(const char *text, int32_t *day);
const char *day_text(int32_t day, char room[DAY_ROOM]);

#endif
