/* The connection to Redis, against a real one on a socket in the test's folder,
 * and against small pretenders for what a real one does too rarely. */
#include "redis.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "test.h"

static struct loop *loop;
static struct err e;

/* ---- a Redis of our own ---- */

static char *socket_url; /* unix://<folder>/redis.sock */
static char server_port[8];

static pid_t start_redis(const char *option, const char *value)
{
	pid_t pid = fork();
	if (pid == 0) {
		execlp("redis-server", "redis-server", "--unixsocket", "redis.sock", "--port",
		    server_port[0] ? server_port : "0", "--save", "", "--appendonly", "no",
		    "--bind", "127.0.0.1", "--loglevel", "warning", option, value, NULL);
		_exit(127);
	}
	CHECK(pid > 0);
	if (!socket_url) {
		char *folder = getcwd(NULL, 0);
		socket_url = xasprintf("unix://%s/redis.sock", folder);
		free(folder);
	}
	return pid;
}

static void end_redis(pid_t pid)
{
	CHECK_INT(kill(pid, SIGKILL), 0);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
}

static struct redis *connect_to(const char *url)
{
	if (!loop)
		loop = loop_new();
	struct redis *r = redis_open(loop, url, "test", &e);
	if (!r)
		FAIL("%s", e.text);
	return r;
}

static struct redis *start_and_connect(void)
{
	start_redis(NULL, NULL);
	return connect_to(socket_url);
}

/* ask gives the text of a reply, or "!" and the error; good until the next ask. */
static const char *ask(struct redis *r, const char *command)
{
	static char text[512];
	struct words w;
	words_init(&w);
	char *copy = xstrdup(command), *rest = copy, *word;
	while ((word = strsep(&rest, " ")))
		words_add(&w, word);
	struct reply *reply = redis_ask(r, &w, 4000, &e);
	if (!reply)
		snprintf(text, sizeof text, "!%s", e.text);
	else if (reply_kind(reply) == REPLY_NUMBER)
		snprintf(text, sizeof text, "%lld", (long long)reply_number(reply));
	else
		text_copy(
		    text, sizeof text, reply_text(reply, NULL) ? reply_text(reply, NULL) : "");
	reply_free(reply);
	words_clear(&w);
	free(copy);
	return text;
}

static void end(struct redis *r)
{
	redis_close(r);
	loop_free(loop);
	free(socket_url);
}

/* ---- answers that are written down ---- */

struct seen {
	int count, number;
	int code; /* of the last error, 0: a reply */
	char text[256];
	bool done;
};

static void see(void *ctx, const struct reply *r, const struct err *why)
{
	struct seen *s = ctx;
	static int number;
	s->count++;
	s->number = ++number;
	s->done = true;
	s->code = why ? why->code : 0;
	text_copy(s->text, sizeof s->text,
	    why			  ? why->text
	    : reply_text(r, NULL) ? reply_text(r, NULL)
				  : "");
}

static void wait_for(const bool *done)
{
	CHECK(loop_run_until(loop, done, clock_mono_ms() + 8000));
}

struct changes {
	bool up, down;
	int downs;
	int64_t at_ms;
	char why[384];
};

static void changed(void *ctx, bool up, const struct err *why)
{
	struct changes *c = ctx;
	*(up ? &c->up : &c->down) = true;
	c->at_ms = clock_mono_ms();
	c->downs += !up;
	if (why)
		text_copy(c->why, sizeof c->why, why->text);
}

/* ---- talking ---- */

TEST("a command is answered")
{
	struct redis *r = start_and_connect();
	CHECK_STR(ask(r, "SET key value"), "OK");
	CHECK_STR(ask(r, "GET key"), "value");
	CHECK_STR(ask(r, "INCR number"), "1");
	CHECK(redis_is_up(r));
	CHECK_INT(redis_down_since(r), 0);
	end(r);
}

TEST("a reply shows what it holds")
{
	struct redis *r = start_and_connect();
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
	end(r);
}

TEST("bytes go there and back as they are")
{
	struct redis *r = start_and_connect();
	static const char bytes[] = "a\0b\r\n$5\r\n%s\xff";
	size_t length;
	struct reply *a = redis_askf(r, 1000, &e, "SET k %b", bytes, sizeof bytes);
	CHECK_STR(reply_text(a, NULL), "OK");
	reply_free(a);
	a = redis_askf(r, 1000, &e, "GET k");
	const char *back = reply_text(a, &length);
	CHECK_INT(length, sizeof bytes);
	CHECK(memcmp(back, bytes, length) == 0);
	reply_free(a);
	end(r);
}

TEST("a value of 8 MB goes there and back")
{
	struct redis *r = start_and_connect();
	size_t size = 8 << 20, length;
	char *value = xmalloc(size);
	for (size_t i = 0; i < size; i++)
		value[i] = (char)(i * 7 + i / 4096);
	reply_free(redis_askf(r, 20000, &e, "SET k %b", value, size));
	struct reply *a = redis_askf(r, 20000, &e, "GET k");
	const char *back = reply_text(a, &length);
	CHECK_INT(length, size);
	CHECK(memcmp(back, value, size) == 0);
	reply_free(a);
	free(value);
	end(r);
}

TEST("an error reply is a reply, and an error for the one who asks and waits")
{
	struct redis *r = start_and_connect();
	struct seen s = {0};
	redis_sendf(r, 1000, see, &s, "INCR");
	CHECK_INT(s.count, 0);
	wait_for(&s.done);
	CHECK_INT(s.code, 0);
	CHECK_HAS(s.text, "wrong number of arguments");
	CHECK(redis_askf(r, 1000, &e, "INCR") == NULL);
	CHECK_INT(e.code, ERR_REFUSED);
	end(r);
}

static int64_t expected;

static void in_order(void *ctx, const struct reply *r, const struct err *why)
{
	bool *done = ctx;
	CHECK(why == NULL);
	CHECK_INT(reply_number(r), ++expected);
	*done = expected == 10000;
}

TEST("10,000 commands given at once are answered in order")
{
	struct redis *r = start_and_connect();
	bool done = false;
	for (int i = 0; i < 10000; i++)
		redis_sendf(r, 4000, in_order, &done, "INCR n");
	CHECK_INT(expected, 0);
	wait_for(&done);
	CHECK_STR(ask(r, "GET n"), "10000");
	end(r);
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
	wait_for(&n->third.done); /* that reply was read together with this one */
	CHECK_STR(ask(n->redis, "ECHO inside"), "inside");
	CHECK_INT(reply_number(r), 1);
	n->done = true;
}

TEST("a callback may ask and wait; the replies behind it are told meanwhile")
{
	struct nesting n = {.redis = start_and_connect()};
	struct seen second = {0};
	CHECK_STR(ask(n.redis, "PING"), "PONG");
	redis_sendf(n.redis, 4000, turns_the_loop, &n, "INCR n");
	redis_sendf(n.redis, 4000, see, &second, "INCR n");
	redis_sendf(n.redis, 4000, see, &n.third, "ECHO third");
	wait_for(&n.done);
	CHECK_INT(second.count, 1);
	CHECK_INT(n.third.count, 1);
	CHECK(second.number < n.third.number);
	end(n.redis);
}

TEST("a blocking command waits as long as its own timeout allows")
{
	struct redis *r = start_and_connect(), *other = connect_to(socket_url);
	struct seen s = {0};
	redis_sendf(r, 4000, see, &s, "BLMOVE from to LEFT RIGHT 0");
	CHECK_STR(ask(other, "PING"), "PONG");
	CHECK_INT(s.count, 0);
	CHECK_STR(ask(other, "RPUSH from job"), "1");
	wait_for(&s.done);
	CHECK_STR(s.text, "job");
	redis_close(other);
	end(r);
}

/* ---- who we are ---- */

TEST("user, password, database and name are said at the start")
{
	start_redis("--requirepass", "s3cret/@:");
	char *url = xasprintf("%s?db=3", socket_url);
	char *with_password =
	    xasprintf("unix://default:s3cret%%2F%%40%%3A@%s", url + strlen("unix://"));
	struct redis *r = connect_to(with_password);
	CHECK_HAS(ask(r, "CLIENT LIST"), " name=test ");
	CHECK_HAS(ask(r, "CLIENT LIST"), " db=3 ");
	free(url);
	free(with_password);
	end(r);
}

TEST("a refused password is told, and not shown")
{
	struct changes c = {0};
	start_redis("--requirepass", "right");
	char *url = xasprintf("unix://:wrongone@%s", socket_url + strlen("unix://"));
	struct redis *r = connect_to(url);
	redis_on_change(r, changed, &c);
	while (!strstr(c.why, "AUTH")) {
		c.down = false;
		wait_for(&c.down);
	}
	CHECK_HAS(c.why, "WRONGPASS");
	CHECK(strstr(c.why, "wrongone") == NULL);
	CHECK(!c.up);
	free(url);
	end(r);
}

TEST("a missing password is told")
{
	struct changes c = {0};
	start_redis("--requirepass", "right");
	struct redis *r = connect_to(socket_url);
	redis_on_change(r, changed, &c);
	while (!strstr(c.why, "NOAUTH")) {
		c.down = false;
		wait_for(&c.down);
	}
	end(r);
}

TEST("a Redis that turns us away is quoted")
{
	struct changes c = {0};
	start_redis("--maxclients", "1");
	struct redis *first = connect_to(socket_url);
	CHECK_STR(ask(first, "PING"), "PONG");
	struct redis *second = connect_to(socket_url);
	redis_on_change(second, changed, &c);
	wait_for(&c.down);
	CHECK_HAS(c.why, "max number of clients");
	redis_close(second);
	end(first);
}

/* ---- urls ---- */

TEST("a url that is off is refused with a word on how to write it")
{
	static const char *const table[][2] = {
	    {"localhost", "must begin with redis:// or unix://"},
	    {"", "must begin with redis:// or unix://"},
	    {"rediss://host", "no TLS"},
	    {"sentinel://a:26379,b:26379/main", "not supported"},
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
	loop = loop_new();
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
	};
	loop = loop_new();
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		redis_close(connect_to(table[i]));
	loop_free(loop);
}

/* ---- losing and finding it ---- */

/* free_port gives a port nobody listens on, as text. */
static void free_port(char text[8])
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_INT(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	CHECK_INT(getsockname(fd, (struct sockaddr *)&a, &length), 0);
	snprintf(text, 8, "%d", ntohs(a.sin_port));
	close(fd);
}

TEST("a refused connect is told at once, over TCP and on a socket")
{
	struct changes c = {0};
	char port[8];
	free_port(port);
	char *url = xasprintf("redis://127.0.0.1:%s", port);
	struct redis *r = connect_to(url);
	int64_t began_ms = clock_mono_ms();
	redis_on_change(r, changed, &c);
	CHECK(!c.down);
	wait_for(&c.down);
	CHECK(clock_mono_ms() - began_ms < 500);
	CHECK_HAS(c.why, "Connection refused");
	CHECK_HAS(c.why, port);
	CHECK(redis_down_since(r) > 0);
	redis_close(r);
	free(url);

	c = (struct changes){0};
	r = connect_to("unix:///nowhere/redis.sock");
	redis_on_change(r, changed, &c);
	wait_for(&c.down);
	CHECK_HAS(c.why, "No such file");
	end(r);
}

TEST("a command given while Redis is away waits until its deadline and no longer")
{
	struct seen s = {0};
	struct redis *r = connect_to("unix:///nowhere/redis.sock");
	int64_t began_ms = clock_mono_ms();
	redis_sendf(r, 300, see, &s, "PING");
	wait_for(&s.done);
	int64_t took_ms = clock_mono_ms() - began_ms;
	CHECK(took_ms >= 300 && took_ms < 1000);
	CHECK_INT(s.code, ERR_REACH);
	CHECK_HAS(s.text, "No such file");
	CHECK(redis_askf(r, 100, &e, "PING") == NULL);
	CHECK_INT(e.code, ERR_REACH);
	end(r);
}

TEST("commands given before Redis is there are sent in order when it comes")
{
	free_port(server_port);
	char *url = xasprintf("redis://localhost:%s", server_port);
	struct redis *r = connect_to(url);
	struct changes c = {0};
	bool done = false;
	redis_on_change(r, changed, &c);
	expected = 9990;
	redis_sendf(r, 4000, NULL, NULL, "SET n 9990");
	for (int i = 0; i < 10; i++)
		redis_sendf(r, 4000, in_order, &done, "INCR n");
	wait_for(&c.down);
	start_redis(NULL, NULL);
	wait_for(&done);
	free(url);
	end(r);
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
	timer_set(loop, &t->timer, 20, traffic_tick, t);
}

static void outage(int64_t length_ms)
{
	free_port(server_port);
	char *url = xasprintf("redis://127.0.0.1:%s", server_port);
	pid_t pid = start_redis(NULL, NULL);
	struct traffic t = {.redis = connect_to(url)};
	struct seen blocked = {0}, behind = {0};
	struct changes c = {0};
	bool never = false;

	redis_on_change(t.redis, changed, &c);
	CHECK_STR(ask(t.redis, "PING"), "PONG");
	redis_sendf(t.redis, 60000, see, &blocked, "BLPOP nothing 0");
	redis_sendf(t.redis, 60000, see, &behind, "PING");
	CHECK(!loop_run_until(loop, &never, clock_mono_ms()));
	end_redis(pid);
	wait_for(&behind.done);
	CHECK_INT(blocked.count, 1);
	CHECK_INT(blocked.code, ERR_REACH);
	CHECK_INT(behind.code, ERR_REACH);
	CHECK(blocked.number < behind.number);
	CHECK(c.down && !redis_is_up(t.redis));

	traffic_tick(&t);
	loop_run_until(loop, &never, clock_mono_ms() + length_ms);
	CHECK(!t.answered);
	start_redis(NULL, NULL);
	struct redis *other = connect_to(socket_url);
	ask(other, "PING"); /* now it answers, within 50 ms or so */
	int64_t back_ms = clock_mono_ms();
	wait_for(&t.answered);
	printf("answered %lld ms after Redis was back\n", (long long)(t.answered_ms - back_ms));
	CHECK(t.answered_ms - back_ms < 2000);
	timer_clear(loop, &t.timer);
	redis_close(other);
	free(url);
	end(t.redis);
}

TEST("after Redis was killed and started again, commands flow within 2 s")
{
	outage(100);
}

TEST_SLOW("after a longer outage, too")
{
	outage(6000);
}

TEST("a Redis that stopped answering costs the late command, then the connection")
{
	pid_t pid = start_redis(NULL, NULL);
	struct redis *r = connect_to(socket_url);
	struct seen early = {0}, late = {0}, waiting = {0};
	struct changes c = {0};
	CHECK_STR(ask(r, "PING"), "PONG");
	redis_on_change(r, changed, &c);
	kill(pid, SIGSTOP);
	redis_sendf(r, 3000, see, &early, "INCR a");
	redis_sendf(r, 200, see, &late, "INCR b");
	wait_for(&late.done);
	CHECK_INT(early.count, 1);
	CHECK_INT(early.code, ERR_REACH);
	CHECK_INT(late.code, ERR_TIMEOUT);
	CHECK_HAS(late.text, "no answer to INCR within 200 ms");
	CHECK_INT(c.downs, 1);

	redis_sendf(r, 4000, see, &waiting, "INCR c");
	kill(pid, SIGCONT);
	wait_for(&waiting.done);
	CHECK_INT(waiting.code, 0);
	CHECK(c.up);
	end(r);
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
	timer_set(loop, &b->timer, 2, book_some, b);
}

TEST_SLOW("whenever Redis dies, each command is answered once, and in order")
{
	free_port(server_port);
	char *url = xasprintf("redis://127.0.0.1:%s", server_port);
	struct books b = {.redis = connect_to(url)};
	struct changes c = {0};
	bool never = false;
	redis_on_change(b.redis, changed, &c);
	for (int round = 0; round < 10; round++) {
		pid_t pid = start_redis(NULL, NULL);
		c.up = false;
		wait_for(&c.up);
		b.last_number = 0;
		book_some(&b);
		loop_run_until(loop, &never, clock_mono_ms() + 7 * round);
		end_redis(pid);
		loop_run_until(loop, &never, clock_mono_ms() + 30);
		timer_clear(loop, &b.timer);
	}
	while (b.answered < b.sent)
		loop_run_until(loop, &never, clock_mono_ms() + 50);
	loop_run_until(loop, &never, clock_mono_ms() + 50);
	printf("%d sent, %d failed\n", b.sent, b.failed);
	CHECK_INT(b.answered, b.sent);
	CHECK(b.failed > 0 && b.failed < b.sent);
	free(url);
	end(b.redis);
}

TEST("a replica's refusal is handed on, and the connection made anew")
{
	struct redis *r = start_and_connect();
	struct seen s = {0};
	struct changes c = {0};
	char *id = xstrdup(ask(r, "CLIENT ID"));
	CHECK_STR(ask(r, "REPLICAOF 127.0.0.1 1"), "OK");
	redis_on_change(r, changed, &c);
	redis_sendf(r, 1000, see, &s, "SET key value");
	wait_for(&c.down);
	CHECK_INT(s.code, 0);
	CHECK_HAS(s.text, "READONLY");
	CHECK_HAS(c.why, "READONLY");
	wait_for(&c.up);
	CHECK(strcmp(ask(r, "CLIENT ID"), id) != 0);
	free(id);
	end(r);
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
		p->reading = loop_watch(loop, p->fd, pretender_read, p);
}

static char *pretend(struct pretender *p)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof a;
	loop = loop_new();
	p->listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	CHECK_INT(bind(p->listening, (struct sockaddr *)&a, sizeof a), 0);
	CHECK_INT(listen(p->listening, 5), 0);
	CHECK_INT(getsockname(p->listening, (struct sockaddr *)&a, &length), 0);
	p->accepting = loop_watch(loop, p->listening, pretender_accept, p);
	return xasprintf("redis://127.0.0.1:%d", ntohs(a.sin_port));
}

TEST("while Redis loads its data it is down, and asked again on the same connection")
{
	static const char *const answers[] = {"-LOADING Redis is loading the dataset in memory\r\n",
	    "-LOADING Redis is loading the dataset in memory\r\n",
	    "-LOADING Redis is loading the dataset in memory\r\n", "+PONG\r\n", NULL};
	struct pretender p = {.answers = answers};
	struct changes c = {0};
	char *url = pretend(&p);
	struct redis *r = connect_to(url);
	redis_on_change(r, changed, &c);
	wait_for(&c.down);
	CHECK_HAS(c.why, "LOADING");
	CHECK(!redis_is_up(r));
	wait_for(&c.up);
	CHECK_INT(p.connects, 1);
	CHECK_INT(c.downs, 1);
	free(url);
	end(r);
}

TEST("a peer that takes the connection and never answers is not taken for Redis")
{
	struct pretender p = {0};
	struct seen s = {0};
	struct changes c = {0};
	char *url = pretend(&p);
	struct redis *r = connect_to(url);
	redis_on_change(r, changed, &c);
	redis_sendf(r, 2500, see, &s, "PING");
	int64_t began_ms = clock_mono_ms();
	wait_for(&c.down);
	CHECK(c.at_ms - began_ms < 2500);
	CHECK_HAS(c.why, "no answer while greeting it");
	wait_for(&s.done);
	CHECK_INT(s.code, ERR_REACH);
	free(url);
	end(r);
}

TEST("a password is not shown even when the peer repeats it")
{
	static const char *const answers[] = {"+PONG\r\n", NULL};
	struct pretender p = {.answers = answers,
	    .auth = "-ERR unknown command 'AUTH', with args beginning with: 'hunter2' \r\n"};
	struct changes c = {0};
	char *url = pretend(&p);
	char *with_password = xasprintf("redis://:hunter2@%s", url + strlen("redis://"));
	struct redis *r = connect_to(with_password);
	redis_on_change(r, changed, &c);
	wait_for(&c.down);
	CHECK_HAS(c.why, "AUTH: refused");
	CHECK(strstr(c.why, "hunter2") == NULL);
	free(url);
	free(with_password);
	end(r);
}

TEST("a peer that speaks something else is told as such")
{
	static const char *const answers[] = {"HTTP/1.1 400 Bad Request\r\n\r\n", NULL};
	struct pretender p = {.answers = answers};
	struct changes c = {0};
	char *url = pretend(&p);
	struct redis *r = connect_to(url);
	redis_on_change(r, changed, &c);
	wait_for(&c.down);
	CHECK_HAS(c.why, "Protocol error");
	free(url);
	end(r);
}

/* ---- closing ---- */

struct closing {
	struct redis *redis;
	struct seen again;
	int count, code;
	bool closes, sends;
};

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
	struct redis *r = start_and_connect();
	struct closing flying = {.redis = r}, waiting = {.redis = r};
	bool never = false;
	CHECK_STR(ask(r, "PING"), "PONG");
	redis_sendf(r, 1000, last_words, &flying, "BLPOP nothing 0");
	loop_run_until(loop, &never, clock_mono_ms() + 20);
	redis_sendf(r, 1000, last_words, &waiting, "PING");
	redis_close(r);
	CHECK_INT(flying.count, 1);
	CHECK_INT(flying.code, ERR_REACH);
	CHECK_INT(waiting.count, 1);
	CHECK_INT(waiting.code, ERR_REACH);
	loop_free(loop);
	CHECK_INT(flying.count + waiting.count, 2);
	free(socket_url);
}

TEST("a command sent while closing is answered later, and not before it was sent")
{
	struct redis *r = start_and_connect();
	struct closing c = {.redis = r, .sends = true};
	redis_sendf(r, 1000, last_words, &c, "PING");
	redis_close(r);
	CHECK_INT(c.count, 1);
	CHECK_INT(c.again.count, 0);
	wait_for(&c.again.done);
	CHECK_INT(c.again.code, ERR_REACH);
	loop_free(loop);
	free(socket_url);
}

TEST("a callback may close the connection")
{
	struct redis *r = start_and_connect();
	struct closing c = {.redis = r, .closes = true}, behind = {.redis = r};
	redis_sendf(r, 1000, last_words, &c, "PING");
	redis_sendf(r, 1000, last_words, &behind, "PING");
	bool never = false;
	while (!c.count)
		loop_run_until(loop, &never, clock_mono_ms());
	CHECK_INT(c.code, 0);
	CHECK_INT(behind.count, 1);
	CHECK_INT(behind.code, ERR_REACH);
	loop_free(loop);
	free(socket_url);
}

TEST("a callback that is told of the loss may close the connection")
{
	pid_t pid = start_redis(NULL, NULL);
	struct redis *r = connect_to(socket_url);
	struct closing c = {.redis = r, .closes = true}, behind = {.redis = r};
	bool never = false;
	CHECK_STR(ask(r, "PING"), "PONG");
	redis_sendf(r, 1000, last_words, &c, "BLPOP nothing 0");
	redis_sendf(r, 1000, last_words, &behind, "PING");
	loop_run_until(loop, &never, clock_mono_ms());
	end_redis(pid);
	while (!c.count)
		loop_run_until(loop, &never, clock_mono_ms() + 100);
	CHECK_INT(behind.count, 1);
	CHECK_INT(behind.code, ERR_REACH);
	loop_free(loop);
	free(socket_url);
}
