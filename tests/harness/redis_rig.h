/*
 * redis_rig - a Redis of the test's own, on a socket in its folder, and a connection to it.
 *
 * Whatever fails here fails the test.
 */
#ifndef REDIS_RIG_H
#define REDIS_RIG_H

#include <sys/types.h>

#include "buf.h"
#include "clock.h"
#include "loop.h"
#include "redis.h"
#include "test.h"

#define P "rollcall:{t}:"	/* the prefix of all keys */

struct rig {
	struct loop *loop;
	struct redis *redis;	/* the test's own connection */
	char *url;		/* owned */
	pid_t server;
	void (*before_end)(void);	/* or NULL */
};
extern struct rig rig;

/* rig_begin starts Redis in the test's folder; more are words of its command line, up to
 * NULL. rig_server starts it again after rig_kill. rig_end leaves nothing behind. */
void rig_begin(const char *const *more);
void rig_server(void);
void rig_kill(void);
void rig_end(void);

/* rig_ask sends one command; words split at blanks, so two of them make an empty word. The
 * text of the reply, or a number as text, or "" for nil; good for the next few calls.
 * rig_number gives it as a number, rig_list "a,b,c" of a flat list, rig_reply the reply
 * itself, to be freed. */
const char *rig_ask(const char *fmt, ...) PRINTF_LIKE(1, 2);
int64_t rig_number(const char *fmt, ...) PRINTF_LIKE(1, 2);
const char *rig_list(const char *fmt, ...) PRINTF_LIKE(1, 2);
struct reply *rig_reply(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* WAIT turns the loop until the condition holds; NEVER turns it for a while and fails if
 * it does. */
void rig_turn(int64_t began_ms, const char *what, const char *file, int line);
#define WAIT(e) \
	for (int64_t began_ms_ = clock_mono_ms(); !(e);) \
		rig_turn(began_ms_, #e, __FILE__, __LINE__)
#define NEVER(e, for_ms) \
	for (int64_t until_ms_ = clock_mono_ms() + (for_ms); clock_mono_ms() < until_ms_;) { \
		rig_turn(clock_mono_ms(), #e, __FILE__, __LINE__); \
		if (e) \
			FAIL("%s, too early", #e); \
	}

#endif
