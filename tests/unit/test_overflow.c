/* What a school pushes beyond its share waits outside the lanes, in its order. */
#include <stdio.h>
#include <stdlib.h>

#include "lanes_rig.h"

/* jobs f<from>, … of one school, each of a class of its own. */
static void flood_from(const char *school, int from, int count)
{
	CHECK_STR(rig_ask("EVAL for\tk=%d,%d\tdo\tredis.call('rpush','" P
			  "inbox','{\"v\":1,\"id\":\"f'..k..'\",\"type\":\"t\",\"school\":\"%s\","
			  "\"class\":{\"id\":\"'..k..'\"}}')end\treturn'OK' 0",
		      from, from + count - 1, school),
	    "OK");
}

static void flood_inbox(const char *school, int count)
{
	flood_from(school, 0, count);
}

TEST_SLOW("beyond its share what a school pushed waits compactly, in order, and others are heard")
{
	begin(0);
	for (int i = 0; i < 9; i++) {
		char school[16];
		snprintf(school, sizeof school, "other-%d", i);
		rig_sync(school, school, "8B");
	}
	flood_inbox("flood", 13000);
	rig_sync("last", "newcomer", "8B");
	WAIT(rig_number("LLEN " P "inbox") == 0 && rig_count("queued") == 13010);
	CHECK(rig_number("LLEN " P "overflow:flood") > 2000);
	CHECK(
	    rig_number("ZCARD " P "lane:flood") + rig_number("LLEN " P "overflow:flood") == 13000);
	CHECK_STR(rig_field("last", "state"), "queued");
	rig_recount(false);
	int next = 0;
	a->room = 400;
	queue_room_grew(a->queue);
	while (rig_count("done") < 13010) {
		WAIT(rig_holds(a) > 0 || rig_count("done") == 13010);
		list_each (l, &a->held) {
			const char *id = container_of(l, struct held, link)->ticket.id;
			if (id[0] == 'f')
				CHECK_INT(strtol(id + 1, NULL, 10), next++);
		}
		rig_finish_all(a);
	}
	CHECK_INT(next, 13000);
	CHECK_INT(rig_number("EXISTS " P "overflow:flood " P "overflowing"), 0);
	end_trimmed();
}

TEST("what waits outside comes in while nothing else moves and the worker sleeps")
{
	enum { OUTSIDE = 2000 };
	crew.lease_ms = 6000; /* the worker sleeps for five seconds */
	begin(0);
	flood_inbox("flood", OUTSIDE);
	WAIT(rig_count("queued") == OUTSIDE);
	rig_ask("EVAL for\tk=0,%d\tdo\tredis.call('rpush','" P
		"overflow:late','{\"v\":1,\"id\":\"l'..k..'\",\"type\":\"t\",\"school\":\"late\","
		"\"class\":{\"id\":\"'..k..'\"}}')end\treturn'OK' 0",
	    OUTSIDE - 1);
	rig_ask("HINCRBY " P "counts queued %d", OUTSIDE);
	rig_ask("SADD " P "overflowing late");
	int64_t began_ms = clock_mono_ms();
	WAIT(rig_number("EXISTS " P "overflow:late") == 0);
	CHECK(clock_mono_ms() - began_ms < 3000);
	CHECK_INT(rig_count("queued"), 2 * OUTSIDE);
	end();
}

TEST("an overflowed envelope that is pushed again is one job, and a cancelled one ends")
{
	begin(0);
	flood_inbox("flood", 3);
	in_lanes(3);
	rig_ask("SADD " P "overflowing flood");
	flood_inbox("flood", 5);
	rig_cancel("f4");
	a->room = 10;
	queue_room_grew(a->queue);
	WAIT(rig_holds(a) == 4);
	WAIT(rig_number("EXISTS " P "overflow:flood " P "overflowing") == 0);
	CHECK_STR(rig_field("f4", "state"), "cancelled");
	rig_finish_all(a);
	WAIT(rig_count("done") == 4);
	CHECK_INT(rig_count("queued"), 0);
	end();
}

TEST_SLOW(
    "what comes of a paused type, when enough of it is aside, waits compactly and in nobody's way")
{
	enum { ENOUGH = 10000, MORE = 2500 };
	begin(400);
	CHECK_INT(rig_number("FCALL rollcall1_pause 1 " P "inbox type:t ann"), 1);
	flood_inbox("flood", ENOUGH);
	WAIT(rig_number("ZCARD " P "held:t") == ENOUGH);
	flood_from("flood", ENOUGH, MORE);
	rig_sync("other", "flood", "8B");
	WAIT(rig_held(a, "other"));
	CHECK_INT(rig_number("HLEN " P "bodies"), ENOUGH + 1);
	CHECK_INT(rig_count("queued"), ENOUGH + MORE);
	rig_recount(false);
	rig_done(a, "other");
	while (rig_number("HEXISTS " P "paused back:t") || rig_number("HEXISTS " P "paused type:t"))
		reply_free(rig_reply("FCALL rollcall1_resume 1 " P "inbox type:t"));
	int next = 0;
	while (rig_count("done") < ENOUGH + MORE + 1) {
		WAIT(rig_holds(a) > 0 || rig_count("done") == ENOUGH + MORE + 1);
		list_each (l, &a->held)
			CHECK_INT(
			    strtol(container_of(l, struct held, link)->ticket.id + 1, NULL, 10),
			    next++);
		rig_finish_all(a);
	}
	CHECK_INT(rig_number("EXISTS " P "overflow::t " P "overflowing " P "held:t"), 0);
	end_trimmed();
}

static void flood_each(int schools, int from, int count)
{
	for (int s = 0; s < schools; s++) {
		char school[16];
		snprintf(school, sizeof school, "s-%d", s);
		flood_from(school, 1000 * s + from, count);
	}
}

TEST_SLOW("schools that run as much as they may share with the others what is admitted")
{
	crew.per_school = 1;
	begin(40);
	flood_each(30, 0, 2);
	WAIT(rig_number("SCARD " P "capped") == 30);
	flood_each(30, 2, 998);
	WAIT(rig_number("LLEN " P "inbox") == 0 && rig_count("queued") == 29970);
	int64_t admitted = rig_number("HLEN " P "bodies");
	CHECK(admitted > 15000 && admitted < 24000);
	end();
}
