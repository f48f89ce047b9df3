/*
 * redis_detour - commands that a Redis Cluster wants elsewhere, or later.
 *
 * MOVED, ASK, TRYAGAIN and CLUSTERDOWN say that the command was not carried out. What was
 * sent behind it may have been, and then it is too late to send it again: commands would
 * be carried out in another order than they were given. So, from such a refusal on:
 *
 *	nothing more is sent, and refused commands are held until all in flight is answered
 *	only refusals	-> none of them was carried out: all are sent again, in order
 *	anything else	-> what is held is answered with an error, as after a loss
 *
 * A transaction is carried out at its EXEC, so its answers are held until that one is
 * there, and it is sent again as a whole or not at all.
 *
 * Where they are sent again: MOVED leads the connection to the owner (redis_line), which
 * tells "down" and "up", so whoever prepares a Redis prepares this one too. CLUSTERDOWN
 * drops the connection: another node may know better. TRYAGAIN is waited for. ASK is
 * followed for one command on a connection aside; but functions, scripts and transactions
 * wait instead, because while a slot moves its keys are in two places, and these would
 * take what is in the other one for missing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "redis_int.h"

enum { REST_MS = 70 };

/* One command at the node that takes the slot over. */
struct aside {
	struct redis *redis;
	struct redis_url url; /* borrowed but for the place */
	struct line *line;    /* owned */
	bool allowed;	      /* ASKING was answered */
};

/* ---- refusals ---- */

/* The place stands behind the slot: "MOVED 3999 host:port". */
static void note_place(struct redis *r, const char *text)
{
	char host[sizeof r->refused_to];
	const char *at = strchr(text, ' '), *colon = strrchr(text, ':');
	at = at ? strchr(at + 1, ' ') : NULL;
	if (!at || !colon || colon < at)
		return;
	(void)!snprintf(host, sizeof host, "%.*s", (int)(colon - at - 1), at + 1);
	text_copy(r->refused_to, sizeof r->refused_to, strcmp(host, "?") == 0 ? "" : host);
	r->refused_port = (int)strtol(colon + 1, NULL, 10);
}

static enum refusal refusal_of(const redisReply *reply)
{
	if (reply_begins(reply, "MOVED "))
		return REFUSAL_MOVED;
	if (reply_begins(reply, "ASK "))
		return REFUSAL_ASK;
	if (reply_begins(reply, "TRYAGAIN"))
		return REFUSAL_TRY_AGAIN;
	if (reply_begins(reply, "CLUSTERDOWN"))
		return REFUSAL_DOWN;
	return REFUSAL_NONE;
}

static void note(struct redis *r, enum refusal refusal, const redisReply *reply)
{
	r->refusal = refusal;
	r->refused_to[0] = '\0';
	r->refused_port = 0;
	if (refusal == REFUSAL_MOVED || refusal == REFUSAL_ASK)
		note_place(r, reply->str);
	err_set(&r->refused_why, ERR_REACH, "%s", reply->str);
}

/* ---- sending again ---- */

static void forget_answer(struct command *c)
{
	if (c->answer)
		freeReplyObject(c->answer);
	c->answer = NULL;
}

/* What is held goes back to the head of what waits. */
static void wait_again(struct redis *r)
{
	struct link *link;
	list_each (at, &r->held) {
		struct command *c = container_of(at, struct command, link);
		forget_answer(c);
		c->sent = false;
	}
	while ((link = list_pop(&r->waiting)))
		list_push(&r->held, link);
	while ((link = list_pop(&r->held)))
		list_push(&r->waiting, link);
}

static void rested(void *ctx)
{
	redis_pump(ctx);
}

static void rest(struct redis *r)
{
	wait_again(r);
	timer_set(r->loop, &r->rest, REST_MS, rested, r);
}

/* ---- aside ---- */

static struct command *guest(struct redis *r)
{
	return container_of(r->held.next, struct command, link);
}

static void aside_end(struct redis *r)
{
	struct aside *a = r->aside;
	if (!a)
		return;
	r->aside = NULL;
	line_close(a->line);
	redis_url_narrow_clear(&a->url);
	free(a);
}

static void aside_up(void *owner)
{
	struct aside *a = owner;
	struct command *c = guest(a->redis);
	c->sent = true;
	wire_put_words(line_wire(a->line), (const char *[]){"ASKING", NULL});
	wire_put(line_wire(a->line), c->bytes, c->size);
	wire_flush(line_wire(a->line));
}

static void aside_down(void *owner, const struct err *why)
{
	struct aside *a = owner;
	struct redis *r = a->redis;
	struct command *c = guest(r);
	struct err e = *why;

	aside_end(r);
	if (!c->sent) {
		rest(r);
		return;
	}
	timer_set(r->loop, &r->rest, 0, rested, r);
	redis_finish(c, NULL, &e);
}

static void aside_reply(void *owner, redisReply *reply)
{
	struct aside *a = owner;
	struct redis *r = a->redis;
	if (!a->allowed) {
		a->allowed = true;
		freeReplyObject(reply);
		return;
	}
	struct command *c = guest(r);
	aside_end(r);
	if (refusal_of(reply) != REFUSAL_NONE) {
		freeReplyObject(reply);
		rest(r);
		return;
	}
	timer_set(r->loop, &r->rest, 0, rested, r);
	redis_finish(c, reply, NULL);
}

static void aside_room(void *owner)
{
	(void)owner;
}

static const struct wire_events aside_events = {
    .up = aside_up,
    .down = aside_down,
    .reply = aside_reply,
    .room = aside_room,
};

/* Functions and scripts find keys that they did not name. */
static bool is_one_key_command(const struct command *c)
{
	static const char *const others[] = {"FCALL", "EVAL", "MULTI"};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (strncasecmp(c->verb, others[i], strlen(others[i])) == 0)
			return false;
	return true;
}

/* The first of what is held stays there while it is aside; the others wait. */
static void go_aside(struct redis *r)
{
	struct link *first = r->held.next;
	struct aside *a = xcalloc(1, sizeof *a);
	list_drop(first);
	wait_again(r);
	list_push(&r->held, first);
	guest(r)->sent = false;
	a->redis = r;
	a->url = redis_url_narrow(&r->url, r->refused_to, r->refused_port);
	a->line = line_open(r->loop, &a->url, r->name, &aside_events, a);
	r->aside = a;
}

/* ---- when all in flight is answered ---- */

static void settle(struct redis *r)
{
	enum refusal refusal = r->refusal;
	struct err why = r->refused_why;

	r->refusal = REFUSAL_NONE;
	r->in_transaction = false;
	bool has_place = r->refused_port > 0 && r->refused_port <= 65535;
	if (refusal == REFUSAL_ASK && has_place && *r->refused_to && !list_empty(&r->held) &&
	    is_one_key_command(guest(r))) {
		go_aside(r);
	} else if (refusal == REFUSAL_MOVED && has_place) {
		wait_again(r);
		line_move(r->line, r->refused_to, r->refused_port, &why);
	} else if (refusal == REFUSAL_ASK || refusal == REFUSAL_TRY_AGAIN) {
		rest(r);
	} else {
		wait_again(r);
		line_drop(r->line, &why);
	}
}

/* ---- answers ---- */

static void tell_held(struct redis *r)
{
	struct link *link;
	while ((link = list_pop(&r->held))) {
		struct command *c = container_of(link, struct command, link);
		redisReply *answer = c->answer;
		struct err e = r->refused_why;
		err_prefix(&e, "%s", r->url.place);
		c->answer = NULL;
		redis_finish(c, answer, answer ? NULL : &e);
	}
}

/* take puts the answer to what is held; true if it has to stay there. */
static bool take(struct redis *r, struct command *c, redisReply *reply)
{
	bool ends = strcasecmp(c->verb, "EXEC") == 0 || strcasecmp(c->verb, "DISCARD") == 0;
	bool begins = strcasecmp(c->verb, "MULTI") == 0 && reply->type != REDIS_REPLY_ERROR;
	bool aborted = r->in_transaction && r->refusal && reply_begins(reply, "EXECABORT");
	enum refusal refusal = refusal_of(reply);

	if (refusal)
		note(r, refusal, reply);
	c->answer = reply;
	list_push(&r->held, &c->link);
	r->in_transaction = (r->in_transaction || begins) && !ends;
	if (refusal || aborted) {
		forget_answer(c);
		return true;
	}
	return r->in_transaction;
}

void detour_answer(struct redis *r, struct command *c, redisReply *reply)
{
	redis_hold(r);
	if (!r->refusal)
		r->refused_why.text[0] = '\0';
	if (!take(r, c, reply))
		tell_held(r);
	if (!r->closed && r->refusal && list_empty(&r->in_flight))
		settle(r);
	redis_release(r);
}

bool detour_bars(const struct redis *r)
{
	return r->refusal || r->aside || timer_is_set(&r->rest);
}

void detour_overdue(struct redis *r, struct command *c)
{
	if (!r->aside || guest(r) != c)
		return;
	aside_end(r);
	timer_set(r->loop, &r->rest, 0, rested, r);
}

void detour_lost(struct redis *r)
{
	aside_end(r);
	timer_clear(r->loop, &r->rest);
	r->refusal = REFUSAL_NONE;
	r->in_transaction = false;
	list_each (at, &r->held) {
		forget_answer(container_of(at, struct command, link));
		list_drop(at);
		list_push(&r->lost, at);
	}
}
