/* A worker's life in the queue, from the outside. */
#include <stdio.h>
#include <stdlib.h>

#include "queue_int.h"
#include "worker_rig.h"

/* ---- opening and leaving ---- */

TEST("a queue's keys carry its name in braces")
{
	char prefix[96];
	queue_prefix_of("teams", prefix);
	CHECK_STR(prefix, "rollcall:{teams}:");
	begin(1);
	CHECK_STR(queue_prefix(a->queue), P);
	CHECK_STR(queue_worker(a->queue), "a.1");
	CHECK(redis_is_up(queue_redis(a->queue)));
	end();
}

TEST("a bad url is refused at once, and says why")
{
	struct loop *l = loop_new();
	struct err e = {0};
	struct queue_options o = {.loop = l,
	    .url = "http://x",
	    .name = "t",
	    .worker = "a",
	    .host = "h",
	    .version = "1",
	    .lease_ms = 1000};
	CHECK(queue_open(&o, &e) == NULL);
	CHECK(e.code == ERR_USAGE || e.code == ERR_INPUT);
	CHECK_HAS(e.text, "must begin with redis://");
	loop_free(l);
}

TEST("a queue that never reached Redis is not up, and can be freed")
{
	struct loop *l = loop_new();
	struct err e = {0};
	struct queue_options o = {.loop = l,
	    .url = "unix:///nowhere/redis.sock",
	    .name = "t",
	    .worker = "a",
	    .host = "h",
	    .version = "1",
	    .lease_ms = 1000};
	struct queue *q = queue_open(&o, &e);
	CHECK(q != NULL);
	bool never = false;
	loop_run_until(l, &never, clock_mono_ms() + 100);
	CHECK(!queue_is_up(q));
	CHECK_INT(queue_renewed_at(q), 0);
	CHECK(queue_is_said(q));
	queue_free(q);
	queue_free(NULL);
	loop_free(l);
}

TEST("a lease is renewed by the answer to a heartbeat, and by no open socket")
{
	begin(1);
	int64_t first = queue_renewed_at(a->queue);
	CHECK(first > 0);
	WAIT(queue_renewed_at(a->queue) > first);
	rig_ask("CLIENT PAUSE 700 ALL");
	int64_t before = queue_renewed_at(a->queue);
	int64_t until = clock_mono_ms() + 500;
	bool never = false;
	loop_run_until(rig.loop, &never, until);
	CHECK(queue_renewed_at(a->queue) - before < 300);
	WAIT(queue_renewed_at(a->queue) > until);
	end();
}

TEST("a lease is as old as the last heartbeat, however late its answer is read")
{
	begin(1);
	int64_t before = queue_renewed_at(a->queue);
	WAIT(queue_renewed_at(a->queue) > before);
	rig_ask("CLIENT PAUSE 600 ALL");
	before = queue_renewed_at(a->queue);
	WAIT(queue_renewed_at(a->queue) > before);
	CHECK(clock_mono_ms() - queue_renewed_at(a->queue) > 200);
	end();
}

TEST("a claim or an end renews no lease")
{
	crew.lease_ms = 60000;
	begin(1);
	timer_clear(rig.loop, &a->queue->beat);
	WAIT(!a->queue->beating);
	int64_t before = queue_renewed_at(a->queue);
	rig_sync("j1", "s", "8A");
	WAIT(rig_held(a, "j1"));
	rig_finish_all(a);
	WAIT(rig_is("j1", "done") && queue_is_said(a->queue));
	CHECK_INT(queue_renewed_at(a->queue), before);
	end();
}

static void left(void *ctx)
{
	struct mate *m = ctx;
	m->left = true;
}

TEST("a quiet worker takes nothing more and keeps what it has")
{
	begin(10);
	rig_sync("j1", "s", "8A");
	WAIT(rig_held(a, "j1"));
	queue_quiet(a->queue);
	WAIT(rig_number("LLEN " P "inbox") == 0);
	NEVER(false, 600); /* the sleeper that was out has come back */
	rig_sync("j2", "s", "8B");
	NEVER(rig_holds(a) > 1, 600);
	CHECK_INT(rig_number("LLEN " P "inbox"), 1);
	struct held *h = rig_held(a, "j1");
	rig_touch(a, h, false, NULL);
	WAIT(h->told == 1 && h->ok);
	rig_finish_all(a);
	WAIT(queue_is_said(a->queue));
	CHECK_STR(rig_field("j1", "state"), "done");
	end();
}

TEST("a worker that leaves gives back its lease, and others go on at once")
{
	begin(10);
	struct mate *b = rig_mate("b", 0);
	rig_sync("j1", "s", "8A");
	WAIT(rig_held(a, "j1"));
	queue_quiet(a->queue);
	rig_finish(a, rig_held(a, "j1"), END_RELEASE, false, 0);
	WAIT(queue_is_said(a->queue));
	b->room = 10;
	queue_leave(a->queue, left, a);
	int64_t began = clock_mono_ms();
	WAIT(a->left);
	CHECK_INT(rig_number("ZCARD " P "workers"), 1);
	CHECK_INT(rig_number("EXISTS " P "worker:a.1"), 0);
	WAIT(rig_held(b, "j1"));
	CHECK(clock_mono_ms() - began < 800);
	NEVER(a->losses, 300);
	CHECK_INT(rig_held(b, "j1")->crashes, 0);
	end();
}

TEST("a worker that leaves a Redis that is gone is let go all the same")
{
	begin(10);
	WAIT(queue_is_said(a->queue));
	rig_kill();
	WAIT(!redis_is_up(queue_redis(a->queue)));
	clock_fake(clock_wall_ms(), clock_mono_ms());
	queue_leave(a->queue, left, a);
	clock_advance(6000);
	CHECK(loop_run_until(rig.loop, &a->left, clock_mono_ms() + 1000));
	clock_real();
	rig_end();
}

TEST("an envelope that falls to a worker that is leaving is admitted by another")
{
	begin(10);
	struct mate *b = rig_mate("b", 0);
	for (int i = 0; i < 10; i++) {
		char id[8], name[8];
		snprintf(id, sizeof id, "j%d", i);
		snprintf(name, sizeof name, "m%d", i);
		struct mate *m = rig_mate(name, 10);
		queue_quiet(m->queue);
		queue_leave(m->queue, left, m);
		rig_sync(id, "s", id);
		WAIT(m->left);
		rig_die(m);
	}
	b->room = 20;
	WAIT(rig_holds(a) + rig_holds(b) == 10);
	CHECK_INT(a->claims + b->claims, 10);
	end();
}

TEST("a queue may be freed in the midst of anything")
{
	rig_begin(NULL);
	for (int i = 0; i < 20; i++) {
		char name[8], id[8];
		snprintf(name, sizeof name, "m%d", i);
		snprintf(id, sizeof id, "j%d", i);
		struct mate *m = i % 2 ? rig_mate(name, 10) : rig_mate_later(name, 10);
		rig_sync(id, "s", id);
		bool never = false;
		loop_run_until(rig.loop, &never, clock_mono_ms() + i % 5);
		struct held *h = rig_first(m);
		if (h) {
			rig_touch(m, h, false, NULL);
			if (i % 3 == 0)
				rig_finish(m, h, END_DONE, false, 0);
		}
		queue_room_grew(m->queue);
		rig_die(m);
	}
	a = rig_mate("a", 100);
	WAIT(rig_number("ZCARD " P "workers") == 1 && rig_number("LLEN " P "inbox") == 0);
	end();
}

/* ---- who is there ---- */

TEST("each worker is told how many share the queue")
{
	begin(1);
	struct mate *b = rig_mate("b", 1);
	WAIT(a->shared == 2 && b->shared == 2);
	rig_die(b);
	WAIT(a->shared == 1);
	end();
}

TEST("a worker shows its host, version and number of jobs")
{
	begin(3);
	rig_sync("j1", "s", "8A");
	WAIT(rig_held(a, "j1"));
	WAIT(strcmp(rig_ask("HGET " P "worker:a.1 running"), "1") == 0);
	CHECK_STR(rig_ask("HGET " P "worker:a.1 host"), "here");
	CHECK_STR(rig_ask("HGET " P "worker:a.1 version"), "1");
	CHECK(rig_number("HGET " P "worker:a.1 seen") > clock_wall_ms() - 5000);
	int64_t ttl = rig_number("TTL " P "alive");
	CHECK(ttl > 10 && ttl <= 15);
	end();
}

/* ---- memory ---- */

TEST("a Redis without memory lets jobs say their words and end, and takes no new ones")
{
	begin(10);
	for (int i = 0; i < 4; i++) {
		char id[8];
		snprintf(id, sizeof id, "j%d", i);
		rig_sync(id, "s", id);
	}
	WAIT(rig_holds(a) == 4);
	rig_push("later", "check-team", "s", "j3", "");
	WAIT(rig_count("queued") == 1);
	rig_ask("CONFIG SET maxmemory 1");
	struct held *h = rig_held(a, "j0");
	rig_touch(a, h, true, NULL);
	WAIT(h->told == 1 && h->ok);
	rig_finish(a, h, END_DONE, false, 0);
	WAIT(rig_count("done") == 1);
	rig_finish_all(a);
	WAIT(rig_count("done") == 4);
	NEVER(rig_first(a), 600);
	CHECK_INT(a->losses, 0);
	rig_ask("CONFIG SET maxmemory 0");
	WAIT(rig_held(a, "later"));
	end();
}

TEST("a Redis that turned read only is waited for")
{
	begin(10);
	rig_sync("j1", "s", "8A");
	WAIT(rig_held(a, "j1"));
	rig_ask("REPLICAOF 127.0.0.1 1");
	struct held *h = rig_held(a, "j1");
	rig_touch(a, h, false, NULL);
	NEVER(h->told, 400);
	rig_ask("REPLICAOF NO ONE");
	WAIT(h->told == 1);
	CHECK(h->ok);
	CHECK_INT(a->losses, 0);
	end();
}
