/*
 * history - what happened to whom, when, by whom and why: one stream for each school, which
 * only grows at its end and lets its oldest entries go (config records.history).
 *
 * Names and addresses are not in it; whoever shows it joins them. The time of an entry is
 * that of its id, by Redis' own clock.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include <stdint.h>

#include "err.h"
#include "json.h"
#include "redis.h"

/* A text that is NULL says nothing. what is one of enrolled, left, added, removed,
 * removed_by_hand, added_by_hand, unresolved, failed, held, team_created, class_created,
 * deleted, restored, archived, owner_added, approved, exception, override, imported. */
struct history_event {
	const char *what;
	const char *class_id, *learner, *user_id;	/* of whom */
	const char *reason, *detail;			/* words of programs, not of people */
	const char *job, *run, *by;			/* in what, and who wanted it */
};

char *history_key(const char *school);	/* below the prefix; free it */

/* history_words appends the fields of an entry, all of them each time: a stream keeps
 * entries of the same fields in little room. */
void history_words(struct words *w, const struct history_event *h);

/* history_add writes one event from outside a job; a job says history_say. most: how many
 * entries are kept, about. */
void history_add(struct redis *r, const char *prefix, const char *school, int64_t most,
    const struct history_event *h, redis_fn fn, void *ctx);

/* What is wanted: events that equal each text that is not NULL. */
struct history_wanted {
	struct history_event like;
	const char *before;	/* older than this entry; NULL: from the newest on */
	int limit;		/* at most so many events */
};

/* events is a list, newest first, of objects with id, at and the texts of the event that are
 * not empty, under the names class, learner, user_id, what, reason, detail, job, run, by;
 * borrowed. next is what to name as before for the rest, NULL at the end; a page may
 * be shorter than limit, or empty, before the end: one reading looks through some ten
 * thousand entries and no more. events is NULL when it failed (*e). */
typedef void (*history_fn)(void *ctx, const json_t *events, const char *next,
    const struct err *e);
void history_read(struct redis *r, const char *prefix, const char *school,
    const struct history_wanted *wanted, history_fn fn, void *ctx);

#endif
