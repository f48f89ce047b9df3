/*
 * redis_witness - tells a connection that has died without a word from a Redis that is slow.
 *
 * A host that lost its power, or something between us that forgot the connection, sends
 * nothing: there is only silence, as there is while Redis runs a long script, waits for its
 * disk, forks or sleeps. A deadline cannot tell one from the other: a short one drops good
 * connections whenever Redis is slow, a long one is how long nothing is done. So, when
 * nothing has come for a while although an answer is owed, a second connection goes to the
 * same place and asks.
 *
 *	the first one speaks		-> it lives; the witness goes
 *	neither is answered		-> Redis is slow, or away: the deadlines decide
 *	only the witness is answered	-> a little later the first one is given up
 *
 * Redis serves what came first first, so when a slow one goes on, the older question is
 * answered before the witness's. The little while is for a packet that was lost and is sent
 * again, twice. It works whatever lies between (a proxy acknowledges on TCP what Redis never
 * gets), and costs nothing but a look at the clock until a silence comes.
 *
 * Where commands block, silence is what was asked for: such connections have no witness.
 */
#include <stdlib.h>

#include "buf.h"
#include "clock.h"
#include "redis_int.h"

enum {
	SILENCE_MS = 300, /* more than most forks and stalls take, and a packet sent again */
	GRACE_MS = 250,
};

struct witness {
	struct redis *redis;
	struct redis_url url; /* of that place only */
	struct line *line;    /* owned */
	int64_t answered_ms;  /* 0: not yet */
};

static void look(void *ctx);

static void look_in(struct redis *r, int64_t delay_ms)
{
	timer_set(r->loop, &r->silence, delay_ms, look, r);
}

/* ---- the witness ---- */

static void witness_up(void *owner)
{
	struct witness *s = owner;
	s->answered_ms = clock_mono_ms();
	look_in(s->redis, GRACE_MS);
}

static void witness_down(void *owner, const struct err *why)
{
	struct witness *s = owner;
	(void)why;
	s->answered_ms = 0;
}

static void witness_replied(void *owner, redisReply *reply)
{
	(void)owner;
	freeReplyObject(reply);
}

static void witness_has_room(void *owner)
{
	(void)owner;
}

static const struct wire_events witness_events = {
    .up = witness_up,
    .down = witness_down,
    .reply = witness_replied,
    .room = witness_has_room,
};

static void witness_begin(struct redis *r)
{
	const struct redis_place *place = line_place(r->line);
	struct witness *s = xcalloc(1, sizeof *s);
	s->redis = r;
	s->url = redis_url_narrow(&r->url, place->host, place->port);
	s->line = line_open(r->loop, &s->url, r->name, &witness_events, s);
	r->witness = s;
}

static void dismiss(struct redis *r)
{
	struct witness *s = r->witness;
	if (!s)
		return;
	r->witness = NULL;
	line_close(s->line);
	redis_url_narrow_clear(&s->url);
	free(s);
}

/* ---- the silence ---- */

static void give_up(struct redis *r, int64_t silent_ms)
{
	struct err why;
	err_set(&why, ERR_REACH, "silent for %lld ms, while another connection is answered",
	    (long long)silent_ms);
	line_drop(r->line, &why);
}

static void look(void *ctx)
{
	struct redis *r = ctx;
	if (!r->up || list_empty(&r->in_flight)) {
		dismiss(r);
		return;
	}
	int64_t now = clock_mono_ms(), heard_ms = wire_heard_ms(line_wire(r->line));
	int64_t silent_ms = now - (heard_ms > r->owed_since_ms ? heard_ms : r->owed_since_ms);
	if (silent_ms < SILENCE_MS) {
		dismiss(r);
		look_in(r, SILENCE_MS - silent_ms);
	} else if (!r->witness) {
		witness_begin(r);
		look_in(r, SILENCE_MS);
	} else if (r->witness->answered_ms == 0) {
		look_in(r, SILENCE_MS);
	} else if (now - r->witness->answered_ms < GRACE_MS) {
		look_in(r, r->witness->answered_ms + GRACE_MS - now);
	} else {
		give_up(r, silent_ms);
	}
}

void witness_expect(struct redis *r)
{
	if (!r->never_blocks)
		return;
	r->owed_since_ms = clock_mono_ms();
	if (!timer_is_set(&r->silence))
		look_in(r, SILENCE_MS);
}

void witness_end(struct redis *r)
{
	dismiss(r);
	timer_clear(r->loop, &r->silence);
}

void redis_never_blocks(struct redis *r)
{
	r->never_blocks = true;
}
