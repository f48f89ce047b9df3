/*
 * envelope - what a portal pushes (contract 2), checked before it becomes a job.
 */
#ifndef ENVELOPE_H
#define ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"

enum { ENVELOPE_BYTES_MAX = 1048576, ENVELOPE_LEARNERS_MAX = 5000, ENVELOPE_DEPTH_MAX = 64,
	ENVELOPE_TEACHERS_MAX = 100 };	/* a Team has no more owners */

enum envelope_verdict {
	ENVELOPE_OK,
	ENVELOPE_BAD,		/* it has a usable id: that job fails */
	ENVELOPE_JUNK,		/* no id could be read: kept among the bad ones */
	ENVELOPE_WAKE,		/* the empty text: nothing to do but to look */
};

struct envelope {
	enum envelope_verdict verdict;
	char id[65], type[32], priority[16];
	char *school, *class_id, *requested_by;	/* owned; "" if not given */
	json_t *root;		/* owned: the body, read; NULL unless the verdict is OK */
	int64_t at;
	char *body;		/* owned: the envelope without its learners; NULL: as it came */
	char *register_text;	/* owned: the class object for the register, with or without
				 * learners; NULL: nothing is said of the class */
	int64_t learners;	/* how many are in register_text; -1: it says nothing of them */
	char *teachers;		/* owned: their ids, a JSON list, no more than ENVELOPE_TEACHERS_MAX;
				 * NULL: it says nothing of them */
	bool dry_run, approve_removals, hold_removals;	/* jobs that differ in these are not */
	char plan[65];		/* alike, nor those that keep to another plan; "" */
	bool has_actions;	/* nor those that close classes and those that do not */
	size_t length;		/* of the text, in bytes */
	bool id_in_disguise;	/* its id does not stand in the text letter by letter (\u006a) */
	char *kept;		/* owned: the beginning of a refused text, mended; else NULL */
	const char *code;	/* error_code when bad */
	char why[256];		/* a sentence that names the field, the value and the rule */
};

/* envelope_read never fails: what is wrong becomes the verdict. */
void envelope_read(struct envelope *v, const char *text, size_t length);
void envelope_clear(struct envelope *v);

#endif
