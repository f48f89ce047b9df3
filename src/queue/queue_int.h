/* queue_int - what the files of src/queue share of one queue. */
#ifndef QUEUE_INT_H
#define QUEUE_INT_H

#include "buf.h"
#include "envelope.h"
#include "list.h"
#include "map.h"
#include "queue.h"

enum {
	CALL_TIMEOUT_MS = 3000,
	BEAT_TIMEOUT_MS = 2000,
	BEAT_EVERY_MS = 1000,
	LOOK_EVERY_MS = 400,	/* for cancel flags of what runs */
	SWEEP_EVERY_MS = 1000,	/* for those of what nobody runs */
	SWEEPS_MAX = 3,		/* in flight */
	UNHEARD_MS = 200,	/* what an envelope that lies there may take to be told */
	RETRY_PAUSE_MS = 200,
	CYCLES_MAX = 2,		/* in flight: one is answered while the next travels */
	ENDS_MAX = 48,		/* in one cycle; likewise the next three */
	ADMISSIONS_MAX = 48,
	CLAIMS_MAX = 48,
	PEEKS_MAX = 256,	/* envelopes read at once, and about so many bytes */
	PEEK_BYTES = 262144,
	ENVELOPE_BYTES_USUAL = 4096,
	SCHOOL_ROOM = 160,
};

/* A touch or an end on its way: kept until Redis has said yes or no. */
struct saying {
	struct link link;
	struct queue *queue;
	struct words words;	/* a touch: the whole command; an end: its part of a cycle */
	char id[65];
	bool answered, ok;
	char *cancelled_by;	/* owned */
	touch_fn fn;
	void *ctx;
};

/* An envelope at the head of the inbox, read and waiting to be admitted. */
struct admission {
	struct link link;
	struct envelope envelope;
};

struct queue {
	struct loop *loop;
	struct redis *redis, *wake;	/* owned; wake does nothing but block */
	struct queue_events events;
	void *ctx;
	char prefix[96], inbox[112];
	char worker[160];		/* base name and generation */
	char *base, *host, *version;	/* owned */
	unsigned generation;
	int64_t lease_ms, per_school, keep_finished, keep_ms;

	char amiss[24];			/* the trouble that was told last; "" */
	int64_t pause_ms;		/* of the last look in vain */
	bool well;			/* a call went through since */
	bool judged;			/* Redis was looked at: once, at the start */
	bool entered;			/* the queue knows this worker */
	bool recovering, quiet, leaving, closing;
	bool intake;			/* we are the one that takes from the inbox */
	bool on_inbox;			/* what blocks waits for the inbox, not for the baton */
	bool blocking;			/* a blocking command is out */
	int unheard;			/* beats in a row that saw it leave an envelope lying */
	bool maybe_ready, maybe_inbox;	/* worth asking */
	bool full;			/* Redis is out of memory: nothing new until the next beat */
	bool pump_due, beating, peeking;
	int sweeps;			/* in flight */
	int cycles, claims_asked;	/* in flight; the claims of all of them */
	int asking, saying;		/* those that admit or claim; the ends of all */
	int64_t beat_sent_ms;		/* of the last beat */
	int64_t renewed_ms;		/* the same of the last that renewed the lease */
	int64_t beaten_at;		/* of the last beat, by Redis's clock */
	bool replaced;			/* see queue_was_replaced */

	struct link admissions;		/* in the order of their list, from its head */
	char outside[SCHOOL_ROOM];	/* the school whose overflow that is; "": the inbox */
	char refill[SCHOOL_ROOM];	/* one that has room for what waits outside, or "" */
	int read;			/* how many these are */
	unsigned place, peek_place;	/* grows when they are forgotten; as of the reading */
	size_t envelope_bytes;		/* what one weighs, about */
	struct link ends, touches;	/* to be said, or to be said again */
	struct link ends_again;		/* of cycles that failed; ends in flight are the cycle's */
	struct link touches_out;	/* in flight */
	struct link refused;		/* not ours to say any more; about to be told */
	struct map running;		/* id -> ticket of the owner's job */
	struct timer beat, retry, look, sweep;
	loop_fn left;
	void *left_ctx;
};

/* cycle.c */
void queue_pump_soon(struct queue *q);
void queue_take_claim(struct queue *q, const struct reply *r);
void queue_take_envelope(struct queue *q, const char *text, size_t length);
void queue_forget_admissions(struct queue *q);
void queue_take_intake(struct queue *q, bool intake, const char *refill);

/* say.c */
void saying_put_change(struct words *w, struct change *c);
void saying_settle(struct saying *s, bool ok, const char *cancelled_by);
void queue_send_touches(struct queue *q);
void queue_sayings_lost(struct queue *q);
void queue_ends_again(struct queue *q);
bool queue_is_ending(const struct queue *q, const char *id);

/* lease.c */
void queue_come_up(struct queue *q);
void queue_come_up_anew(struct queue *q);	/* on a new connection: waits for nothing */
void queue_trouble(struct queue *q, const char *where, const struct reply *r,
    const struct err *e);
bool queue_is_out_of_memory(const struct reply *r);
void queue_lost(struct queue *q);

/* cancels.c */
void queue_look_for_cancels(struct queue *q);	/* from now on */
void queue_forget_cancels(struct queue *q);

/* health.c: what Redis said when it refused a call, and that calls go through;
 * queue_tell_refused gives how long to wait before looking again. */
void queue_tell_down(struct queue *q, const char *why);
int64_t queue_tell_refused(struct queue *q, const char *call, const char *why);
void queue_tell_well(struct queue *q);

/* parks.c */
void queue_hear_parks(struct queue *q, const struct reply *parks);

/* schedule.c */
void queue_fire_schedules(struct queue *q, const struct reply *due, int64_t now_ms);

/* wake.c */
void queue_wait_for_work(struct queue *q);

#endif
