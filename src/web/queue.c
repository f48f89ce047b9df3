/*
 * queue - how deep the queue is, how old, how fast, by school and age: what `rollcall queue`
 * shows, for programs and the operators' page. Looked at are the schools whose turn is next
 * and the heads of their lanes, so that a look costs the same however much waits. A key that
 * is for one school hears of the others only as part of the whole.
 */
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "buf.h"
#include "round.h"
#include "throughput.h"

enum { SCHOOLS_MOST = 20, HEADS_MOST = 100, LIMITS = 7, BUCKETS = LIMITS + 1 };
#define SCHOOLS_LAST "19"
#define HEADS_LAST   "99"

/* Minutes; what has waited longer than the last is counted behind it. */
static const int64_t limits[LIMITS] = {5, 10, 20, 40, 80, 160, 320};
enum { UNIT_MS = 60000 };

struct depth;

struct school_depth {
	struct depth *depth;
	char *school; /* owned */
	int64_t ready, running, outside, first_queued_at;
	int64_t ages[BUCKETS];
	json_t *heads; /* owned: ids at the head of the lane */
};

struct depth {
	struct visit *visit;
	json_t *answer; /* owned */
	int64_t now, oldest_at;
	int stage;
	size_t count;
	struct school_depth at[SCHOOLS_MOST];
};

/* ---- what comes back ---------------------------------------------------------------------- */

static void put(struct depth *d, const char *key, int64_t n)
{
	json_object_set_new(d->answer, key, json_integer(n));
}

static void take_time(void *about, const struct reply *r)
{
	struct depth *d = about;
	d->now = reply_number(reply_at(r, 0)) * 1000 + reply_number(reply_at(r, 1)) / 1000;
	put(d, "now", d->now);
}

static void take_alive(void *about, const struct reply *r)
{
	struct depth *d = about;
	json_object_set_new(d->answer, "workers_online", json_boolean(reply_number(r) > 0));
}

static void take_workers(void *about, const struct reply *r)
{
	put(about, "workers", reply_number(r));
}

static void take_inbox(void *about, const struct reply *r)
{
	put(about, "inbox", reply_number(r));
}

static void take_bad(void *about, const struct reply *r)
{
	put(about, "bad", reply_number(r));
}

static void take_counts(void *about, const struct reply *r)
{
	static const char *const counted[] = {
	    "queued", "waiting", "running", "dead", "done", "failed", "cancelled"};
	struct depth *d = about;
	json_t *counts = json_object();
	for (size_t i = 0; i < sizeof counted / sizeof *counted; i++)
		json_object_set_new(
		    counts, counted[i], json_integer(reply_number(reply_field(r, counted[i]))));
	json_object_set_new(d->answer, "counts", counts);
}

/* "what" -> "when who" */
static void take_paused(void *about, const struct reply *r)
{
	struct depth *d = about;
	json_t *paused = json_array();
	for (size_t i = 0; i + 1 < reply_count(r); i += 2) {
		const char *what = reply_text(reply_at(r, i), NULL);
		const char *text = reply_text(reply_at(r, i + 1), NULL);
		char *who = NULL;
		int64_t since = text ? strtoll(text, &who, 10) : 0;
		if (what && strncmp(what, "back:", 5) != 0)
			json_array_append_new(paused,
			    json_pack("{s:s, s:I, s:s}", "what", what, "since", (json_int_t)since,
				"by", who && *who == ' ' ? who + 1 : ""));
	}
	json_object_set_new(d->answer, "paused", paused);
}

static void take_schools(void *about, const struct reply *r)
{
	struct depth *d = about;
	for (size_t i = 0; i < reply_count(r) && d->count < SCHOOLS_MOST; i++) {
		const char *school = reply_text(reply_at(r, i), NULL);
		if (school)
			d->at[d->count++] =
			    (struct school_depth){.depth = d, .school = xstrdup(school)};
	}
}

static void take_capped(void *about, const struct reply *r)
{
	take_schools(about, reply_at(r, 1));
}

static void take_ready(void *about, const struct reply *r)
{
	((struct school_depth *)about)->ready = reply_number(r);
}

static void take_running(void *about, const struct reply *r)
{
	((struct school_depth *)about)->running = reply_number(r);
}

static void take_outside(void *about, const struct reply *r)
{
	((struct school_depth *)about)->outside = reply_number(r);
}

static void take_heads(void *about, const struct reply *r)
{
	struct school_depth *s = about;
	s->heads = json_array();
	for (size_t i = 0; i < reply_count(r); i++)
		json_array_append_new(s->heads, json_string(reply_text(reply_at(r, i), NULL)));
}

static void take_queued_at(void *about, const struct reply *r)
{
	struct school_depth *s = about;
	int64_t at = reply_kind(r) == REPLY_NIL ? 0 : reply_number(r);
	int bucket = 0;
	if (at <= 0)
		return;
	while (bucket < LIMITS && s->depth->now - at > limits[bucket] * UNIT_MS)
		bucket++;
	s->ages[bucket]++;
	if (!s->first_queued_at || at < s->first_queued_at)
		s->first_queued_at = at;
	if (!s->depth->oldest_at || at < s->depth->oldest_at)
		s->depth->oldest_at = at;
}

/* ---- what is asked, stage by stage --------------------------------------------------------- */

static void ask_for_the_whole(struct depth *d, struct round *r)
{
	ROUND_ASK(r, take_time, d, "TIME");
	ROUND_ASK(r, take_alive, d, "EXISTS", "alive");
	ROUND_ASK(r, take_workers, d, "ZCARD", "workers");
	ROUND_ASK(r, take_inbox, d, "LLEN", "inbox");
	ROUND_ASK(r, take_bad, d, "LLEN", "bad");
	ROUND_ASK(r, take_counts, d, "HGETALL", "counts");
	ROUND_ASK(r, take_paused, d, "HGETALL", "paused");
	ROUND_ASK(r, take_schools, d, "ZRANGE", "ring", "0", SCHOOLS_LAST);
	ROUND_ASK(r, take_capped, d, "SSCAN", "capped", "0", "COUNT", SCHOOLS_LAST);
}

static void ask_for_schools(struct depth *d, struct round *r)
{
	for (size_t i = 0; i < d->count; i++) {
		struct school_depth *s = &d->at[i];
		char *lane = xasprintf("lane:%s", s->school);
		char *outside = xasprintf("overflow:%s", s->school);
		ROUND_ASK(r, take_ready, s, "ZCARD", lane);
		ROUND_ASK(r, take_heads, s, "ZRANGE", lane, "0", HEADS_LAST);
		ROUND_ASK(r, take_running, s, "HGET", "school_running", s->school);
		ROUND_ASK(r, take_outside, s, "LLEN", outside);
		free(lane);
		free(outside);
	}
}

static void ask_for_ages(struct depth *d, struct round *r)
{
	size_t k;
	json_t *id;
	for (size_t i = 0; i < d->count; i++)
		json_array_foreach (d->at[i].heads, k, id) {
			char *job = xasprintf("job:%s", json_string_value(id));
			ROUND_ASK(r, take_queued_at, &d->at[i], "HGET", job, "queued_at");
			free(job);
		}
}

/* ---- the answer ------------------------------------------------------------------------------ */

static json_t *school_json(const struct school_depth *s)
{
	json_t *ages = json_array();
	for (size_t i = 0; i < BUCKETS; i++)
		json_array_append_new(ages, json_integer(s->ages[i]));
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:o}", "school", s->school, "ready",
	    (json_int_t)s->ready, "running", (json_int_t)s->running, "outside",
	    (json_int_t)s->outside, "first_queued_at", (json_int_t)s->first_queued_at, "ages",
	    ages);
}

static void depth_answer(struct depth *d)
{
	json_t *schools = json_array(), *age_limits = json_array();
	/* A key may be for one school; an operator is for all of them. */
	const struct who *who = &d->visit->who;
	const char *only = who->kind == WHO_PROGRAM ? who->school : NULL;
	for (size_t i = 0; i < d->count; i++)
		if (!only || strcmp(only, d->at[i].school) == 0)
			json_array_append_new(schools, school_json(&d->at[i]));
	for (size_t i = 0; i < LIMITS; i++)
		json_array_append_new(age_limits, json_integer(limits[i] * UNIT_MS));
	json_object_set_new(d->answer, "schools", schools);
	json_object_set_new(d->answer, "age_limits_ms", age_limits);
	put(d, "ages_of_the_first", HEADS_MOST);
	put(d, "oldest_ms", d->oldest_at ? d->now - d->oldest_at : 0);
	json_object_set_new(d->answer, "per_minute", throughput_json(d->visit->web));
	answer_json(d->visit, 200, json_incref(d->answer));
}

static void depth_free(struct depth *d)
{
	for (size_t i = 0; i < d->count; i++) {
		free(d->at[i].school);
		json_decref(d->at[i].heads);
	}
	json_decref(d->answer);
	free(d);
}

static bool looked(void *ctx, struct round *r, const struct err *e)
{
	struct depth *d = ctx;
	if (e) {
		answer_unreachable(d->visit, e);
	} else if (d->stage < 2 && d->count > 0) {
		if (d->stage++ == 0)
			ask_for_schools(d, r);
		else
			ask_for_ages(d, r);
		return true;
	} else {
		depth_answer(d);
	}
	depth_free(d);
	return false;
}

void serve_queue(struct visit *v)
{
	struct depth *d = xcalloc(1, sizeof *d);
	struct round *r = round_new(v->web, looked, d);
	d->visit = v;
	d->answer = json_object();
	ask_for_the_whole(d, r);
	round_go(r);
}
