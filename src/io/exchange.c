/*
 * exchange - one request and its answer.
 *
 *	reading --> asked --> answered --> freed, once libmicrohttpd has let go
 *
 * In "asked" the owner has it. If the owner takes time, the connection is
 * suspended: libmicrohttpd does not look at it and we watch for the client's end.
 */
#include "server_int.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "loop_int.h"

struct exchange *exchange_new(struct loop *l, struct server *s, const char *target)
{
	struct exchange *x = xcalloc(1, sizeof *x);
	x->loop = l;
	x->server = s;
	x->target = xstrdup(target);
	list_init(&x->link);
	buf_init(&x->body, 0);
	return x;
}

static void exchange_free(struct exchange *x)
{
	for (size_t i = 0; i < x->header_count; i++) {
		free(x->headers[i].name);
		free(x->headers[i].value);
	}
	buf_clear(&x->body);
	free(x->method);
	free(x->path);
	free(x->target);
	free(x->answer);
	free(x);
}

static void peer_text(struct MHD_Connection *connection, char text[INET6_ADDRSTRLEN])
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *address = info ? info->client_addr : NULL;
	const void *number = NULL;

	if (address && address->sa_family == AF_INET)
		number = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
	else if (address && address->sa_family == AF_INET6)
		number = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	if (!number || !inet_ntop(address->sa_family, number, text, INET6_ADDRSTRLEN))
		text[0] = '\0';
}

void exchange_begin(
    struct exchange *x, struct MHD_Connection *connection, const char *method, const char *path)
{
	x->connection = connection;
	x->method = xstrdup(method);
	x->path = xstrdup(path);
	peer_text(connection, x->peer);
}

void exchange_forget(struct exchange *x)
{
	list_drop(&x->link);
	loop_unwatch(x->gone);
	x->gone = NULL;
	x->connection = NULL;
	if (x->stage != ASKED)
		exchange_free(x); /* else the one who answers frees it */
}

/* ---- what was asked ---- */

const char *exchange_method(const struct exchange *x)
{
	return x->method;
}

const char *exchange_path(const struct exchange *x)
{
	return x->path;
}

const char *exchange_target(const struct exchange *x)
{
	return x->target;
}

static const char *look_up(const struct exchange *x, enum MHD_ValueKind kind, const char *name)
{
	const char *value = NULL;
	if (!x->connection || MHD_lookup_connection_value_n(
				  x->connection, kind, name, strlen(name), &value, NULL) != MHD_YES)
		return NULL;
	return value ? value : "";
}

const char *exchange_query(const struct exchange *x, const char *name)
{
	return look_up(x, MHD_GET_ARGUMENT_KIND, name);
}

const char *exchange_header(const struct exchange *x, const char *name)
{
	return look_up(x, MHD_HEADER_KIND, name);
}

/* What is looked for among headers, and what was found. */
struct search {
	const char *name;
	struct buf values;
};

static enum MHD_Result see_header(
    void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct search *s = ctx;
	(void)kind;
	if (strcasecmp(name, s->name) == 0)
		buf_addf(&s->values, "%s%s", s->values.length ? ", " : "", value ? value : "");
	return MHD_YES;
}

char *exchange_headers(const struct exchange *x, const char *name)
{
	struct search s = {.name = name};
	buf_init(&s.values, 0);
	if (x->connection)
		(void)MHD_get_connection_values(x->connection, MHD_HEADER_KIND, see_header, &s);
	return s.values.data ? buf_take(&s.values) : NULL;
}

const char *exchange_peer(const struct exchange *x)
{
	return x->peer;
}

const char *exchange_body(const struct exchange *x, size_t *length)
{
	if (length)
		*length = x->body.length;
	return x->body.data ? x->body.data : "";
}

/* ---- waiting for the answer ---- */

static void client_gone(void *ctx)
{
	struct exchange *x = ctx;
	loop_unwatch(x->gone);
	x->gone = NULL;
	x->gone_fn(x->gone_ctx);
}

/* While a connection is suspended, nobody but us notices that its far end closed. */
static void watch_client(struct exchange *x)
{
	const union MHD_ConnectionInfo *info;
	if (!x->gone_fn || !x->suspended || x->gone)
		return;
	info = MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (info)
		x->gone = loop_watch_gone(x->loop, info->connect_fd, client_gone, x);
}

void exchange_on_gone(struct exchange *x, loop_fn fn, void *ctx)
{
	x->gone_fn = fn;
	x->gone_ctx = ctx;
	watch_client(x);
}

void exchange_suspend(struct exchange *x)
{
	x->suspended = true;
	MHD_suspend_connection(x->connection);
	watch_client(x);
}

static void resume(struct exchange *x)
{
	loop_unwatch(x->gone);
	x->gone = NULL;
	if (!x->suspended)
		return;
	x->suspended = false;
	MHD_resume_connection(x->connection);
	server_wake(x->server);
}

void exchange_abandon(struct exchange *x)
{
	x->manner = CUT;
	resume(x);
}

/* ---- the answer ---- */

void exchange_set_header(struct exchange *x, const char *name, const char *value)
{
	assert(x->header_count < HEADERS_MAX);
	x->headers[x->header_count++] = (struct header){xstrdup(name), xstrdup(value)};
}

static void answer(
    struct exchange *x, enum manner manner, int status, const char *body, size_t length)
{
	assert(x->stage == ASKED);
	x->stage = ANSWERED;
	if (!x->connection) {
		exchange_free(x);
		return;
	}
	x->manner = manner;
	x->status = status;
	x->length = length;
	x->answer = xmalloc(length + 1);
	if (length)
		memcpy(x->answer, body, length);
	resume(x);
}

void exchange_answer(struct exchange *x, int status, const char *body, size_t length)
{
	answer(x, WHOLE, status, body, length);
}

void exchange_answer_part(
    struct exchange *x, int status, const char *body, size_t length, size_t part)
{
	x->part = part < length ? part : length;
	answer(x, PART, status, body, length);
}

void exchange_cut(struct exchange *x)
{
	answer(x, CUT, 0, NULL, 0);
}

static ssize_t read_part(void *ctx, uint64_t at, char *to, size_t room)
{
	const struct exchange *x = ctx;
	if (at >= x->part)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	size_t size = x->part - (size_t)at;
	size = size < room ? size : room;
	memcpy(to, x->answer + at, size);
	return (ssize_t)size;
}

static struct MHD_Response *response_of(struct exchange *x)
{
	if (x->manner == PART)
		return MHD_create_response_from_callback(x->length, 4096, read_part, x, NULL);
	char *body = x->answer;
	x->answer = NULL;
	return MHD_create_response_from_buffer(x->length, body, MHD_RESPMEM_MUST_FREE);
}

enum MHD_Result exchange_send(struct exchange *x)
{
	if (x->manner == CUT)
		return MHD_NO;
	struct MHD_Response *response = response_of(x);
	if (!response)
		return MHD_NO;
	for (size_t i = 0; i < x->header_count; i++)
		(void)MHD_add_response_header(response, x->headers[i].name, x->headers[i].value);
	enum MHD_Result result = MHD_queue_response(x->connection, (unsigned)x->status, response);
	MHD_destroy_response(response);
	return result;
}
