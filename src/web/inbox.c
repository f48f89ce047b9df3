/*
 * inbox - what is pushed leaves a note behind, in the same transaction:
 *
 *	pushed:<job>	{type, school, class, requested_by, queued_at}, for three days
 *
 * so that whoever asks for a job before a worker has read it is not told that there is none. Of
 * two with the same id the first one's note stays: that is the one which admission takes.
 * A note is believed only while something waits to be read: the text leaves the inbox, or the
 * overflow of its school, in the same call of the library that makes the record.
 */
#include "inbox.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "round.h"

enum { NOTE_KEPT_S = 3 * 24 * 3600, NOTE_DEPTH = 4 };

/* ---- pushing ------------------------------------------------------------------------------ */

enum { PARTS = 5 };

struct push {
	inbox_fn fn;
	void *ctx;
	int left; /* parts that are not answered yet */
	bool is_soon;
	struct err error;
};

static void keep_trouble(struct push *p, const struct reply *r, const struct err *e)
{
	if (p->error.code)
		return;
	if (!r)
		p->error = *e;
	else if (reply_kind(r) == REPLY_ERROR)
		err_set(&p->error, ERR_REFUSED, "%s", reply_text(r, NULL));
}

/* While Redis is away the parts meet their deadline in no order: the last one answered,
 * whichever that is, ends the push. */
static void part_answered(struct push *p)
{
	if (--p->left > 0)
		return;
	p->fn(p->ctx, p->is_soon, p->error.code ? &p->error : NULL);
	free(p);
}

static void alive_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct push *p = ctx;
	(void)e;
	p->is_soon = r && reply_number(r) > 0;
	part_answered(p);
}

/* MULTI says OK, each command QUEUED or why it is not taken; the last answer has what became
 * of each. */
static void queued(void *ctx, const struct reply *r, const struct err *e)
{
	keep_trouble(ctx, r, e);
	part_answered(ctx);
}

static void pushed(void *ctx, const struct reply *r, const struct err *e)
{
	struct push *p = ctx;
	keep_trouble(p, r, e);
	for (size_t i = 0; i < reply_count(r); i++)
		keep_trouble(p, reply_at(r, i), e);
	part_answered(p);
}

static char *note_of(const struct envelope *v)
{
	json_t *note = json_pack("{s:s, s:s, s:s, s:s, s:I}", "type", v->type, "school", v->school,
	    "class", v->class_id, "requested_by", v->requested_by, "queued_at",
	    (json_int_t)clock_wall_ms());
	char *text = json_write(note);
	json_decref(note);
	return text;
}

void inbox_push(
    struct web *web, const struct envelope *envelope, const char *text, inbox_fn fn, void *ctx)
{
	struct redis *r = web->redis;
	struct push *p = xcalloc(1, sizeof *p);
	char *note = note_of(envelope);
	*p = (struct push){.fn = fn, .ctx = ctx, .left = PARTS};
	redis_sendf(r, WEB_REDIS_TIMEOUT_MS, alive_read, p, "EXISTS %salive", web->prefix);
	redis_sendf(r, WEB_REDIS_TIMEOUT_MS, queued, p, "MULTI");
	redis_sendf(r, WEB_REDIS_TIMEOUT_MS, queued, p, "RPUSH %sinbox %s", web->prefix, text);
	redis_sendf(r, WEB_REDIS_TIMEOUT_MS, queued, p, "SET %spushed:%s %s EX %d NX", web->prefix,
	    envelope->id, note, (int64_t)NOTE_KEPT_S);
	redis_sendf(r, WEB_REDIS_TIMEOUT_MS, pushed, p, "EXEC");
	free(note);
}

/* ---- looking ------------------------------------------------------------------------------ */

struct look {
	struct web *web;
	live_fn fn;
	void *ctx;
	char *job;	/* owned */
	json_t *note;	/* owned; NULL: none */
	int64_t unread; /* texts in the inbox, or outside it */
};

static void take_note(void *about, const struct reply *r)
{
	struct look *l = about;
	size_t length;
	const char *text = reply_text(r, &length);
	l->note = text ? json_read(text, length, NOTE_DEPTH, NULL) : NULL;
}

static void take_count(void *about, const struct reply *r)
{
	struct look *l = about;
	l->unread += reply_number(r);
}

static json_t *made_up(json_t *note)
{
	json_object_set_new(note, "state", json_string("queued"));
	json_object_set_new(note, "rev", json_integer(0));
	json_object_set(note, "updated_at", json_object_get(note, "queued_at"));
	return note;
}

static bool looked(void *ctx, struct round *r, const struct err *e)
{
	struct look *l = ctx;
	(void)r;
	if (e || !json_is_object(l->note))
		l->fn(l->ctx, NULL, e);
	else if (l->unread > 0)
		l->fn(l->ctx, made_up(l->note), NULL);
	else
		live_get(l->web->live, l->job, l->fn, l->ctx);
	json_decref(l->note);
	free(l->job);
	free(l);
	return false;
}

void inbox_look(struct web *web, const char *job, live_fn fn, void *ctx)
{
	struct look *l = xcalloc(1, sizeof *l);
	struct round *r = round_new(web, looked, l);
	*l = (struct look){.web = web, .fn = fn, .ctx = ctx, .job = xstrdup(job)};
	char *note = xasprintf("pushed:%s", job);
	ROUND_ASK(r, take_note, l, "GET", note);
	ROUND_ASK(r, take_count, l, "LLEN", "inbox");
	ROUND_ASK(r, take_count, l, "EXISTS", "overflowing");
	round_go(r);
	free(note);
}

void inbox_forget(struct web *web, const char *job)
{
	redis_sendf(
	    web->redis, WEB_REDIS_TIMEOUT_MS, NULL, NULL, "UNLINK %spushed:%s", web->prefix, job);
}
