/*
 * governor - paces calls to Microsoft so that they are not refused.
 *
 * Three gates before a call takes a connection (graph.md 6.1): the bucket of its
 * request class for the (app, tenant) and for the app as a whole; the bucket of its
 * team; the adaptive window of the tenant. What Microsoft parks (Retry-After) stays
 * parked for that scope. Within a tenant interactive calls go first, tenants take
 * turns. Pure but for the clock: the owner asks when to come back.
 */
#ifndef GOVERNOR_H
#define GOVERNOR_H

#include <stdbool.h>
#include <stdint.h>

#include "list.h"

struct governor;

enum call_class {
	CALL_TEAM_CREATE, CALL_TEAM_READ, CALL_MEMBERS_LIST, CALL_MEMBER_ADD_ONE,
	CALL_TEAMS_READ_OTHER, CALL_TEAMS_OTHER, CALL_DIRECTORY_READ, CALL_DIRECTORY_WRITE,
};

/* A call that wants to go; embedded in its owner, zeroed before first use. */
struct permit {
	struct link link;
	struct tenant_gate *tenant;
	struct team_gate *team;
	enum call_class class;
	int cost;			/* resource units for directory calls */
	bool background;
	bool held;			/* it went: a place of the window is taken */
	uint64_t number;		/* of all that went, this was the nth */
	int64_t parked_until;		/* wall ms; 0: not parked by Microsoft */
	/* go: may take its connection now; called by governor_turn alone.
	 * parked: parked_until has changed, or is 0 again because it goes now; may be
	 * NULL, and must not call the governor. */
	void (*go)(struct permit *p);
	void (*parked)(struct permit *p);
};

struct governor *governor_new(double quota_scale);
void governor_free(struct governor *g);

/* governor_classify reads method and path ("/teams/ID/members/add"); *team is the id
 * within the path (room 64) or "". */
enum call_class governor_classify(const char *method, const char *path, char team[64]);

/* governor_cost is the price of one request in resource units, at least 1. */
int governor_cost(const char *method, const char *path);

/* governor_ask puts p, with class, cost, background and callbacks filled in, into
 * line; team may be "". A permit that finds its scope parked has parked_until set at
 * once. governor_drop takes it out again, or gives back the place of one that went
 * and whose end nobody will hear of; harmless for a permit that never asked. */
void governor_ask(struct governor *g, struct permit *p, const char *tenant, const char *team);
void governor_drop(struct governor *g, struct permit *p);

enum verdict { VERDICT_OK, VERDICT_SLOW_DOWN, VERDICT_THROTTLED, VERDICT_TROUBLE };

/* governor_done gives the place back and says how the call went. VERDICT_THROTTLED
 * parks the scope until wall_ms (0: Microsoft did not say; the governor doubles its
 * own pause from 3 s to 3 min): the team where the call had one, else the tenant's
 * request class, unless scope_text, the header x-ms-throttle-scope, says otherwise (may
 * be NULL). p->parked_until is then what the scope is parked until. VERDICT_TROUBLE parks
 * nothing; p->parked_until says when to try again, later with each trouble in a row. */
void governor_done(struct governor *g, struct permit *p, enum verdict v,
    int64_t until_wall_ms, const char *scope_text);

/* governor_park parks a scope that another worker found, by the name that the
 * callback of governor_on_park was given there; a text that names none is ignored. */
void governor_park(struct governor *g, const char *scope, int64_t until_wall_ms);
void governor_on_park(struct governor *g,
    void (*fn)(void *ctx, const char *scope, int64_t until_wall_ms), void *ctx);
void governor_share(struct governor *g, int workers);

/* governor_turn lets go whoever may go and returns how many ms later to call again,
 * -1: only after the next ask or done. */
int64_t governor_turn(struct governor *g);

int governor_held_back(const struct governor *g);

/* retry_after_ms reads a Retry-After header: seconds, decimals, an HTTP date; rounded
 * up to a second, at most an hour. NULL or nonsense gives the fallback as it is. */
int64_t retry_after_ms(const char *header, int64_t fallback_ms);

#endif
