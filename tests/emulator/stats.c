/* stats - see stats.h. Maps stop growing at a limit; what is there goes on counting. */
#include "stats.h"

#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "routes.h"

#define MAP_MAX	       100000
#define POLL_GAP_MS    30000
#define SAME_MOMENT_MS 50 /* on its way before the 429 was known */

struct wait {
	int64_t told_ms, until_ms; /* monotonic */
};

static void map_free(struct map *m)
{
	size_t at = 0;
	const char *key;
	void *item;
	while (map_next(m, &at, &key, &item))
		free(item);
	map_clear(m);
}

void stats_init(struct stats *s)
{
	memset(s, 0, sizeof(*s));
	map_init(&s->by_route);
	map_init(&s->by_status);
	map_init(&s->by_tenant);
	map_init(&s->by_team);
	map_init(&s->waits);
	map_init(&s->polls);
}

void stats_clear(struct stats *s)
{
	map_free(&s->by_route);
	map_free(&s->by_status);
	map_free(&s->by_tenant);
	map_free(&s->by_team);
	map_free(&s->waits);
	map_free(&s->polls);
}

/* The owned block of size behind key, or NULL when the map is full. */
static void *slot(struct map *m, const char *key, size_t size)
{
	void *item = map_get(m, key);
	if (!item && m->count < MAP_MAX) {
		item = xcalloc(1, size);
		map_set(m, key, item);
	}
	return item;
}

static void count(struct map *m, const char *key)
{
	int64_t *n = slot(m, key, sizeof(*n));
	if (n)
		++*n;
}

void stats_request(struct stats *s)
{
	s->last_ms = clock_wall_ms();
	if (!s->http_requests++)
		s->first_ms = s->last_ms;
	if (++s->in_flight > s->max_parallel)
		s->max_parallel = s->in_flight;
}

void stats_answered(struct stats *s)
{
	s->in_flight--;
}

static void request_key(const struct call *c, char *key, size_t room)
{
	snprintf(key, room, "%s %s %s", c->who.tenant ? c->who.tenant->id : "", c->method, c->path);
}

void stats_arrived(struct stats *s, const struct call *c)
{
	char key[400];
	request_key(c, key, sizeof(key));
	struct wait *w = map_get(&s->waits, key);
	int64_t now = clock_mono_ms();
	if (w && now < w->until_ms - SAME_MOMENT_MS && now > w->told_ms + SAME_MOMENT_MS)
		s->early_retries++;
	if (w && now >= w->until_ms - SAME_MOMENT_MS)
		free(map_drop(&s->waits, key));
}

static void count_poll(struct stats *s, const struct call *c)
{
	int64_t *last = slot(&s->polls, c->path, sizeof(*last));
	int64_t now = moment_now(&c->em->time);
	if (!last)
		return;
	if (*last && now - *last < POLL_GAP_MS)
		s->early_polls++;
	*last = now;
}

void stats_replied(struct stats *s, const struct call *c)
{
	char label[160];
	snprintf(label, sizeof(label), "%d", c->reply.status);
	count(&s->by_status, label);
	s->throttled += c->reply.status == 429;
	if (!c->route)
		return;
	s->graph_requests++;
	snprintf(label, sizeof(label), "%s /%s", c->method, c->route->pattern);
	count(&s->by_route, label);
	if (c->who.tenant)
		count(&s->by_tenant, c->who.tenant->id);
	if (c->route->family == FAMILY_TEAMS && c->args[0])
		count(&s->by_team, c->args[0]);
	if (c->route->handle == operation_get)
		count_poll(s, c);
}

void stats_told(struct stats *s, const struct call *c, int64_t seconds)
{
	char key[400];
	request_key(c, key, sizeof(key));
	struct wait *w = slot(&s->waits, key, sizeof(*w));
	if (!w)
		return;
	w->told_ms = clock_mono_ms();
	w->until_ms = w->told_ms + seconds * 1000;
}

static json_t *counts(const struct map *m)
{
	json_t *object = json_object();
	size_t at = 0;
	const char *key;
	void *n;
	while (map_next(m, &at, &key, &n))
		json_object_set_new(object, key, json_integer(*(int64_t *)n));
	return object;
}

json_t *stats_report(const struct stats *s)
{
	json_t *report = json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "http_requests",
	    (json_int_t)s->http_requests, "graph_requests", (json_int_t)s->graph_requests,
	    "batches", (json_int_t)s->batches, "token_requests", (json_int_t)s->token_requests,
	    "throttled", (json_int_t)s->throttled, "early_retries", (json_int_t)s->early_retries,
	    "early_polls", (json_int_t)s->early_polls, "in_flight", (json_int_t)s->in_flight,
	    "max_parallel", (json_int_t)s->max_parallel, "first_ms", (json_int_t)s->first_ms,
	    "last_ms", (json_int_t)s->last_ms);
	json_object_set_new(report, "by_route", counts(&s->by_route));
	json_object_set_new(report, "by_status", counts(&s->by_status));
	json_object_set_new(report, "by_tenant", counts(&s->by_tenant));
	json_object_set_new(report, "by_team", counts(&s->by_team));
	return report;
}
