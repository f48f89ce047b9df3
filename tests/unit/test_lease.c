/* Who holds a job, for how long, and who has it next. */
#include <stdio.h>
#include <stdlib.h>

#include "worker_rig.h"

static struct mate *b;

static void two_workers(int room_a, int room_b)
{
	begin(room_a);
	b = rig_mate("b", room_b);
}

static void give(struct mate *m, const char *id)
{
	rig_sync(id, "s", id);
	WAIT(rig_held(m, id));
}

static void save(struct mate *m, const char *id, const char *phase, bool progress)
{
	struct held *h = rig_held(m, id);
	int told = h->told;
	struct change c;
	change_init(&c);
	change_set(&c, "phase", phase);
	if (progress)
		c.saved = xstrdup("{\"step\":1}");
	rig_touch(m, h, false, &c);
	WAIT(h->told == told + 1);
}

/* ---- silence ---- */

TEST("a worker that falls silent loses its jobs after its lease, and only after")
{
	two_workers(10, 0);
	give(a, "j1");
	save(a, "j1", "Adding learners", true);
	int64_t silent_ms = clock_mono_ms();
	rig_die(a);
	b->room = 10;
	queue_room_grew(b->queue);
	NEVER(rig_first(b), 600);
	WAIT(rig_held(b, "j1"));
	CHECK(clock_mono_ms() - silent_ms < 2000);
	struct held *h = rig_held(b, "j1");
	CHECK_INT(h->ticket.attempt, 2);
	CHECK_INT(h->crashes, 1);
	CHECK_STR(h->saved, "{\"step\":1}");
	CHECK_STR(rig_field("j1", "crashes"), "1");
	CHECK_STR(rig_field("j1", "worker"), "b.1");
	end();
}

TEST("a worker that lives keeps its jobs, however long they say nothing")
{
	two_workers(10, 10);
	a->room = 0;
	give(b, "j1");
	a->room = 10;
	queue_room_grew(a->queue);
	NEVER(rig_first(a) || b->losses, 2500);
	CHECK_INT(rig_held(b, "j1")->ticket.attempt, 1);
	end();
}

TEST("the jobs of a dead worker come back to the head of their lanes")
{
	two_workers(2, 0);
	give(a, "j1");
	give(a, "j2");
	rig_sync("j3", "s", "j3");
	WAIT(rig_count("queued") == 1);
	rig_die(a);
	WAIT(rig_count("queued") == 3);
	CHECK_STR(rig_list("ZRANGE " P "lane:s 0 -1"), "j1,j2,j3");
	CHECK_STR(rig_field("j1", "state"), "queued");
	CHECK_STR(rig_field("j1", "worker"), "");
	CHECK_STR(rig_field("j1", "rev"), "3");
	CHECK_INT(rig_number("EXISTS " P "running:a.1 " P "worker:a.1"), 0);
	end();
}

TEST("a dead worker's waiting jobs come back as well")
{
	two_workers(10, 0);
	give(a, "j1");
	struct held *h = rig_held(a, "j1");
	rig_touch(a, h, true, NULL);
	WAIT(h->told);
	rig_finish(a, h, END_RETRY, false, clock_wall_ms() + 3600000);
	give(a, "j2");
	h = rig_held(a, "j2");
	rig_touch(a, h, true, NULL);
	WAIT(h->told);
	CHECK_INT(rig_count("waiting"), 2);
	rig_die(a);
	WAIT(rig_count("queued") == 1);
	CHECK_INT(rig_count("waiting"), 1);
	CHECK_STR(rig_field("j1", "crashes"), "0");
	end();
}

TEST("five hundred jobs of a dead worker come back within a second of its lease")
{
	two_workers(500, 0);
	for (int i = 0; i < 500; i++) {
		char id[16];
		snprintf(id, sizeof id, "j%d", i);
		rig_sync(id, "s", id);
	}
	WAIT(rig_holds(a) == 500);
	int64_t silent_ms = clock_mono_ms();
	rig_die(a);
	b->room = 500;
	queue_room_grew(b->queue);
	WAIT(rig_holds(b) == 500);
	CHECK(clock_mono_ms() - silent_ms < 2200);
	end();
}

TEST("workers that have left do not delay what a dead one held")
{
	two_workers(10, 0);
	for (int i = 0; i < 40; i++)
		rig_ask("FCALL rollcall1_abandon 1 " P "inbox gone%d 1000 1000000", i);
	CHECK_INT(rig_number("ZCARD " P "reaping"), 40);
	give(a, "j1");
	int64_t silent_ms = clock_mono_ms();
	rig_die(a);
	b->room = 1;
	queue_room_grew(b->queue);
	WAIT(rig_held(b, "j1"));
	CHECK(clock_mono_ms() - silent_ms < 2000);
	end();
}

/* ---- poison ---- */

static void dies_with(const char *id, const char *name)
{
	struct mate *m = rig_mate(name, 1);
	WAIT(rig_held(m, id));
	rig_die(m);
	rig_ask("FCALL rollcall1_abandon 1 " P "inbox %s.1 1000 1000000", name);
}

TEST("a job whose workers die three times without getting further is poison")
{
	begin(0);
	rig_sync("j1", "s", "8B");
	struct mate *m = rig_mate("m0", 1);
	WAIT(rig_held(m, "j1"));
	struct change c;
	change_init(&c);
	change_set(&c, "phase", "Matching learners");
	rig_touch(m, rig_held(m, "j1"), false, &c);
	WAIT(rig_held(m, "j1")->told);
	rig_die(m);
	rig_ask("FCALL rollcall1_abandon 1 " P "inbox m0.1 1000 1000000");
	dies_with("j1", "m1");
	CHECK_STR(rig_field("j1", "state"), "queued");
	int64_t rev = rig_number("HGET " P "job:j1 rev");
	dies_with("j1", "m2");
	CHECK_STR(rig_field("j1", "state"), "failed");
	CHECK_STR(rig_field("j1", "error_code"), "crashed");
	CHECK_HAS(rig_field("j1", "error"), "died 3 times");
	CHECK_HAS(rig_field("j1", "error"), "\"Matching learners\"");
	CHECK_STR(rig_field("j1", "crashes"), "3");
	CHECK_INT(rig_number("HGET " P "job:j1 rev"), rev + 2);
	CHECK_INT(rig_count("dead"), 1);
	CHECK_INT(rig_count("failed"), 1);
	CHECK_HAS(rig_ask("HGET " P "bodies j1"), "\"id\":\"j1\"");
	a->room = 1;
	rig_sync("j2", "s", "8B");
	WAIT(rig_held(a, "j2"));
	end();
}

TEST("the report of a whole school's run says that it was broken off, and that of no other job")
{
	static const char text[] =
	    "{\"v\":1,\"id\":\"j1\",\"type\":\"sync-school\",\"school\":\"s\"}";
	begin(0);
	rig_raw(text, strlen(text));
	rig_ask("HSET " P "run:s:j1 state running");
	rig_ask("HSET " P "run:s:j0 state running");
	for (int i = 0; i < 3; i++) {
		char name[8];
		CHECK_STR(rig_ask("HGET " P "run:s:j1 state"), "running");
		snprintf(name, sizeof name, "m%d", i);
		dies_with("j1", name);
	}
	CHECK_STR(rig_field("j1", "state"), "failed");
	CHECK_STR(rig_ask("HGET " P "run:s:j1 state"), "crashed");
	CHECK(rig_number("HGET " P "run:s:j1 finished_at") > 0);
	CHECK_STR(rig_ask("HGET " P "run:s:j0 state"), "running");
	end();
}

TEST("a job that gets further each time is no poison, however often its workers die")
{
	begin(0);
	rig_sync("j1", "s", "8B");
	for (int i = 0; i < 6; i++) {
		char name[8];
		snprintf(name, sizeof name, "m%d", i);
		struct mate *m = rig_mate(name, 1);
		WAIT(rig_held(m, "j1"));
		CHECK_INT(rig_held(m, "j1")->crashes, i);
		if (i % 2)
			save(m, "j1", "Adding learners", true);
		rig_die(m);
		rig_ask("FCALL rollcall1_abandon 1 " P "inbox %s.1 1000 1000000", name);
	}
	CHECK_STR(rig_field("j1", "state"), "queued");
	CHECK_STR(rig_field("j1", "crashes"), "6");
	CHECK_STR(rig_field("j1", "attempt"), "6");
	end();
}

TEST("a job that was released over and over is no poison")
{
	begin(1);
	rig_sync("j1", "s", "8B");
	for (int i = 0; i < 10; i++) {
		WAIT(rig_held(a, "j1"));
		CHECK_INT(rig_held(a, "j1")->crashes, 0);
		CHECK_INT(rig_held(a, "j1")->ticket.attempt, 1);
		rig_finish(a, rig_held(a, "j1"), END_RELEASE, false, 0);
	}
	WAIT(rig_held(a, "j1"));
	end();
}

/* ---- a lease that was lost ---- */

TEST("a worker that lost its lease drops its jobs and comes back under another name")
{
	two_workers(10, 0);
	give(a, "j1");
	CHECK_STR(queue_worker(a->queue), "a.1");
	b->room = 10;
	a->room = 0;
	rig_ask("FCALL rollcall1_abandon 1 " P "inbox a.1 1000 1000000");
	WAIT(a->losses == 1 && queue_is_up(a->queue));
	CHECK(!rig_first(a));
	CHECK_STR(queue_worker(a->queue), "a.2");
	WAIT(rig_held(b, "j1"));
	CHECK_INT(rig_held(b, "j1")->ticket.attempt, 2);
	b->room = 0;
	a->room = 10;
	give(a, "j2");
	CHECK_STR(rig_field("j2", "worker"), "a.2");
	end();
}

TEST("what a worker says of jobs that it lost is refused, and it is told so")
{
	two_workers(10, 0);
	give(a, "j1");
	give(a, "j2");
	a->room = 0;
	/* held up together, they arrive in this order */
	rig_ask("CLIENT PAUSE 300 WRITE");
	redis_sendf(
	    rig.redis, 5000, NULL, NULL, "FCALL rollcall1_abandon 1 " P "inbox a.1 1000 1000000");
	NEVER(false, 50);
	struct held *h = rig_held(a, "j1");
	struct change c;
	change_init(&c);
	words_add(&c.rows, "stale");
	rig_touch(a, h, false, &c);
	rig_finish(a, rig_held(a, "j2"), END_DONE, false, 0);
	WAIT(a->losses == 1 && queue_is_up(a->queue) && queue_is_said(a->queue));
	CHECK_INT(rig_number("EXISTS " P "job:j1:learners"), 0);
	CHECK_STR(rig_field("j2", "state"), "queued");
	CHECK_INT(rig_count("done"), 0);
	end();
}

/* What one worker held, then the same worker's late words. */
TEST("two workers that swap a job again and again write nothing of each other's")
{
	two_workers(0, 0);
	rig_sync("j1", "s", "8B");
	struct mate *now = a, *other = b;
	for (int i = 0; i < 6; i++) {
		now->room = 1;
		queue_room_grew(now->queue);
		WAIT(rig_held(now, "j1"));
		save(now, "j1", now->name, true);
		CHECK_STR(rig_field("j1", "phase"), now->name);
		CHECK_INT(rig_held(now, "j1")->ticket.attempt, i + 1);
		now->room = 0;
		rig_ask("FCALL rollcall1_abandon 1 " P "inbox %s 1000 1000000",
		    queue_worker(now->queue));
		WAIT(now->losses == i / 2 + 1 && queue_is_up(now->queue));
		struct mate *swap = now;
		now = other;
		other = swap;
	}
	CHECK_STR(rig_field("j1", "crashes"), "6");
	end();
}

/* ---- Redis away ---- */

/* What was answered is in the file then, whenever Redis is killed: with "everysec" it puts off
 * even the writing while the disk is busy. */
static const char *const on_disk[] = {"--appendonly", "yes", "--appendfsync", "no", NULL};

TEST_SLOW("after Redis was killed and came back the queue goes on, nothing lost, nothing doubled")
{
	rig_begin(on_disk);
	a = rig_mate("a", 40);
	b = rig_mate("b", 40);
	int pushed = 0;
	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < 50; i++, pushed++) {
			char id[16];
			snprintf(id, sizeof id, "j%d", pushed);
			rig_sync(id, "s", id);
		}
		WAIT(rig_holds(a) + rig_holds(b) > 20);
		/* words of all kinds are on their way when it dies */
		for (int i = 0; i < 10; i++) {
			struct mate *m = i % 2 && rig_first(b) ? b : a;
			struct held *h = rig_first(m);
			if (!h)
				continue;
			struct change c;
			change_init(&c);
			words_add(&c.rows, h->ticket.id);
			rig_touch(m, h, false, &c);
			rig_finish(m, h, END_DONE, false, 0);
		}
		rig_kill();
		WAIT(!queue_is_up(a->queue) && !queue_is_up(b->queue));
		rig_server();
		int64_t began = clock_mono_ms();
		WAIT(redis_is_up(rig.redis));
		WAIT(queue_is_up(a->queue) && queue_is_up(b->queue));
		CHECK(clock_mono_ms() - began < 2500);
		CHECK_INT(a->losses + b->losses, 0);
	}
	while (rig_count("done") < pushed) {
		WAIT(rig_first(a) || rig_first(b) || rig_count("done") == pushed);
		rig_finish_all(a);
		rig_finish_all(b);
	}
	WAIT(queue_is_said(a->queue) && queue_is_said(b->queue));
	CHECK_INT(a->claims + b->claims, pushed);
	for (int i = 0; i < pushed; i++) {
		char id[16];
		snprintf(id, sizeof id, "j%d", i);
		CHECK_STR(rig_field(id, "state"), "done");
		CHECK_STR(rig_field(id, "attempt"), "1");
		CHECK(rig_number("LLEN " P "job:%s:learners", id) <= 1);
	}
	end();
}

TEST_SLOW("a Redis that came back empty is entered anew, and jobs are dropped")
{
	begin(10);
	give(a, "j1");
	rig_kill();
	WAIT(!queue_is_up(a->queue));
	rig_server();
	WAIT(a->losses == 1 && queue_is_up(a->queue));
	CHECK(!rig_first(a));
	give(a, "j1");
	CHECK_STR(rig_field("j1", "attempt"), "1");
	end();
}

TEST_SLOW("while Redis is away all is kept to be said, and nobody is told a lie")
{
	rig_begin(on_disk);
	a = rig_mate("a", 10);
	give(a, "j1");
	give(a, "j2");
	rig_kill();
	WAIT(!queue_is_up(a->queue));
	struct held *h = rig_held(a, "j1");
	struct change c;
	change_init(&c);
	words_add(&c.rows, "said while away");
	rig_touch(a, h, true, &c);
	rig_finish(a, rig_held(a, "j2"), END_DONE, false, 0);
	CHECK(!queue_is_said(a->queue));
	NEVER(h->told, 300);
	rig_server();
	WAIT(h->told == 1 && queue_is_said(a->queue));
	CHECK(h->ok);
	CHECK_STR(rig_ask("LINDEX " P "job:j1:learners 0"), "said while away");
	CHECK_STR(rig_field("j1", "state"), "waiting");
	CHECK_STR(rig_field("j2", "state"), "done");
	CHECK_INT(a->claims, 2);
	end();
}

TEST_SLOW("after a silence of everybody nobody is taken for dead before one more lease")
{
	crew.lease_ms = 1500;
	two_workers(10, 0);
	give(a, "j1");
	rig_die(a);
	rig_ask("DEBUG SLEEP 2");
	int64_t back_ms = clock_mono_ms();
	b->room = 10;
	NEVER(rig_first(b), 1100);
	WAIT(rig_held(b, "j1"));
	CHECK(clock_mono_ms() - back_ms < 4000);
	end();
}

TEST_SLOW("those who were only kept from beating lose nothing")
{
	two_workers(10, 0);
	give(a, "j1");
	for (int i = 0; i < 3; i++) {
		rig_ask("DEBUG SLEEP 1.8");
		NEVER(a->losses || b->losses, 300);
	}
	NEVER(a->losses || b->losses, 1500);
	CHECK_STR(rig_field("j1", "attempt"), "1");
	end();
}

TEST_SLOW("a worker whose connections are cut keeps its jobs")
{
	two_workers(10, 0);
	give(a, "j1");
	for (int i = 0; i < 5; i++) {
		rig_ask("CLIENT KILL TYPE normal SKIPME yes");
		WAIT(!queue_is_up(a->queue) || !queue_is_up(b->queue));
		WAIT(queue_is_up(a->queue) && queue_is_up(b->queue));
	}
	CHECK_INT(a->losses, 0);
	CHECK_STR(rig_field("j1", "attempt"), "1");
	give(a, "j2");
	end();
}

TEST("a worker that is leaving does not take the intake back with its next beat")
{
	two_workers(10, 0);
	WAIT(queue_has_intake(a->queue));
	rig_ask("FCALL rollcall1_yield 1 " P "inbox a.1");
	rig_ask("FCALL rollcall1_beat 1 " P "inbox a.1 1000 1000 86400000 0");
	CHECK(strcmp(rig_ask("GET " P "intake"), "a.1") != 0);
	b->room = 10;
	queue_room_grew(b->queue);
	rig_sync("j2", "s", "j2");
	WAIT(rig_held(b, "j2"));
	end();
}

TEST("a worker that loses its lease while it is leaving takes no intake under its next name")
{
	begin(10);
	WAIT(queue_has_intake(a->queue));
	queue_quiet(a->queue);
	rig_ask("FCALL rollcall1_abandon 1 " P "inbox a.1 1000 1000000");
	WAIT(a->losses == 1 && queue_is_up(a->queue));
	CHECK(strcmp(rig_ask("GET " P "intake"), "a.2") != 0);
	b = rig_mate("b", 10);
	rig_sync("j1", "s", "8B");
	WAIT(rig_held(b, "j1"));
	end();
}

TEST("of a worker that is gone nothing is kept because it says late that it is leaving")
{
	begin(10);
	rig_ask("FCALL rollcall1_yield 1 " P "inbox gone.1");
	CHECK_INT(rig_number("EXISTS " P "worker:gone.1"), 0);
	end();
}

TEST("a claim whose answer was lost is remembered by Redis and told again")
{
	two_workers(0, 0);
	rig_sync("j1", "s", "8B");
	WAIT(rig_count("queued") == 1);
	/* the claim as it would have happened before the connection broke */
	rig_ask("FCALL rollcall1_cycle 1 " P "inbox a.1 1000 1000000 10 1 0 0 ");
	CHECK_STR(rig_field("j1", "worker"), "a.1");
	a->room = 10;
	rig_ask("CLIENT KILL TYPE normal SKIPME yes");
	WAIT(rig_held(a, "j1"));
	CHECK_INT(rig_held(a, "j1")->ticket.attempt, 1);
	CHECK_INT(rig_held(a, "j1")->ticket.rev, 2);
	CHECK_INT(a->claims, 1);
	rig_finish_all(a);
	WAIT(queue_is_said(a->queue));
	CHECK_STR(rig_field("j1", "state"), "done");
	end();
}

/* What Redis knew before the claim, a second ago. */
static void forget_claim(const char *id, const char *worker)
{
	rig_ask("HDEL " P "running:%s %s", worker, id);
	rig_ask("HSET " P "job:%s state queued rev 1 attempt 0 worker %s", id, "");
	rig_ask("HINCRBY " P "counts running -1");
	rig_ask("HINCRBY " P "counts queued 1");
	rig_ask("HDEL " P "school_running s");
	rig_ask("ZADD " P "lane:s 1 %s", id);
	rig_ask("ZADD " P "ring 0 s");
}

TEST("a job that Redis gives out again, having lost the claim, is not run twice by one worker")
{
	begin(2);
	rig_sync("j1", "s", "8B");
	rig_sync("j2", "t", "8C");
	WAIT(rig_held(a, "j1") && rig_held(a, "j2"));
	a->room = 0;
	forget_claim("j1", "a.1");
	rig_ask("CLIENT KILL TYPE normal SKIPME yes");
	WAIT(!queue_is_up(a->queue));
	a->room = 10;
	WAIT(a->claims == 3);
	CHECK_INT(a->forgotten, 1);
	CHECK_INT(rig_held(a, "j1")->ticket.attempt, 1);
	CHECK_INT(a->losses, 0);
	rig_finish_all(a);
	WAIT(queue_is_said(a->queue));
	CHECK_STR(rig_field("j1", "state"), "done");
	CHECK_STR(rig_field("j2", "state"), "done");
	end();
}

TEST("an admission whose answer was lost is not made twice, and none is forgotten")
{
	two_workers(0, 0);
	for (int i = 0; i < 60; i++) {
		char id[16];
		snprintf(id, sizeof id, "j%d", i);
		rig_sync(id, "s", id);
		if (i % 6 == 5)
			rig_ask("CLIENT KILL TYPE normal SKIPME yes");
	}
	WAIT(rig_count("queued") == 60);
	CHECK_INT(rig_number("LLEN " P "inbox"), 0);
	end();
}
