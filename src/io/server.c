/*
 * server - libmicrohttpd without threads: its epoll descriptor is watched by our
 * loop, its timeout is one of our timers.
 *
 * In this mode a resumed connection wakes nobody, so exchange.c, which says what
 * becomes of a request, calls server_wake. Answers go out in the next turn.
 *
 * Left out: files, ranges, upgrades, trailers.
 */
#include "server.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server_int.h"

enum {
	CONNECTIONS_DEFAULT = 1000,
	HEAD_MAX_BYTES = 32 * 1024,  /* request line, headers and a piece of the body */
	SWALLOW_BYTES = 1024 * 1024, /* read beyond body_max, so that 413 can be said */
	PEM_MAX_BYTES = 1024 * 1024,
	MS_PER_S = 1000,
	TAKEN_BYTES_A_MS = 16, /* the slowest that an answer may be taken */
	GIVEN_BYTES_A_MS = 64, /* and a long body be given */
};

struct server {
	struct loop *loop;
	struct MHD_Daemon *daemon;
	struct watch *watch;
	struct timer timer;
	server_fn fn;
	void *ctx;
	size_t body_max;
	size_t (*body_max_of)(void *ctx, const struct exchange *x);
	int64_t idle_ms, request_ms, taken_bytes_a_ms;
	int port;
	bool running;	       /* inside libmicrohttpd */
	bool has_room;	       /* somebody left in this turn */
	char complaint[256];   /* what it last had to say */
	struct link exchanges; /* those it still knows */
};

/* A connection. One that sends or takes letter by letter is never idle, so each request has a
 * time by which it has to be there as a whole, and each answer one by which it has to be taken. */
struct guest {
	struct server *server;
	struct timer late;
	int fd;
	struct exchange *began; /* NULL: between two requests */
};

/* ---- connections ---- */

/* cut_guest ends the connection as if the far end had: libmicrohttpd sees to the rest. */
static void cut_guest(void *ctx)
{
	struct guest *g = ctx;
	(void)shutdown(g->fd, SHUT_RDWR);
}

static void expect_move(struct guest *g, int64_t within_ms)
{
	if (g->server->request_ms > 0)
		timer_set(g->server->loop, &g->late, within_ms, cut_guest, g);
}

/* libmicrohttpd does not say that a request has ended which it gave up while it read the
 * first line. */
static void end_request(struct guest *g)
{
	if (g->began)
		exchange_forget(g->began);
	g->began = NULL;
}

static void guest_moved(void *ctx, struct MHD_Connection *connection, void **slot,
    enum MHD_ConnectionNotificationCode what)
{
	struct server *s = ctx;
	struct guest *g = *slot;
	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *info =
		    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
		g = *slot = xcalloc(1, sizeof *g);
		g->server = s;
		g->fd = info->connect_fd;
		expect_move(g, s->request_ms);
	} else {
		timer_clear(s->loop, &g->late);
		end_request(g);
		s->has_room = true;
		free(g);
		*slot = NULL;
	}
}

static struct guest *guest_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return info->socket_context;
}

/* ---- requests ---- */

static void *request_began(void *ctx, const char *target, struct MHD_Connection *connection)
{
	struct server *s = ctx;
	struct exchange *x = exchange_new(s->loop, s, target);
	struct guest *g = guest_of(connection);
	end_request(g);
	g->began = x;
	list_push(&s->exchanges, &x->link);
	return x;
}

static void request_ended(
    void *ctx, struct MHD_Connection *connection, void **slot, enum MHD_RequestTerminationCode why)
{
	struct server *s = ctx;
	struct guest *g = guest_of(connection);
	(void)why;
	expect_move(g, s->idle_ms + s->request_ms);
	end_request(g);
	*slot = NULL;
}

/* An answer that nobody takes would stay in memory. */
static enum MHD_Result answer(struct exchange *x)
{
	struct guest *g = guest_of(x->connection);
	expect_move(g, g->server->idle_ms + (int64_t)x->length / g->server->taken_bytes_a_ms);
	return exchange_send(x);
}

static enum MHD_Result refuse(struct exchange *x, int status, const char *sentence)
{
	x->stage = ASKED;
	exchange_set_header(x, "Connection", "close");
	exchange_set_header(x, "Content-Type", "text/plain; charset=utf-8");
	exchange_answer(x, status, sentence, strlen(sentence));
	return answer(x);
}

static enum MHD_Result refuse_body(struct exchange *x)
{
	return refuse(x, MHD_HTTP_CONTENT_TOO_LARGE, "The body is too long.\n");
}

/* What a server in front may read another way than we do is read by neither: two lengths, a
 * length beside chunks, a coding that is not ours, two hosts (RFC 9112, 3.2 and 6.3). */
static bool is_ambiguous(const struct exchange *x)
{
	char *hosts = exchange_headers(x, "Host");
	char *lengths = exchange_headers(x, "Content-Length");
	char *codings = exchange_headers(x, "Transfer-Encoding");
	bool is = (hosts && strchr(hosts, ',')) || (lengths && (codings || strchr(lengths, ','))) ||
		  (codings && strcasecmp(codings, "chunked") != 0);
	free(hosts);
	free(lengths);
	free(codings);
	return is;
}

static enum MHD_Result head_read(struct server *s, struct exchange *x)
{
	const char *length = exchange_header(x, "Content-Length");
	if (is_ambiguous(x))
		return refuse(x, MHD_HTTP_BAD_REQUEST, "Where this request ends is not clear.\n");
	x->body_max = s->body_max_of ? s->body_max_of(s->ctx, x) : s->body_max;
	if (length && strtoull(length, NULL, 10) > x->body_max)
		return refuse_body(x);
	if (x->body_max > s->body_max)
		expect_move(guest_of(x->connection),
		    s->request_ms + (int64_t)(x->body_max / GIVEN_BYTES_A_MS));
	return MHD_YES;
}

static enum MHD_Result body_piece_read(struct exchange *x, const char *piece, size_t size)
{
	x->body_seen += size;
	if (x->body_seen <= x->body_max)
		buf_add(&x->body, piece, size);
	return x->body_seen > x->body_max + SWALLOW_BYTES ? MHD_NO : MHD_YES;
}

static enum MHD_Result request_read(struct server *s, struct exchange *x)
{
	timer_clear(s->loop, &guest_of(x->connection)->late);
	if (x->body_seen > x->body_max)
		return refuse_body(x);
	x->stage = ASKED;
	s->fn(s->ctx, x);
	if (x->stage == ANSWERED)
		return answer(x);
	exchange_suspend(x);
	return MHD_YES;
}

/* libmicrohttpd calls this for the head, for each piece of the body, at the end of
 * the request, and again when a suspended connection was resumed. */
static enum MHD_Result request_moved(void *ctx, struct MHD_Connection *connection, const char *path,
    const char *method, const char *version, const char *piece, size_t *size, void **slot)
{
	struct server *s = ctx;
	struct exchange *x = *slot;
	(void)version;

	if (!x->method) {
		exchange_begin(x, connection, method, path);
		return head_read(s, x);
	}
	if (*size > 0) {
		size_t taken = *size;
		*size = 0;
		return body_piece_read(x, piece, taken);
	}
	if (x->stage == READING)
		return request_read(s, x);
	return answer(x);
}

/* ---- the loop ---- */

static void server_turn(void *ctx)
{
	struct server *s = ctx;
	MHD_UNSIGNED_LONG_LONG wait;

	if (s->running)
		return; /* a callback of ours turns the loop; the outer turn goes on */
	s->running = true;
	s->has_room = false;
	MHD_run(s->daemon);
	s->running = false;
	/* Where there was no room for more, it listens again in the turn after somebody left. */
	if (s->has_room)
		timer_set(s->loop, &s->timer, 0, server_turn, s);
	else if (MHD_get_timeout(s->daemon, &wait) == MHD_YES)
		timer_set(s->loop, &s->timer, (int64_t)wait, server_turn, s);
	else
		timer_clear(s->loop, &s->timer);
}

void server_wake(struct server *s)
{
	timer_set(s->loop, &s->timer, 0, server_turn, s);
}

/* ---- opening ---- */

/* split_address cuts "[::1]:8080" or "127.0.0.1:8080" into host and port. */
static int split_address(const char *address, char host[256], char port[16], struct err *e)
{
	const char *colon = strrchr(address, ':');
	size_t length = colon ? (size_t)(colon - address) : 0;
	const char *from = address;

	if (length >= 2 && from[0] == '[' && from[length - 1] == ']') {
		from++;
		length -= 2;
	}
	if (!colon || length >= 256 || !text_copy(port, 16, colon + 1) || port[0] == '\0' ||
	    strspn(port, "0123456789") != strlen(port))
		return err_set(e, ERR_USAGE, "listen address \"%s\": use HOST:PORT", address);
	memcpy(host, from, length);
	host[length] = '\0';
	return 0;
}

static int bind_to(const struct addrinfo *place)
{
	int yes = 1;
	int fd = socket(place->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (bind(fd, place->ai_addr, place->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	int saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* listen_on returns a listening socket, or a negative enum err. */
static int listen_on(const char *address, struct err *e)
{
	char host[256] = "", port[16] = "";
	struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM}, *places;

	int rc = split_address(address, host, port, e);
	if (rc < 0)
		return rc;
	rc = getaddrinfo(host[0] ? host : NULL, port, &hints, &places);
	if (rc != 0)
		return err_set(e, ERR_SYSTEM, "listen on %s: %s", address, gai_strerror(rc));
	int fd = bind_to(places);
	freeaddrinfo(places);
	if (fd < 0)
		return err_set(e, ERR_SYSTEM, "listen on %s: %s", address, strerror(errno));
	return fd;
}

static int port_of(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} address = {.v6 = {0}};
	socklen_t length = sizeof address;
	if (getsockname(fd, &address.any, &length) < 0)
		return 0;
	return ntohs(
	    address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

static int read_pem(const char *path, struct buf *text, struct err *e)
{
	char piece[4096];
	size_t size;
	FILE *f = fopen(path, "re");
	if (!f)
		return err_set(e, ERR_SYSTEM, "%s: %s", path, strerror(errno));
	int rc = 0;
	while (rc == 0 && (size = fread(piece, 1, sizeof piece, f)) > 0)
		rc = buf_put(text, piece, size);
	if (ferror(f))
		rc = err_set(e, ERR_SYSTEM, "%s: cannot be read", path);
	else if (rc < 0)
		err_set(e, rc, "%s: too long for a certificate or key", path);
	fclose(f);
	return rc;
}

static void PRINTF_LIKE(2, 0) complained(void *ctx, const char *fmt, va_list args)
{
	struct server *s = ctx;
	vsnprintf(s->complaint, sizeof s->complaint, fmt, args);
	s->complaint[strcspn(s->complaint, "\n")] = '\0';
}

static int start(struct server *s, const struct server_options *o, int fd, char *certificate,
    char *key, struct err *e)
{
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
	unsigned connections =
	    o->connections_max > 0 ? (unsigned)o->connections_max : CONNECTIONS_DEFAULT;
	struct MHD_OptionItem tls[] = {
	    {MHD_OPTION_HTTPS_MEM_CERT, 0, certificate},
	    {MHD_OPTION_HTTPS_MEM_KEY, 0, key},
	    {MHD_OPTION_END, 0, NULL},
	};
	struct MHD_OptionItem plain[] = {{MHD_OPTION_END, 0, NULL}};

	if (certificate)
		flags |= MHD_USE_TLS;
	s->daemon =
	    MHD_start_daemon(flags, 0, NULL, NULL, request_moved, s, MHD_OPTION_EXTERNAL_LOGGER,
		complained, s, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_CONNECTION_LIMIT, connections, MHD_OPTION_CONNECTION_TIMEOUT,
		(unsigned)o->idle_timeout_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)HEAD_MAX_BYTES, MHD_OPTION_URI_LOG_CALLBACK, request_began, s,
		MHD_OPTION_NOTIFY_COMPLETED, request_ended, s, MHD_OPTION_NOTIFY_CONNECTION,
		guest_moved, s, MHD_OPTION_ARRAY, certificate ? tls : plain, MHD_OPTION_END);
	if (!s->daemon)
		return err_set(e, ERR_SYSTEM, "web server on %s: %s", o->address,
		    s->complaint[0] ? s->complaint : strerror(errno));
	return 0;
}

static int read_tls_files(
    const struct server_options *o, struct buf *certificate, struct buf *key, struct err *e)
{
	if (!o->certificate_file != !o->key_file)
		return err_set(e, ERR_USAGE, "TLS needs a certificate file and a key file");
	if (!o->certificate_file)
		return 0;
	int rc = read_pem(o->certificate_file, certificate, e);
	return rc < 0 ? rc : read_pem(o->key_file, key, e);
}

static int open_server(struct server *s, const struct server_options *o, struct err *e)
{
	struct buf certificate, key;
	int fd;

	buf_init(&certificate, PEM_MAX_BYTES);
	buf_init(&key, PEM_MAX_BYTES);
	int rc = read_tls_files(o, &certificate, &key, e);
	if (rc < 0)
		goto out;
	rc = fd = listen_on(o->address, e);
	if (rc < 0)
		goto out;
	s->port = port_of(fd);
	rc = start(s, o, fd, certificate.data, key.data, e); /* closes fd if it fails */
out:
	if (key.data)
		explicit_bzero(key.data, key.length);
	buf_clear(&certificate);
	buf_clear(&key);
	return rc;
}

struct server *server_open(
    struct loop *l, const struct server_options *o, server_fn fn, void *ctx, struct err *e)
{
	struct server *s = xcalloc(1, sizeof *s);
	s->loop = l;
	s->fn = fn;
	s->ctx = ctx;
	s->body_max = o->body_max;
	s->body_max_of = o->body_max_of;
	s->idle_ms = (int64_t)o->idle_timeout_s * MS_PER_S;
	s->request_ms = (int64_t)o->request_timeout_s * MS_PER_S;
	s->taken_bytes_a_ms = o->taken_bytes_a_ms > 0 ? o->taken_bytes_a_ms : TAKEN_BYTES_A_MS;
	list_init(&s->exchanges);
	if (open_server(s, o, e) < 0) {
		free(s);
		return NULL;
	}
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	s->watch = loop_watch(l, info->epoll_fd, server_turn, s);
	return s;
}

void server_close(struct server *s)
{
	assert(!s->running);
	list_each (at, &s->exchanges) {
		struct exchange *x = container_of(at, struct exchange, link);
		if (x->suspended)
			exchange_abandon(x);
	}
	loop_unwatch(s->watch);
	timer_clear(s->loop, &s->timer);
	MHD_stop_daemon(s->daemon);
	free(s);
}

int server_port(const struct server *s)
{
	return s->port;
}
