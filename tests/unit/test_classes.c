/* A class's record, its register and its learners, read as they were at one moment. */
#include <stdlib.h>

#include "records.h"
#include "redis_rig.h"

static struct school s;
static struct class_record c;
static int answers;
static struct err told;

static void seen(void *ctx, struct school *school, struct class_record *record, const struct err *e)
{
	(void)ctx;
	s = *school;
	c = *record;
	told = e ? *e : (struct err){0};
	answers++;
}

static void name_seen(
    void *ctx, struct school *school, struct class_record *record, const struct err *e)
{
	CHECK(!e);
	CHECK_STR(record->name, ctx);
	school_clear(school);
	class_record_clear(record);
	answers++;
}

static void read_class(const char *school, const char *class)
{
	int before = answers;
	records_read(rig.redis, P, school, class, seen, NULL);
	CHECK_INT(answers, before);
	WAIT(answers > before);
}

static void clear(void)
{
	school_clear(&s);
	class_record_clear(&c);
}

TEST("a class's keys carry its school and id")
{
	char *class = records_class_key("s", "8B"), *learners = records_learners_key("s", "8B");
	CHECK_STR(class, "class:s:8B");
	CHECK_STR(learners, "class:s:8B:learners");
	free(class);
	free(learners);
}

TEST("a class that was never seen is empty, and has no NULL in it")
{
	rig_begin(NULL);
	read_class("s", "8B");
	CHECK_INT(told.code, 0);
	CHECK_STR(c.id, "8B");
	CHECK_STR(c.name, "");
	CHECK_STR(c.year, "");
	CHECK_STR(c.kind, "");
	CHECK_STR(c.team_id, "");
	CHECK_STR(c.web_url, "");
	CHECK_STR(c.status, "");
	CHECK_STR(c.note, "");
	CHECK_STR(c.display_name, "");
	CHECK_STR(c.mail_nickname, "");
	CHECK_STR(c.nickname_wanted, "");
	CHECK(!c.class_only);
	CHECK(!c.register_class);
	CHECK_INT(json_object_size(c.learners), 0);
	CHECK(json_is_object(c.learners));
	CHECK_INT(c.total, -1);
	CHECK_INT(c.team_asked_at, 0);
	CHECK_INT(c.team_made_at, 0);
	CHECK_INT(c.emptied_at, 0);
	clear();
	rig_end();
}

TEST("a class without a Team so far is told from one that has a Team")
{
	rig_begin(NULL);
	rig_ask("HSET " P
		"class:s:8B is_team 0 team_id G1 display_name 8B_Class mail_nickname 8B.class "
		"nickname_wanted 8b.class");
	read_class("s", "8B");
	CHECK(c.class_only);
	CHECK_STR(c.display_name, "8B_Class");
	CHECK_STR(c.mail_nickname, "8B.class");
	CHECK_STR(c.nickname_wanted, "8b.class");
	clear();
	rig_ask("HSET " P "class:s:8B is_team 1");
	read_class("s", "8B");
	CHECK(!c.class_only);
	clear();
	rig_end();
}

TEST("what people decided by hand is read with the class, and what is no object is passed over")
{
	rig_begin(NULL);
	rig_ask("HSET " P "exceptions:s:8B u1 {\"kind\":\"keep\"} u2 x");
	rig_ask("HSET " P "drift:s:8B u3 {\"what\":\"added\"}");
	rig_ask("HSET " P "matches:s L1 {\"address\":\"a@s\"} L2 {\"user_id\":\"u4\"}");
	rig_ask("HSET " P "class:s:8B owners_seen [\"u5\"]");
	read_class("s", "8B");
	CHECK_INT(json_object_size(c.exceptions), 1);
	CHECK_STR(json_text(json_map(c.exceptions, "u1"), "kind"), "keep");
	CHECK_STR(json_text(json_map(c.drift, "u3"), "what"), "added");
	CHECK_INT(json_object_size(c.said), 2);
	CHECK_INT(json_array_size(c.owners_seen), 1);
	clear();
	read_class("s", "9A");
	CHECK_INT(json_object_size(c.exceptions) + json_object_size(c.drift), 0);
	CHECK_INT(json_object_size(c.said), 2);
	CHECK(!c.owners_seen);
	clear();
	rig_end();
}

TEST("a class is read as it was written, with its register and its learners")
{
	rig_begin(NULL);
	rig_ask(
	    "HSET " P
	    "class:s:8B name 8B year 2026 kind year team_id T1 web_url https://x status failed "
	    "note why total 0 team_asked_at 1760000000000 team_made_at 1760000000001 emptied_at 5 "
	    "team_asked_as 8b team_asked_mark m1");
	rig_ask("HSET " P
		"class:s:8B:register seq 7 text {\"id\":\"8B\",\"learners\":[{\"id\":\"L1\"}]}");
	rig_ask(
	    "HSET " P "class:s:8B:learners L1 {\"status\":\"synced\"} L2 {\"status\":\"pending\"}");
	rig_ask("HSET " P "school:s name S");
	read_class("s", "8B");
	CHECK(s.known);
	CHECK_STR(c.name, "8B");
	CHECK_STR(c.year, "2026");
	CHECK_STR(c.kind, "year");
	CHECK_STR(c.team_id, "T1");
	CHECK_STR(c.web_url, "https://x");
	CHECK_STR(c.status, "failed");
	CHECK_STR(c.note, "why");
	CHECK_INT(c.total, 0);
	CHECK_INT(c.team_asked_at, 1760000000000);
	CHECK_STR(c.team_asked_as, "8b");
	CHECK_STR(c.team_asked_mark, "m1");
	CHECK_INT(c.team_made_at, 1760000000001);
	CHECK_INT(c.emptied_at, 5);
	CHECK_INT(json_array_size(json_list(c.register_class, "learners")), 1);
	CHECK_INT(json_object_size(c.learners), 2);
	CHECK_STR(json_text(json_map(c.learners, "L2"), "status"), "pending");
	clear();
	CHECK(!c.id && !c.learners);
	rig_end();
}

TEST("a register that is no JSON counts as none")
{
	rig_begin(NULL);
	rig_ask("HSET " P "class:s:8B:register text {\"id\":");
	read_class("s", "8B");
	CHECK_INT(told.code, 0);
	CHECK(!c.register_class);
	clear();
	rig_end();
}

TEST("a record that cannot be read is told, and is not taken for an empty one")
{
	static const char *const keys[] = {
	    "school:s", "class:s:8B", "class:s:8B:register", "class:s:8B:learners"};
	rig_begin(NULL);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		rig_ask("SET " P "%s text", keys[i]);
		read_class("s", "8B");
		CHECK_INT(told.code, ERR_REFUSED);
		CHECK_HAS(told.text, "WRONGTYPE");
		clear();
		rig_ask("DEL " P "%s", keys[i]);
	}
	rig_end();
}

TEST("readings on one connection do not mix")
{
	char first[] = "first", second[] = "second";
	rig_begin(NULL);
	rig_ask("HSET " P "class:s:8A name first");
	rig_ask("HSET " P "class:s:8B name second");
	for (int i = 0; i < 3; i++) {
		records_read(rig.redis, P, "s", "8A", name_seen, first);
		records_read(rig.redis, P, "s", "8B", name_seen, second);
	}
	WAIT(answers == 6);
	CHECK_STR(rig_ask("PING"), "PONG");
	rig_end();
}

TEST("a connection that breaks is told once")
{
	rig_begin(NULL);
	rig_ask("PING");
	rig_kill();
	records_read(rig.redis, P, "s", "8B", seen, NULL);
	WAIT(!redis_is_up(rig.redis));
	clock_fake(clock_wall_ms(), clock_mono_ms());
	bool never = false;
	for (int i = 0; i < 30; i++) {
		clock_advance(1000);
		loop_run_until(rig.loop, &never, clock_mono_ms());
	}
	clock_real();
	CHECK_INT(answers, 1);
	CHECK(told.code == ERR_REACH || told.code == ERR_TIMEOUT);
	clear();
	rig_end();
}

TEST("while Redis is away a reading ends at its deadline, all parts of it together")
{
	rig_begin(NULL);
	rig_ask("PING");
	rig_kill();
	WAIT(!redis_is_up(rig.redis));
	for (int i = 0; i < 5; i++)
		records_read(rig.redis, P, "s", "8B", seen, NULL);
	clock_fake(clock_wall_ms(), clock_mono_ms());
	bool never = false;
	loop_run_until(rig.loop, &never, clock_mono_ms());
	CHECK_INT(answers, 0);
	clock_advance(10000);
	for (int i = 0; i < 40; i++)
		loop_run_until(rig.loop, &never, clock_mono_ms());
	clock_real();
	CHECK_INT(answers, 5);
	CHECK_INT(told.code, ERR_REACH);
	clear();
	rig_end();
}
