/*
 * redis_int - how the pieces of redis.h stand on each other.
 *
 *	redis.c		commands, their deadlines and their answers
 *	redis_line.c	a connection that comes back: looks up, dials, greets
 *	redis_wire.c	one socket, hiredis on a libuv poll
 */
#ifndef REDIS_INT_H
#define REDIS_INT_H

#include <hiredis/hiredis.h>

#include "loop.h"
#include "redis.h"

/* ---- redis_url.c ---- */

struct redis_url {
	char *path;		/* owned; of a unix socket, else NULL */
	char *host;		/* owned; of TCP, else NULL */
	int port, db;
	char *user, *password;	/* owned; NULL: none */
	char *place;		/* owned; "redis HOST:PORT", for people */
};

int redis_url_read(struct redis_url *u, const char *url, struct err *e) MUST_CHECK;
void redis_url_clear(struct redis_url *u);

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

/* wire_open dials a unix path (port 0) or a numeric address. After "down" the
 * owner closes the wire. */
struct wire *wire_open(struct loop *l, const char *address, int port,
    const struct wire_events *events, void *owner, struct err *e);
void wire_close(struct wire *w);

/* wire_put appends to what is to be written; wire_flush writes what the kernel
 * takes, and "room" follows if that was not all. wire_backlog is 0 once it was. */
void wire_put(struct wire *w, const char *bytes, size_t size);
void wire_flush(struct wire *w);
size_t wire_backlog(const struct wire *w);

struct line;

/* line_open borrows url and name. "down" is told for each failed try. */
struct line *line_open(struct loop *l, const struct redis_url *url, const char *name,
    const struct wire_events *events, void *owner);
void line_close(struct line *n);

/* line_wire gives the wire to write to, NULL unless up. */
struct wire *line_wire(const struct line *n);

/* line_drop gives the connection up and dials anew; tells "down". */
void line_drop(struct line *n, const struct err *why);

#endif
