/*
 * redis - one connection to Redis that comes back by itself.
 *
 * Commands go out in order and are answered in order. Each has a deadline; one
 * that passes it drops the connection, since nothing after it can be trusted.
 * When a connection is lost, every command in flight is answered with an error
 * (it may or may not have happened) and a new one is made: after 50 ms, then
 * doubling to half a second, with jitter. Commands given while there is none wait
 * for it until their deadline. An error reply that tells of a fail-over (READONLY,
 * LOADING, MASTERDOWN, UNBLOCKED) is handed on, and the connection made anew.
 *
 * Behind Sentinels the connection is to the master that they name, wherever that
 * goes. Of a Redis Cluster any node may be named, and all keys that one connection
 * asks for lie in one slot: MOVED, ASK, TRYAGAIN and CLUSTERDOWN are followed, or
 * waited for until the deadline, and never handed on. The answers of a transaction
 * come together there, at its EXEC: give its commands in one go.
 */
#ifndef REDIS_H
#define REDIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "loop.h"

struct redis;
struct reply;

enum reply_kind { REPLY_NIL, REPLY_TEXT, REPLY_NUMBER, REPLY_LIST, REPLY_ERROR };

/* A reply lives until the callback returns. reply_text of a number is NULL; of
 * an error its text. reply_at beyond the end gives a nil. */
enum reply_kind reply_kind(const struct reply *r);
const char *reply_text(const struct reply *r, size_t *length);
int64_t reply_number(const struct reply *r);	/* also of decimal text */
size_t reply_count(const struct reply *r);
const struct reply *reply_at(const struct reply *r, size_t n);

/* reply_field finds a field's value in the flat list of HGETALL; nil if none. */
const struct reply *reply_field(const struct reply *r, const char *field);
const char *reply_field_text(const struct reply *r, const char *field); /* or NULL */

/* r is NULL when the command could not be carried out, and *e says why:
 * ERR_REACH, ERR_TIMEOUT. An error reply of Redis is a reply (REPLY_ERROR). */
typedef void (*redis_fn)(void *ctx, const struct reply *r, const struct err *e);

/* redis_open starts connecting to url; name is shown in CLIENT LIST. NULL and *e if
 * the url is bad.
 *
 *	redis://[user:pass@]host[:port][,host[:port]...][/db]	the first that serves
 *	rediss://...[?ca_file=/path]	the same with TLS; refused with the remedy where
 *					this build has none
 *	unix://[user:pass@]/path[?db=N]
 *	sentinel://[user:pass@]host[:port][,host[:port]...]/name[?db=N]
 */
struct redis *redis_open(struct loop *l, const char *url, const char *name, struct err *e);
void redis_close(struct redis *r);	/* answers what is in flight, then frees */

/* redis_on_change tells of connects (up) and losses (down), and while it is down
 * of each new reason: a refused connect is told at once. */
typedef void (*redis_change_fn)(void *ctx, bool up, const struct err *why);
void redis_on_change(struct redis *r, redis_change_fn fn, void *ctx);
bool redis_is_up(const struct redis *r);

/* redis_client_id is what CLIENT ID would say, redis_is_cluster whether Redis is one; 0 and
 * false while down. */
int64_t redis_client_id(const struct redis *r);
bool redis_is_cluster(const struct redis *r);

/* redis_on_push tells of what comes without having been asked for: the messages of channels,
 * as Redis gives them ("message", channel, payload). SUBSCRIBE, to one channel at a time, and
 * PING are commands like others then. After a loss the owner subscribes anew: what was said
 * meanwhile was said to nobody. */
typedef void (*redis_push_fn)(void *ctx, const struct reply *message);
void redis_on_push(struct redis *r, redis_push_fn fn, void *ctx);

/* redis_down_since gives the clock_mono_ms of the loss, 0 while up. */
int64_t redis_down_since(const struct redis *r);

/* redis_never_blocks tells that nothing will be sent that Redis answers only when something
 * happens (BLPOP, WAIT). Then a silence of 300 ms while an answer is owed is looked into with
 * a second connection, and when that one is answered, the first is given up 250 ms later: it
 * died without a word. A Redis that is merely slow answers neither, and loses nothing. */
void redis_never_blocks(struct redis *r);

/* redis_redial gives the connection up, as if it were lost just now, and makes a new one. */
void redis_redial(struct redis *r);

/* A command under construction: words of any bytes, copied. */
struct words {
	const char **at;	/* owned arrays */
	size_t *length;
	size_t count, room;
	struct words_arena *arena;
};

void words_init(struct words *w);
void words_clear(struct words *w);
void words_reset(struct words *w);	/* empties; keeps some memory */
void words_add(struct words *w, const char *text);	/* NULL adds "" */
void words_add_bytes(struct words *w, const char *bytes, size_t length);
void words_addf(struct words *w, const char *fmt, ...) PRINTF_LIKE(2, 3);
void words_int(struct words *w, int64_t n);
void words_append(struct words *w, const struct words *more);

/* redis_send sends the words (the caller keeps them) and calls fn exactly once,
 * never before it returns. timeout_ms counts from now. fn may be NULL. */
void redis_send(struct redis *r, const struct words *w, int64_t timeout_ms,
    redis_fn fn, void *ctx);

/* redis_yield, while a reply is told: those that came with it are told when what is sent because
 * of it has left. So Redis, which answers what it reads at once together, and we work at the
 * same time, not by turns. */
void redis_yield(struct redis *r);

/* redis_sendf is redis_send for short commands of plain words split at blanks:
 * %s, %b (bytes, size_t) and %d (an int64_t) never split, whatever they hold, and
 * may be part of a word: "HGET job:%s state". */
void redis_sendf(struct redis *r, int64_t timeout_ms, redis_fn fn, void *ctx,
    const char *fmt, ...);

/* redis_ask sends and runs the loop until the answer is there: for the command
 * line and tests. Returns the reply (free with reply_free), or NULL and *e;
 * an error reply is ERR_REFUSED. */
struct reply *redis_ask(struct redis *r, const struct words *w, int64_t timeout_ms,
    struct err *e);
struct reply *redis_askf(struct redis *r, int64_t timeout_ms, struct err *e,
    const char *fmt, ...);
void reply_free(struct reply *r);

#endif
