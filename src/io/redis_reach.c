/*
 * redis_reach - from a host's name to a connected wire: looks the name up, then dials each
 * of its addresses in turn.
 *
 * Names are looked up anew each time. A resolver that hangs cannot be stopped: its answer
 * counts when it comes while the same host is looked up again, and no more than two of
 * them run at once, since they sit on libuv's threads.
 */
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "buf.h"
#include "loop_int.h"
#include "redis_int.h"

enum { ADDRESSES_MAX = 8, LOOKUPS_MAX = 2 };

struct lookup {
	uv_getaddrinfo_t request;
	struct link link;
	struct reach *reach; /* NULL: freed meanwhile */
	char *host;	     /* owned */
};

struct reach {
	struct loop *loop;
	struct tls *tls;
	const struct reach_events *events;
	void *owner;

	char *host; /* owned; or a path */
	int port;
	int64_t limit_ms;
	bool looking_up;
	struct timer timer;
	struct wire *wire;   /* owned; while it connects */
	struct link lookups; /* those that run */
	int lookup_count;
	char addresses[ADDRESSES_MAX][NI_MAXHOST];
	int address_count, address_next;
};

static void dial(void *ctx);

/* ---- the end of it ---- */

void reach_stop(struct reach *h)
{
	if (h->wire)
		wire_close(h->wire);
	h->wire = NULL;
	h->looking_up = false;
	timer_clear(h->loop, &h->timer);
}

static void fail(struct reach *h, const struct err *why)
{
	reach_stop(h);
	if (h->address_next < h->address_count)
		timer_set(h->loop, &h->timer, 0, dial, h);
	else
		h->events->unreached(h->owner, why);
}

static void fail_with(struct reach *h, const char *why)
{
	struct err e;
	err_set(&e, ERR_REACH, "%s", why);
	fail(h, &e);
}

static void overdue(void *ctx)
{
	struct reach *h = ctx;
	fail_with(h,
	    h->looking_up ? "no answer while looking up its name" : "no answer while connecting");
}

/* ---- dialling ---- */

static void wire_is_up(void *owner)
{
	struct reach *h = owner;
	struct wire *wire = h->wire;
	h->wire = NULL;
	reach_stop(h);
	h->events->reached(h->owner, wire);
}

static void wire_is_down(void *owner, const struct err *why)
{
	fail(owner, why);
}

static const struct wire_events wire_events = {.up = wire_is_up, .down = wire_is_down};

static void dial(void *ctx)
{
	struct reach *h = ctx;
	struct err e;
	struct peer peer = {
	    .address = h->port ? h->addresses[h->address_next] : h->host,
	    .port = h->port,
	    .tls = h->tls,
	    .host = h->host,
	};

	h->address_next++;
	timer_set(h->loop, &h->timer, h->limit_ms / h->address_count, overdue, h);
	h->wire = wire_open(h->loop, &peer, &wire_events, h, &e);
	if (!h->wire)
		fail(h, &e);
}

static void addresses_known(struct reach *h, int count)
{
	h->looking_up = false;
	h->address_count = count;
	h->address_next = 0;
	timer_set(h->loop, &h->timer, 0, dial, h);
}

/* ---- looking up ---- */

static int copy_addresses(struct reach *h, const struct addrinfo *found)
{
	int count = 0;
	for (; found && count < ADDRESSES_MAX; found = found->ai_next)
		if (getnameinfo(found->ai_addr, found->ai_addrlen, h->addresses[count],
			sizeof h->addresses[count], NULL, 0, NI_NUMERICHOST) == 0)
			count++;
	return count;
}

static void looked_up(uv_getaddrinfo_t *request, int status, struct addrinfo *found)
{
	struct lookup *k = container_of(request, struct lookup, request);
	struct reach *h = k->reach;
	bool wanted = h && h->looking_up && strcmp(h->host, k->host) == 0;
	int count = wanted ? copy_addresses(h, found) : 0;

	if (h) {
		list_drop(&k->link);
		h->lookup_count--;
	}
	uv_freeaddrinfo(found);
	free(k->host);
	free(k);
	if (count > 0)
		addresses_known(h, count);
	else if (wanted && h->lookup_count == 0)
		fail_with(h, uv_strerror(status));
}

static void look_up(struct reach *h)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	h->looking_up = true;
	timer_set(h->loop, &h->timer, h->limit_ms, overdue, h);
	if (h->lookup_count == LOOKUPS_MAX)
		return;
	struct lookup *k = xcalloc(1, sizeof *k);
	k->reach = h;
	k->host = xstrdup(h->host);
	h->lookup_count++;
	list_push(&h->lookups, &k->link);
	int rc = uv_getaddrinfo(loop_uv(h->loop), &k->request, looked_up, h->host, NULL, &hints);
	if (rc < 0)
		looked_up(&k->request, rc, NULL);
}

void reach_begin(struct reach *h, const char *host, int port, int64_t limit_ms)
{
	char *copy = xstrdup(host); /* host may be ours */
	reach_stop(h);
	free(h->host);
	h->host = copy;
	h->port = port;
	h->limit_ms = limit_ms;
	h->address_next = h->address_count = 0;
	if (port && !redis_host_is_numeric(h->host)) {
		look_up(h);
		return;
	}
	if (port)
		text_copy(h->addresses[0], sizeof h->addresses[0], h->host);
	addresses_known(h, 1);
}

/* ---- life ---- */

struct reach *reach_new(
    struct loop *l, struct tls *tls, const struct reach_events *events, void *owner)
{
	struct reach *h = xcalloc(1, sizeof *h);
	h->loop = l;
	h->tls = tls;
	h->events = events;
	h->owner = owner;
	list_init(&h->lookups);
	return h;
}

void reach_free(struct reach *h)
{
	struct link *link;
	reach_stop(h);
	while ((link = list_pop(&h->lookups))) {
		struct lookup *k = container_of(link, struct lookup, link);
		k->reach = NULL;
		uv_cancel((uv_req_t *)&k->request);
	}
	free(h->host);
	free(h);
}
