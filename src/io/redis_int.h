/*
 * redis_int - how the pieces of redis.h stand on each other.
 *
 *	redis.c		commands, their deadlines and their answers
 *	redis_detour.c	commands that a cluster wants elsewhere, or later
 *	redis_witness.c	is Redis slow, or the connection dead?
 *	redis_line.c	a connection that comes back: finds, reaches, greets
 *	redis_find.c	asks Sentinels who the master is
 *	redis_reach.c	from a host's name to a connected wire
 *	redis_wire.c	one socket, hiredis on a libuv poll
 *	redis_tls.c	what makes a wire private, where hiredis can
 */
#ifndef REDIS_INT_H
#define REDIS_INT_H

#include <hiredis/hiredis.h>

#include "loop.h"
#include "redis.h"

/* ---- redis_tls.c ---- */

struct tls;		/* whom to trust */
struct tls_session;	/* of one wire */
enum tls_state { TLS_READY, TLS_WANTS_READ, TLS_WANTS_WRITE, TLS_FAILED };

bool tls_is_there(void);

/* tls_new trusts what ca_file (PEM) says, or, if NULL, what the system trusts. */
struct tls *tls_new(const char *ca_file, struct err *e);
void tls_free(struct tls *t);	/* NULL is allowed */

/* tls_begin begins to shake hands over a connected context; host, a name or a numeric
 * address, is whom the certificate must be good for. tls_step goes on: call it when the
 * socket is ready for what it wants. Once it is ready, hiredis does the rest; tls_end
 * comes before the end of the context. */
struct tls_session *tls_begin(struct tls *t, redisContext *context, const char *host,
    struct err *e);
enum tls_state tls_step(struct tls_session *s, struct err *e);
void tls_end(struct tls_session *s);	/* NULL is allowed */

/* ---- redis_url.c ---- */

enum { REDIS_PLACES_MAX = 16 };

struct redis_place {
	char *host;		/* owned */
	int port;
};

struct redis_url {
	char *path;		/* owned; of a unix socket, else NULL */
	struct redis_place places[REDIS_PLACES_MAX]; /* of TCP: Redis, or Sentinels */
	int place_count;
	char *master;		/* owned; what the Sentinels call it, else NULL */
	bool is_tls;
	char *ca_file;		/* owned; or NULL */
	struct tls *tls;	/* owned; NULL: none */
	int db;
	char *user, *password;	/* owned; NULL: none */
	char *place;		/* owned; "redis HOST:PORT", for people */
};

int redis_url_read(struct redis_url *u, const char *url, struct err *e) MUST_CHECK;
void redis_url_clear(struct redis_url *u);

/* redis_url_narrow makes a url of u that leads to one place only, with port 0 to u's path. It
 * borrows all of u but the place; redis_url_narrow_clear gives that back. */
struct redis_url redis_url_narrow(const struct redis_url *u, const char *host, int port);
void redis_url_narrow_clear(struct redis_url *u);
bool redis_host_is_numeric(const char *host);

/* ---- words.c ---- */

/* words_format gives the words as Redis wants them on the wire; free it. */
char *words_format(const struct words *w, size_t *size);

/* words_vformat fills *w as redis_sendf describes. */
void words_vformat(struct words *w, const char *fmt, va_list args);

/* ---- reply.c ---- */

struct reply *reply_of(redisReply *raw);
bool reply_begins(const redisReply *raw, const char *error);

/* ---- wires and lines ---- */

/* What a wire tells its line, and a line its redis. The one told may close the
 * one who tells; nothing else happens after it was told. */
struct wire_events {
	void (*up)(void *owner);
	void (*down)(void *owner, const struct err *why);
	void (*reply)(void *owner, redisReply *reply);	/* now the owner's */
	void (*room)(void *owner);	/* all that was written has left */
};

struct wire;

struct peer {
	const char *address;	/* a unix path (port 0) or a numeric address */
	int port;
	struct tls *tls;	/* NULL: none; else the peer must prove to be host */
	const char *host;
};

/* wire_open dials. After "down" the owner closes the wire. wire_give makes it
 * somebody else's. */
struct wire *wire_open(struct loop *l, const struct peer *peer,
    const struct wire_events *events, void *owner, struct err *e);
void wire_give(struct wire *w, const struct wire_events *events, void *owner);
void wire_close(struct wire *w);

/* wire_abort has what was written and not taken yet forgotten when the wire is closed: else the
 * kernel goes on delivering it, and Redis may do much later what nobody waits for any more. */
void wire_abort(struct wire *w);

/* wire_put appends to what is to be written; wire_flush writes what the kernel
 * takes, and "room" follows if that was not all. wire_backlog is 0 once it was. */
void wire_put(struct wire *w, const char *bytes, size_t size);
void wire_put_words(struct wire *w, const char *const *words);	/* up to NULL */
void wire_flush(struct wire *w);
size_t wire_backlog(const struct wire *w);

/* wire_yield, from "reply": the replies behind this one are told in the next turn of the loop,
 * after "room". */
void wire_yield(struct wire *w);

/* wire_heard_ms is when bytes came last, clock_mono_ms; 0: never. */
int64_t wire_heard_ms(const struct wire *w);

/* A reach is told of one end each time it began; wires are the owner's then. */
struct reach_events {
	void (*reached)(void *owner, struct wire *wire);	/* wire_give it to yourself */
	void (*unreached)(void *owner, const struct err *why);
};

struct reach;
struct reach *reach_new(struct loop *l, struct tls *tls, const struct reach_events *events,
    void *owner);
void reach_free(struct reach *h);

/* reach_begin tries each address of host in turn, limit_ms in all; a path has port 0. */
void reach_begin(struct reach *h, const char *host, int port, int64_t limit_ms);
void reach_stop(struct reach *h);

struct find_events {
	void (*found)(void *owner, const char *host, int port);
	void (*unfound)(void *owner, const struct err *why);
};

/* find_open borrows url. find_begin asks one Sentinel after the other, once round;
 * find_doubt has the next one asked first, because this one's answer was no good. */
struct find;
struct find *find_open(struct loop *l, const struct redis_url *url,
    const struct find_events *events, void *owner);
void find_close(struct find *f);
void find_begin(struct find *f);
void find_stop(struct find *f);
void find_doubt(struct find *f);

struct line;

/* line_open borrows url and name. "down" is told for each failed try. */
struct line *line_open(struct loop *l, const struct redis_url *url, const char *name,
    const struct wire_events *events, void *owner);
void line_close(struct line *n);

/* line_wire gives the wire to write to, NULL unless up. */
struct wire *line_wire(const struct line *n);

/* line_place is where it goes, or went last; a path has port 0. */
const struct redis_place *line_place(const struct line *n);

/* What Redis said when it was greeted: whether it is a cluster, who we are there. */
bool line_is_cluster(const struct line *n);
int64_t line_client_id(const struct line *n);

/* line_drop gives the connection up and dials anew; tells "down". line_move does the same
 * and goes to host first, or with "" to another port of the same host. */
void line_drop(struct line *n, const struct err *why);
void line_move(struct line *n, const char *host, int port, const struct err *why);

/* ---- commands ---- */

enum refusal {
	REFUSAL_NONE,
	REFUSAL_MOVED,
	REFUSAL_ASK,
	REFUSAL_TRY_AGAIN,
	REFUSAL_DOWN,
};

struct redis {
	struct loop *loop;
	struct redis_url url;
	char *name;		/* owned */
	struct line *line;	/* owned */
	struct link waiting, in_flight, held, lost;
	struct timer pump;
	redis_change_fn change;
	void *change_ctx;
	redis_push_fn push;
	void *push_ctx;
	int64_t down_since_ms;
	struct err why;		/* it is down */
	int holds;
	bool up, closed;

	/* redis_witness.c */
	bool never_blocks;
	int64_t owed_since_ms;	/* since then there is a command in flight */
	struct timer silence;
	struct witness *witness; /* owned; NULL unless one is asked */

	/* redis_detour.c */
	enum refusal refusal;	/* the last one, until all in flight is answered */
	char refused_to[256];
	int refused_port;
	struct err refused_why;
	bool in_transaction;
	struct timer rest;	/* before what was refused is sent again */
	struct aside *aside;	/* owned; it has the first of what is held */
};

struct asked;

struct command {
	struct link link;
	struct redis *redis;
	struct timer deadline;
	int64_t timeout_ms;
	redis_fn fn;
	void *ctx;
	struct asked *asked;	/* instead of fn */
	char *bytes;		/* owned; until they are handed to the wire, or answered */
	size_t size;
	redisReply *answer;	/* owned; while it is held */
	bool sent, timed_out;
	char verb[16];
};

/* redis_finish takes the command off all lists and gives it its one answer. redis_pump
 * hands over what waits. Whoever calls a callback holds the struct meanwhile. */
void redis_finish(struct command *c, redisReply *reply, const struct err *e);
void redis_pump(void *ctx);
void redis_hold(struct redis *r);
void redis_release(struct redis *r);

/* detour_answer takes the answer of a cluster to what was the first in flight. While it
 * bars, nothing may be sent. What it holds is lost with the connection; detour_overdue
 * lets go of a command that was to be sent again. */
void detour_answer(struct redis *r, struct command *c, redisReply *reply);
bool detour_bars(const struct redis *r);
void detour_overdue(struct redis *r, struct command *c);
void detour_lost(struct redis *r);

/* witness_expect is told that something is in flight where nothing was; witness_end that
 * whatever is asked of a witness is of no interest any more. */
void witness_expect(struct redis *r);
void witness_end(struct redis *r);

#endif
