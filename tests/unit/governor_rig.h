/*
 * governor_rig - callers for a governor under test. The clock stands still until a test
 * moves it; order[] has the callers as they went.
 */
#ifndef GOVERNOR_RIG_H
#define GOVERNOR_RIG_H

#include <stdio.h>
#include <stdlib.h>

#include "buf.h"
#include "clock.h"
#include "governor.h"
#include "governor_int.h"
#include "test.h"

enum { WALL_MS = 1000000000, MONO_MS = 5000, CALLERS_MAX = 6000 };

/* One call: when it went, and what it was told. */
struct caller {
	struct permit permit;
	int64_t went_at_ms, ends_at_ms;
	int told;
	int64_t told_until;
};

static struct caller callers[CALLERS_MAX];
static struct caller *order[CALLERS_MAX]; /* in which they went */
static int gone;

static inline void went(struct permit *p)
{
	struct caller *c = container_of(p, struct caller, permit);
	if (c->went_at_ms)
		FAIL("a permit went twice");
	c->went_at_ms = clock_mono_ms();
	order[gone++] = c;
}

static inline void was_told(struct permit *p)
{
	struct caller *c = container_of(p, struct caller, permit);
	c->told++;
	c->told_until = p->parked_until;
}

static inline struct governor *begin(void)
{
	clock_fake(WALL_MS, MONO_MS);
	return governor_new(1.0);
}

static inline struct caller *ask(struct governor *g, int n, enum call_class class,
    const char *tenant, const char *team, bool background)
{
	struct caller *c = &callers[n];
	memset(c, 0, sizeof *c);
	c->permit.class = class;
	c->permit.cost = 1;
	c->permit.background = background;
	c->permit.go = went;
	c->permit.parked = was_told;
	governor_ask(g, &c->permit, tenant, team);
	return c;
}

static inline void ends(struct governor *g, struct caller *c)
{
	governor_done(g, &c->permit, VERDICT_OK, 0, NULL);
}

/* run moves the clock for so long, in steps of what the governor asks for; every call
 * takes took_ms and ends well. */
static inline void run(struct governor *g, int64_t for_ms, int64_t took_ms)
{
	static int back; /* the first of order[] that is still out */
	int64_t until_ms = clock_mono_ms() + for_ms;
	if (gone == 0)
		back = 0;
	while (clock_mono_ms() < until_ms) {
		int64_t delay_ms = governor_turn(g);
		int64_t step_ms = until_ms - clock_mono_ms();
		if (delay_ms >= 0 && delay_ms < step_ms)
			step_ms = delay_ms;
		while (back < gone && !order[back]->permit.held)
			back++;
		if (back < gone && order[back]->went_at_ms + took_ms - clock_mono_ms() < step_ms)
			step_ms = order[back]->went_at_ms + took_ms - clock_mono_ms();
		clock_advance(step_ms > 0 ? step_ms : 0);
		for (; back < gone && order[back]->went_at_ms + took_ms <= clock_mono_ms(); back++)
			if (order[back]->permit.held)
				ends(g, order[back]);
	}
	governor_turn(g);
}

/* busiest counts how many of the calls that went fall into the fullest second. */
static inline int busiest(int from, int64_t second_ms)
{
	int most = 0;
	for (int first = from, last = from; last < gone; last++) {
		while (order[last]->went_at_ms - order[first]->went_at_ms >= second_ms)
			first++;
		if (last - first + 1 > most)
			most = last - first + 1;
	}
	return most;
}

static inline const char *nth(const char *what, int n)
{
	static char text[32];
	snprintf(text, sizeof text, "%s%d", what, n);
	return text;
}

#endif
