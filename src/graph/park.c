/*
 * park - what Microsoft said to leave alone for a while.
 *
 * A refusal (429, 503, 509) names its scope in a header, or it does not; Teams does not.
 * Then a refused call on a team is first taken to mean that team. If, while that team
 * is parked, another team of the same tenant is refused for the same class of calls, it
 * was not the team: the tenant's class is parked. A call without a team means the class at
 * once. Nothing wider is ever inferred, so a parked team delays no other team and
 * a parked tenant no other tenant.
 *
 * Requests made while throttled count against the quota and prolong it: a later refusal
 * makes the pause longer, nothing makes it shorter, and the gate opens a little later
 * than it might, with a window of one.
 */
#include <stdio.h>
#include <stdlib.h>

#include "buf.h"
#include "clock.h"
#include "governor_int.h"

enum { US_PER_MS = 1000, MARGIN_MS = 50, ECHO_MS = 500, PAUSE_MOST_MS = 3600 * 1000 };

static int64_t later_ms(int64_t so_far_ms, const struct gate *g, int64_t now_us)
{
	bool shut = g->parked_until_us > now_us;
	return shut && g->parked_until_ms > so_far_ms ? g->parked_until_ms : so_far_ms;
}

int64_t park_until(const struct permit *p, int64_t now_us)
{
	const struct tenant_gate *t = p->tenant;
	const struct governor *g = t->governor;
	int64_t until_ms = later_ms(0, &g->gate, now_us);
	until_ms = later_ms(until_ms, &g->class[p->class].gate, now_us);
	until_ms = later_ms(until_ms, &t->gate, now_us);
	until_ms = later_ms(until_ms, &t->stream[p->class].gate, now_us);
	return p->team ? later_ms(until_ms, &p->team->gate, now_us) : until_ms;
}

/* ---- telling those who wait --------------------------------------------------------- */

static void tell_lane(const struct lane *l, int64_t now_us)
{
	for (int u = 0; u < URGENCIES; u++)
		list_each (item, &l->waiting[u]) {
			struct permit *p = container_of(item, struct permit, link);
			int64_t until_ms = park_until(p, now_us);
			if (until_ms == p->parked_until)
				continue;
			p->parked_until = until_ms;
			if (p->parked)
				p->parked(p);
		}
}

static void tell_team(const struct team_gate *team, int64_t now_us)
{
	for (int c = 0; c < CALL_CLASSES; c++)
		if (team->lane[c])
			tell_lane(team->lane[c], now_us);
}

static void tell_stream(const struct stream *s, int64_t now_us)
{
	tell_lane(&s->plain, now_us);
	size_t at = 0;
	const char *id;
	void *team;
	while (map_next(&s->tenant->teams, &at, &id, &team)) {
		const struct lane *lane = ((struct team_gate *)team)->lane[s->class];
		if (lane)
			tell_lane(lane, now_us);
	}
}

static void tell_tenant(const struct tenant_gate *t, int64_t now_us)
{
	for (int c = 0; c < CALL_CLASSES; c++)
		tell_stream(&t->stream[c], now_us);
}

/* tell_class tells the tenants' streams of one class, or with -1 of all. */
static void tell_class(const struct governor *g, int class, int64_t now_us)
{
	size_t at = 0;
	const char *name;
	void *tenant;
	while (map_next(&g->tenants, &at, &name, &tenant)) {
		if (class < 0)
			tell_tenant(tenant, now_us);
		else
			tell_stream(&((struct tenant_gate *)tenant)->stream[class], now_us);
	}
}

/* ---- shutting ------------------------------------------------------------------------- */

static struct gate *gate_of(struct governor *g, const struct scope *s)
{
	switch (s->kind) {
	case SCOPE_APP:
		return &g->gate;
	case SCOPE_APP_CLASS:
		return &g->class[s->class].gate;
	case SCOPE_TENANT:
		return &places_tenant(g, s->tenant)->gate;
	case SCOPE_TENANT_CLASS:
		return &places_tenant(g, s->tenant)->stream[s->class].gate;
	case SCOPE_TEAM:
		return &places_team(places_tenant(g, s->tenant), s->team)->gate;
	}
	abort();
}

static void shut_in(struct governor *g, const struct scope *s, int64_t now_us)
{
	switch (s->kind) {
	case SCOPE_APP:
		tell_class(g, -1, now_us);
		return;
	case SCOPE_APP_CLASS:
		tell_class(g, (int)s->class, now_us);
		return;
	case SCOPE_TENANT:
		tell_tenant(places_tenant(g, s->tenant), now_us);
		places_settle(places_tenant(g, s->tenant), NULL, now_us);
		return;
	case SCOPE_TENANT_CLASS:
		tell_stream(&places_tenant(g, s->tenant)->stream[s->class], now_us);
		places_settle(places_tenant(g, s->tenant), NULL, now_us);
		return;
	case SCOPE_TEAM: {
		struct tenant_gate *t = places_tenant(g, s->tenant);
		struct team_gate *team = places_team(t, s->team);
		tell_team(team, now_us);
		places_settle(t, team, now_us);
		return;
	}
	}
}

/* park shuts one scope; false if it was shut for that long already. */
static bool park(struct governor *g, const struct scope *s, int64_t until_ms, int64_t now_us)
{
	if (until_ms <= clock_wall_ms())
		return false;
	int64_t pause_ms = until_ms - clock_wall_ms();
	if (pause_ms > PAUSE_MOST_MS + MARGIN_MS) {
		until_ms -= pause_ms - PAUSE_MOST_MS - MARGIN_MS;
		pause_ms = PAUSE_MOST_MS + MARGIN_MS;
	}
	int64_t until_us = now_us + pause_ms * US_PER_MS;
	if (!gate_park(gate_of(g, s), until_us, until_ms, g->gone))
		return false;
	shut_in(g, s, now_us);
	return true;
}

/* What comes back from elsewhere as a little longer is what is known here already: nobody
 * who waits is told of that. */
void governor_park(struct governor *g, const char *scope, int64_t until_wall_ms)
{
	struct scope s;
	int64_t now_us = clock_mono_us();
	if (scope_read(scope, &s) < 0)
		return;
	int64_t known_ms = later_ms(0, gate_of(g, &s), now_us);
	if (until_wall_ms > known_ms + ECHO_MS)
		park(g, &s, until_wall_ms, now_us);
}

/* ---- what a refusal means ---------------------------------------------------------------- */

/* suspect_team tells whether the refusal may still be the team's own affair. */
static bool suspect_team(struct permit *p, int64_t now_us)
{
	struct stream *s = &p->tenant->stream[p->class];
	return s->suspect_until_us <= now_us || s->suspect == p->team;
}

static struct scope scope_refused(struct permit *p, enum said who, int64_t now_us)
{
	struct scope s = {.kind = SCOPE_TENANT_CLASS, .class = p->class};
	text_copy(s.tenant, sizeof s.tenant, p->tenant->name);
	switch (who) {
	case SAID_APP:
		s.kind = SCOPE_APP_CLASS;
		return s;
	case SAID_TENANT:
		return s;
	case SAID_NOTHING:
		if (!p->team || !suspect_team(p, now_us))
			return s;
		break;
	case SAID_RESOURCE:
		if (!p->team)
			return s;
		break;
	}
	s.kind = SCOPE_TEAM;
	text_copy(s.team, sizeof s.team, p->team->id);
	return s;
}

static void park_and_say(
    struct governor *g, const struct scope *s, int64_t until_ms, int64_t now_us)
{
	char text[SCOPE_ROOM];
	if (!park(g, s, until_ms, now_us) || !g->on_park)
		return;
	scope_write(s, text);
	g->on_park(g->on_park_ctx, text, until_ms);
}

int64_t park_refused(struct permit *p, int64_t until_wall_ms, const char *scope_text,
    int64_t now_us, enum scope_kind *refused)
{
	struct governor *g = p->tenant->governor;
	struct scope_said said = scope_header(scope_text);
	struct scope s = scope_refused(p, said.who, now_us);
	struct gate *gate = gate_of(g, &s);
	gate_refused(gate, p->number);
	*refused = s.kind;
	if (until_wall_ms == 0)
		until_wall_ms = clock_wall_ms() + gate_backoff_ms(gate);
	until_wall_ms += MARGIN_MS;
	park_and_say(g, &s, until_wall_ms, now_us);
	if (s.kind == SCOPE_TEAM) {
		struct stream *stream = &p->tenant->stream[p->class];
		stream->suspect = p->team;
		stream->suspect_until_us = gate->parked_until_us;
	}
	bool directory = p->class == CALL_DIRECTORY_READ || p->class == CALL_DIRECTORY_WRITE;
	if (said.reads_and_writes && directory) {
		s.class =
		    p->class == CALL_DIRECTORY_READ ? CALL_DIRECTORY_WRITE : CALL_DIRECTORY_READ;
		park_and_say(g, &s, until_wall_ms, now_us);
	}
	return park_until(p, now_us);
}
