/*
 * top_look - some dozens of small commands, whatever the depth: of schools the first that take
 * their turns are looked at, of each worker some of its jobs.
 */
#include "top_look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pause.h"
#include "record.h"

enum { LOOK_MS = 2000, SCHOOLS = 20, WORKERS = 30, JOBS = 20, JOB_WORDS = 2 * JOBS };

struct look {
	struct cli *cli;
	json_t *seen; /* owned */
	struct err *error;
	bool away;
};

/* ask gives NULL from the first command on that is not answered. */
#define ask(l, ...)       \
	((l)->away ? NULL \
		   : answered((l), redis_askf((l)->cli->redis, LOOK_MS, (l)->error, __VA_ARGS__)))

static struct reply *answered(struct look *l, struct reply *r)
{
	l->away |= !r;
	return r;
}

static int64_t take_number(struct reply *r)
{
	int64_t number = r ? reply_number(r) : 0;
	reply_free(r);
	return number;
}

static void set_int(json_t *object, const char *key, int64_t number)
{
	json_object_set_new(object, key, json_integer(number));
}

/* ---- numbers --------------------------------------------------------------------------- */

static void look_at_counts(struct look *l)
{
	const char *prefix = l->cli->prefix;
	struct reply *r = ask(l, "HGETALL %scounts", prefix);
	int64_t due = take_number(ask(l, "ZCARD %sdue", prefix));
	if (!r)
		return;
	int64_t held = reply_number(reply_field(r, "waiting")) - due;
	set_int(l->seen, "queued", reply_number(reply_field(r, "queued")));
	set_int(l->seen, "running", reply_number(reply_field(r, "running")));
	set_int(l->seen, "waiting_for_microsoft", held > 0 ? held : 0);
	set_int(l->seen, "waiting_for_their_time", due);
	set_int(l->seen, "dead", reply_number(reply_field(r, "dead")));
	set_int(l->seen, "ended",
	    reply_number(reply_field(r, "done")) + reply_number(reply_field(r, "failed")) +
		reply_number(reply_field(r, "cancelled")));
	reply_free(r);
}

static int64_t look_at_time(struct look *l)
{
	struct reply *r = ask(l, "TIME");
	if (!r)
		return 0;
	int64_t now = reply_number(reply_at(r, 0)) * 1000 + reply_number(reply_at(r, 1)) / 1000;
	reply_free(r);
	return now;
}

/* first_queued_at of a school's lane, 0 if that is empty. */
static int64_t first_queued_at(struct look *l, const char *school)
{
	struct reply *first = ask(l, "ZRANGE %slane:%s 0 0", l->cli->prefix, school);
	const char *id = first ? reply_text(reply_at(first, 0), NULL) : NULL;
	int64_t at = 0;
	if (id)
		at = take_number(ask(l, "HGET %sjob:%s queued_at", l->cli->prefix, id));
	reply_free(first);
	return at;
}

/* Schools that are served are in the ring, those at their limit outside. */
static void look_at_oldest(struct look *l, int64_t now)
{
	int64_t oldest = now;
	struct reply *ring = ask(l, "ZRANGE %sring 0 %d", l->cli->prefix, (int64_t)SCHOOLS - 1);
	struct reply *capped =
	    ask(l, "SSCAN %scapped 0 COUNT %d", l->cli->prefix, (int64_t)SCHOOLS);
	const struct reply *lists[] = {ring, capped ? reply_at(capped, 1) : NULL};
	for (int k = 0; k < 2; k++)
		for (size_t i = 0; lists[k] && i < reply_count(lists[k]) && i < SCHOOLS; i++) {
			int64_t at = first_queued_at(l, reply_text(reply_at(lists[k], i), NULL));
			oldest = at > 0 && at < oldest ? at : oldest;
		}
	reply_free(ring);
	reply_free(capped);
	set_int(l->seen, "oldest_ms", now - oldest);
}

/* ---- workers ---------------------------------------------------------------------------- */

/* job_of takes apart what running says: "attempt r|w type+options school:class". */
static json_t *job_of(const char *id, const char *lease)
{
	char state, type[64], school[160];
	int class = 0;
	if (sscanf(lease, "%*d %c %63[^ +]%*[^ ] %n", &state, type, &class) < 2 || class == 0)
		(void)sscanf(lease, "%*d %c %63s %n", &state, type, &class);
	const char *colon = class ? strchr(lease + class, ':') : NULL;
	if (!colon)
		return NULL;
	(void)!snprintf(school, sizeof school, "%.*s", (int)(colon - lease - class), lease + class);
	return json_pack("{s:s, s:s, s:s, s:s, s:b}", "id", id, "type", type, "school", school,
	    "class", colon + 1, "waiting", state == 'w');
}

static json_t *look_at_jobs(struct look *l, const char *worker)
{
	json_t *jobs = json_array();
	struct reply *r =
	    ask(l, "HSCAN %srunning:%s 0 COUNT %d", l->cli->prefix, worker, (int64_t)JOBS);
	const struct reply *pairs = r ? reply_at(r, 1) : NULL;
	for (size_t i = 0; pairs && i + 1 < reply_count(pairs) && i < JOB_WORDS; i += 2) {
		json_t *job = job_of(
		    reply_text(reply_at(pairs, i), NULL), reply_text(reply_at(pairs, i + 1), NULL));
		if (job)
			json_array_append_new(jobs, job);
	}
	reply_free(r);
	return jobs;
}

static void look_at_worker(struct look *l, json_t *workers, const char *name)
{
	static const char *const numbers[] = {"seen", "running", NULL};
	struct reply *r = ask(l, "HGETALL %sworker:%s", l->cli->prefix, name);
	json_t *worker = r ? hash_of(r, numbers) : NULL;
	reply_free(r);
	if (!worker)
		return;
	json_object_set_new(worker, "worker", json_string(name));
	set_int(worker, "running", take_number(ask(l, "HLEN %srunning:%s", l->cli->prefix, name)));
	json_object_set_new(worker, "jobs", look_at_jobs(l, name));
	json_array_append_new(workers, worker);
}

static void look_at_workers(struct look *l)
{
	json_t *workers = json_array();
	struct reply *r = ask(l, "ZRANGE %sworkers 0 %d", l->cli->prefix, (int64_t)WORKERS - 1);
	for (size_t i = 0; r && i < reply_count(r); i++)
		look_at_worker(l, workers, reply_text(reply_at(r, i), NULL));
	reply_free(r);
	json_object_set_new(l->seen, "workers", workers);
}

/* ---- all of it --------------------------------------------------------------------------- */

json_t *top_look(struct cli *c, struct err *e)
{
	struct look l = {.cli = c, .seen = json_object(), .error = e};
	int64_t now = look_at_time(&l);
	set_int(l.seen, "now", now);
	json_object_set_new(
	    l.seen, "alive", json_boolean(take_number(ask(&l, "EXISTS %salive", c->prefix))));
	set_int(l.seen, "inbox", take_number(ask(&l, "LLEN %sinbox", c->prefix)));
	look_at_counts(&l);
	look_at_oldest(&l, now);
	struct reply *paused = ask(&l, "HGETALL %spaused", c->prefix);
	json_object_set_new(l.seen, "paused", paused ? pauses_of(paused) : json_array());
	reply_free(paused);
	look_at_workers(&l);
	if (!l.away)
		return l.seen;
	json_decref(l.seen);
	return NULL;
}
