/* Many calls on one loop: each is answered once, in time or stopped, whatever happens. */
#include "http.h"

#include <stdlib.h>

#include "http_rig.h"

static const bool never;

/* ---- many at once ---- */

/* Seconds with curl 8.14, which looks at every call that waits whenever one of them ends. */
TEST_SLOW("500 calls at once are each answered once")
{
	struct seen *s = xcalloc(500, sizeof *s);
	begin();
	for (int i = 0; i < 500; i++) {
		struct http_request q = get(at("/late"));
		q.timeout_ms = 20000;
		http_start(http, &q, see, &s[i]);
	}
	CHECK_INT(http_in_flight(http), 500);
	for (int i = 0; i < 500; i++)
		wait_for(&s[i].done);
	for (int i = 0; i < 500; i++) {
		CHECK_INT(s[i].count, 1);
		CHECK_INT(s[i].status, 200);
	}
	free(s);
	end();
}

TEST_SLOW("whatever happens to 400 calls, each one is answered once")
{
	static const char *const paths[] = {
	    "/x", "/late", "/cut", "/part", "/x?bytes=100000", "/x?bytes=200000", "/hold"};
	enum { CALLS = 400 };
	struct seen *s = xcalloc(CALLS, sizeof *s);
	begin();
	for (int i = 0; i < CALLS; i++) {
		struct http_request q = get(at(paths[i % 7]));
		q.timeout_ms = i % 7 == 6 ? 10 + i % 90 : 20000;
		q.body_max = 150000;
		http_start(http, &q, see, &s[i]);
	}
	for (int i = 0; i < CALLS; i++)
		wait_for(&s[i].done);
	for (int i = 0; i < CALLS; i++) {
		static const int codes[] = {0, 0, ERR_REACH, ERR_REACH, 0, ERR_LIMIT, ERR_TIMEOUT};
		CHECK_INT(s[i].code, codes[i % 7]);
		CHECK_INT(s[i].count, 1);
	}
	free(s);
	end();
}

/* ---- callbacks ---- */

static void chain(void *ctx, const struct http_answer *a)
{
	struct seen *s = ctx;
	CHECK_INT(a->status, 200);
	if (++s->count < 3) {
		struct http_request q = get(at("/x"));
		http_start(http, &q, chain, s);
	}
	s->done = s->count == 3;
}

TEST("a callback may start the next call")
{
	struct seen s = {0};
	struct http_request q;
	begin();
	q = get(at("/x"));
	http_start(http, &q, chain, &s);
	wait_for(&s.done);
	end();
}

static void waits_for_another(void *ctx, const struct http_answer *a)
{
	struct seen *others = ctx;
	CHECK_INT(a->status, 200);
	for (int i = 1; i < 20; i++)
		wait_for(&others[i].done);
	others->done = true;
}

TEST("a callback may turn the loop; calls that ended with it are told meanwhile")
{
	struct seen others[20] = {0};
	begin();
	for (int i = 0; i < 20; i++) {
		struct http_request q = get(at("/late"));
		http_start(http, &q, i == 0 ? waits_for_another : see, &others[i]);
	}
	wait_for(&others[0].done);
	end();
}

static void frees_all(void *ctx, const struct http_answer *a)
{
	bool *done = ctx;
	CHECK_INT(a->status, 200);
	http_free(http);
	CHECK_INT(a->status, 200);
	*done = true;
}

TEST("a callback may free the whole")
{
	bool done = false;
	struct seen s = {0};
	begin();
	struct http_request q = get(at("/late"));
	http_start(http, &q, frees_all, &done);
	q = get(at("/hold"));
	http_start(http, &q, see, &s);
	wait_for(&done);
	CHECK_INT(s.count, 0);
	end_server();
}

/* ---- in time ---- */

TEST("an answer that does not come in time is ERR_TIMEOUT")
{
	begin();
	struct http_request q = get(at("/hold"));
	q.timeout_ms = 200;
	struct seen s = call(q);
	CHECK_INT(s.code, ERR_TIMEOUT);
	CHECK_HAS(s.why, "no answer within 200 ms");
	CHECK_INT(s.sent, 1);
	CHECK(s.took_ms >= 200 && s.took_ms < 1000);
	end();
}

TEST("the deadline follows a faked clock")
{
	struct seen s = {0};
	begin();
	clock_fake(0, 1000);
	struct http_request q = get(at("/hold"));
	q.timeout_ms = 3600 * 1000;
	http_start(http, &q, see, &s);
	while (!held_count)
		loop_run_until(loop, &never, clock_mono_ms());
	clock_advance(3600 * 1000 - 1);
	loop_run_until(loop, &never, clock_mono_ms());
	CHECK_INT(s.count, 0);
	clock_advance(1);
	loop_run_until(loop, &never, clock_mono_ms());
	CHECK_INT(s.count, 1);
	CHECK_INT(s.code, ERR_TIMEOUT);
	CHECK_INT(s.took_ms, 3600 * 1000);
	clock_real();
	end();
}

/* ---- stopping ---- */

TEST("a stopped call is never answered")
{
	struct seen s = {0};
	begin();
	struct http_request q = get(at("/hold"));
	struct http_call *c = http_start(http, &q, see, &s);
	while (!held_count)
		loop_run_until(loop, &never, clock_mono_ms() + 100);
	http_stop(c);
	CHECK_INT(http_in_flight(http), 0);
	exchange_answer(held[--held_count], 200, "late", 4);
	CHECK_INT(call(get(at("/x"))).status, 200);
	CHECK_INT(s.count, 0);
	end();
}

TEST("calls may be stopped before they have begun, and dropped with the whole")
{
	struct seen s = {0};
	begin();
	struct http_request q = get(at("/x"));
	http_stop(http_start(http, &q, see, &s));
	for (int i = 0; i < 50; i++)
		http_start(http, &q, see, &s);
	loop_run_until(loop, &never, clock_mono_ms());
	http_free(http);
	loop_run_until(loop, &never, clock_mono_ms() + 50);
	end_server();
	CHECK_INT(s.count, 0);
}
