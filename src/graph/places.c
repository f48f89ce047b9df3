/*
 * places - where everybody waits in the governor.
 *
 * Each lane and each stream has exactly one right place, which follows from the gates
 * above it; lane_place and stream_place put it there and are the only ones that do. A
 * closed gate costs one heap item however many wait behind it.
 *
 * Tenants and teams come into being when they are first asked for and are forgotten when
 * they remember nothing that matters: a team a second or so after its last call, a
 * tenant, whose window was learned, after ten minutes.
 */
#include <assert.h>
#include <ctype.h>
#include <stdlib.h>

#include "buf.h"
#include "clock.h"
#include "governor_int.h"

static const int64_t tenant_kept_us = 600 * 1000000LL;
static const int64_t parked_kept_us = 60 * 1000000LL; /* the back-off goes on from there */

static int64_t latest(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* ---- when things open ------------------------------------------------------------ */

static int64_t lane_opens_us(const struct lane *l)
{
	const struct governor *g = l->stream->tenant->governor;
	if (!l->team)
		return 0;
	int64_t slots_us = latest(slots_open_us(&l->slots, &g->lane_rule[l->stream->class]),
	    slots_open_us(&l->team->slots, &g->team_rule));
	return latest(slots_us, l->team->gate.parked_until_us);
}

/* A write to the directory draws on the resource units as well. */
static int64_t stream_opens_us(const struct stream *s)
{
	const struct tenant_gate *t = s->tenant;
	const struct rate *rates = t->governor->tenant_rate;
	int64_t opens_us = pace_opens_us(&s->pace, &rates[s->class]);
	if (s->class == CALL_DIRECTORY_WRITE)
		opens_us = latest(opens_us, pace_opens_us(&t->stream[CALL_DIRECTORY_READ].pace,
						&rates[CALL_DIRECTORY_READ]));
	return latest(opens_us, latest(s->gate.parked_until_us, t->gate.parked_until_us));
}

int64_t class_opens_us(const struct governor *g, enum call_class class)
{
	const struct rate *rates = g->app_class_rate;
	int64_t opens_us = pace_opens_us(&g->class[class].pace, &rates[class]);
	if (class == CALL_DIRECTORY_WRITE)
		opens_us = latest(opens_us, pace_opens_us(&g->class[CALL_DIRECTORY_READ].pace,
						&rates[CALL_DIRECTORY_READ]));
	return latest(opens_us, g->class[class].gate.parked_until_us);
}

/* ---- putting them there ------------------------------------------------------------ */

static void rest_until(struct heap *h, struct heap_item *item, int64_t until_us)
{
	if (heap_has(item))
		heap_move(h, item, until_us);
	else
		heap_add(h, item, until_us);
}

static void lane_place(struct lane *l, int64_t now_us)
{
	struct governor *g = l->stream->tenant->governor;
	int64_t opens_us = lane_opens_us(l);
	bool open = opens_us <= now_us && !(l->team && gate_is_full(&l->team->gate));
	bool any = false;
	for (int u = 0; u < URGENCIES; u++) {
		bool here = !list_empty(&l->waiting[u]);
		any = any || here;
		if (!here || !open)
			list_drop(&l->ready[u]);
		else if (list_empty(&l->ready[u]))
			list_push(&l->stream->ready[u], &l->ready[u]);
	}
	if (any && opens_us > now_us)
		rest_until(&g->resting_lanes, &l->rest, opens_us);
	else
		heap_drop(&g->resting_lanes, &l->rest);
}

static bool stream_wants(const struct stream *s)
{
	return !list_empty(&s->ready[INTERACTIVE]) || !list_empty(&s->ready[BACKGROUND]);
}

static void stream_place(struct stream *s, int64_t now_us)
{
	struct governor *g = s->tenant->governor;
	bool wants = stream_wants(s);
	int64_t opens_us = wants ? stream_opens_us(s) : 0;
	if (wants && opens_us > now_us)
		rest_until(&g->resting_streams, &s->rest, opens_us);
	else
		heap_drop(&g->resting_streams, &s->rest);
	bool full = gate_is_full(&s->gate) || gate_is_full(&s->tenant->gate);
	if (!wants || opens_us > now_us || full)
		list_drop(&s->turn);
	else if (list_empty(&s->turn))
		list_push(&g->class[s->class].turns, &s->turn);
}

void places_settle(struct tenant_gate *t, struct team_gate *team, int64_t now_us)
{
	for (int c = 0; c < CALL_CLASSES; c++) {
		if (team && team->lane[c])
			lane_place(team->lane[c], now_us);
		lane_place(&t->stream[c].plain, now_us);
		stream_place(&t->stream[c], now_us);
	}
}

static struct heap_item *due(const struct heap *h, int64_t now_us)
{
	struct heap_item *first = heap_first(h);
	return first && first->key <= now_us ? first : NULL;
}

void places_wake(struct governor *g, int64_t now_us)
{
	struct heap_item *item;
	while ((item = due(&g->resting_lanes, now_us))) {
		struct lane *l = container_of(item, struct lane, rest);
		lane_place(l, now_us);
		stream_place(l->stream, now_us);
	}
	while ((item = due(&g->resting_streams, now_us)))
		stream_place(container_of(item, struct stream, rest), now_us);
}

/* ---- coming and going ---------------------------------------------------------------- */

static void lane_init(struct lane *l, struct stream *s, struct team_gate *team)
{
	*l = (struct lane){.stream = s, .team = team};
	for (int u = 0; u < URGENCIES; u++) {
		list_init(&l->waiting[u]);
		list_init(&l->ready[u]);
	}
}

static void stream_init(struct stream *s, struct tenant_gate *t, enum call_class class)
{
	*s = (struct stream){.tenant = t, .class = class};
	gate_init(&s->gate, WINDOW_MOST, WINDOW_MOST);
	list_init(&s->turn);
	for (int u = 0; u < URGENCIES; u++)
		list_init(&s->ready[u]);
	lane_init(&s->plain, s, NULL);
}

struct tenant_gate *places_tenant(struct governor *g, const char *name)
{
	struct tenant_gate *t = map_get(&g->tenants, name);
	if (t)
		return t;
	t = xcalloc(1, sizeof *t);
	t->governor = g;
	t->name = xstrdup(name);
	gate_init(&t->gate, WINDOW_FIRST, WINDOW_MOST);
	map_init(&t->teams);
	for (int c = 0; c < CALL_CLASSES; c++)
		stream_init(&t->stream[c], t, (enum call_class)c);
	map_set(&g->tenants, t->name, t);
	heap_add(&g->quiet_tenants, &t->quiet, clock_mono_us() + tenant_kept_us);
	return t;
}

struct team_gate *places_team(struct tenant_gate *t, const char *id)
{
	char *key = xstrdup(id);
	for (char *c = key; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	struct team_gate *team = map_get(&t->teams, key);
	if (team) {
		free(key);
		return team;
	}
	team = xcalloc(1, sizeof *team);
	team->tenant = t;
	team->id = key;
	gate_init(&team->gate, WINDOW_MOST, WINDOW_MOST);
	map_set(&t->teams, key, team);
	heap_add(&t->governor->quiet_teams, &team->quiet, clock_mono_us());
	return team;
}

struct lane *places_lane(const struct permit *p)
{
	if (!p->team)
		return &p->tenant->stream[p->class].plain;
	struct lane **lane = &p->team->lane[p->class];
	if (!*lane) {
		*lane = xcalloc(1, sizeof **lane);
		lane_init(*lane, &p->tenant->stream[p->class], p->team);
	}
	return *lane;
}

void places_join(struct permit *p)
{
	struct governor *g = p->tenant->governor;
	p->tenant->calls++;
	heap_drop(&g->quiet_tenants, &p->tenant->quiet);
	if (!p->team)
		return;
	p->team->calls++;
	heap_drop(&g->quiet_teams, &p->team->quiet);
}

/* team_forgettable_us is when the team's gates all stand as those of a new one. */
static int64_t team_forgettable_us(const struct team_gate *team)
{
	int64_t at_us = slots_empty_us(&team->slots);
	for (int c = 0; c < CALL_CLASSES; c++)
		if (team->lane[c])
			at_us = latest(at_us, slots_empty_us(&team->lane[c]->slots));
	if (team->gate.parked_until_us)
		at_us = latest(at_us, team->gate.parked_until_us + parked_kept_us);
	return at_us;
}

void places_part(struct permit *p, int64_t now_us)
{
	struct tenant_gate *t = p->tenant;
	struct team_gate *team = p->team;
	p->tenant = NULL;
	p->team = NULL;
	p->held = false;
	if (team && --team->calls == 0)
		heap_add(&t->governor->quiet_teams, &team->quiet, team_forgettable_us(team));
	if (--t->calls == 0)
		heap_add(&t->governor->quiet_tenants, &t->quiet, now_us + tenant_kept_us);
}

static void team_free(struct team_gate *team)
{
	struct governor *g = team->tenant->governor;
	heap_drop(&g->quiet_teams, &team->quiet);
	for (int c = 0; c < CALL_CLASSES; c++) {
		if (team->lane[c])
			heap_drop(&g->resting_lanes, &team->lane[c]->rest);
		free(team->lane[c]);
	}
	map_drop(&team->tenant->teams, team->id);
	free(team->id);
	free(team);
}

static void tenant_free(struct tenant_gate *t)
{
	struct governor *g = t->governor;
	size_t at = 0;
	const char *id;
	void *team;
	while (map_next(&t->teams, &at, &id, &team))
		team_free(team);
	map_clear(&t->teams);
	heap_drop(&g->quiet_tenants, &t->quiet);
	for (int c = 0; c < CALL_CLASSES; c++)
		heap_drop(&g->resting_streams, &t->stream[c].rest);
	map_drop(&g->tenants, t->name);
	free(t->name);
	free(t);
}

static bool tenant_remembers(const struct tenant_gate *t, int64_t now_us)
{
	bool parked = t->gate.parked_until_us > now_us;
	for (int c = 0; c < CALL_CLASSES; c++)
		parked = parked || t->stream[c].gate.parked_until_us > now_us;
	return parked || t->teams.count > 0;
}

void places_forget(struct governor *g, int64_t now_us)
{
	struct heap_item *item;
	while ((item = due(&g->quiet_teams, now_us))) {
		struct team_gate *team = container_of(item, struct team_gate, quiet);
		if (team_forgettable_us(team) <= now_us)
			team_free(team);
		else
			heap_move(&g->quiet_teams, item, team_forgettable_us(team));
	}
	while ((item = due(&g->quiet_tenants, now_us))) {
		struct tenant_gate *t = container_of(item, struct tenant_gate, quiet);
		if (tenant_remembers(t, now_us))
			heap_move(&g->quiet_tenants, item, now_us + tenant_kept_us);
		else
			tenant_free(t);
	}
}

void places_clear(struct governor *g)
{
	size_t at = 0;
	const char *name;
	void *tenant;
	while (map_next(&g->tenants, &at, &name, &tenant))
		tenant_free(tenant);
	map_clear(&g->tenants);
	heap_clear(&g->resting_lanes);
	heap_clear(&g->resting_streams);
	heap_clear(&g->quiet_teams);
	heap_clear(&g->quiet_tenants);
}
