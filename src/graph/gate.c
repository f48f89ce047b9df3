/*
 * gate - pace, slots and window.
 *
 * A pace is the virtual scheduling form of the leaky bucket (GCRA, as in ATM
 * Forum traffic management): it holds one time, at which everything that went so far will
 * have been paid for at the rate. A call may go up to the slack before that time, and
 * moves it on by its cost. So calls leave evenly, a little lateness of our own timers is
 * made good, and no stretch of one second of Microsoft's holds more than
 *
 *	0.96 x (1 s + 0.02 s) x quota + 1  calls,  which is at most the quota,
 *
 * whether the far side counts in a bucket, in fixed or in sliding seconds.
 *
 * Slots serve where the quota is a handful (4 a second on one team): an even pace
 * would make a person wait between two calls that are both allowed. Each call holds a slot
 * for a little longer than the stretch that Microsoft counts over.
 *
 * A window bounds what is outstanding. Only successes of calls during which it was full let
 * it grow: by one each, until the first trouble or up to half of where a pause found it;
 * from there on by one for each windowful. Trouble halves it. The calls that were out when
 * it was halved belong to the same trouble and do not halve it again.
 */
#include "gate.h"

enum { NS_PER_US = 1000, NS_PER_S = 1000000000, US_PER_S = 1000000 };

static const double aim = 0.96;		 /* of a quota */
static const double slack_s = 0.02;	 /* see above */
static const int64_t timer_ns = 2000000; /* a timer is late by this much at times */
static const int64_t timer_us = 4000;	 /* and two calls may overtake each other by this */

struct rate rate_of(double units_per_second, double scale, int share)
{
	double unit_ns = (double)NS_PER_S / (units_per_second * scale * aim) * share;
	int64_t slack_ns = (int64_t)(slack_s * (double)NS_PER_S / scale);
	return (struct rate){
	    .unit_ns = (int64_t)unit_ns + 1,
	    .slack_ns = slack_ns > timer_ns ? slack_ns : timer_ns,
	};
}

int64_t pace_opens_us(const struct pace *p, const struct rate *r)
{
	int64_t opens_ns = p->even_at_ns - r->slack_ns;
	return opens_ns > 0 ? (opens_ns + NS_PER_US - 1) / NS_PER_US : 0;
}

void pace_take(struct pace *p, const struct rate *r, int64_t now_us, int units)
{
	int64_t now_ns = now_us * NS_PER_US;
	if (p->even_at_ns < now_ns)
		p->even_at_ns = now_ns;
	p->even_at_ns += r->unit_ns * units;
}

struct slot_rule slot_rule_of(int count, int seconds, double scale)
{
	double counted_us = (double)seconds * (double)US_PER_S / scale;
	int64_t held_us = (int64_t)(counted_us / aim) + 1;
	int64_t least_us = (int64_t)counted_us + timer_us;
	return (struct slot_rule){count, held_us > least_us ? held_us : least_us};
}

int64_t slots_open_us(const struct slots *s, const struct slot_rule *r)
{
	return r->count ? s->free_at_us[s->next] : 0;
}

void slots_take(struct slots *s, const struct slot_rule *r, int64_t now_us)
{
	if (r->count == 0)
		return;
	s->free_at_us[s->next] = now_us + r->held_us;
	s->next = (s->next + 1) % r->count;
}

int64_t slots_empty_us(const struct slots *s)
{
	int64_t last_us = 0;
	for (int i = 0; i < SLOTS_MAX; i++)
		if (s->free_at_us[i] > last_us)
			last_us = s->free_at_us[i];
	return last_us;
}

void gate_init(struct gate *g, int window, int window_max)
{
	*g = (struct gate){.window = window, .window_max = window_max, .quick_to = window_max};
}

bool gate_is_full(const struct gate *g)
{
	return g->out >= g->window;
}

void gate_take(struct gate *g, uint64_t number)
{
	g->out++;
	if (gate_is_full(g))
		g->full_at = number;
}

static void gate_grow(struct gate *g)
{
	if (g->window == g->window_max)
		return;
	if (++g->earned < g->window && g->window >= g->quick_to)
		return;
	g->window++;
	g->earned = 0;
}

static void gate_halve(struct gate *g, uint64_t last)
{
	g->window = g->window > 1 ? g->window / 2 : 1;
	g->quick_to = g->window;
	g->earned = 0;
	g->cut_at = last;
}

void gate_done(struct gate *g, enum verdict v, uint64_t number, uint64_t last)
{
	gate_leave(g);
	if (number <= g->cut_at)
		return;
	switch (v) {
	case VERDICT_OK:
		g->refusals = 0;
		if (number <= g->full_at)
			gate_grow(g);
		break;
	case VERDICT_SLOW_DOWN:
		g->refusals = 0;
		g->earned = 0;
		break;
	case VERDICT_THROTTLED:
	case VERDICT_TROUBLE:
		gate_halve(g, last);
		break;
	}
}

void gate_leave(struct gate *g)
{
	g->out--;
}

bool gate_park(struct gate *g, int64_t until_us, int64_t until_ms, uint64_t last)
{
	if (until_us <= g->parked_until_us)
		return false;
	g->parked_until_us = until_us;
	g->parked_until_ms = until_ms;
	if (g->window > 1)
		g->quick_to = g->window / 2;
	g->window = 1;
	g->earned = 0;
	g->cut_at = last;
	return true;
}

void gate_refused(struct gate *g, uint64_t number)
{
	if (number > g->cut_at)
		g->refusals++;
}

int64_t gate_backoff_ms(const struct gate *g)
{
	enum { FIRST_MS = 3000, MOST_MS = 180000 };
	int64_t ms = FIRST_MS;
	for (int i = 1; i < g->refusals && ms < MOST_MS; i++)
		ms *= 2;
	return ms < MOST_MS ? ms : MOST_MS;
}
