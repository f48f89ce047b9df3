/* What becomes of a connection: renewed, refused, sealed anew, and by whom kept alive. */
#include <stdlib.h>

#include "connections.h"
#include "library.h"
#include "redis_rig.h"

#define KEY P "connection:green-hill:staff-1"

static const char name[] = "green-hill:staff-1", number[] = "0011223344556677";
static int answers;
static bool last_done;
static struct err last_error;
static char *taken;

static void done(void *ctx, bool is_done, const struct err *e)
{
	(void)ctx;
	last_done = is_done;
	last_error = e ? *e : (struct err){0};
	answers++;
}

static void take(void *ctx, const struct reply *names, const struct err *e)
{
	(void)ctx;
	CHECK(!e);
	struct buf b;
	buf_init(&b, 0);
	for (size_t i = 0; i < reply_count(names); i++)
		buf_addf(&b, "%s%s", i ? "," : "", reply_text(reply_at(names, i), NULL));
	free(taken);
	taken = b.length ? buf_take(&b) : xstrdup("");
	answers++;
}

static void load(void)
{
	struct words w;
	struct err e;
	words_init(&w);
	words_add(&w, "FUNCTION");
	words_add(&w, "LOAD");
	words_add(&w, library_code);
	struct reply *r = redis_ask(rig.redis, &w, 4000, &e);
	if (!r)
		FAIL("%s", e.text);
	reply_free(r);
	words_clear(&w);
	CHECK(*LIBRARY_BUILD);
}

static void begin(void)
{
	rig_begin(NULL);
	load();
	rig_ask(
	    "HSET " KEY " state connected link %s sealed k1.one refreshed_at 7 email n@s", number);
	rig_ask("ZADD " P "connections 7 %s", name);
}

static bool said(void)
{
	int before = answers;
	WAIT(answers > before);
	CHECK_INT(last_error.code, 0);
	return last_done;
}

static const char *field(const char *f)
{
	return rig_ask("HGET " KEY " %s", f);
}

TEST("a token that came in place of the last one is stored, and kept for a month")
{
	begin();
	int64_t now = clock_wall_ms();
	connection_renew(rig.redis, P, name, number, "k1.two", done, NULL);
	CHECK(said());
	CHECK_STR(field("sealed"), "k1.two");
	CHECK(rig_number("HGET " KEY " refreshed_at") >= now - 1000);
	CHECK(rig_number("ZSCORE " P "connections %s", name) >= now - 1000 + CONNECTION_KEEP_MS);
	CHECK_STR(field("state"), "connected");
	rig_end();
}

TEST("a token of an earlier linking is not stored")
{
	begin();
	connection_renew(rig.redis, P, name, "8899aabbccddeeff", "k1.two", done, NULL);
	CHECK(!said());
	CHECK_STR(field("sealed"), "k1.one");
	CHECK_STR(field("refreshed_at"), "7");
	rig_end();
}

TEST("after disconnecting a token that was under way brings nothing back")
{
	begin();
	rig_ask("DEL " KEY);
	connection_renew(rig.redis, P, name, number, "k1.two", done, NULL);
	CHECK(!said());
	connection_break(rig.redis, P, name, number, "k1.one", "revoked", done, NULL);
	CHECK(!said());
	connection_reseal(rig.redis, P, name, "k1.one", "k2.one", done, NULL);
	CHECK(!said());
	CHECK_INT(rig_number("EXISTS " KEY), 0);
	rig_end();
}

TEST("a refused token is erased, and the connection has to be linked again")
{
	begin();
	connection_break(rig.redis, P, name, number, "k1.one", "revoked", done, NULL);
	CHECK(said());
	CHECK_STR(field("state"), "relink");
	CHECK_STR(field("reason"), "revoked");
	CHECK_STR(field("email"), "n@s");
	CHECK_INT(rig_number("HEXISTS " KEY " sealed"), 0);
	CHECK_INT(rig_number("ZCARD " P "connections"), 0);
	CHECK_INT(rig_number("ZCARD " P "connections:relink"), 1);
	connection_renew(rig.redis, P, name, number, "k1.two", done, NULL);
	CHECK(!said());
	rig_end();
}

TEST("a refusal of a token that was replaced meanwhile breaks nothing")
{
	begin();
	connection_renew(rig.redis, P, name, number, "k1.two", done, NULL);
	CHECK(said());
	connection_break(rig.redis, P, name, number, "k1.one", "revoked", done, NULL);
	CHECK(!said());
	connection_break(rig.redis, P, name, "8899aabbccddeeff", "k1.two", "revoked", done, NULL);
	CHECK(!said());
	CHECK_STR(field("state"), "connected");
	CHECK_STR(field("sealed"), "k1.two");
	rig_end();
}

TEST("sealing anew changes the token that was read, and no newer one")
{
	begin();
	connection_reseal(rig.redis, P, name, "k1.one", "k2.one", done, NULL);
	CHECK(said());
	connection_reseal(rig.redis, P, name, "k1.one", "k3.one", done, NULL);
	CHECK(!said());
	CHECK_STR(field("sealed"), "k2.one");
	CHECK_STR(field("refreshed_at"), "7");
	rig_end();
}

static const char *take_now(int most)
{
	int before = answers;
	connections_take(rig.redis, P, most, take, NULL);
	WAIT(answers > before);
	return taken;
}

TEST("a token that is due is given to one, and to another only when an hour brought nothing")
{
	begin();
	rig_ask("ZADD " P "connections 9 a:b %lld later:c", (long long)(clock_wall_ms() + 60000));
	CHECK_STR(take_now(1), "green-hill:staff-1");
	CHECK_STR(take_now(5), "a:b");
	CHECK_STR(take_now(5), "");
	int64_t again = rig_number("ZSCORE " P "connections a:b") - clock_wall_ms();
	CHECK(again > CONNECTION_AGAIN_MS - 10000 && again <= CONNECTION_AGAIN_MS + 10000);
	free(taken);
	rig_end();
}
