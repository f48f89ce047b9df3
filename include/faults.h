/*
 * faults - what is wrong with a roster: file, row, column, value, and what to do about it.
 *
 * However bad a file is, the list stays short: of one kind (the same thing in the same column
 * of the same file) the first FAULTS_OF_A_KIND are kept word for word, the others counted.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "json.h"

/* What became of what is wrong. */
enum fault_level {
	FAULT_NOTE,	/* nothing: it was read as it was meant; but it is not as it should be */
	FAULT_WARNING,	/* the value was dropped, the record is used */
	FAULT_ERROR,	/* the record was dropped */
	FAULT_REFUSED,	/* nothing of the set is used */
};
enum { FAULT_LEVELS = FAULT_REFUSED + 1, FAULTS_OF_A_KIND = 20, FAULT_KINDS_MAX = 200 };
const char *fault_level_name(enum fault_level l);	/* note, warning, error, refused */

/* Where it is wrong, and what stands there; all may be left out. */
struct fault_at {
	const char *file, *column, *value;
	uint64_t row;		/* as a spreadsheet counts: the heading is row 1 */
};

struct fault {
	enum fault_level level;
	const char *word;	/* for programs: bad_reference */
	struct fault_at at;	/* owned, never NULL; of the value at most 80 bytes */
	char *what;		/* owned; a sentence */
	const char *remedy;	/* a sentence: what to do */
};

struct fault_kind {
	enum fault_level level;
	const char *word;
	char *file, *column;	/* owned */
	uint64_t count;
};

struct faults {
	struct fault *at;	/* owned; as they were met */
	size_t count;
	struct fault_kind *kinds;	/* owned; as they were met */
	size_t kind_count;
	uint64_t of[FAULT_LEVELS];	/* how many of each level, kept or not */
};

void faults_init(struct faults *f);
void faults_clear(struct faults *f);
bool faults_refuse(const struct faults *f);	/* nothing of the set may be used */

/* faults_add copies what it is given but for word and remedy, which are literals. */
void faults_add(struct faults *f, enum fault_level level, const char *word, struct fault_at at,
    const char *remedy, const char *fmt, ...) PRINTF_LIKE(6, 7);

/* fault_line gives one fault as one line for people, without a line end. */
void fault_line(const struct fault *f, struct buf *b);

/* faults_csv adds a heading and one line a fault, the worst first, for a spreadsheet. */
void faults_csv(const struct faults *f, struct buf *b);

/* faults_json gives {"refused":n,"errors":n,"warnings":n,"notes":n,
 * "kinds":[{"level","word","file","column","count"}],
 * "faults":[{"level","word","file","row","column","value","what","remedy"}]}, the worst
 * first, and of the faults at most so many. */
json_t *faults_json(const struct faults *f, size_t most);

#endif
