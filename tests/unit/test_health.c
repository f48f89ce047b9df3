/* One line when something is amiss with Redis, one when all is well. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "log.h"
#include "queue_int.h"
#include "queue_rig.h"

static int ends[2];

static void open_log(void)
{
	CHECK_INT(pipe2(ends, O_NONBLOCK), 0);
	log_open(ends[1], LOG_INFO, LOG_TEXT);
}

/* written gives what was logged since it was last asked, "" if nothing. */
static const char *written(void)
{
	static char text[16384];
	ssize_t length = read(ends[0], text, sizeof text - 1);
	text[length > 0 ? length : 0] = '\0';
	return text;
}

static size_t count_of(const char *text, const char *word)
{
	size_t n = 0;
	while ((text = strstr(text, word))) {
		text += strlen(word);
		n++;
	}
	return n;
}

TEST("a Redis that is away is told once, with the remedy, and once when it is back")
{
	struct queue q = {0};
	open_log();
	queue_tell_down(&q, "redis x: Connection refused");
	const char *text = written();
	CHECK_HAS(text, "warn redis_down error=\"redis x: Connection refused\"");
	CHECK_HAS(text, "remedy=\"Start Redis");
	queue_tell_down(&q, "redis x: Connection refused");
	CHECK_STR(written(), "");
	queue_tell_well(&q);
	CHECK_HAS(written(), "info redis_up");
	queue_tell_well(&q);
	CHECK_STR(written(), "");
	queue_tell_down(&q, "redis x: gone");
	CHECK_HAS(written(), "redis_down");
}

TEST("a refusal is told once, the next kind of trouble again, each with its remedy")
{
	struct queue q = {0};
	open_log();
	queue_tell_refused(&q, "beat", "NOPERM this user has no permissions");
	CHECK_HAS(written(), "remedy=\"Give the user of redis.url");
	queue_tell_refused(&q, "cycle", "NOPERM not this either");
	CHECK_STR(written(), "");
	queue_tell_refused(&q, "cycle", "READONLY You can't");
	CHECK_HAS(written(),
	    "redis_refused call=cycle error=\"READONLY You can't\" remedy=\"This is a replica");
	queue_tell_down(&q, "redis x: READONLY You can't");
	CHECK_STR(written(), "");
	queue_tell_refused(&q, "cycle", "ODD");
	CHECK_HAS(written(), "remedy=\"rollcall doctor\"");
}

TEST("what somebody must mend is looked at after twice the time, at most 30 s, and afresh when all "
     "was well")
{
	static const int64_t want[] = {200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000};
	struct queue q = {0};
	open_log();
	for (size_t i = 0; i < sizeof want / sizeof *want; i++)
		CHECK_INT(queue_tell_refused(&q, "beat", "NOPERM x"), want[i]);
	queue_tell_well(&q);
	CHECK_INT(queue_tell_refused(&q, "beat", "NOPERM x"), 200);
}

TEST("what may be over by itself, or is not known, is looked at every second")
{
	static const char *const whys[] = {"OOM command not allowed", "MISCONF Redis is configured",
	    "NOREPLICAS Not enough good replicas to write.", "BUSY Redis is busy", "ODD"};
	open_log();
	for (size_t w = 0; w < sizeof whys / sizeof *whys; w++) {
		struct queue q = {0};
		for (int i = 0; i < 9; i++)
			CHECK(queue_tell_refused(&q, "cycle", whys[w]) <= 1000);
		CHECK_INT(queue_tell_refused(&q, "cycle", whys[w]), 1000);
	}
}

static char heard[16384];

static bool is_heard(const char *word)
{
	size_t length = strlen(heard);
	text_copy(heard + length, sizeof heard - length, written());
	return strstr(heard, word) != NULL;
}

TEST("a worker without rights says so once, and goes on when it has them")
{
	rig_begin(NULL);
	struct mate *a = rig_mate("a", 10);
	open_log();
	rig_ask("ACL SETUSER default -fcall");
	WAIT(is_heard("redis_refused"));
	NEVER(count_of(heard, "redis_refused") > 1 || !is_heard("redis_refused"), 900);
	rig_ask("ACL SETUSER default +fcall");
	WAIT(is_heard("redis_up"));
	rig_sync("j1", "s", "8A");
	WAIT(rig_held(a, "j1"));
	rig_done(a, "j1");
	CHECK_INT(count_of(heard, "redis_refused"), 1);
	rig_end();
}

/* goes_on has a push while something is amiss, and a job that is claimed once it no longer is. */
static void goes_on(struct mate *m, const char *id, int64_t since_ms)
{
	WAIT(rig_held(m, id));
	int64_t took_ms = clock_mono_ms() - since_ms;
	printf("%s after %lld ms\n", id, (long long)took_ms);
	CHECK(took_ms < 2000);
	CHECK_INT(m->losses, 0);
	rig_done(m, id);
}

TEST_SLOW("when replicas are there again that writes had to wait for, jobs go on within 2 s")
{
	rig_begin(NULL);
	struct mate *a = rig_mate("a", 10);
	open_log();
	rig_ask("CONFIG SET min-replicas-to-write 1");
	WAIT(is_heard("NOREPLICAS"));
	NEVER(false, 4000);
	CHECK_INT(count_of(heard, "NOREPLICAS"), 1);
	rig_ask("CONFIG SET min-replicas-to-write 0");
	rig_sync("j1", "s", "8A");
	goes_on(a, "j1", clock_mono_ms());
	rig_end();
}

static bool over;

static void script_over(void *ctx, const struct reply *r, const struct err *why)
{
	(void)ctx;
	(void)r;
	(void)why;
	over = true;
}

TEST_SLOW("when somebody's long script is over, jobs go on within 2 s")
{
	rig_begin(NULL);
	struct mate *a = rig_mate("a", 10);
	struct redis *other = redis_open(rig.loop, rig.url, "other", NULL);
	static const char script[] = "local function now() local t = redis.call('TIME') "
				     "return t[1] * 1000 + t[2] / 1000 end "
				     "local e = now() + ARGV[1] repeat until now() > e";
	open_log();
	rig_ask("CONFIG SET busy-reply-threshold 50");
	for (int64_t long_ms = 500; long_ms < 5000; long_ms += 3500) {
		over = false;
		heard[0] = '\0';
		redis_sendf(other, 20000, script_over, NULL, "EVAL %s 0 %d", script, long_ms);
		WAIT(is_heard("BUSY"));
		WAIT(over);
		rig_sync(long_ms > 500 ? "j2" : "j1", "s", "8A");
		goes_on(a, long_ms > 500 ? "j2" : "j1", clock_mono_ms());
	}
	redis_close(other);
	rig_end();
}
