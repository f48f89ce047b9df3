/* Reading what Redis answered. */
#include "redis_int.h"
#include "redis_seen.h"

/* from_wire gives the reply that those bytes are. */
static struct reply *from_wire(const char *bytes)
{
	void *raw = NULL;
	redisReader *reader = redisReaderCreate();
	CHECK_INT(redisReaderFeed(reader, bytes, strlen(bytes)), REDIS_OK);
	CHECK_INT(redisReaderGetReply(reader, &raw), REDIS_OK);
	CHECK(raw != NULL);
	redisReaderFree(reader);
	return reply_of(raw);
}

TEST("a reply shows what it holds")
{
	struct redis *r = begin();
	struct err e;
	struct reply *a =
	    redis_askf(r, 1000, &e, "HSET job:%s state done added %d", "j 1", (int64_t)31);
	CHECK_INT(reply_number(a), 2);
	CHECK(reply_text(a, NULL) == NULL);
	reply_free(a);
	a = redis_askf(r, 1000, &e, "HGETALL job:%s", "j 1");
	CHECK_INT(reply_kind(a), REPLY_LIST);
	CHECK_INT(reply_count(a), 4);
	CHECK_STR(reply_field_text(a, "state"), "done");
	CHECK_INT(reply_number(reply_field(a, "added")), 31);
	CHECK(reply_field_text(a, "done") == NULL);
	CHECK_INT(reply_kind(reply_at(a, 4)), REPLY_NIL);
	reply_free(a);
	a = redis_askf(r, 1000, &e, "GET none");
	CHECK_INT(reply_kind(a), REPLY_NIL);
	CHECK_INT(reply_number(a), 0);
	CHECK_INT(reply_count(a), 0);
	reply_free(a);
	rig_end();
}

TEST("the kind of a reply is what its first byte says")
{
	static const struct {
		const char *bytes;
		enum reply_kind kind;
	} table[] = {
	    {"+OK\r\n", REPLY_TEXT},
	    {"$2\r\nab\r\n", REPLY_TEXT},
	    {"$0\r\n\r\n", REPLY_TEXT},
	    {"$-1\r\n", REPLY_NIL},
	    {":7\r\n", REPLY_NUMBER},
	    {"-ERR off\r\n", REPLY_ERROR},
	    {"*0\r\n", REPLY_LIST},
	};
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct reply *r = from_wire(table[i].bytes);
		CHECK_INT(reply_kind(r), table[i].kind);
		reply_free(r);
	}
	CHECK_INT(reply_kind(NULL), REPLY_NIL);
}

TEST("decimal text is a number, too, but only as a whole")
{
	static const struct {
		const char *bytes;
		int64_t number;
	} table[] = {
	    {":-5\r\n", -5},
	    {"$19\r\n9223372036854775807\r\n", INT64_MAX},
	    {"$20\r\n-9223372036854775808\r\n", INT64_MIN},
	    {"$19\r\n9223372036854775808\r\n", 0},
	    {"$3\r\n12x\r\n", 0},
	    {"$0\r\n\r\n", 0},
	    {"-12\r\n", 0},
	    {"*1\r\n:12\r\n", 0},
	};
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct reply *r = from_wire(table[i].bytes);
		CHECK_INT(reply_number(r), table[i].number);
		reply_free(r);
	}
}

TEST("an error begins with its word, and no other reply begins with an error")
{
	struct reply *r = from_wire("-READONLY You can't write\r\n");
	CHECK(reply_begins((const redisReply *)(void *)r, "READONLY"));
	CHECK(!reply_begins((const redisReply *)(void *)r, "READONLY You can't write to it"));
	CHECK(!reply_begins((const redisReply *)(void *)r, "LOADING"));
	CHECK_STR(reply_text(r, NULL), "READONLY You can't write");
	reply_free(r);
	r = from_wire("+READONLY\r\n");
	CHECK(!reply_begins((const redisReply *)(void *)r, "READONLY"));
	reply_free(r);
}

TEST("a field is found by its whole name, among the names only")
{
	struct reply *r = from_wire("*7\r\n$5\r\nstate\r\n$5\r\nadded\r\n$5\r\nadded\r\n:3\r\n"
				    "$3\r\na b\r\n$1\r\nx\r\n$3\r\nodd\r\n");
	CHECK_STR(reply_field_text(r, "state"), "added");
	CHECK_INT(reply_number(reply_field(r, "added")), 3);
	CHECK(reply_field_text(r, "add") == NULL);
	CHECK(reply_field_text(r, "a") == NULL);
	CHECK(reply_field_text(r, "odd") == NULL);
	reply_free(r);
}

TEST("a list in a list is read like any other")
{
	struct reply *r = from_wire("*2\r\n*2\r\n:1\r\n$1\r\nb\r\n$-1\r\n");
	CHECK_INT(reply_count(reply_at(r, 0)), 2);
	CHECK_STR(reply_text(reply_at(reply_at(r, 0), 1), NULL), "b");
	CHECK_INT(reply_kind(reply_at(r, 1)), REPLY_NIL);
	CHECK_INT(reply_count(reply_at(r, 1)), 0);
	reply_free(r);
}
