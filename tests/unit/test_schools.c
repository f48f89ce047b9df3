/* What is remembered of a school, and what an empty or odd record means. */
#include <stdlib.h>

#include "records.h"
#include "redis_rig.h"

static struct school s;
static bool answered;

static void seen(void *ctx, struct school *school, struct class_record *c, const struct err *e)
{
	(void)ctx;
	CHECK(!e);
	s = *school;
	class_record_clear(c);
	answered = true;
}

static void read_school(const char *id)
{
	answered = false;
	records_read(rig.redis, P, id, "8B", seen, NULL);
	CHECK(!answered);
	WAIT(answered);
}

TEST("a school's key carries its id")
{
	char *key = records_school_key("green hill");
	CHECK_STR(key, "school:green hill");
	free(key);
}

TEST("a school is read as it was written")
{
	rig_begin(NULL);
	rig_ask(
	    "HSET " P "school:green-hill name Green tenant_id t-1 auth app domain green.example "
	    "current_year 2026 enabled 1");
	read_school("green-hill");
	CHECK_STR(s.id, "green-hill");
	CHECK_STR(s.name, "Green");
	CHECK_STR(s.tenant_id, "t-1");
	CHECK_STR(s.auth, "app");
	CHECK_STR(s.domain, "green.example");
	CHECK_STR(s.current_year, "2026");
	CHECK(s.known && s.enabled);
	school_clear(&s);
	CHECK(!s.id && !s.known);
	rig_end();
}

TEST("every field of a school's record is among its settings, as text")
{
	rig_begin(NULL);
	rig_ask("HSET " P "school:green-hill name Green night nightly grace_days 7");
	read_school("green-hill");
	CHECK_STR(json_text(s.settings, "night"), "nightly");
	CHECK_STR(json_text(s.settings, "grace_days"), "7");
	CHECK(!json_text(s.settings, "night_at"));
	school_clear(&s);
	read_school("nobody");
	CHECK(json_is_object(s.settings) && json_object_size(s.settings) == 0);
	school_clear(&s);
	rig_end();
}

TEST("a school that nobody entered is not known, and has no NULL in it")
{
	rig_begin(NULL);
	read_school("nobody");
	CHECK(!s.known);
	CHECK_STR(s.id, "nobody");
	CHECK_STR(s.name, "");
	CHECK_STR(s.tenant_id, "");
	CHECK_STR(s.auth, "");
	CHECK_STR(s.domain, "");
	CHECK_STR(s.current_year, "");
	school_clear(&s);
	rig_end();
}

TEST("a school is enabled unless its record says no, in any spelling")
{
	static const struct {
		const char *says;
		bool enabled;
	} cases[] = {{"1", true}, {"true", true}, {"yes", true}, {"", true}, {"maybe", true},
	    {"0", false}, {"false", false}, {"no", false}, {"False", false}, {"FALSE", false},
	    {"No", false}};
	rig_begin(NULL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		rig_ask("HSET " P "school:s enabled %s", cases[i].says);
		read_school("s");
		if (s.enabled != cases[i].enabled)
			FAIL("enabled = \"%s\" is taken for %d", cases[i].says, s.enabled);
		school_clear(&s);
	}
	rig_end();
}
