/* What a school pushes beyond its share waits outside the lanes, in its order. */
#include <stdio.h>
#include <stdlib.h>

#include "lanes_rig.h"

/* count jobs f0, f1, … of one school, each of a class of its own. */
static void flood_inbox(const char *school, int count)
{
	CHECK_STR(rig_ask("EVAL for\tk=0,%d\tdo\tredis.call('rpush','" P
			  "inbox','{\"v\":1,\"id\":\"f'..k..'\",\"type\":\"t\",\"school\":\"%s\","
			  "\"class\":{\"id\":\"'..k..'\"}}')end\treturn'OK' 0",
		      count - 1, school),
	    "OK");
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
