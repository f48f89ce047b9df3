/* redis_fitness - what INFO says decides. */
#include <stdio.h>

#include "redis_fitness.h"
#include "test.h"

static struct fitness_finding found[FITNESS_FINDINGS];

static void judge(const char *version, int aof, const char *policy, const char *more)
{
	char info[512];
	snprintf(info, sizeof info,
	    "# Server\r\n%s\r\n# Persistence\r\naof_enabled:%d\r\n# Memory\r\n"
	    "used_memory:900\r\nmaxmemory_policy:%s\r\n%s",
	    version, aof, policy, more);
	redis_fitness(info, found);
}

TEST("Redis 7 with an append-only file and noeviction is fit")
{
	judge("redis_version:7.0.15", 1, "noeviction", "");
	for (int i = 0; i < FITNESS_FINDINGS; i++) {
		CHECK_INT(found[i].fitness, FIT);
		CHECK_STR(found[i].remedy, "");
	}
}

TEST("Redis 6 is unfit, and the remedy names the version that is needed")
{
	judge("redis_version:6.2.1", 1, "noeviction", "");
	CHECK_INT(found[0].fitness, UNFIT);
	CHECK_STR(found[0].text, "6.2.1");
	CHECK_HAS(found[0].remedy, "7.0");
}

TEST("Valkey is fit whatever Redis version it says it stands for")
{
	judge("redis_version:6.0.0\r\nvalkey_version:8.0.1", 1, "noeviction", "");
	CHECK_INT(found[0].fitness, FIT);
	CHECK_STR(found[0].text, "Valkey 8.0.1");
}

TEST("a Redis that evicts is unfit")
{
	judge("redis_version:7.0.15", 1, "allkeys-lru", "");
	CHECK_INT(found[2].fitness, UNFIT);
	CHECK_HAS(found[2].text, "allkeys-lru");
	CHECK_HAS(found[2].remedy, "noeviction");
}

TEST("without an append-only file, or with one that cannot be written, Redis is risky")
{
	judge("redis_version:7.0.15", 0, "noeviction", "");
	CHECK_INT(found[1].fitness, RISKY);
	CHECK_HAS(found[1].remedy, "appendonly yes");
	judge("redis_version:7.0.15", 1, "noeviction", "aof_last_write_status:err\r\n");
	CHECK_INT(found[1].fitness, RISKY);
}

TEST("memory that is nearly full is told before anything is refused")
{
	judge("redis_version:7.0.15", 1, "noeviction", "maxmemory:1000\r\n");
	CHECK_INT(found[2].fitness, FIT_FOR_NOW);
	judge("redis_version:7.0.15", 1, "noeviction", "maxmemory:0\r\n");
	CHECK_INT(found[2].fitness, FIT);
}
