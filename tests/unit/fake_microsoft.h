/*
 * fake_microsoft - a sign-in and a Graph of a few lines, for tests of what calls them.
 * Each side answers from a script, line by line, and well when its script is at an
 * end. With hold set, requests wait until fake_release.
 */
#ifndef FAKE_MICROSOFT_H
#define FAKE_MICROSOFT_H

#include <stdio.h>
#include <stdlib.h>

#include "buf.h"
#include "clock.h"
#include "http.h"
#include "loop.h"
#include "server.h"
#include "test.h"

enum { FAKE_LINES = 64, FAKE_SEEN = 128 };

struct fake_line {
	int status; /* 0: the connection is cut */
	const char *body;
	const char *header, *value; /* one header more, or NULL */
	size_t part;		    /* so many bytes of the body, then the end; 0: all */
};

struct fake_side {
	struct fake_line script[FAKE_LINES];
	int lines, at;
	int requests;
	bool hold;
	struct exchange *held[FAKE_SEEN];
	int holding;
};

struct fake_request {
	char method[8], target[2100], authorization[128], priority[16], id[64], type[64];
	char *body; /* owned */
};

static struct {
	struct loop *loop;
	struct http *http;
	struct server *server;
	char root[64], authority[64];
	struct fake_side sign_in, graph;
	struct fake_request seen[FAKE_SEEN];
	int seen_count;
} fake;

static void fake_copy(struct exchange *x, const char *name, char *to, size_t room)
{
	const char *value = exchange_header(x, name);
	text_copy(to, room, value ? value : "");
}

static void fake_remember(struct exchange *x)
{
	size_t length;
	struct fake_request *r = &fake.seen[fake.seen_count++];
	CHECK(fake.seen_count < FAKE_SEEN);
	const char *body = exchange_body(x, &length);
	text_copy(r->method, sizeof r->method, exchange_method(x));
	text_copy(r->target, sizeof r->target, exchange_target(x));
	fake_copy(x, "Authorization", r->authorization, sizeof r->authorization);
	fake_copy(x, "x-ms-throttle-priority", r->priority, sizeof r->priority);
	fake_copy(x, "client-request-id", r->id, sizeof r->id);
	fake_copy(x, "Content-Type", r->type, sizeof r->type);
	r->body = xstrndup(body ? body : "", length);
}

static void fake_answer(struct fake_side *s, struct exchange *x)
{
	char text[128];
	struct fake_line well = {.status = 200, .body = text};
	if (s == &fake.sign_in)
		snprintf(text, sizeof text,
		    "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"token-%d\"}",
		    s->requests);
	else
		snprintf(text, sizeof text, "{\"value\":[]}");
	const struct fake_line *l = s->at < s->lines ? &s->script[s->at++] : &well;
	size_t length = l->body ? strlen(l->body) : 0;
	if (l->header)
		exchange_set_header(x, l->header, l->value);
	exchange_set_header(x, "Content-Type", "application/json");
	if (l->status == 0)
		exchange_cut(x);
	else if (l->part)
		exchange_answer_part(x, l->status, l->body, length, l->part);
	else
		exchange_answer(x, l->status, l->body ? l->body : "", length);
}

static void fake_heard(void *ctx, struct exchange *x)
{
	(void)ctx;
	bool token = strstr(exchange_target(x), "/oauth2/v2.0/token");
	struct fake_side *s = token ? &fake.sign_in : &fake.graph;
	fake_remember(x);
	s->requests++;
	if (s->hold)
		s->held[s->holding++] = x;
	else
		fake_answer(s, x);
}

static inline void fake_release(struct fake_side *s)
{
	s->hold = false;
	for (int i = 0; i < s->holding; i++)
		fake_answer(s, s->held[i]);
	s->holding = 0;
}

static inline void fake_say(struct fake_side *s, struct fake_line line)
{
	s->script[s->lines++] = line;
}

static inline void fake_begin(void)
{
	struct err e;
	struct server_options o = {.address = "127.0.0.1:0",
	    .connections_max = 200,
	    .idle_timeout_s = 60,
	    .body_max = 1 << 20};
	clock_fake(1764763200000, 1000000);
	memset(&fake, 0, sizeof fake);
	fake.loop = loop_new();
	fake.http = http_new(fake.loop, NULL, 100);
	fake.server = server_open(fake.loop, &o, fake_heard, NULL, &e);
	if (!fake.server)
		FAIL("%s", e.text);
	snprintf(fake.root, sizeof fake.root, "http://127.0.0.1:%d/v1.0", server_port(fake.server));
	snprintf(fake.authority, sizeof fake.authority, "http://127.0.0.1:%d/login",
	    server_port(fake.server));
}

static inline void fake_end(void)
{
	for (int i = 0; i < fake.sign_in.holding; i++)
		exchange_cut(fake.sign_in.held[i]);
	for (int i = 0; i < fake.graph.holding; i++)
		exchange_cut(fake.graph.held[i]);
	http_free(fake.http);
	server_close(fake.server);
	loop_free(fake.loop);
	for (int i = 0; i < fake.seen_count; i++)
		free(fake.seen[i].body);
}

static inline void fake_set(void *ctx)
{
	*(bool *)ctx = true;
}

/* fake_turn turns the loop once: whatever is due or has arrived is done. */
static inline void fake_turn(void)
{
	bool done = false;
	struct timer now = {0};
	timer_set(fake.loop, &now, 0, fake_set, &done);
	loop_run_until(fake.loop, &done, 0);
}

/* fake_until turns the loop until the count has grown so far. */
static inline void fake_until(const int *count, int want)
{
	while (*count < want)
		fake_turn();
}

#endif
