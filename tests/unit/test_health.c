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

TEST("a refusal is looked at again after twice the time, at most after 30 s, and afresh when all "
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

TEST("what is over by itself is looked at every second")
{
	struct queue q = {0};
	open_log();
	for (int i = 0; i < 9; i++)
		CHECK(queue_tell_refused(&q, "cycle", "OOM command not allowed") <= 1000);
	CHECK_INT(queue_tell_refused(&q, "cycle", "OOM command not allowed"), 1000);
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
