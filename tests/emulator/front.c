/*
 * front - from an exchange to a call and back. Here, and only here, time passes:
 * an answer waits for the latency of the settings and the delay of its faults.
 */
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "control.h"
#include "dispatch.h"
#include "emulator.h"

struct pending {
	struct timer timer;
	struct emulator *em;
	struct exchange *exchange;
	struct reply reply; /* owned */
};

static void send_reply(struct exchange *x, const struct reply *r)
{
	const char *body = r->body ? r->body : "";
	if (r->cut) {
		exchange_cut(x);
		return;
	}
	for (size_t i = 0; i < r->header_count; i++)
		exchange_set_header(x, r->headers[i].name, r->headers[i].value);
	if (r->part >= 0 && (size_t)r->part < r->length)
		exchange_answer_part(x, r->status, body, r->length, (size_t)r->part);
	else
		exchange_answer(x, r->status, body, r->length);
}

static void delay_over(void *ctx)
{
	struct pending *p = ctx;
	send_reply(p->exchange, &p->reply);
	stats_answered(&p->em->stats);
	reply_clear(&p->reply);
	free(p);
}

static void finish(struct emulator *em, struct exchange *x, struct call *c)
{
	int64_t delay_ms = c->reply.delay_ms + c->set.latency_ms;
	if (delay_ms <= 0) {
		send_reply(x, &c->reply);
		stats_answered(&em->stats);
		return;
	}
	struct pending *p = xcalloc(1, sizeof(*p));
	p->em = em;
	p->exchange = x;
	p->reply = c->reply;
	memset(&c->reply, 0, sizeof(c->reply));
	timer_set(em->loop, &p->timer, delay_ms, delay_over, p);
}

static char *base_of(const struct emulator *em, const struct exchange *x)
{
	const char *host = exchange_header(x, "Host");
	const char *scheme = em->options->tls_cert ? "https" : "http";
	return host ? xasprintf("%s://%s", scheme, host)
		    : xasprintf("%s://127.0.0.1:%d", scheme, server_port(em->server));
}

static void dispatch(struct call *c)
{
	const char *first = c->url.count ? c->url.segments[0] : "";
	bool graph = !strcasecmp(first, "v1.0") || !strcasecmp(first, "beta");
	if (graph && c->url.count == 2 && !strcasecmp(c->url.segments[1], "$batch"))
		batch_answer(c);
	else if (graph)
		graph_answer(c);
	else
		login_answer(c);
}

void front_answer(void *ctx, struct exchange *x)
{
	struct emulator *em = ctx;
	if (!strncmp(exchange_path(x), "/_emulator/", 11)) {
		control_answer(em, x);
		return;
	}
	struct call c;
	stats_request(&em->stats);
	bool readable = call_open(&c, em, exchange_method(x), exchange_target(x));
	char *base = base_of(em, x);
	c.base = base;
	c.authorization = exchange_header(x, "Authorization");
	c.consistency = exchange_header(x, "ConsistencyLevel");
	c.content_type = exchange_header(x, "Content-Type");
	call_name(&c, exchange_header(x, "client-request-id"));
	c.text = exchange_body(x, &c.text_length);
	if (readable)
		dispatch(&c);
	finish(em, x, &c);
	call_close(&c);
	free(base);
}
