/* What a school lets stand: what makes an exception, how long it holds, and how it is kept. */
#include <stdlib.h>

#include "exceptions.h"
#include "redis_rig.h"

static int answers;
static struct err told;
static char found[400];

static void read_back(void *ctx, const json_t *all, const struct err *e)
{
	(void)ctx;
	char *text = all ? json_write(all) : xstrdup("none");
	text_copy(found, sizeof found, text);
	told = e ? *e : (struct err){0};
	free(text);
	answers++;
}

static void written(void *ctx, const struct reply *r, const struct err *e)
{
	(void)ctx;
	(void)r;
	told = e ? *e : (struct err){0};
	answers++;
}

static json_t *exception(const char *kind, const char *until)
{
	return json_pack("{s:s s:s}", "kind", kind, "until", until);
}

static bool holds(const char *kind, const char *until, const char *today)
{
	json_t *x = exception(kind, until);
	bool yes = exception_holds(x, today);
	json_decref(x);
	return yes;
}

TEST("keep and accept hold for good, until before its day, and nothing else at all")
{
	CHECK(holds("keep", "", "2026-03-01"));
	CHECK(holds("accept", "", "2026-03-01"));
	CHECK(holds("until", "2026-03-02", "2026-03-01"));
	CHECK(!holds("until", "2026-03-01", "2026-03-01"));
	CHECK(!holds("until", "", "2026-03-01"));
	CHECK(!holds("until", "9", "2026-03-01"));
	CHECK(!holds("forever", "", "2026-03-01"));
	CHECK(!exception_holds(NULL, "2026-03-01"));
}

TEST("an exception is checked, and what is wrong is named")
{
	struct err e;
	CHECK_INT(exception_check("keep", "", &e), 0);
	CHECK_INT(exception_check("accept", "", &e), 0);
	CHECK_INT(exception_check("until", "2026-12-01", &e), 0);
	CHECK_INT(exception_check("until", "1 December", &e), ERR_INPUT);
	CHECK_HAS(e.text, "2026-12-01");
	CHECK_INT(exception_check("maybe", "", &e), ERR_INPUT);
	CHECK_HAS(e.text, "\"maybe\"");
}

TEST("an exception is written with its entry in the history, read back, and dropped with another")
{
	rig_begin(NULL);
	struct exception x = {"u1", "until", "2026-12-01", "staff-1", "Nomsa \"N\" Dlamini", 17};
	exception_set(rig.redis, P, "s", "8B", &x, 1000, written, NULL);
	CHECK_INT(answers, 0);
	WAIT(answers == 1);
	CHECK_INT(told.code, 0);
	exceptions_read(rig.redis, P, "s", "8B", read_back, NULL);
	WAIT(answers == 2);
	CHECK_STR(found, "{\"u1\":{\"kind\":\"until\",\"until\":\"2026-12-01\",\"by\":\"staff-1\","
			 "\"at\":17,\"name\":\"Nomsa \\\"N\\\" Dlamini\"}}");
	exception_drop(rig.redis, P, "s", "8B", &x, 1000, written, NULL);
	WAIT(answers == 3);
	exceptions_read(rig.redis, P, "s", "8B", read_back, NULL);
	WAIT(answers == 4);
	CHECK_STR(found, "{}");
	CHECK_INT(rig_number("XLEN " P "history:s"), 2);
	rig_end();
}

TEST("a class has no more exceptions than are looked through in no time; known ones may change")
{
	rig_begin(NULL);
	for (int i = 0; i < EXCEPTIONS_MAX; i++)
		rig_ask("HSET " P "exceptions:s:8B u%d {}", i);
	struct exception x = {"new", "keep", "", "staff-1", "", 17};
	exception_set(rig.redis, P, "s", "8B", &x, 1000, written, NULL);
	WAIT(answers == 1);
	CHECK_INT(told.code, ERR_LIMIT);
	x.user_id = "u7";
	exception_set(rig.redis, P, "s", "8B", &x, 1000, written, NULL);
	WAIT(answers == 2);
	CHECK_INT(told.code, 0);
	CHECK_INT(rig_number("HLEN " P "exceptions:s:8B"), EXCEPTIONS_MAX);
	CHECK_INT(rig_number("XLEN " P "history:s"), 1);
	rig_end();
}

TEST("what is no object in such a hash is passed over, and a key of another kind is an error")
{
	rig_begin(NULL);
	rig_ask("HSET " P "drift:s:8B u1 {\"what\":\"added\"} u2 nonsense u3 []");
	drift_read(rig.redis, P, "s", "8B", read_back, NULL);
	WAIT(answers == 1);
	CHECK_STR(found, "{\"u1\":{\"what\":\"added\"}}");
	rig_ask("SET " P "exceptions:s:8B x");
	exceptions_read(rig.redis, P, "s", "8B", read_back, NULL);
	WAIT(answers == 2);
	CHECK_STR(found, "none");
	CHECK_INT(told.code, ERR_REFUSED);
	rig_end();
}
