/* Job records: read once, told when they change, and never older than what was asked. */
#include "live.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config.h"
#include "loopback.h"
#include "redis_rig.h"
#include "web.h"

static struct config config;
static struct web web;

/* ---- what is asked and what is told, written down ---- */

struct got {
	int count;
	bool done;
	int64_t rev; /* -1: there is no such job */
	int code;
	int64_t at_us;
	char state[16], who[32];
};

static void get(void *ctx, const json_t *record, const struct err *e)
{
	struct got *g = ctx;
	g->count++;
	g->done = true;
	g->code = e ? e->code : 0;
	g->rev = record ? json_int(record, "rev", 0) : -1;
	g->at_us = clock_mono_us();
	text_copy(g->state, sizeof g->state, json_text_or(record, "state", ""));
	text_copy(g->who, sizeof g->who, json_text_or(record, "cancelled_by", ""));
}

static int64_t rev_now(const char *job)
{
	struct got g = {0};
	live_get(web.live, job, get, &g);
	CHECK_INT(g.count, 0);
	CHECK(loop_run_until(rig.loop, &g.done, clock_mono_ms() + 20000));
	CHECK_INT(g.code, 0);
	return g.rev;
}

static int64_t reads(void)
{
	struct reply *r = rig_reply("INFO commandstats");
	const char *at = strstr(reply_text(r, NULL), "cmdstat_hgetall:calls=");
	int64_t n = at ? strtoll(at + strlen("cmdstat_hgetall:calls="), NULL, 10) : 0;
	reply_free(r);
	return n;
}

/* is_told tells whether the record of a job that does not change is kept. */
static bool is_told(void)
{
	rev_now("kept");
	int64_t before = reads();
	rev_now("kept");
	return reads() == before;
}

static void end(void)
{
	live_close(web.live);
	web.live = NULL;
	free(config.redis.url);
}

static void open_at(const char *url)
{
	struct err e;
	config.redis.url = xstrdup(url);
	web = (struct web){.loop = rig.loop, .config = &config, .prefix = P};
	web.live = live_open(&web, &e);
	if (!web.live)
		FAIL("%s", e.text);
}

static void begin_with(const char *const *options)
{
	rig_begin(options);
	open_at(rig.url);
	WAIT(is_told());
}

static void begin(void)
{
	begin_with(NULL);
}

static void done(void)
{
	if (web.live)
		end();
	rig_end();
}

/* ---- asking ---- */

TEST("a job that nobody knows has no record, and this is known until there is one")
{
	begin();
	CHECK_INT(rev_now("a"), -1);
	int64_t before = reads();
	CHECK_INT(rev_now("a"), -1);
	CHECK_INT(reads(), before);
	rig_ask("HSET " P "job:a rev 1 state queued");
	CHECK_INT(rev_now("a"), 1);
	done();
}

TEST("a record is read once, however often it is asked for")
{
	begin();
	rig_ask("HSET " P "job:a rev 7 state running");
	CHECK_INT(rev_now("a"), 7);
	int64_t before = reads();
	for (int i = 0; i < 1000; i++)
		CHECK_INT(rev_now("a"), 7);
	CHECK_INT(reads(), before);
	done();
}

TEST("of a thousand who ask at once, one reads")
{
	begin();
	static struct got got[1000];
	rig_ask("HSET " P "job:a rev 7 state running");
	int64_t before = reads();
	for (int i = 0; i < 1000; i++)
		live_get(web.live, "a", get, &got[i]);
	WAIT(got[999].count);
	for (int i = 0; i < 1000; i++) {
		CHECK_INT(got[i].count, 1);
		CHECK_INT(got[i].rev, 7);
	}
	CHECK_INT(reads(), before + 1);
	done();
}

TEST("who wants it cancelled is told before a worker has seen it")
{
	begin();
	struct got g = {0};
	rig_ask("HSET " P "job:a rev 7 state running");
	CHECK_INT(rev_now("a"), 7);
	rig_ask("SET " P "cancel:a staff-1");
	live_get(web.live, "a", get, &g);
	WAIT(g.count);
	CHECK_STR(g.who, "staff-1");
	done();
}

TEST("a key that is no record is an error, for this job alone")
{
	begin();
	struct got g = {0};
	rig_ask("SET " P "job:a text");
	rig_ask("HSET " P "job:b rev 1");
	live_get(web.live, "a", get, &g);
	WAIT(g.count);
	CHECK_INT(g.code, ERR_REFUSED);
	CHECK_INT(rev_now("b"), 1);
	done();
}

/* ---- changes ---- */

TEST("what was changed before it was asked for is never shown as it was")
{
	begin();
	for (int rev = 1; rev <= 1000; rev++) {
		rig_ask("HSET " P "job:a rev %d", rev);
		CHECK_INT(rev_now("a"), rev);
	}
	done();
}

TEST("that holds with other readers at the same moment, and for another's connection")
{
	begin();
	struct err e;
	struct redis *portal = redis_open(rig.loop, rig.url, "portal", &e);
	static struct got noise[1000];
	for (int rev = 1; rev <= 1000; rev++) {
		live_get(web.live, "a", get, &noise[rev - 1]);
		reply_free(redis_askf(portal, 4000, &e, "HSET " P "job:a rev %d", (int64_t)rev));
		CHECK_INT(rev_now("a"), rev);
	}
	redis_close(portal);
	done();
}

TEST("an emptied Redis has no records")
{
	begin();
	rig_ask("HSET " P "job:a rev 7");
	CHECK_INT(rev_now("a"), 7);
	rig_ask("FLUSHALL");
	CHECK_INT(rev_now("a"), -1);
	rig_ask("HSET " P "job:a rev 8");
	CHECK_INT(rev_now("a"), 8);
	rig_ask("UNLINK " P "job:a");
	CHECK_INT(rev_now("a"), -1);
	done();
}

TEST("who has seen a later rev elsewhere makes it read again")
{
	begin();
	struct got g = {0};
	rig_ask("HSET " P "job:a rev 7");
	CHECK_INT(rev_now("a"), 7);
	int64_t before = reads();
	(void)live_wait(web.live, "a", 9, 0, get, &g);
	WAIT(g.count);
	CHECK_INT(g.rev, 7);
	CHECK_INT(reads(), before + 1);
	done();
}

/* ---- waiting ---- */

TEST("a wait is answered when the record changes, and not before")
{
	begin();
	struct got g = {0};
	rig_ask("HSET " P "job:a rev 7 state queued");
	(void)live_wait(web.live, "a", 7, 4000, get, &g);
	NEVER(g.count, 50);
	rig_ask("HSET " P "job:a rev 8 state running");
	WAIT(g.count);
	CHECK_INT(g.rev, 8);
	CHECK_STR(g.state, "running");
	done();
}

TEST("a wait for another rev than the record has is answered at once")
{
	begin();
	struct got g = {0};
	rig_ask("HSET " P "job:a rev 7");
	(void)live_wait(web.live, "a", 6, 4000, get, &g);
	CHECK_INT(g.count, 0);
	WAIT(g.count);
	CHECK_INT(g.rev, 7);
	done();
}

TEST("a wait ends after its time with what there is")
{
	begin();
	struct got g = {0};
	rig_ask("HSET " P "job:a rev 7");
	CHECK_INT(rev_now("a"), 7);
	int64_t began_ms = clock_mono_ms();
	(void)live_wait(web.live, "a", 7, 100, get, &g);
	WAIT(g.count);
	CHECK(clock_mono_ms() - began_ms >= 100);
	CHECK_INT(g.rev, 7);
	done();
}

TEST("a job that is not admitted yet can be waited for")
{
	begin();
	struct got g = {0};
	(void)live_wait(web.live, "a", 0, 4000, get, &g);
	NEVER(g.count, 50);
	rig_ask("HSET " P "job:a rev 1 state queued");
	WAIT(g.count);
	CHECK_INT(g.rev, 1);
	done();
}

TEST("who left is not answered")
{
	begin();
	struct got left = {0}, stays = {0};
	rig_ask("HSET " P "job:a rev 7");
	struct live_wait *w = live_wait(web.live, "a", 7, 4000, get, &left);
	(void)live_wait(web.live, "a", 7, 4000, get, &stays);
	live_leave(w);
	w = live_wait(web.live, "b", 7, 4000, get, &left);
	live_leave(w); /* while it is read */
	rig_ask("HSET " P "job:a rev 8");
	WAIT(stays.count);
	CHECK_INT(left.count, 0);
	done();
}

/* asks_again asks for the same job from the callback, and drops the cache under its feet. */
struct again {
	int count;
	struct got second, third;
	struct live_wait *leaves;
};

static void ask_again(void *ctx, const json_t *record, const struct err *e)
{
	struct again *a = ctx;
	a->count++;
	CHECK(record && !e);
	live_get(web.live, "a", get, &a->second);
	(void)live_wait(web.live, "a", 8, 50, get, &a->third);
	live_leave(a->leaves);
}

TEST("a callback may ask for the same job, and leave a wait for it")
{
	begin();
	struct again a = {0};
	struct got left = {0};
	rig_ask("HSET " P "job:a rev 7");
	(void)live_wait(web.live, "a", 7, 4000, ask_again, &a);
	a.leaves = live_wait(web.live, "a", 7, 4000, get, &left);
	rig_ask("HSET " P "job:a rev 8");
	WAIT(a.second.count && a.third.count);
	CHECK_INT(a.count, 1);
	CHECK_INT(a.second.rev, 8);
	CHECK_INT(a.third.rev, 8);
	CHECK_INT(left.count, 0);
	done();
}

/* ---- trouble ---- */

TEST_SLOW("a listener that is lost is found again, and a change meanwhile is not missed")
{
	begin();
	struct got g = {0};
	rig_ask("HSET " P "job:a rev 7");
	CHECK_INT(rev_now("a"), 7);
	(void)live_wait(web.live, "a", 7, 50000, get, &g);
	for (int rev = 8; rev < 12; rev++) {
		CHECK_STR(rig_ask("CLIENT KILL TYPE pubsub"), "1");
		rig_ask("HSET " P "job:b rev %d", rev);
		CHECK_INT(rev_now("b"), rev);
		WAIT(is_told());
	}
	CHECK_INT(g.count, 0);
	CHECK_STR(rig_ask("CLIENT KILL TYPE pubsub"), "1");
	rig_ask("HSET " P "job:a rev 8");
	WAIT(g.count);
	CHECK_INT(g.rev, 8);
	done();
}

static void kill_reader(void)
{
	struct reply *r = rig_reply("CLIENT LIST TYPE normal");
	const char *at = strstr(reply_text(r, NULL), "name=rollcall-web-reads");
	CHECK(at != NULL);
	while (at > reply_text(r, NULL) && at[-1] != '\n')
		at--;
	long long id = strtoll(at + strlen("id="), NULL, 10);
	reply_free(r);
	CHECK_STR(rig_ask("CLIENT KILL ID %lld", id), "1");
}

TEST_SLOW("a reader that is lost is found again, and what it had read counts no more")
{
	begin();
	struct got g = {0};
	rig_ask("HSET " P "job:a rev 7");
	(void)live_wait(web.live, "a", 7, 50000, get, &g);
	for (int rev = 8; rev < 12; rev++) {
		CHECK(rev_now("b") != rev);
		kill_reader();
		rig_ask("HSET " P "job:b rev %d", rev);
		CHECK_INT(rev_now("b"), rev);
		WAIT(is_told());
	}
	CHECK_INT(g.count, 0);
	kill_reader();
	rig_ask("HSET " P "job:a rev 8");
	WAIT(g.count);
	CHECK_INT(g.rev, 8);
	done();
}

TEST("a wait outlives a Redis that is gone for a while")
{
	begin_with((const char *const[]){"--appendonly", "yes", "--appendfsync", "always", NULL});
	struct got g = {0};
	rig_ask("HSET " P "job:a rev 7");
	CHECK_INT(rev_now("a"), 7);
	(void)live_wait(web.live, "a", 7, 50000, get, &g);
	rig_kill();
	NEVER(g.count, 300);
	rig_server();
	rig_ask("HSET " P "job:a rev 8");
	WAIT(g.count);
	CHECK_INT(g.rev, 8);
	done();
}

TEST_SLOW("while Redis is gone whoever asks is told so, and so is a wait when its time is over")
{
	begin();
	struct got asked = {0}, waited = {0};
	rig_ask("HSET " P "job:a rev 7");
	CHECK_INT(rev_now("a"), 7);
	rig_kill();
	(void)live_wait(web.live, "a", 7, 100, get, &waited);
	live_get(web.live, "a", get, &asked);
	WAIT(asked.count && waited.count);
	CHECK_INT(asked.code, ERR_REACH);
	CHECK_INT(waited.code, ERR_REACH);
	rig_server();
	WAIT(is_told());
	done();
}

/* is_silent asks once more, and tells whether that is not answered from memory. */
static bool is_silent(void)
{
	static struct got got[256];
	static const bool never;
	static int asked;
	struct got *g = &got[asked++];
	live_get(web.live, "a", get, g);
	loop_run_until(rig.loop, &never, clock_mono_ms() + 20);
	return g->count == 0;
}

TEST("a listener that hears nothing, and is not told so, is believed for a second at most")
{
	begin();
	rig_ask("HSET " P "job:a rev 7");
	CHECK_INT(rev_now("a"), 7);
	kill(rig.server, SIGSTOP);
	int64_t began_ms = clock_mono_ms();
	WAIT(is_silent());
	kill(rig.server, SIGCONT);
	CHECK(clock_mono_ms() - began_ms < 2000);
	done();
}

/* ---- where Redis does not tell ---- */

static const char *url_of(const char *user)
{
	static char url[256];
	(void)!snprintf(url, sizeof url, "unix://%s:x@%s", user, rig.url + strlen("unix://"));
	return url;
}

TEST("without the permission to track, records are read each time and waits look for themselves")
{
	rig_begin(NULL);
	rig_ask("ACL SETUSER poor on >x ~* &* +@all -client|tracking");
	open_at(url_of("poor"));
	struct got g = {0};
	rig_ask("HSET " P "job:a rev 7");
	for (int rev = 8; rev < 100; rev++) {
		rig_ask("HSET " P "job:a rev %d", rev);
		CHECK_INT(rev_now("a"), rev);
	}
	CHECK(!is_told());
	(void)live_wait(web.live, "a", 99, 4000, get, &g);
	NEVER(g.count, 150);
	int64_t changed_us = clock_mono_us();
	rig_ask("HSET " P "job:a rev 100");
	WAIT(g.count);
	CHECK_INT(g.rev, 100);
	CHECK(g.at_us - changed_us < 400000);
	done();
}

TEST("without the permission to subscribe, or to prove that it hears, it is the same")
{
	static const char *const users[] = {"deaf", "unproven"};
	rig_begin(NULL);
	rig_ask("ACL SETUSER deaf on >x ~* resetchannels +@all");
	rig_ask("ACL SETUSER unproven on >x ~* &* +@all -set");
	rig_ask("HSET " P "job:a rev 7");
	for (int i = 0; i < 2; i++) {
		open_at(url_of(users[i]));
		CHECK_INT(rev_now("a"), 7);
		NEVER(is_told(), 200);
		end();
	}
	done();
}

static bool cluster_is_up(void)
{
	struct reply *r = rig_reply("CLUSTER INFO");
	bool is = strstr(reply_text(r, NULL), "cluster_state:ok") != NULL;
	reply_free(r);
	return is;
}

TEST_SLOW("of a cluster records are read each time and waits look for themselves, too")
{
	static char port[8], bus_port[8];
	int number;
	close(loopback_listen(&number));
	(void)!snprintf(port, sizeof port, "%d", number);
	close(loopback_listen(&number));
	(void)!snprintf(bus_port, sizeof bus_port, "%d", number);
	rig_begin((const char *const[]){"--bind", "127.0.0.1", "--port", port, "--cluster-enabled",
	    "yes", "--cluster-port", bus_port, NULL});
	CHECK_STR(rig_ask("CLUSTER ADDSLOTSRANGE 0 16383"), "OK");
	WAIT(cluster_is_up());
	open_at(rig.url);
	struct got g = {0};
	for (int rev = 1; rev < 100; rev++) {
		rig_ask("HSET " P "job:a rev %d", rev);
		CHECK_INT(rev_now("a"), rev);
	}
	CHECK(!is_told());
	(void)live_wait(web.live, "a", 99, 4000, get, &g);
	NEVER(g.count, 150);
	rig_ask("HSET " P "job:a rev 100");
	WAIT(g.count);
	CHECK_INT(g.rev, 100);
	done();
}

/* ---- leaving ---- */

TEST("whoever waits is answered with the record as it is when the process leaves")
{
	begin();
	struct got a = {0}, b = {0}, later = {0};
	rig_ask("HSET " P "job:a rev 7");
	CHECK_INT(rev_now("a"), 7);
	(void)live_wait(web.live, "a", 7, 4000, get, &a);
	(void)live_wait(web.live, "b", 0, 4000, get, &b);
	live_release(web.live);
	CHECK_INT(a.count + b.count, 0);
	WAIT(a.count && b.count);
	CHECK_INT(a.rev, 7);
	CHECK_INT(b.rev, -1);
	(void)live_wait(web.live, "a", 7, 4000, get, &later);
	WAIT(later.count);
	done();
}

TEST("closing answers whoever still waits, once each")
{
	begin();
	struct got a = {0}, b = {0}, c = {0};
	rig_ask("HSET " P "job:a rev 7");
	CHECK_INT(rev_now("a"), 7);
	(void)live_wait(web.live, "a", 7, 4000, get, &a);
	(void)live_wait(web.live, "b", 0, 4000, get, &b);
	live_get(web.live, "c", get, &c);
	end();
	CHECK_INT(a.count, 1);
	CHECK_INT(b.count, 1);
	CHECK_INT(c.count, 1);
	CHECK_INT(a.code, ERR_REACH);
	CHECK_INT(c.code, ERR_REACH);
	done();
}

/* ---- bounds ---- */

TEST_SLOW("20,000 records are kept, those asked for last")
{
	enum { MORE = 20500 };
	begin();
	static struct got got[MORE];
	char id[16];
	for (int i = 0; i < MORE; i++) {
		(void)!snprintf(id, sizeof id, "j%d", i);
		live_get(web.live, id, get, &got[i]);
		if (i % 100 == 99)
			WAIT(got[i].count);
	}
	WAIT(got[MORE - 1].count);
	int64_t before = reads();
	for (int i = MORE - 1; i > MORE - 20000; i -= 97) {
		(void)!snprintf(id, sizeof id, "j%d", i);
		rev_now(id);
	}
	CHECK_INT(reads(), before);
	rev_now("j0");
	CHECK_INT(reads(), before + 1);
	done();
}
