/*
 * redis_seen - connections whose answers and changes are written down, to the Redis of
 * redis_rig or to a peer that is none.
 */
#ifndef REDIS_SEEN_H
#define REDIS_SEEN_H

#include <stdio.h>
#include <unistd.h>

#include "loopback.h"
#include "redis_rig.h"

/* ---- what is told, written down ---- */

struct seen {
	int count, number;
	int code; /* of the last error, 0: a reply */
	char text[256];
	bool done;
};

static inline void see(void *ctx, const struct reply *r, const struct err *why)
{
	struct seen *s = ctx;
	static int number;
	s->count++;
	s->number = ++number;
	s->done = true;
	s->code = why ? why->code : 0;
	text_copy(s->text, sizeof s->text,
	    why			  ? why->text
	    : reply_text(r, NULL) ? reply_text(r, NULL)
				  : "");
}

struct changes {
	bool up, down;
	int downs;
	int64_t at_ms;
	char why[384];
};

static inline void changed(void *ctx, bool up, const struct err *why)
{
	struct changes *c = ctx;
	*(up ? &c->up : &c->down) = true;
	c->at_ms = clock_mono_ms();
	c->downs += !up;
	if (why)
		text_copy(c->why, sizeof c->why, why->text);
}

/* ---- connections ---- */

static inline struct redis *connect_to(const char *url)
{
	struct err e;
	struct redis *r = redis_open(rig.loop, url, "test", &e);
	if (!r)
		FAIL("%s", e.text);
	return r;
}

/* begin gives the connection of redis_rig, to a Redis of the test's own. */
static inline struct redis *begin(void)
{
	rig_begin(NULL);
	return rig.redis;
}

static inline void begin_with(const char *option, const char *value)
{
	rig_begin((const char *const[]){option, value, NULL});
}

/* begin_away is begin without any Redis: what url names is not there, or is another peer. */
static inline struct redis *begin_away(const char *url)
{
	if (!rig.loop)
		rig.loop = loop_new();
	rig.redis = connect_to(url);
	return rig.redis;
}

/* free_port gives a port nobody listens on. */
static inline int free_port(void)
{
	int port;
	close(loopback_listen(&port));
	return port;
}

/* begin_on_tcp starts a Redis that can be reached over TCP as well, and gives that url. */
static inline const char *begin_on_tcp(const char *host)
{
	static char port[8], url[64];
	snprintf(port, sizeof port, "%d", free_port());
	snprintf(url, sizeof url, "redis://%s:%s", host, port);
	rig_begin((const char *const[]){"--bind", "127.0.0.1", "--port", port, NULL});
	return url;
}

static inline void turn(int64_t for_ms)
{
	static const bool never;
	loop_run_until(rig.loop, &never, clock_mono_ms() + for_ms);
}

#endif
