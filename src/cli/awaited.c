/* awaited - runs the loop until a record's answer is there. */
#include "awaited.h"

#include <string.h>

#include "output.h"

enum { ENTRY_ROOM = 48, READINGS_MAX = 200 };

struct answer {
	bool is_here;
	json_t *found; /* owned */
	char next[ENTRY_ROOM];
	struct err error;
};

/* wait_for ends the program where there is no answer, save for one that says "no more". */
static void wait_for(struct cli *c, struct answer *a)
{
	(void)loop_run_until(c->loop, &a->is_here, 0);
	if (a->error.code && a->error.code != ERR_LIMIT) {
		*cli_error() = a->error;
		(void)cli_answered(c, NULL);
	}
}

static void found(void *ctx, const json_t *objects, const struct err *e)
{
	struct answer *a = ctx;
	a->is_here = true;
	a->found = json_deep_copy(objects);
	if (e)
		a->error = *e;
}

static void changed(void *ctx, const struct reply *r, const struct err *e)
{
	struct answer *a = ctx;
	a->is_here = true;
	if (!r)
		a->error = *e;
	else if (reply_kind(r) == REPLY_ERROR)
		err_set(&a->error, ERR_REFUSED, "%s", reply_text(r, NULL));
}

static int status_of(const struct answer *a)
{
	if (a->error.code)
		out_complain("%s", a->error.text);
	return a->error.code ? NO : YES;
}

json_t *matches_awaited(struct cli *c, const char *school)
{
	struct answer a = {0};
	matches_read(c->redis, c->prefix, school, found, &a);
	wait_for(c, &a);
	return a.found;
}

int match_awaited(struct cli *c, const char *school, const struct match *m, bool drop)
{
	struct answer a = {0};
	int64_t history = c->config.records.history;
	if (drop)
		match_drop(c->redis, c->prefix, school, m, history, changed, &a);
	else
		match_set(c->redis, c->prefix, school, m, history, changed, &a);
	wait_for(c, &a);
	return status_of(&a);
}

int exception_awaited(
    struct cli *c, const char *school, const char *class_id, const struct exception *x, bool drop)
{
	struct answer a = {0};
	int64_t history = c->config.records.history;
	if (drop)
		exception_drop(c->redis, c->prefix, school, class_id, x, history, changed, &a);
	else
		exception_set(c->redis, c->prefix, school, class_id, x, history, changed, &a);
	wait_for(c, &a);
	return status_of(&a);
}

static void page_read(void *ctx, const json_t *events, const char *next, const struct err *e)
{
	struct answer *a = ctx;
	a->is_here = true;
	json_array_extend(a->found, (json_t *)(uintptr_t)events);
	text_copy(a->next, sizeof a->next, next ? next : "");
	if (e)
		a->error = *e;
}

json_t *history_awaited(
    struct cli *c, const char *school, const struct history_event *like, size_t most)
{
	struct answer a = {.found = json_array()};
	for (int n = 0; n < READINGS_MAX && json_array_size(a.found) < most; n++) {
		char before[ENTRY_ROOM];
		struct history_wanted wanted = {
		    .like = *like,
		    .before = n > 0 ? before : NULL,
		    .limit = (int)(most - json_array_size(a.found)),
		};
		text_copy(before, sizeof before, a.next);
		a.is_here = false;
		history_read(c->redis, c->prefix, school, &wanted, page_read, &a);
		wait_for(c, &a);
		if (!a.next[0])
			break;
	}
	return a.found;
}
