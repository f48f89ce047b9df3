/*
 * import - one roster on its way into a school: read, made into groups, compared with what was
 * accepted last, and accepted or not.
 */
#ifndef IMPORT_H
#define IMPORT_H

#include <sodium.h>

#include "cli.h"
#include "roster_groups.h"
#include "rosters.h"

enum import_end {
	IMPORT_ACCEPTED,
	IMPORT_UNCHANGED,	/* accepted, and it says what the last one said */
	IMPORT_CHECKED,	/* a dry run */
	IMPORT_HELD,		/* too much is missing: somebody has to agree */
	IMPORT_REFUSED,	/* it is wrong, or half of it */
	IMPORT_BUSY,		/* another import came first */
	IMPORT_NO_SCHOOL,
	IMPORT_UNREACHED,
};
const char *import_end_name(enum import_end v);

struct import {
	crypto_generichash_state all;	/* digest of all class objects */
	struct cli *c;
	const char *school, *by;	/* borrowed */
	json_t *settings, *exclude;	/* owned; of the school */
	struct group_rules rules;
	char today[8];			/* the year of it, for a school that has none */
	struct roster_import store;
	struct roster_accepted last;
	struct roster_set set;
	struct faults faults;
	struct groups_told told;
	char *head;			/* owned; an envelope between its id and its class */
	struct map seen;		/* the classes of this set */
	char digest[GROUP_DIGEST_ROOM];
	int64_t enrolments;
	const char *schools;		/* of the set: whose classes these are */
	int64_t fresh, changed, gone, same, unusable;
	int64_t kept;			/* of which a row could not be read */
	enum import_end verdict;
	struct err why;
};

/* import_pull reads the set from a provider's OneRoster REST (--from and its companions):
 * 0, or negative with *f or *e told. */
int import_pull(struct import *i, struct err *e) MUST_CHECK;

/* import_base fills the set with what was sent before, for a delta; import_base_text gives what
 * is to be kept for the next one, "" if that is too much; free it. */
int import_base(struct import *i, struct err *e) MUST_CHECK;
char *import_base_text(const struct import *i);

/* import_classes lays aside what is new or changed in the classes of the set, and leaves as they
 * were those of which a row could not be read. What was there and is not any more import_gone
 * takes off the lists; nothing is deleted. */
int import_classes(struct import *i) MUST_CHECK;
int import_gone(struct import *i) MUST_CHECK;

/* import_bound_memory bounds what the process may take from now on, where the set was sent. */
void import_bound_memory(const struct import *i);

/* import_report prints what came of it, import_report_json gives it as programs read it;
 * import_fields adds what roster:<school> keeps of it. */
void import_report(const struct import *i);
json_t *import_report_json(const struct import *i);
void import_fields(const struct import *i, struct words *w);

#endif
