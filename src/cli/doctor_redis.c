/* doctor_redis - is Redis there, the right one, and does it keep what it is given? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "doctor.h"
#include "redis_fitness.h"

enum {
	PINGS = 20,
	PING_SLOW_US = 5000,
	SKEW_WARNING_MS = 2000,
	SKEW_FAIL_MS = 60000,
};

static void check_fitness(struct doctor *d)
{
	static const enum finding findings[] = {[FIT] = FINDING_OK,
	    [FIT_FOR_NOW] = FINDING_WARNING,
	    [RISKY] = FINDING_FAIL,
	    [UNFIT] = FINDING_FAIL};
	struct err e;
	struct reply *r = redis_askf(d->cli->redis, ASK_MS, &e, "INFO");
	if (!r) {
		doctor_say(
		    d, FINDING_WARNING, "Redis", "Allow INFO to this user.", "INFO: %s", e.text);
		return;
	}
	struct fitness_finding f[FITNESS_FINDINGS];
	redis_fitness(reply_text(r, NULL), f);
	for (int i = 0; i < FITNESS_FINDINGS; i++)
		doctor_say(d, findings[f[i].fitness], f[i].what, f[i].remedy, "%s", f[i].text);
	reply_free(r);
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

static void check_round_trip(struct doctor *d)
{
	int64_t took_us[PINGS];
	for (int i = 0; i < PINGS; i++) {
		int64_t began = clock_mono_us();
		reply_free(cli_ask(d->cli, "PING"));
		took_us[i] = clock_mono_us() - began;
	}
	qsort(took_us, PINGS, sizeof *took_us, by_number);
	int64_t median = took_us[PINGS / 2];
	doctor_say(d, median > PING_SLOW_US ? FINDING_WARNING : FINDING_OK, "Redis round trip",
	    "Put Redis nearer to the workers; each move of a job costs one round trip.",
	    "%.2f ms (median of %d)", (double)median / 1000, PINGS);
}

static void check_clock(struct doctor *d)
{
	struct reply *r = cli_ask(d->cli, "TIME");
	int64_t theirs = reply_number(reply_at(r, 0)) * 1000 + reply_number(reply_at(r, 1)) / 1000;
	int64_t skew = llabs(theirs - clock_wall_ms());
	reply_free(r);
	doctor_say(d,
	    skew > SKEW_FAIL_MS	     ? FINDING_FAIL
	    : skew > SKEW_WARNING_MS ? FINDING_WARNING
				     : FINDING_OK,
	    "Clock", "Let both hosts keep time (systemd-timesyncd, chrony).",
	    "%.3f s apart from that of Redis", (double)skew / 1000);
}

/* place_of copies a url without its password. */
static void place_of(const char *url, char text[256])
{
	const char *host = strrchr(url, '@'), *scheme = strstr(url, "://");
	if (host && scheme)
		(void)!snprintf(text, 256, "%.*s%s", (int)(scheme - url) + 3, url, host + 1);
	else
		text_copy(text, 256, url);
}

void doctor_redis(struct doctor *d)
{
	struct err e;
	char place[256];
	place_of(d->cli->config.redis.url, place);
	if (cli_connect(d->cli, &e) != YES) {
		d->redis_away = true;
		doctor_say(d, FINDING_FAIL, "Redis",
		    "Start it, or correct redis.url and its password.", "%s", e.text);
		return;
	}
	doctor_say(d, FINDING_OK, "Redis", "", "reached at %s", place);
	check_fitness(d);
	check_round_trip(d);
	check_clock(d);
}
