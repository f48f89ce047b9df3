/*
 * keep_alive - a refresh token that nobody uses ends after 90 days. So each worker looks now
 * and then which linked accounts have not been used for a month, and signs them in once; the
 * index in Redis gives each of them to one worker alone.
 */
#include <stdlib.h>

#include "buf.h"
#include "log.h"
#include "vault.h"
#include "worker_int.h"

enum {
	FIRST_MS = 1000,
	SPREAD_MS = 2000, /* workers that start together do not look together */
	LOOK_MS = 600000,
	MORE_MS = 5000,
	AT_ONCE = 20,
};

struct keeping {
	struct worker *worker;
	char *name; /* owned */
};

static void look(void *ctx);

static void look_in(struct worker *w, int64_t delay_ms)
{
	timer_set(w->loop, &w->keep, delay_ms + random() % SPREAD_MS, look, w);
}

static void signed_in(void *ctx, const struct graph_answer *a)
{
	(void)ctx;
	if (a->result == GRAPH_OK)
		log_info("account_kept_alive");
	else
		log_info("account_not_kept_alive", log_str("why", a->error.text));
}

static void record_read(void *ctx, struct school *s, struct connection *c, const struct err *e)
{
	struct keeping *k = ctx;
	struct worker *w = k->worker;
	if (!e && c->state == CONNECTION_LINKED && !w->leaving) {
		char *account = vault_account(k->name, c);
		graph_check_sign_in(w->graph, c->tenant, account, signed_in, w);
		free(account);
	}
	school_clear(s);
	connection_clear(c);
	free(k->name);
	free(k);
}

static void taken(void *ctx, const struct reply *names, const struct err *e)
{
	struct worker *w = ctx;
	size_t count = e ? 0 : reply_count(names);
	if (w->leaving)
		return;
	for (size_t i = 0; i < count; i++) {
		const char *name = reply_text(reply_at(names, i), NULL);
		struct keeping *k = xcalloc(1, sizeof *k);
		*k = (struct keeping){w, xstrdup(name ? name : "")};
		connection_read(
		    queue_redis(w->queue), queue_prefix(w->queue), k->name, record_read, k);
	}
	look_in(w, count == AT_ONCE ? MORE_MS : LOOK_MS);
}

static void look(void *ctx)
{
	struct worker *w = ctx;
	if (!w->leaving)
		connections_take(queue_redis(w->queue), queue_prefix(w->queue), AT_ONCE, taken, w);
}

void keep_alive_begin(struct worker *w)
{
	look_in(w, FIRST_MS);
}

void keep_alive_end(struct worker *w)
{
	timer_clear(w->loop, &w->keep);
}
