/*
 * connections_change - what happens to a connection after it was linked: its token is renewed,
 * is refused, is sealed anew.
 *
 * Each is one call of the Function library, which looks first whether the record is still the
 * one that is meant: meanwhile the teacher may have disconnected, or linked another account.
 */
#include <stdlib.h>

#include "buf.h"
#include "connections_int.h"

struct connection_asked {
	connection_done_fn fn;
	void *ctx;
};

/* refusal finds the first error in a reply or in its parts; NULL: none. */
static const char *refusal(const struct reply *r)
{
	if (reply_kind(r) == REPLY_ERROR)
		return reply_text(r, NULL);
	const char *text = NULL;
	for (size_t i = 0; !text && reply_kind(r) == REPLY_LIST && i < reply_count(r); i++)
		text = refusal(reply_at(r, i));
	return text;
}

bool connection_failed(const struct reply *r, const struct err *e, struct err *why)
{
	if (!r) {
		*why = *e;
		return true;
	}
	const char *text = refusal(r);
	if (text)
		err_set(why, ERR_REFUSED, "connections: %s", text);
	return text != NULL;
}

struct connection_asked *connection_ask(connection_done_fn fn, void *ctx)
{
	struct connection_asked *a = xcalloc(1, sizeof *a);
	a->fn = fn;
	a->ctx = ctx;
	return a;
}

void connection_answered(void *asked, const struct reply *r, const struct err *e)
{
	struct connection_asked a = *(struct connection_asked *)asked;
	struct err why = {0};
	bool failed = connection_failed(r, e, &why);
	bool done = !failed && (reply_kind(r) == REPLY_LIST || reply_number(r) != 0);
	free(asked);
	if (a.fn)
		a.fn(a.ctx, done, failed ? &why : NULL);
}

static void call(struct words *w, const char *function, const char *prefix, const char *name)
{
	words_init(w);
	words_add(w, "FCALL");
	words_add(w, function);
	words_add(w, "1");
	words_addf(w, "%sinbox", prefix);
	words_add(w, name);
}

static void send(struct redis *r, struct words *w, connection_done_fn fn, void *ctx)
{
	redis_send(r, w, CONNECTION_TIMEOUT_MS, connection_answered, connection_ask(fn, ctx));
	words_clear(w);
}

void connection_renew(struct redis *r, const char *prefix, const char *name, const char *link,
    const char *sealed, connection_done_fn fn, void *ctx)
{
	struct words w;
	call(&w, "rollcall1_connection_renew", prefix, name);
	words_add(&w, link);
	words_add(&w, sealed);
	words_int(&w, CONNECTION_KEEP_MS);
	send(r, &w, fn, ctx);
}

void connection_break(struct redis *r, const char *prefix, const char *name, const char *link,
    const char *sealed, const char *reason, connection_done_fn fn, void *ctx)
{
	struct words w;
	call(&w, "rollcall1_connection_break", prefix, name);
	words_add(&w, link);
	words_add(&w, sealed);
	words_add(&w, reason);
	send(r, &w, fn, ctx);
}

void connection_reseal(struct redis *r, const char *prefix, const char *name, const char *old,
    const char *sealed, connection_done_fn fn, void *ctx)
{
	struct words w;
	call(&w, "rollcall1_connection_reseal", prefix, name);
	words_add(&w, old);
	words_add(&w, sealed);
	send(r, &w, fn, ctx);
}

/* ---- which tokens have to be renewed --------------------------------------------------------- */

struct taking {
	connections_fn fn;
	void *ctx;
};

static void taken(void *ctx, const struct reply *r, const struct err *e)
{
	struct taking t = *(struct taking *)ctx;
	struct err why = {0};
	bool failed = connection_failed(r, e, &why);
	free(ctx);
	t.fn(t.ctx, failed ? NULL : r, failed ? &why : NULL);
}

void connections_take(struct redis *r, const char *prefix, int most, connections_fn fn, void *ctx)
{
	struct taking *t = xcalloc(1, sizeof *t);
	t->fn = fn;
	t->ctx = ctx;
	redis_sendf(r, CONNECTION_TIMEOUT_MS, taken, t,
	    "FCALL rollcall1_connections_take 1 %sinbox %d %d", prefix, (int64_t)most,
	    CONNECTION_AGAIN_MS);
}
