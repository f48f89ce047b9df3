/* Where Redis is, from one line of text. */
#include "redis_int.h"
#include "test.h"

TEST("a url that is off is refused with a word on how to write it")
{
	static const char *const table[][2] = {
	    {"localhost", "must begin with redis://"},
	    {"", "must begin with redis://"},
	    {"sentinel://a:26379,b:26379", "sentinel://host:port,host:port/name"},
	    {"sentinel://a:26379,b:26379/", "sentinel://host:port,host:port/name"},
	    {"sentinel://a:26379/main/1", "sentinel://host:port,host:port/name"},
	    {"sentinel:///main", "host is missing"},
	    {"sentinel://a,,b/main", "host is missing"},
	    {"sentinel://a:26379,b:0/main", "port must be 1 to 65535"},
	    {"sentinel://:hunter2@a/ma%in", "%25"},
	    {"redis://a,", "host is missing"},
	    {"redis://1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17", "at most 16 hosts"},
	    {"redis://", "host is missing"},
	    {"redis://:6379", "host is missing"},
	    {"redis://host:0", "port must be 1 to 65535"},
	    {"redis://host:65536", "port must be 1 to 65535"},
	    {"redis://host:", "port must be 1 to 65535"},
	    {"redis://host:63a", "port must be 1 to 65535"},
	    {"redis://[::1", "without \"]\""},
	    {"redis://[::1]6379", "port must be 1 to 65535"},
	    {"redis://host/x", "database must be 0 to"},
	    {"redis://host/1/2", "database must be 0 to"},
	    {"redis://host?timeout=3", "db=NUMBER"},
	    {"redis://host?db=", "db=NUMBER"},
	    {"redis://host?ca_file=/ca.pem", "db=NUMBER"},
	    {"redis://hunter2@host", "USER:PASSWORD@"},
	    {"redis://:hunter2%@host", "%25"},
	    {"redis://:hunter2%zz@host", "%25"},
	    {"redis://:hunter2%00@host", "%25"},
	    {"redis://:hunter2@host:port", "port must be"},
	    {"unix://", "unix:///path"},
	    {"unix://relative/path", "unix:///path"},
	    {"unix:///path?db=-1", "database must be"},
	    {"unix://:hunter2@/path?x=1", "db=NUMBER"},
	};
	struct loop *loop = loop_new();
	struct err e;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (redis_open(loop, table[i][0], NULL, &e))
			FAIL("%s is taken", table[i][0]);
		CHECK_INT(e.code, ERR_USAGE);
		CHECK_HAS(e.text, table[i][1]);
		CHECK(strstr(e.text, "hunter2") == NULL);
	}
	loop_free(loop);
}

TEST("every good form of url is taken")
{
	static const char *const table[] = {
	    "redis://127.0.0.1",
	    "redis://127.0.0.1/",
	    "redis://127.0.0.1:1/15",
	    "redis://[::1]:1/0",
	    "redis://:p@127.0.0.1",
	    "redis://u:p@127.0.0.1:1/2",
	    "redis://u:p%40%3A@127.0.0.1?db=4",
	    "unix:///r.sock",
	    "unix:///r.sock?db=0",
	    "unix://u:p@/r.sock",
	    "redis://127.0.0.1:1,127.0.0.1:2/0",
	    "sentinel://127.0.0.1:1,127.0.0.1:2/main",
	    "sentinel://u:p@127.0.0.1:1/main?db=2",
	};
	struct loop *loop = loop_new();
	struct err e;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct redis *r = redis_open(loop, table[i], "test", &e);
		if (!r)
			FAIL("%s: %s", table[i], e.text);
		redis_close(r);
	}
	loop_free(loop);
}

static struct redis_url read_well(const char *text)
{
	struct redis_url u;
	struct err e;
	if (redis_url_read(&u, text, &e) < 0)
		FAIL("%s: %s", text, e.text);
	return u;
}

TEST("a url over TCP gives host, port, database and who we are")
{
	struct redis_url u = read_well("redis://worker:s3cret@redis.example:6380/5");
	CHECK_STR(u.places[0].host, "redis.example");
	CHECK_INT(u.places[0].port, 6380);
	CHECK_INT(u.db, 5);
	CHECK_STR(u.user, "worker");
	CHECK_STR(u.password, "s3cret");
	CHECK(u.path == NULL);
	redis_url_clear(&u);
	CHECK(u.place_count == 0 && u.password == NULL);
}

TEST("what a url leaves out is port 6379, database 0 and nobody")
{
	struct redis_url u = read_well("redis://redis.example");
	CHECK_INT(u.places[0].port, 6379);
	CHECK_INT(u.db, 0);
	CHECK(u.user == NULL && u.password == NULL);
	redis_url_clear(&u);

	u = read_well("redis://:s3cret@redis.example/");
	CHECK(u.user == NULL);
	CHECK_STR(u.password, "s3cret");
	CHECK_INT(u.db, 0);
	redis_url_clear(&u);
}

TEST("a numeric address of IPv6 is written in brackets and read without")
{
	struct redis_url u = read_well("redis://[2001:db8::1]:6380");
	CHECK_STR(u.places[0].host, "2001:db8::1");
	CHECK_INT(u.places[0].port, 6380);
	CHECK_STR(u.place, "redis [2001:db8::1]:6380");
	redis_url_clear(&u);
}

TEST("a url of a socket gives its path, with a database behind the question mark")
{
	struct redis_url u = read_well("unix://worker:s3cret@/run/redis%20one.sock?db=3");
	CHECK_STR(u.path, "/run/redis one.sock");
	CHECK(u.place_count == 0);
	CHECK_INT(u.db, 3);
	CHECK_STR(u.user, "worker");
	CHECK_STR(u.password, "s3cret");
	redis_url_clear(&u);
}

TEST("the place that people are shown has neither user nor password")
{
	struct redis_url u = read_well("redis://worker:s3cret@redis.example/5");
	CHECK_STR(u.place, "redis redis.example:6379");
	redis_url_clear(&u);
	u = read_well("unix://worker:s3cret@/run/redis.sock");
	CHECK_STR(u.place, "redis /run/redis.sock");
	redis_url_clear(&u);
}

TEST("any byte of a password can be written as % and two digits")
{
	struct redis_url u = read_well("redis://a%3ab:%40%2F%3a%25%fF%01@redis.example");
	CHECK_STR(u.user, "a:b");
	CHECK_STR(u.password, "@/:%\xff\x01");
	CHECK_STR(u.places[0].host, "redis.example");
	redis_url_clear(&u);
}

TEST("several hosts are separated by commas, each with its own port")
{
	struct redis_url u = read_well("redis://a:1,[::1],c:3/2");
	CHECK_INT(u.place_count, 3);
	CHECK_STR(u.places[1].host, "::1");
	CHECK_INT(u.places[1].port, 6379);
	CHECK_INT(u.places[2].port, 3);
	CHECK_INT(u.db, 2);
	CHECK_STR(u.place, "redis a:1,[::1]:6379,c:3");
	redis_url_clear(&u);
}

TEST("a url of Sentinels gives them, the master's name and a database")
{
	struct redis_url u = read_well("sentinel://worker:s3cret@a,b:26380/the%20main?db=3");
	CHECK_STR(u.master, "the main");
	CHECK_INT(u.place_count, 2);
	CHECK_INT(u.places[0].port, 26379);
	CHECK_INT(u.places[1].port, 26380);
	CHECK_STR(u.user, "worker");
	CHECK_INT(u.db, 3);
	CHECK_STR(u.place, "redis the main of sentinel a:26379,b:26380");
	redis_url_clear(&u);
}

TEST("TLS is refused with the remedy where this build has none, and else a CA is read")
{
	struct redis_url u;
	struct err e;
	int rc = redis_url_read(&u, "rediss://:hunter2@host?ca_file=/nowhere/ca.pem&db=1", &e);
	CHECK_INT(rc, ERR_USAGE);
	CHECK_HAS(e.text, tls_is_there() ? "/nowhere/ca.pem" : "no TLS: use redis:// through");
	CHECK(strstr(e.text, "hunter2") == NULL);
	if (!tls_is_there())
		return;
	u = read_well("rediss://host/1");
	CHECK(u.is_tls && u.tls);
	CHECK_INT(u.places[0].port, 6379);
	redis_url_clear(&u);
}
