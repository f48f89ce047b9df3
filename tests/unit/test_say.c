/* What a running job has to say reaches its record once, and only while the job is ours. */
#include <stdio.h>

#include "worker_rig.h"

static void wait_told(struct held *h, int times)
{
	WAIT(h->told == times);
}

/* answer gives the first item of a function's reply. */
static int64_t answer(struct reply *r)
{
	int64_t n = reply_number(reply_at(r, 0));
	reply_free(r);
	return n;
}

/* ---- touching ---- */

TEST("a claim says what the worker needs to know")
{
	struct held *h = claim_one("");
	CHECK_INT(h->ticket.attempt, 1);
	CHECK_INT(h->ticket.rev, 2);
	CHECK_INT(h->crashes, 0);
	CHECK_INT(h->rows, 0);
	CHECK_STR(h->saved, "");
	CHECK_STR(h->cancelled_by, "");
	CHECK_HAS(h->body, "\"id\":\"j1\"");
	CHECK_INT(h->queued_at, rig_number("HGET " P "job:j1 queued_at"));
	CHECK_STR(rig_field("j1", "state"), "running");
	CHECK_STR(rig_field("j1", "worker"), "a.1");
	CHECK_STR(rig_field("j1", "attempt"), "1");
	CHECK_STR(rig_field("j1", "rev"), "2");
	CHECK(rig_number("HGET " P "job:j1 started_at") >= h->queued_at);
	end();
}

TEST("a touch writes fields, rows, records and the checkpoint in one go")
{
	struct held *h = claim_one("");
	struct change c;
	struct words pairs, fields;
	change_init(&c);
	change_set(&c, "phase", "Adding learners");
	change_int(&c, "done", 3);
	words_add(&c.rows, "{\"learner\":\"L1\"}");
	words_add(&c.rows, "{\"learner\":\"L2\"}");
	words_init(&pairs);
	words_add(&pairs, "status");
	words_add(&pairs, "two words");
	words_add(&pairs, "note");
	words_add(&pairs, "x");
	change_effect_set(&c, "class:s:8B", &pairs);
	words_init(&fields);
	words_add(&fields, "note");
	change_effect_del(&c, "class:s:8B", &fields);
	change_effect_drop(&c, "class:s:8B:old");
	change_effect_log(&c, "history:s", 1000, &pairs);
	c.saved = xstrdup("{\"adding\":[]}");
	rig_ask("SET " P "class:s:8B:old x");
	rig_touch(a, h, false, &c);
	CHECK(change_is_empty(&c));
	wait_told(h, 1);
	CHECK(h->ok);
	CHECK_STR(rig_field("j1", "phase"), "Adding learners");
	CHECK_STR(rig_field("j1", "done"), "3");
	CHECK_STR(rig_field("j1", "rev"), "3");
	CHECK_STR(rig_ask("LINDEX " P "job:j1:learners 1"), "{\"learner\":\"L2\"}");
	CHECK_STR(rig_ask("HGET " P "class:s:8B status"), "two words");
	CHECK_INT(rig_number("HEXISTS " P "class:s:8B note"), 0);
	CHECK_INT(rig_number("EXISTS " P "class:s:8B:old"), 0);
	CHECK_INT(rig_number("XLEN " P "history:s"), 1);
	CHECK_STR(rig_ask("GET " P "job:j1:saved"), "{\"adding\":[]}");
	words_clear(&pairs);
	words_clear(&fields);
	end();
}

TEST("each touch makes the next rev, with or without anything to say")
{
	struct held *h = claim_one("");
	for (int i = 1; i <= 5; i++) {
		rig_touch(a, h, false, NULL);
		wait_told(h, i);
		CHECK_INT(rig_number("HGET " P "job:j1 rev"), 2 + i);
		CHECK_INT(h->ticket.rev, 2 + i);
	}
	end();
}

TEST("a job that waits is counted as waiting until it goes on")
{
	struct held *h = claim_one("");
	rig_touch(a, h, true, NULL);
	wait_told(h, 1);
	CHECK_STR(rig_field("j1", "state"), "waiting");
	CHECK_INT(rig_count("waiting"), 1);
	CHECK_INT(rig_count("running"), 0);
	rig_recount(false);
	rig_touch(a, h, true, NULL);
	wait_told(h, 2);
	CHECK_INT(rig_count("waiting"), 1);
	rig_touch(a, h, false, NULL);
	wait_told(h, 3);
	CHECK_STR(rig_field("j1", "state"), "running");
	CHECK_INT(rig_count("running"), 1);
	rig_touch(a, h, true, NULL);
	wait_told(h, 4);
	rig_finish(a, h, END_DONE, false, 0);
	WAIT(queue_is_said(a->queue));
	CHECK_INT(rig_count("waiting"), 0);
	end();
}

TEST("ten thousand rows and fields go in one touch")
{
	struct held *h = claim_one("");
	struct change c;
	change_init(&c);
	for (int i = 0; i < 10000; i++) {
		char text[64];
		snprintf(text, sizeof text, "{\"learner\":\"L%d\"}", i);
		words_add(&c.rows, text);
		snprintf(text, sizeof text, "f%d", i);
		change_int(&c, text, i);
	}
	rig_touch(a, h, false, &c);
	wait_told(h, 1);
	CHECK(h->ok);
	CHECK_INT(rig_number("LLEN " P "job:j1:learners"), 10000);
	CHECK_STR(rig_ask("LINDEX " P "job:j1:learners 9999"), "{\"learner\":\"L9999\"}");
	CHECK_STR(rig_field("j1", "f9999"), "9999");
	end();
}

TEST("a touch said twice writes once")
{
	struct held *h = claim_one("");
	for (int i = 0; i < 2; i++)
		CHECK_INT(answer(rig_reply("FCALL rollcall1_touch 1 " P
					   "inbox a.1 j1 1 3 running waiting 1 phase x 1 row 0 0")),
		    1);
	CHECK_INT(rig_number("LLEN " P "job:j1:learners"), 1);
	CHECK_INT(rig_count("waiting"), 1);
	CHECK_INT(rig_count("running"), 0);
	CHECK_STR(rig_field("j1", "rev"), "3");
	CHECK(h->told == 0);
	end();
}

TEST("a touch that was answered by a broken connection is said again and written once")
{
	struct held *h = claim_one("");
	struct change c;
	change_init(&c);
	words_add(&c.rows, "{\"learner\":\"L1\"}");
	rig_ask("CLIENT PAUSE 200 WRITE");
	rig_touch(a, h, true, &c);
	rig_ask("CLIENT KILL TYPE normal SKIPME yes");
	WAIT(!queue_is_up(a->queue));
	wait_told(h, 1);
	CHECK(h->ok);
	CHECK_INT(rig_number("LLEN " P "job:j1:learners"), 1);
	CHECK_INT(rig_count("waiting"), 1);
	end();
}

/* The class record of a job's school is a text: the job's words cannot be written. */
static void add_unwritable(struct change *c)
{
	struct words pairs;
	words_init(&pairs);
	words_add(&pairs, "status");
	words_add(&pairs, "active");
	change_effect_set(c, "class:s:8B", &pairs);
	words_clear(&pairs);
}

static void failed_and_says_why(void)
{
	CHECK_STR(rig_field("j1", "state"), "failed");
	CHECK_STR(rig_field("j1", "error_code"), "internal");
	CHECK_HAS(rig_field("j1", "error"), "WRONGTYPE");
	CHECK_INT(rig_count("failed"), 1);
	CHECK_INT(rig_count("dead"), 1);
	CHECK_INT(a->losses, 0);
}

TEST("a touch that cannot be written fails its job, which says why, and stops nobody")
{
	struct held *h = claim_one("");
	rig_ask("SET " P "class:s:8B text");
	rig_sync("j2", "s", "8C");
	WAIT(rig_held(a, "j2"));
	struct change c;
	change_init(&c);
	add_unwritable(&c);
	rig_touch(a, h, false, &c);
	struct held *other = rig_held(a, "j2");
	rig_touch(a, other, false, NULL);
	WAIT(h->told == 1 && other->told == 1);
	CHECK(!h->ok && other->ok);
	failed_and_says_why();
	rig_recount(false);
	rig_finish_all(a);
	WAIT(rig_count("done") == 1);
	end();
}

TEST("an end that cannot be written fails its job, which says why, and stops nobody")
{
	struct held *h = claim_one("");
	rig_ask("SET " P "class:s:8B text");
	rig_sync("j2", "s", "8C");
	WAIT(rig_held(a, "j2"));
	struct change c;
	change_init(&c);
	add_unwritable(&c);
	queue_finish(a->queue, &h->ticket, END_DONE, false, 0, &c, NULL, NULL);
	rig_finish(a, rig_held(a, "j2"), END_DONE, false, 0);
	WAIT(queue_is_said(a->queue));
	failed_and_says_why();
	CHECK_INT(rig_count("done"), 1);
	end();
}

TEST("a whole school's run whose job's end cannot be written is over, and failed")
{
	struct held *h = claim_one("");
	rig_ask("SET " P "class:s:8B text");
	rig_ask("HSET " P "run:s:j1 state running");
	struct change c;
	change_init(&c);
	add_unwritable(&c);
	queue_finish(a->queue, &h->ticket, END_DONE, false, 0, &c, NULL, NULL);
	WAIT(queue_is_said(a->queue));
	failed_and_says_why();
	CHECK_STR(rig_ask("HGET " P "run:s:j1 state"), "failed");
	CHECK_INT(rig_number("HEXISTS " P "run:s:j1 finished_at"), 1);
	end();
}

TEST("a field that is said empty is taken away")
{
	struct held *h = claim_one("");
	struct change c;
	change_init(&c);
	change_set(&c, "message", "Microsoft asked us to wait");
	change_set(&c, "phase", "");
	change_set(&c, "phase", "Adding learners");
	rig_touch(a, h, false, &c);
	WAIT(h->told == 1);
	CHECK_STR(rig_field("j1", "message"), "Microsoft asked us to wait");
	CHECK_STR(rig_field("j1", "phase"), "Adding learners");
	change_set(&c, "message", "x");
	change_set(&c, "message", "");
	rig_touch(a, h, false, &c);
	WAIT(h->told == 2);
	CHECK_INT(rig_number("HEXISTS " P "job:j1 message"), 0);
	end();
}

/* ---- the fence ---- */

TEST("an attempt that is over can write nothing")
{
	claim_one("");
	static const char *const strangers[] = {
	    "a.1 j1 2", "a.1 j1 0", "a.2 j1 1", "b.1 j1 1", "a.1 j2 1"};
	for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
		CHECK_INT(answer(rig_reply("FCALL rollcall1_touch 1 " P
					   "inbox %s 9 running waiting 1 phase stale 1 row "
					   "1 set class:s:8B 2 status stale 1 saved",
			      strangers[i])),
		    0);
		CHECK_STR(rig_field("j1", "phase"), "");
	}
	CHECK_INT(rig_number("EXISTS " P "job:j1:learners " P "job:j1:saved " P "class:s:8B"), 0);
	CHECK_INT(rig_number("EXISTS " P "job:j2"), 0);
	CHECK_INT(rig_count("running"), 1);
	end();
}

TEST("a worker whose job was taken from it is told so, and forgets it")
{
	struct held *h = claim_one("");
	rig_ask("HDEL " P "running:a.1 j1");
	rig_touch(a, h, false, NULL);
	wait_told(h, 1);
	CHECK(!h->ok);
	CHECK_STR(rig_field("j1", "rev"), "2");
	rig_end();
}

TEST("an end of an attempt that is over ends nothing")
{
	struct held *h = claim_one("");
	rig_ask(
	    "EVAL redis.call('hset','" P "running:a.1','j1','2\\32r\\32sync-learners\\32s:8B') 0");
	rig_ask("HSET " P "job:j1 attempt 2");
	rig_finish(a, h, END_DONE, false, 0);
	WAIT(queue_is_said(a->queue));
	CHECK_STR(rig_field("j1", "state"), "running");
	CHECK_INT(rig_count("done"), 0);
	end();
}

/* ---- cancelling ---- */

TEST("a touch brings back who cancelled")
{
	struct held *h = claim_one("");
	rig_touch(a, h, false, NULL);
	wait_told(h, 1);
	CHECK_STR(h->cancelled_by, "");
	rig_cancel("j1");
	rig_touch(a, h, false, NULL);
	wait_told(h, 2);
	CHECK(h->ok);
	CHECK_STR(h->cancelled_by, "staff-1");
	end();
}

TEST("a running job that says nothing hears of its cancelling within two beats")
{
	struct held *h = claim_one("");
	rig_cancel("j1");
	int64_t began = clock_mono_ms();
	WAIT(h->cancelled_by[0]);
	CHECK_STR(h->cancelled_by, "staff-1");
	CHECK(clock_mono_ms() - began < 2500);
	end();
}

TEST("of a thousand running jobs each hears of its own cancelling")
{
	begin(1200);
	for (int i = 0; i < 1100; i++) {
		char id[16];
		snprintf(id, sizeof id, "j%d", i);
		rig_sync(id, "s", id);
	}
	crew.per_school = 1000;
	WAIT(rig_holds(a) == 1000);
	for (int i = 0; i < 1000; i += 7) {
		char id[16];
		snprintf(id, sizeof id, "j%d", i);
		rig_cancel(id);
	}
	WAIT(rig_held(a, "j994")->cancelled_by[0] && rig_held(a, "j0")->cancelled_by[0]);
	WAIT(rig_held(a, "j497")->cancelled_by[0]);
	CHECK(!rig_held(a, "j1")->cancelled_by[0]);
	CHECK(!rig_held(a, "j999")->cancelled_by[0]);
	end();
}
