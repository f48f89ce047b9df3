/* How a job leaves its worker: at an end, back to its lane, or to wait for another try. */
#include <stdio.h>

#include "worker_rig.h"

/* ---- ending ---- */

static void ends_as(enum ending how, bool dead, const char *state)
{
	struct held *h = claim_one("");
	struct change c;
	change_init(&c);
	change_set(&c, "phase", "Last words");
	c.saved = xstrdup("{}");
	rig_touch(a, h, false, &c);
	WAIT(h->told == 1);
	rig_finish(a, h, how, dead, 0);
	WAIT(queue_is_said(a->queue));
	CHECK_STR(rig_field("j1", "state"), state);
	CHECK_STR(rig_field("j1", "rev"), "4");
	CHECK_STR(rig_field("j1", "worker"), "");
	CHECK_STR(rig_field("j1", "phase"), "Last words");
	CHECK(rig_number("HGET " P "job:j1 finished_at") >=
	      rig_number("HGET " P "job:j1 started_at"));
	CHECK_INT(rig_count(state), 1);
	CHECK_INT(rig_count("dead"), dead);
	CHECK_INT(rig_number("HEXISTS " P "bodies j1"), dead);
	CHECK_INT(rig_number("EXISTS " P "job:j1:saved"), 0);
	end();
}

TEST("a job that is done is done")
{
	ends_as(END_DONE, false, "done");
}

TEST("a job that failed is failed, and no dead letter unless that was said")
{
	ends_as(END_FAILED, false, "failed");
}

TEST("a dead letter keeps its envelope")
{
	ends_as(END_FAILED, true, "failed");
}

TEST("a job that was cancelled is cancelled")
{
	ends_as(END_CANCELLED, false, "cancelled");
}

TEST("an end said twice counts once, and both are told that it is over")
{
	claim_one("");
	for (int i = 0; i < 2; i++) {
		struct reply *r =
		    rig_reply("FCALL rollcall1_finish 1 " P "inbox a.1 1000 1000000 10 0 1 "
			      "done j1 3 1 0 0 0 1 row 0 0 0 ");
		CHECK_INT(reply_number(reply_at(r, 0)), 1);
		CHECK_INT(reply_count(reply_at(r, 2)), 0);
		reply_free(r);
	}
	CHECK_INT(rig_count("done"), 1);
	CHECK_INT(rig_number("LLEN " P "finished"), 1);
	CHECK_INT(rig_number("LLEN " P "job:j1:learners"), 1);
	CHECK_STR(rig_field("j1", "rev"), "3");
	end();
}

TEST("an end on its way when the connection breaks is not claimed again")
{
	struct held *h = claim_one("");
	rig_ask("CLIENT PAUSE 200 WRITE");
	rig_finish(a, h, END_DONE, false, 0);
	NEVER(false, 20);
	rig_ask("CLIENT KILL TYPE normal SKIPME yes");
	WAIT(!queue_is_up(a->queue));
	WAIT(queue_is_up(a->queue) && queue_is_said(a->queue));
	CHECK_STR(rig_field("j1", "state"), "done");
	CHECK_INT(rig_count("done"), 1);
	CHECK_INT(a->claims, 1);
	end();
}

TEST("a job that ends right after a touch says both, in order")
{
	struct held *h = claim_one("");
	struct change c;
	change_init(&c);
	words_add(&c.rows, "1");
	rig_touch(a, h, true, &c);
	rig_finish(a, h, END_DONE, false, 0);
	WAIT(queue_is_said(a->queue));
	CHECK_STR(rig_field("j1", "state"), "done");
	CHECK_STR(rig_field("j1", "rev"), "4");
	CHECK_INT(rig_number("LLEN " P "job:j1:learners"), 1);
	end();
}

/* ---- going back and trying again ---- */

TEST("a release gives the attempt back and keeps what was said")
{
	struct held *h = claim_one("");
	struct change c;
	change_init(&c);
	words_add(&c.rows, "1");
	c.saved = xstrdup("{\"adding\":[\"L1\"]}");
	change_set(&c, "message", "Microsoft asked us to wait");
	rig_touch(a, h, false, &c);
	WAIT(h->told == 1);
	a->room = 0;
	rig_finish(a, h, END_RELEASE, false, 0);
	WAIT(queue_is_said(a->queue));
	CHECK_STR(rig_field("j1", "state"), "queued");
	CHECK_STR(rig_field("j1", "attempt"), "0");
	CHECK_STR(rig_field("j1", "crashes"), "0");
	CHECK_STR(rig_field("j1", "worker"), "");
	CHECK_STR(rig_field("j1", "message"), "");
	CHECK_STR(rig_field("j1", "rev"), "4");
	rig_recount(false);
	a->room = 10;
	queue_room_grew(a->queue);
	WAIT(h = rig_held(a, "j1"));
	CHECK_INT(h->ticket.attempt, 1);
	CHECK_INT(h->rows, 1);
	CHECK_STR(h->saved, "{\"adding\":[\"L1\"]}");
	end();
}

TEST("a release goes to the head of its kind, not before")
{
	struct held *h = claim_one("");
	rig_push("n1", "sync-learners", "s", "N1", ",\"priority\":\"background\"");
	WAIT(rig_held(a, "n1"));
	a->room = 2;
	rig_sync("j2", "s", "8C");
	rig_push("n2", "sync-learners", "s", "N2", ",\"priority\":\"background\"");
	rig_push("n3", "sync-learners", "s", "N3", ",\"priority\":\"background\"");
	struct mate *b = rig_mate("b", 0);
	b->room = 1;
	queue_room_grew(b->queue);
	WAIT(rig_holds(b) == 1 && rig_count("queued") == 2);
	CHECK(rig_held(b, "j2"));
	a->room = 0;
	rig_finish(a, rig_held(a, "n1"), END_RELEASE, false, 0);
	rig_finish(a, h, END_RELEASE, false, 0);
	WAIT(queue_is_said(a->queue));
	CHECK_STR(rig_list("ZRANGE " P "lane:s 0 -1"), "j1,n1,n2,n3");
	end();
}

TEST("a release said twice does not take the job from its next attempt")
{
	claim_one("");
	rig_ask("FCALL rollcall1_finish 1 " P
		"inbox a.1 1000 1000000 10 1 1 release j1 3 1 0 0 0 0 0 0 0 ");
	CHECK_STR(rig_field("j1", "state"), "running");
	CHECK_STR(rig_field("j1", "attempt"), "1");
	CHECK_STR(rig_field("j1", "rev"), "4");
	rig_ask("FCALL rollcall1_finish 1 " P
		"inbox a.1 1000 1000000 10 0 1 release j1 3 1 0 0 0 0 0 0 0 ");
	CHECK_STR(rig_field("j1", "state"), "running");
	CHECK_STR(rig_field("j1", "rev"), "4");
	end();
}

TEST("a retry waits for its time, holding its class, and goes on as the next attempt")
{
	struct held *h = claim_one("");
	rig_sync("j2", "s", "8B");
	rig_push("j3", "check-team", "s", "8B", "");
	WAIT(rig_count("queued") == 1);
	CHECK_STR(rig_field("j2", "state"), "joined");
	int64_t at = clock_wall_ms() + 700;
	rig_finish(a, h, END_RETRY, false, at);
	WAIT(queue_is_said(a->queue));
	CHECK_STR(rig_field("j1", "state"), "waiting");
	CHECK_INT(rig_number("HGET " P "job:j1 retry_at"), at);
	CHECK_STR(rig_field("j1", "worker"), "");
	CHECK_INT(rig_count("waiting"), 1);
	rig_recount(false);
	WAIT(h = rig_held(a, "j1"));
	CHECK(clock_wall_ms() >= at);
	CHECK_INT(h->ticket.attempt, 2);
	CHECK(!rig_held(a, "j3"));
	CHECK_STR(rig_field("j1", "retry_at"), "");
	end();
}
