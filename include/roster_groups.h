/*
 * roster_groups - which groups of a roster become classes, and what the register then says of
 * each. Pure: no network, no Redis, and the day is given.
 *
 * A home-room becomes a registration group and a scheduled class a teaching group; year groups
 * have no record and are made of the learners' grades. Only what belongs to the school year that
 * runs is taken, so that next year's timetable, loaded early, swaps nobody's class.
 */
#ifndef ROSTER_GROUPS_H
#define ROSTER_GROUPS_H

#include "json.h"
#include "roster_set.h"

enum group_kind { GROUP_REGISTRATION, GROUP_TEACHING, GROUP_YEAR };
enum { GROUP_KINDS = GROUP_YEAR + 1, GROUP_ID_ROOM = 201, GROUP_DIGEST_ROOM = 33,
	GROUP_LEARNERS_MAX = 5000 };	/* no register takes more */
const char *group_kind_name(enum group_kind k);	/* registration, teaching, year */

/* A school year; both days NO_DAY where the set has none. It is over on the day ends. */
struct school_year {
	int32_t starts, ends;
};

/* roster_year gives the one that runs: of those that have begun the latest; before the first
 * has begun, that. A set's years last as long as the terms in them. */
struct school_year roster_year(const struct roster_set *s, int32_t today);

/* What a school wants of its roster. Nothing is owned. */
struct group_rules {
	const char *source;	  /* word of roster_sources; "" or one not known: like any */
	const char *org;	  /* of this school only, by its id or identifier; "": of all */
	const char *staff_domain; /* appended to a teacher's username without one; "" */
	const char *year;	  /* start year where the set has none: "2026" */
	const json_t *exclude;	  /* {"names":[pattern],"kinds":[],"grades":[]}, or NULL */
	int32_t today;
};

/* What a source can say of a school. */
struct roster_source {
	const char *word;
	bool teaching;	 /* it has teaching groups */
	bool all_owners; /* every teacher of a teaching group owns its class, not only one */
};
extern const struct roster_source roster_sources[];	/* ends with a NULL word */

/* One group. class is its class object (contract 2), borrowed. */
struct group {
	enum group_kind kind;
	char id[GROUP_ID_ROOM];
	char digest[GROUP_DIGEST_ROOM];	/* of text: equal texts, equal digests */
	const char *text;		/* the class object as JSON; "" of too many learners, and
					 * of an unsure one */
	size_t length;
	size_t learners, teachers;
	bool unsure;	/* nobody knows whether it is of the year that runs: it stays as it was */
};

/* What was made of the set, and what was not. */
struct groups_told {
	struct school_year year;
	uint64_t made[GROUP_KINDS];
	uint64_t members;	/* learners in groups that have a record, one for each group */
	uint64_t other_schools, other_years, excluded, not_extracted;
	uint64_t without_teacher, without_learner;
	uint64_t disabled;	/* places in classes of people who are switched off */
};

/* roster_groups calls fn for each group, in the order of the set's classes, then the year
 * groups; what fn returns below 0 ends it and is returned. A year that does not run today is
 * told of in *f. */
typedef int (*group_fn)(void *ctx, const struct group *g);
int roster_groups(const struct roster_set *s, const struct group_rules *rules, struct faults *f,
    struct groups_told *told, group_fn fn, void *ctx) MUST_CHECK;

/* group_id writes the class id of a record's id: that, where it may be one, else one made of
 * its hash. text_digest writes 32 hex digits. */
void group_id(const char *record_id, char id[GROUP_ID_ROOM]);
void text_digest(const char *text, size_t length, char digest[GROUP_DIGEST_ROOM]);

#endif
