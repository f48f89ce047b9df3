/*
 * hand_back - gives back what a dead child held. It may have entered the queue more than once,
 * each time under its name and a generation, and jobs hang on each of these names.
 */
#include "hand_back.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "log.h"
#include "queue.h"

enum { ASK_TIMEOUT_MS = 5000, DAY_MS = 86400000 };

struct hand_back {
	struct redis *redis;
	const struct config *config;
	char child[128], death[80], prefix[96];
	int out; /* calls that are not answered yet */
	loop_fn done;
	void *ctx;
};

static void one_less(struct hand_back *h)
{
	if (--h->out > 0)
		return;
	h->done(h->ctx);
	free(h);
}

static void handed_back(void *ctx, bool ok, const char *unused)
{
	struct hand_back *h = ctx;
	(void)unused;
	log_info("jobs_handed_back", log_str("worker", h->child), log_int("ok", ok));
	one_less(h);
}

static bool is_of(const char *worker, const char *child)
{
	size_t n = strlen(child);
	return strncmp(worker, child, n) == 0 && worker[n] == '.';
}

static void workers_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct hand_back *h = ctx;
	if (!r)
		log_warn("not_handed_back", log_str("worker", h->child), log_str("why", e->text));
	for (size_t i = 0; r && i < reply_count(r); i++) {
		const char *worker = reply_text(reply_at(r, i), NULL);
		if (!worker || !is_of(worker, h->child))
			continue;
		h->out++;
		queue_abandon(h->redis, h->prefix, worker, h->death, h->config->queue.keep_finished,
		    h->config->queue.retention_days * DAY_MS, handed_back, h);
	}
	one_less(h);
}

void hand_back(struct redis *r, const struct config *c, const char *child, const char *death,
    loop_fn done, void *ctx)
{
	struct hand_back *h = xcalloc(1, sizeof *h);
	h->redis = r;
	h->config = c;
	h->out = 1;
	h->done = done;
	h->ctx = ctx;
	text_copy(h->child, sizeof h->child, child);
	text_copy(h->death, sizeof h->death, death);
	queue_prefix_of(c->queue.name, h->prefix);
	redis_sendf(r, ASK_TIMEOUT_MS, workers_read, h, "ZRANGE %sworkers 0 -1", h->prefix);
}
