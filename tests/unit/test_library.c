/* The Function library is there before anything is moved, and again when it was lost. */
#include <stdio.h>
#include <stdlib.h>

#include "worker_rig.h"

static struct err told;
static bool answered, fine;

static void loaded(void *ctx, const struct err *e)
{
	(void)ctx;
	answered = true;
	fine = e == NULL;
	if (e)
		told = *e;
}

static void load(void)
{
	answered = false;
	queue_load(rig.redis, loaded, NULL);
	CHECK(!answered);
	WAIT(answered);
}

static int64_t loads(void)
{
	struct reply *r = rig_reply("INFO commandstats");
	const char *at = strstr(reply_text(r, NULL), "cmdstat_function|load:calls=");
	int64_t n = at ? strtoll(at + strlen("cmdstat_function|load:calls="), NULL, 10) : 0;
	reply_free(r);
	return n;
}

TEST("an empty Redis gets the library, which knows its build")
{
	rig_begin(NULL);
	load();
	CHECK(fine);
	CHECK(strspn(rig_ask("FCALL_RO rollcall1_build 0"), "0123456789") > 3);
	CHECK_INT(loads(), 1);
	rig_end();
}

TEST("a library of the same build stays as it is")
{
	rig_begin(NULL);
	load();
	load();
	CHECK(fine);
	CHECK_INT(loads(), 1);
	rig_end();
}

TEST("a library of another build is replaced")
{
	rig_begin(NULL);
	load();
	const char *build = rig_ask("FCALL_RO rollcall1_build 0");
	struct err e;
	struct words w;
	words_init(&w);
	words_add(&w, "FUNCTION");
	words_add(&w, "LOAD");
	words_add(&w, "REPLACE");
	words_add(&w,
	    "#!lua name=rollcall1\nredis.register_function{function_name='rollcall1_build', "
	    "callback=function() return 'old' end, flags={'no-writes'}}");
	struct reply *r = redis_ask(rig.redis, &w, 1000, &e);
	CHECK(r != NULL);
	reply_free(r);
	words_clear(&w);
	CHECK_STR(rig_ask("FCALL_RO rollcall1_build 0"), "old");
	load();
	CHECK(fine);
	CHECK_STR(rig_ask("FCALL_RO rollcall1_build 0"), build);
	rig_end();
}

TEST("a Redis without functions is refused with the remedy")
{
	rig_begin((const char *[]){
	    "--rename-command", "FUNCTION", "", "--rename-command", "FCALL_RO", "", NULL});
	load();
	CHECK(!fine);
	CHECK_INT(told.code, ERR_REFUSED);
	CHECK_HAS(told.text, "needs Redis 7.0 or newer, or Valkey");
	rig_end();
}

TEST("a Redis that does not let us load says so in its own words")
{
	rig_begin(NULL);
	rig_ask("ACL SETUSER default -function");
	load();
	CHECK(!fine);
	CHECK_HAS(told.text, "NOPERM");
	CHECK_HAS(told.text, "loading the Function library");
	rig_end();
}

TEST("a Redis that is gone is said to be gone")
{
	rig_begin(NULL);
	rig_ask("PING");
	rig_kill();
	WAIT(!redis_is_up(rig.redis));
	queue_load(rig.redis, loaded, NULL);
	clock_fake(clock_wall_ms(), clock_mono_ms());
	clock_advance(6000);
	CHECK(loop_run_until(rig.loop, &answered, clock_mono_ms() + 1000));
	CHECK(!fine);
	CHECK_INT(told.code, ERR_REACH);
	rig_end();
}

TEST("a library that is lost while jobs run is loaded again, and nothing is lost with it")
{
	begin(10);
	rig_sync("j1", "s", "8A");
	WAIT(rig_held(a, "j1"));
	rig_ask("FUNCTION FLUSH");
	rig_sync("j2", "s", "8B");
	struct held *h = rig_held(a, "j1");
	struct change c;
	change_init(&c);
	words_add(&c.rows, "1");
	rig_touch(a, h, false, &c);
	WAIT(rig_held(a, "j2") && h->told == 1);
	CHECK(h->ok);
	CHECK_INT(rig_number("LLEN " P "job:j1:learners"), 1);
	rig_ask("FUNCTION FLUSH");
	rig_finish_all(a);
	WAIT(queue_is_said(a->queue));
	CHECK_INT(a->losses, 0);
	CHECK_INT(rig_count("done"), 2);
	end();
}

TEST("a queue that is idle when the library is lost takes the next push all the same")
{
	begin(10);
	for (int i = 0; i < 5; i++) {
		char id[8] = {'j', (char)('0' + i), '\0'};
		rig_ask("FUNCTION FLUSH");
		rig_sync(id, "s", id);
		WAIT(rig_held(a, id));
	}
	end();
}
