/*
 * bench_push - a portal that pushes no-op jobs, as fast as one connection can or one at a time.
 *
 *	bench_push SOCKET QUEUE single|bulk COUNT     prints jobs a second
 *	bench_push SOCKET QUEUE idle COUNT CLOCK      prints the p50 and p99, in microseconds,
 *	                                              from RPUSH to the step that runs
 *
 * Envelopes are of 200 bytes, for 50 schools in turn. In idle, each job is pushed when the
 * one before it has run and a random while (1 to 5 ms) has passed, so that the worker
 * sleeps; the time begins before the command is sent.
 */
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { SCHOOLS = 50, ENVELOPE = 200, BULK = 500 };

static redisContext *redis;
static char inbox[128];

static int64_t now_ns(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void __attribute__((noreturn)) give_up(const char *what)
{
	(void)fprintf(stderr, "bench_push: %s: %s\n", what, redis ? redis->errstr : "");
	exit(1);
}

static void write_envelope(char text[ENVELOPE + 1], long number)
{
	int n = snprintf(text, ENVELOPE + 1,
	    "{\"v\":1,\"id\":\"bench-%07ld\",\"type\":\"no-op\",\"school\":\"school-%ld\","
	    "\"class\":{\"id\":\"C%07ld\"},\"requested_by\":\"staff-17\",\"note\":\"",
	    number, number % SCHOOLS, number);
	memset(text + n, '.', (size_t)(ENVELOPE - 2 - n));
	memcpy(text + ENVELOPE - 2, "\"}", 3);
}

static void expect_answer(void)
{
	void *reply = NULL;
	if (redisGetReply(redis, &reply) != REDIS_OK)
		give_up("no answer");
	if (((redisReply *)reply)->type == REDIS_REPLY_ERROR)
		give_up(((redisReply *)reply)->str);
	freeReplyObject(reply);
}

static void push(long first, long count)
{
	static char texts[BULK][ENVELOPE + 1];
	const char *words[BULK + 2] = {"RPUSH", inbox};
	size_t lengths[BULK + 2] = {5, strlen(inbox)};
	for (long i = 0; i < count; i++) {
		write_envelope(texts[i], first + i);
		words[i + 2] = texts[i];
		lengths[i + 2] = ENVELOPE;
	}
	if (redisAppendCommandArgv(redis, (int)count + 2, words, lengths) != REDIS_OK)
		give_up("cannot send");
	expect_answer();
}

static void push_all(long count, long at_once)
{
	int64_t began = now_ns();
	for (long i = 0; i < count; i += at_once)
		push(i, count - i < at_once ? count - i : at_once);
	printf("%.0f\n", (double)count * 1e9 / (double)(now_ns() - began));
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

static void push_idle(long count, const char *clock_path)
{
	int file = open(clock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	size_t size = (size_t)count * sizeof(int64_t);
	if (file < 0 || ftruncate(file, (off_t)size) < 0)
		give_up(clock_path);
	int64_t *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	int64_t *took = calloc((size_t)count, sizeof *took);
	if (at == MAP_FAILED || !took)
		give_up(clock_path);
	for (long i = 0; i < count; i++) {
		struct timespec gap = {0, 1000000 + random() % 4000000};
		(void)nanosleep(&gap, NULL);
		int64_t began = now_ns(), ran;
		push(i, 1);
		while (!(ran = __atomic_load_n(&at[i], __ATOMIC_ACQUIRE))) {
			const struct timespec look_again = {0, 100000};
			(void)nanosleep(&look_again, NULL);
			if (now_ns() - began > 5000000000)
				give_up("a job did not run within 5 s");
		}
		took[i] = ran - began;
	}
	qsort(took, (size_t)count, sizeof *took, compare);
	printf(
	    "%.1f %.1f\n", (double)took[count / 2] / 1000, (double)took[count * 99 / 100] / 1000);
	free(took);
}

int main(int argc, char **argv)
{
	if (argc < 5) {
		(void)fprintf(
		    stderr, "usage: bench_push SOCKET QUEUE single|bulk|idle COUNT [CLOCK]\n");
		return 2;
	}
	redis = redisConnectUnix(argv[1]);
	if (!redis || redis->err)
		give_up("cannot connect");
	(void)snprintf(inbox, sizeof inbox, "rollcall:{%s}:inbox", argv[2]);
	long count = strtol(argv[4], NULL, 10);
	if (strcmp(argv[3], "idle") == 0 && argc > 5)
		push_idle(count, argv[5]);
	else
		push_all(count, strcmp(argv[3], "bulk") == 0 ? BULK : 1);
	redisFree(redis);
	return 0;
}
