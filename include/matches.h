/*
 * matches - which account a learner is, where somebody said so by hand.
 *
 *	matches:<school>	learner id -> {"user_id" or "address","by","at"}
 *
 * It holds for all classes of the learner, and comes before everything else that could tell
 * (roster.h).
 */
#ifndef MATCHES_H
#define MATCHES_H

#include <stdint.h>

#include "err.h"
#include "exceptions.h"
#include "json.h"
#include "redis.h"

enum { MATCHES_MAX = 5000 };	/* of one school: whoever needs more has another trouble */

char *matches_key(const char *school);	/* below the prefix; free it */

void matches_read(struct redis *r, const char *prefix, const char *school, records_hash_fn fn,
    void *ctx);

struct match {
	const char *learner;
	const char *user_id, *address;	/* one of them; the other NULL or "" */
	const char *by;
	int64_t at;
};

/* match_check tells whether one names an account as it may be named; *e says what is wrong. */
int match_check(const struct match *m, struct err *e) MUST_CHECK;

/* Both say it in the history of the school as well, which keeps about so many entries, and
 * travel as one. fn may be NULL; its reply is that of EXEC. */
void match_set(struct redis *r, const char *prefix, const char *school, const struct match *m,
    int64_t history, redis_fn fn, void *ctx);
void match_drop(struct redis *r, const char *prefix, const char *school, const struct match *m,
    int64_t history, redis_fn fn, void *ctx);

#endif
