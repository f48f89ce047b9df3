/*
 * redis_line - a connection to Redis that comes back by itself.
 *
 *	[find the master] --> reach --> greet --> up
 *	   ^                                      |
 *	   '-------- pause <---- any failure <----'
 *
 * The greeting is AUTH, SELECT, CLIENT SETNAME, HELLO and PING in one go; up means that
 * the PING was answered. While the one Redis there is still loads its data, it is asked
 * again and again on the same connection, which counts as down. HELLO tells what ROLE would,
 * and needs no permission: behind Sentinels only a master will do, and a Redis Cluster is
 * known as such.
 *
 * While up, the Sentinel that named the master is asked again twice a second: it lets an old
 * master go on for ten before it makes a replica of it, and all that one takes is lost.
 *
 * Of several places each is tried, and "down" is told when none was left. Where a cluster
 * sent us is one place more, and the first to be tried.
 *
 * The pause between two tries is half a second at most, 250 ms where there are several places,
 * and counts from the beginning of the try, so a Redis that answers again is in use well
 * within 2 s, also where packets were swallowed without a word.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "buf.h"
#include "clock.h"
#include "redis_int.h"

enum {
	REACH_MS = 2000,
	REACH_OF_SEVERAL_MS = 1000,
	GREET_MS = 2000,
	PAUSE_FIRST_MS = 50,
	PAUSE_MAX_MS = 500,
	PAUSE_MAX_OF_SEVERAL_MS = 250, /* those who decide about a successor take their time */
	PAUSE_LEAST_MS = 20,
	HELD_MS = 1000, /* a connection that was up for longer was a good one */
	LOADING_MS = 100,
	WATCH_MS = 500,
};

enum stage { PAUSING, FINDING, REACHING, GREETING, UP };
enum greeting { AUTH, SELECT, SETNAME, HELLO, PING, GREETINGS };

struct line {
	struct loop *loop;
	const struct redis_url *url;
	const char *name;
	const struct wire_events *events;
	void *owner;

	enum stage stage;
	struct timer timer;	  /* the end of the stage */
	struct find *find;	  /* owned; behind Sentinels only */
	struct reach *reach;	  /* owned */
	struct wire *wire;	  /* owned; from GREETING on */
	struct redis_place at;	  /* where this try goes */
	struct redis_place moved; /* where a cluster sent us; host NULL: nowhere yet */
	int place_next, places_failed;
	enum greeting greetings[GREETINGS]; /* those sent, in order */
	int greeting_count, greeting_next;
	char remark[128]; /* an error that need not mean the end */
	bool is_cluster, is_master;
	int64_t client_id;
	int64_t try_began_ms, up_since_ms;
	int64_t pause_ms;
};

static void try_begin(void *ctx);
static void try_next(struct line *n);

/* ---- failure ---- */

static int64_t jittered(int64_t pause_ms)
{
	uint32_t random = 0;
	if (getrandom(&random, sizeof random, GRND_NONBLOCK) < 0)
		random = (uint32_t)clock_mono_us();
	return pause_ms / 2 + random % (pause_ms / 2 + 1);
}

static void hang_up(struct line *n)
{
	if (n->find)
		find_stop(n->find);
	reach_stop(n->reach);
	if (n->wire)
		wire_close(n->wire);
	n->wire = NULL;
	timer_clear(n->loop, &n->timer);
}

static int place_count(const struct line *n)
{
	int homes = n->url->master || n->url->path ? 1 : n->url->place_count;
	return homes + (n->moved.host != NULL);
}

/* The pause counts from the beginning of the try: one that took long is not
 * followed by a long pause. A connection that held for a while starts afresh. */
static void pause_then_try(struct line *n)
{
	int64_t now = clock_mono_ms(), since = n->try_began_ms;
	if (n->stage == UP) {
		since = now;
		if (now - n->up_since_ms > HELD_MS)
			n->pause_ms = PAUSE_FIRST_MS;
	}
	int64_t delay = since + jittered(n->pause_ms) - now;
	int64_t most = n->find || place_count(n) > 1 ? PAUSE_MAX_OF_SEVERAL_MS : PAUSE_MAX_MS;
	n->pause_ms = 2 * n->pause_ms < most ? 2 * n->pause_ms : most;
	n->stage = PAUSING;
	timer_set(
	    n->loop, &n->timer, delay > PAUSE_LEAST_MS ? delay : PAUSE_LEAST_MS, try_begin, n);
}

/* Where there are several places, an error names the one it is about. */
static void say_where(const struct line *n, struct err *e)
{
	if (n->at.port && n->stage > FINDING && (n->url->master || place_count(n) > 1))
		err_prefix(e, "%s:%d", n->at.host, n->at.port);
}

/* give_up ends the connection, or the last try of a round. */
static void give_up(struct line *n, const struct err *why)
{
	struct err e = *why;
	say_where(n, &e);
	if (n->wire)
		wire_abort(n->wire);
	hang_up(n);
	n->places_failed = 0;
	pause_then_try(n);
	n->events->down(n->owner, &e);
}

void line_drop(struct line *n, const struct err *why)
{
	bool tells = n->stage == UP;
	if (n->find && n->stage != FINDING)
		find_doubt(n->find);
	n->place_next++;
	if (tells || ++n->places_failed >= place_count(n)) {
		give_up(n, why);
		return;
	}
	hang_up(n);
	try_next(n);
}

void line_move(struct line *n, const char *host, int port, const struct err *why)
{
	char *copy = xstrdup(*host ? host : n->at.port ? n->at.host : "127.0.0.1");
	free(n->moved.host);
	n->moved = (struct redis_place){copy, port};
	n->place_next = 0;
	give_up(n, why);
}

static void drop(struct line *n, const char *why, const char *detail)
{
	struct err e;
	err_set(&e, ERR_REACH, "%s%s", why, detail);
	line_drop(n, &e);
}

static void greeting_overdue(void *ctx)
{
	drop(ctx, "no answer while greeting it", "");
}

/* ---- greeting ---- */

static void greet(struct line *n, enum greeting which, const char *const *words)
{
	wire_put_words(n->wire, words);
	n->greetings[n->greeting_count++] = which;
}

static void greeting_sent(struct line *n)
{
	timer_set(n->loop, &n->timer, GREET_MS, greeting_overdue, n);
	wire_flush(n->wire);
}

static void begin_greeting(struct line *n)
{
	const struct redis_url *u = n->url;
	char db[16];

	n->stage = GREETING;
	n->remark[0] = '\0';
	n->is_cluster = n->is_master = false;
	n->client_id = 0;
	n->greeting_count = n->greeting_next = 0;
	snprintf(db, sizeof db, "%d", u->db);
	if (u->user)
		greet(n, AUTH, (const char *[]){"AUTH", u->user, u->password, NULL});
	else if (u->password)
		greet(n, AUTH, (const char *[]){"AUTH", u->password, NULL});
	if (u->db)
		greet(n, SELECT, (const char *[]){"SELECT", db, NULL});
	if (n->name)
		greet(n, SETNAME, (const char *[]){"CLIENT", "SETNAME", n->name, NULL});
	greet(n, HELLO, (const char *[]){"HELLO", "2", NULL});
	greet(n, PING, (const char *[]){"PING", NULL});
	greeting_sent(n);
}

static void ping_again(void *ctx)
{
	struct line *n = ctx;
	n->greeting_count = n->greeting_next = 0;
	greet(n, PING, (const char *[]){"PING", NULL});
	greeting_sent(n);
}

/* Redis is there and cannot serve yet: told as "down", asked again soon. */
static void not_yet(struct line *n, const char *text)
{
	struct err why;
	err_set(&why, ERR_REACH, "%s", text);
	say_where(n, &why);
	timer_set(n->loop, &n->timer, LOADING_MS, ping_again, n);
	n->events->down(n->owner, &why);
}

static void ask_sentinel(void *ctx)
{
	struct line *n = ctx;
	find_begin(n->find);
}

static void watch_master(struct line *n)
{
	timer_set(n->loop, &n->timer, WATCH_MS, ask_sentinel, n);
}

static void go_up(struct line *n)
{
	timer_clear(n->loop, &n->timer);
	if (n->find)
		watch_master(n);
	n->stage = UP;
	n->places_failed = 0;
	n->up_since_ms = clock_mono_ms();
	n->events->up(n->owner);
}

static void ping_answered(struct line *n, const redisReply *reply)
{
	bool busy = reply_begins(reply, "LOADING") || reply_begins(reply, "BUSY");
	if (busy && !n->find && place_count(n) == 1)
		not_yet(n, reply->str);
	else if (reply->type == REDIS_REPLY_ERROR)
		drop(n, "", reply->str);
	else if (n->url->master && !n->is_master)
		drop(n, "", "it is not the master any more, or not yet");
	else
		go_up(n);
}

static void hello_answered(struct line *n, const struct reply *r)
{
	const char *mode = reply_field_text(r, "mode"), *role = reply_field_text(r, "role");
	n->is_cluster = mode && strcmp(mode, "cluster") == 0;
	n->is_master = role && strcmp(role, "master") == 0;
	n->client_id = reply_number(reply_field(r, "id"));
}

/* A Redis that does not know the command repeats its words. */
static void auth_refused(struct line *n, const char *text)
{
	bool tells = strstr(text, n->url->password) != NULL;
	drop(n, "AUTH: ", tells ? "refused" : text);
}

static void greeting_answered(struct line *n, redisReply *reply)
{
	bool refused = reply->type == REDIS_REPLY_ERROR;
	if (n->greeting_next == n->greeting_count) {
		drop(n, "", "it answers what was not asked");
		return;
	}
	switch (n->greetings[n->greeting_next++]) {
	case AUTH:
		if (refused)
			auth_refused(n, reply->str);
		return;
	case SELECT:
		if (refused)
			drop(n, "SELECT: ", reply->str);
		return;
	case SETNAME: /* a courtesy */
		if (refused)
			text_copy(n->remark, sizeof n->remark, reply->str);
		return;
	case HELLO:
		hello_answered(n, reply_of(reply));
		return;
	case GREETINGS:
		return;
	case PING:
		ping_answered(n, reply);
		return;
	}
}

/* ---- what the wire tells ---- */

static void wire_is_down(void *owner, const struct err *why)
{
	struct line *n = owner;
	if (n->stage == GREETING && n->remark[0])
		drop(n, "", n->remark); /* says more than "closed" */
	else
		line_drop(n, why);
}

static void wire_replied(void *owner, redisReply *reply)
{
	struct line *n = owner;
	if (n->stage == UP) {
		n->events->reply(n->owner, reply);
		return;
	}
	greeting_answered(n, reply);
	freeReplyObject(reply);
}

static void wire_has_room(void *owner)
{
	struct line *n = owner;
	if (n->stage == UP)
		n->events->room(n->owner);
}

static const struct wire_events wire_events = {
    .down = wire_is_down,
    .reply = wire_replied,
    .room = wire_has_room,
};

/* ---- a try ---- */

static void reached(void *owner, struct wire *wire)
{
	struct line *n = owner;
	n->wire = wire;
	wire_give(wire, &wire_events, n);
	begin_greeting(n);
}

static void failed(void *owner, const struct err *why)
{
	line_drop(owner, why);
}

static const struct reach_events reach_events = {.reached = reached, .unreached = failed};

static void go_to(struct line *n, const char *host, int port)
{
	bool alone = !n->url->master && place_count(n) == 1;
	char *copy = xstrdup(host);
	free(n->at.host);
	n->at = (struct redis_place){copy, port};
	n->stage = REACHING;
	reach_begin(n->reach, n->at.host, port, alone ? REACH_MS : REACH_OF_SEVERAL_MS);
}

static void found(void *owner, const char *host, int port)
{
	struct line *n = owner;
	struct err why;
	if (n->stage != UP) {
		go_to(n, host, port);
	} else if (strcmp(n->at.host, host) == 0 && n->at.port == port) {
		watch_master(n);
	} else {
		err_set(&why, ERR_REACH, "the master is %s:%d now", host, port);
		give_up(n, &why);
	}
}

/* A master that can be reached needs no Sentinel. */
static void unfound(void *owner, const struct err *why)
{
	struct line *n = owner;
	if (n->stage == UP)
		watch_master(n);
	else
		line_drop(n, why);
}

static const struct find_events find_events = {.found = found, .unfound = unfound};

/* The place where a cluster sent us is the first. */
static void try_next(struct line *n)
{
	const struct redis_url *u = n->url;
	int i = n->place_next % place_count(n) - (n->moved.host != NULL);
	if (i < 0) {
		go_to(n, n->moved.host, n->moved.port);
	} else if (n->find) {
		n->stage = FINDING;
		find_begin(n->find);
	} else if (u->path) {
		go_to(n, u->path, 0);
	} else {
		go_to(n, u->places[i].host, u->places[i].port);
	}
}

static void try_begin(void *ctx)
{
	struct line *n = ctx;
	n->try_began_ms = clock_mono_ms();
	try_next(n);
}

/* ---- life ---- */

struct line *line_open(struct loop *l, const struct redis_url *url, const char *name,
    const struct wire_events *events, void *owner)
{
	struct line *n = xcalloc(1, sizeof *n);
	n->loop = l;
	n->url = url;
	n->name = name;
	n->events = events;
	n->owner = owner;
	n->pause_ms = PAUSE_FIRST_MS;
	n->reach = reach_new(l, url->tls, &reach_events, n);
	n->find = url->master ? find_open(l, url, &find_events, n) : NULL;
	timer_set(l, &n->timer, 0, try_begin, n);
	return n;
}

void line_close(struct line *n)
{
	hang_up(n);
	if (n->find)
		find_close(n->find);
	reach_free(n->reach);
	free(n->at.host);
	free(n->moved.host);
	free(n);
}

struct wire *line_wire(const struct line *n)
{
	return n->stage == UP ? n->wire : NULL;
}

const struct redis_place *line_place(const struct line *n)
{
	return &n->at;
}

bool line_is_cluster(const struct line *n)
{
	return n->is_cluster;
}

int64_t line_client_id(const struct line *n)
{
	return n->client_id;
}
