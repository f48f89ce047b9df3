/* Where a job stands: its place, who could work on it, and a time only where one was seen. */
#include "job_standing.h"

#include <stdio.h>

#include "redis_rig.h"
#include "web.h"

enum { A_WHILE_MS = 600 }; /* what was found before is not good enough any more */

static struct web web;

struct stood {
	bool done;
	int code;
	struct standing is;
};

static void stand(void *ctx, const struct standing *s, const struct err *e)
{
	struct stood *st = ctx;
	st->done = true;
	st->code = e ? e->code : 0;
	st->is = *s;
}

/* where looks at a job of which the record says this much. */
static struct standing where(const char *id, const char *state, int64_t done, int64_t total)
{
	struct stood st = {0};
	json_t *record = json_pack("{s:s, s:s, s:s, s:I, s:I}", "state", state, "school", "hill",
	    "type", "sync-learners", "done", (json_int_t)done, "total", (json_int_t)total);
	standing_look(web.standings, id, record, stand, &st);
	CHECK(!st.done);
	json_decref(record);
	CHECK(loop_run_until(rig.loop, &st.done, 0));
	CHECK_INT(st.code, 0);
	return st.is;
}

static struct standing queued(const char *id)
{
	return where(id, "queued", 0, 0);
}

static void begin(void)
{
	rig_begin(NULL);
	rig_ask("SET " P "alive 1");
	rig_ask("ZADD " P "lane:hill 1 j0 2 j1 3 j2 4 j3 5 j4 6 j5 7 j6 8 j7 9 j8 10 j9");
	clock_fake(1000000, 1000000);
	web = (struct web){.loop = rig.loop, .redis = rig.redis, .prefix = P};
	web.standings = standings_new(&web);
}

static void done(void)
{
	standings_free(web.standings);
	clock_real();
	rig_end();
}

static int64_t calls(const char *command)
{
	char name[64];
	struct reply *r = rig_reply("INFO commandstats");
	(void)snprintf(name, sizeof name, "cmdstat_%s:calls=", command);
	const char *at = strstr(reply_text(r, NULL), name);
	int64_t n = at ? strtoll(at + strlen(name), NULL, 10) : 0;
	reply_free(r);
	return n;
}

TEST("the place of a queued job is how many are before it in its school's lane")
{
	begin();
	CHECK_INT(queued("j0").place, 0);
	CHECK_INT(queued("j9").place, 9);
	CHECK_INT(queued("elsewhere").place, -1);
	CHECK_INT(where("j5", "running", 0, 0).place, -1);
	done();
}

TEST("what was found half a second ago is good enough, for however many ask")
{
	begin();
	(void)queued("j5");
	int64_t ranks = calls("zrank"), looks = calls("exists");
	for (int i = 0; i < 100; i++)
		CHECK_INT(queued("j5").place, 5);
	CHECK_INT(calls("zrank"), ranks);
	CHECK_INT(calls("exists"), looks);
	rig_ask("ZPOPMIN " P "lane:hill");
	clock_advance(A_WHILE_MS);
	CHECK_INT(queued("j5").place, 4);
	CHECK_INT(calls("exists"), looks + 1);
	done();
}

TEST("a job that has ended stands nowhere, and nothing is asked for it")
{
	begin();
	int64_t looks = calls("exists");
	struct standing s = where("j5", "done", 5, 5);
	CHECK_INT(s.place, -1);
	CHECK_INT(s.left_ms, -1);
	CHECK_INT(calls("exists"), looks);
	done();
}

/* advance lets one job a second go from the head of the lane, n times. */
static struct standing advance(int n)
{
	struct standing s = queued("j9");
	for (int i = 0; i < n; i++) {
		rig_ask("ZPOPMIN " P "lane:hill");
		clock_advance(1000);
		s = queued("j9");
	}
	return s;
}

TEST("time until its turn is told at the pace at which those before it were seen to go")
{
	begin();
	CHECK_INT(queued("j9").left_ms, -1);
	struct standing s = advance(4);
	CHECK_INT(s.place, 5);
	CHECK_INT(s.left_ms, 6000);
	done();
}

TEST("a job that others are put before is timed anew")
{
	begin();
	CHECK(advance(4).left_ms > 0);
	rig_ask("ZADD " P "lane:hill 0.1 x 0.2 y");
	clock_advance(1000);
	struct standing s = queued("j9");
	CHECK_INT(s.place, 7);
	CHECK_INT(s.left_ms, -1);
	done();
}

TEST("while no worker is online, or an operator has stopped it, no time is told")
{
	static const char *const stops[] = {"*", "school:hill", "type:sync-learners"};
	begin();
	CHECK(advance(4).left_ms > 0);
	for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
		rig_ask("HSET " P "paused %s me", stops[i]);
		clock_advance(A_WHILE_MS);
		CHECK(queued("j9").paused);
		CHECK_INT(queued("j9").left_ms, -1);
		rig_ask("DEL " P "paused");
		clock_advance(A_WHILE_MS);
		CHECK(!queued("j9").paused);
	}
	rig_ask("HSET " P "paused school:other me type:create-team me");
	clock_advance(A_WHILE_MS);
	CHECK(!queued("j9").paused);
	CHECK(queued("j9").workers_online);
	rig_ask("DEL " P "alive");
	clock_advance(A_WHILE_MS);
	CHECK(!queued("j9").workers_online);
	CHECK_INT(queued("j9").left_ms, -1);
	done();
}

TEST("time until it is done is told at the job's own pace, once there is one")
{
	begin();
	CHECK_INT(where("a", "running", 0, 100).left_ms, -1);
	for (int i = 1; i <= 5; i++) {
		clock_advance(1000);
		(void)where("a", "running", 10 * i, 100);
	}
	CHECK_INT(where("a", "running", 50, 100).left_ms, 5000);
	CHECK_INT(where("a", "running", 100, 100).left_ms, -1);
	CHECK_INT(where("b", "running", 50, 100).left_ms, -1);
	done();
}

TEST("a job that waits for Microsoft has that wait before it, and its pace after")
{
	begin();
	for (int i = 0; i <= 5; i++) {
		(void)where("a", "running", 10 * i, 100);
		clock_advance(1000);
	}
	struct stood st = {0};
	json_t *record = json_pack("{s:s, s:s, s:s, s:i, s:i, s:I}", "state", "waiting", "school",
	    "hill", "type", "sync-learners", "done", 50, "total", 100, "retry_at",
	    (json_int_t)(clock_wall_ms() + 30000));
	standing_look(web.standings, "a", record, stand, &st);
	json_decref(record);
	CHECK(loop_run_until(rig.loop, &st.done, 0));
	CHECK_INT(st.is.left_ms, 35000);
	done();
}

TEST("when Redis is gone that is an error, not a standing")
{
	begin();
	struct stood st = {0};
	json_t *record = json_pack("{s:s, s:s}", "state", "queued", "school", "hill");
	rig_kill();
	clock_real();
	standing_look(web.standings, "a", record, stand, &st);
	json_decref(record);
	clock_fake(clock_wall_ms(), clock_mono_ms() + WEB_REDIS_TIMEOUT_MS);
	CHECK(loop_run_until(rig.loop, &st.done, 0));
	CHECK(st.code == ERR_REACH || st.code == ERR_TIMEOUT);
	done();
}
