/*
 * governor - who may call Microsoft now.
 *
 * Microsoft's quotas nest: so many calls a second of one class for this app in one
 * tenant, more for this app in all tenants, and a handful on one team. A call that is
 * refused costs more than it saves, because it is counted too; a call that is held back
 * costs a struct. So the governor spends 96 % of each quota, evenly, and lets no
 * more go. On its way a call passes five gates:
 *
 *	team		at most 4 calls a second on one team, and for some classes
 *			1 a second or 4 a minute (slots)
 *	stream		the class of calls in this tenant (pace)
 *	tenant		what is outstanding in this tenant (window, learned)
 *	app class	the class over all tenants (pace)
 *	app		all calls (pace)
 *
 * Any of them may be parked (park.c); a gate that was parked opens with a window of
 * one. gate.c has the arithmetic and why it is never refused.
 *
 * Nobody is ever searched for. Permits that have every gate in common wait in one
 * lane; lanes whose team lets them go are lined up in their stream; streams that could
 * go are lined up in their app class, one after the other, and this line is how tenants
 * take turns. What has to wait for a time rests in a heap, what has to wait for a call to come
 * back is nowhere and is put in line by governor_done:
 *
 *	permits -> lane --team open--> stream --pace, window--> app class --pace--> go
 *	             |                   |
 *	             +--- resting_lanes  +--- resting_streams
 *
 * A turn wakes who rested long enough and then, class by class, gives the first
 * stream in line its turn. A turn ends in a call that goes, so the work is bounded by the
 * calls that go and the gates that opened; five thousand permits behind one closed
 * gate are one item in a heap.
 *
 * A tenant uses its turn for a person who waits before its background work, even for
 * another class of calls, since both want the same window. Background work that stood
 * back seven times goes eighth.
 *
 * With n workers each spends an n-th of the quotas of tenants and app; a team is not
 * divided, since the jobs of a class run in one worker. The paces of workers are not
 * aligned, so n of them may exceed one sliding second by n - 1 calls; a far side that
 * counts in buckets, as Microsoft says of its directory, does not notice.
 */
#include "governor.h"

#include <stdlib.h>

#include "buf.h"
#include "clock.h"
#include "governor_int.h"

enum { PATIENCE = 7, US_PER_MS = 1000 };

/* Calls, or for the directory resource units and writes, a second (graph.md 6.1);
 * the directory's for the smallest size of tenant. */
static const struct {
	double tenant, app;
} quotas[CALL_CLASSES] = {
    [CALL_TEAM_CREATE] = {10, 100},
    [CALL_TEAM_READ] = {30, 300},
    [CALL_MEMBERS_LIST] = {60, 1200},
    [CALL_MEMBER_ADD_ONE] = {30, 300},
    [CALL_TEAMS_READ_OTHER] = {30, 1500},
    [CALL_TEAMS_OTHER] = {30, 300},
    [CALL_DIRECTORY_READ] = {3500 / 10.0, 150000 / 20.0},
    [CALL_DIRECTORY_WRITE] = {3000 / 150.0, 35000 / 300.0},
};
static const double app_quota = 130000 / 10.0;

/* On one team: so many calls in so many seconds; of all classes, 4 a second. */
static const struct {
	int count, seconds;
} team_quotas[CALL_CLASSES] = {
    [CALL_MEMBER_ADD_ONE] = {4, 60},
    [CALL_TEAMS_READ_OTHER] = {1, 1},
    [CALL_TEAMS_OTHER] = {1, 1},
};

/* ---- birth and share ----------------------------------------------------------------- */

static void set_rates(struct governor *g)
{
	for (int c = 0; c < CALL_CLASSES; c++) {
		g->tenant_rate[c] = rate_of(quotas[c].tenant, g->scale, g->share);
		g->app_class_rate[c] = rate_of(quotas[c].app, g->scale, g->share);
		g->lane_rule[c] =
		    slot_rule_of(team_quotas[c].count, team_quotas[c].seconds, g->scale);
	}
	g->app_rate = rate_of(app_quota, g->scale, g->share);
	g->team_rule = slot_rule_of(4, 1, g->scale);
}

struct governor *governor_new(double quota_scale)
{
	struct governor *g = xcalloc(1, sizeof *g);
	g->scale = quota_scale;
	g->share = 1;
	set_rates(g);
	gate_init(&g->gate, WINDOW_WIDE, WINDOW_WIDE);
	for (int c = 0; c < CALL_CLASSES; c++) {
		gate_init(&g->class[c].gate, WINDOW_WIDE, WINDOW_WIDE);
		list_init(&g->class[c].turns);
	}
	map_init(&g->tenants);
	heap_init(&g->resting_lanes);
	heap_init(&g->resting_streams);
	heap_init(&g->quiet_teams);
	heap_init(&g->quiet_tenants);
	return g;
}

void governor_free(struct governor *g)
{
	if (!g)
		return;
	places_clear(g);
	free(g);
}

void governor_share(struct governor *g, int workers)
{
	g->share = workers > 1 ? workers : 1;
	set_rates(g);
}

void governor_on_park(
    struct governor *g, void (*fn)(void *ctx, const char *scope, int64_t until_wall_ms), void *ctx)
{
	g->on_park = fn;
	g->on_park_ctx = ctx;
}

int governor_held_back(const struct governor *g)
{
	return g->waiting;
}

/* ---- asking and giving back ----------------------------------------------------------- */

void governor_ask(struct governor *g, struct permit *p, const char *tenant, const char *team)
{
	int64_t now_us = clock_mono_us();
	p->tenant = places_tenant(g, tenant);
	p->team = *team ? places_team(p->tenant, team) : NULL;
	p->held = false;
	p->parked_until = park_until(p, now_us);
	places_join(p);
	g->waiting++;
	list_push(&places_lane(p)->waiting[p->background ? BACKGROUND : INTERACTIVE], &p->link);
	places_settle(p->tenant, p->team, now_us);
}

enum { GATES = 5 };

/* gates_of lists the gates that p passes. */
static int gates_of(const struct permit *p, struct gate *gates[GATES])
{
	struct governor *g = p->tenant->governor;
	int n = 0;
	gates[n++] = &g->gate;
	gates[n++] = &g->class[p->class].gate;
	gates[n++] = &p->tenant->gate;
	gates[n++] = &p->tenant->stream[p->class].gate;
	if (p->team)
		gates[n++] = &p->team->gate;
	return n;
}

static void leave(struct permit *p, int64_t now_us)
{
	struct tenant_gate *t = p->tenant;
	struct team_gate *team = p->team;
	places_part(p, now_us);
	places_settle(t, team, now_us);
}

void governor_drop(struct governor *g, struct permit *p)
{
	if (!p->tenant)
		return;
	if (p->held) {
		struct gate *gates[GATES];
		for (int n = gates_of(p, gates); n > 0; n--)
			gate_leave(gates[n - 1]);
	} else {
		list_drop(&p->link);
		g->waiting--;
	}
	leave(p, clock_mono_us());
}

/* Trouble narrows the window of the tenant, whoever is in between; a refusal too,
 * unless it was one team's own. To the other gates it says nothing. */
static bool concerns(
    const struct permit *p, const struct gate *gate, enum verdict v, enum scope_kind refused)
{
	switch (v) {
	case VERDICT_OK:
	case VERDICT_SLOW_DOWN:
		return true;
	case VERDICT_TROUBLE:
		return gate == &p->tenant->gate;
	case VERDICT_THROTTLED:
		return gate == &p->tenant->gate && refused != SCOPE_TEAM;
	}
	return false;
}

void governor_done(struct governor *g, struct permit *p, enum verdict v, int64_t until_wall_ms,
    const char *scope_text)
{
	int64_t now_us = clock_mono_us();
	enum scope_kind refused = SCOPE_APP;
	int64_t parked_until = 0;
	if (v == VERDICT_THROTTLED) {
		parked_until = park_refused(p, until_wall_ms, scope_text, now_us, &refused);
	} else if (v == VERDICT_TROUBLE) {
		gate_refused(&p->tenant->gate, p->number);
		parked_until = clock_wall_ms() + gate_backoff_ms(&p->tenant->gate);
	}
	struct gate *gates[GATES];
	for (int n = gates_of(p, gates); n > 0; n--) {
		if (concerns(p, gates[n - 1], v, refused))
			gate_done(gates[n - 1], v, p->number, g->gone);
		else
			gate_leave(gates[n - 1]);
	}
	leave(p, now_us);
	p->parked_until = parked_until;
}

/* ---- a turn ------------------------------------------------------------------------------ */

/* class_turn_us is when the first stream in the line of a class may have its turn, as far
 * as the class goes; -1: nobody is in line, or a call has to come back first. */
static int64_t class_turn_us(const struct governor *g, enum call_class class)
{
	const struct app_class *c = &g->class[class];
	if (list_empty(&c->turns) || gate_is_full(&c->gate))
		return -1;
	return class_opens_us(g, class);
}

static bool has_come(int64_t at_us, int64_t now_us)
{
	return at_us >= 0 && at_us <= now_us;
}

/* urgent_stream finds another class of calls for which somebody of this tenant waits
 * and which could go this instant. */
static struct stream *urgent_stream(struct governor *g, struct tenant_gate *t, int64_t now_us)
{
	for (int c = 0; c < CALL_CLASSES; c++) {
		struct stream *s = &t->stream[c];
		if (!list_empty(&s->turn) && !list_empty(&s->ready[INTERACTIVE]) &&
		    has_come(class_turn_us(g, s->class), now_us))
			return s;
	}
	return NULL;
}

static struct permit *first_of(const struct stream *s, enum urgency u)
{
	struct lane *l = container_of(s->ready[u].next, struct lane, ready[u]);
	return container_of(l->waiting[u].next, struct permit, link);
}

/* choose picks what the tenant of s does with its turn. */
static struct permit *choose(struct governor *g, struct stream *s, int64_t now_us)
{
	bool background = !list_empty(&s->ready[BACKGROUND]);
	struct stream *urgent = s;
	if (list_empty(&s->ready[INTERACTIVE]))
		urgent = urgent_stream(g, s->tenant, now_us);
	if (!urgent || (background && s->passed_over >= PATIENCE)) {
		s->passed_over = 0;
		return first_of(s, BACKGROUND);
	}
	if (background)
		s->passed_over++;
	return first_of(urgent, INTERACTIVE);
}

static void draw(
    struct governor *g, struct tenant_gate *t, enum call_class c, int64_t now_us, int units)
{
	pace_take(&g->class[c].pace, &g->app_class_rate[c], now_us, units);
	pace_take(&t->stream[c].pace, &g->tenant_rate[c], now_us, units);
}

/* charge makes every gate on the way remember p. */
static void charge(struct governor *g, struct permit *p, int64_t now_us)
{
	enum call_class c = p->class;
	int units = c == CALL_DIRECTORY_READ && p->cost > 1 ? p->cost : 1;
	pace_take(&g->pace, &g->app_rate, now_us, units);
	draw(g, p->tenant, c, now_us, units);
	if (c == CALL_DIRECTORY_WRITE)
		draw(g, p->tenant, CALL_DIRECTORY_READ, now_us, 1);
	if (p->team) {
		slots_take(&places_lane(p)->slots, &g->lane_rule[c], now_us);
		slots_take(&p->team->slots, &g->team_rule, now_us);
	}
	p->number = ++g->gone;
	p->held = true;
	struct gate *gates[GATES];
	for (int n = gates_of(p, gates); n > 0; n--)
		gate_take(gates[n - 1], p->number);
}

/* let_go sends p on its way; its lane and its stream go to the end of their lines. */
static void let_go(struct governor *g, struct permit *p, int64_t now_us)
{
	struct lane *l = places_lane(p);
	list_drop(&p->link);
	list_drop(&l->ready[p->background ? BACKGROUND : INTERACTIVE]);
	list_drop(&l->stream->turn);
	g->waiting--;
	charge(g, p, now_us);
	places_settle(p->tenant, p->team, now_us);
	bool told = p->parked_until != 0;
	p->parked_until = 0;
	if (told && p->parked)
		p->parked(p);
	p->go(p);
}

/* app_turn_us is when the next call of any class may go; -1: not before one of those
 * that are out comes back. */
static int64_t app_turn_us(const struct governor *g)
{
	if (gate_is_full(&g->gate))
		return -1;
	int64_t pace_us = pace_opens_us(&g->pace, &g->app_rate);
	return pace_us > g->gate.parked_until_us ? pace_us : g->gate.parked_until_us;
}

/* take_turn lets one call go, of the next class in line that has one; false: nobody can. */
static bool take_turn(struct governor *g, int64_t now_us)
{
	if (!has_come(app_turn_us(g), now_us))
		return false;
	for (int i = 0; i < CALL_CLASSES; i++) {
		enum call_class c = (enum call_class)((g->next_class + i) % CALL_CLASSES);
		if (!has_come(class_turn_us(g, c), now_us))
			continue;
		struct stream *s = container_of(g->class[c].turns.next, struct stream, turn);
		struct permit *p = choose(g, s, now_us);
		g->next_class =
		    p->class == c ? (int)c + 1 : (int)c; /* s stood back: still its turn */
		let_go(g, p, now_us);
		return true;
	}
	return false;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

static int64_t resting_until_us(const struct heap *h)
{
	struct heap_item *first = heap_first(h);
	return first ? first->key : -1;
}

/* next_us is when somebody can go or moves up, if nothing else happens. */
static int64_t next_us(const struct governor *g)
{
	int64_t next =
	    sooner(resting_until_us(&g->resting_lanes), resting_until_us(&g->resting_streams));
	int64_t app_us = app_turn_us(g);
	for (int c = 0; c < CALL_CLASSES && app_us >= 0; c++) {
		int64_t class_us = class_turn_us(g, (enum call_class)c);
		if (class_us >= 0)
			next = sooner(next, class_us > app_us ? class_us : app_us);
	}
	return next;
}

int64_t governor_turn(struct governor *g)
{
	int64_t now_us = clock_mono_us();
	places_wake(g, now_us);
	while (take_turn(g, now_us))
		;
	places_forget(g, now_us);
	int64_t next = next_us(g);
	if (next < 0)
		return -1;
	int64_t delay_us = next - clock_mono_us();
	return delay_us > 0 ? (delay_us + US_PER_MS - 1) / US_PER_MS : 0;
}
