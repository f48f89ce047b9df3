/*
 * redis_wire - one socket to Redis: hiredis for the protocol, a uv_poll for the
 * waiting. With TLS, hands are shaken before it is told as up.
 *
 * Stands on hiredis's plain context in non-blocking mode, not on its async layer:
 * deadlines, order and reconnecting are ours anyway, and a poll error (a refused
 * connect) is heard here at once. The same calls exist in 0.14 and 1.x.
 *
 * The owner may do anything when it is told something, even close the wire or turn
 * the loop. For the latter a timer stands ready that goes on with the replies that
 * were read and not yet told; it does so too when the owner wants to write first.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "buf.h"
#include "clock.h"
#include "loop_int.h"
#include "redis_int.h"

enum {
	READ_BYTES = 16 * 1024, /* of one redisBufferRead */
	READS_A_TURN = 16,
	READER_KEEPS_BYTES = 1 << 20, /* an empty reader larger than that is freed */
};

struct wire {
	uv_poll_t poll;
	struct loop *loop;
	redisContext *context; /* owned; NULL: closed */
	const struct wire_events *events;
	void *owner;
	struct tls *tls;
	struct tls_session *shaking; /* owned; until hands are shaken */
	char *host;		     /* owned; with tls, whom we must meet */
	struct timer again;	     /* tells the replies that were read and not told yet */
	size_t backlog;		     /* bytes put and, as far as known, not gone */
	int64_t heard_ms;	     /* when bytes came last; clock_mono_ms, 0: never */
	bool connected, full;	     /* full: the kernel has not taken all */
	bool yields;		     /* to what comes of the reply that is being told */
	bool failed;		     /* the peer is gone: nothing can go out first */
	int holds;		     /* the poll has one, and each entry from the loop */
};

static void wire_ready(uv_poll_t *poll, int status, int events);

/* ---- life ---- */

static void keep_alive(int fd)
{
	int yes = 1, idle_s = 15, interval_s = 5, probes = 3;
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

struct wire *wire_open(struct loop *l, const struct peer *peer, const struct wire_events *events,
    void *owner, struct err *e)
{
	redisContext *context = peer->port ? redisConnectNonBlock(peer->address, peer->port)
					   : redisConnectUnixNonBlock(peer->address);
	if (!context || context->err) {
		err_set(e, ERR_REACH, "%s", context ? context->errstr : "out of memory");
		if (context)
			redisFree(context);
		return NULL;
	}
	struct wire *w = xcalloc(1, sizeof *w);
	int rc = uv_poll_init(loop_uv(l), &w->poll, context->fd);
	if (rc < 0) {
		err_set(e, ERR_SYSTEM, "%s", uv_strerror(rc));
		redisFree(context);
		free(w);
		return NULL;
	}
	if (peer->port)
		keep_alive(context->fd);
	context->reader->maxbuf = READER_KEEPS_BYTES;
	w->holds = 1;
	w->loop = l;
	w->context = context;
	w->tls = peer->tls;
	w->host = peer->tls ? xstrdup(peer->host) : NULL;
	wire_give(w, events, owner);
	uv_poll_start(&w->poll, UV_WRITABLE, wire_ready);
	return w;
}

void wire_give(struct wire *w, const struct wire_events *events, void *owner)
{
	w->events = events;
	w->owner = owner;
}

static void release(struct wire *w)
{
	if (--w->holds == 0)
		free(w);
}

static void poll_closed(uv_handle_t *handle)
{
	release(container_of(handle, struct wire, poll));
}

void wire_close(struct wire *w)
{
	timer_clear(w->loop, &w->again);
	uv_close((uv_handle_t *)&w->poll, poll_closed); /* before its descriptor goes */
	tls_end(w->shaking);
	free(w->host);
	redisFree(w->context);
	w->context = NULL;
}

void wire_abort(struct wire *w)
{
	struct linger none = {.l_onoff = 1};
	setsockopt(w->context->fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

static void wire_broke(struct wire *w, const char *why)
{
	struct err e;
	err_set(&e, ERR_REACH, "%s", why);
	w->events->down(w->owner, &e);
}

/* ---- writing ---- */

void wire_put(struct wire *w, const char *bytes, size_t size)
{
	redisAppendFormattedCommand(w->context, bytes, size);
	w->backlog += size;
}

void wire_put_words(struct wire *w, const char *const *words)
{
	struct words all;
	size_t size;
	words_init(&all);
	for (; *words; words++)
		words_add(&all, *words);
	char *text = words_format(&all, &size);
	wire_put(w, text, size);
	explicit_bzero(text, size); /* a password may stand in it */
	free(text);
	words_clear(&all);
}

size_t wire_backlog(const struct wire *w)
{
	return w->backlog;
}

int64_t wire_heard_ms(const struct wire *w)
{
	return w->heard_ms;
}

/* A write that fails is no news yet: the peer's last words may be there to read,
 * and its end follows them. */
void wire_flush(struct wire *w)
{
	int done = 0;
	if (redisBufferWrite(w->context, &done) != REDIS_OK) {
		w->context->err = 0;
		done = 1;
	} else if (done) {
		w->backlog = 0;
	}
	if (w->full != !done) {
		w->full = !done;
		uv_poll_start(&w->poll, UV_READABLE | (w->full ? UV_WRITABLE : 0), wire_ready);
	}
}

static void wire_writable(struct wire *w)
{
	wire_flush(w);
	if (w->backlog == 0)
		w->events->room(w->owner);
}

/* ---- reading ---- */

static void wire_tell(struct wire *w);

/* What came of the replies before goes out first. */
static void tell_again(void *ctx)
{
	struct wire *w = ctx;
	w->holds++;
	if (w->backlog == 0)
		w->events->room(w->owner);
	if (w->context)
		wire_tell(w);
	release(w);
}

void wire_yield(struct wire *w)
{
	w->yields = !w->failed;
}

/* wire_tell tells each reply that is there as a whole, up to one that yields. */
static void wire_tell(struct wire *w)
{
	void *reply = NULL;
	int rc = REDIS_OK;

	w->yields = false;
	timer_set(w->loop, &w->again, 0, tell_again, w);
	while (w->context && !w->yields) {
		rc = redisGetReplyFromReader(w->context, &reply);
		if (rc != REDIS_OK || !reply)
			break;
		w->events->reply(w->owner, reply);
	}
	if (w->context && !w->yields)
		timer_clear(w->loop, &w->again);
	if (w->context && rc != REDIS_OK)
		wire_broke(w, w->context->errstr);
}

static void wire_readable(struct wire *w)
{
	bool more = true;

	for (int i = 0; i < READS_A_TURN && more && w->context && !w->yields; i++) {
		size_t before = w->context->reader->len;
		if (redisBufferRead(w->context) != REDIS_OK) {
			wire_broke(w, w->context->errstr);
			break;
		}
		size_t came = w->context->reader->len - before;
		if (came > 0)
			w->heard_ms = clock_mono_ms();
		more = came == READ_BYTES;
		wire_tell(w);
	}
}

/* ---- polling ---- */

static void wire_connected(struct wire *w)
{
	w->connected = true;
	uv_poll_start(&w->poll, UV_READABLE, wire_ready);
	w->events->up(w->owner);
}

static void wire_shake(struct wire *w)
{
	struct err e;
	enum tls_state state = tls_step(w->shaking, &e);
	if (state == TLS_WANTS_READ || state == TLS_WANTS_WRITE) {
		uv_poll_start(
		    &w->poll, state == TLS_WANTS_READ ? UV_READABLE : UV_WRITABLE, wire_ready);
		return;
	}
	if (state == TLS_READY) {
		tls_end(w->shaking);
		w->shaking = NULL;
		wire_connected(w);
		return;
	}
	w->events->down(w->owner, &e);
}

static void wire_reached(struct wire *w)
{
	struct err e;
	if (!w->tls) {
		wire_connected(w);
		return;
	}
	w->shaking = tls_begin(w->tls, w->context, w->host, &e);
	if (w->shaking)
		wire_shake(w);
	else
		w->events->down(w->owner, &e);
}

static int socket_error(const struct wire *w)
{
	int error = 0;
	socklen_t length = sizeof error;
	getsockopt(w->context->fd, SOL_SOCKET, SO_ERROR, &error, &length);
	return error;
}

/* The last words of a peer (too many clients, say) may still be there to read. */
static void wire_failed(struct wire *w, int error)
{
	if (w->connected)
		wire_readable(w);
	if (w->context)
		wire_broke(w, error ? strerror(error) : "Connection lost");
}

/* What was read and not told yet is told before anything new is heard. */
static void wire_moved(struct wire *w, bool failed, int events)
{
	w->failed = failed;
	if (timer_is_set(&w->again))
		wire_tell(w);
	if (!w->context)
		return;
	int error = failed || !w->connected ? socket_error(w) : 0;
	if (failed || error)
		wire_failed(w, error);
	else if (w->shaking)
		wire_shake(w);
	else if (!w->connected)
		wire_reached(w);
	else if (events & UV_WRITABLE)
		wire_writable(w);
	if (w->context && w->connected && (events & UV_READABLE))
		wire_readable(w);
}

/* libuv names any poll error EBADF; the socket knows what happened. */
static void wire_ready(uv_poll_t *poll, int status, int events)
{
	struct wire *w = container_of(poll, struct wire, poll);
	w->holds++;
	wire_moved(w, status < 0, events);
	release(w);
}
