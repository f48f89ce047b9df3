/* redis_rig - see the header. */
#include "redis_rig.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAIT_MS = 20000, TURN_MS = 5, ASK_MS = 10000, WORDS_MAX = 24, TEXT_ROOM = 4096 };

struct rig rig;

static const char *server_words[WORDS_MAX];

/* ---- Redis ---- */

void rig_server(void)
{
	rig.server = fork();
	if (rig.server == 0) {
		execvp(server_words[0], (char *const *)(uintptr_t)server_words);
		_exit(127);
	}
	CHECK(rig.server > 0);
}

void rig_begin(const char *const *more)
{
	static const char *const words[] = {"redis-server", "--unixsocket", "redis.sock", "--port",
	    "0", "--save", "", "--enable-debug-command", "yes", "--loglevel", "warning"};
	struct err e;
	size_t n = sizeof words / sizeof *words;
	memcpy(server_words, words, sizeof words);
	while (more && *more && n < WORDS_MAX - 1)
		server_words[n++] = *more++;
	rig_server();
	char *folder = getcwd(NULL, 0);
	rig.url = xasprintf("unix://%s/redis.sock", folder);
	free(folder);
	rig.loop = loop_new();
	rig.redis = redis_open(rig.loop, rig.url, "test", &e);
	CHECK(rig.redis != NULL);
}

void rig_kill(void)
{
	CHECK_INT(kill(rig.server, SIGKILL), 0);
	CHECK_INT(waitpid(rig.server, NULL, 0), rig.server);
	rig.server = 0;
}

void rig_end(void)
{
	if (rig.before_end)
		rig.before_end();
	redis_close(rig.redis);
	loop_free(rig.loop);
	free(rig.url);
	if (rig.server)
		rig_kill();
}

/* ---- asking ---- */

static struct words split(const char *line)
{
	struct words w;
	words_init(&w);
	char *copy = xstrdup(line), *rest = copy, *word;
	while ((word = strsep(&rest, " ")))
		words_add(&w, word);
	free(copy);
	return w;
}

static char *next_text(void)
{
	static char texts[8][TEXT_ROOM];
	static unsigned next;
	char *text = texts[next++ % 8];
	text[0] = '\0';
	return text;
}

static const char *text_of(const struct reply *r)
{
	char *text = next_text();
	if (reply_kind(r) == REPLY_NUMBER)
		snprintf(text, TEXT_ROOM, "%lld", (long long)reply_number(r));
	else if (reply_text(r, NULL))
		text_copy(text, TEXT_ROOM, reply_text(r, NULL));
	return text;
}

static struct reply *ask(const char *fmt, va_list args) __attribute__((format(printf, 1, 0)));
static struct reply *ask(const char *fmt, va_list args)
{
	struct err e;
	char *line = NULL;
	CHECK(vasprintf(&line, fmt, args) >= 0);
	struct words w = split(line);
	struct reply *r = redis_ask(rig.redis, &w, ASK_MS, &e);
	if (!r)
		FAIL("%s: %s", line, e.text);
	words_clear(&w);
	free(line);
	return r;
}

const char *rig_ask(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	struct reply *r = ask(fmt, args);
	va_end(args);
	const char *text = text_of(r);
	reply_free(r);
	return text;
}

int64_t rig_number(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	struct reply *r = ask(fmt, args);
	va_end(args);
	int64_t n = reply_number(r);
	reply_free(r);
	return n;
}

struct reply *rig_reply(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	struct reply *r = ask(fmt, args);
	va_end(args);
	return r;
}

const char *rig_list(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	struct reply *r = ask(fmt, args);
	va_end(args);
	struct buf b;
	buf_init(&b, 0);
	for (size_t i = 0; i < reply_count(r); i++)
		buf_addf(&b, "%s%s", i ? "," : "", text_of(reply_at(r, i)));
	reply_free(r);
	char *text = next_text();
	text_copy(text, TEXT_ROOM, b.length ? b.data : "");
	buf_clear(&b);
	return text;
}

void rig_turn(int64_t began_ms, const char *what, const char *file, int line)
{
	static const bool never;
	int64_t now = clock_mono_ms();
	if (now - began_ms > WAIT_MS)
		test_fail(file, line, "%s: not after %d ms", what, WAIT_MS);
	loop_run_until(rig.loop, &never, now + TURN_MS);
}
