/* One request and what comes back, from our own server and from peers that misbehave. */
#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http_rig.h"
#include "loopback.h"

/* ---- what goes out ---- */

TEST("a request goes out as it was given, and the answer comes back whole")
{
	begin();
	struct seen s = call(get(at("/a?$filter=b%20c")));
	CHECK_INT(s.status, 200);
	CHECK_INT(s.code, 0);
	CHECK_INT(s.sent, 1);
	CHECK_STR(s.body, "GET /a?$filter=b%20c 0 - rollcall/" VERSION " ");
	CHECK_STR(s.header, "two  words");
	end();
}

TEST("each method carries its body, and its type only when one was given")
{
	static const char *const headers[] = {"Content-Type: application/json", NULL};
	static const char *const methods[] = {"POST", "PATCH", "PUT", "DELETE"};
	begin();
	for (size_t i = 0; i < 4; i++) {
		struct http_request q = post(at("/x"), "{\"a\":1}");
		char want[128];
		q.method = methods[i];
		q.headers = headers;
		struct seen s = call(q);
		snprintf(want, sizeof want,
		    "%s /x 7 application/json rollcall/" VERSION " {\"a\":1}", methods[i]);
		CHECK_STR(s.body, want);
	}
	CHECK_STR(call(post(at("/x"), "")).body, "POST /x 0 - rollcall/" VERSION " ");
	CHECK_STR(call(post(at("/x"), "a")).body, "POST /x 1 - rollcall/" VERSION " a");
	struct http_request q = get(at("/x"));
	q.method = "DELETE";
	CHECK_STR(call(q).body, "DELETE /x 0 - rollcall/" VERSION " ");
	end();
}

TEST("a body of 12 MB goes out without being asked for")
{
	size_t size = 12 << 20;
	char *body = xmalloc(size + 1);
	memset(body, 'b', size);
	body[size] = '\0';
	begin();
	struct seen s = call(post(at("/x"), body));
	CHECK_STR(s.body, "POST /x 12582912 - rollcall/" VERSION " ");
	free(body);
	end();
}

TEST("everything given is copied")
{
	char url[128], body[] = "body", header[] = "X-Kept: yes";
	const char *headers[] = {header, NULL};
	struct seen s = {0};
	begin();
	text_copy(url, sizeof url, at("/x"));
	struct http_request q = post(url, body);
	q.headers = headers;
	http_start(http, &q, see, &s);
	memset(url, '?', sizeof url);
	memset(body, '?', sizeof body);
	memset(header, '?', sizeof header);
	memset(&q, 0, sizeof q);
	wait_for(&s.done);
	CHECK_STR(s.body, "POST /x 4 - rollcall/" VERSION " body");
	end();
}

/* ---- what comes back ---- */

TEST("a redirect is an answer like any other")
{
	begin();
	CHECK_INT(call(get(at("/elsewhere"))).status, 302);
	CHECK_INT(asked, 1);
	end();
}

TEST("a body longer than body_max is ERR_LIMIT, announced or not")
{
	begin();
	struct http_request q = get(at("/x?bytes=10485760"));
	struct seen s = call(q);
	CHECK_INT(s.code, ERR_LIMIT);
	CHECK_INT(s.status, 0);
	CHECK_INT(s.sent, 1);
	q = get(at("/x?bytes=1000"));
	q.body_max = 1000;
	CHECK_INT(call(q).length, 1000);
	q.body_max = 999;
	CHECK_INT(call(q).code, ERR_LIMIT);
	end();
}

TEST("an answer that is cut short is no answer")
{
	begin();
	struct seen s = call(get(at("/part")));
	CHECK_INT(s.code, ERR_REACH);
	CHECK_INT(s.status, 0);
	CHECK_INT(s.length, 0);
	CHECK_INT(s.sent, 1);
	end();
}

TEST("a connection closed before the reply may have carried the request")
{
	begin();
	struct seen s = call(post(at("/cut"), "{}"));
	CHECK_INT(s.code, ERR_REACH);
	CHECK_INT(s.sent, 1);
	end();
}

TEST("a refused connection and an unknown host carried nothing")
{
	begin();
	char *url = xasprintf("%s/?secret=1", root);
	server_close(server);
	struct seen s = call(get(url));
	CHECK_INT(s.code, ERR_REACH);
	CHECK_INT(s.sent, 0);
	CHECK_HAS(s.why, "127.0.0.1:");
	CHECK(strstr(s.why, "secret") == NULL);
	s = call(get("http://nobody.invalid/"));
	CHECK_INT(s.code, ERR_REACH);
	CHECK_INT(s.sent, 0);
	CHECK_HAS(s.why, "nobody.invalid");
	CHECK_INT(call(get("ftp://127.0.0.1/")).code, ERR_REACH);
	CHECK_INT(call(get("not a url")).code, ERR_REACH);
	free(url);
	http_free(http);
	loop_free(loop);
	free(root);
}

/* ---- peers that misbehave ---- */

struct peer {
	int listening, fd, requests, connects;
	struct watch *accepting, *reading;
	size_t answer_length; /* 0: a text */
	const char *answer;   /* to each request but the second on the first connection */
	char text[8192];      /* of the request, as far as it came */
	size_t length;
};

static void peer_close(struct peer *p)
{
	loop_unwatch(p->reading);
	p->reading = NULL;
	close(p->fd);
}

static bool request_is_whole(const struct peer *p)
{
	const char *end = strstr(p->text, "\r\n\r\n");
	const char *length = strcasestr(p->text, "Content-Length:");
	return end && strlen(end + 4) >= (length ? strtoul(length + 15, NULL, 10) : 0);
}

static void peer_answer(const struct peer *p)
{
	size_t length = p->answer_length ? p->answer_length : strlen(p->answer);
	CHECK(write(p->fd, p->answer, length) == (ssize_t)length);
}

static void peer_read(void *ctx)
{
	struct peer *p = ctx;
	ssize_t size = read(p->fd, p->text + p->length, sizeof p->text - p->length - 1);
	if (size <= 0) {
		peer_close(p);
		return;
	}
	p->length += (size_t)size;
	p->text[p->length] = '\0';
	if (!request_is_whole(p))
		return;
	p->length = 0;
	p->requests++;
	if (p->requests > 1 && p->connects == 1)
		peer_close(p);
	else
		peer_answer(p);
}

static void peer_accept(void *ctx)
{
	struct peer *p = ctx;
	p->fd = accept(p->listening, NULL, NULL);
	p->connects++;
	p->reading = loop_watch(loop, p->fd, peer_read, p);
}

static const char *begin_peer(struct peer *p)
{
	static char url[64];
	int port;
	loop = loop_new();
	http = http_new(loop, NULL, 10);
	p->listening = loopback_listen(&port);
	p->accepting = loop_watch(loop, p->listening, peer_accept, p);
	snprintf(url, sizeof url, "http://127.0.0.1:%d/x", port);
	return url;
}

static void end_peer(void)
{
	http_free(http);
	loop_free(loop);
}

TEST("a POST that died on a kept connection is not sent again unasked")
{
	struct peer p = {.answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"};
	const char *url = begin_peer(&p);
	CHECK_STR(call(post(url, "{}")).body, "ok");
	struct seen s = call(post(url, "{}"));
	CHECK_INT(p.requests, 2);
	CHECK_INT(s.code, ERR_REACH);
	CHECK_INT(s.sent, 1);
	end_peer();
}

TEST("a POST without a body does not trust a kept connection")
{
	struct peer p = {.answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"};
	const char *url = begin_peer(&p);
	CHECK_STR(call(get(url)).body, "ok");
	CHECK_STR(call(post(url, "")).body, "ok");
	CHECK_INT(p.requests, 2);
	CHECK_INT(p.connects, 2);
	end_peer();
}

TEST("headers beyond 64 KiB or 100 lines are ERR_LIMIT")
{
	struct peer p = {0};
	struct buf answer;
	buf_init(&answer, 0);
	buf_adds(&answer, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n");
	for (int i = 0; i < 100; i++)
		buf_addf(&answer, "X-%d: y\r\n", i);
	buf_adds(&answer, "\r\n");
	p.answer = answer.data;
	struct seen s = call(get(begin_peer(&p)));
	CHECK_INT(s.code, ERR_LIMIT);
	CHECK_HAS(s.why, "headers are too long");
	end_peer();

	p = (struct peer){0};
	buf_reset(&answer);
	buf_adds(&answer, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n");
	for (int i = 0; i < 10; i++)
		buf_addf(&answer, "X-%d: %07000d\r\n", i, 0);
	buf_adds(&answer, "\r\n");
	p.answer = answer.data;
	s = call(get(begin_peer(&p)));
	CHECK_INT(s.code, ERR_LIMIT);
	end_peer();
	buf_clear(&answer);
}

TEST("a body without a length is held to body_max as well, and interim headers are dropped")
{
	struct peer p = {.answer = "HTTP/1.1 103 Early Hints\r\nX-Test: early\r\n\r\n"
				   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
				   "5\r\nabcde\r\n5\r\nfghij\r\n0\r\n\r\n"};
	const char *url = begin_peer(&p);
	struct http_request q = get(url);
	q.body_max = 10;
	struct seen s = call(q);
	CHECK_STR(s.body, "abcdefghij");
	CHECK_STR(s.header, "none");
	end_peer();

	p = (struct peer){.answer = p.answer};
	q.url = begin_peer(&p);
	q.body_max = 9;
	CHECK_INT(call(q).code, ERR_LIMIT);
	end_peer();
}

TEST("a compressed body counts with its length unpacked")
{
	/* 5,000 times the letter a */
	static const char answer[] =
	    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 41\r\n\r\n"
	    "\037\213\010\000\000\000\000\000\002\003\355\301\061\001\000\000\000\302\240\254"
	    "\353\137\302\024\176\100\001\000\000\000\000\157\003\166\131\364\114\210\023\000\000";
	struct peer p = {.answer = answer, .answer_length = sizeof answer - 1};
	struct http_request q = get(begin_peer(&p));
	q.body_max = 5000;
	struct seen s = call(q);
	CHECK_STR(s.why, "");
	CHECK_INT(s.length, 5000);
	end_peer();

	p = (struct peer){.answer = answer, .answer_length = sizeof answer - 1};
	q.url = begin_peer(&p);
	q.body_max = 4999;
	CHECK_INT(call(q).code, ERR_LIMIT);
	end_peer();
}

/* ---- TLS ---- */

static void make_certificate(void)
{
	if (system("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost "
		   "-addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem "
		   "2>/dev/null") != 0)
		test_skip("openssl cannot make a certificate");
}

TEST("TLS is spoken with a peer whose certificate is known, and only with it")
{
	struct server_options o = {.address = "127.0.0.1:0",
	    .body_max = 1000,
	    .certificate_file = "cert.pem",
	    .key_file = "key.pem"};
	make_certificate();
	begin_server(&o);
	http = http_new(loop, "cert.pem", 10);
	root = xasprintf("https://localhost:%d", server_port(server));
	struct seen s = call(post(at("/x"), "hello"));
	CHECK_STR(s.why, "");
	CHECK_STR(s.body, "POST /x 5 - rollcall/" VERSION " hello");
	CHECK_INT(call(get(at("/late"))).status, 200);
	CHECK_INT(call(get(at("/cut"))).sent, 1);

	char *by_number = xasprintf("https://127.0.0.1:%d/x", server_port(server));
	s = call(post(by_number, "hello")); /* the certificate names localhost */
	CHECK_INT(s.code, ERR_REACH);
	CHECK_INT(s.sent, 0);
	http_free(http);

	http = http_new(loop, NULL, 10); /* the system does not know this authority */
	s = call(post(at("/x"), "hello"));
	CHECK_INT(s.code, ERR_REACH);
	CHECK_INT(s.sent, 0);
	CHECK_HAS(s.why, "certificate");
	free(by_number);
	end();
}
