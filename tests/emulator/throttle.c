/* throttle - see throttle.h. The numbers stand in two tables below. */
#include "throttle.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "buf.h"
#include "clock.h"
#include "routes.h"

#define SWEEP_FIRST 200000 /* buckets; then full ones are forgotten */
#define DEBT_SHARE  2.0	   /* early retries push a bucket at most so far below zero */
#define DEMANDS_MAX 8

struct bucket {
	double tokens, capacity, per_us;
	int64_t filled_us; /* the moment tokens was right */
	bool refusing;
};

struct demand {
	char key[160];
	double capacity, period_s, cost;
	const char *information; /* of identity answers, or NULL */
	bool tells_percentage;
	struct bucket *bucket;
};

struct demands {
	struct demand list[DEMANDS_MAX];
	size_t count;
};

/* Teams: requests a second; the last two: so many in so many seconds on one team. */
static const struct teams_row {
	const char *name;
	double app_tenant, app, team, team_period_s;
} teams_rows[] = {
    [QUOTA_TEAM_GET] = {"team-get", 30, 300, 0, 0},
    [QUOTA_TEAM_POST] = {"team-post", 10, 100, 0, 0},
    [QUOTA_TEAM_PUT] = {"team-put", 6, 150, 0, 0},
    [QUOTA_TEAM_PATCH] = {"team-patch", 30, 300, 0, 0},
    [QUOTA_MEMBERS_GET] = {"members-get", 60, 1200, 0, 0},
    [QUOTA_MEMBER_POST] = {"member-post", 30, 300, 4, 60},
    [QUOTA_BULK_ADD] = {"teams-other", 30, 300, 1, 1},
    [QUOTA_TEAMS_READ] = {"teams-get-other", 30, 1500, 1, 1},
    [QUOTA_TEAMS_WRITE] = {"teams-other", 30, 300, 1, 1},
};

/* Identity: units or writes in so many seconds. */
static const struct identity_row {
	const char *name;
	double capacity, period_s;
	bool by_app, by_tenant, writes;
} identity_rows[] = {
    {"identity-writes", 3000, 150, true, true, true},
    {"identity-app-units", 150000, 20, true, false, false},
    {"identity-app-writes", 35000, 300, true, false, true},
    {"identity-tenant-writes", 18000, 300, false, true, true},
};

void throttle_init(struct throttle *t)
{
	map_init(&t->buckets);
	t->sweep_at = SWEEP_FIRST;
	t->off = false;
}

void throttle_clear(struct throttle *t)
{
	size_t at = 0;
	const char *key;
	void *bucket;
	while (map_next(&t->buckets, &at, &key, &bucket))
		free(bucket);
	map_clear(&t->buckets);
}

static void refill(struct bucket *b, int64_t now_us)
{
	b->tokens += (double)(now_us - b->filled_us) * b->per_us;
	b->filled_us = now_us;
	if (b->tokens > b->capacity)
		b->tokens = b->capacity;
}

static void forget_full_buckets(struct throttle *t, int64_t now_us)
{
	size_t at = 0;
	const char *key;
	void *item;
	while (map_next(&t->buckets, &at, &key, &item)) {
		struct bucket *b = item;
		refill(b, now_us);
		if (b->tokens < b->capacity)
			continue;
		map_drop(&t->buckets, key);
		free(b);
	}
	t->sweep_at = t->buckets.count + SWEEP_FIRST;
}

static struct bucket *bucket_for(struct throttle *t, const struct demand *d, int64_t now_us)
{
	struct bucket *b = map_get(&t->buckets, d->key);
	if (!b) {
		b = xcalloc(1, sizeof(*b));
		b->capacity = b->tokens = d->capacity;
		b->per_us = d->capacity / d->period_s / 1e6;
		b->filled_us = now_us;
		map_set(&t->buckets, d->key, b);
	}
	refill(b, now_us);
	return b;
}

static void demand(struct demands *all, const char *name, const char *app, const char *tenant,
    const char *team, double capacity, double period_s, double cost)
{
	struct demand *d = &all->list[all->count++];
	snprintf(d->key, sizeof(d->key), "%s|%s|%s|%s", name, app, tenant, team);
	d->capacity = capacity;
	d->period_s = period_s;
	d->cost = cost;
	d->information = NULL;
	d->tells_percentage = false;
}

static void demand_teams(struct call *c, struct demands *all)
{
	const char *app = c->who.app->client_id, *tenant = c->who.tenant->id;
	enum quota quota = c->route->quota;
	if (quota == QUOTA_BULK_ADD && c->set.bulk_add_strict)
		quota = QUOTA_MEMBER_POST;
	const struct teams_row *row = &teams_rows[quota];
	demand(all, row->name, app, tenant, "", row->app_tenant, 1, 1);
	demand(all, row->name, app, "", "", row->app, 1, 1);
	bool on_team = c->args[0] && strncasecmp(c->route->pattern, "users/", 6) != 0;
	if (!on_team)
		return;
	demand(all, "team", app, tenant, c->args[0], 4, 1, 1);
	if (row->team > 0)
		demand(all, row->name, app, tenant, c->args[0], row->team, row->team_period_s, 1);
}

static double cost_in_units(const struct call *c)
{
	int units = c->route->units;
	const char *top = url_parameter(&c->url, "$top");
	if (url_parameter(&c->url, "$select"))
		units--;
	if (top && strtol(top, NULL, 10) < 20)
		units--;
	if (url_parameter(&c->url, "$expand"))
		units++;
	return units < 1 ? 1 : units;
}

static double units_of_tenant(const struct tenant *t)
{
	int64_t size = t->size ? t->size : (int64_t)t->user_count;
	return size < 50 ? 3500 : size <= 500 ? 5000 : 8000;
}

static void demand_identity(struct call *c, struct demands *all)
{
	const char *app = c->who.app->client_id, *tenant = c->who.tenant->id;
	double units = cost_in_units(c);
	bool writes = strcmp(c->method, "GET") != 0;
	demand(all, "identity-units", app, tenant, "", units_of_tenant(c->who.tenant), 10, units);
	all->list[all->count - 1].information = "ResourceUnitLimitExceeded";
	all->list[all->count - 1].tells_percentage = true;
	for (size_t i = 0; i < sizeof(identity_rows) / sizeof(identity_rows[0]); i++) {
		const struct identity_row *row = &identity_rows[i];
		if (row->writes && !writes)
			continue;
		demand(all, row->name, row->by_app ? app : "", row->by_tenant ? tenant : "", "",
		    row->capacity, row->period_s, row->writes ? 1 : units);
		all->list[all->count - 1].information =
		    row->writes ? "WriteLimitExceeded" : "ResourceUnitLimitExceeded";
	}
	char text[16];
	snprintf(text, sizeof(text), "%.0f", units);
	reply_header(c, "x-ms-resource-unit", text);
}

/* What members/add costs the directory, if each added member is a write. */
static void demand_bulk_writes(struct call *c, struct demands *all)
{
	size_t count = json_array_size(json_object_get(c->body, "values"));
	if (c->route->quota != QUOTA_BULK_ADD || !c->set.bulk_add_writes || !count)
		return;
	demand(all, "identity-writes", c->who.app->client_id, c->who.tenant->id, "", 3000, 150,
	    (double)count);
	all->list[all->count - 1].information = "WriteLimitExceeded";
}

static void collect(struct call *c, struct demands *all)
{
	const char *app = c->who.app->client_id;
	demand(all, "global", app, "", "", 130000, 10, 1);
	switch (c->route->quota) {
	case QUOTA_IDENTITY:
		demand_identity(c, all);
		return;
	case QUOTA_EDUCATION:
		demand(all, "education", app, c->who.tenant->id, "", 35000, 10, 1);
		demand(all, "education", app, "", "", 400000, 20, 1);
		return;
	case QUOTA_TEAM_GET:
	case QUOTA_TEAM_POST:
	case QUOTA_TEAM_PUT:
	case QUOTA_TEAM_PATCH:
	case QUOTA_MEMBERS_GET:
	case QUOTA_MEMBER_POST:
	case QUOTA_BULK_ADD:
	case QUOTA_TEAMS_READ:
	case QUOTA_TEAMS_WRITE:
		demand_teams(c, all);
		demand_bulk_writes(c, all);
		return;
	}
}

static void tell_percentage(struct call *c, const struct bucket *b)
{
	double share = 1.0 - b->tokens / b->capacity;
	if (share <= 0.8)
		return;
	char text[16];
	snprintf(text, sizeof(text), "%.1f", share > 1.8 ? 1.8 : share);
	reply_header(c, "x-ms-throttle-limit-percentage", text);
}

static void tell_scope(struct call *c, const char *information)
{
	bool reads = !strcmp(c->method, "GET");
	char *scope = xasprintf("Tenant_Application/%s/%s/%s", reads ? "ReadWrite" : "Write",
	    c->who.app->client_id, c->who.tenant->id);
	reply_header(c, "x-ms-throttle-scope", scope);
	reply_header(c, "x-ms-throttle-information", information);
	free(scope);
}

static void http_date(int64_t seconds_ahead, char text[40])
{
	time_t at = (time_t)(clock_wall_ms() / 1000 + seconds_ahead);
	struct tm parts;
	gmtime_r(&at, &parts);
	strftime(text, 40, "%a, %d %b %Y %H:%M:%S GMT", &parts);
}

void throttle_retry_after(struct call *c, int64_t seconds)
{
	const json_t *form = c->set.retry_after;
	const char *word = json_string_value(form);
	char text[40];
	snprintf(text, sizeof(text), "%lld", (long long)seconds);
	if (json_is_number(form))
		snprintf(text, sizeof(text), "%.10g", json_number_value(form));
	else if (word && !strcmp(word, "none"))
		return;
	else if (word && !strcmp(word, "date"))
		http_date(seconds, text);
	else if (word && !strcmp(word, "decimal"))
		snprintf(text, sizeof(text), "%lld.128", (long long)seconds);
	else if (word && strcmp(word, "lowercase") != 0)
		snprintf(text, sizeof(text), "%.30s", word);
	reply_header(c, word && !strcmp(word, "lowercase") ? "retry-after" : "Retry-After", text);
	stats_told(&c->em->stats, c, seconds);
}

void throttle_refuse(struct call *c, int64_t seconds)
{
	throttle_retry_after(c, seconds);
	if (c->set.unknown_error_body) {
		reply_error(c, 429, "UnknownError", "%s", "");
		return;
	}
	char date[32];
	clock_iso(clock_wall_ms(), date);
	date[19] = '\0';
	const char *client = c->client_request_id ? c->client_request_id : c->request_id;
	reply_json(c, 429,
	    json_pack("{s:{s:s,s:s,s:{s:s,s:s,s:s,s:s,s:s,s:s}}}", "error", "code",
		"TooManyRequests", "message", "Please retry again later.", "innerError", "code",
		"429", "message", "Please retry after", "status", "429", "date", date, "request-id",
		c->request_id, "client-request-id", client));
}

/* Charges a refused request to the buckets that were refusing already. */
static double refuse_by(struct bucket *b, double cost)
{
	if (b->refusing && b->tokens > -DEBT_SHARE * b->capacity)
		b->tokens -= cost;
	b->refusing = true;
	return (cost - b->tokens) / b->per_us;
}

/* Refuses on behalf of one bucket; returns how long it is until it has enough. */
static double ask(struct call *c, const struct demand *d)
{
	struct bucket *b = d->bucket;
	/* a request dearer than the bucket is deep passes a full one */
	double cost = d->cost > b->capacity ? b->capacity : d->cost;
	if (b->tokens >= cost - 1e-9)
		return 0;
	double wait_us = refuse_by(b, cost);
	if (d->information) {
		tell_scope(c, d->information);
		tell_percentage(c, b);
	}
	return wait_us;
}

static void pay(struct call *c, const struct demand *d)
{
	d->bucket->tokens -= d->cost;
	d->bucket->refusing = false;
	if (d->tells_percentage)
		tell_percentage(c, d->bucket);
}

bool throttle_admit(struct call *c)
{
	struct throttle *t = &c->em->throttle;
	struct demands all = {.count = 0};
	int64_t now_us = moment_now_us(&c->em->time);
	double longest_us = 0;
	collect(c, &all);
	if (t->off)
		return true;
	if (t->buckets.count >= t->sweep_at)
		forget_full_buckets(t, now_us);
	for (size_t i = 0; i < all.count; i++)
		all.list[i].bucket = bucket_for(t, &all.list[i], now_us);
	for (size_t i = 0; i < all.count; i++) {
		double wait_us = ask(c, &all.list[i]);
		longest_us = wait_us > longest_us ? wait_us : longest_us;
	}
	if (longest_us > 0) {
		throttle_refuse(c, moment_wait_s(&c->em->time, (int64_t)longest_us));
		return false;
	}
	for (size_t i = 0; i < all.count; i++)
		pay(c, &all.list[i]);
	return true;
}
