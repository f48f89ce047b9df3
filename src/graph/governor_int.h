/*
 * governor_int - what the governor's three files share: governor.c decides who goes,
 * places.c knows where everybody waits, park.c shuts what Microsoft parked.
 */
#ifndef GOVERNOR_INT_H
#define GOVERNOR_INT_H

#include "classify.h"
#include "gate.h"
#include "governor.h"
#include "heap.h"
#include "map.h"
#include "scope.h"

enum urgency { INTERACTIVE, BACKGROUND, URGENCIES };

/* Permits that have every gate in common: one tenant, class and team, or no team. */
struct lane {
	struct stream *stream;
	struct team_gate *team;		/* or NULL */
	struct slots slots;		/* of this class on this team */
	struct link waiting[URGENCIES]; /* of permits */
	struct link ready[URGENCIES];	/* in the stream's, while the team lets go */
	struct heap_item rest;		/* in governor.resting_lanes until it does */
};

/* The calls of one class that a tenant wants to make. */
struct stream {
	struct tenant_gate *tenant;
	enum call_class class;
	struct gate gate;
	struct pace pace;
	struct link ready[URGENCIES];	 /* of lanes that have such a permit */
	struct link turn;		 /* in app_class.turns, while it could go */
	struct heap_item rest;		 /* in governor.resting_streams until it can */
	int passed_over;		 /* how often its background calls stood back */
	struct lane plain;		 /* the calls without a team */
	const struct team_gate *suspect; /* the team that was last refused alone ... */
	int64_t suspect_until_us;	 /* ... for as long as it is parked */
};

struct team_gate {
	struct tenant_gate *tenant;
	char *id; /* owned */
	struct gate gate;
	struct slots slots; /* of all calls on this team */
	struct lane *lane[CALL_CLASSES]; /* owned; NULL: no such call was ever made on it */
	int calls;		/* waiting or out */
	struct heap_item quiet; /* in governor.quiet_teams while there are none */
};

struct tenant_gate {
	struct governor *governor;
	char *name; /* owned */
	struct gate gate;
	struct stream stream[CALL_CLASSES];
	struct map teams; /* by id, in lower case; owned */
	int calls;
	struct heap_item quiet;
};

/* One class of calls over all tenants. */
struct app_class {
	struct gate gate;
	struct pace pace;
	struct link turns; /* of streams that could go but for this */
};

struct governor {
	double scale;
	int share;
	struct rate tenant_rate[CALL_CLASSES], app_class_rate[CALL_CLASSES], app_rate;
	struct slot_rule lane_rule[CALL_CLASSES], team_rule;
	struct gate gate; /* of the app as a whole */
	struct pace pace;
	struct app_class class[CALL_CLASSES];
	int next_class;	    /* whose turn it is */
	struct map tenants; /* by name; owned */
	struct heap resting_lanes, resting_streams, quiet_teams, quiet_tenants;
	uint64_t gone; /* how many calls went so far */
	int waiting;
	void (*on_park)(void *ctx, const char *scope, int64_t until_wall_ms);
	void *on_park_ctx;
};

/* ---- places.c ------------------------------------------------------------------ */

struct tenant_gate *places_tenant(struct governor *g, const char *name);
struct team_gate *places_team(struct tenant_gate *t, const char *id);
struct lane *places_lane(const struct permit *p);

/* places_settle puts lanes and streams where they belong now: those of the team (may
 * be NULL), then all streams of the tenant. */
void places_settle(struct tenant_gate *t, struct team_gate *team, int64_t now_us);

/* places_wake moves up whoever rested until now; places_forget frees what remembers
 * nothing any more. */
void places_wake(struct governor *g, int64_t now_us);
void places_forget(struct governor *g, int64_t now_us);
void places_clear(struct governor *g);

/* A call is counted with its tenant and team from ask to done. */
void places_join(struct permit *p);
void places_part(struct permit *p, int64_t now_us);

int64_t class_opens_us(const struct governor *g, enum call_class class);

/* ---- park.c -------------------------------------------------------------------- */

/* park_refused parks what a throttled call shows to be used up, and says which kind
 * of scope it was; it returns until when, wall clock. */
int64_t park_refused(struct permit *p, int64_t until_wall_ms, const char *scope_text,
    int64_t now_us, enum scope_kind *refused);

/* park_until is when Microsoft lets p go at the earliest, wall clock; 0: at once. */
int64_t park_until(const struct permit *p, int64_t now_us);

#endif
