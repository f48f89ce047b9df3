/* Dead letters: tried again, or let go. */
#include <stdio.h>
#include <stdlib.h>

#include "worker_rig.h"

/* A job that is held ends among the dead letters, with some rows and a checkpoint. */
static void fall(const char *id, const char *saved)
{
	struct change c;
	change_init(&c);
	change_set(&c, "error_code", "graph_error");
	change_set(&c, "error", "Microsoft went on failing.");
	if (saved) {
		words_add(&c.rows, "{\"learner\":\"L1\"}");
		c.saved = xstrdup(saved);
	}
	struct held *h = rig_held(a, id);
	rig_touch(a, h, false, &c);
	WAIT(!h->touching);
	rig_finish(a, h, END_FAILED, true, 0);
	WAIT(rig_is(id, "failed"));
}

static void run_and_die(const char *id, const char *class, const char *saved)
{
	rig_sync(id, "s", class);
	WAIT(rig_held(a, id));
	fall(id, saved);
}

#define RETRY(ids) rig_number("FCALL rollcall1_retry 1 " P "inbox " ids)
#define DROP(ids)  rig_number("FCALL rollcall1_drop 1 " P "inbox " ids)

TEST("a dead letter that is tried again is the same job with its rows and checkpoint")
{
	begin(10);
	run_and_die("j1", "8A", "{\"step\":4}");
	CHECK_INT(rig_count("dead"), 1);
	int64_t rev = rig_number("HGET " P "job:j1 rev");
	rig_recount(false);
	CHECK_INT(RETRY("j1"), 1);
	WAIT(rig_held(a, "j1"));
	struct held *h = rig_held(a, "j1");
	CHECK_STR(h->saved, "{\"step\":4}");
	CHECK_INT(h->rows, 1);
	CHECK_INT(h->ticket.attempt, 2);
	CHECK(h->ticket.rev > rev);
	CHECK_STR(rig_field("j1", "error"), "");
	CHECK_STR(rig_field("j1", "error_code"), "");
	CHECK_STR(rig_field("j1", "finished_at"), "");
	CHECK_INT(rig_count("dead"), 0);
	CHECK_INT(rig_count("failed"), 1);
	CHECK_INT(rig_count("retried"), 1);
	CHECK_INT(rig_number("EXISTS " P "open"), 0);
	rig_recount(false);
	rig_done(a, "j1");
	WAIT(rig_is("j1", "done"));
	end();
}

TEST("a job that was killed by its workers has three more lives when it is tried again")
{
	rig_begin(NULL);
	a = rig_mate("a0", 1);
	rig_sync("j1", "s", "8A");
	for (int i = 1; i <= 6; i++) {
		char name[16], died[32];
		WAIT(rig_held(a, "j1"));
		text_copy(died, sizeof died, queue_worker(a->queue));
		rig_die(a);
		rig_ask("FCALL rollcall1_abandon 1 " P "inbox %s 1000 1000000", died);
		snprintf(name, sizeof name, "a%d", i);
		a = rig_mate(name, 1);
		if (i == 3) {
			WAIT(rig_is("j1", "failed"));
			CHECK_STR(rig_field("j1", "error_code"), "crashed");
			CHECK_INT(RETRY("j1"), 1);
		}
	}
	WAIT(rig_is("j1", "failed"));
	CHECK_STR(rig_field("j1", "crashes"), "6");
	end();
}

TEST("one that is tried again waits behind its class, and joins its like")
{
	begin(10);
	run_and_die("j1", "8A", NULL);
	run_and_die("j2", "8B", NULL);
	rig_push("other", "check-team", "s", "8A", "");
	rig_push("like", "sync-learners", "s", "8B", "");
	WAIT(rig_held(a, "other") && rig_held(a, "like"));
	CHECK_INT(RETRY("j1 j2"), 2);
	WAIT(rig_is("j1", "queued"));
	CHECK_STR(rig_field("j2", "state"), "joined");
	CHECK_STR(rig_field("j2", "joined"), "like");
	rig_recount(false);
	CHECK(!rig_held(a, "j1"));
	rig_done(a, "other");
	WAIT(rig_held(a, "j1"));
	rig_finish_all(a);
	WAIT(rig_count("done") == 3);
	end();
}

TEST("only a dead letter is tried again or dropped, and only once")
{
	begin(1);
	run_and_die("dead", "8A", NULL);
	rig_sync("runs", "s", "8B");
	WAIT(rig_held(a, "runs"));
	CHECK_INT(RETRY("runs nobody dead dead"), 1);
	CHECK_INT(RETRY("dead"), 0);
	CHECK_INT(DROP("dead runs nobody"), 0);
	CHECK_STR(rig_field("dead", "state"), "queued");
	end();
}

TEST("a dropped dead letter loses its envelope and keeps its record")
{
	begin(10);
	run_and_die("j1", "8A", NULL);
	run_and_die("j2", "8A", NULL);
	CHECK_INT(DROP("j1"), 1);
	CHECK_STR(rig_field("j1", "state"), "failed");
	CHECK_INT(rig_number("HEXISTS " P "bodies j1"), 0);
	CHECK_INT(rig_count("dead"), 1);
	CHECK_STR(rig_list("ZRANGE " P "dead 0 -1"), "j2");
	end();
}

TEST("a cancel from before its death does not stop a job that is tried again")
{
	begin(10);
	run_and_die("j1", "8A", NULL);
	rig_cancel("j1");
	CHECK_INT(RETRY("j1"), 1);
	WAIT(rig_held(a, "j1"));
	CHECK_STR(rig_held(a, "j1")->cancelled_by, "");
	end();
}

TEST("a record is not trimmed for the death that its job has survived")
{
	crew.keep_finished = 3;
	begin(10);
	run_and_die("j1", "8A", NULL);
	CHECK_INT(RETRY("j1"), 1);
	WAIT(rig_held(a, "j1"));
	for (int i = 0; i < 8; i++) {
		char id[16];
		snprintf(id, sizeof id, "k%d", i);
		rig_sync(id, "s", id);
		WAIT(rig_held(a, id));
		rig_done(a, id);
		WAIT(rig_is(id, "done"));
	}
	CHECK_STR(rig_field("j1", "state"), "running");
	CHECK_INT(rig_number("EXISTS " P "unlisted"), 0);
	CHECK_INT(rig_number("LLEN " P "finished"), 3);
	end_trimmed();
}

TEST("a dead letter of a paused school waits in its lane")
{
	begin(10);
	run_and_die("j1", "8A", NULL);
	CHECK_STR(rig_ask("FCALL rollcall1_pause 1 " P "inbox school:s ann"), "1");
	CHECK_INT(RETRY("j1"), 1);
	NEVER(rig_held(a, "j1"), 200);
	CHECK_STR(rig_field("j1", "state"), "queued");
	end();
}

/* Jobs that come and go, by which older records are trimmed. */
static void some_pass(const char *name, int count)
{
	for (int i = 0; i < count; i++) {
		char id[16];
		snprintf(id, sizeof id, "%s%d", name, i);
		rig_sync(id, "s", id);
		WAIT(rig_held(a, id));
		rig_done(a, id);
		WAIT(rig_is(id, "done"));
	}
}

TEST("what a dead letter had set out to do is known for as long as its record is")
{
	crew.keep_finished = 4;
	begin(10);
	run_and_die("j1", "8A", "{\"step\":4}");
	some_pass("k", 2);
	run_and_die("j2", "8B", "{\"step\":2}");
	CHECK_INT(DROP("j2"), 1);
	NEVER(rig_number("HLEN " P "open") != 2, 400);
	rig_recount(true);
	some_pass("l", 2);
	CHECK_INT(rig_number("EXISTS " P "job:j1"), 0);
	WAIT(rig_number("HLEN " P "open") == 1);
	some_pass("m", 4);
	WAIT(rig_number("EXISTS " P "open " P "opened") == 0);
	end_trimmed();
}

TEST("what was set out to do again is not forgotten with the record of the first that did")
{
	crew.keep_finished = 2;
	begin(10);
	run_and_die("j1", "8A", "{\"step\":1}");
	rig_sync("j2", "s", "8A");
	WAIT(rig_held(a, "j2"));
	CHECK_STR(rig_held(a, "j2")->saved, "{\"step\":1}");
	CHECK_INT(rig_number("EXISTS " P "open " P "opened"), 0);
	some_pass("k", 2);
	fall("j2", NULL);
	CHECK_INT(rig_number("EXISTS " P "job:j1"), 0);
	NEVER(rig_number("HLEN " P "open") != 1, 400);
	end_trimmed();
}
