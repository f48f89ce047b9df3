/*
 * redis_fitness - three things that Rollcall relies on: functions (Redis 7.0, or Valkey),
 * an append-only file, and that nothing is thrown away when memory is full.
 *
 * A Redis without functions cannot be used, and one that evicts would lose jobs unseen;
 * without an append-only file a restart loses jobs, which a test may want.
 */
#include "redis_fitness.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION_LEAST = 7 };

/* info_value copies what stands behind "name:"; "" if it is not there. */
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

static void judge_version(const char *info, struct fitness_finding *f)
{
	char version[32], valkey[32];
	info_value(info, "redis_version", version, sizeof version);
	info_value(info, "valkey_version", valkey, sizeof valkey);
	bool good = *valkey || strtol(version, NULL, 10) >= VERSION_LEAST;
	f->fitness = good ? FIT : UNFIT;
	(void)!snprintf(
	    f->text, sizeof f->text, "%s%s", *valkey ? "Valkey " : "", *valkey ? valkey : version);
	f->remedy =
	    good ? "" : "Install Redis 7.0 or newer, or Valkey: Rollcall needs its functions.";
}

static void judge_persistence(const char *info, struct fitness_finding *f)
{
	char on[8], status[16];
	info_value(info, "aof_enabled", on, sizeof on);
	info_value(info, "aof_last_write_status", status, sizeof status);
	if (strcmp(on, "1") != 0) {
		f->fitness = RISKY;
		f->remedy =
		    "Set appendonly yes (config/redis.conf has all that Rollcall relies on).";
		(void)!snprintf(f->text, sizeof f->text, "%s",
		    "the append-only file is off: a restart of Redis loses jobs");
	} else if (*status && strcmp(status, "ok") != 0) {
		f->fitness = RISKY;
		f->remedy = "Look at its disk: full, or failing?";
		(void)!snprintf(
		    f->text, sizeof f->text, "%s", "the last write to the append-only file failed");
	} else {
		(void)!snprintf(f->text, sizeof f->text, "%s", "append-only file on");
	}
}

static void judge_memory(const char *info, struct fitness_finding *f)
{
	char policy[32], most[32], used[32];
	info_value(info, "maxmemory_policy", policy, sizeof policy);
	info_value(info, "maxmemory", most, sizeof most);
	info_value(info, "used_memory", used, sizeof used);
	double share = strtod(most, NULL) > 0 ? strtod(used, NULL) / strtod(most, NULL) : 0;
	if (strcmp(policy, "noeviction") != 0) {
		f->fitness = UNFIT;
		f->remedy = "Set maxmemory-policy noeviction.";
		(void)!snprintf(f->text, sizeof f->text,
		    "maxmemory-policy is %s: full memory would throw jobs away", policy);
	} else if (share > 0.8) {
		f->fitness = FIT_FOR_NOW;
		f->remedy =
		    "Raise maxmemory, or lower queue.retention_days or queue.keep_finished.";
		(void)!snprintf(
		    f->text, sizeof f->text, "%.0f %% of maxmemory is used", share * 100);
	} else {
		(void)!snprintf(
		    f->text, sizeof f->text, "noeviction, %.1f MB used", strtod(used, NULL) / 1e6);
	}
}

void redis_fitness(const char *info, struct fitness_finding findings[FITNESS_FINDINGS])
{
	static const char *const whats[] = {"Redis version", "Redis persistence", "Redis memory"};
	for (int i = 0; i < FITNESS_FINDINGS; i++)
		findings[i] =
		    (struct fitness_finding){.fitness = FIT, .what = whats[i], .remedy = ""};
	judge_version(info, &findings[0]);
	judge_persistence(info, &findings[1]);
	judge_memory(info, &findings[2]);
}
