/* doctor_redis - is Redis there, the right one, and does it keep what it is given? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "doctor.h"

enum {
	VERSION_LEAST = 7,
	PINGS = 20,
	PING_SLOW_US = 5000,
	SKEW_WARNING_MS = 2000,
	SKEW_FAIL_MS = 60000,
};

/* info_value copies what stands behind "name:" in the text of INFO; "" if it is not there. */
static void info_value(const char *info, const char *name, char *value, size_t room)
{
	size_t length = strlen(name);
	value[0] = '\0';
	for (const char *line = info; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		if (strncmp(line, name, length) != 0 || line[length] != ':')
			continue;
		(void)!snprintf(value, room, "%.*s", (int)strcspn(line + length + 1, "\r\n"),
		    line + length + 1);
		return;
	}
}

/* read_info asks for a section; NULL after saying that it is refused. */
static struct reply *read_info(struct doctor *d, const char *section)
{
	struct err e;
	struct reply *r = redis_askf(d->cli->redis, ASK_MS, &e, "INFO %s", section);
	if (!r)
		doctor_say(d, FINDING_WARNING, "Redis", "Allow INFO to this user.", "INFO %s: %s",
		    section, e.text);
	return r;
}

static void check_version(struct doctor *d)
{
	char version[32], valkey[32];
	struct reply *r = read_info(d, "server");
	if (!r)
		return;
	info_value(reply_text(r, NULL), "redis_version", version, sizeof version);
	info_value(reply_text(r, NULL), "valkey_version", valkey, sizeof valkey);
	if (*valkey)
		doctor_say(d, FINDING_OK, "Redis version", "", "Valkey %s", valkey);
	else if (strtol(version, NULL, 10) >= VERSION_LEAST)
		doctor_say(d, FINDING_OK, "Redis version", "", "%s", version);
	else
		doctor_say(d, FINDING_FAIL, "Redis version",
		    "Install Redis 7.0 or newer, or Valkey: Rollcall "
		    "needs its functions.",
		    "%s", version);
	reply_free(r);
}

static void check_persistence(struct doctor *d)
{
	char on[8], status[16];
	struct reply *r = read_info(d, "persistence");
	if (!r)
		return;
	info_value(reply_text(r, NULL), "aof_enabled", on, sizeof on);
	info_value(reply_text(r, NULL), "aof_last_write_status", status, sizeof status);
	if (strcmp(on, "1") != 0)
		doctor_say(d, FINDING_FAIL, "Redis persistence",
		    "Set appendonly yes (config/redis.conf has "
		    "all that Rollcall relies on).",
		    "the append-only file is off: a restart of Redis loses jobs");
	else if (*status && strcmp(status, "ok") != 0)
		doctor_say(d, FINDING_FAIL, "Redis persistence",
		    "Look at its disk: full, or failing?",
		    "the last write to the append-only file failed");
	else
		doctor_say(d, FINDING_OK, "Redis persistence", "", "append-only file on");
	reply_free(r);
}

static void check_memory(struct doctor *d)
{
	char policy[32], most[32], used[32];
	struct reply *r = read_info(d, "memory");
	if (!r)
		return;
	const char *info = reply_text(r, NULL);
	info_value(info, "maxmemory_policy", policy, sizeof policy);
	info_value(info, "maxmemory", most, sizeof most);
	info_value(info, "used_memory", used, sizeof used);
	double share = strtod(most, NULL) > 0 ? strtod(used, NULL) / strtod(most, NULL) : 0;
	if (strcmp(policy, "noeviction") != 0)
		doctor_say(d, FINDING_FAIL, "Redis memory", "Set maxmemory-policy noeviction.",
		    "maxmemory-policy is %s: full memory would throw jobs away", policy);
	else if (share > 0.8)
		doctor_say(d, FINDING_WARNING, "Redis memory",
		    "Raise maxmemory, or lower "
		    "queue.retention_days or queue.keep_finished.",
		    "%.0f %% of maxmemory is used", share * 100);
	else
		doctor_say(d, FINDING_OK, "Redis memory", "", "noeviction, %.1f MB used",
		    strtod(used, NULL) / 1e6);
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
	check_version(d);
	check_persistence(d);
	check_memory(d);
	check_round_trip(d);
	check_clock(d);
}
