/* One job of a kind is live in a class, and the jobs of a class run one after the other. */
#include <stdio.h>
#include <stdlib.h>

#include "lanes_rig.h"

TEST("a second live job of a type, school and class joins the first")
{
	begin(0);
	rig_sync("j1", "s", "8B");
	rig_sync("j2", "s", "8B");
	a->room = 1;
	queue_room_grew(a->queue);
	WAIT(rig_held(a, "j1") && rig_is("j2", "joined"));
	CHECK_STR(rig_field("j2", "joined"), "j1");
	CHECK(rig_number("HGET " P "job:j2 finished_at") > 0);
	rig_sync("j3", "s", "8B");
	WAIT(rig_is("j3", "joined"));
	CHECK_STR(rig_field("j3", "joined"), "j1");
	rig_done(a, "j1");
	rig_sync("j4", "s", "8B");
	WAIT(rig_held(a, "j4"));
	end();
}

TEST("jobs that differ in type, school or class do not join")
{
	begin(10);
	rig_sync("j1", "s", "8B");
	rig_sync("j2", "s", "8C");
	rig_sync("j3", "t", "8B");
	rig_push("j4", "check-team", "s", "8B", "");
	rig_push("j5", "sync-school", "s", "8B", "");
	WAIT(rig_held(a, "j1") && rig_held(a, "j2") && rig_held(a, "j3"));
	WAIT(rig_count("queued") == 2);
	rig_done(a, "j1");
	WAIT(rig_held(a, "j4"));
	CHECK(!rig_held(a, "j5"));
	end();
}

TEST("no two schools share a class, whatever their names")
{
	begin(10);
	rig_sync("j1", "a|b", "c");
	rig_sync("j2", "a", "b|c");
	rig_sync("j3", "a b", "c d=e");
	rig_sync("j4", "a", "b c d=e");
	WAIT(rig_holds(a) == 4);
	end();
}

TEST("jobs of one class run one after the other, in the order they came")
{
	begin(10);
	rig_push("j1", "create-team", "s", "8B", "");
	rig_push("j2", "sync-learners", "s", "8B", "");
	rig_push("j3", "check-team", "s", "8B", "");
	rig_push("j4", "delete-class", "s", "8B", "");
	static const char *const order[] = {"j1", "j2", "j3", "j4"};
	for (int i = 0; i < 4; i++) {
		WAIT(rig_held(a, order[i]));
		WAIT(rig_count("queued") == 3 - i);
		CHECK_INT(rig_holds(a), 1);
		rig_recount(false);
		rig_done(a, order[i]);
	}
	WAIT(queue_is_said(a->queue));
	CHECK_INT(rig_number("EXISTS " P "live " P "bodies " P "school_running"), 0);
	end();
}

TEST("a job behind its class starts at once however the one before it ends")
{
	static const enum ending hows[] = {END_DONE, END_FAILED, END_CANCELLED};
	begin(1);
	for (int i = 0; i < 3; i++) {
		char one[8], two[8];
		snprintf(one, sizeof one, "a%d", i);
		snprintf(two, sizeof two, "b%d", i);
		rig_push(one, "create-team", "s", "8B", "");
		rig_push(two, "sync-learners", "s", "8B", "");
		WAIT(rig_held(a, one) && rig_count("queued") == 1);
		rig_finish(a, rig_held(a, one), hows[i], hows[i] == END_FAILED, 0);
		WAIT(rig_held(a, two));
		rig_done(a, two);
		WAIT(queue_is_said(a->queue));
	}
	end();
}

TEST("nobody joins a job that is being cancelled")
{
	begin(10);
	rig_sync("j1", "s", "8B");
	WAIT(rig_held(a, "j1"));
	rig_cancel("j1");
	rig_sync("j2", "s", "8B");
	rig_sync("j3", "s", "8B");
	WAIT(rig_is("j3", "joined"));
	CHECK_STR(rig_field("j3", "joined"), "j2");
	CHECK(rig_is("j2", "queued"));
	rig_finish(a, rig_held(a, "j1"), END_CANCELLED, false, 0);
	WAIT(rig_held(a, "j2"));
	end();
}

TEST("a class whose holder's record is gone is free again")
{
	begin(0);
	struct mate *b = rig_mate("b", 1);
	rig_push("j1", "create-team", "s", "8B", "");
	WAIT(rig_held(b, "j1"));
	rig_push("j2", "sync-learners", "s", "8B", "");
	WAIT(rig_is("j2", "queued"));
	rig_ask("DEL " P "job:j1 " P "bodies");
	rig_ask("HSET " P "bodies j2 {}");
	rig_die(b);
	rig_ask("FCALL rollcall1_abandon 1 " P "inbox b.1 1000 1000");
	a->room = 10;
	queue_room_grew(a->queue);
	rig_push("j3", "check-team", "s", "8B", "");
	WAIT(rig_held(a, "j2"));
	rig_done(a, "j2");
	WAIT(rig_held(a, "j3"));
	end();
}

TEST("a job whose envelope is gone fails and says so, and its class goes on")
{
	begin(0);
	rig_push("j1", "create-team", "s", "8B", "");
	rig_push("j2", "sync-learners", "s", "8B", "");
	rig_raw("", 0);
	struct mate *b = rig_mate("b", 1);
	rig_sync("j3", "t", "x");
	WAIT(rig_held(b, "j1") && rig_count("queued") == 2);
	a->room = 0;
	b->room = 0;
	rig_finish(b, rig_held(b, "j1"), END_RELEASE, false, 0);
	WAIT(queue_is_said(b->queue));
	int64_t rev = rig_number("HGET " P "job:j1 rev");
	rig_ask("HDEL " P "bodies j1");
	b->room = 3;
	queue_room_grew(b->queue);
	WAIT(rig_held(b, "j2") && rig_held(b, "j3"));
	CHECK(rig_is("j1", "failed"));
	CHECK_STR(rig_field("j1", "error_code"), "internal");
	CHECK_INT(rig_number("HGET " P "job:j1 rev"), rev + 1);
	end();
}

TEST("a job that is joined with news while it runs goes round again before it is done")
{
	begin(10);
	rig_ask("HSET " P "school:s name S");
	rig_sync("j1", "s", "8B");
	WAIT(rig_held(a, "j1"));
	static const char text[] =
	    "{\"v\":1,\"id\":\"j2\",\"type\":\"sync-learners\",\"school\":\"s\","
	    "\"class\":{\"id\":\"8B\",\"learners\":[{\"id\":\"L1\"}]}}";
	rig_raw(text, sizeof text - 1);
	WAIT(rig_is("j2", "joined"));
	rig_done(a, "j1");
	WAIT(rig_held(a, "j1"));
	CHECK_INT(rig_held(a, "j1")->ticket.attempt, 2);
	CHECK_INT(rig_count("done"), 0);
	rig_recount(false);
	rig_done(a, "j1");
	WAIT(rig_is("j1", "done"));
	CHECK_INT(rig_count("done"), 1);
	CHECK_INT(a->claims, 2);
	end();
}

TEST("a job that is joined with news before it runs, or without any, runs once")
{
	begin(10);
	rig_push("j0", "create-team", "s", "8B", "");
	rig_sync("j1", "s", "8B");
	WAIT(rig_held(a, "j0") && rig_is("j1", "queued"));
	static const char text[] =
	    "{\"v\":1,\"id\":\"j2\",\"type\":\"sync-learners\",\"school\":\"s\","
	    "\"class\":{\"id\":\"8B\",\"learners\":[]}}";
	rig_raw(text, sizeof text - 1);
	WAIT(rig_is("j2", "joined"));
	rig_done(a, "j0");
	WAIT(rig_held(a, "j1"));
	rig_sync("j3", "s", "8B");
	WAIT(rig_is("j3", "joined"));
	rig_done(a, "j1");
	WAIT(rig_is("j1", "done"));
	CHECK_INT(a->claims, 2);
	end();
}

TEST("a dry run and an approved run are not alike, and run one after the other")
{
	begin(10);
	rig_sync("j1", "s", "8B");
	rig_push("j2", "sync-learners", "s", "8B", ",\"options\":{\"dry_run\":true}");
	rig_push("j3", "sync-learners", "s", "8B", ",\"options\":{\"approve_removals\":true}");
	rig_push("j4", "sync-learners", "s", "8B", ",\"options\":{\"approve_removals\":true}");
	rig_push("j5", "sync-learners", "s", "8B", ",\"options\":{\"dry_run\":false}");
	WAIT(rig_held(a, "j1") && rig_is("j4", "joined") && rig_is("j5", "joined"));
	CHECK_STR(rig_field("j4", "joined"), "j3");
	CHECK_STR(rig_field("j5", "joined"), "j1");
	static const char *const order[] = {"j1", "j2", "j3"};
	for (int i = 0; i < 3; i++) {
		WAIT(rig_held(a, order[i]));
		rig_recount(false);
		rig_done(a, order[i]);
	}
	end();
}

TEST("a class that is said to be held by a job that has ended is free all the same")
{
	begin(10);
	rig_sync("j0", "s", "8B");
	WAIT(rig_held(a, "j0"));
	rig_done(a, "j0");
	WAIT(rig_is("j0", "done"));
	rig_ask("HSET " P "live s:8B sync-learners=j0");
	rig_sync("j1", "s", "8B");
	WAIT(rig_held(a, "j1"));
	rig_done(a, "j1");
	WAIT(queue_is_said(a->queue));
	end();
}
