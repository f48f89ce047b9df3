/* The HTTP server, seen through bare sockets: every byte of the answer counts. */
#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "test.h"

static struct loop *loop;
static struct server *server;
static struct err e;
static const bool never;

/* ---- the server's side ---- */

enum { HELD_MAX = 200 };
static struct exchange *held[HELD_MAX];
static int held_count, asked, gone_count;

static void gone(void *ctx)
{
	(void)ctx;
	gone_count++;
}

static const char *or_none(const char *text)
{
	return text ? text : "none";
}

static void serve(void *ctx, struct exchange *x)
{
	const char *path = exchange_path(x);
	size_t length;
	(void)ctx;
	asked++;
	if (strcmp(path, "/hold") == 0) {
		CHECK(held_count < HELD_MAX);
		held[held_count++] = x;
		exchange_on_gone(x, gone, NULL);
	} else if (strcmp(path, "/cut") == 0) {
		exchange_cut(x);
	} else if (strcmp(path, "/part") == 0) {
		exchange_answer_part(x, 200, "0123456789", 10, 4);
	} else if (strcmp(path, "/no-part") == 0) {
		exchange_answer_part(x, 200, "0123456789", 10, 0);
	} else if (strcmp(path, "/empty") == 0) {
		exchange_answer(x, 204, NULL, 0);
	} else {
		const char *body = exchange_body(x, &length);
		char *text = xasprintf("%s|%s|%s|a=%s|b=%s|$c=%s|%s|%s|%zu:%s", exchange_method(x),
		    path, exchange_target(x), or_none(exchange_query(x, "a")),
		    or_none(exchange_query(x, "b")), or_none(exchange_query(x, "$c")),
		    or_none(exchange_header(x, "x-mine")), exchange_peer(x), length, body);
		exchange_set_header(x, "X-Yours", "yes");
		exchange_answer(x, 200, text, strlen(text));
		free(text);
	}
}

static void begin_as(const struct server_options *given)
{
	struct server_options o = *given;
	o.address = "127.0.0.1:0";
	o.connections_max = 500;
	o.body_max = 1000;
	loop = loop_new();
	server = server_open(loop, &o, serve, NULL, &e);
	if (!server)
		FAIL("%s", e.text);
}

static void begin_with(int idle_timeout_s)
{
	begin_as(&(struct server_options){.idle_timeout_s = idle_timeout_s});
}

static void begin(void)
{
	begin_with(0);
}

static void end(void)
{
	server_close(server);
	loop_free(loop);
}

/* ---- the client's side ---- */

struct client {
	int fd;
	struct watch *watch;
	char text[65536];
	size_t length;
	bool closed;
};

static void client_read(void *ctx)
{
	struct client *c = ctx;
	ssize_t size = read(c->fd, c->text + c->length, sizeof c->text - c->length - 1);
	if (size <= 0) {
		loop_unwatch(c->watch);
		c->watch = NULL;
		c->closed = true;
		return;
	}
	c->length += (size_t)size;
	c->text[c->length] = '\0';
}

static struct client *client_new(void)
{
	struct client *c = xcalloc(1, sizeof *c);
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	    .sin_port = htons((uint16_t)server_port(server))};
	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_INT(connect(c->fd, (struct sockaddr *)&a, sizeof a), 0);
	c->watch = loop_watch(loop, c->fd, client_read, c);
	return c;
}

static void say(struct client *c, const char *text)
{
	CHECK(write(c->fd, text, strlen(text)) == (ssize_t)strlen(text));
}

static void client_free(struct client *c)
{
	loop_unwatch(c->watch);
	close(c->fd);
	free(c);
}

/* hear waits until the answer ends with these words. */
static void hear(struct client *c, const char *ending)
{
	size_t length = strlen(ending);
	int64_t deadline_ms = clock_mono_ms() + 3000;
	while (c->length < length || strcmp(c->text + c->length - length, ending) != 0) {
		if (c->closed || clock_mono_ms() > deadline_ms)
			FAIL("heard \"%s\", not \"%s\"", c->text, ending);
		loop_run_until(loop, &c->closed, clock_mono_ms() + 20);
	}
}

static void hear_end(struct client *c)
{
	CHECK(loop_run_until(loop, &c->closed, clock_mono_ms() + 3000));
}

static void wait_for_held(int count)
{
	int64_t deadline_ms = clock_mono_ms() + 3000;
	while (held_count < count && clock_mono_ms() < deadline_ms)
		loop_run_until(loop, &never, clock_mono_ms() + 20);
	CHECK_INT(held_count, count);
}

/* ---- requests ---- */

#define HEAD " HTTP/1.1\r\nHost: h\r\n"

TEST("path and parameters arrive decoded, the target as it came")
{
	begin();
	struct client *c = client_new();
	say(c, "GET /a%20b/%C3%A9?a=1+2%2B&b&$c=x%27y" HEAD "X-Mine: m\r\n\r\n");
	hear(c,
	    "GET|/a b/\303\251|/a%20b/%C3%A9?a=1+2%2B&b&$c=x%27y|a=1 2+|b=|$c=x'y|m|127.0.0.1|0:");
	CHECK_HAS(c->text, "HTTP/1.1 200 OK\r\n");
	CHECK_HAS(c->text, "X-Yours: yes\r\n");
	client_free(c);
	end();
}

TEST("what was not given is not there")
{
	begin();
	struct client *c = client_new();
	say(c, "GET /" HEAD "\r\n");
	hear(c, "GET|/|/|a=none|b=none|$c=none|none|127.0.0.1|0:");
	client_free(c);
	end();
}

TEST("a body arrives whole, sent in pieces or in chunks")
{
	begin();
	struct client *c = client_new();
	say(c, "POST /x" HEAD "Content-Length: 10\r\n\r\n01234");
	loop_run_until(loop, &never, clock_mono_ms() + 20);
	CHECK_INT(asked, 0);
	say(c, "56789");
	hear(c, "|10:0123456789");
	say(c,
	    "PATCH /x" HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
	hear(c, "|7:abcdefg");
	client_free(c);
	end();
}

TEST("one connection carries many requests, also when they come at once")
{
	begin();
	struct client *c = client_new();
	say(c, "GET /1" HEAD "\r\nGET /2" HEAD "\r\nPOST /3" HEAD
	       "Content-Length: 2\r\n\r\nhiGET /4" HEAD "\r\n");
	hear(c, "GET|/4|/4|a=none|b=none|$c=none|none|127.0.0.1|0:");
	const char *first = strstr(c->text, "GET|/1|"), *second = strstr(c->text, "GET|/2|");
	const char *third = strstr(c->text, "POST|/3|");
	CHECK(first && second && third && first < second && second < third);
	CHECK_INT(asked, 4);
	client_free(c);
	end();
}

TEST("a body that is too long is refused with 413, announced or not")
{
	begin();
	struct client *c = client_new();
	say(c, "POST /x" HEAD "Content-Length: 1001\r\n\r\n");
	hear_end(c);
	CHECK_HAS(c->text, "HTTP/1.1 413 ");
	client_free(c);

	c = client_new();
	say(c, "POST /x" HEAD "Content-Length: 99999999999999999999999\r\n\r\n");
	hear_end(c);
	CHECK(strstr(c->text, "HTTP/1.1 4") == c->text);
	client_free(c);

	c = client_new();
	say(c, "POST /x" HEAD "Transfer-Encoding: chunked\r\n\r\n3e9\r\n");
	char body[1002];
	memset(body, 'b', 1001);
	body[1001] = '\0';
	say(c, body);
	say(c, "\r\n0\r\n\r\n");
	hear_end(c);
	CHECK_HAS(c->text, "HTTP/1.1 413 ");
	client_free(c);
	CHECK_INT(asked, 0);

	c = client_new();
	body[1000] = '\0';
	say(c, "POST /x" HEAD "Content-Length: 1000\r\n\r\n");
	say(c, body);
	hear(c, body);
	client_free(c);
	end();
}

static size_t room_at_long(void *ctx, const struct exchange *x)
{
	(void)ctx;
	return strcmp(exchange_path(x), "/long") == 0 ? 2000 : 1000;
}

TEST("a request that its owner gives more room may be longer, and no other")
{
	begin_as(&(struct server_options){.body_max_of = room_at_long, .request_timeout_s = 30});
	char body[2002];
	memset(body, 'b', 2001);
	body[2000] = '\0';
	struct client *c = client_new();
	say(c, "POST /long" HEAD "Content-Length: 2000\r\n\r\n");
	say(c, body);
	hear(c, body);
	client_free(c);
	asked = 0;
	c = client_new();
	say(c, "POST /long" HEAD "Content-Length: 2001\r\n\r\n");
	hear_end(c);
	CHECK_HAS(c->text, "HTTP/1.1 413 ");
	client_free(c);
	c = client_new();
	say(c, "POST /x" HEAD "Content-Length: 1001\r\n\r\n");
	hear_end(c);
	CHECK_HAS(c->text, "HTTP/1.1 413 ");
	client_free(c);
	CHECK_INT(asked, 0);
	end();
}

TEST("a body without an end is cut off")
{
	begin();
	struct client *c = client_new();
	char piece[65536 + 16];
	int length = snprintf(piece, sizeof piece, "10000\r\n%065536d\r\n", 0);
	say(c, "POST /x" HEAD "Transfer-Encoding: chunked\r\n\r\n");
	for (int i = 0; i < 1000 && !c->closed; i++) {
		if (send(c->fd, piece, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			loop_run_until(loop, &c->closed, clock_mono_ms() + 5);
	}
	CHECK(c->closed);
	CHECK_INT(asked, 0);
	client_free(c);
	end();
}

TEST("what is no request is refused and reaches nobody")
{
	begin();
	struct client *c = client_new();
	say(c, "HELLO\r\n\r\n");
	hear_end(c);
	client_free(c);
	c = client_new();
	say(c, "GET / HTTP/1.1\r\n\r\n"); /* no Host */
	hear_end(c);
	CHECK_HAS(c->text, " 400 ");
	client_free(c);
	c = client_new();
	say(c, "GET /half HTTP/1.1\r\nHo");
	loop_run_until(loop, &never, clock_mono_ms() + 20);
	client_free(c);
	loop_run_until(loop, &never, clock_mono_ms() + 20);
	CHECK_INT(asked, 0);
	end();
}

/* ---- answers ---- */

TEST("an answer without a body has none, and HEAD gets only the headers")
{
	begin();
	struct client *c = client_new();
	say(c, "GET /empty" HEAD "\r\n");
	hear(c, "\r\n\r\n");
	CHECK_HAS(c->text, "HTTP/1.1 204 No Content\r\n");
	c->length = 0;
	say(c, "HEAD /x" HEAD "\r\n");
	hear(c, "\r\n\r\n");
	CHECK_HAS(c->text, "Content-Length: ");
	client_free(c);
	end();
}

TEST("an exchange may be answered later, by anyone, in any order")
{
	struct client *c[HELD_MAX];
	begin();
	for (int i = 0; i < HELD_MAX; i++) {
		char text[64];
		c[i] = client_new();
		snprintf(text, sizeof text, "GET /hold?a=%d" HEAD "\r\n", i);
		say(c[i], text);
	}
	wait_for_held(HELD_MAX);
	for (int i = HELD_MAX - 1; i >= 0; i--) {
		const char *number = exchange_query(held[i], "a");
		exchange_answer(held[i], 200, number, strlen(number));
	}
	for (int i = 0; i < HELD_MAX; i++) {
		char want[16];
		snprintf(want, sizeof want, "\r\n\r\n%d", i);
		hear(c[i], want);
		client_free(c[i]);
	}
	CHECK_INT(gone_count, 0);
	end();
}

TEST("an exchange that was held leaves its connection fit for the next")
{
	begin();
	struct client *c = client_new();
	say(c, "GET /hold" HEAD "\r\n");
	wait_for_held(1);
	exchange_answer(held[0], 200, "first", 5);
	hear(c, "first");
	say(c, "GET /next" HEAD "\r\n");
	hear(c, "|0:");
	CHECK_HAS(c->text, "GET|/next|");
	client_free(c);
	end();
}

TEST("a cut closes without a word, at once or later")
{
	begin();
	struct client *c = client_new();
	say(c, "GET /cut" HEAD "\r\n");
	hear_end(c);
	CHECK_INT(c->length, 0);
	client_free(c);
	c = client_new();
	say(c, "GET /hold" HEAD "\r\n");
	wait_for_held(1);
	exchange_cut(held[0]);
	hear_end(c);
	CHECK_INT(c->length, 0);
	client_free(c);
	end();
}

TEST("a part of an answer announces the whole")
{
	begin();
	struct client *c = client_new();
	say(c, "GET /part" HEAD "\r\n");
	hear_end(c);
	CHECK_HAS(c->text, "Content-Length: 10\r\n");
	CHECK_STR(strstr(c->text, "\r\n\r\n"), "\r\n\r\n0123");
	client_free(c);
	c = client_new();
	say(c, "GET /no-part" HEAD "\r\n");
	hear_end(c);
	CHECK_HAS(c->text, "Content-Length: 10\r\n");
	CHECK_STR(strstr(c->text, "\r\n\r\n"), "\r\n\r\n");
	client_free(c);
	end();
}

/* ---- ends ---- */

TEST("a client that goes away is told of, and the answer goes nowhere")
{
	begin();
	struct client *c = client_new();
	say(c, "GET /hold" HEAD "\r\n");
	wait_for_held(1);
	CHECK_INT(gone_count, 0);
	client_free(c);
	int64_t deadline_ms = clock_mono_ms() + 3000;
	while (!gone_count && clock_mono_ms() < deadline_ms)
		loop_run_until(loop, &never, clock_mono_ms() + 20);
	CHECK_INT(gone_count, 1);
	exchange_answer(held[0], 200, "late", 4);
	loop_run_until(loop, &never, clock_mono_ms() + 20);
	CHECK_INT(gone_count, 1);
	end();
}

TEST("closing the server cuts what is held; the late answer only frees it")
{
	begin();
	struct client *c = client_new();
	say(c, "GET /hold?a=1" HEAD "\r\n");
	wait_for_held(1);
	server_close(server);
	hear_end(c);
	CHECK_INT(c->length, 0);
	CHECK_STR(exchange_path(held[0]), "/hold");
	CHECK(exchange_query(held[0], "a") == NULL);
	exchange_answer(held[0], 200, "late", 4);
	client_free(c);
	loop_free(loop);
}

TEST("a connection that says nothing is closed after the idle time")
{
	begin_with(1);
	struct client *c = client_new();
	int64_t began_ms = clock_mono_ms();
	say(c, "GET /x HTTP/1.1\r\n");
	hear_end(c);
	CHECK(clock_mono_ms() - began_ms >= 900);
	client_free(c);
	end();
}

TEST("a connection on which a request comes letter by letter is closed when its time is over")
{
	begin_as(&(struct server_options){.idle_timeout_s = 30, .request_timeout_s = 1});
	struct client *c = client_new();
	int64_t began_ms = clock_mono_ms();
	say(c, "GET /x HTTP/1.1\r\nX: ");
	while (!c->closed && clock_mono_ms() - began_ms < 3000) {
		(void)!send(c->fd, "x", 1, MSG_NOSIGNAL);
		loop_run_until(loop, &c->closed, clock_mono_ms() + 50);
	}
	CHECK(c->closed);
	CHECK_INT(asked, 0);
	CHECK(clock_mono_ms() - began_ms >= 900);
	client_free(c);
	end();
}

TEST("a request that was whole in time may be answered late, and the next one has its own time")
{
	begin_as(&(struct server_options){.idle_timeout_s = 30, .request_timeout_s = 1});
	struct client *c = client_new();
	say(c, "GET /hold" HEAD "\r\n");
	wait_for_held(1);
	loop_run_until(loop, &never, clock_mono_ms() + 1500);
	exchange_answer(held[0], 200, "late", 4);
	hear(c, "late");
	say(c, "GET /again" HEAD "\r\n");
	hear(c, "|127.0.0.1|0:");
	client_free(c);
	end();
}

/* take reads what is there, at most so much; false at the end. */
static bool take(const struct client *c, size_t most, size_t *taken)
{
	static char piece[65536];
	ssize_t size = recv(c->fd, piece, most < sizeof piece ? most : sizeof piece, MSG_DONTWAIT);
	*taken += size > 0 ? (size_t)size : 0;
	return size > 0 || (size < 0 && errno == EAGAIN);
}

TEST("an answer that is taken bit by bit is cut when its time is over")
{
	enum { MUCH = 32 << 20, A_MS = 32 << 10 };
	char *much = xcalloc(1, MUCH);
	size_t taken = 0;
	begin_as(&(struct server_options){
	    .idle_timeout_s = 1, .request_timeout_s = 1, .taken_bytes_a_ms = A_MS});
	struct client *c = client_new();
	loop_unwatch(c->watch);
	c->watch = NULL;
	say(c, "GET /hold" HEAD "\r\n");
	wait_for_held(1);
	exchange_answer(held[0], 200, much, MUCH);
	for (int64_t until_ms = clock_mono_ms() + 3000; clock_mono_ms() < until_ms;) {
		(void)take(c, 32768, &taken);
		loop_run_until(loop, &never, clock_mono_ms() + 20);
	}
	while (take(c, SIZE_MAX, &taken))
		loop_run_until(loop, &never, clock_mono_ms() + 1);
	CHECK(taken > 0 && taken < MUCH);
	client_free(c);
	free(much);
	end();
}

TEST("an exchange that is held outlasts the idle time")
{
	begin_with(1);
	struct client *c = client_new();
	say(c, "GET /hold" HEAD "\r\n");
	wait_for_held(1);
	loop_run_until(loop, &never, clock_mono_ms() + 1500);
	exchange_answer(held[0], 200, "late", 4);
	hear(c, "late");
	client_free(c);
	end();
}

/* ---- opening ---- */

static void check_refused(struct server_options o, int code, const char *words)
{
	if (server_open(loop, &o, serve, NULL, &e))
		FAIL("%s is taken", o.address);
	CHECK_INT(e.code, code);
	CHECK_HAS(e.text, words);
}

TEST("a server that cannot be opened says why")
{
	char taken[32];
	begin();
	snprintf(taken, sizeof taken, "127.0.0.1:%d", server_port(server));
	check_refused((struct server_options){.address = taken}, ERR_SYSTEM, "already in use");
	check_refused((struct server_options){.address = "8080"}, ERR_USAGE, "use HOST:PORT");
	check_refused((struct server_options){.address = "127.0.0.1:"}, ERR_USAGE, "HOST:PORT");
	check_refused((struct server_options){.address = "127.0.0.1:x"}, ERR_USAGE, "HOST:PORT");
	check_refused((struct server_options){.address = "192.0.2.1:0"}, ERR_SYSTEM, "192.0.2.1:0");
	check_refused((struct server_options){.address = "127.0.0.1:0", .key_file = "k"}, ERR_USAGE,
	    "certificate file");
	check_refused(
	    (struct server_options){
		.address = "127.0.0.1:0", .certificate_file = "c", .key_file = "k"},
	    ERR_SYSTEM, "c: No such file");
	test_write("c", "nonsense");
	test_write("k", "nonsense");
	check_refused(
	    (struct server_options){
		.address = "127.0.0.1:0", .certificate_file = "c", .key_file = "k"},
	    ERR_SYSTEM, "web server on 127.0.0.1:0");
	end();
}

TEST("a server listens on IPv6 as well")
{
	struct server_options o = {.address = "[::1]:0", .body_max = 10};
	loop = loop_new();
	server = server_open(loop, &o, serve, NULL, &e);
	if (!server)
		test_skip("no IPv6 here");
	CHECK(server_port(server) > 0);
	end();
}
