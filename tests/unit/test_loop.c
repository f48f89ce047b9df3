/* The loop: timers, deferred calls, descriptors, signals, turns within turns. */
#include "loop.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "test.h"

static struct loop *loop;
static const bool never;

/* journal is what happened, a letter each. */
static char journal[64];

static void note(char letter)
{
	size_t length = strlen(journal);
	CHECK(length + 1 < sizeof journal);
	journal[length] = letter;
	journal[length + 1] = '\0';
}

static void note_a(void *ctx)
{
	(void)ctx;
	note('a');
}

static void note_b(void *ctx)
{
	(void)ctx;
	note('b');
}

static void note_c(void *ctx)
{
	(void)ctx;
	note('c');
}

static void one_turn(void)
{
	loop_run_until(loop, &never, clock_mono_ms());
}

static void begin_faked(void)
{
	loop = loop_new();
	clock_fake(0, 1000);
}

/* ---- timers ---- */

TEST("timers fire in order of time, each when it is due and not before")
{
	struct timer a = {0}, b = {0}, c = {0};
	begin_faked();
	timer_set(loop, &b, 20, note_b, NULL);
	timer_set(loop, &a, 10, note_a, NULL);
	timer_set(loop, &c, 30, note_c, NULL);
	CHECK(timer_is_set(&a));
	clock_advance(9);
	one_turn();
	CHECK_STR(journal, "");
	clock_advance(1);
	one_turn();
	CHECK_STR(journal, "a");
	CHECK(!timer_is_set(&a));
	clock_advance(3600 * 1000);
	one_turn();
	CHECK_STR(journal, "abc");
	clock_advance(3600 * 1000);
	one_turn();
	CHECK_STR(journal, "abc");
	loop_free(loop);
}

TEST("a timer set again moves, and a cleared one does not fire")
{
	struct timer a = {0}, b = {0}, idle = {0};
	begin_faked();
	timer_set(loop, &a, 10, note_a, NULL);
	timer_set(loop, &a, 50, note_c, NULL);
	timer_set(loop, &b, 10, note_b, NULL);
	timer_clear(loop, &b);
	timer_clear(loop, &b);
	timer_clear(loop, &idle);
	clock_advance(49);
	one_turn();
	CHECK_STR(journal, "");
	clock_advance(1);
	one_turn();
	CHECK_STR(journal, "c");
	loop_free(loop);
}

TEST("a negative delay is none")
{
	struct timer a = {0};
	begin_faked();
	timer_set(loop, &a, -5, note_a, NULL);
	CHECK_STR(journal, "");
	one_turn();
	CHECK_STR(journal, "a");
	loop_free(loop);
}

static struct timer ticking;

static void tick(void *ctx)
{
	note('t');
	timer_set(loop, &ticking, 0, tick, ctx);
}

static bool readable;

static void read_byte(void *ctx)
{
	char byte;
	CHECK_INT(read(*(int *)ctx, &byte, 1), 1);
	note('r');
	readable = true;
}

TEST("a timer that sets itself to now leaves room for descriptors")
{
	int fds[2];
	loop = loop_new();
	CHECK_INT(pipe(fds), 0);
	struct watch *w = loop_watch(loop, fds[0], read_byte, &fds[0]);
	timer_set(loop, &ticking, 0, tick, NULL);
	CHECK_INT(write(fds[1], "x", 1), 1);
	CHECK(loop_run_until(loop, &readable, clock_mono_ms() + 2000));
	CHECK(strlen(journal) <= 3);
	loop_unwatch(w);
	loop_free(loop);
}

struct owner {
	struct timer timer;
	char letter;
};

static void free_owner(void *ctx)
{
	struct owner *o = ctx;
	note(o->letter);
	free(o);
}

static struct timer victim;

static void clear_victim(void *ctx)
{
	(void)ctx;
	timer_clear(loop, &victim);
	note('x');
}

TEST("a timer's callback may free its owner and clear others that are due")
{
	struct timer killer = {0};
	struct owner *o = xcalloc(1, sizeof *o);
	begin_faked();
	o->letter = 'o';
	timer_set(loop, &o->timer, 1, free_owner, o);
	timer_set(loop, &killer, 2, clear_victim, NULL);
	timer_set(loop, &victim, 3, note_a, NULL);
	clock_advance(10);
	one_turn();
	CHECK_STR(journal, "ox");
	loop_free(loop);
}

TEST("real timers wait as long as they should")
{
	struct timer a = {0};
	bool done = false;
	int64_t began_ms = clock_mono_ms();
	loop = loop_new();
	timer_set(loop, &a, 60, note_a, NULL);
	CHECK(!loop_run_until(loop, &done, began_ms + 30));
	CHECK(clock_mono_ms() - began_ms >= 30);
	CHECK_STR(journal, "");
	while (!journal[0])
		loop_run_until(loop, &done, clock_mono_ms() + 100);
	CHECK(clock_mono_ms() - began_ms >= 60);
	loop_free(loop);
}

enum { MANY = 100000 };
static int64_t fired_up_to_ms;
static int fired;

struct dated {
	struct timer timer;
	int64_t due_ms;
};

static void check_date(void *ctx)
{
	const struct dated *d = ctx;
	CHECK(d->due_ms >= fired_up_to_ms && d->due_ms <= clock_mono_ms());
	fired_up_to_ms = d->due_ms;
	fired++;
}

TEST("100,000 timers, half of them cleared, fire in order of time")
{
	struct dated *d = xcalloc(MANY, sizeof *d);
	begin_faked();
	for (int i = 0; i < MANY; i++) {
		int64_t delay_ms = (i * 7919LL) % MANY;
		d[i].due_ms = clock_mono_ms() + delay_ms;
		timer_set(loop, &d[i].timer, delay_ms, check_date, &d[i]);
	}
	for (int i = 0; i < MANY; i += 2)
		timer_clear(loop, &d[i].timer);
	for (int i = 0; i < 10; i++) {
		clock_advance(MANY / 10);
		one_turn();
	}
	CHECK_INT(fired, MANY / 2);
	loop_free(loop);
	free(d);
}

/* ---- deferred calls ---- */

static void defer_more(void *ctx)
{
	note('d');
	loop_defer(loop, note_b, ctx);
	note('.');
}

TEST("a deferred call comes soon, in order, and not before its caller returned")
{
	loop = loop_new();
	loop_defer(loop, note_a, NULL);
	loop_defer(loop, defer_more, NULL);
	loop_defer(loop, note_c, NULL);
	CHECK_STR(journal, "");
	one_turn();
	CHECK_STR(journal, "ad.c");
	one_turn();
	CHECK_STR(journal, "ad.cb");
	loop_free(loop);
}

static int counted;

static void count(void *ctx)
{
	CHECK_INT(counted, *(int *)ctx);
	counted++;
}

TEST("a thousand deferred calls keep their order, whatever came before")
{
	static int numbers[1000];
	loop = loop_new();
	for (int round = 0; round < 3; round++) {
		counted = 0;
		for (int i = 0; i < 333 * (round + 1); i++) {
			numbers[i] = i;
			loop_defer(loop, count, &numbers[i]);
		}
		one_turn();
		CHECK_INT(counted, 333 * (round + 1));
	}
	loop_free(loop);
}

TEST("what was deferred still runs when the loop is freed")
{
	loop = loop_new();
	loop_defer(loop, note_a, NULL);
	loop_free(loop);
	CHECK_STR(journal, "a");
}

/* ---- running ---- */

static void stop(void *ctx)
{
	(void)ctx;
	note('s');
	loop_stop(loop);
}

TEST("loop_run runs until loop_stop, and again after that")
{
	struct timer a = {0};
	loop = loop_new();
	loop_defer(loop, stop, NULL);
	loop_run(loop);
	CHECK_STR(journal, "s");
	timer_set(loop, &a, 5, stop, NULL);
	loop_run(loop);
	CHECK_STR(journal, "ss");
	loop_stop(loop);
	loop_run(loop);
	loop_free(loop);
}

static bool inner_done;

static void finish_inner(void *ctx)
{
	(void)ctx;
	note('i');
	inner_done = true;
}

static void turn_inside(void *ctx)
{
	static struct timer t;
	note('(');
	timer_set(loop, &t, 5, finish_inner, NULL);
	CHECK(loop_run_until(loop, &inner_done, clock_mono_ms() + 1000));
	note(')');
	*(bool *)ctx = true;
}

TEST("turns within turns go on with what is deferred and due")
{
	bool done = false;
	struct timer a = {0};
	loop = loop_new();
	timer_set(loop, &a, 1, note_a, NULL);
	loop_defer(loop, turn_inside, &done);
	loop_defer(loop, note_b, NULL);
	CHECK(loop_run_until(loop, &done, clock_mono_ms() + 2000));
	CHECK_STR(journal, "(bai)");
	loop_free(loop);
}

static void read_and_turn(void *ctx)
{
	char byte;
	CHECK_INT(read(*(int *)ctx, &byte, 1), 1);
	bool done = false;
	turn_inside(&done);
	readable = true;
}

TEST("a descriptor's callback may turn the loop")
{
	int fds[2];
	loop = loop_new();
	CHECK_INT(pipe(fds), 0);
	struct watch *w = loop_watch(loop, fds[0], read_and_turn, &fds[0]);
	CHECK_INT(write(fds[1], "x", 1), 1);
	CHECK(loop_run_until(loop, &readable, clock_mono_ms() + 2000));
	CHECK_STR(journal, "(i)");
	loop_unwatch(w);
	loop_free(loop);
}

TEST("loop_run_until tells a deadline from what it waited for")
{
	bool done = true;
	begin_faked();
	CHECK(loop_run_until(loop, &done, 1));
	done = false;
	uint64_t turns = loop_turns(loop);
	CHECK(!loop_run_until(loop, &done, clock_mono_ms()));
	CHECK_INT(loop_turns(loop), turns + 1);
	CHECK(!loop_run_until(loop, &done, 1));
	loop_free(loop);
}

/* ---- descriptors and signals ---- */

TEST("a watch tells while there is something to read, and no more after its end")
{
	int fds[2];
	loop = loop_new();
	CHECK_INT(pipe(fds), 0);
	struct watch *w = loop_watch(loop, fds[0], read_byte, &fds[0]);
	one_turn();
	CHECK_STR(journal, "");
	CHECK_INT(write(fds[1], "xyz", 3), 3);
	while (strlen(journal) < 3)
		loop_run_until(loop, &never, clock_mono_ms() + 100);
	loop_unwatch(w);
	CHECK_INT(write(fds[1], "x", 1), 1);
	one_turn();
	one_turn();
	CHECK_STR(journal, "rrr");
	loop_unwatch(NULL);
	loop_free(loop);
}

static void see_end(void *ctx)
{
	char byte;
	CHECK_INT(read(*(int *)ctx, &byte, 1), 0);
	readable = true;
}

TEST("the end of a stream is something to read")
{
	int fds[2];
	loop = loop_new();
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	loop_watch(loop, fds[0], see_end, &fds[0]);
	close(fds[1]);
	CHECK(loop_run_until(loop, &readable, clock_mono_ms() + 2000));
	loop_free(loop);
}

TEST("a plain file cannot be watched")
{
	FILE *f = fopen(test_write("plain", "x"), "r");
	loop = loop_new();
	CHECK(loop_watch(loop, fileno(f), note_a, NULL) == NULL);
	fclose(f);
	loop_free(loop);
}

TEST("each signal is told to all who asked for it")
{
	loop = loop_new();
	loop_on_signal(loop, SIGHUP, note_a, NULL);
	loop_on_signal(loop, SIGHUP, note_b, NULL);
	loop_on_signal(loop, SIGUSR1, stop, NULL);
	raise(SIGHUP);
	while (strlen(journal) < 2)
		loop_run_until(loop, &never, clock_mono_ms() + 100);
	CHECK(strchr(journal, 'a') && strchr(journal, 'b'));
	raise(SIGUSR1);
	loop_run(loop);
	loop_free(loop);
}

TEST("a peer that hangs up does not kill the process")
{
	int fds[2];
	loop = loop_new();
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	close(fds[1]);
	CHECK_INT(write(fds[0], "x", 1), -1);
	loop_free(loop);
}
