/* What admission keeps of a class: its register, and whose class it is. */
#include <stdio.h>
#include <stdlib.h>

#include "worker_rig.h"

/* A register job of class 8B, with these members of its class object; through when it returns. */
static void say(const char *id, const char *class, const char *members)
{
	char *text = xasprintf("{\"v\":1,\"id\":\"%s\",\"type\":\"register\",\"school\":\"s\","
			       "\"class\":{\"id\":\"%s\"%s}}",
	    id, class, members);
	rig_raw(text, strlen(text));
	free(text);
	WAIT(rig_held(a, id));
	rig_done(a, id);
	WAIT(rig_is(id, "done"));
}

#define TAUGHT_BY(...) ",\"teachers\":[" __VA_ARGS__ "]"
#define NOBODY	       ",\"teachers\":[]"

static int is_of(const char *staff, const char *class)
{
	return (int)rig_number("SISMEMBER " P "teaches:s:%s %s", staff, class);
}

TEST("a teacher finds the classes of which the register last said that they are theirs")
{
	begin(1);
	rig_ask("HSET " P "school:s name S");
	say("j1", "8B", TAUGHT_BY("{\"id\":\"t1\"},{\"id\":\"t2\"}") ",\"learners\":[]");
	say("j2", "9A", TAUGHT_BY("{\"id\":\"t1\"}"));
	CHECK_INT(is_of("t1", "8B") + is_of("t1", "9A") + is_of("t2", "8B"), 3);
	say("j3", "8B", TAUGHT_BY("{\"id\":\"t3\"},{\"id\":\"t2\"}"));
	CHECK_INT(is_of("t1", "8B"), 0);
	CHECK_INT(is_of("t1", "9A") + is_of("t2", "8B") + is_of("t3", "8B"), 3);
	CHECK_STR(rig_ask("HGET " P "class:s:8B:register teachers"), "[\"t3\",\"t2\"]");
	end();
}

TEST("what says nothing of teachers leaves them as they are, an empty list takes them away")
{
	begin(1);
	rig_ask("HSET " P "school:s name S");
	say("j1", "8B", TAUGHT_BY("{\"id\":\"t1\"}") ",\"learners\":[{\"id\":\"L1\"}]");
	say("j2", "8B", ",\"learners\":[{\"id\":\"L1\"},{\"id\":\"L2\"}]");
	CHECK_INT(is_of("t1", "8B"), 1);
	CHECK_INT(rig_number("HGET " P "class:s:8B:register count"), 2);
	say("j3", "8B", NOBODY);
	CHECK_INT(rig_number("EXISTS " P "teaches:s:t1"), 0);
	CHECK_INT(rig_number("HGET " P "class:s:8B:register count"), 2);
	end();
}

TEST("a school's classes are known by its register")
{
	begin(1);
	rig_ask("HSET " P "school:s name S");
	say("j1", "8B", ",\"name\":\"8B\"");
	say("j2", "9A", ",\"name\":\"9A\"");
	CHECK_INT(rig_number("SCARD " P "classes:s"), 2);
	end();
}
