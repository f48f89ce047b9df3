/*
 * job_standing - where a job stands among others: what its record does not say, because nobody
 * would write that down for each of them whenever one moves on.
 */
#ifndef JOB_STANDING_H
#define JOB_STANDING_H

#include "web.h"

struct standings;

struct standings *standings_new(struct web *web);
void standings_free(struct standings *s);

struct standing {
	int64_t place;		/* so many wait before it in its school's lane; -1: it is in none */
	int64_t left_ms;	/* until its turn comes while it is queued, then until it is done;
				 * -1: nobody can tell */
	bool workers_online;
	bool paused;		/* an operator has stopped the queue, its school or its type */
};

typedef void (*standing_fn)(void *ctx, const struct standing *s, const struct err *e);

/* standing_look finds out for the job id with this record (job_record.h), which is looked at
 * before it returns; fn is called later. What was found half a second ago is good enough. */
void standing_look(struct standings *s, const char *id, const json_t *record,
    standing_fn fn, void *ctx);

#endif
