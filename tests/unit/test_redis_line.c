/* The connection that comes back: who we are, what is told of a Redis that is away or is none. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "redis_seen.h"

/* ---- who we are ---- */

TEST("user, password, database and name are said at the start")
{
	struct err e;
	begin_with("--requirepass", "s3cret/@:");
	char *url =
	    xasprintf("unix://default:s3cret%%2F%%40%%3A@%s?db=3", rig.url + strlen("unix://"));
	struct redis *r = connect_to(url);
	struct reply *clients = redis_askf(r, 4000, &e, "CLIENT LIST");
	CHECK_HAS(reply_text(clients, NULL), " name=test ");
	CHECK_HAS(reply_text(clients, NULL), " db=3 ");
	reply_free(clients);
	redis_close(r);
	free(url);
	rig_end();
}

TEST("a refused password is told, and not shown")
{
	struct changes c = {0};
	begin_with("--requirepass", "right");
	char *url = xasprintf("unix://:wrongone@%s", rig.url + strlen("unix://"));
	struct redis *r = connect_to(url);
	redis_on_change(r, changed, &c);
	WAIT(strstr(c.why, "AUTH"));
	CHECK_HAS(c.why, "WRONGPASS");
	CHECK(strstr(c.why, "wrongone") == NULL);
	CHECK(!c.up);
	redis_close(r);
	free(url);
	rig_end();
}

TEST("a missing password is told")
{
	struct changes c = {0};
	begin_with("--requirepass", "right");
	redis_on_change(rig.redis, changed, &c);
	WAIT(strstr(c.why, "NOAUTH"));
	rig_end();
}

TEST("a Redis that turns us away is quoted")
{
	struct changes c = {0};
	begin_with("--maxclients", "1");
	CHECK_STR(rig_ask("PING"), "PONG");
	struct redis *second = connect_to(rig.url);
	redis_on_change(second, changed, &c);
	WAIT(c.down);
	CHECK_HAS(c.why, "max number of clients");
	redis_close(second);
	rig_end();
}

/* ---- losing and finding it ---- */

TEST("a refused connect is told at once, over TCP and on a socket")
{
	struct changes c = {0};
	char url[64];
	snprintf(url, sizeof url, "redis://127.0.0.1:%d", free_port());
	struct redis *r = begin_away(url);
	int64_t began_ms = clock_mono_ms();
	redis_on_change(r, changed, &c);
	CHECK(!c.down);
	WAIT(c.down);
	CHECK(clock_mono_ms() - began_ms < 500);
	CHECK_HAS(c.why, "Connection refused");
	CHECK_HAS(c.why, url + strlen("redis://"));
	CHECK(redis_down_since(r) > 0);
	redis_close(r);

	c = (struct changes){0};
	r = begin_away("unix:///nowhere/redis.sock");
	redis_on_change(r, changed, &c);
	WAIT(c.down);
	CHECK_HAS(c.why, "No such file");
	rig_end();
}

/* Sends INCR n every 20 ms, come what may, and notes when the first one is answered. */
struct traffic {
	struct redis *redis;
	struct timer timer;
	int64_t answered_ms;
	bool answered;
};

static void traffic_answered(void *ctx, const struct reply *r, const struct err *why)
{
	struct traffic *t = ctx;
	if (r && !why && !t->answered) {
		t->answered_ms = clock_mono_ms();
		t->answered = true;
	}
}

static void traffic_tick(void *ctx)
{
	struct traffic *t = ctx;
	redis_sendf(t->redis, 1000, traffic_answered, t, "INCR n");
	timer_set(rig.loop, &t->timer, 20, traffic_tick, t);
}

static void outage(int64_t length_ms)
{
	struct traffic t = {.redis = connect_to(begin_on_tcp("127.0.0.1"))};
	struct seen blocked = {0}, behind = {0};
	struct changes c = {0};
	struct err e;

	redis_on_change(t.redis, changed, &c);
	WAIT(c.up);
	c.down = false;
	redis_sendf(t.redis, 60000, see, &blocked, "BLPOP nothing 0");
	redis_sendf(t.redis, 60000, see, &behind, "PING");
	turn(0);
	rig_kill();
	WAIT(behind.done);
	CHECK_INT(blocked.count, 1);
	CHECK_INT(blocked.code, ERR_REACH);
	CHECK_INT(behind.code, ERR_REACH);
	CHECK(blocked.number < behind.number);
	CHECK(c.down && !redis_is_up(t.redis));

	traffic_tick(&t);
	turn(length_ms);
	CHECK(!t.answered);
	rig_server();
	struct redis *other = connect_to(rig.url); /* up as soon as Redis is, within 50 ms or so */
	reply_free(redis_askf(other, 4000, &e, "PING"));
	int64_t back_ms = clock_mono_ms();
	WAIT(t.answered);
	printf("answered %lld ms after Redis was back\n", (long long)(t.answered_ms - back_ms));
	CHECK(t.answered_ms - back_ms < 2000);
	timer_clear(rig.loop, &t.timer);
	redis_close(other);
	redis_close(t.redis);
	rig_end();
}

TEST("after Redis was killed and started again, commands flow within 2 s")
{
	outage(100);
}

TEST_SLOW("after a longer outage, too")
{
	outage(6000);
}

TEST("of several hosts the first that serves is used, and the others are not complained of")
{
	struct changes c = {0};
	struct err e;
	char url[128];
	const char *host = begin_on_tcp("127.0.0.1") + strlen("redis://");
	snprintf(url, sizeof url, "redis://127.0.0.1:%d,%s,127.0.0.1:%d", free_port(), host,
	    free_port());
	CHECK_STR(rig_ask("PING"), "PONG"); /* it is there */
	struct redis *r = connect_to(url);
	redis_on_change(r, changed, &c);
	reply_free(redis_askf(r, 4000, &e, "PING"));
	CHECK(c.up);
	CHECK_INT(c.downs, 0);
	rig_kill();
	WAIT(strstr(c.why, "refused"));
	CHECK_INT(c.downs, 2);	 /* the loss, then all three in vain */
	NEVER(c.downs > 2, 600); /* the same reason is not told again */
	rig_server();
	c.up = false;
	WAIT(c.up);
	redis_close(r);
	rig_end();
}

/* ---- pretenders ---- */

struct pretender {
	int listening, fd, pings, connects;
	struct watch *accepting, *reading;
	const char *const *answers; /* to each PING in turn, the last one for ever */
	const char *auth;	    /* the answer to AUTH */
};

static void pretender_read(void *ctx)
{
	struct pretender *p = ctx;
	char text[4096];
	ssize_t size = read(p->fd, text, sizeof text - 1);
	if (size <= 0) {
		loop_unwatch(p->reading);
		p->reading = NULL;
		close(p->fd);
		return;
	}
	text[size] = '\0';
	for (const char *at = text; (at = strchr(at, '*')); at++) {
		const char *answer = "+OK\r\n";
		if (strncmp(at, "*1\r\n$4\r\nPING", 12) == 0) {
			answer = p->answers[p->pings++];
			if (!p->answers[p->pings])
				p->pings--;
		} else if (p->auth && strstr(at, "AUTH")) {
			answer = p->auth;
		}
		CHECK(write(p->fd, answer, strlen(answer)) == (ssize_t)strlen(answer));
	}
}

static void pretender_accept(void *ctx)
{
	struct pretender *p = ctx;
	p->fd = accept(p->listening, NULL, NULL);
	p->connects++;
	if (p->answers)
		p->reading = loop_watch(rig.loop, p->fd, pretender_read, p);
}

/* begin_pretender connects to it; user is "" or what stands before the host in the url. */
static struct redis *begin_pretender(struct pretender *p, const char *user, struct changes *c)
{
	int port;
	char url[64];
	rig.loop = loop_new();
	p->listening = loopback_listen(&port);
	p->accepting = loop_watch(rig.loop, p->listening, pretender_accept, p);
	snprintf(url, sizeof url, "redis://%s127.0.0.1:%d", user, port);
	begin_away(url);
	redis_on_change(rig.redis, changed, c);
	return rig.redis;
}

TEST("while Redis loads its data it is down, and asked again on the same connection")
{
	static const char *const answers[] = {"-LOADING Redis is loading the dataset in memory\r\n",
	    "-LOADING Redis is loading the dataset in memory\r\n",
	    "-LOADING Redis is loading the dataset in memory\r\n", "+PONG\r\n", NULL};
	struct pretender p = {.answers = answers};
	struct changes c = {0};
	struct redis *r = begin_pretender(&p, "", &c);
	WAIT(c.down);
	CHECK_HAS(c.why, "LOADING");
	CHECK(!redis_is_up(r));
	WAIT(c.up);
	CHECK_INT(p.connects, 1);
	CHECK_INT(c.downs, 1);
	rig_end();
}

/* Somebody who shuts the door again, and notes when it was knocked at. */
static int knocks;
static int64_t longest_ms, last_ms;

static void shut(void *ctx)
{
	const struct pretender *p = ctx;
	int64_t now = clock_mono_ms();
	close(accept(p->listening, NULL, NULL));
	longest_ms = knocks++ && now - last_ms > longest_ms ? now - last_ms : longest_ms;
	last_ms = now;
}

TEST("however long Redis has been away, half a second does not pass without a try")
{
	enum { STEP_MS = 5, MINUTES_2 = 120000 };
	static const bool never;
	struct pretender p = {0};
	struct changes c = {0};
	begin_pretender(&p, "", &c);
	loop_unwatch(p.accepting);
	loop_watch(rig.loop, p.listening, shut, &p);
	clock_fake(1000000, clock_mono_ms());
	for (int64_t ms = 0; ms < MINUTES_2; ms += STEP_MS) {
		clock_advance(STEP_MS);
		for (int i = 0; i < 6; i++)
			loop_run_until(rig.loop, &never, clock_mono_ms());
	}
	printf("%d tries, %lld ms apart at most\n", knocks, (long long)longest_ms);
	CHECK(longest_ms <= 500 + 4 * STEP_MS);
	CHECK(knocks > MINUTES_2 / 520 && knocks < MINUTES_2 / 250); /* nobody is besieged */
	clock_real();
	rig_end();
}

TEST("a peer that takes the connection and never answers is not taken for Redis")
{
	struct pretender p = {0};
	struct seen s = {0};
	struct changes c = {0};
	struct redis *r = begin_pretender(&p, "", &c);
	redis_sendf(r, 2500, see, &s, "PING");
	int64_t began_ms = clock_mono_ms();
	WAIT(c.down);
	CHECK(c.at_ms - began_ms < 2500);
	CHECK_HAS(c.why, "no answer while greeting it");
	WAIT(s.done);
	CHECK_INT(s.code, ERR_REACH);
	rig_end();
}

TEST("a password is not shown even when the peer repeats it")
{
	static const char *const answers[] = {"+PONG\r\n", NULL};
	struct pretender p = {.answers = answers,
	    .auth = "-ERR unknown command 'AUTH', with args beginning with: 'hunter2' \r\n"};
	struct changes c = {0};
	begin_pretender(&p, ":hunter2@", &c);
	WAIT(c.down);
	CHECK_HAS(c.why, "AUTH: refused");
	CHECK(strstr(c.why, "hunter2") == NULL);
	rig_end();
}

TEST("a peer that speaks something else is told as such")
{
	static const char *const answers[] = {"HTTP/1.1 400 Bad Request\r\n\r\n", NULL};
	struct pretender p = {.answers = answers};
	struct changes c = {0};
	begin_pretender(&p, "", &c);
	WAIT(c.down);
	CHECK_HAS(c.why, "Protocol error");
	rig_end();
}
