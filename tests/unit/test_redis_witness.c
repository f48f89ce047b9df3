/*
 * Is Redis slow, or the connection dead? A Redis that the test plays itself, on a clock that
 * the test moves, and one that is real.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "redis_int.h"
#include "redis_seen.h"

/* ---- a Redis that may be silent to some ---- */

/* One that came. Whatever it asks is answered the same, or owed while it is silent. */
struct visitor {
	const char *answer; /* NULL: silence */
	int fd, owed;
	bool is_open;
	struct watch *reading;
};

static struct door {
	int listening, count, most; /* most: answers at one go, 0 for all */
	const char *answer;	    /* to those that are still to come */
	char url[64];
	struct visitor visitors[32];
} door;

static void speak(struct visitor *v)
{
	for (int left = door.most ? door.most : v->owed; v->answer && left && v->owed; left--) {
		CHECK(write(v->fd, v->answer, strlen(v->answer)) == (ssize_t)strlen(v->answer));
		v->owed--;
	}
}

static void hear(void *ctx)
{
	struct visitor *v = ctx;
	char text[8192];
	ssize_t size = read(v->fd, text, sizeof text);
	if (size <= 0) {
		loop_unwatch(v->reading);
		close(v->fd);
		v->is_open = false;
		return;
	}
	for (ssize_t i = 0; i < size; i++)
		v->owed += text[i] == '*';
	if (!door.most)
		speak(v);
}

static void meet(void *ctx)
{
	struct visitor *v = &door.visitors[door.count++];
	(void)ctx;
	CHECK(door.count < (int)(sizeof door.visitors / sizeof *door.visitors));
	*v = (struct visitor){.answer = door.answer, .is_open = true};
	v->fd = accept(door.listening, NULL, NULL);
	setsockopt(v->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	v->reading = loop_watch(rig.loop, v->fd, hear, v);
}

static int open_visitors(void)
{
	int n = 0;
	for (int i = 0; i < door.count; i++)
		n += door.visitors[i].is_open;
	return n;
}

/* ---- time ---- */

enum { STEP_MS = 10 };

static void pass(int64_t ms)
{
	static const bool never;
	for (; ms > 0; ms -= STEP_MS) {
		clock_advance(STEP_MS);
		for (int i = 0; i < 12; i++)
			loop_run_until(rig.loop, &never, clock_mono_ms());
	}
}

static struct changes changes;
static struct seen answer;

/* begin_door is connected to it, and the clock stands still from then on. */
static struct redis *begin_door(void)
{
	int port;
	rig.loop = loop_new();
	door.answer = "+OK\r\n";
	door.listening = loopback_listen(&port);
	loop_watch(rig.loop, door.listening, meet, NULL);
	snprintf(door.url, sizeof door.url, "redis://127.0.0.1:%d", port);
	struct redis *r = begin_away(door.url);
	redis_on_change(r, changed, &changes);
	WAIT(changes.up);
	clock_fake(1000000, clock_mono_ms());
	return r;
}

static void end_door(void)
{
	clock_real();
	rig_end();
}

static void ask(struct redis *r)
{
	answer = (struct seen){0};
	redis_sendf(r, 5000, see, &answer, "INCR n");
}

/* ---- tests ---- */

TEST("a connection that has died without a word is given up in 0.6 s, if Redis answers on another")
{
	struct redis *r = begin_door();
	redis_never_blocks(r);
	door.visitors[0].answer = NULL;
	ask(r);
	pass(290);
	CHECK_INT(door.count, 1);
	pass(230);
	CHECK_INT(door.count, 2);
	CHECK(!answer.done);
	pass(80);
	CHECK_INT(answer.count, 1);
	CHECK_INT(answer.code, ERR_REACH);
	CHECK_HAS(answer.text, "while another connection is answered");
	pass(100);
	CHECK(redis_is_up(r));
	ask(r);
	pass(STEP_MS);
	CHECK_STR(answer.text, "OK");
	CHECK_INT(changes.downs, 1);
	CHECK_INT(open_visitors(), 1);
	end_door();
}

TEST("a Redis that is slow to everybody keeps its connections, and the witness goes when it speaks")
{
	struct redis *r = begin_door();
	redis_never_blocks(r);
	door.visitors[0].answer = door.answer = NULL;
	ask(r);
	pass(1500);
	CHECK_INT(door.count, 2);
	for (int i = 0; i < door.count; i++) {
		door.visitors[i].answer = "+OK\r\n";
		speak(&door.visitors[i]);
	}
	pass(STEP_MS);
	CHECK_STR(answer.text, "OK");
	pass(500);
	CHECK_INT(changes.downs, 0);
	CHECK_INT(open_visitors(), 1);
	end_door();
}

TEST("an answer that was on its way a little longer than the witness's still counts")
{
	struct redis *r = begin_door();
	redis_never_blocks(r);
	for (int i = 0; i < 3; i++) {
		door.visitors[0].answer = NULL;
		ask(r);
		pass(500);
		CHECK_INT(door.count, i + 2);
		door.visitors[0].answer = "+OK\r\n";
		speak(&door.visitors[0]);
		pass(300);
		CHECK_STR(answer.text, "OK");
		CHECK_INT(open_visitors(), 1);
	}
	CHECK_INT(changes.downs, 0);
	end_door();
}

TEST("while answers come nobody is asked, however long it takes until all have come")
{
	struct redis *r = begin_door();
	struct seen some[20] = {0};
	redis_never_blocks(r);
	door.most = 1;
	for (int i = 0; i < 20; i++)
		redis_sendf(r, 60000, see, &some[i], "INCR n");
	for (int i = 0; i < 20; i++) {
		pass(250);
		CHECK(!some[i].done);
		speak(&door.visitors[0]);
		pass(STEP_MS);
		CHECK_STR(some[i].text, "OK");
	}
	CHECK_INT(door.count, 1);
	end_door();
}

TEST("silence is no silence while nothing is owed, or on a connection whose commands block")
{
	struct redis *r = begin_door();
	door.visitors[0].answer = NULL;
	ask(r);
	pass(2000);
	CHECK_INT(door.count, 1);
	door.visitors[0].answer = "+OK\r\n";
	speak(&door.visitors[0]);
	pass(STEP_MS);
	CHECK_STR(answer.text, "OK");
	redis_never_blocks(r);
	pass(5000);
	ask(r);
	pass(5000);
	CHECK_STR(answer.text, "OK");
	CHECK_INT(door.count, 1);
	end_door();
}

TEST("a witness that is turned away proves nothing: the deadline decides")
{
	struct redis *r = begin_door();
	redis_never_blocks(r);
	door.visitors[0].answer = NULL;
	door.answer = "-BUSY Redis is busy running a script.\r\n";
	ask(r);
	pass(4900);
	CHECK(!answer.done);
	CHECK_INT(changes.downs, 0);
	pass(100);
	CHECK_INT(answer.code, ERR_TIMEOUT);
	end_door();
}

TEST("a connection that is closed while a witness is asked leaves nothing behind")
{
	begin_door();
	struct redis *r = connect_to(door.url);
	redis_never_blocks(r);
	pass(STEP_MS);
	CHECK(redis_is_up(r));
	door.visitors[1].answer = NULL;
	ask(r);
	pass(400);
	CHECK_INT(open_visitors(), 3);
	redis_close(r);
	CHECK_INT(answer.count, 1);
	pass(1000);
	CHECK_INT(open_visitors(), 1);
	CHECK_INT(door.count, 3);
	end_door();
}

TEST("a real Redis that stands still for a while, again and again, costs no connection")
{
	struct redis *r = begin();
	struct changes c = {0};
	CHECK_STR(rig_ask("PING"), "PONG");
	redis_on_change(r, changed, &c);
	redis_never_blocks(r);
	int64_t ours = rig_number("CLIENT ID");
	for (int i = 0; i < 3; i++) {
		struct seen s = {0};
		kill(rig.server, SIGSTOP);
		redis_sendf(r, 5000, see, &s, "INCR n");
		NEVER(s.done, 400 + 300 * i);
		kill(rig.server, SIGCONT);
		WAIT(s.done);
		CHECK_INT(s.code, 0);
	}
	CHECK_INT(c.downs, 0);
	CHECK_INT(rig_number("CLIENT ID"), ours);
	WAIT(!strstr(strchr(rig_ask("CLIENT LIST"), '\n') + 1, "name=test"));
	rig_end();
}
