/*
 * library - puts the Function library into Redis. Its name carries the major version;
 * within one, whichever worker starts with a different build replaces it.
 */
#include "queue.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "library.h"
#include "log.h"

enum { LOAD_TIMEOUT_MS = 5000 };

struct loading {
	struct redis *redis;
	queue_loaded_fn fn;
	void *ctx;
};

static void loading_end(struct loading *l, const struct err *e)
{
	l->fn(l->ctx, e);
	free(l);
}

static void loading_failed(struct loading *l, const struct reply *r, const struct err *e)
{
	struct err why = {0};
	if (e)
		why = *e;
	else if (strstr(reply_text(r, NULL), "unknown command"))
		err_set(&why, ERR_REFUSED,
		    "Redis has no functions: Rollcall needs Redis 7.0 or newer, or Valkey");
	else
		err_set(
		    &why, ERR_REFUSED, "%s (loading the Function library)", reply_text(r, NULL));
	loading_end(l, &why);
}

static void loaded(void *ctx, const struct reply *r, const struct err *e)
{
	struct loading *l = ctx;
	if (!r || reply_kind(r) == REPLY_ERROR) {
		loading_failed(l, r, e);
		return;
	}
	log_info("library_loaded", log_str("build", LIBRARY_BUILD));
	loading_end(l, NULL);
}

static void build_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct loading *l = ctx;
	if (!r) {
		loading_failed(l, r, e);
		return;
	}
	if (reply_kind(r) == REPLY_TEXT && strcmp(reply_text(r, NULL), LIBRARY_BUILD) == 0) {
		loading_end(l, NULL);
		return;
	}
	struct words w;
	words_init(&w);
	words_add(&w, "FUNCTION");
	words_add(&w, "LOAD");
	words_add(&w, "REPLACE");
	words_add(&w, library_code);
	redis_send(l->redis, &w, LOAD_TIMEOUT_MS, loaded, l);
	words_clear(&w);
}

void queue_load(struct redis *r, queue_loaded_fn fn, void *ctx)
{
	struct loading *l = xcalloc(1, sizeof *l);
	*l = (struct loading){r, fn, ctx};
	redis_sendf(r, LOAD_TIMEOUT_MS, build_read, l, "FCALL_RO rollcall1_build 0");
}
