/*
 * schedule - fires what a heartbeat has told is due.
 *
 * A time that was missed by more than a minute, since no worker lived, is passed over or made
 * up for once, as the schedule says; however many were missed. On a day that is quiet for the
 * schedule it passes without a job, too. A schedule that cannot be read stands still until it
 * is entered again.
 */
#include "schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cron.h"
#include "log.h"
#include "queue_int.h"

enum { MISSED_MS = 60000 };

void schedule_job_id(const char *name, int64_t when_ms, char id[65])
{
	char stamp[20] = "";
	time_t seconds = (time_t)(when_ms / 1000);
	struct tm t;
	if (gmtime_r(&seconds, &t))
		(void)strftime(stamp, sizeof stamp, "%Y%m%dT%H%MZ", &t);
	(void)snprintf(id, 65, "%.*s-%s", SCHEDULE_NAME_MAX, name, stamp);
}

static uint64_t hash_of(const char *text)
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return hash;
}

void schedule_night_name(const char *school, char name[SCHEDULE_NAME_MAX + 1])
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	bool plain = strspn(school, letters) == strlen(school);
	int n = plain ? snprintf(name, SCHEDULE_NAME_MAX + 1, "night-%s", school) : -1;
	if (n < 0 || n > SCHEDULE_NAME_MAX)
		(void)snprintf(name, SCHEDULE_NAME_MAX + 1, "night-_%016llx",
		    (unsigned long long)hash_of(school));
}

char *schedule_envelope(const char *text, const char *id)
{
	json_t *envelope = json_read(text, strlen(text), ENVELOPE_DEPTH_MAX, NULL);
	char *out = NULL;
	if (json_is_object(envelope)) {
		json_object_set_new(envelope, "id", json_string(id));
		out = json_write(envelope);
	}
	json_decref(envelope);
	return out;
}

struct due {
	const char *name, *cron, *zone, *missed, *envelope, *quiet;
	int64_t when_ms;
};

/* when_next is the time after; 0, and a line in the log, if that cannot be told. */
static int64_t when_next(const struct due *d, int64_t now_ms)
{
	struct cron c;
	struct err e;
	int64_t next_ms = 0;
	if (cron_read(&c, d->cron, &e) == 0 && cron_zone(d->zone, &e) == 0)
		next_ms = cron_next(&c, d->zone, now_ms);
	else
		log_error("schedule_unreadable", log_str("schedule", d->name),
		    log_str("why", e.text),
		    log_str("remedy", "enter it again: rollcall schedule set"));
	return next_ms;
}

static void fire(struct queue *q, const struct due *d, int64_t now_ms)
{
	char id[65];
	int64_t next_ms = when_next(d, now_ms);
	bool passes = now_ms - d->when_ms >= MISSED_MS && strcmp(d->missed, "skip") == 0;
	passes = passes || (next_ms && cron_is_quiet(d->quiet, d->zone, d->when_ms));
	schedule_job_id(d->name, d->when_ms, id);
	char *envelope = next_ms && !passes ? schedule_envelope(d->envelope, id) : NULL;
	struct words w;
	words_init(&w);
	words_add(&w, "FCALL");
	words_add(&w, "rollcall1_fire");
	words_add(&w, "1");
	words_add(&w, q->inbox);
	words_add(&w, q->worker);
	words_add(&w, d->name);
	words_int(&w, d->when_ms);
	words_int(&w, next_ms);
	words_add(&w, id);
	words_add(&w, envelope ? envelope : "");
	redis_send(q->redis, &w, CALL_TIMEOUT_MS, NULL, NULL);
	log_info("schedule_due", log_str("schedule", d->name),
	    log_str("job", envelope ? id : "none"), log_int("next", next_ms));
	words_clear(&w);
	free(envelope);
}

void queue_fire_schedules(struct queue *q, const struct reply *due, int64_t now_ms)
{
	for (size_t i = 0; i < reply_count(due); i++) {
		const struct reply *r = reply_at(due, i);
		struct due d = {
		    .name = reply_text(reply_at(r, 0), NULL),
		    .when_ms = reply_number(reply_at(r, 1)),
		    .cron = reply_text(reply_at(r, 2), NULL),
		    .zone = reply_text(reply_at(r, 3), NULL),
		    .missed = reply_text(reply_at(r, 4), NULL),
		    .envelope = reply_text(reply_at(r, 5), NULL),
		    .quiet = reply_text(reply_at(r, 6), NULL),
		};
		if (d.name && d.cron && d.zone && d.missed && d.envelope && d.quiet)
			fire(q, &d, now_ms);
	}
}
