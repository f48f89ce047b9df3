/* Commands on their way to Redis and back: each is answered once, and in order. */
#include "redis.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "redis_seen.h"

/* ---- answers ---- */

TEST("a command is answered")
{
	struct redis *r = begin();
	CHECK_STR(rig_ask("SET key value"), "OK");
	CHECK_STR(rig_ask("GET key"), "value");
	CHECK_STR(rig_ask("INCR number"), "1");
	CHECK(redis_is_up(r));
	CHECK_INT(redis_down_since(r), 0);
	rig_end();
}

TEST("an error reply is a reply, and an error for the one who asks and waits")
{
	struct redis *r = begin();
	struct seen s = {0};
	struct err e;
	redis_sendf(r, 1000, see, &s, "INCR");
	CHECK_INT(s.count, 0);
	WAIT(s.done);
	CHECK_INT(s.code, 0);
	CHECK_HAS(s.text, "wrong number of arguments");
	CHECK(redis_askf(r, 1000, &e, "INCR") == NULL);
	CHECK_INT(e.code, ERR_REFUSED);
	rig_end();
}

static int64_t told_last;

static void in_order(void *ctx, const struct reply *r, const struct err *why)
{
	(void)ctx;
	CHECK(why == NULL);
	CHECK_INT(reply_number(r), ++told_last);
}

TEST("10,000 commands given at once are answered in order")
{
	struct redis *r = begin();
	for (int i = 0; i < 10000; i++)
		redis_sendf(r, 4000, in_order, NULL, "INCR n");
	CHECK_INT(told_last, 0);
	WAIT(told_last == 10000);
	CHECK_STR(rig_ask("GET n"), "10000");
	rig_end();
}

struct nesting {
	struct redis *redis;
	struct seen third;
	bool done;
};

static void turns_the_loop(void *ctx, const struct reply *r, const struct err *why)
{
	struct nesting *n = ctx;
	CHECK(why == NULL && reply_number(r) == 1);
	WAIT(n->third.done); /* that reply was read together with this one */
	CHECK_STR(rig_ask("ECHO inside"), "inside");
	CHECK_INT(reply_number(r), 1);
	n->done = true;
}

TEST("a callback may ask and wait; the replies behind it are told meanwhile")
{
	struct nesting n = {.redis = begin()};
	struct seen second = {0};
	CHECK_STR(rig_ask("PING"), "PONG");
	redis_sendf(n.redis, 4000, turns_the_loop, &n, "INCR n");
	redis_sendf(n.redis, 4000, see, &second, "INCR n");
	redis_sendf(n.redis, 4000, see, &n.third, "ECHO third");
	WAIT(n.done);
	CHECK_INT(second.count, 1);
	CHECK_INT(n.third.count, 1);
	CHECK(second.number < n.third.number);
	rig_end();
}

TEST("a blocking command waits as long as its own timeout allows")
{
	begin();
	struct redis *r = connect_to(rig.url);
	struct seen s = {0};
	WAIT(redis_is_up(r));
	redis_sendf(r, 4000, see, &s, "BLMOVE from to LEFT RIGHT 0");
	CHECK_STR(rig_ask("PING"), "PONG");
	CHECK_INT(s.count, 0);
	CHECK_STR(rig_ask("RPUSH from job"), "1");
	WAIT(s.done);
	CHECK_STR(s.text, "job");
	redis_close(r);
	rig_end();
}

/* ---- while it is away ---- */

TEST("a command given while Redis is away waits until its deadline and no longer")
{
	struct seen s = {0};
	struct err e;
	struct redis *r = begin_away("unix:///nowhere/redis.sock");
	int64_t began_ms = clock_mono_ms();
	redis_sendf(r, 300, see, &s, "PING");
	WAIT(s.done);
	int64_t took_ms = clock_mono_ms() - began_ms;
	CHECK(took_ms >= 300 && took_ms < 1000);
	CHECK_INT(s.code, ERR_REACH);
	CHECK_HAS(s.text, "No such file");
	CHECK(redis_askf(r, 100, &e, "PING") == NULL);
	CHECK_INT(e.code, ERR_REACH);
	rig_end();
}

TEST("commands given before Redis is there are sent in order when it comes")
{
	const char *url = begin_on_tcp("localhost");
	struct changes c = {0};
	rig_kill();
	struct redis *r = connect_to(url);
	redis_on_change(r, changed, &c);
	told_last = 9990;
	redis_sendf(r, 4000, NULL, NULL, "SET n 9990");
	for (int i = 0; i < 10; i++)
		redis_sendf(r, 4000, in_order, NULL, "INCR n");
	WAIT(c.down);
	rig_server();
	WAIT(told_last == 10000);
	redis_close(r);
	rig_end();
}

TEST("a Redis that stopped answering costs the late command, then the connection")
{
	struct redis *r = begin();
	struct seen early = {0}, late = {0}, waiting = {0};
	struct changes c = {0};
	CHECK_STR(rig_ask("PING"), "PONG");
	redis_on_change(r, changed, &c);
	kill(rig.server, SIGSTOP);
	redis_sendf(r, 3000, see, &early, "INCR a");
	redis_sendf(r, 200, see, &late, "INCR b");
	WAIT(late.done);
	CHECK_INT(early.count, 1);
	CHECK_INT(early.code, ERR_REACH);
	CHECK_INT(late.code, ERR_TIMEOUT);
	CHECK_HAS(late.text, "no answer to INCR within 200 ms");
	CHECK_INT(c.downs, 1);

	redis_sendf(r, 4000, see, &waiting, "INCR c");
	kill(rig.server, SIGCONT);
	WAIT(waiting.done);
	CHECK_INT(waiting.code, 0);
	CHECK(c.up);
	rig_end();
}

/* books counts what was sent and what became of it. */
struct books {
	struct redis *redis;
	struct timer timer;
	int sent, answered, failed;
	int64_t last_number;
};

static void book(void *ctx, const struct reply *r, const struct err *why)
{
	struct books *b = ctx;
	b->answered++;
	b->failed += why != NULL;
	if (r) {
		CHECK(reply_number(r) > b->last_number);
		b->last_number = reply_number(r);
	}
}

static void book_some(void *ctx)
{
	struct books *b = ctx;
	for (int i = 0; i < 50; i++, b->sent++)
		redis_sendf(b->redis, 50 + i * 10, book, b, "INCR n");
	timer_set(rig.loop, &b->timer, 2, book_some, b);
}

TEST_SLOW("whenever Redis dies, each command is answered once, and in order")
{
	struct books b = {.redis = connect_to(begin_on_tcp("127.0.0.1"))};
	struct changes c = {0};
	redis_on_change(b.redis, changed, &c);
	for (int round = 0; round < 10; round++) {
		if (round > 0)
			rig_server();
		c.up = false;
		b.last_number = 0;
		WAIT(c.up);
		book_some(&b);
		turn(7 * round);
		rig_kill();
		turn(30);
		timer_clear(rig.loop, &b.timer);
	}
	while (b.answered < b.sent)
		turn(50);
	turn(50);
	printf("%d sent, %d failed\n", b.sent, b.failed);
	CHECK_INT(b.answered, b.sent);
	CHECK(b.failed > 0 && b.failed < b.sent);
	redis_close(b.redis);
	rig_end();
}

TEST("a replica's refusal is handed on, and the connection made anew")
{
	struct redis *r = begin();
	struct seen s = {0};
	struct changes c = {0};
	char *id = xstrdup(rig_ask("CLIENT ID"));
	CHECK_STR(rig_ask("REPLICAOF 127.0.0.1 1"), "OK");
	redis_on_change(r, changed, &c);
	redis_sendf(r, 1000, see, &s, "SET key value");
	WAIT(c.down);
	CHECK_INT(s.code, 0);
	CHECK_HAS(s.text, "READONLY");
	CHECK_HAS(c.why, "READONLY");
	WAIT(c.up);
	CHECK(strcmp(rig_ask("CLIENT ID"), id) != 0);
	free(id);
	rig_end();
}

/* ---- listening ---- */

/* heard is what a channel said, and when each came. */
struct heard {
	struct redis *redis;
	int count;
	char last[64];
	bool closes;
};

static void hear(void *ctx, const struct reply *message)
{
	struct heard *h = ctx;
	h->count++;
	CHECK_STR(reply_text(reply_at(message, 0), NULL), "message");
	const struct reply *said = reply_at(message, 2);
	const char *text =
	    reply_text(reply_kind(said) == REPLY_LIST ? reply_at(said, 0) : said, NULL);
	text_copy(h->last, sizeof h->last, text ? text : "");
	if (h->closes)
		redis_close(h->redis);
}

static struct redis *listen_to(const char *channel, struct heard *h)
{
	struct seen s = {0};
	struct redis *r = connect_to(rig.url);
	h->redis = r;
	redis_on_push(r, hear, h);
	redis_sendf(r, 4000, see, &s, "SUBSCRIBE %s", channel);
	WAIT(s.done);
	CHECK_INT(s.code, 0);
	return r;
}

TEST("messages of a channel are told apart from answers, in whatever order they come")
{
	begin();
	struct heard h = {0};
	struct redis *r = listen_to("news", &h);
	for (int i = 1; i <= 100; i++) {
		struct seen pong = {0};
		redis_sendf(r, 4000, see, &pong, "PING");
		CHECK_STR(rig_ask("PUBLISH news %d", i), "1");
		redis_sendf(r, 4000, NULL, NULL, "PING");
		WAIT(pong.done && h.count == i);
		CHECK_INT(pong.code, 0);
	}
	CHECK_STR(h.last, "100");
	CHECK(redis_is_up(r));
	redis_close(r);
	rig_end();
}

TEST("who listens is told of a key that somebody else's connection has read")
{
	struct redis *reader = begin();
	struct heard h = {0};
	struct redis *r = listen_to("__redis__:invalidate", &h);
	CHECK(redis_client_id(r) > 0 && redis_client_id(r) != redis_client_id(reader));
	CHECK(!redis_is_cluster(r));
	CHECK_STR(rig_ask("CLIENT TRACKING ON REDIRECT %lld", (long long)redis_client_id(r)), "OK");
	CHECK_STR(rig_ask("GET key"), "");
	CHECK_STR(rig_ask("SET key value"), "OK");
	WAIT(h.count == 1);
	CHECK_STR(h.last, "key");
	redis_close(r);
	rig_end();
}

TEST("a listener whose Redis died hears again once it has subscribed anew")
{
	begin();
	struct heard h = {0};
	struct changes c = {0};
	struct redis *r = listen_to("news", &h);
	redis_on_change(r, changed, &c);
	rig_kill();
	WAIT(c.down);
	CHECK_INT(redis_client_id(r), 0);
	rig_server();
	struct seen s = {0};
	redis_sendf(r, 4000, see, &s, "SUBSCRIBE news");
	WAIT(s.done);
	CHECK_STR(rig_ask("PUBLISH news again"), "1");
	WAIT(h.count == 1);
	CHECK_STR(h.last, "again");
	redis_close(r);
	rig_end();
}

TEST("a listener that is asked and does not answer is lost within the deadline")
{
	begin();
	struct heard h = {0};
	struct changes c = {0};
	struct redis *r = listen_to("news", &h);
	redis_on_change(r, changed, &c);
	int64_t began_ms = clock_mono_ms();
	kill(rig.server, SIGSTOP);
	redis_sendf(r, 200, NULL, NULL, "PING");
	WAIT(c.down);
	CHECK(clock_mono_ms() - began_ms < 1000);
	CHECK_HAS(c.why, "no answer to PING");
	kill(rig.server, SIGCONT);
	redis_close(r);
	rig_end();
}

TEST("whoever hears may close the connection")
{
	begin();
	struct heard h = {.closes = true};
	(void)listen_to("news", &h);
	redis_sendf(rig.redis, 4000, NULL, NULL, "PUBLISH news 1"); /* both in one write */
	redis_sendf(rig.redis, 4000, NULL, NULL, "PUBLISH news 2");
	WAIT(h.count > 0);
	turn(20);
	CHECK_INT(h.count, 1);
	rig_end();
}

/* ---- closing ---- */

struct closing {
	struct redis *redis;
	struct seen again;
	int count, code;
	bool closes, sends;
};

/* begin_second gives a connection that the test closes itself. */
static struct redis *begin_second(void)
{
	begin();
	return connect_to(rig.url);
}

TEST("a connection that is given up answers what was in flight, and a new one is made")
{
	struct redis *r = begin();
	struct seen s = {0}, next = {0};
	struct changes c = {0};
	int64_t old = rig_number("CLIENT ID");
	redis_on_change(r, changed, &c);
	redis_sendf(r, 5000, see, &s, "BLPOP nothing 0");
	turn(0);
	redis_redial(r);
	CHECK_INT(s.count, 1);
	CHECK_INT(s.code, ERR_REACH);
	CHECK(c.down && !redis_is_up(r));
	redis_redial(r); /* there is nothing to give up */
	redis_sendf(r, 4000, see, &next, "PING");
	WAIT(next.done);
	CHECK_STR(next.text, "PONG");
	CHECK(rig_number("CLIENT ID") > old);
	CHECK_INT(c.downs, 1);
	rig_end();
}

static void last_words(void *ctx, const struct reply *r, const struct err *why)
{
	struct closing *c = ctx;
	(void)r;
	c->count++;
	c->code = why ? why->code : 0;
	if (c->sends)
		redis_sendf(c->redis, 1000, see, &c->again, "PING");
	if (c->closes)
		redis_close(c->redis);
	c->closes = c->sends = false;
}

TEST("closing answers what is in flight and what waits, once each")
{
	struct redis *r = begin_second();
	struct closing flying = {.redis = r}, waiting = {.redis = r};
	WAIT(redis_is_up(r));
	redis_sendf(r, 1000, last_words, &flying, "BLPOP nothing 0");
	turn(20);
	redis_sendf(r, 1000, last_words, &waiting, "PING");
	redis_close(r);
	CHECK_INT(flying.count, 1);
	CHECK_INT(flying.code, ERR_REACH);
	CHECK_INT(waiting.count, 1);
	CHECK_INT(waiting.code, ERR_REACH);
	rig_end();
	CHECK_INT(flying.count + waiting.count, 2);
}

TEST("a command sent while closing is answered later, and not before it was sent")
{
	struct redis *r = begin_second();
	struct closing c = {.redis = r, .sends = true};
	redis_sendf(r, 1000, last_words, &c, "PING");
	redis_close(r);
	CHECK_INT(c.count, 1);
	CHECK_INT(c.again.count, 0);
	WAIT(c.again.done);
	CHECK_INT(c.again.code, ERR_REACH);
	rig_end();
}

TEST("a callback may close the connection")
{
	struct redis *r = begin_second();
	struct closing c = {.redis = r, .closes = true}, behind = {.redis = r};
	redis_sendf(r, 1000, last_words, &c, "PING");
	redis_sendf(r, 1000, last_words, &behind, "PING");
	while (!c.count)
		turn(0);
	CHECK_INT(c.code, 0);
	CHECK_INT(behind.count, 1);
	CHECK_INT(behind.code, ERR_REACH);
	rig_end();
}

TEST("a callback that is told of the loss may close the connection")
{
	struct redis *r = begin_second();
	struct closing c = {.redis = r, .closes = true}, behind = {.redis = r};
	WAIT(redis_is_up(r));
	redis_sendf(r, 1000, last_words, &c, "BLPOP nothing 0");
	redis_sendf(r, 1000, last_words, &behind, "PING");
	turn(0);
	rig_kill();
	while (!c.count)
		turn(100);
	CHECK_INT(behind.count, 1);
	CHECK_INT(behind.code, ERR_REACH);
	rig_end();
}
