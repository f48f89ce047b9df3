/*
 * redis - commands on their way to Redis and back.
 *
 *	waiting --> in flight --> answered
 *	   ^             |'------> lost, when the connection goes: answered with an error
 *	   '--- held <---'         (a Redis Cluster wants it elsewhere: redis_detour.c)
 *
 * Each state is a list. Commands given within one turn of the loop leave together,
 * in as few writes as the kernel allows; what it does not take yet stays waiting.
 * A command's deadline is a timer of its own.
 *
 * A callback may send, close, or turn the loop: whatever calls one holds the struct
 * until it is back.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "redis_int.h"

enum { WRITE_BYTES = 256 * 1024 }; /* formatted ahead of what the kernel takes */

/* asked is where redis_ask waits for its answer. */
struct asked {
	struct reply *reply;
	struct err error;
	bool done;
};

/* ---- holding ---- */

void redis_hold(struct redis *r)
{
	r->holds++;
}

void redis_release(struct redis *r)
{
	if (--r->holds > 0)
		return;
	assert(list_empty(&r->waiting) && list_empty(&r->in_flight));
	assert(list_empty(&r->held) && list_empty(&r->lost));
	redis_url_clear(&r->url);
	free(r->name);
	free(r);
}

/* ---- answers ---- */

/* finish takes the command off all lists and gives it its one answer. */
void redis_finish(struct command *c, redisReply *reply, const struct err *e)
{
	list_drop(&c->link);
	timer_clear(c->redis->loop, &c->deadline);
	if (c->asked) {
		c->asked->reply = reply_of(reply);
		c->asked->error = e ? *e : (struct err){0};
		c->asked->done = true;
	} else {
		if (c->fn)
			c->fn(c->ctx, reply_of(reply), e);
		reply_free(reply_of(reply));
	}
	free(c->bytes);
	free(c);
}

static void finish_lost(struct redis *r)
{
	struct link *link;
	while ((link = list_pop(&r->lost))) {
		struct command *c = container_of(link, struct command, link);
		struct err e = r->why;
		e.code = c->timed_out ? ERR_TIMEOUT : ERR_REACH;
		redis_finish(c, NULL, &e);
	}
}

static void command_overdue(void *ctx)
{
	struct command *c = ctx;
	struct redis *r = c->redis;
	const char *refused = r->refused_why.text; /* by a cluster, until now */
	struct err e = r->why;

	c->timed_out = true;
	if (r->up)
		err_set(&e, ERR_TIMEOUT, "%s %s within %lld ms%s%s",
		    c->sent ? "no answer to" : "could not send", c->verb, (long long)c->timeout_ms,
		    *refused ? ": " : "", refused);
	if (c->sent) {
		line_drop(r->line, &e);
		return;
	}
	if (r->up)
		err_prefix(&e, "%s", r->url.place);
	detour_overdue(r, c);
	redis_finish(c, NULL, &e);
}

/* ---- what the line tells ---- */

static void line_is_up(void *owner)
{
	struct redis *r = owner;
	r->up = true;
	timer_set(r->loop, &r->pump, 0, redis_pump, r);
	if (r->change)
		r->change(r->change_ctx, true, NULL);
}

/* Told for each failed try: others hear of a loss, and of each new reason. */
static void line_is_down(void *owner, const struct err *why)
{
	struct redis *r = owner;
	struct err e = *why;
	bool was_up = r->up;

	err_prefix(&e, "%s", r->url.place);
	bool is_news = was_up || strcmp(e.text, r->why.text) != 0;
	r->why = e;
	r->up = false;
	if (was_up)
		r->down_since_ms = clock_mono_ms();
	detour_lost(r);
	witness_end(r);
	list_each (at, &r->in_flight) {
		list_drop(at);
		list_push(&r->lost, at);
	}
	redis_hold(r);
	if (is_news && r->change)
		r->change(r->change_ctx, false, &e);
	finish_lost(r);
	redis_release(r);
}

/* These say that this Redis no longer is, or not yet is, the one that takes writes:
 * the name may lead to another one by now. */
static bool tells_fail_over(const redisReply *reply)
{
	return reply_begins(reply, "READONLY") || reply_begins(reply, "LOADING") ||
	       reply_begins(reply, "MASTERDOWN") || reply_begins(reply, "UNBLOCKED");
}

static bool is_push(const redisReply *reply)
{
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 3)
		return false;
	const redisReply *kind = reply->element[0];
	return kind->type == REDIS_REPLY_STRING &&
	       (strcmp(kind->str, "message") == 0 || strcmp(kind->str, "pmessage") == 0);
}

static void tell_push(struct redis *r, redisReply *reply)
{
	redis_hold(r);
	r->push(r->push_ctx, reply_of(reply));
	freeReplyObject(reply);
	redis_release(r);
}

static void answer_first(struct redis *r, redisReply *reply)
{
	struct link *first = list_pop(&r->in_flight);
	const struct wire *wire = line_wire(r->line);
	struct err why = {0};

	if (!first)
		err_set(&why, ERR_REACH, "it answers what was not asked");
	else if (tells_fail_over(reply))
		err_set(&why, ERR_REACH, "%s", reply->str);
	redis_hold(r);
	if (!first)
		freeReplyObject(reply);
	else if (line_is_cluster(r->line))
		detour_answer(r, container_of(first, struct command, link), reply);
	else
		redis_finish(container_of(first, struct command, link), reply, NULL);
	if (why.code && !r->closed && line_wire(r->line) == wire)
		line_drop(r->line, &why);
	redis_release(r);
}

static void line_replied(void *owner, redisReply *reply)
{
	struct redis *r = owner;
	if (r->push && is_push(reply))
		tell_push(r, reply);
	else
		answer_first(r, reply);
}

static void line_has_room(void *owner)
{
	redis_pump(owner);
}

static const struct wire_events line_events = {
    .up = line_is_up,
    .down = line_is_down,
    .reply = line_replied,
    .room = line_has_room,
};

/* ---- sending ---- */

/* pump hands over what waits, as far as the kernel takes it. */
void redis_pump(void *ctx)
{
	struct redis *r = ctx;
	struct wire *wire = line_wire(r->line);

	if (detour_bars(r))
		return;
	while (wire && !list_empty(&r->waiting) && wire_backlog(wire) == 0) {
		if (list_empty(&r->in_flight))
			witness_expect(r);
		while (!list_empty(&r->waiting) && wire_backlog(wire) < WRITE_BYTES) {
			struct link *first = list_pop(&r->waiting);
			struct command *c = container_of(first, struct command, link);
			list_push(&r->in_flight, first);
			wire_put(wire, c->bytes, c->size);
			c->sent = true;
			if (line_is_cluster(r->line))
				continue; /* it may have to be sent again */
			free(c->bytes);
			c->bytes = NULL;
		}
		wire_flush(wire);
	}
}

static struct command *command_new(struct redis *r, const struct words *w, int64_t timeout_ms)
{
	struct command *c = xcalloc(1, sizeof *c);
	assert(w->count > 0);
	c->redis = r;
	c->timeout_ms = timeout_ms;
	c->bytes = words_format(w, &c->size);
	text_copy(c->verb, sizeof c->verb, w->at[0]);
	list_init(&c->link);
	return c;
}

static void refuse(void *ctx)
{
	struct command *c = ctx;
	struct redis *r = c->redis;
	struct err e;
	err_set(&e, ERR_REACH, "%s: closed", r->url.place);
	redis_finish(c, NULL, &e);
	redis_release(r);
}

static void enqueue(struct redis *r, struct command *c)
{
	if (r->closed) { /* from a callback that redis_close calls */
		redis_hold(r);
		loop_defer(r->loop, refuse, c);
		return;
	}
	list_push(&r->waiting, &c->link);
	timer_set(r->loop, &c->deadline, c->timeout_ms, command_overdue, c);
	if (!timer_is_set(&r->pump))
		timer_set(r->loop, &r->pump, 0, redis_pump, r);
}

void redis_send(struct redis *r, const struct words *w, int64_t timeout_ms, redis_fn fn, void *ctx)
{
	struct command *c = command_new(r, w, timeout_ms);
	c->fn = fn;
	c->ctx = ctx;
	enqueue(r, c);
}

void redis_yield(struct redis *r)
{
	struct wire *wire = line_wire(r->line);
	if (wire)
		wire_yield(wire);
}

void redis_sendf(struct redis *r, int64_t timeout_ms, redis_fn fn, void *ctx, const char *fmt, ...)
{
	struct words w;
	va_list args;

	words_init(&w);
	va_start(args, fmt);
	words_vformat(&w, fmt, args);
	va_end(args);
	redis_send(r, &w, timeout_ms, fn, ctx);
	words_clear(&w);
}

struct reply *redis_ask(struct redis *r, const struct words *w, int64_t timeout_ms, struct err *e)
{
	struct asked asked = {0};
	struct command *c = command_new(r, w, timeout_ms);

	c->asked = &asked;
	enqueue(r, c);
	loop_run_until(r->loop, &asked.done, 0);
	if (!asked.reply) {
		err_set(e, asked.error.code, "%s", asked.error.text);
		return NULL;
	}
	if (reply_kind(asked.reply) == REPLY_ERROR) {
		err_set(e, ERR_REFUSED, "%s", reply_text(asked.reply, NULL));
		reply_free(asked.reply);
		return NULL;
	}
	return asked.reply;
}

struct reply *redis_askf(struct redis *r, int64_t timeout_ms, struct err *e, const char *fmt, ...)
{
	struct words w;
	va_list args;

	words_init(&w);
	va_start(args, fmt);
	words_vformat(&w, fmt, args);
	va_end(args);
	struct reply *reply = redis_ask(r, &w, timeout_ms, e);
	words_clear(&w);
	return reply;
}

/* ---- life ---- */

struct redis *redis_open(struct loop *l, const char *url, const char *name, struct err *e)
{
	struct redis_url read;
	if (redis_url_read(&read, url, e) < 0)
		return NULL;
	struct redis *r = xcalloc(1, sizeof *r);
	r->loop = l;
	r->url = read;
	r->name = xstrdup(name);
	r->holds = 1;
	r->down_since_ms = clock_mono_ms();
	err_set(&r->why, ERR_REACH, "%s: not connected yet", r->url.place);
	list_init(&r->waiting);
	list_init(&r->in_flight);
	list_init(&r->held);
	list_init(&r->lost);
	r->line = line_open(l, &r->url, r->name, &line_events, r);
	return r;
}

static void finish_all(struct link *commands, const struct err *e)
{
	struct link *link;
	while ((link = list_pop(commands)))
		redis_finish(container_of(link, struct command, link), NULL, e);
}

void redis_close(struct redis *r)
{
	struct err e;
	err_set(&e, ERR_REACH, "%s: closed", r->url.place);
	r->closed = true;
	r->change = NULL;
	line_close(r->line);
	detour_lost(r);
	witness_end(r);
	timer_clear(r->loop, &r->pump);
	finish_all(&r->lost, &e);
	finish_all(&r->in_flight, &e);
	finish_all(&r->waiting, &e);
	redis_release(r);
}

void redis_on_change(struct redis *r, redis_change_fn fn, void *ctx)
{
	r->change = fn;
	r->change_ctx = ctx;
}

void redis_redial(struct redis *r)
{
	struct err why;
	err_set(&why, ERR_REACH, "given up");
	if (r->up)
		line_drop(r->line, &why);
}

void redis_on_push(struct redis *r, redis_push_fn fn, void *ctx)
{
	r->push = fn;
	r->push_ctx = ctx;
}

int64_t redis_client_id(const struct redis *r)
{
	return r->up ? line_client_id(r->line) : 0;
}

bool redis_is_cluster(const struct redis *r)
{
	return r->up && line_is_cluster(r->line);
}

bool redis_is_up(const struct redis *r)
{
	return r->up;
}

int64_t redis_down_since(const struct redis *r)
{
	return r->up ? 0 : r->down_since_ms;
}
