/* Jobs that somebody wants cancelled while nobody runs them. */
#include <stdio.h>
#include <stdlib.h>

#include "worker_rig.h"

enum { SCHOOLS = 20, JOBS = 20000, COST_MOST_US = 2000 };

/* JOBS jobs j0, …, of many schools, that wait for their turn. */
static void fill_lanes(void)
{
	CHECK_STR(rig_ask("EVAL for\tk=0,%d\tdo\tredis.call('rpush','" P
			  "inbox','{\"v\":1,\"id\":\"j'..k..'\",\"type\":\"check-team\","
			  "\"school\":\"s'..(k%%%d)..'\",\"class\":{\"id\":\"'..k..'\"}}')end\t"
			  "return'OK' 0",
		      JOBS - 1, SCHOOLS),
	    "OK");
	WAIT(rig_number("LLEN " P "inbox") == 0 && rig_count("queued") == JOBS);
}

static void cancel_all(void)
{
	CHECK_STR(rig_ask("EVAL for\tk=0,%d\tdo\tredis.call('set','" P
			  "cancel:j'..k,'staff-1')end\treturn'OK' 0",
		      JOBS - 1),
	    "OK");
}

/* What a call of a function costs Redis, on average since the last look. */
static int64_t cost_of_a_call_us(void)
{
	static double spent_s;
	static int64_t calls;
	const char *at = strstr(rig_ask("INFO cpu"), "used_cpu_user_main_thread:");
	double s = at ? strtod(strchr(at, ':') + 1, NULL) : 0;
	at = strstr(rig_ask("INFO commandstats"), "cmdstat_fcall:calls=");
	int64_t n = at ? strtoll(strchr(at, '=') + 1, NULL, 10) : 0;
	int64_t cost_us = n > calls ? (int64_t)((s - spent_s) * 1e6) / (n - calls) : 0;
	spent_s = s;
	calls = n;
	return cost_us;
}

TEST_SLOW("of very many jobs that wait one that is cancelled ends soon, and all of them do")
{
	begin(0);
	fill_lanes();
	(void)cost_of_a_call_us();
	int64_t began_ms = clock_mono_ms();
	rig_cancel("j12345");
	WAIT(rig_is("j12345", "cancelled"));
	CHECK(clock_mono_ms() - began_ms < 7000);
	CHECK(cost_of_a_call_us() < COST_MOST_US);
	cancel_all();
	(void)cost_of_a_call_us();
	began_ms = clock_mono_ms();
	WAIT(rig_count("cancelled") == JOBS);
	CHECK(clock_mono_ms() - began_ms < 5000);
	CHECK(cost_of_a_call_us() < COST_MOST_US);
	CHECK_INT(rig_count("queued"), 0);
	end();
}

TEST("a job that goes on where it was says in the meantime who wants it cancelled")
{
	struct held *h = claim_one("");
	struct change c;
	change_init(&c);
	c.saved = xstrdup("{\"step\":4}");
	rig_touch(a, h, false, &c);
	WAIT(!h->touching);
	CHECK_INT(rig_number("FCALL rollcall1_pause 1 " P "inbox * ann"), 1);
	rig_finish(a, h, END_RELEASE, false, 0);
	WAIT(rig_is("j1", "queued"));
	int64_t rev = rig_number("HGET " P "job:j1 rev");
	rig_cancel("j1");
	WAIT(rig_number("HGET " P "job:j1 rev") == rev + 1);
	CHECK_STR(rig_field("j1", "cancelled_by"), "staff-1");
	NEVER(rig_number("HGET " P "job:j1 rev") > rev + 1 || !rig_is("j1", "queued"), 1200);
	reply_free(rig_reply("FCALL rollcall1_resume 1 " P "inbox *"));
	WAIT(rig_held(a, "j1"));
	CHECK_STR(rig_held(a, "j1")->cancelled_by, "staff-1");
	end();
}

TEST("what waits for its time ends when it is cancelled, among many that are not")
{
	begin(10);
	char later[64];
	snprintf(later, sizeof later, ",\"at\":%lld", (long long)clock_wall_ms() + 1000000);
	for (int i = 0; i < 1500; i++) {
		char id[16];
		snprintf(id, sizeof id, "d%d", i);
		rig_push(id, "check-team", "s", id, later);
	}
	WAIT(rig_count("waiting") == 1500);
	rig_cancel("d700");
	rig_cancel("d1");
	WAIT(rig_count("cancelled") == 2);
	CHECK_STR(rig_field("d700", "state"), "cancelled");
	CHECK_INT(rig_number("ZCARD " P "due"), 1498);
	end();
}
