/* What an operator stops: the whole queue, a school, a type; and that it goes on. */
#include <stdio.h>
#include <stdlib.h>

#include "worker_rig.h"

static void pause(const char *what)
{
	CHECK_STR(rig_ask("FCALL rollcall1_pause 1 " P "inbox %s ann", what), "1");
}

/* until nothing is left to be put back */
static void resume(const char *what)
{
	for (int64_t left = 1; left > 0;) {
		struct reply *r = rig_reply("FCALL rollcall1_resume 1 " P "inbox %s", what);
		left = reply_number(reply_at(r, 1));
		reply_free(r);
	}
}

static void push_some(const char *prefix, const char *type, const char *school, int count)
{
	for (int i = 0; i < count; i++) {
		char id[32];
		snprintf(id, sizeof id, "%s%d", prefix, i);
		rig_push(id, type, school, id, "");
	}
}

/* ---- the whole queue ---- */

TEST("a paused queue admits and claims nothing, and what runs goes on")
{
	begin(10);
	rig_sync("runs", "s", "8A");
	WAIT(rig_held(a, "runs"));
	pause("*");
	push_some("j", "check-team", "s", 3);
	WAIT(rig_count("queued") == 3);
	struct held *h = rig_held(a, "runs");
	rig_touch(a, h, false, NULL);
	WAIT(h->told == 1 && h->ok);
	rig_done(a, "runs");
	WAIT(rig_is("runs", "done"));
	NEVER(a->claims > 1, 300);
	CHECK_STR(rig_field("j0", "state"), "queued");
	rig_recount(false);
	resume("*");
	WAIT(rig_holds(a) == 3);
	end();
}

/* How often workers called a function of the library in so long. */
static int64_t calls_in(int64_t for_ms)
{
	bool never = false;
	rig_ask("CONFIG RESETSTAT");
	loop_run_until(rig.loop, &never, clock_mono_ms() + for_ms);
	const char *calls = strstr(rig_ask("INFO commandstats"), "cmdstat_fcall:calls=");
	return calls ? strtol(strchr(calls, '=') + 1, NULL, 10) : 0;
}

TEST("a paused queue costs no wake-ups, and resuming wakes everybody at once")
{
	begin(1);
	struct mate *b = rig_mate("b", 10);
	int64_t idle = calls_in(1000);
	pause("*");
	push_some("j", "check-team", "s", 8);
	WAIT(rig_count("queued") == 8);
	CHECK_INT(rig_number("EXISTS " P "baton"), 0);
	CHECK(calls_in(1000) <= idle + 6); /* beats that a busy machine bunches */
	CHECK_INT(rig_holds(a) + rig_holds(b), 0);
	int64_t began = clock_mono_ms();
	resume("*");
	WAIT(rig_holds(a) + rig_holds(b) == 8);
	CHECK(clock_mono_ms() - began < 500);
	end();
}

TEST("what a dead worker held goes back, and waits there while the queue is paused")
{
	begin(10);
	rig_sync("j1", "s", "8A");
	WAIT(rig_held(a, "j1"));
	pause("*");
	struct mate *b = rig_mate("b", 10);
	rig_die(a);
	WAIT(rig_is("j1", "queued"));
	NEVER(rig_holds(b), 300);
	resume("*");
	WAIT(rig_held(b, "j1"));
	end();
}

/* ---- a school ---- */

TEST("a paused school is out of the ring, and the others have the workers")
{
	begin(0);
	push_some("s", "check-team", "slow", 5);
	push_some("q", "check-team", "quick", 5);
	WAIT(rig_count("queued") == 10);
	pause("school:slow");
	CHECK_STR(rig_list("ZRANGE " P "ring 0 -1"), "quick");
	push_some("t", "check-team", "slow", 2);
	WAIT(rig_count("queued") == 12);
	CHECK_STR(rig_list("ZRANGE " P "ring 0 -1"), "quick");
	rig_recount(false);
	a->room = 20;
	queue_room_grew(a->queue);
	WAIT(rig_holds(a) == 5);
	NEVER(rig_holds(a) > 5, 300);
	CHECK_INT(rig_number("EXISTS " P "ring"), 0);
	rig_recount(false);
	resume("school:slow");
	WAIT(rig_holds(a) == 12);
	CHECK_INT(rig_number("EXISTS " P "paused"), 0);
	end();
}

TEST("a paused school's job does not go straight through to an idle worker")
{
	begin(10);
	pause("school:slow");
	rig_sync("j1", "slow", "8A");
	rig_sync("j2", "quick", "8A");
	WAIT(rig_held(a, "j2"));
	WAIT(rig_is("j1", "queued"));
	NEVER(rig_held(a, "j1"), 200);
	resume("school:slow");
	WAIT(rig_held(a, "j1"));
	end();
}

TEST("a school that was at its cap when it was paused stays out when a job of it ends")
{
	crew.per_school = 2;
	begin(10);
	push_some("j", "check-team", "s", 5);
	WAIT(rig_holds(a) == 2 && rig_number("SISMEMBER " P "capped s") == 1);
	pause("school:s");
	CHECK_INT(rig_number("EXISTS " P "capped"), 0);
	rig_finish_all(a);
	WAIT(rig_count("done") == 2);
	NEVER(rig_holds(a), 300);
	rig_recount(false);
	resume("school:s");
	WAIT(rig_holds(a) == 2);
	end();
}

TEST("a school goes on where its turn was")
{
	begin(0);
	push_some("s", "check-team", "s", 9);
	push_some("t", "check-team", "t", 9);
	WAIT(rig_count("queued") == 18);
	a->room = 10;
	queue_room_grew(a->queue);
	WAIT(rig_holds(a) == 10);
	char turn[32];
	text_copy(turn, sizeof turn, rig_ask("ZSCORE " P "ring s"));
	pause("school:s");
	resume("school:s");
	CHECK_STR(rig_ask("ZSCORE " P "ring s"), turn);
	end();
}

/* ---- a type ---- */

TEST("jobs of a paused type are put aside when their turn comes, and the others run")
{
	begin(10);
	pause("type:sync-learners");
	push_some("s", "sync-learners", "s", 4);
	push_some("c", "check-team", "s", 4);
	WAIT(rig_holds(a) == 4);
	for (int i = 0; i < 4; i++) {
		char id[16];
		snprintf(id, sizeof id, "c%d", i);
		CHECK(rig_held(a, id) != NULL);
	}
	WAIT(rig_number("ZCARD " P "held:sync-learners") == 4);
	CHECK_INT(rig_count("queued"), 4);
	CHECK_STR(rig_field("s0", "state"), "queued");
	rig_recount(false);
	resume("type:sync-learners");
	WAIT(rig_holds(a) == 8);
	CHECK_INT(rig_number("EXISTS " P "paused"), 0);
	end();
}

TEST("a job that was put aside goes back to its place in the lane")
{
	begin(0);
	push_some("s", "sync-learners", "s", 2);
	push_some("c", "check-team", "s", 2);
	WAIT(rig_count("queued") == 4);
	char order[64];
	text_copy(order, sizeof order, rig_list("ZRANGE " P "lane:s 0 -1 WITHSCORES"));
	pause("type:sync-learners");
	a->room = 1;
	queue_room_grew(a->queue);
	WAIT(rig_held(a, "c0"));
	CHECK_INT(rig_number("ZCARD " P "held:sync-learners"), 2);
	rig_finish(a, rig_held(a, "c0"), END_RELEASE, false, 0);
	a->room = 0;
	WAIT(rig_is("c0", "queued"));
	resume("type:sync-learners");
	CHECK_STR(rig_list("ZRANGE " P "lane:s 0 -1"), "c0,s0,s1,c1");
	end();
}

TEST("a job that is put aside can be cancelled there")
{
	begin(10);
	pause("type:sync-learners");
	push_some("s", "sync-learners", "s", 2);
	WAIT(rig_number("ZCARD " P "held:sync-learners") == 2);
	rig_cancel("s0");
	WAIT(rig_is("s0", "cancelled"));
	CHECK_STR(rig_list("ZRANGE " P "held:sync-learners 0 -1"), "s1");
	end();
}

TEST("thousands that are put aside come back in pages, also when whoever resumed has died")
{
	begin(10);
	pause("type:sync-learners");
	push_some("s", "sync-learners", "s", 1300);
	WAIT(rig_number("ZCARD " P "held:sync-learners") == 1300);
	CHECK_INT(a->claims, 0);
	rig_recount(false);
	a->room = 0;
	rig_ask("CONFIG RESETSTAT");
	struct reply *r = rig_reply("FCALL rollcall1_resume 1 " P "inbox type:sync-learners");
	CHECK_INT(reply_number(reply_at(r, 0)), 1);
	CHECK_INT(reply_number(reply_at(r, 1)), 1200);
	reply_free(r);
	rig_recount(false);
	WAIT(rig_number("EXISTS " P "held:sync-learners " P "paused") == 0);
	CHECK_INT(rig_number("ZCARD " P "lane:s"), 1300);
	end();
}

TEST("a type that is paused again while it comes back stays")
{
	begin(0);
	pause("type:sync-learners");
	push_some("s", "sync-learners", "s", 700);
	WAIT(rig_count("queued") == 700);
	a->room = 10;
	queue_room_grew(a->queue);
	WAIT(rig_number("ZCARD " P "held:sync-learners") == 700);
	a->room = 0;
	reply_free(rig_reply("FCALL rollcall1_resume 1 " P "inbox type:sync-learners"));
	pause("type:sync-learners");
	int64_t back = rig_number("ZCARD " P "lane:s"); /* a beat may have come in between */
	CHECK(back >= 100 && back < 700);
	rig_recount(false);
	a->room = 10;
	queue_room_grew(a->queue);
	WAIT(rig_number("ZCARD " P "held:sync-learners") == 700);
	NEVER(rig_number("ZCARD " P "held:sync-learners") < 700, 1200);
	rig_recount(false);
	resume("type:sync-learners");
	WAIT(rig_holds(a) == 10);
	end();
}

TEST("pausing what is paused keeps who did it and when")
{
	begin(0);
	pause("school:s");
	char who[64];
	text_copy(who, sizeof who, rig_ask("HGET " P "paused school:s"));
	CHECK_HAS(who, " ann");
	CHECK_STR(rig_ask("FCALL rollcall1_pause 1 " P "inbox school:s bob"), "0");
	CHECK_STR(rig_ask("HGET " P "paused school:s"), who);
	resume("school:s");
	struct reply *r = rig_reply("FCALL rollcall1_resume 1 " P "inbox school:s");
	CHECK_INT(reply_number(reply_at(r, 0)), 0);
	reply_free(r);
	end();
}

TEST("what comes of a paused type on both sides of a job that joins waits outside, and nothing is "
     "lost")
{
	static const char looks[] = "{\"v\":1,\"id\":\"%s\",\"type\":\"check-team\","
				    "\"school\":\"s\",\"class\":{\"id\":\"8C\"}}";
	char texts[4][160];
	begin(10);
	rig_sync("j1", "s", "8B");
	WAIT(rig_held(a, "j1"));
	pause("type:check-team");
	for (int i = 0; i < 4; i++) {
		char id[8];
		snprintf(id, sizeof id, "c%d", i);
		snprintf(texts[i], sizeof texts[i], looks, id);
	}
	rig_ask("RPUSH " P "overflow::check-team %s", texts[0]);
	rig_ask("SADD " P "overflowing :check-team");
	rig_ask("HINCRBY " P "counts queued 1");
	rig_ask("RPUSH " P "inbox %s %s %s %s", texts[1], texts[2],
	    "{\"v\":1,\"id\":\"j2\",\"type\":\"sync-learners\",\"school\":\"s\",\"class\":{"
	    "\"id\":\"8B\",\"learners\":[{\"id\":\"L1\",\"name\":\"Zoe\"}]}}",
	    texts[3]);
	WAIT(rig_is("j2", "joined"));
	WAIT(rig_number("LLEN " P "overflow::check-team") == 4);
	end();
}
