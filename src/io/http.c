/*
 * http - curl's multi handle on the loop.
 *
 * curl says which sockets to watch and when to come back; whatever happened, it is
 * told, and after each such moment the calls that have ended are picked up. curl
 * reads the real clock, so its timer is libuv's own; the deadline of a call is a
 * timer of the loop and follows the clock that tests may set.
 *
 * Never logged, never part of an error: urls and headers.
 */
#include "http.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "http_int.h"
#include "loop_int.h"

enum { SPARE_MAX = 64, STREAMS_MAX = 250 };

struct http {
	struct loop *loop;
	CURLM *multi; /* owned */
	uv_timer_t timer;
	char *ca_file; /* owned */
	struct link calls;
	int in_flight;
	CURL *spare[SPARE_MAX]; /* owned; used before, reset */
	int spare_count;
	struct timer again; /* picks up the ends that a nested turn would miss */
	int holds;	    /* the timer has one, and who ends calls */
	bool closed;
};

struct socket_watch {
	uv_poll_t poll;
	struct http *http;
	curl_socket_t fd;
};

/* ---- life ---- */

static void release(struct http *h)
{
	if (--h->holds > 0)
		return;
	free(h->ca_file);
	free(h);
}

static void timer_closed(uv_handle_t *handle)
{
	release(container_of(handle, struct http, timer));
}

/* let_go keeps the handle for the next call: it knows TLS sessions. */
static void let_go(struct http *h, struct http_call *c)
{
	curl_multi_remove_handle(h->multi, c->easy);
	if (h->spare_count < SPARE_MAX && !h->closed) {
		curl_easy_reset(c->easy);
		h->spare[h->spare_count++] = c->easy;
	} else {
		curl_easy_cleanup(c->easy);
	}
	c->easy = NULL;
	list_drop(&c->link);
	timer_clear(h->loop, &c->deadline);
	h->in_flight--;
}

/* ---- ends ---- */

static void end_call(struct http_call *c, CURLcode how)
{
	struct http_answer a;

	call_answer(c, how, &a);
	let_go(c->http, c);
	c->fn(c->ctx, &a);
	call_free(c);
}

static void call_overdue(void *ctx)
{
	end_call(ctx, CURLE_OPERATION_TIMEDOUT);
}

static void end_again(void *ctx);

static void end_calls(struct http *h)
{
	CURLMsg *message;
	int left;

	h->holds++;
	while (!h->closed && (message = curl_multi_info_read(h->multi, &left))) {
		char *call = NULL;
		CURLcode how = message->data.result;
		if (message->msg != CURLMSG_DONE)
			continue;
		if (left > 0)
			timer_set(h->loop, &h->again, 0, end_again, h);
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
		end_call((struct http_call *)(void *)call, how);
	}
	timer_clear(h->loop, &h->again);
	release(h);
}

static void end_again(void *ctx)
{
	end_calls(ctx);
}

/* ---- what curl asks of the loop ---- */

static void act(struct http *h, curl_socket_t fd, int what)
{
	int running;
	curl_multi_socket_action(h->multi, fd, what, &running);
	end_calls(h);
}

static void socket_ready(uv_poll_t *poll, int status, int events)
{
	const struct socket_watch *w = container_of(poll, struct socket_watch, poll);
	int what = status < 0 ? CURL_CSELECT_ERR : 0;
	if (events & UV_READABLE)
		what |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		what |= CURL_CSELECT_OUT;
	act(w->http, w->fd, what);
}

static void socket_closed(uv_handle_t *handle)
{
	free(container_of(handle, struct socket_watch, poll));
}

static struct socket_watch *socket_new(struct http *h, curl_socket_t fd)
{
	struct socket_watch *w = xcalloc(1, sizeof *w);
	if (uv_poll_init_socket(loop_uv(h->loop), &w->poll, fd) < 0) {
		free(w);
		return NULL;
	}
	w->http = h;
	w->fd = fd;
	curl_multi_assign(h->multi, fd, w);
	return w;
}

static int socket_wanted(CURL *easy, curl_socket_t fd, int what, void *ctx, void *assigned)
{
	struct http *h = ctx;
	struct socket_watch *w = assigned;
	int events = 0;
	(void)easy;

	if (what == CURL_POLL_REMOVE) {
		if (w)
			uv_close((uv_handle_t *)&w->poll, socket_closed);
		curl_multi_assign(h->multi, fd, NULL);
		return 0;
	}
	if (!w)
		w = socket_new(h, fd);
	if (!w)
		return -1;
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= UV_READABLE;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= UV_WRITABLE;
	uv_poll_start(&w->poll, events, socket_ready);
	return 0;
}

static void time_came(uv_timer_t *timer)
{
	act(container_of(timer, struct http, timer), CURL_SOCKET_TIMEOUT, 0);
}

static int time_wanted(CURLM *multi, long timeout_ms, void *ctx)
{
	struct http *h = ctx;
	(void)multi;
	if (timeout_ms < 0) {
		uv_timer_stop(&h->timer);
	} else {
		uv_update_time(loop_uv(h->loop));
		uv_timer_start(&h->timer, time_came, (uint64_t)timeout_ms, 0);
	}
	return 0;
}

/* ---- calls ---- */

static CURL *easy_take(struct http *h)
{
	CURL *easy = h->spare_count ? h->spare[--h->spare_count] : curl_easy_init();
	if (!easy)
		die("curl_easy_init: out of memory");
	return easy;
}

struct http_call *http_start(struct http *h, const struct http_request *q, http_fn fn, void *ctx)
{
	assert(!h->closed);
	struct http_call *c = call_new(easy_take(h), h->ca_file, q);
	c->http = h;
	c->fn = fn;
	c->ctx = ctx;
	list_push(&h->calls, &c->link);
	h->in_flight++;
	timer_set(h->loop, &c->deadline, c->timeout_ms, call_overdue, c);
	curl_multi_add_handle(h->multi, c->easy);
	return c;
}

void http_stop(struct http_call *c)
{
	if (!c->easy)
		return; /* its own callback is running */
	let_go(c->http, c);
	call_free(c);
}

int http_in_flight(const struct http *h)
{
	return h->in_flight;
}

/* ---- opening, closing ---- */

struct http *http_new(struct loop *l, const char *ca_file, int connections_max)
{
	struct http *h = xcalloc(1, sizeof *h);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	h->loop = l;
	h->ca_file = xstrdup(ca_file);
	h->holds = 1;
	list_init(&h->calls);
	uv_timer_init(loop_uv(l), &h->timer);
	h->multi = curl_multi_init();
	if (!h->multi)
		die("curl_multi_init: out of memory");
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, socket_wanted);
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, time_wanted);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)connections_max);
	curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, 2L * connections_max);
	curl_multi_setopt(h->multi, CURLMOPT_MAX_CONCURRENT_STREAMS, (long)STREAMS_MAX);
	return h;
}

void http_free(struct http *h)
{
	h->closed = true;
	timer_clear(h->loop, &h->again);
	list_each (at, &h->calls)
		http_stop(container_of(at, struct http_call, link));
	while (h->spare_count)
		curl_easy_cleanup(h->spare[--h->spare_count]);
	curl_multi_cleanup(h->multi);
	h->multi = NULL;
	curl_global_cleanup();
	uv_close((uv_handle_t *)&h->timer, timer_closed);
}
