/* An idle worker sleeps in Redis, and whatever wakes it is safe already. */
#include <stdio.h>
#include <stdlib.h>

#include "queue_int.h"
#include "worker_rig.h"

/* A blocking move is out. */
static bool sleeps(void)
{
	struct reply *r = rig_reply("INFO clients");
	bool blocked = strstr(reply_text(r, NULL), "blocked_clients:0") == NULL;
	reply_free(r);
	return blocked;
}

static void begin_asleep(void)
{
	crew.lease_ms = 10000;
	begin(10);
	WAIT(sleeps());
}

TEST("a push wakes an idle worker at once, not with its next beat")
{
	begin_asleep();
	for (int i = 0; i < 5; i++) {
		char id[8];
		snprintf(id, sizeof id, "j%d", i);
		WAIT(sleeps());
		int64_t pushed_ms = clock_mono_ms();
		rig_sync(id, "s", id);
		WAIT(rig_held(a, id));
		CHECK(clock_mono_ms() - pushed_ms < 500);
	}
	end();
}

/* Turn by turn, so that what holds between two answers of Redis can be seen. */
static void turn_once(void)
{
	static const bool never;
	loop_run_until(rig.loop, &never, clock_mono_ms());
}

TEST("a worker sleeps again while the end of its last job is on its way")
{
	begin_asleep();
	a->hasty = true;
	for (int i = 0; i < 5; i++) {
		char id[8];
		snprintf(id, sizeof id, "j%d", i);
		rig_sync(id, "s", id);
		while (a->claims == i)
			turn_once();
		while (!a->queue->blocking && a->queue->cycles > 0)
			turn_once();
		CHECK_INT(a->queue->cycles, 1);
		WAIT(rig_count("done") == i + 1);
	}
	end();
}

TEST("a push that wakes one worker is not seen by another")
{
	begin_asleep();
	struct mate *b = rig_mate("b", 10);
	for (int i = 0; i < 20; i++) {
		char id[8];
		snprintf(id, sizeof id, "j%d", i);
		rig_sync(id, "s", id);
	}
	WAIT(rig_holds(a) + rig_holds(b) == 20);
	CHECK_INT(a->claims + b->claims, 20);
	end();
}

TEST("a worker without room admits what is pushed at once, and claims it when it has some")
{
	crew.lease_ms = 10000;
	begin(1);
	rig_sync("j1", "s", "8A");
	WAIT(rig_held(a, "j1"));
	WAIT(sleeps());
	rig_sync("j2", "s", "8B");
	int64_t pushed_ms = clock_mono_ms();
	WAIT(rig_count("queued") == 1);
	CHECK(clock_mono_ms() - pushed_ms < 500);
	CHECK(!rig_held(a, "j2"));
	rig_finish_all(a);
	WAIT(rig_held(a, "j2"));
	end();
}

TEST("an idle worker is not busy")
{
	begin_asleep();
	rig_ask("CONFIG RESETSTAT");
	NEVER(false, 1500);
	struct reply *r = rig_reply("INFO commandstats");
	const char *calls = strstr(reply_text(r, NULL), "cmdstat_fcall:calls=");
	CHECK(calls && calls[strlen("cmdstat_fcall:calls=")] <= '3');
	CHECK(calls[strlen("cmdstat_fcall:calls=") + 1] == ',');
	reply_free(r);
	end();
}

TEST("a sleeper whose connection is cut sleeps again, and the next push wakes it")
{
	begin_asleep();
	for (int i = 0; i < 4; i++) {
		char id[8];
		snprintf(id, sizeof id, "j%d", i);
		rig_ask("CLIENT KILL TYPE normal SKIPME yes");
		rig_sync(id, "s", id);
		int64_t began = clock_mono_ms();
		WAIT(rig_held(a, id));
		CHECK(clock_mono_ms() - began < 2000);
	}
	CHECK_INT(a->losses, 0);
	end();
}

TEST("a push in the moment the sleeper's connection is cut is not lost")
{
	begin_asleep();
	for (int i = 0; i < 4; i++) {
		char id[8];
		snprintf(id, sizeof id, "j%d", i);
		WAIT(sleeps());
		/* both at one instant, as seen by Redis */
		redis_sendf(rig.redis, 5000, NULL, NULL, "MULTI");
		rig_sync(id, "s", id);
		redis_sendf(rig.redis, 5000, NULL, NULL, "CLIENT KILL TYPE normal SKIPME yes");
		redis_sendf(rig.redis, 5000, NULL, NULL, "EXEC");
		WAIT(rig_held(a, id));
	}
	CHECK_INT(a->claims, 4);
	end();
}

TEST("a full Redis wakes nobody, and is asked again once there is room")
{
	begin_asleep();
	rig_sync("j1", "s", "8A");
	WAIT(rig_held(a, "j1"));
	rig_ask("CONFIG SET maxmemory 1");
	NEVER(!queue_is_up(a->queue) && a->losses, 1500);
	rig_finish_all(a);
	WAIT(rig_count("done") == 1);
	CHECK_INT(a->losses, 0);
	rig_ask("CONFIG SET maxmemory 0");
	rig_sync("j2", "s", "8B");
	WAIT(rig_held(a, "j2"));
	end();
}

TEST("a sleeper whose connection is dead without a word is not waited for")
{
	crew.lease_ms = 2000;
	rig_begin(NULL);
	a = rig_mate_later("a", 10);
	a->queue->blocking = a->queue->on_inbox = true; /* and no answer will come */
	WAIT(queue_is_up(a->queue));
	for (int i = 0; i < 3; i++) {
		char id[8];
		snprintf(id, sizeof id, "j%d", i);
		rig_sync(id, "s", id);
		int64_t pushed_ms = clock_mono_ms();
		WAIT(rig_held(a, id));
		CHECK(clock_mono_ms() - pushed_ms < 1800);
	}
	end();
}

static void push_register(int number)
{
	char *text = xasprintf("{\"v\":1,\"id\":\"r%d\",\"type\":\"register\",\"school\":\"s\","
			       "\"class\":{\"id\":\"8B\",\"learners\":[{\"id\":\"L%d\"}]}}",
	    number, number);
	rig_raw(text, strlen(text));
	free(text);
}

TEST_SLOW("of many registers the one pushed last counts, whoever dies on the way")
{
	rig_begin(NULL);
	rig_ask("HSET " P "school:s name S");
	for (int i = 0; i < 3; i++) {
		char name[8];
		snprintf(name, sizeof name, "w%d", i);
		rig_mate(name, 5);
	}
	for (int round = 0; round < 12; round++) {
		for (int i = 0; i < 20; i++)
			push_register(round * 20 + i);
		if (round % 3 == 0) {
			char name[8];
			snprintf(name, sizeof name, "x%d", round);
			rig_die(crew.mates[round % 2]);
			rig_mate_later(name, 5);
		}
		char last[16], id[16];
		snprintf(id, sizeof id, "r%d", round * 20 + 19);
		snprintf(last, sizeof last, "\"L%d\"", round * 20 + 19);
		WAIT(rig_field(id, "state")[0]);
		CHECK_HAS(rig_ask("HGET " P "class:s:8B:register text"), last);
	}
	end();
}

TEST("a worker that leaves does not leave its sleeper behind")
{
	begin_asleep();
	rig_die(a);
	WAIT(!sleeps());
	rig_sync("j1", "s", "8A");
	CHECK_INT(rig_number("LLEN " P "inbox"), 1);
	a = rig_mate("b", 10);
	WAIT(rig_held(a, "j1"));
	end();
}
