/*
 * nights - each school's night follows from its settings: night, night_at, zone and quiet
 * become a schedule (49_schedule.lua) that pushes its sync-school job, in this one place,
 * whoever wrote the settings. A while after they change the schedule is entered anew, or
 * taken away. Of all workers the one that has the intake looks, at some schools every second,
 * so that a few thousand are no burst for Redis: their round just takes longer.
 *
 * The sorted set nights has the schools that want one, by when they last had a good one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "clock.h"
#include "cron.h"
#include "log.h"
#include "map.h"
#include "schedule.h"
#include "worker_int.h"

enum { ROUND_LEAST_MS = 5000, NEXT_MS = 1000, SCHOOLS_AT_ONCE = 100, NIGHTS_TIMEOUT_MS = 10000 };

static const char default_at[] = "02:00";
static const char default_zone[] = "Africa/Johannesburg";

struct look {
	struct worker *worker;
	char *school; /* owned */
	char name[SCHEDULE_NAME_MAX + 1];
	char *wants[4]; /* owned: cron, zone, quiet, envelope; NULL: no night */
};
enum { CRON, ZONE, QUIET, ENVELOPE, PARTS };
static const char *const part_names[PARTS] = {"cron", "zone", "quiet", "envelope"};

static void look_free(struct look *k)
{
	for (int i = 0; i < PARTS; i++)
		free(k->wants[i]);
	free(k->school);
	free(k);
}

/* ---- what the settings ask for ------------------------------------------------------------ */

static bool read_time(const char *text, int *hour, int *minute)
{
	char *end;
	if (strlen(text) != 5 || strspn(text, "0123456789") != 2 || text[2] != ':' ||
	    strspn(text + 3, "0123456789") != 2)
		return false;
	*hour = (int)strtol(text, &end, 10);
	*minute = (int)strtol(text + 3, &end, 10);
	return *hour < 24 && *minute < 60;
}

static bool says_no(const char *text)
{
	return strcmp(text, "0") == 0 || strcasecmp(text, "false") == 0 ||
	       strcasecmp(text, "no") == 0;
}

static char *envelope_of(const char *school)
{
	json_t *envelope = json_pack("{s:i s:s s:s s:s s:s}", "v", 1, "type", "sync-school",
	    "school", school, "requested_by", "night", "priority", "background");
	char *text = json_write(envelope);
	json_decref(envelope);
	return text;
}

static const char *or_else(const char *text, const char *fallback)
{
	return text && *text ? text : fallback;
}

/* settings: night night_at zone quiet enabled, as HMGET gives them. A night that cannot be
 * told is none; that it was wanted is said once, by whoever entered the settings last. */
static void read_wants(struct look *k, const struct reply *settings, struct err *e)
{
	const char *said[5];
	int hour, minute;
	for (size_t i = 0; i < 5; i++)
		said[i] = reply_text(reply_at(settings, i), NULL);
	const char *at = or_else(said[1], default_at), *zone = or_else(said[2], default_zone);
	const char *quiet = or_else(said[3], ""), *enabled = or_else(said[4], "1");
	if (strcmp(or_else(said[0], "off"), "nightly") != 0 || says_no(enabled))
		return;
	if (!read_time(at, &hour, &minute)) {
		(void)err_set(
		    e, ERR_INPUT, "night_at = \"%.40s\": give hours and minutes, 02:00", at);
		return;
	}
	if (cron_zone(zone, e) < 0 || cron_days(quiet, e) < 0)
		return;
	k->wants[CRON] = xasprintf("%d %d * * *", minute, hour);
	k->wants[ZONE] = xstrdup(zone);
	k->wants[QUIET] = xstrdup(quiet);
	k->wants[ENVELOPE] = envelope_of(k->school);
}

/* ---- and what there is ------------------------------------------------------------------- */

static void send(struct look *k, struct words *w)
{
	redis_send(queue_redis(k->worker->queue), w, NIGHTS_TIMEOUT_MS, NULL, NULL);
	words_clear(w);
}

static void enter(struct look *k)
{
	struct cron c;
	struct err e;
	struct words w;
	struct redis *r = queue_redis(k->worker->queue);
	const char *prefix = queue_prefix(k->worker->queue);
	if (cron_read(&c, k->wants[CRON], &e) < 0)
		return;
	int64_t next_ms = cron_next(&c, k->wants[ZONE], clock_wall_ms());
	words_init(&w);
	words_add(&w, "HSET");
	words_addf(&w, "%sschedule:%s", prefix, k->name);
	for (int i = 0; i < PARTS; i++) {
		words_add(&w, part_names[i]);
		words_add(&w, k->wants[i]);
	}
	words_add(&w, "missed");
	words_add(&w, "once");
	send(k, &w);
	redis_sendf(
	    r, NIGHTS_TIMEOUT_MS, NULL, NULL, "ZADD %sschedules %d %s", prefix, next_ms, k->name);
	redis_sendf(r, NIGHTS_TIMEOUT_MS, NULL, NULL, "ZADD %snights NX %d %s", prefix,
	    clock_wall_ms(), k->school);
	log_info("night_entered", log_str("school", k->school), log_int("next", next_ms));
}

static void take_away(struct look *k, bool wanted)
{
	struct redis *r = queue_redis(k->worker->queue);
	const char *prefix = queue_prefix(k->worker->queue);
	redis_sendf(r, NIGHTS_TIMEOUT_MS, NULL, NULL, "ZREM %sschedules %s", prefix, k->name);
	redis_sendf(r, NIGHTS_TIMEOUT_MS, NULL, NULL, "UNLINK %sschedule:%s", prefix, k->name);
	if (!wanted)
		redis_sendf(
		    r, NIGHTS_TIMEOUT_MS, NULL, NULL, "ZREM %snights %s", prefix, k->school);
	log_info("night_taken_away", log_str("school", k->school));
}

static bool is_as_wanted(const struct look *k, const struct reply *there)
{
	for (size_t i = 0; i < PARTS; i++) {
		const char *has = reply_text(reply_at(there, i), NULL);
		if (!has || strcmp(has, k->wants[i]) != 0)
			return false;
	}
	return true;
}

static void school_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct look *k = ctx;
	struct err why = {0};
	(void)e;
	if (r && reply_kind(r) == REPLY_LIST && !k->worker->leaving) {
		const struct reply *there = reply_at(r, 1);
		bool exists = reply_kind(reply_at(there, CRON)) == REPLY_TEXT;
		read_wants(k, reply_at(r, 0), &why);
		if (k->wants[CRON] && !is_as_wanted(k, there))
			enter(k);
		if (!k->wants[CRON] && exists)
			take_away(k, why.code != 0);
		if (why.code && exists)
			log_error("night_unreadable", log_str("school", k->school),
			    log_str("why", why.text));
	}
	look_free(k);
}

static void read_school(struct worker *w, const char *school)
{
	struct look *k = xcalloc(1, sizeof *k);
	struct redis *r = queue_redis(w->queue);
	const char *prefix = queue_prefix(w->queue);
	k->worker = w;
	k->school = xstrdup(school);
	schedule_night_name(school, k->name);
	redis_sendf(r, NIGHTS_TIMEOUT_MS, NULL, NULL, "MULTI");
	redis_sendf(r, NIGHTS_TIMEOUT_MS, NULL, NULL,
	    "HMGET %sschool:%s night night_at zone quiet enabled", prefix, school);
	redis_sendf(r, NIGHTS_TIMEOUT_MS, NULL, NULL,
	    "HMGET %sschedule:%s cron zone quiet envelope", prefix, k->name);
	redis_sendf(r, NIGHTS_TIMEOUT_MS, school_read, k, "EXEC");
}

/* ---- round by round ----------------------------------------------------------------------- */

static void begin_round(void *ctx);

/* The next few of the round. */
static void look(void *ctx)
{
	struct worker *w = ctx;
	struct night_round *round = &w->night_round;
	if (w->leaving)
		return;
	for (int n = 0; n < SCHOOLS_AT_ONCE && round->next < round->schools.count; n++)
		read_school(w, round->schools.at[round->next++]);
	if (round->next < round->schools.count) {
		timer_set(w->loop, &w->nights, NEXT_MS, look, w);
		return;
	}
	int64_t left_ms = round->began_ms + ROUND_LEAST_MS - clock_mono_ms();
	timer_set(w->loop, &w->nights, left_ms > NEXT_MS ? left_ms : NEXT_MS, begin_round, w);
}

static void add_each(struct worker *w, const struct reply *schools, struct map *seen)
{
	for (size_t i = 0; i < reply_count(schools); i++) {
		const char *school = reply_text(reply_at(schools, i), NULL);
		if (school && !map_set(seen, school, w))
			words_add(&w->night_round.schools, school);
	}
}

static void schools_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct worker *w = ctx;
	struct map seen;
	(void)e;
	if (w->leaving)
		return;
	map_init(&seen);
	for (size_t list = 0; r && reply_kind(r) == REPLY_LIST && list < 2; list++)
		add_each(w, reply_at(r, list), &seen);
	map_clear(&seen);
	look(w);
}

/* Schools of which anything is known, and those that once had a night. */
static void begin_round(void *ctx)
{
	struct worker *w = ctx;
	struct redis *r = queue_redis(w->queue);
	const char *prefix = queue_prefix(w->queue);
	if (w->leaving)
		return;
	w->night_round.next = 0;
	w->night_round.began_ms = clock_mono_ms();
	words_reset(&w->night_round.schools);
	if (!queue_has_intake(w->queue) || !queue_is_up(w->queue)) {
		timer_set(w->loop, &w->nights, ROUND_LEAST_MS, begin_round, w);
		return;
	}
	redis_sendf(r, NIGHTS_TIMEOUT_MS, NULL, NULL, "MULTI");
	redis_sendf(r, NIGHTS_TIMEOUT_MS, NULL, NULL, "SMEMBERS %sschools", prefix);
	redis_sendf(r, NIGHTS_TIMEOUT_MS, NULL, NULL, "ZRANGE %snights 0 -1", prefix);
	redis_sendf(r, NIGHTS_TIMEOUT_MS, schools_read, w, "EXEC");
}

void nights_begin(struct worker *w)
{
	words_init(&w->night_round.schools);
	timer_set(w->loop, &w->nights, NEXT_MS, begin_round, w);
}

void nights_end(struct worker *w)
{
	timer_clear(w->loop, &w->nights);
	words_clear(&w->night_round.schools);
}
