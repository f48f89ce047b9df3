/* What is staged of a roster comes to the inbox with the heartbeats, in order and once. */
#include <stdlib.h>

#include "queue_rig.h"

static void stage(const char *import, const char *prefix, int count, int size)
{
	char *padding = xmalloc((size_t)size + 1);
	memset(padding, 'x', (size_t)size);
	padding[size] = '\0';
	for (int n = 0; n < count; n++)
		rig_ask("RPUSH " P
			"roster:s:import:%s {\"v\":1,\"id\":\"%s%d\",\"type\":\"register\","
			"\"school\":\"s\",\"class\":{\"id\":\"%s%d\",\"note\":\"%s\"}}",
		    import, prefix, n, prefix, n, padding);
	rig_ask("RPUSH " P "roster:s:staged %s", import);
	rig_ask("SADD " P "rosters s");
	free(padding);
}

TEST("staged envelopes become jobs, and nothing of the staging is left")
{
	rig_begin(NULL);
	rig_ask("HSET " P "school:s name S");
	stage("I1", "a", 3, 1);
	struct mate *m = rig_mate("w1", 100);
	WAIT(rig_holds(m) == 3);
	WAIT(!rig_number("EXISTS " P "rosters " P "roster:s:staged " P "roster:s:import:I1"));
	CHECK(rig_held(m, "a0") && rig_held(m, "a1") && rig_held(m, "a2"));
	rig_finish_all(m);
	rig_end();
}

TEST("two imports come in the order in which they were accepted")
{
	rig_begin(NULL);
	rig_ask("HSET " P "school:s name S");
	stage("I1", "a", 1, 1);
	stage("I2", "b", 1, 1);
	struct mate *m = rig_mate("w1", 100);
	WAIT(rig_holds(m) == 2);
	CHECK(strtoll(rig_field("a0", "queued_at"), NULL, 10) <=
	      strtoll(rig_field("b0", "queued_at"), NULL, 10));
	WAIT(!rig_number("EXISTS " P "rosters"));
	rig_finish_all(m);
	rig_end();
}

TEST_SLOW("many of them are carried in heartbeats that follow each other, and each in a small part")
{
	rig_begin(NULL);
	rig_ask("HSET " P "school:s name S");
	stage("I1", "a", 1000, 100);
	stage("I2", "b", 6, 120000); /* more bytes than a heartbeat takes */
	int64_t began_ms = clock_mono_ms();
	struct mate *m = rig_mate("w1", 0);
	WAIT(!rig_number("EXISTS " P "rosters"));
	CHECK(clock_mono_ms() - began_ms < 5000);
	WAIT(rig_count("queued") == 1006);
	CHECK_INT(rig_number("EXISTS " P "roster:s:import:I1 " P "roster:s:import:I2"), 0);
	(void)m;
	rig_end();
}

TEST("a school that is among them by mistake is let go")
{
	rig_begin(NULL);
	rig_ask("SADD " P "rosters nobody");
	(void)rig_mate("w1", 1);
	WAIT(!rig_number("EXISTS " P "rosters"));
	rig_end();
}
