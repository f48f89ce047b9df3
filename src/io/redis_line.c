/*
 * redis_line - a connection to Redis that comes back by itself.
 *
 *	look up --> dial (each address in turn) --> greet --> up
 *	   ^                                                  |
 *	   '------------- pause <------- any failure <--------'
 *
 * The greeting is AUTH, SELECT, CLIENT SETNAME and PING in one go; up means that
 * the PING was answered. While Redis still loads its data it is asked again and
 * again on the same connection, which counts as down.
 *
 * The pause between two tries is 1 s at most and counts from the beginning of the
 * try, so a Redis that answers again is in use within 2 s, also where packets were
 * swallowed without a word. Names are looked up anew for each try; an answer that
 * comes late is used nevertheless.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "buf.h"
#include "clock.h"
#include "loop_int.h"
#include "redis_int.h"

enum {
	CONNECT_MS = 2000,
	PAUSE_FIRST_MS = 50,
	PAUSE_MAX_MS = 1000,
	PAUSE_LEAST_MS = 20,
	LOADING_MS = 100,
	ADDRESSES_MAX = 8,
	LOOKUPS_MAX = 2, /* a resolver that hangs must not eat libuv's threads */
};

enum stage { PAUSING, LOOKING_UP, DIALLING, GREETING, UP };
enum greeting { AUTH, SELECT, SETNAME, PING, GREETINGS };

struct lookup {
	uv_getaddrinfo_t request;
	struct link link;
	struct line *line; /* NULL: closed meanwhile */
};

struct line {
	struct loop *loop;
	const struct redis_url *url;
	const char *name;
	const struct wire_events *events;
	void *owner;

	enum stage stage;
	struct timer timer;  /* the end of the stage */
	struct wire *wire;   /* owned; from DIALLING on */
	struct link lookups; /* those that run */
	int lookup_count;
	char addresses[ADDRESSES_MAX][NI_MAXHOST];
	int address_count, address_next;
	enum greeting greetings[GREETINGS]; /* those sent, in order */
	int greeting_count, greeting_next;
	char remark[128]; /* an error that need not mean the end */
	int64_t try_began_ms, up_since_ms;
	int64_t pause_ms;
};

static void try_begin(void *ctx);
static void dial(void *ctx);

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
	if (n->wire)
		wire_close(n->wire);
	n->wire = NULL;
	timer_clear(n->loop, &n->timer);
}

/* The pause counts from the beginning of the try: one that took long is not
 * followed by a long pause. A connection that held for a while starts afresh. */
static void pause_then_try(struct line *n)
{
	int64_t now = clock_mono_ms(), since = n->try_began_ms;
	if (n->stage == UP) {
		since = now;
		if (now - n->up_since_ms > PAUSE_MAX_MS)
			n->pause_ms = PAUSE_FIRST_MS;
	}
	int64_t delay = since + jittered(n->pause_ms) - now;
	n->pause_ms = 2 * n->pause_ms < PAUSE_MAX_MS ? 2 * n->pause_ms : PAUSE_MAX_MS;
	n->stage = PAUSING;
	timer_set(
	    n->loop, &n->timer, delay > PAUSE_LEAST_MS ? delay : PAUSE_LEAST_MS, try_begin, n);
}

void line_drop(struct line *n, const struct err *why)
{
	hang_up(n);
	if (n->stage == DIALLING && n->address_next < n->address_count) {
		timer_set(n->loop, &n->timer, 0, dial, n);
		return;
	}
	pause_then_try(n);
	n->events->down(n->owner, why);
}

static void drop(struct line *n, const char *why, const char *detail)
{
	struct err e;
	err_set(&e, ERR_REACH, "%s%s", why, detail);
	line_drop(n, &e);
}

static void stage_overdue(void *ctx)
{
	struct line *n = ctx;
	static const char *const doing[] = {
	    [PAUSING] = "trying",
	    [LOOKING_UP] = "looking up its name",
	    [DIALLING] = "connecting",
	    [GREETING] = "greeting it",
	    [UP] = "talking",
	};
	drop(n, "no answer while ", doing[n->stage]);
}

/* ---- greeting ---- */

static void greet(struct line *n, enum greeting which, const struct words *w)
{
	size_t size;
	char *text = words_format(w, &size);
	wire_put(n->wire, text, size);
	explicit_bzero(text, size); /* a password may stand in it */
	free(text);
	n->greetings[n->greeting_count++] = which;
}

static void greet_words(struct line *n, enum greeting which, const char *const *words)
{
	struct words w;
	words_init(&w);
	for (; *words; words++)
		words_add(&w, *words);
	greet(n, which, &w);
	words_clear(&w);
}

static void greeting_sent(struct line *n)
{
	timer_set(n->loop, &n->timer, CONNECT_MS, stage_overdue, n);
	wire_flush(n->wire);
}

static void wire_is_up(void *owner)
{
	struct line *n = owner;
	const struct redis_url *u = n->url;
	char db[16];

	n->stage = GREETING;
	n->remark[0] = '\0';
	n->greeting_count = n->greeting_next = 0;
	snprintf(db, sizeof db, "%d", u->db);
	if (u->user)
		greet_words(n, AUTH, (const char *[]){"AUTH", u->user, u->password, NULL});
	else if (u->password)
		greet_words(n, AUTH, (const char *[]){"AUTH", u->password, NULL});
	if (u->db)
		greet_words(n, SELECT, (const char *[]){"SELECT", db, NULL});
	if (n->name)
		greet_words(n, SETNAME, (const char *[]){"CLIENT", "SETNAME", n->name, NULL});
	greet_words(n, PING, (const char *[]){"PING", NULL});
	greeting_sent(n);
}

static void ping_again(void *ctx)
{
	struct line *n = ctx;
	n->greeting_count = n->greeting_next = 0;
	greet_words(n, PING, (const char *[]){"PING", NULL});
	greeting_sent(n);
}

/* Redis is there and cannot serve yet: told as "down", asked again soon. */
static void not_yet(struct line *n, const char *text)
{
	struct err why;
	err_set(&why, ERR_REACH, "%s", text);
	timer_set(n->loop, &n->timer, LOADING_MS, ping_again, n);
	n->events->down(n->owner, &why);
}

static void ping_answered(struct line *n, const redisReply *reply)
{
	if (reply_begins(reply, "LOADING") || reply_begins(reply, "BUSY")) {
		not_yet(n, reply->str);
	} else if (reply->type == REDIS_REPLY_ERROR) {
		drop(n, "", reply->str);
	} else {
		timer_clear(n->loop, &n->timer);
		n->stage = UP;
		n->up_since_ms = clock_mono_ms();
		n->events->up(n->owner);
	}
}

/* A Redis that does not know the command repeats its words. */
static void auth_refused(struct line *n, const char *text)
{
	bool tells = strstr(text, n->url->password) != NULL;
	drop(n, "AUTH: ", tells ? "refused" : text);
}

static void greeting_answered(struct line *n, const redisReply *reply)
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
    .up = wire_is_up,
    .down = wire_is_down,
    .reply = wire_replied,
    .room = wire_has_room,
};

/* ---- dialling ---- */

static void dial(void *ctx)
{
	struct line *n = ctx;
	struct err e;
	const char *address = n->url->path ? n->url->path : n->addresses[n->address_next];

	n->address_next++;
	n->stage = DIALLING;
	timer_set(n->loop, &n->timer, CONNECT_MS / n->address_count, stage_overdue, n);
	n->wire = wire_open(n->loop, address, n->url->port, &wire_events, n, &e);
	if (!n->wire)
		line_drop(n, &e);
}

static void addresses_known(struct line *n, int count)
{
	n->address_count = count;
	n->address_next = 0;
	dial(n);
}

static int copy_addresses(struct line *n, const struct addrinfo *found)
{
	int count = 0;
	for (; found && count < ADDRESSES_MAX; found = found->ai_next)
		if (getnameinfo(found->ai_addr, found->ai_addrlen, n->addresses[count],
			sizeof n->addresses[count], NULL, 0, NI_NUMERICHOST) == 0)
			count++;
	return count;
}

static void looked_up(uv_getaddrinfo_t *request, int status, struct addrinfo *found)
{
	struct lookup *k = container_of(request, struct lookup, request);
	struct line *n = k->line;
	int count = 0;

	if (n) {
		list_drop(&k->link);
		n->lookup_count--;
	}
	if (n && (n->stage == LOOKING_UP || n->stage == PAUSING))
		count = copy_addresses(n, found);
	uv_freeaddrinfo(found);
	free(k);
	if (count > 0)
		addresses_known(n, count);
	else if (n && n->stage == LOOKING_UP && n->lookup_count == 0)
		drop(n, "", uv_strerror(status));
}

static void look_up(struct line *n)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	n->stage = LOOKING_UP;
	timer_set(n->loop, &n->timer, CONNECT_MS, stage_overdue, n);
	if (n->lookup_count == LOOKUPS_MAX)
		return;
	struct lookup *k = xcalloc(1, sizeof *k);
	int rc =
	    uv_getaddrinfo(loop_uv(n->loop), &k->request, looked_up, n->url->host, NULL, &hints);
	if (rc < 0) {
		free(k);
		drop(n, "", uv_strerror(rc));
		return;
	}
	k->line = n;
	n->lookup_count++;
	list_push(&n->lookups, &k->link);
}

static bool is_numeric(const char *host)
{
	struct in6_addr number;
	return inet_pton(AF_INET, host, &number) == 1 || inet_pton(AF_INET6, host, &number) == 1;
}

static void try_begin(void *ctx)
{
	struct line *n = ctx;
	n->try_began_ms = clock_mono_ms();
	if (n->url->path) {
		addresses_known(n, 1);
	} else if (is_numeric(n->url->host)) {
		text_copy(n->addresses[0], sizeof n->addresses[0], n->url->host);
		addresses_known(n, 1);
	} else {
		look_up(n);
	}
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
	list_init(&n->lookups);
	timer_set(l, &n->timer, 0, try_begin, n);
	return n;
}

void line_close(struct line *n)
{
	struct link *link;
	hang_up(n);
	while ((link = list_pop(&n->lookups))) {
		struct lookup *k = container_of(link, struct lookup, link);
		k->line = NULL;
		uv_cancel((uv_req_t *)&k->request);
	}
	free(n);
}

struct wire *line_wire(const struct line *n)
{
	return n->stage == UP ? n->wire : NULL;
}
