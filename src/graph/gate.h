/*
 * gate - the three small counters the governor is made of, each exact and each a
 * few words of memory: a pace, a set of slots, a window.
 */
#ifndef GATE_H
#define GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "governor.h"

enum { SLOTS_MAX = 4 };

/* ---- pace: so many units a second, evenly ---------------------------------- */

struct rate {
	int64_t unit_ns;  /* what one unit costs */
	int64_t slack_ns; /* how far ahead of its turn a unit may go */
};

struct pace {
	int64_t even_at_ns; /* when all that went will have been paid for */
};

/* rate_of is our share of a quota: 96 % of it, one part in share, scale times as
 * fast as Microsoft's clock. */
struct rate rate_of(double units_per_second, double scale, int share);
int64_t pace_opens_us(const struct pace *p, const struct rate *r);
void pace_take(struct pace *p, const struct rate *r, int64_t now_us, int units);

/* ---- slots: at most n calls in any stretch of time --------------------------- */

struct slot_rule {
	int count;	 /* 0: no such limit; at most SLOTS_MAX */
	int64_t held_us; /* how long a call keeps its slot */
};

struct slots {
	int64_t free_at_us[SLOTS_MAX];
	int next; /* the one that is free first */
};

struct slot_rule slot_rule_of(int count, int seconds, double scale);
int64_t slots_open_us(const struct slots *s, const struct slot_rule *r);
void slots_take(struct slots *s, const struct slot_rule *r, int64_t now_us);
int64_t slots_empty_us(const struct slots *s); /* when none is held any more */

/* ---- gate: what may be outstanding, and what Microsoft parked ------------------ */

enum { WINDOW_FIRST = 4, WINDOW_MOST = 64, WINDOW_WIDE = 4096 };

struct gate {
	int64_t parked_until_us; /* loop clock; 0: never was */
	int64_t parked_until_ms; /* the same for people, wall clock */
	int out, window, window_max;
	int quick_to;	  /* below it, every success widens the window */
	int earned;	  /* successes since the window last changed */
	int refusals;	  /* in a row, for the back-off */
	uint64_t full_at; /* the call that filled the window last */
	uint64_t cut_at;  /* calls up to this number have had their say */
};

void gate_init(struct gate *g, int window, int window_max);
bool gate_is_full(const struct gate *g);
void gate_take(struct gate *g, uint64_t number);

/* gate_done gives a place back. number is the call's own, last that of the latest
 * call that went anywhere. */
void gate_done(struct gate *g, enum verdict v, uint64_t number, uint64_t last);

/* gate_leave gives a place back without a verdict. */
void gate_leave(struct gate *g);

/* gate_park keeps the gate shut until then and leaves a window of one behind it;
 * a pause never becomes shorter. False: it was shut for that long already. */
bool gate_park(struct gate *g, int64_t until_us, int64_t until_ms, uint64_t last);

/* gate_refused counts a refusal; those of calls that were out when it was last parked
 * are the same one. gate_backoff_ms is how long to stay away after as many in a row
 * when Microsoft does not say. */
void gate_refused(struct gate *g, uint64_t number);
int64_t gate_backoff_ms(const struct gate *g);

#endif
