/*
 * http_rig - calls whose answers are written down, and a server of ours to answer them.
 *
 *	/hold		is not answered until the end
 *	/late		is answered after 100 ms
 *	/cut		is not answered: the connection is closed
 *	/part		announces 10 bytes and sends 5
 *	/elsewhere	redirects to /back
 *	/x?bytes=N	has a body of N bytes
 *	any other	says what it was asked
 */
#ifndef HTTP_RIG_H
#define HTTP_RIG_H

#include <stdio.h>
#include <stdlib.h>

#include "buf.h"
#include "clock.h"
#include "http.h"
#include "server.h"
#include "test.h"

static struct loop *loop;
static struct http *http;
static struct server *server;
static char *root; /* http://127.0.0.1:PORT */

/* ---- answers that are written down ---- */

struct seen {
	int count, status, code, sent;
	int64_t took_ms;
	size_t length;
	char why[384], body[256], header[64];
	bool done;
};

static inline void see(void *ctx, const struct http_answer *a)
{
	struct seen *s = ctx;
	s->count++;
	s->status = a->status;
	s->code = a->error.code;
	s->sent = a->sent;
	s->took_ms = a->took_ms;
	s->length = a->body_length;
	text_copy(s->why, sizeof s->why, a->error.text);
	text_copy(s->body, sizeof s->body, a->body);
	text_copy(s->header, sizeof s->header,
	    http_header(a, "x-test") ? http_header(a, "x-test") : "none");
	s->done = true;
}

static inline struct http_request get(const char *url)
{
	return (struct http_request){
	    .method = "GET", .url = url, .timeout_ms = 20000, .body_max = 1 << 20};
}

static inline struct http_request post(const char *url, const char *body)
{
	struct http_request q = get(url);
	q.method = "POST";
	q.body = body;
	q.body_length = strlen(body);
	return q;
}

static inline void wait_for(const bool *done)
{
	CHECK(loop_run_until(loop, done, clock_mono_ms() + 20000));
}

static inline struct seen call(struct http_request q)
{
	struct seen s = {0};
	http_start(http, &q, see, &s);
	CHECK_INT(s.count, 0);
	wait_for(&s.done);
	CHECK_INT(s.count, 1);
	return s;
}

/* ---- a server of ours ---- */

struct later {
	struct timer timer;
	struct exchange *exchange;
};

enum { HELD_MAX = 1000 };
static struct exchange *held[HELD_MAX]; /* by /hold, until the end */
static int held_count;
static int asked;

static inline void answer_later(void *ctx)
{
	struct later *l = ctx;
	exchange_answer(l->exchange, 200, "late", 4);
	free(l);
}

static inline void say_back(struct exchange *x)
{
	size_t length;
	const char *body = exchange_body(x, &length);
	const char *type = exchange_header(x, "Content-Type");
	char *text = xasprintf("%s %s %zu %s %s %s", exchange_method(x), exchange_target(x), length,
	    type ? type : "-", exchange_header(x, "User-Agent"), length < 100 ? body : "");
	exchange_set_header(x, "X-Test", " two  words ");
	exchange_answer(x, 200, text, strlen(text));
	free(text);
}

static inline void serve(void *ctx, struct exchange *x)
{
	const char *path = exchange_path(x);
	const char *bytes = exchange_query(x, "bytes");
	(void)ctx;
	asked++;
	if (strcmp(path, "/hold") == 0) {
		CHECK(held_count < HELD_MAX);
		held[held_count++] = x;
	} else if (strcmp(path, "/late") == 0) {
		struct later *l = xcalloc(1, sizeof *l);
		l->exchange = x;
		timer_set(loop, &l->timer, 100, answer_later, l);
	} else if (strcmp(path, "/cut") == 0) {
		exchange_cut(x);
	} else if (strcmp(path, "/part") == 0) {
		exchange_answer_part(x, 200, "0123456789", 10, 5);
	} else if (strcmp(path, "/elsewhere") == 0) {
		exchange_set_header(x, "Location", "/back");
		exchange_answer(x, 302, "", 0);
	} else if (bytes) {
		size_t size = (size_t)strtoul(bytes, NULL, 10);
		char *body = xcalloc(1, size);
		memset(body, 'x', size);
		exchange_answer(x, 200, body, size);
		free(body);
	} else {
		say_back(x);
	}
}

static inline void cut_held(void)
{
	while (held_count > 0)
		exchange_cut(held[--held_count]);
}

/* at joins root and path; good until the next call. */
static inline const char *at(const char *path)
{
	static char url[256];
	snprintf(url, sizeof url, "%s%s", root, path);
	return url;
}

static inline void begin_server(const struct server_options *o)
{
	struct err e;
	loop = loop_new();
	server = server_open(loop, o, serve, NULL, &e);
	if (!server)
		FAIL("%s", e.text);
}

/* end_server ends all but the calls. */
static inline void end_server(void)
{
	server_close(server);
	cut_held();
	loop_free(loop);
	free(root);
}

static inline void begin(void)
{
	struct server_options o = {
	    .address = "127.0.0.1:0", .connections_max = 2000, .body_max = 16 << 20};
	begin_server(&o);
	http = http_new(loop, NULL, 100);
	root = xasprintf("http://127.0.0.1:%d", server_port(server));
}

static inline void end(void)
{
	CHECK_INT(http_in_flight(http), 0);
	http_free(http);
	end_server();
}

#endif
