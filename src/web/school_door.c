/*
 * school_door - that a school is served is remembered, and is some seconds old at most while
 * Redis answers: what is not fresh is still good for a minute, and asked for meanwhile, so that
 * only the first visit of a school waits. That one is not served is asked for each time, so
 * that switching it on takes hold at once.
 */
#include "school_door.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "connections.h"
#include "doors.h"
#include "map.h"

enum { FRESH_MS = 5000, GOOD_MS = 60000, SCHOOLS_MAX = 20000 };

struct seen {
	int64_t served_at_ms; /* clock_mono_ms: then it was; 0: never, or not any more */
	bool asked;	      /* an answer is on its way */
};

struct school_door {
	const struct web *web;
	struct map schools; /* id -> struct seen, owned */
};

/* A question to Redis; the visit that waits for it, if any. */
struct question {
	struct school_door *door;
	char *school; /* owned */
	struct visit *v;
	void (*go)(struct visit *v);
};

static void forget_all(struct school_door *d)
{
	size_t at = 0;
	const char *school;
	void *seen;
	while (map_next(&d->schools, &at, &school, &seen))
		free(seen);
	map_clear(&d->schools);
}

struct school_door *school_door_new(const struct web *web)
{
	struct school_door *d = xcalloc(1, sizeof *d);
	d->web = web;
	map_init(&d->schools);
	return d;
}

void school_door_free(struct school_door *d)
{
	if (!d)
		return;
	forget_all(d);
	free(d);
}

static void decide(const struct school *s, struct visit *v, void (*go)(struct visit *v))
{
	if (!s->known)
		doors_refuse(v, 403, "unknown_school",
		    "The school %.140s is not entered here. The portal does that, or rollcall "
		    "school set.",
		    v->who.school);
	else if (!s->enabled)
		doors_refuse(v, 403, "school_off",
		    "Microsoft Teams is not switched on for the school %.140s.", v->who.school);
	else
		go(v);
}

static struct seen *seen_of(struct school_door *d, const char *school)
{
	struct seen *seen = map_get(&d->schools, school);
	if (seen)
		return seen;
	if (d->schools.count >= SCHOOLS_MAX)
		forget_all(d);
	seen = xcalloc(1, sizeof *seen);
	(void)map_set(&d->schools, school, seen);
	return seen;
}

static void school_came(void *ctx, struct school *s, struct connection *c, const struct err *e)
{
	struct question *q = ctx;
	struct seen *seen = seen_of(q->door, q->school);
	seen->asked = false;
	if (!e)
		seen->served_at_ms = s->known && s->enabled ? clock_mono_ms() : 0;
	if (q->v && e)
		answer_unreachable(q->v, e);
	else if (q->v)
		decide(s, q->v, q->go);
	school_clear(s);
	connection_clear(c);
	free(q->school);
	free(q);
}

/* A school is read along with the connection of the one who asks. */
static void ask(struct school_door *d, const char *school, const char *staff, struct visit *v,
    void (*go)(struct visit *v))
{
	char *name = connection_name(school, staff);
	struct question *q = xcalloc(1, sizeof *q);
	*q = (struct question){.door = d, .school = xstrdup(school), .v = v, .go = go};
	connection_read(d->web->redis, d->web->prefix, name, school_came, q);
	free(name);
}

void school_door_pass(struct school_door *d, struct visit *v, void (*go)(struct visit *v))
{
	struct seen *seen = map_get(&d->schools, v->who.school);
	int64_t age_ms =
	    seen && seen->served_at_ms ? clock_mono_ms() - seen->served_at_ms : GOOD_MS;
	if (age_ms >= GOOD_MS) {
		ask(d, v->who.school, v->who.id, v, go);
		return;
	}
	if (age_ms >= FRESH_MS && !seen->asked) {
		seen->asked = true;
		ask(d, v->who.school, v->who.id, NULL, NULL);
	}
	go(v);
}
