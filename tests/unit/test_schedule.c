/* Jobs that come by the clock, once each. */
#include "schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker_rig.h"

static const char body[] = "{\"v\":1,\"type\":\"sync-school\",\"school\":\"s\"}";

/* Enters a yearly schedule that was due so long ago. */
static int64_t enter(const char *name, int64_t late_ms, const char *missed)
{
	int64_t when_ms = (clock_wall_ms() - late_ms) / 60000 * 60000;
	struct words w;
	words_init(&w);
	words_add(&w, "HSET");
	words_addf(&w, "%sschedule:%s", P, name);
	const char *fields[] = {
	    "cron", "0 0 1 1 *", "zone", "Europe/London", "missed", missed, "envelope", body};
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		words_add(&w, fields[i]);
	redis_send(rig.redis, &w, 5000, NULL, NULL);
	words_clear(&w);
	rig_ask("ZADD " P "schedules %lld %s", (long long)when_ms, name);
	return when_ms;
}

static int64_t next_of(const char *name)
{
	return rig_number("ZSCORE " P "schedules %s", name);
}

TEST("of three workers one fires what is due, once, and sets the time after")
{
	char id[65];
	begin(10);
	rig_mate("b", 0);
	rig_mate("c", 0);
	int64_t when_ms = enter("night", 0, "once");
	schedule_job_id("night", when_ms, id);
	WAIT(rig_held(a, id));
	CHECK_STR(rig_field(id, "type"), "sync-school");
	CHECK(next_of("night") > when_ms);
	CHECK_STR(rig_ask("HGET " P "schedule:night last_job"), id);
	NEVER(a->claims > 1, 1500);
	end();
}

TEST("what was missed for hours is made up for once")
{
	begin(10);
	int64_t when_ms = enter("night", 5 * 3600000, "once");
	WAIT(next_of("night") > clock_wall_ms() - 60000);
	WAIT(a->claims == 1);
	CHECK(next_of("night") > when_ms + 4 * 3600000);
	end();
}

TEST("what was missed is passed over where the schedule says so")
{
	begin(10);
	enter("night", 5 * 3600000, "skip");
	WAIT(next_of("night") > clock_wall_ms() - 60000);
	CHECK_INT(a->claims, 0);
	CHECK_STR(rig_ask("HGET " P "schedule:night passed_over"), "1");
	end();
}

TEST("on a quiet day a schedule passes without a job")
{
	begin(10);
	enter("night", 0, "once");
	rig_ask("HSET " P "schedule:night quiet sun,mon,tue,wed,thu,fri,sat");
	WAIT(next_of("night") > clock_wall_ms());
	CHECK_INT(a->claims, 0);
	CHECK_STR(rig_ask("HGET " P "schedule:night passed_over"), "1");
	end();
}

TEST("whoever names another time than the next one fires nothing")
{
	rig_begin(NULL);
	rig_ask("ZADD " P "schedules 4000000000000 night");
	rig_mate("a", 0);
	CHECK_INT(rig_number("FCALL rollcall1_fire 1 " P "inbox a.1 night 3 5 id {}"), 0);
	CHECK_INT(rig_number("FCALL rollcall1_fire 1 " P "inbox a.1 other 3 5 id {}"), 0);
	CHECK_INT(rig_number("LLEN " P "inbox"), 0);
	CHECK_INT(rig_number("ZCARD " P "schedules"), 1);
	end();
}

TEST("a schedule that cannot be read stands still and pushes nothing")
{
	begin(10);
	enter("night", 0, "once");
	rig_ask("HSET " P "schedule:night zone Nowhere");
	WAIT(strcmp(rig_ask("ZSCORE " P "schedules night"), "inf") == 0);
	CHECK_INT(a->claims, 0);
	end();
}

TEST("a school's night has a name that is one, whatever the school is called")
{
	char name[SCHEDULE_NAME_MAX + 1], other[SCHEDULE_NAME_MAX + 1];
	schedule_night_name("green-hill", name);
	CHECK_STR(name, "night-green-hill");
	schedule_night_name("Hoërskool Oos", name);
	CHECK_INT(strspn(name, "nightx-_0123456789abcdef"), strlen(name));
	CHECK_INT(strlen(name), 23);
	schedule_night_name("Hoërskool Wes", other);
	CHECK(strcmp(name, other) != 0);
	schedule_night_name("s123456789012345678901234567890123", name);
	CHECK_STR(name, "night-s123456789012345678901234567890123");
	schedule_night_name("s1234567890123456789012345678901234", name);
	CHECK_INT(strlen(name), 23);
}

TEST("the job of a schedule and a time has always the same id")
{
	char id[65];
	schedule_job_id("night", 1795312800000, id);
	CHECK_STR(id, "night-20261122T0200Z");
	char *text = schedule_envelope(body, id);
	CHECK_HAS(text, "\"id\":\"night-20261122T0200Z\"");
	CHECK_HAS(text, "\"type\":\"sync-school\"");
	free(text);
	CHECK(!schedule_envelope("[]", id));
	CHECK(!schedule_envelope("", id));
}
