/*
 * redis_find - asks Sentinels who the master is, one after the other, until one knows.
 *
 * A Sentinel has half a second to be reached and half a second to answer: the host that
 * died may have carried both the master and a Sentinel. What one says may be out of date,
 * so the caller looks at the role of whom it names, and after a disappointment the next
 * one is asked first. A Sentinel that wants a password is told the one of the url.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "redis_int.h"

enum { REACH_MS = 500, ANSWER_MS = 500 };

struct find {
	struct loop *loop;
	const struct redis_url *url;
	const struct find_events *events;
	void *owner;
	struct reach *reach; /* owned */
	struct wire *wire;   /* owned; while it is asked */
	struct timer timer;  /* for its answer */
	int next, asked;     /* which Sentinel; how many in this round */
	bool named;	     /* it was told who we are */
};

static const struct redis_place *sentinel(const struct find *f)
{
	return &f->url->places[f->next];
}

void find_stop(struct find *f)
{
	reach_stop(f->reach);
	if (f->wire)
		wire_close(f->wire);
	f->wire = NULL;
	timer_clear(f->loop, &f->timer);
}

void find_doubt(struct find *f)
{
	f->next = (f->next + 1) % f->url->place_count;
}

static void ask(struct find *f)
{
	f->named = false;
	reach_begin(f->reach, sentinel(f)->host, sentinel(f)->port, REACH_MS);
}

static void give_up_on(struct find *f, const char *why)
{
	struct err e;
	err_set(&e, ERR_REACH, "Sentinel %s:%d: %s", sentinel(f)->host, sentinel(f)->port, why);
	find_stop(f);
	find_doubt(f);
	if (++f->asked < f->url->place_count)
		ask(f);
	else
		f->events->unfound(f->owner, &e);
}

static void unreached(void *owner, const struct err *why)
{
	give_up_on(owner, why->text);
}

static void overdue(void *ctx)
{
	give_up_on(ctx, "no answer");
}

/* ---- question and answer ---- */

static void put_question(struct find *f)
{
	const struct redis_url *u = f->url;
	if (f->named && u->user)
		wire_put_words(f->wire, (const char *[]){"AUTH", u->user, u->password, NULL});
	else if (f->named)
		wire_put_words(f->wire, (const char *[]){"AUTH", u->password, NULL});
	wire_put_words(
	    f->wire, (const char *[]){"SENTINEL", "GET-MASTER-ADDR-BY-NAME", u->master, NULL});
	timer_set(f->loop, &f->timer, ANSWER_MS, overdue, f);
	wire_flush(f->wire);
}

static void answered(struct find *f, const redisReply *raw, const struct reply *r)
{
	const char *host = reply_text(reply_at(r, 0), NULL);
	int64_t port = reply_number(reply_at(r, 1));

	if (host && port > 0 && port <= 65535) {
		char *copy = xstrdup(host);
		find_stop(f);
		f->events->found(f->owner, copy, (int)port);
		free(copy);
	} else if (reply_begins(raw, "NOAUTH") && !f->named && f->url->password) {
		f->named = true;
		put_question(f);
	} else if (reply_kind(r) == REPLY_ERROR) {
		bool tells = f->url->password && strstr(raw->str, f->url->password);
		give_up_on(f, tells ? "it refuses us" : raw->str);
	} else {
		give_up_on(f, "it does not know that master");
	}
}

/* Of AUTH and question together only the last answer counts, unless the first refuses. */
static void wire_replied(void *owner, redisReply *reply)
{
	struct find *f = owner;
	if (reply->type != REDIS_REPLY_STATUS)
		answered(f, reply, reply_of(reply));
	freeReplyObject(reply);
}

static void wire_is_down(void *owner, const struct err *why)
{
	give_up_on(owner, why->text);
}

static void wire_has_room(void *owner)
{
	(void)owner;
}

static const struct wire_events wire_events = {
    .down = wire_is_down,
    .reply = wire_replied,
    .room = wire_has_room,
};

static void reached(void *owner, struct wire *wire)
{
	struct find *f = owner;
	f->wire = wire;
	wire_give(wire, &wire_events, f);
	put_question(f);
}

static const struct reach_events reach_events = {.reached = reached, .unreached = unreached};

/* ---- life ---- */

struct find *find_open(
    struct loop *l, const struct redis_url *url, const struct find_events *events, void *owner)
{
	struct find *f = xcalloc(1, sizeof *f);
	f->loop = l;
	f->url = url;
	f->events = events;
	f->owner = owner;
	f->reach = reach_new(l, NULL, &reach_events, f);
	return f;
}

void find_close(struct find *f)
{
	find_stop(f);
	reach_free(f->reach);
	free(f);
}

void find_begin(struct find *f)
{
	f->asked = 0;
	ask(f);
}
