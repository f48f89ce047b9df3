/* A run's report, and what else a job may do to others: behind the fence like all it says. */
#include <stdio.h>
#include <stdlib.h>

#include "worker_rig.h"

static struct words w;

static void effect(struct change *c, const char *op, const char *key, const char *const *words)
{
	words_init(&w);
	for (; *words; words++)
		words_add(&w, *words);
	change_effect(c, op, key, &w);
	words_clear(&w);
}
#define EFFECT(c, op, key, ...) effect((c), (op), (key), (const char *const[]){__VA_ARGS__, NULL})

static void say(struct held *h, struct change *c)
{
	rig_touch(a, h, false, c);
	WAIT(!h->touching);
}

TEST("a run is listed once, with the first that is said of it, newest first")
{
	struct change c;
	struct held *h = claim_one("");
	change_init(&c);
	EFFECT(&c, "run", "run:s:r1", "state", "running");
	say(h, &c);
	EFFECT(&c, "run", "run:s:r1", "state", "done");
	EFFECT(&c, "run", "run:s:r2", "state", "running");
	say(h, &c);
	CHECK_STR(rig_ask("HGET " P "run:s:r1 state"), "done");
	CHECK_INT(rig_number("LLEN " P "runs:s"), 2);
	CHECK_STR(rig_ask("LINDEX " P "runs:s 0"), "r2");
	end();
}

TEST("the newest sixty runs of a school are kept, and nothing of those before")
{
	struct change c;
	struct held *h = claim_one("");
	for (int i = 1; i <= 63; i++) {
		char key[32];
		snprintf(key, sizeof key, "run:s:r%d", i);
		change_init(&c);
		EFFECT(&c, "run", key, "state", "done");
		say(h, &c);
	}
	CHECK_INT(rig_number("LLEN " P "runs:s"), 60);
	CHECK_INT(rig_number("EXISTS " P "run:s:r1 " P "run:s:r2 " P "run:s:r3"), 0);
	CHECK_INT(rig_number("EXISTS " P "run:s:r4 " P "run:s:r63"), 2);
	end();
}

TEST("a class's line keeps what was said of it before, and takes the newer word")
{
	struct change c;
	struct held *h = claim_one("");
	change_init(&c);
	EFFECT(&c, "run", "run:s:r1", "state", "running");
	EFFECT(&c, "line", "run:s:r1", "c:8B", "{\"name\":\"8B\",\"state\":\"queued\"}");
	EFFECT(&c, "line", "run:s:r1", "c:8B",
	    "{\"state\":\"done\",\"added\":3,\"at\":1795312800000}");
	say(h, &c);
	const char *line = rig_ask("HGET " P "run:s:r1 c:8B");
	CHECK_HAS(line, "\"name\":\"8B\"");
	CHECK_HAS(line, "\"state\":\"done\"");
	CHECK_HAS(line, "\"added\":3");
	CHECK_HAS(line, "1795312800000");
	end();
}

TEST("of a run that is not kept any more no line is kept")
{
	struct change c;
	struct held *h = claim_one("");
	change_init(&c);
	EFFECT(&c, "line", "run:s:r9", "c:8B", "{\"state\":\"done\"}");
	say(h, &c);
	CHECK_INT(rig_number("EXISTS " P "run:s:r9"), 0);
	end();
}

TEST("what a job pushes comes to the inbox with its progress, and nothing of an attempt that is "
     "over")
{
	struct change c;
	struct held *h = claim_one("");
	change_init(&c);
	change_effect_push(&c, "{\"v\":1,\"id\":\"j2\",\"type\":\"check-team\",\"school\":\"s\","
			       "\"class\":{\"id\":\"8C\"}}");
	say(h, &c);
	WAIT(rig_held(a, "j2"));
	CHECK_STR(rig_field("j2", "type"), "check-team");
	CHECK_INT(rig_number("FCALL rollcall1_touch 1 " P "inbox %s j1 7 99 running running 0 0 1 "
			     "push inbox 1 {} 0",
		      queue_worker(a->queue)),
	    0);
	NEVER(rig_number("LLEN " P "bad") > 0, 300);
	end();
}

TEST("a job may want others cancelled, and the flag is one like any portal sets")
{
	struct change c;
	struct held *h = claim_one("");
	change_init(&c);
	EFFECT(&c, "cancel", "cancels", "ann", "j7", "j8");
	say(h, &c);
	CHECK_STR(rig_ask("GET " P "cancel:j7"), "ann");
	CHECK_STR(rig_ask("GET " P "cancel:j8"), "ann");
	CHECK(rig_number("TTL " P "cancel:j8") > 250000);
	end();
}

TEST("a good night counts for the schools that want nights, and makes no other one of them")
{
	struct change c;
	struct held *h = claim_one("");
	rig_ask("ZADD " P "nights 1 s");
	change_init(&c);
	EFFECT(&c, "good", "nights", "s");
	EFFECT(&c, "good", "nights", "other");
	say(h, &c);
	CHECK(rig_number("ZSCORE " P "nights s") > 1000000);
	CHECK_INT(rig_number("ZCARD " P "nights"), 1);
	end();
}
