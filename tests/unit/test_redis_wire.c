/* One socket to Redis: with Redis at the other end, and with the test itself there. */
#include "redis_int.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "redis_seen.h"

/* ---- with Redis ---- */

TEST("bytes go there and back as they are")
{
	struct redis *r = begin();
	struct err e;
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
	rig_end();
}

TEST("a value of 8 MB goes there and back")
{
	struct redis *r = begin();
	struct err e;
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
	rig_end();
}

/* ---- with the test ---- */

/* Both ends of one connection, and what the wire told. */
struct ends {
	struct wire *wire;
	int peer;
	int ups, downs, rooms, replies;
	int close_at;  /* close when that many replies were told; 0: never */
	int yield_at;  /* say "more" and yield then */
	int reset_at;  /* the peer cuts the connection then; all replies yield */
	char heard[8]; /* by the peer, when the reply after that was told */
	bool has_more;
	char last[64], why[256];
};

static void ends_up(void *owner)
{
	struct ends *n = owner;
	n->ups++;
}

static void ends_close(struct ends *n)
{
	wire_close(n->wire);
	n->wire = NULL;
}

/* The peer is gone, and what it had not read with it. */
static void ends_reset(struct ends *n)
{
	struct linger none = {.l_onoff = 1};
	CHECK_INT(setsockopt(n->peer, SOL_SOCKET, SO_LINGER, &none, sizeof none), 0);
	close(n->peer);
	n->peer = -1;
}

static void ends_down(void *owner, const struct err *why)
{
	struct ends *n = owner;
	n->downs++;
	text_copy(n->why, sizeof n->why, why->text);
	ends_close(n);
}

static void ends_reply(void *owner, redisReply *raw)
{
	struct ends *n = owner;
	struct reply *r = reply_of(raw);
	n->replies++;
	text_copy(n->last, sizeof n->last, reply_text(r, NULL) ? reply_text(r, NULL) : "");
	reply_free(r);
	if (n->yield_at && n->replies == n->yield_at + 1 &&
	    recv(n->peer, n->heard, sizeof n->heard - 1, MSG_DONTWAIT) < 0)
		n->heard[0] = '\0';
	if (n->replies == n->yield_at) {
		n->has_more = true;
		wire_yield(n->wire);
	}
	if (n->reset_at)
		wire_yield(n->wire);
	if (n->reset_at && n->replies == n->reset_at)
		ends_reset(n);
	if (n->replies == n->close_at)
		ends_close(n);
}

static void ends_room(void *owner)
{
	struct ends *n = owner;
	n->rooms++;
	if (!n->has_more)
		return;
	n->has_more = false;
	wire_put(n->wire, "more", 4);
	wire_flush(n->wire);
}

static const struct wire_events ends_events = {ends_up, ends_down, ends_reply, ends_room};

static void ends_begin(struct ends *n)
{
	int port, listening = loopback_listen(&port);
	struct err e;
	rig.loop = loop_new();
	n->wire = wire_open(
	    rig.loop, &(struct peer){.address = "127.0.0.1", .port = port}, &ends_events, n, &e);
	if (!n->wire)
		FAIL("%s", e.text);
	CHECK_INT(n->ups, 0);
	WAIT(n->ups);
	n->peer = accept(listening, NULL, NULL);
	CHECK(n->peer >= 0);
	close(listening);
}

static void ends_say(const struct ends *n, const char *text)
{
	CHECK_INT(write(n->peer, text, strlen(text)), strlen(text));
}

static void ends_end(struct ends *n)
{
	if (n->wire)
		ends_close(n);
	if (n->peer >= 0)
		close(n->peer);
	loop_free(rig.loop);
}

TEST("replies are told one by one, in whatever pieces they come")
{
	struct ends n = {0};
	ends_begin(&n);
	ends_say(&n, "+one\r\n$5\r\nt");
	WAIT(n.replies == 1);
	CHECK_STR(n.last, "one");
	ends_say(&n, "wo");
	turn(10);
	CHECK_INT(n.replies, 1);
	ends_say(&n, " 2\r\n-three\r\n");
	WAIT(n.replies == 3);
	CHECK_STR(n.last, "three");
	CHECK_INT(n.downs, 0);
	ends_end(&n);
}

TEST("what the kernel does not take stays in the backlog, and room is told when it has left")
{
	static char bytes[8 << 20], taken[1 << 16];
	struct ends n = {0};
	ends_begin(&n);
	memset(bytes, 'x', sizeof bytes);
	wire_put(n.wire, bytes, sizeof bytes);
	CHECK_INT(wire_backlog(n.wire), sizeof bytes);
	wire_flush(n.wire);
	CHECK(wire_backlog(n.wire) > 0);
	turn(10);
	CHECK_INT(n.rooms, 0);
	size_t size = 0;
	while (size < sizeof bytes) {
		ssize_t got = recv(n.peer, taken, sizeof taken, MSG_DONTWAIT);
		if (got > 0)
			size += (size_t)got;
		else
			turn(0);
	}
	WAIT(n.rooms);
	CHECK_INT(n.rooms, 1);
	CHECK_INT(wire_backlog(n.wire), 0);
	ends_end(&n);
}

TEST("what the kernel takes at once leaves no backlog, and room is not told")
{
	struct ends n = {0};
	char text[8] = "";
	ends_begin(&n);
	wire_put(n.wire, "PI", 2);
	wire_put(n.wire, "NG", 2);
	CHECK_INT(wire_backlog(n.wire), 4);
	wire_flush(n.wire);
	CHECK_INT(wire_backlog(n.wire), 0);
	CHECK_INT(read(n.peer, text, sizeof text), 4);
	CHECK_STR(text, "PING");
	turn(10);
	CHECK_INT(n.rooms, 0);
	ends_end(&n);
}

TEST("an owner that closes the wire is told nothing more, whatever was read")
{
	struct ends n = {.close_at = 2};
	ends_begin(&n);
	ends_say(&n, "+one\r\n+two\r\n+three\r\nnonsense\r\n");
	WAIT(n.replies == 2);
	turn(10);
	CHECK_STR(n.last, "two");
	CHECK_INT(n.replies, 2);
	CHECK_INT(n.downs, 0);
	ends_end(&n);
}

TEST("what comes of a reply that yields leaves before the replies behind it are told")
{
	struct ends n = {.yield_at = 2};
	ends_begin(&n);
	ends_say(&n, "+one\r\n+two\r\n+three\r\n+four\r\n");
	WAIT(n.replies == 4);
	CHECK_STR(n.heard, "more");
	CHECK_INT(n.downs, 0);
	ends_end(&n);
}

TEST("a peer that is gone is told as gone after all its replies, though one of them yields")
{
	struct ends n = {.yield_at = 1};
	ends_begin(&n);
	ends_say(&n, "+one\r\n+two\r\n");
	shutdown(n.peer, SHUT_RDWR);
	WAIT(n.downs);
	CHECK_INT(n.replies, 2);
	CHECK_STR(n.last, "two");
	CHECK_INT(n.downs, 1);
	ends_end(&n);
}

TEST("what a peer had said is told before that it cut the connection, though each reply yields")
{
	struct ends n = {.reset_at = 2};
	ends_begin(&n);
	ends_say(&n, "+one\r\n+two\r\n+three\r\n+four\r\n");
	WAIT(n.downs);
	CHECK_INT(n.replies, 4);
	CHECK_STR(n.last, "four");
	CHECK_INT(n.downs, 1);
	ends_end(&n);
}

TEST("the last words of a peer are told before its end is")
{
	struct ends n = {0};
	ends_begin(&n);
	ends_say(&n, "-ERR max number of clients reached\r\n");
	shutdown(n.peer, SHUT_RDWR);
	WAIT(n.downs);
	CHECK_INT(n.replies, 1);
	CHECK_HAS(n.last, "max number of clients");
	CHECK_HAS(n.why, "closed");
	CHECK_INT(n.downs, 1);
	ends_end(&n);
}

TEST("what is no reply brings the wire down once, after the replies before it")
{
	struct ends n = {0};
	ends_begin(&n);
	ends_say(&n, "+one\r\nHTTP/1.1 400 Bad Request\r\n\r\n");
	WAIT(n.downs);
	turn(10);
	CHECK_INT(n.replies, 1);
	CHECK_INT(n.downs, 1);
	CHECK_HAS(n.why, "Protocol error");
	ends_end(&n);
}

TEST("a wire that nobody takes is down with the reason, and never was up")
{
	struct ends n = {.peer = -1};
	struct err e;
	rig.loop = loop_new();
	struct peer nobody = {.address = "127.0.0.1", .port = free_port()};
	n.wire = wire_open(rig.loop, &nobody, &ends_events, &n, &e);
	CHECK(n.wire != NULL);
	WAIT(n.downs);
	CHECK_HAS(n.why, "Connection refused");
	CHECK_INT(n.ups, 0);
	struct peer nowhere = {.address = "nowhere.sock"};
	CHECK(wire_open(rig.loop, &nowhere, &ends_events, &n, &e) == NULL);
	CHECK_INT(e.code, ERR_REACH);
	CHECK_HAS(e.text, "No such file");
	loop_free(rig.loop);
}

TEST("a wire that is aborted delivers nothing more: its peer is told that it was cut")
{
	struct ends n = {0};
	char text[8];
	ends_begin(&n);
	wire_put(n.wire, "PING", 4);
	wire_flush(n.wire);
	wire_abort(n.wire);
	ends_close(&n);
	ssize_t got;
	while ((got = read(n.peer, text, sizeof text)) > 0)
		;
	CHECK_INT(got, -1);
	CHECK_INT(errno, ECONNRESET);
	ends_end(&n);
}
