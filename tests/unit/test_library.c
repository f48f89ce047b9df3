/* The Function library is there before anything is moved, and again when it was lost; and
 * what it holds jobs to: one of a kind, a class one after the other, schools in turns. */
#include <stdio.h>
#include <stdlib.h>

#include "queue_rig.h"

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
	CHECK_HAS(told.text, "loading the Function library: NOPERM");
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
	rig_begin(NULL);
	struct mate *a = rig_mate("a", 10);
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
	rig_recount(false);
	rig_end();
}

TEST("a queue that is idle when the library is lost takes the next push all the same")
{
	rig_begin(NULL);
	struct mate *a = rig_mate("a", 10);
	for (int i = 0; i < 5; i++) {
		char id[8] = {'j', (char)('0' + i), '\0'};
		rig_ask("FUNCTION FLUSH");
		rig_sync(id, "s", id);
		WAIT(rig_held(a, id));
	}
	rig_recount(false);
	rig_end();
}

/* ---- a worker and its lanes ---- */

static struct mate *a;

static void begin(int room)
{
	rig_begin(NULL);
	a = rig_mate("a", room);
}

static void end(void)
{
	rig_recount(false);
	rig_end();
}

/* The next job that a worker with room for one takes; it is finished at once. */
static const char *next_job(struct mate *m)
{
	static char id[65];
	m->room = 1;
	queue_room_grew(m->queue);
	WAIT(rig_first(m));
	text_copy(id, sizeof id, rig_first(m)->ticket.id);
	m->room = 0;
	rig_done(m, id);
	WAIT(queue_is_said(m->queue));
	return id;
}

static void push_lane(const char *name, const char *school, int from, int to, const char *more)
{
	for (int i = from; i < to; i++) {
		char id[32];
		snprintf(id, sizeof id, "%s%d", name, i);
		rig_push(id, "sync-learners", school, id, more);
	}
}

/* All that was pushed is in its lane, and nothing runs. */
static void in_lanes(int count)
{
	struct mate *b = rig_mate("admits", 1);
	WAIT(rig_count("queued") + rig_count("running") == count && rig_holds(b) == 1);
	b->room = 0;
	rig_finish(b, rig_first(b), END_RELEASE, false, 0);
	WAIT(rig_count("queued") == count && queue_is_said(b->queue));
	rig_die(b);
}

/* ---- one job of a kind, one job of a class ---- */

TEST("a second live job of a type, school and class joins the first")
{
	begin(0);
	rig_sync("j1", "s", "8B");
	rig_sync("j2", "s", "8B");
	a->room = 1;
	queue_room_grew(a->queue);
	WAIT(rig_held(a, "j1") && rig_is("j2", "joined"));
	CHECK_STR(rig_field("j2", "joined"), "j1");
	CHECK(rig_number("HGET " P "job:j2 finished_at") > 0);
	rig_sync("j3", "s", "8B");
	WAIT(rig_is("j3", "joined"));
	CHECK_STR(rig_field("j3", "joined"), "j1");
	rig_done(a, "j1");
	rig_sync("j4", "s", "8B");
	WAIT(rig_held(a, "j4"));
	end();
}

TEST("jobs that differ in type, school or class do not join")
{
	begin(10);
	rig_sync("j1", "s", "8B");
	rig_sync("j2", "s", "8C");
	rig_sync("j3", "t", "8B");
	rig_push("j4", "check-team", "s", "8B", "");
	rig_push("j5", "sync-school", "s", "8B", "");
	WAIT(rig_held(a, "j1") && rig_held(a, "j2") && rig_held(a, "j3"));
	WAIT(rig_count("queued") == 2);
	rig_done(a, "j1");
	WAIT(rig_held(a, "j4"));
	CHECK(!rig_held(a, "j5"));
	end();
}

TEST("no two schools share a class, whatever their names")
{
	begin(10);
	rig_sync("j1", "a|b", "c");
	rig_sync("j2", "a", "b|c");
	rig_sync("j3", "a b", "c d=e");
	rig_sync("j4", "a", "b c d=e");
	WAIT(rig_holds(a) == 4);
	end();
}

TEST("jobs of one class run one after the other, in the order they came")
{
	begin(10);
	rig_push("j1", "create-team", "s", "8B", "");
	rig_push("j2", "sync-learners", "s", "8B", "");
	rig_push("j3", "check-team", "s", "8B", "");
	rig_push("j4", "delete-class", "s", "8B", "");
	static const char *const order[] = {"j1", "j2", "j3", "j4"};
	for (int i = 0; i < 4; i++) {
		WAIT(rig_held(a, order[i]));
		WAIT(rig_count("queued") == 3 - i);
		CHECK_INT(rig_holds(a), 1);
		rig_recount(false);
		rig_done(a, order[i]);
	}
	WAIT(queue_is_said(a->queue));
	CHECK_INT(rig_number("EXISTS " P "live " P "bodies " P "school_running"), 0);
	end();
}

TEST("a job behind its class starts at once however the one before it ends")
{
	static const enum ending hows[] = {END_DONE, END_FAILED, END_CANCELLED};
	begin(1);
	for (int i = 0; i < 3; i++) {
		char one[8], two[8];
		snprintf(one, sizeof one, "a%d", i);
		snprintf(two, sizeof two, "b%d", i);
		rig_push(one, "create-team", "s", "8B", "");
		rig_push(two, "sync-learners", "s", "8B", "");
		WAIT(rig_held(a, one) && rig_count("queued") == 1);
		rig_finish(a, rig_held(a, one), hows[i], hows[i] == END_FAILED, 0);
		WAIT(rig_held(a, two));
		rig_done(a, two);
		WAIT(queue_is_said(a->queue));
	}
	end();
}

TEST("nobody joins a job that is being cancelled")
{
	begin(10);
	rig_sync("j1", "s", "8B");
	WAIT(rig_held(a, "j1"));
	rig_cancel("j1");
	rig_sync("j2", "s", "8B");
	rig_sync("j3", "s", "8B");
	WAIT(rig_is("j3", "joined"));
	CHECK_STR(rig_field("j3", "joined"), "j2");
	CHECK(rig_is("j2", "queued"));
	rig_finish(a, rig_held(a, "j1"), END_CANCELLED, false, 0);
	WAIT(rig_held(a, "j2"));
	end();
}

TEST("a class whose holder's record is gone is free again")
{
	begin(0);
	struct mate *b = rig_mate("b", 1);
	rig_push("j1", "create-team", "s", "8B", "");
	WAIT(rig_held(b, "j1"));
	rig_push("j2", "sync-learners", "s", "8B", "");
	WAIT(rig_is("j2", "queued"));
	rig_ask("DEL " P "job:j1 " P "bodies");
	rig_ask("HSET " P "bodies j2 {}");
	rig_die(b);
	rig_ask("FCALL rollcall1_abandon 1 " P "inbox b.1 1000 1000");
	a->room = 10;
	queue_room_grew(a->queue);
	rig_push("j3", "check-team", "s", "8B", "");
	WAIT(rig_held(a, "j2"));
	rig_done(a, "j2");
	WAIT(rig_held(a, "j3"));
	rig_end();
}

TEST("a job whose envelope is gone fails and says so, and its class goes on")
{
	begin(0);
	rig_push("j1", "create-team", "s", "8B", "");
	rig_push("j2", "sync-learners", "s", "8B", "");
	rig_raw("", 0);
	struct mate *b = rig_mate("b", 1);
	rig_sync("j3", "t", "x");
	WAIT(rig_held(b, "j1") && rig_count("queued") == 2);
	a->room = 0;
	b->room = 0;
	rig_finish(b, rig_held(b, "j1"), END_RELEASE, false, 0);
	WAIT(queue_is_said(b->queue));
	int64_t rev = rig_number("HGET " P "job:j1 rev");
	rig_ask("HDEL " P "bodies j1");
	b->room = 3;
	queue_room_grew(b->queue);
	WAIT(rig_held(b, "j2") && rig_held(b, "j3"));
	CHECK(rig_is("j1", "failed"));
	CHECK_STR(rig_field("j1", "error_code"), "internal");
	CHECK_INT(rig_number("HGET " P "job:j1 rev"), rev + 1);
	end();
}

TEST("a job that is joined with news while it runs goes round again before it is done")
{
	begin(10);
	rig_ask("HSET " P "school:s name S");
	rig_sync("j1", "s", "8B");
	WAIT(rig_held(a, "j1"));
	static const char text[] =
	    "{\"v\":1,\"id\":\"j2\",\"type\":\"sync-learners\",\"school\":\"s\","
	    "\"class\":{\"id\":\"8B\",\"learners\":[{\"id\":\"L1\"}]}}";
	rig_raw(text, sizeof text - 1);
	WAIT(rig_is("j2", "joined"));
	rig_done(a, "j1");
	WAIT(rig_held(a, "j1"));
	CHECK_INT(rig_held(a, "j1")->ticket.attempt, 2);
	CHECK_INT(rig_count("done"), 0);
	rig_recount(false);
	rig_done(a, "j1");
	WAIT(rig_is("j1", "done"));
	CHECK_INT(rig_count("done"), 1);
	CHECK_INT(a->claims, 2);
	end();
}

TEST("a job that is joined with news before it runs, or without any, runs once")
{
	begin(10);
	rig_push("j0", "create-team", "s", "8B", "");
	rig_sync("j1", "s", "8B");
	WAIT(rig_held(a, "j0") && rig_is("j1", "queued"));
	static const char text[] =
	    "{\"v\":1,\"id\":\"j2\",\"type\":\"sync-learners\",\"school\":\"s\","
	    "\"class\":{\"id\":\"8B\",\"learners\":[]}}";
	rig_raw(text, sizeof text - 1);
	WAIT(rig_is("j2", "joined"));
	rig_done(a, "j0");
	WAIT(rig_held(a, "j1"));
	rig_sync("j3", "s", "8B");
	WAIT(rig_is("j3", "joined"));
	rig_done(a, "j1");
	WAIT(rig_is("j1", "done"));
	CHECK_INT(a->claims, 2);
	end();
}

TEST("a dry run and an approved run are not alike, and run one after the other")
{
	begin(10);
	rig_sync("j1", "s", "8B");
	rig_push("j2", "sync-learners", "s", "8B", ",\"options\":{\"dry_run\":true}");
	rig_push("j3", "sync-learners", "s", "8B", ",\"options\":{\"approve_removals\":true}");
	rig_push("j4", "sync-learners", "s", "8B", ",\"options\":{\"approve_removals\":true}");
	rig_push("j5", "sync-learners", "s", "8B", ",\"options\":{\"dry_run\":false}");
	WAIT(rig_held(a, "j1") && rig_is("j4", "joined") && rig_is("j5", "joined"));
	CHECK_STR(rig_field("j4", "joined"), "j3");
	CHECK_STR(rig_field("j5", "joined"), "j1");
	static const char *const order[] = {"j1", "j2", "j3"};
	for (int i = 0; i < 3; i++) {
		WAIT(rig_held(a, order[i]));
		rig_recount(false);
		rig_done(a, order[i]);
	}
	end();
}

/* ---- whose turn it is ---- */

TEST("within a school interactive goes before background, and each in the order it came")
{
	begin(0);
	push_lane("n", "s", 0, 3, ",\"priority\":\"background\"");
	push_lane("i", "s", 0, 3, "");
	push_lane("n", "s", 3, 5, ",\"priority\":\"background\"");
	push_lane("i", "s", 3, 5, ",\"priority\":\"interactive\"");
	in_lanes(10);
	static const char *const order[] = {"i1", "i2", "i3", "i4", "n1", "n2", "n3", "n4"};
	const char *first = next_job(a);
	bool head_was_night = first[0] == 'n';
	if (head_was_night)
		CHECK_STR(next_job(a), "i0");
	for (int i = 0; i < 4; i++)
		CHECK_STR(next_job(a), order[i]);
	if (!head_was_night)
		CHECK_STR(next_job(a), "n0");
	for (int i = 4; i < 8; i++)
		CHECK_STR(next_job(a), order[i]);
	end();
}

TEST("schools take turns, however many jobs one of them has pushed")
{
	begin(0);
	push_lane("f", "flood", 0, 200, "");
	push_lane("x", "small-1", 0, 5, "");
	push_lane("y", "small-2", 0, 5, "");
	in_lanes(210);
	int floods = 0;
	for (int small = 0, n = 0; small < 10; n++) {
		CHECK(n < 20);
		const char *id = next_job(a);
		*(id[0] == 'f' ? &floods : &small) += 1;
	}
	CHECK(floods <= 7);
	end();
}

TEST("a newcomer has its turn soon in the midst of a flood")
{
	begin(0);
	push_lane("f", "flood", 0, 300, "");
	in_lanes(300);
	for (int i = 0; i < 50; i++)
		next_job(a);
	rig_sync("new", "newcomer", "8B");
	a->room = 1;
	int n = 0;
	while (strcmp(next_job(a), "new") != 0)
		CHECK(++n < 5);
	end();
}

TEST("a school whose jobs come one by one does not starve the others")
{
	begin(0);
	push_lane("y", "z-patient", 0, 20, "");
	in_lanes(20);
	rig_die(a);
	rig_ask("DEL " P "intake");
	rig_ask("FCALL rollcall1_beat 1 " P "inbox w 60000 1000 1000000 1");
	rig_ask("FCALL rollcall1_cycle 1 " P "inbox w 1000 1000000 1000 5 0 0 ");
	/* a worker that is nothing but the words of its calls: each admits one and claims one */
	for (int i = 0; i < 20; i++) {
		char id[16];
		snprintf(id, sizeof id, "t%d", i);
		rig_sync(id, "a-trickle", id);
		int length = (int)rig_number("EVAL return(#redis.call('lindex','" P "inbox',0)) 0");
		rig_ask("FCALL rollcall1_cycle 1 " P "inbox w 1000 1000000 1000 1 0 1 "
			" plain %s %d a-trickle %s sync-learners staff-1",
		    id, length, id);
	}
	int64_t patient = 15 - rig_number("ZCARD " P "lane:z-patient");
	CHECK_INT(patient + 20 - rig_number("ZCARD " P "lane:a-trickle"), 20);
	CHECK(patient >= 6 && patient <= 12);
	end();
}

TEST("many schools share what is claimed at once")
{
	begin(0);
	for (int s = 0; s < 10; s++) {
		char school[16], name[16];
		snprintf(school, sizeof school, "school-%d", s);
		snprintf(name, sizeof name, "s%d-", s);
		push_lane(name, school, 0, s == 0 ? 100 : 10, "");
	}
	in_lanes(190);
	a->room = 50;
	queue_room_grew(a->queue);
	WAIT(rig_holds(a) == 50);
	int of[10] = {0};
	list_each (l, &a->held)
		of[container_of(l, struct held, link)->ticket.id[1] - '0']++;
	for (int s = 0; s < 10; s++)
		CHECK(of[s] >= 4 && of[s] <= 6);
	end();
}

TEST("no school runs more than its cap, and a place that gets free is used")
{
	crew.per_school = 3;
	begin(100);
	push_lane("f", "flood", 0, 20, "");
	push_lane("x", "small", 0, 2, "");
	WAIT(rig_holds(a) == 5 && rig_count("queued") == 17);
	struct mate *b = rig_mate("b", 100);
	NEVER(rig_holds(b) > 0, 100);
	CHECK_INT(rig_number("HGET " P "school_running flood"), 3);
	rig_recount(false);
	for (int i = 0; i < 17; i++) {
		struct mate *m = rig_holds(a) ? a : b;
		rig_finish(m, rig_first(m), i % 4 == 3 ? END_FAILED : END_DONE, false, 0);
		WAIT(rig_count("done") + rig_count("failed") == i + 1);
		CHECK(rig_number("HGET " P "school_running flood") <= 3);
		rig_recount(false);
	}
	WAIT(rig_holds(a) + rig_holds(b) == 3 && rig_count("queued") == 2);
	end();
}

TEST("a cap that is raised holds from the next place on")
{
	crew.per_school = 2;
	begin(100);
	push_lane("f", "s", 0, 10, "");
	WAIT(rig_holds(a) == 2 && rig_count("queued") == 8);
	queue_reload(a->queue, 6, 1000, 1000000);
	rig_finish(a, rig_first(a), END_DONE, false, 0);
	WAIT(rig_holds(a) == 6);
	end();
}

TEST("a worker takes no more than it has room for")
{
	begin(7);
	push_lane("j", "s", 0, 30, "");
	WAIT(rig_holds(a) == 7);
	NEVER(rig_holds(a) > 7, 100);
	for (int i = 0; i < 23; i++) {
		WAIT(rig_holds(a) == 7);
		rig_finish(a, rig_first(a), END_DONE, false, 0);
	}
	WAIT(rig_holds(a) == 7);
	CHECK_INT(a->claims, 30);
	end();
}

/* ---- overflow ---- */

/* count jobs f0, f1, … of one school, each of a class of its own. */
static void flood_inbox(const char *school, int count)
{
	CHECK_STR(rig_ask("EVAL for\tk=0,%d\tdo\tredis.call('rpush','" P
			  "inbox','{\"v\":1,\"id\":\"f'..k..'\",\"type\":\"t\",\"school\":\"%s\","
			  "\"class\":{\"id\":\"'..k..'\"}}')end\treturn'OK' 0",
		      count - 1, school),
	    "OK");
}

TEST_SLOW("beyond its share what a school pushed waits compactly, in order, and others are heard")
{
	begin(0);
	for (int i = 0; i < 9; i++) {
		char school[16];
		snprintf(school, sizeof school, "other-%d", i);
		rig_sync(school, school, "8B");
	}
	flood_inbox("flood", 13000);
	rig_sync("last", "newcomer", "8B");
	WAIT(rig_number("LLEN " P "inbox") == 0 && rig_count("queued") == 13010);
	CHECK(rig_number("LLEN " P "overflow:flood") > 2000);
	CHECK(
	    rig_number("ZCARD " P "lane:flood") + rig_number("LLEN " P "overflow:flood") == 13000);
	CHECK_STR(rig_field("last", "state"), "queued");
	rig_recount(false);
	int next = 0;
	a->room = 400;
	queue_room_grew(a->queue);
	while (rig_count("done") < 13010) {
		WAIT(rig_holds(a) > 0 || rig_count("done") == 13010);
		list_each (l, &a->held) {
			const char *id = container_of(l, struct held, link)->ticket.id;
			if (id[0] == 'f')
				CHECK_INT(strtol(id + 1, NULL, 10), next++);
		}
		rig_finish_all(a);
	}
	CHECK_INT(next, 13000);
	CHECK_INT(rig_number("EXISTS " P "overflow:flood " P "overflowing"), 0);
	rig_recount(true);
	rig_end();
}

TEST("an overflowed envelope that is pushed again is one job, and a cancelled one ends")
{
	begin(0);
	flood_inbox("flood", 3);
	in_lanes(3);
	rig_ask("SADD " P "overflowing flood");
	flood_inbox("flood", 5);
	rig_cancel("f4");
	a->room = 10;
	queue_room_grew(a->queue);
	WAIT(rig_holds(a) == 4);
	WAIT(rig_number("EXISTS " P "overflow:flood " P "overflowing") == 0);
	CHECK_STR(rig_field("f4", "state"), "cancelled");
	rig_finish_all(a);
	WAIT(rig_count("done") == 4);
	CHECK_INT(rig_count("queued"), 0);
	end();
}

TEST("a school with more weight has more of the turns")
{
	begin(0);
	push_lane("h", "heavy", 0, 60, "");
	push_lane("l", "light", 0, 60, "");
	in_lanes(120);
	rig_ask("HSET " P "weights heavy 3");
	int heavy = 0;
	for (int i = 0; i < 40; i++)
		heavy += next_job(a)[0] == 'h';
	CHECK(heavy >= 28 && heavy <= 32);
	end();
}
