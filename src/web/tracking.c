/*
 * tracking - from two connections to the certainty that changes are told.
 *
 *	listener up --> SUBSCRIBE ---.
 *	                             +--> CLIENT TRACKING ON, probe --> probe heard: on
 *	reader up -------------------'
 *
 * That the listener is on the same Redis as the reader, and hears, is not taken for granted:
 * ids of connections are small numbers, and behind Sentinels, or where a name stands for two
 * hosts, one connection may be with the old master still. So the reader reads a key of its
 * own and writes it, and only when that is heard do others believe what they are not told.
 *
 * A listener whose other end died without a word would hear nothing and not notice: it is
 * asked twice a second whether it is there, and given up when it does not say so.
 *
 * Of a Redis Cluster both connections would have to be with the node of the slot, wherever
 * that goes; there, and where Redis does not permit it, tracking stays off, is tried again
 * once a minute, and the reason is logged once.
 */
#include "tracking.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "log.h"

enum {
	ASK_MS = 2000,
	PROBE_MS = 2000, /* after that it is tried again */
	PROBE_KEPT_MS = 10000,
	PING_EVERY_MS = 500,
	PING_MS = 1000,
	AGAIN_MS = 60000,
};

struct tracking {
	const struct web *web;
	const struct tracking_events *events;
	void *owner;
	struct redis *reader;
	struct redis *listener; /* owned */
	struct timer ping, again;
	bool subscribed; /* the listener hears */
	bool asked;	 /* the reader has asked to be told on, and probes */
	bool on;
	char probe[160];   /* key; another one for each try */
	char refused[256]; /* why it is not on, as last logged */
};

static void subscribe(struct tracking *t);
static void begin(struct tracking *t);

/* ---- not now, or not here ------------------------------------------------------------- */

static void stop(struct tracking *t)
{
	bool was_on = t->on;
	timer_clear(t->web->loop, &t->again);
	t->asked = t->on = false;
	if (was_on)
		t->events->off(t->owner);
}

static void begin_again(void *ctx)
{
	struct tracking *t = ctx;
	stop(t);
	if (t->subscribed)
		begin(t);
	else
		subscribe(t);
}

static void refuse(struct tracking *t, const char *why)
{
	stop(t);
	if (strcmp(t->refused, why) != 0) {
		text_copy(t->refused, sizeof t->refused, why);
		log_warn("changes_not_told", log_str("why", why),
		    log_str("instead", "records are read each time they are asked for"));
	}
	timer_set(t->web->loop, &t->again, AGAIN_MS, begin_again, t);
}

/* A lost connection is told by both ends' change; only what Redis says is news here. */
static bool is_refused(struct tracking *t, const struct reply *r)
{
	if (!r || reply_kind(r) != REPLY_ERROR)
		return false;
	refuse(t, reply_text(r, NULL));
	return true;
}

/* ---- the way to on ---------------------------------------------------------------------- */

static void probe_written(void *ctx, const struct reply *r, const struct err *e)
{
	struct tracking *t = ctx;
	(void)e;
	if (t->asked)
		(void)is_refused(t, r);
}

static void name_probe(struct tracking *t)
{
	unsigned char random[8];
	char hex[2 * sizeof random + 1];
	randombytes_buf(random, sizeof random);
	sodium_bin2hex(hex, sizeof hex, random, sizeof random);
	(void)!snprintf(t->probe, sizeof t->probe, "%slive:%s", t->web->prefix, hex);
}

/* Redis carries out the three in this order: what is asked after them is told about. */
static void begin(struct tracking *t)
{
	if (t->asked || !t->subscribed || !redis_is_up(t->reader))
		return;
	if (redis_is_cluster(t->reader)) {
		refuse(t, "Redis is a cluster");
		return;
	}
	t->asked = true;
	name_probe(t);
	redis_sendf(t->reader, ASK_MS, probe_written, t, "CLIENT TRACKING ON REDIRECT %d",
	    redis_client_id(t->listener));
	redis_sendf(t->reader, ASK_MS, probe_written, t, "EXISTS %s", t->probe);
	redis_sendf(t->reader, ASK_MS, probe_written, t, "SET %s 1 PX %d", t->probe,
	    (int64_t)PROBE_KEPT_MS);
	timer_set(t->web->loop, &t->again, PROBE_MS, begin_again, t);
}

static void probe_heard(struct tracking *t)
{
	timer_clear(t->web->loop, &t->again);
	t->on = true;
	if (t->refused[0])
		log_info("changes_told");
	t->refused[0] = '\0';
	t->events->on(t->owner);
}

/* "message", channel, and a list of keys or, when all are gone, nil. */
static void heard(void *ctx, const struct reply *message)
{
	struct tracking *t = ctx;
	const struct reply *keys = reply_at(message, 2);
	if (t->on && reply_kind(keys) == REPLY_NIL)
		t->events->changed(t->owner, NULL);
	for (size_t i = 0; i < reply_count(keys); i++) {
		const char *key = reply_text(reply_at(keys, i), NULL);
		if (key && t->on)
			t->events->changed(t->owner, key);
		else if (key && t->asked && strcmp(key, t->probe) == 0)
			probe_heard(t);
	}
}

/* ---- the two connections ------------------------------------------------------------------ */

static void ask_whether_there(void *ctx);

static void is_there(void *ctx, const struct reply *r, const struct err *e)
{
	struct tracking *t = ctx;
	(void)e;
	if (r && t->subscribed)
		timer_set(t->web->loop, &t->ping, PING_EVERY_MS, ask_whether_there, t);
}

static void ask_whether_there(void *ctx)
{
	struct tracking *t = ctx;
	redis_sendf(t->listener, PING_MS, is_there, t, "PING");
}

static void subscribed(void *ctx, const struct reply *r, const struct err *e)
{
	struct tracking *t = ctx;
	(void)e;
	if (!r || is_refused(t, r))
		return;
	t->subscribed = true;
	ask_whether_there(t);
	begin(t);
}

static void subscribe(struct tracking *t)
{
	if (redis_is_up(t->listener))
		redis_sendf(t->listener, ASK_MS, subscribed, t, "SUBSCRIBE __redis__:invalidate");
}

static void listener_changed(void *ctx, bool up, const struct err *why)
{
	struct tracking *t = ctx;
	(void)why;
	timer_clear(t->web->loop, &t->ping);
	t->subscribed = false;
	stop(t);
	if (up)
		subscribe(t);
}

static void reader_changed(void *ctx, bool up, const struct err *why)
{
	struct tracking *t = ctx;
	(void)why;
	stop(t);
	if (up)
		begin(t);
}

void tracking_catch_up(struct tracking *t, redis_fn fn, void *ctx)
{
	redis_sendf(t->listener, PING_MS, fn, ctx, "PING");
}

/* ---- life ---------------------------------------------------------------------------------- */

struct tracking *tracking_open(const struct web *web, struct redis *reader,
    const struct tracking_events *events, void *owner, struct err *e)
{
	struct tracking *t = xcalloc(1, sizeof *t);
	*t = (struct tracking){.web = web, .events = events, .owner = owner, .reader = reader};
	t->listener = redis_open(web->loop, web->config->redis.url, "rollcall-web-hears", e);
	if (!t->listener) {
		free(t);
		return NULL;
	}
	redis_never_blocks(t->listener);
	redis_on_push(t->listener, heard, t);
	redis_on_change(t->listener, listener_changed, t);
	redis_on_change(reader, reader_changed, t);
	return t;
}

void tracking_close(struct tracking *t)
{
	if (!t)
		return;
	redis_on_change(t->reader, NULL, NULL);
	timer_clear(t->web->loop, &t->again);
	timer_clear(t->web->loop, &t->ping);
	t->subscribed = t->asked = t->on = false;
	redis_close(t->listener);
	free(t);
}
