/* Schools take turns, and none runs more than its cap. */
#include <stdio.h>
#include <stdlib.h>

#include "lanes_rig.h"

TEST("within a school interactive goes before background, and each in the order it came")
{
	begin(0);
	push_lane("n", "s", 0, 3, ",\"priority\":\"background\"");
	push_lane("i", "s", 0, 3, "");
	push_lane("n", "s", 3, 5, ",\"priority\":\"background\"");
	push_lane("i", "s", 3, 5, ",\"priority\":\"interactive\"");
	in_lanes(10);
	static const char *const order[] = {"i1", "i2", "i3", "i4", "n1", "n2", "n3", "n4"};
	const char *first = next_job(a);
	bool head_was_night = first[0] == 'n';
	if (head_was_night)
		CHECK_STR(next_job(a), "i0");
	for (int i = 0; i < 4; i++)
		CHECK_STR(next_job(a), order[i]);
	if (!head_was_night)
		CHECK_STR(next_job(a), "n0");
	for (int i = 4; i < 8; i++)
		CHECK_STR(next_job(a), order[i]);
	end();
}

TEST("schools take turns, however many jobs one of them has pushed")
{
	begin(0);
	push_lane("f", "flood", 0, 200, "");
	push_lane("x", "small-1", 0, 5, "");
	push_lane("y", "small-2", 0, 5, "");
	in_lanes(210);
	int floods = 0;
	for (int small = 0, n = 0; small < 10; n++) {
		CHECK(n < 20);
		const char *id = next_job(a);
		*(id[0] == 'f' ? &floods : &small) += 1;
	}
	CHECK(floods <= 7);
	end();
}

TEST("a newcomer has its turn soon in the midst of a flood")
{
	begin(0);
	push_lane("f", "flood", 0, 300, "");
	in_lanes(300);
	for (int i = 0; i < 50; i++)
		next_job(a);
	rig_sync("new", "newcomer", "8B");
	a->room = 1;
	int n = 0;
	while (strcmp(next_job(a), "new") != 0)
		CHECK(++n < 5);
	end();
}

TEST("a school whose jobs come one by one does not starve the others")
{
	begin(0);
	push_lane("y", "z-patient", 0, 20, "");
	in_lanes(20);
	rig_die(a);
	rig_ask("DEL " P "intake");
	rig_ask("FCALL rollcall1_beat 1 " P "inbox w 60000 1000 1000000 1");
	rig_ask("FCALL rollcall1_cycle 1 " P "inbox w 1000 1000000 1000 5 0 0 ");
	/* a worker that is nothing but the words of its calls: each admits one and claims one */
	for (int i = 0; i < 20; i++) {
		char id[16];
		snprintf(id, sizeof id, "t%d", i);
		rig_sync(id, "a-trickle", id);
		int length = (int)rig_number("EVAL return(#redis.call('lindex','" P "inbox',0)) 0");
		rig_ask("FCALL rollcall1_cycle 1 " P "inbox w 1000 1000000 1000 1 0 1 "
			" plain %s %d a-trickle %s sync-learners staff-1",
		    id, length, id);
	}
	int64_t patient = 15 - rig_number("ZCARD " P "lane:z-patient");
	CHECK_INT(patient + 20 - rig_number("ZCARD " P "lane:a-trickle"), 20);
	CHECK(patient >= 6 && patient <= 12);
	end();
}

TEST("many schools share what is claimed at once")
{
	begin(0);
	for (int s = 0; s < 10; s++) {
		char school[16], name[16];
		snprintf(school, sizeof school, "school-%d", s);
		snprintf(name, sizeof name, "s%d-", s);
		push_lane(name, school, 0, s == 0 ? 100 : 10, "");
	}
	in_lanes(190);
	a->room = 50;
	queue_room_grew(a->queue);
	WAIT(rig_holds(a) == 50);
	int of[10] = {0};
	list_each (l, &a->held)
		of[container_of(l, struct held, link)->ticket.id[1] - '0']++;
	for (int s = 0; s < 10; s++)
		CHECK(of[s] >= 4 && of[s] <= 6);
	end();
}

TEST("no school runs more than its cap, and a place that gets free is used")
{
	crew.per_school = 3;
	begin(100);
	push_lane("f", "flood", 0, 20, "");
	push_lane("x", "small", 0, 2, "");
	WAIT(rig_holds(a) == 5 && rig_count("queued") == 17);
	struct mate *b = rig_mate("b", 100);
	NEVER(rig_holds(b) > 0, 100);
	CHECK_INT(rig_number("HGET " P "school_running flood"), 3);
	rig_recount(false);
	for (int i = 0; i < 17; i++) {
		struct mate *m = rig_holds(a) ? a : b;
		rig_finish(m, rig_first(m), i % 4 == 3 ? END_FAILED : END_DONE, false, 0);
		WAIT(rig_count("done") + rig_count("failed") == i + 1);
		CHECK(rig_number("HGET " P "school_running flood") <= 3);
		rig_recount(false);
	}
	WAIT(rig_holds(a) + rig_holds(b) == 3 && rig_count("queued") == 2);
	end();
}

TEST("a cap that is raised holds from the next place on")
{
	crew.per_school = 2;
	begin(100);
	push_lane("f", "s", 0, 10, "");
	WAIT(rig_holds(a) == 2 && rig_count("queued") == 8);
	queue_reload(a->queue, 6, 1000, 1000000);
	rig_finish(a, rig_first(a), END_DONE, false, 0);
	WAIT(rig_holds(a) == 6);
	end();
}

TEST("a worker takes no more than it has room for")
{
	begin(7);
	push_lane("j", "s", 0, 30, "");
	WAIT(rig_holds(a) == 7);
	NEVER(rig_holds(a) > 7, 100);
	for (int i = 0; i < 23; i++) {
		WAIT(rig_holds(a) == 7);
		rig_finish(a, rig_first(a), END_DONE, false, 0);
	}
	WAIT(rig_holds(a) == 7);
	CHECK_INT(a->claims, 30);
	end();
}

TEST("a school with more weight has more of the turns")
{
	begin(0);
	push_lane("h", "heavy", 0, 60, "");
	push_lane("l", "light", 0, 60, "");
	in_lanes(120);
	rig_ask("HSET " P "weights heavy 3");
	int heavy = 0;
	for (int i = 0; i < 40; i++)
		heavy += next_job(a)[0] == 'h';
	CHECK(heavy >= 28 && heavy <= 32);
	end();
}

TEST("weight tells in what is claimed at once, and starves nobody")
{
	begin(0);
	push_lane("h", "heavy", 0, 300, "");
	push_lane("l", "light", 0, 100, "");
	push_lane("m", "middling", 0, 100, "");
	in_lanes(500);
	rig_ask("HSET " P "weights heavy 3");
	for (int taken = 0; taken < 250; taken += 50) {
		a->room = 50;
		queue_room_grew(a->queue);
		WAIT(rig_holds(a) == 50);
		a->room = 0;
		rig_finish_all(a);
		WAIT(queue_is_said(a->queue));
	}
	int64_t light = 100 - rig_number("ZCARD " P "lane:light");
	int64_t middling = 100 - rig_number("ZCARD " P "lane:middling");
	int64_t heavy = 300 - rig_number("ZCARD " P "lane:heavy");
	CHECK_INT(light + middling + heavy, 250);
	CHECK(light >= 40 && light <= 60 && middling >= 40 && middling <= 60);
	end();
}

TEST("a weight that makes no sense counts as none")
{
	static const char *const odd[] = {"much", "0", "-3", "inf", "nan", "1e300"};
	begin(0);
	push_lane("o", "odd", 0, 40, "");
	push_lane("p", "plain", 0, 40, "");
	in_lanes(80);
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		int of_odd = 0;
		rig_ask("HSET " P "weights odd %s", odd[i]);
		for (int n = 0; n < 10; n++)
			of_odd += next_job(a)[0] == 'o';
		CHECK(of_odd >= 4 && of_odd <= 6);
	}
	end();
}
