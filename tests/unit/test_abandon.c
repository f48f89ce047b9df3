/* Whose doing a worker's death was, and what becomes of the jobs it held. */
#include <stdio.h>

#include "worker_rig.h"

enum { MANY = 20 };

static int deaths;
static bool back;

static const char *number(const char *letter, int n)
{
	static char id[16];
	snprintf(id, sizeof id, "%s%d", letter, n);
	return id;
}

/* Many jobs, each of a class of its own, and a worker that keeps the time and runs nothing. */
static void begin_with(int jobs)
{
	crew.lease_ms = 60000;
	crew.per_school = 100;
	begin(0);
	for (int i = 0; i < jobs; i++) {
		const char *id = number("j", i);
		rig_sync(id, "s", id);
	}
}

static struct mate *next_worker(int room)
{
	return rig_mate(number("m", deaths), room);
}

static void handed_back(void *ctx, bool ok, const char *unused)
{
	(void)ctx;
	(void)unused;
	back = ok;
}

/* The worker is gone, as its supervisor tells the queue, or as its lease does. */
static void dies(struct mate *m, const char *death)
{
	char name[40];
	back = false;
	snprintf(name, sizeof name, "%s.1", m->name);
	rig_die(m);
	deaths++;
	queue_abandon(rig.redis, P, name, death, 1000, 1000000, handed_back, NULL);
	WAIT(back);
}

static int64_t on_trial(void)
{
	return rig_number("ZCARD " P "trial");
}

/* Everything that is not dead can be done by a worker that lives. */
static void finish_all(int jobs)
{
	struct mate *m = next_worker(MANY);
	while (rig_count("done") < jobs) {
		WAIT(rig_first(m) || rig_count("done") == jobs);
		rig_finish_all(m);
	}
}

TEST("a job that ran when its worker died, three times in a row, is poison, and no other is")
{
	begin_with(MANY);
	for (int i = 0; i < 3; i++) {
		struct mate *m = next_worker(MANY);
		WAIT(rig_holds(m) == MANY);
		dies(m, "in:j7");
		rig_recount(false);
		CHECK_INT(on_trial(), i < 2);
	}
	CHECK_STR(rig_field("j7", "state"), "failed");
	CHECK_STR(rig_field("j7", "error_code"), "crashed");
	CHECK_INT(rig_count("dead"), 1);
	CHECK_STR(rig_field("j6", "crashes"), "3");
	CHECK_STR(rig_field("j6", "streak"), "0");
	finish_all(MANY - 1);
	end();
}

TEST("ten workers killed from outside while they hold many jobs make no job a suspect")
{
	begin_with(MANY);
	for (int i = 0; i < 10; i++) {
		struct mate *m = next_worker(MANY);
		WAIT(rig_holds(m) == MANY);
		dies(m, "killed");
	}
	CHECK_INT(on_trial(), 0);
	CHECK_INT(rig_count("dead"), 0);
	CHECK_STR(rig_field("j3", "crashes"), "10");
	finish_all(MANY);
	end();
}

TEST("ten workers that died with many jobs, nobody knows why, make no job dead")
{
	begin_with(MANY);
	static const size_t held[10] = {MANY, MANY, 2, 2, 1, 1, 1, 1, 1, 1};
	for (int i = 0; i < 10; i++) {
		if (i == 2)
			rig_sync("late", "s", "late");
		struct mate *m = next_worker(MANY);
		WAIT(rig_holds(m) == held[i]);
		dies(m, "");
		rig_recount(false);
	}
	CHECK_INT(on_trial(), MANY + 1);
	CHECK_INT(rig_count("dead"), 0);
	finish_all(MANY + 1);
	end();
}

/* The worker dies of one job, and nobody knows. Gives how many it took. */
static int deaths_of(const char *poison)
{
	int n = 0;
	while (!rig_is(poison, "failed")) {
		struct mate *m = next_worker(MANY);
		WAIT(rig_first(m));
		while (!rig_held(m, poison)) {
			rig_finish_all(m);
			WAIT(rig_first(m));
		}
		dies(m, "");
		n++;
	}
	return n;
}

TEST_SLOW("poison among many is found without a witness after five deaths, and nobody else dies")
{
	begin_with(MANY);
	struct mate *m = next_worker(MANY);
	WAIT(rig_holds(m) == MANY);
	dies(m, "");
	CHECK_INT(deaths_of("j7"), 4);
	CHECK_INT(rig_count("dead"), 1);
	finish_all(MANY - 1);
	end();
}

TEST("a worker tries one suspect at a time, the next as soon as that one got somewhere")
{
	begin_with(5);
	for (int i = 0; i < 2; i++) {
		struct mate *m = next_worker(MANY);
		WAIT(rig_holds(m) == 5);
		dies(m, "");
	}
	CHECK_INT(on_trial(), 5);
	struct mate *m = next_worker(MANY);
	WAIT(rig_holds(m) == 1);
	NEVER(rig_holds(m) > 1, 300);
	struct change c;
	change_init(&c);
	words_add(&c.rows, "{}");
	rig_touch(m, rig_first(m), false, &c);
	WAIT(rig_holds(m) == 2);
	rig_sync("new", "s", "new");
	WAIT(rig_held(m, "new"));
	CHECK_INT(on_trial(), 3);
	rig_finish_all(m);
	WAIT(rig_holds(m) == 1);
	CHECK_INT(on_trial(), 2);
	end();
}

TEST("a worker that leaves as it should accuses nobody")
{
	begin_with(1);
	for (int i = 0; i < 4; i++) {
		struct mate *m = next_worker(1);
		WAIT(rig_holds(m) == 1);
		dies(m, "left");
	}
	CHECK_STR(rig_field("j0", "state"), "queued");
	CHECK_INT(on_trial(), 0);
	end();
}

TEST("a page of jobs that is handed back later is judged as the first was")
{
	begin_with(100);
	struct mate *m = rig_mate("m", 100);
	WAIT(rig_holds(m) == 100);
	dies(m, "in:j99");
	CHECK_INT(on_trial(), 1);
	CHECK_STR(rig_field("j99", "streak"), "10");
	rig_recount(false);
	rig_end();
}

TEST("a worker that is known to be dead is done away with page by page")
{
	begin(0);
	struct mate *c = rig_mate("c", 200);
	for (int i = 0; i < 150; i++) {
		char id[16];
		snprintf(id, sizeof id, "j%d", i);
		rig_sync(id, "s", id);
	}
	WAIT(rig_holds(c) == 150);
	rig_die(c);
	int64_t left = rig_number("FCALL rollcall1_abandon 1 " P "inbox c.1 1000 1000000");
	CHECK_INT(left, 86);
	rig_recount(false);
	while (left > 0) { /* a's heartbeat may hand back a page of them in between */
		int64_t before = left;
		left = rig_number("FCALL rollcall1_abandon 1 " P "inbox c.1 1000 1000000");
		CHECK(left <= (before > 64 ? before - 64 : 0));
	}
	CHECK_INT(rig_count("queued"), 150);
	end();
}

TEST("all of the thousands of jobs that a dead worker held come back")
{
	enum { JOBS = 1900 };
	crew.per_school = JOBS;
	begin(0);
	struct mate *c = rig_mate("c", JOBS);
	for (int i = 0; i < JOBS; i++) {
		char id[16];
		snprintf(id, sizeof id, "j%d", i);
		rig_sync(id, "s", id);
	}
	WAIT(rig_holds(c) == JOBS);
	rig_die(c);
	for (int64_t left = JOBS, before; left > 0;) {
		before = left;
		left = rig_number("FCALL rollcall1_abandon 1 " P "inbox c.1 100000 1000000");
		CHECK(left < before);
	}
	CHECK_INT(rig_count("queued"), JOBS);
	end();
}
