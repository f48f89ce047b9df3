/*
 * queue_rig - some workers on a Redis of the test's own, all in one loop.
 *
 * The workers are real ones as far as the queue is concerned: they claim, and keep what
 * they hold until the test says what becomes of it. The library is the only thing that
 * moves a job, so after anything at all rig_recount must find every counter right.
 */
#ifndef QUEUE_RIG_H
#define QUEUE_RIG_H

#include "queue.h"
#include "redis_rig.h"

/* A job that a worker holds. */
struct held {
	struct link link;
	struct mate *mate;
	struct ticket ticket;
	char *id, *body, *saved; /* owned */
	int64_t rows, crashes, queued_at;
	char cancelled_by[64];	/* at the claim or told later; "" */
	int told;		/* how often a touch or an end of it was answered */
	bool ok;		/* the last answer */
	bool touching;
};

struct mate {
	struct queue *queue;
	char name[32];
	int room;		/* how many jobs it takes in all */
	int claims, losses, forgotten;
	int shared;		/* workers, as last told */
	char parked[64];	/* the scope that it was told of last */
	int64_t park_ms;	/* and for how long */
	int parks;		/* how often it was told of one */
	struct link held, gone;	/* gone: ended, released or lost */
	bool leaving, left;
	bool hasty;		/* ends what it claims in the same moment */
	void (*on_claim)(struct mate *m);	/* or NULL */
};

/* The workers of a test, and what those opened from now on are told. */
struct crew {
	int64_t lease_ms, per_school, keep_finished, keep_ms;
	struct mate *mates[16];
	int count;
};
extern struct crew crew;

/* rig_mate opens a worker and waits until the queue knows it; rig_die is kill -9. */
struct mate *rig_mate(const char *name, int room);
struct mate *rig_mate_later(const char *name, int room);	/* does not wait */
void rig_die(struct mate *m);

const char *rig_field(const char *id, const char *field);	/* of the job's record */
bool rig_is(const char *id, const char *state);			/* the state it shows */
int64_t rig_count(const char *name);				/* of the counts */

/* rig_push enqueues a job; more are members to add (", …") or "". rig_raw pushes text. */
void rig_push(const char *id, const char *type, const char *school, const char *class,
    const char *more);
void rig_sync(const char *id, const char *school, const char *class);
void rig_raw(const char *text, size_t length);
void rig_cancel(const char *id);

/* What a worker does with what it holds. */
struct held *rig_held(struct mate *m, const char *id);	/* or NULL */
struct held *rig_first(struct mate *m);			/* or NULL */
size_t rig_holds(struct mate *m);
void rig_touch(struct mate *m, struct held *h, bool waiting, struct change *c);
void rig_finish(struct mate *m, struct held *h, enum ending how, bool dead, int64_t at_ms);
void rig_done(struct mate *m, const char *id);
void rig_finish_all(struct mate *m);	/* all that is held, as done */

/* rig_recount fails the test if the counters or the places of any job are not as they
 * must be. trimmed: records may be gone, so the lifetime totals are not compared. */
void rig_recount(bool trimmed);

#endif
