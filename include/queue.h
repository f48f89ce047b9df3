/*
 * queue - this worker process's share of one queue in Redis.
 *
 * The queue moves jobs; what is in them is the owner's affair. It reads what portals
 * push (envelope.h), admits it, claims jobs up to the room that the owner has, renews
 * the one lease on which all of them hang, and carries back what they have to say.
 * Everything is batched: ends, admissions and the next claims share a call, and two
 * calls are in flight.
 */
#ifndef QUEUE_H
#define QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "json.h"
#include "loop.h"
#include "redis.h"

struct queue;
struct ticket;

/* A job that is ours now. Texts are borrowed until the callback returns. */
struct claim {
	const char *id;
	int64_t attempt;		/* the fence */
	int64_t rev;			/* of the record */
	int64_t crashes;
	int64_t queued_at;
	json_t *envelope;		/* borrowed; NULL if it is no JSON any more */
	const char *saved;		/* checkpoint of an earlier attempt, "" if none */
	size_t saved_length;
	int64_t rows;			/* learner rows written by earlier attempts */
	const char *cancelled_by;	/* "" unless cancelled already */
};

struct queue_events {
	/* how many more jobs the owner would take now */
	int (*room)(void *ctx);
	/* take it up (queue_hold) before it says anything */
	void (*claimed)(void *ctx, const struct claim *c);
	/* the lease is gone: all jobs are somebody else's, drop them unsaid */
	void (*lost)(void *ctx);
	/* Redis has lost that this one is ours, and gives it to somebody again, or to us: drop
	 * it unsaid */
	void (*forgotten)(void *ctx, struct ticket *t);
	/* somebody set the cancel flag of a job that runs here */
	void (*cancelled)(void *ctx, struct ticket *t, const char *who);
	/* so many worker processes share the queue now */
	void (*shared)(void *ctx, int workers);
	/* another worker was told to leave a scope alone for so long; may be NULL */
	void (*parked)(void *ctx, const char *scope, int64_t pause_ms);
	/* this Redis must not be trusted with jobs; may be NULL */
	void (*unfit)(void *ctx, const char *why, const char *remedy);
};

struct queue_options {
	struct loop *loop;
	const char *url, *name;		/* of Redis, of the queue */
	const char *worker;		/* a name that was never used before */
	const char *host, *version;
	int64_t lease_ms, per_school, keep_finished, keep_ms;
	struct queue_events events;
	void *ctx;
};

struct queue *queue_open(const struct queue_options *o, struct err *e);

/* queue_free drops both connections without a word: see queue_leave. */
void queue_free(struct queue *q);

/* queue_reload takes over changed limits. */
void queue_reload(struct queue *q, int64_t per_school, int64_t keep_finished, int64_t keep_ms);

/* queue_room_grew tells that events.room would answer more than before. */
void queue_room_grew(struct queue *q);

/* queue_quiet claims nothing more. queue_leave, after the last job has ended or been
 * released, gives the lease back and calls fn. */
void queue_quiet(struct queue *q);
void queue_leave(struct queue *q, loop_fn fn, void *ctx);

/* queue_is_said: nothing that a job had to say is still on its way. */
bool queue_is_said(const struct queue *q);

/* queue_park tells the other workers to leave a scope alone for so long. */
void queue_park(struct queue *q, const char *scope, int64_t pause_ms);

bool queue_is_up(const struct queue *q);
/* this worker is the one that takes from the inbox: of all there is one */
bool queue_has_intake(const struct queue *q);
/* Redis was restarted, or a replica took its place, since the queue began: what was written
 * in the last moment before that may be lost */
bool queue_was_replaced(const struct queue *q);
/* when the beat was sent that renewed the lease last, clock_mono_ms */
int64_t queue_renewed_at(const struct queue *q);
/* the connection that commands go over, for reading records */
struct redis *queue_redis(struct queue *q);
const char *queue_prefix(const struct queue *q);	/* "rollcall:{teams}:" */
const char *queue_worker(const struct queue *q);

/* ---- what a job says -------------------------------------------------------- */

/* A change to the record of a job and to what hangs on it. */
struct change {
	struct words fields;		/* field, value, … of the job record; '' takes one away */
	struct words rows;		/* learner rows, JSON */
	struct words effects;		/* op key n word… (use the functions below) */
	int64_t effect_count;
	char *saved;			/* owned; NULL: leave the checkpoint as it is; "": erase it */
};

void change_init(struct change *c);
void change_clear(struct change *c);
bool change_is_empty(const struct change *c);
void change_set(struct change *c, const char *field, const char *value);
void change_int(struct change *c, const char *field, int64_t value);
/* Effects on records below the prefix: fields set (words: field, value, …), fields
 * deleted (words: field, …), a key dropped. */
void change_effect_set(struct change *c, const char *key, const struct words *pairs);
void change_effect_del(struct change *c, const char *key, const struct words *fields);
void change_effect_drop(struct change *c, const char *key);
/* An entry of a stream that keeps about so many (words: field, value, …). */
void change_effect_log(struct change *c, const char *key, int64_t most,
    const struct words *pairs);
/* An envelope for the inbox. */
void change_effect_push(struct change *c, const char *envelope);
/* Any other op of the Function library (31_runs.lua). */
void change_effect(struct change *c, const char *op, const char *key, const struct words *words);

struct ticket {			/* names a running job in what follows */
	const char *id;		/* borrowed for as long as the job runs */
	int64_t attempt, rev;	/* rev grows with each touch */
	bool waiting;		/* the state that the record shows */
	bool saved;		/* there is a checkpoint */
};

/* queue_hold takes up a claimed job: its ticket stays known to the queue until the job's
 * end is said, a touch is refused or the lease is lost. */
void queue_hold(struct queue *q, struct ticket *t);

/* ok false: not ours any more. cancelled_by is "" or who. */
typedef void (*touch_fn)(void *ctx, bool ok, const char *cancelled_by);

/* queue_touch writes the change and takes it over (emptied). It keeps trying while
 * Redis is away; fn is called exactly once, never before it returns. One touch of a
 * job at a time. */
void queue_touch(struct queue *q, struct ticket *t, bool waiting, struct change *c,
    touch_fn fn, void *ctx);

enum ending { END_DONE, END_FAILED, END_CANCELLED, END_RELEASE, END_RETRY };

/* queue_finish ends a running job with its last change (taken over); dead keeps it
 * among the dead letters; at_ms is for END_RETRY. It keeps trying until Redis has
 * it or the lease is lost; then fn (may be NULL) is called. */
void queue_finish(struct queue *q, const struct ticket *t, enum ending how, bool dead,
    int64_t at_ms, struct change *c, touch_fn fn, void *ctx);

/* ---- for operators ------------------------------------------------------------ */

/* queue_load puts the Function library there if it is missing or older. */
typedef void (*queue_loaded_fn)(void *ctx, const struct err *e);	/* NULL: fine */
void queue_load(struct redis *r, queue_loaded_fn fn, void *ctx);

/* queue_abandon hands back what a dead worker held; fn with ok when all is back. death tells
 * whose doing it was: "in:ID" of that job, which ran at that instant; "killed" from outside
 * while none ran; "" when nobody knows; "left" as it should. */
void queue_abandon(struct redis *r, const char *prefix, const char *worker, const char *death,
    int64_t keep_finished, int64_t keep_ms, touch_fn fn, void *ctx);

/* queue_prefix_of writes "rollcall:{name}:". */
void queue_prefix_of(const char *name, char prefix[96]);

#endif
