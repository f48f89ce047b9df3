/*
 * doctor - what the files of doctor share: saying how a check went. A check says one line,
 * and with anything but ok, what to do about it.
 */
#ifndef DOCTOR_H
#define DOCTOR_H

#include "cli.h"

enum finding { FINDING_OK, FINDING_WARNING, FINDING_FAIL };

struct doctor {
	struct cli *cli;
	const char *school;	/* the only one to look at; NULL: all */
	json_t *findings;	/* owned; printed at once as text, or at the end as JSON */
	int fails;
	bool redis_away;
};

/* doctor_say reports a check; remedy is "" when there is nothing to do. */
void doctor_say(struct doctor *d, enum finding f, const char *check, const char *remedy,
    const char *fmt, ...) PRINTF_LIKE(5, 6);

void doctor_files(struct doctor *d);		/* settings, secrets, keys, certificates */
void doctor_redis(struct doctor *d);		/* connects; the rest only if it is there */
void doctor_queue(struct doctor *d);		/* Function library, workers, depth */
void doctor_connections(struct doctor *d);	/* teachers' Microsoft accounts */
void doctor_microsoft(struct doctor *d);	/* reachable, and do the schools sign in */

/* doctor_certificate looks at the first certificate of a file. doctor_authorities looks at
 * one that is trusted as a whole: it is good while any of its certificates is. */
void doctor_certificate(struct doctor *d, const char *check, const char *path);
void doctor_authorities(struct doctor *d, const char *check, const char *path);

#endif
