/* queue_rig - see the header. Whatever fails here fails the test. */
#include "queue_rig.h"

#include <stdio.h>
#include <stdlib.h>

enum { ASK_MS = 10000, SCRIPT_MAX = 65536 };

struct crew crew = {
    .lease_ms = 1000, .per_school = 1000, .keep_finished = 100000, .keep_ms = 86400000};

const char *rig_field(const char *id, const char *field)
{
	return rig_ask("HGET " P "job:%s %s", id, field);
}

bool rig_is(const char *id, const char *state)
{
	return strcmp(rig_field(id, "state"), state) == 0;
}

int64_t rig_count(const char *name)
{
	return rig_number("HGET " P "counts %s", name);
}

/* ---- what portals do ---- */

void rig_raw(const char *text, size_t length)
{
	struct err e;
	struct reply *r = redis_askf(rig.redis, ASK_MS, &e, "RPUSH " P "inbox %b", text, length);
	if (!r)
		FAIL("%s", e.text);
	reply_free(r);
}

void rig_push(
    const char *id, const char *type, const char *school, const char *class, const char *more)
{
	char *text = xasprintf("{\"v\":1,\"id\":\"%s\",\"type\":\"%s\",\"school\":\"%s\","
			       "\"class\":{\"id\":\"%s\"}%s}",
	    id, type, school, class, more);
	rig_raw(text, strlen(text));
	free(text);
}

void rig_sync(const char *id, const char *school, const char *class)
{
	rig_push(id, "sync-learners", school, class, "");
}

void rig_cancel(const char *id)
{
	CHECK_STR(rig_ask("SET " P "cancel:%s staff-1 EX 259200", id), "OK");
}

/* ---- workers ---- */

static int room(void *ctx)
{
	struct mate *m = ctx;
	return m->room - (int)rig_holds(m);
}

static void claimed(void *ctx, const struct claim *c)
{
	struct mate *m = ctx;
	struct held *h = xcalloc(1, sizeof *h);
	if (rig_held(m, c->id))
		FAIL("%s is claimed twice by %s", c->id, m->name);
	h->mate = m;
	h->id = xstrdup(c->id);
	h->ticket.id = h->id;
	h->ticket.attempt = c->attempt;
	h->ticket.rev = c->rev;
	h->body = json_write(c->envelope);
	h->ticket.saved = c->saved_length > 0;
	h->saved = xstrndup(c->saved, c->saved_length);
	h->rows = c->rows;
	h->crashes = c->crashes;
	h->queued_at = c->queued_at;
	text_copy(h->cancelled_by, sizeof h->cancelled_by, c->cancelled_by);
	list_push(&m->held, &h->link);
	queue_hold(m->queue, &h->ticket);
	m->claims++;
	if (m->on_claim)
		m->on_claim(m);
	if (m->hasty)
		rig_finish(m, h, END_DONE, false, 0);
}

/* What a worker no longer holds stays until its end: an answer may still be to come, and
 * the test may look at the last one. */
static void let_go(struct held *h)
{
	list_drop(&h->link);
	list_push(&h->mate->gone, &h->link);
}

static void lost(void *ctx)
{
	struct mate *m = ctx;
	m->losses++;
	list_each (l, &m->held)
		let_go(container_of(l, struct held, link));
}

static void forgotten(void *ctx, struct ticket *t)
{
	struct mate *m = ctx;
	m->forgotten++;
	let_go(container_of(t, struct held, ticket));
}

static void cancelled(void *ctx, struct ticket *t, const char *who)
{
	struct held *h = container_of(t, struct held, ticket);
	(void)ctx;
	text_copy(h->cancelled_by, sizeof h->cancelled_by, who);
}

static void shared(void *ctx, int workers)
{
	struct mate *m = ctx;
	m->shared = workers;
}

static void parked(void *ctx, const char *scope, int64_t pause_ms)
{
	struct mate *m = ctx;
	text_copy(m->parked, sizeof m->parked, scope);
	m->park_ms = pause_ms;
	m->parks++;
}

static void all_die(void)
{
	while (crew.count > 0)
		rig_die(crew.mates[crew.count - 1]);
}

struct mate *rig_mate_later(const char *name, int room_for)
{
	struct mate *m = xcalloc(1, sizeof *m);
	struct err e;
	text_copy(m->name, sizeof m->name, name);
	m->room = room_for;
	list_init(&m->held);
	list_init(&m->gone);
	struct queue_options o = {
	    .loop = rig.loop,
	    .url = rig.url,
	    .name = "t",
	    .worker = m->name,
	    .host = "here",
	    .version = "1",
	    .lease_ms = crew.lease_ms,
	    .per_school = crew.per_school,
	    .keep_finished = crew.keep_finished,
	    .keep_ms = crew.keep_ms,
	    .events = {.room = room,
		.claimed = claimed,
		.lost = lost,
		.forgotten = forgotten,
		.cancelled = cancelled,
		.shared = shared,
		.parked = parked},
	    .ctx = m,
	};
	m->queue = queue_open(&o, &e);
	if (!m->queue)
		FAIL("%s", e.text);
	crew.mates[crew.count++] = m;
	rig.before_end = all_die;
	return m;
}

struct mate *rig_mate(const char *name, int room_for)
{
	struct mate *m = rig_mate_later(name, room_for);
	WAIT(queue_is_up(m->queue));
	return m;
}

void rig_die(struct mate *m)
{
	queue_free(m->queue);
	list_each (at, &m->held)
		let_go(container_of(at, struct held, link));
	for (struct link *l; (l = list_pop(&m->gone));) {
		struct held *h = container_of(l, struct held, link);
		free(h->id);
		free(h->body);
		free(h->saved);
		free(h);
	}
	for (int i = 0; i < crew.count; i++)
		if (crew.mates[i] == m)
			crew.mates[i] = crew.mates[--crew.count];
	free(m);
}

/* ---- what workers do ---- */

struct held *rig_held(struct mate *m, const char *id)
{
	list_each (l, &m->held) {
		struct held *h = container_of(l, struct held, link);
		if (strcmp(h->ticket.id, id) == 0)
			return h;
	}
	return NULL;
}

struct held *rig_first(struct mate *m)
{
	return list_empty(&m->held) ? NULL : container_of(m->held.next, struct held, link);
}

size_t rig_holds(struct mate *m)
{
	size_t n = 0;
	list_each (l, &m->held)
		n++;
	return n;
}

static void touched(void *ctx, bool ok, const char *cancelled_by)
{
	struct held *h = ctx;
	h->touching = false;
	h->told++;
	h->ok = ok;
	if (!ok)
		let_go(h);
	if (*cancelled_by)
		text_copy(h->cancelled_by, sizeof h->cancelled_by, cancelled_by);
}

void rig_touch(struct mate *m, struct held *h, bool waiting, struct change *c)
{
	struct change none;
	change_init(&none);
	h->touching = true;
	queue_touch(m->queue, &h->ticket, waiting, c ? c : &none, touched, h);
}

void rig_finish(struct mate *m, struct held *h, enum ending how, bool dead, int64_t at_ms)
{
	struct change none;
	change_init(&none);
	queue_finish(m->queue, &h->ticket, how, dead, at_ms, &none, NULL, NULL);
	let_go(h);
	queue_room_grew(m->queue);
}

void rig_done(struct mate *m, const char *id)
{
	struct held *h = rig_held(m, id);
	if (!h)
		FAIL("%s does not hold %s", m->name, id);
	rig_finish(m, h, END_DONE, false, 0);
}

void rig_finish_all(struct mate *m)
{
	for (struct held *h; (h = rig_first(m));)
		rig_finish(m, h, END_DONE, false, 0);
}

/* ---- counting again ---- */

static char *read_script(void)
{
	char *path = xasprintf("%s/tests/harness/recount.lua", test_root());
	FILE *from = fopen(path, "r");
	if (!from)
		FAIL("%s cannot be read", path);
	char *text = xcalloc(1, SCRIPT_MAX);
	CHECK(fread(text, 1, SCRIPT_MAX - 1, from) < SCRIPT_MAX - 1);
	fclose(from);
	free(path);
	return text;
}

void rig_recount(bool trimmed)
{
	struct err e;
	struct words w;
	words_init(&w);
	words_add(&w, "EVAL");
	char *script = read_script();
	words_add(&w, script);
	free(script);
	words_add(&w, "1");
	words_add(&w, P "inbox");
	words_int(&w, trimmed);
	struct reply *r = redis_ask(rig.redis, &w, ASK_MS, &e);
	if (!r)
		FAIL("%s", e.text);
	if (reply_count(r) > 0)
		FAIL("%zu faults, the first: %s", reply_count(r), reply_text(reply_at(r, 0), NULL));
	reply_free(r);
	words_clear(&w);
}
