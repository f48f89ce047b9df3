/*
 * exceptions - what people changed by hand in a Team (drift, as the last look saw it), and
 * what the school has decided to let stand (exceptions).
 *
 *	drift:<school>:<class>		user_id -> {"what","name","learner","at","job","became"}
 *	exceptions:<school>:<class>	user_id -> {"kind","until","by","at","name"}
 *
 * what is added (a member who is in no register), removed (a learner whom somebody took
 * out), owner_added, or renamed (the key is "team" then); became says what the job did about
 * it: reverted, kept, held, or "" where nothing is to be done.
 *
 * An exception lets the hand's change stand: whoever is in the Team stays, whoever is not is
 * not put in. keep: for good, and it goes on being shown; until: before that day; accept: for
 * good, and it is shown no more.
 */
#ifndef EXCEPTIONS_H
#define EXCEPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "json.h"
#include "redis.h"

enum { EXCEPTIONS_MAX = 1000 };	/* of one class */

char *exceptions_key(const char *school, const char *class_id);	/* below the prefix; free them */
char *drift_key(const char *school, const char *class_id);

/* exception_holds: one that is in force today ("YYYY-MM-DD"). NULL is none. */
bool exception_holds(const json_t *exception, const char *today);

/* exception_check tells whether kind and until make one; *e names what is wrong. */
int exception_check(const char *kind, const char *until, struct err *e) MUST_CHECK;

/* found is an object id -> object, borrowed; NULL when it failed (*e). */
typedef void (*records_hash_fn)(void *ctx, const json_t *found, const struct err *e);
void exceptions_read(struct redis *r, const char *prefix, const char *school,
    const char *class_id, records_hash_fn fn, void *ctx);
void drift_read(struct redis *r, const char *prefix, const char *school, const char *class_id,
    records_hash_fn fn, void *ctx);

struct exception {
	const char *user_id, *kind, *until, *by, *name;	/* until "" but for kind until */
	int64_t at;
};

/* Both say it in the history of the school as well, which keeps about so many entries, and
 * travel as one. fn may be NULL; its reply is that of EXEC. */
void exception_set(struct redis *r, const char *prefix, const char *school,
    const char *class_id, const struct exception *x, int64_t history, redis_fn fn, void *ctx);
void exception_drop(struct redis *r, const char *prefix, const char *school,
    const char *class_id, const struct exception *x, int64_t history, redis_fn fn, void *ctx);

#endif
