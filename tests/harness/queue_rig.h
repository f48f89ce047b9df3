/*
 * queue_rig - a Redis of the test's own and some workers on it, all in one loop.
 *
 * The workers are real ones as far as the queue is concerned: they claim, and keep what
 * they hold until the test says what becomes of it. The library is the only thing that
 * moves a job, so after anything at all rig_recount must find every counter right.
 */
#ifndef QUEUE_RIG_H
#define QUEUE_RIG_H

#include <sys/types.h>

#include "buf.h"
#include "clock.h"
#include "queue.h"
#include "test.h"

#define P "rollcall:{t}:"	/* the prefix of all keys */

/* A job that a worker holds. */
struct held {
	struct link link;
	struct mate *mate;
	struct ticket ticket;
	char *body, *saved;	/* owned */
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
	int claims, losses;
	int shared;		/* workers, as last told */
	struct link held, gone;	/* gone: ended, released or lost */
	bool leaving, left;
};

struct rig {
	struct loop *loop;
	struct redis *redis;	/* the test's own connection */
	char *url;		/* owned */
	pid_t server;
	int64_t lease_ms, per_school, keep_finished, keep_ms;
	struct mate *mates[16];
	int mate_count;
};
extern struct rig rig;

/* rig_begin starts Redis in the test's folder; more are words of its command line, up to
 * NULL. rig_server starts it again after rig_kill. rig_end leaves nothing behind. */
void rig_begin(const char *const *more);
void rig_server(void);
void rig_kill(void);
void rig_end(void);

/* rig_mate opens a worker and waits until the queue knows it; rig_die is kill -9. */
struct mate *rig_mate(const char *name, int room);
struct mate *rig_mate_later(const char *name, int room);	/* does not wait */
void rig_die(struct mate *m);

/* rig_ask sends one command; words split at blanks, so two of them make an empty word. The
 * text of the reply, or a number as text, or "" for nil; good for the next few calls.
 * rig_number gives it as a number, rig_list "a,b,c" of a flat list, rig_reply the reply
 * itself, to be freed. */
const char *rig_ask(const char *fmt, ...) PRINTF_LIKE(1, 2);
int64_t rig_number(const char *fmt, ...) PRINTF_LIKE(1, 2);
const char *rig_list(const char *fmt, ...) PRINTF_LIKE(1, 2);
struct reply *rig_reply(const char *fmt, ...) PRINTF_LIKE(1, 2);
const char *rig_field(const char *id, const char *field);	/* of the job's record */
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
void rig_finish_all(struct mate *m);	/* all that is held, as done */

/* rig_recount fails the test if the counters or the places of any job are not as they
 * must be. trimmed: records may be gone, so the lifetime totals are not compared. */
void rig_recount(bool trimmed);

/* WAIT turns the loop until the condition holds; NEVER turns it for a while and fails if
 * it does. */
void rig_turn(int64_t began_ms, const char *what, const char *file, int line);
#define WAIT(e) \
	for (int64_t began_ms_ = clock_mono_ms(); !(e);) \
		rig_turn(began_ms_, #e, __FILE__, __LINE__)
#define NEVER(e, for_ms) \
	for (int64_t until_ms_ = clock_mono_ms() + (for_ms); clock_mono_ms() < until_ms_;) { \
		rig_turn(clock_mono_ms(), #e, __FILE__, __LINE__); \
		if (e) \
			FAIL("%s, too early", #e); \
	}

#endif
