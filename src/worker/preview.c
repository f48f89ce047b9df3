/*
 * preview - a job that is to keep to a preview (options.plan) gets its rows: what a dry run of
 * the same class said would happen.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "worker_int.h"

enum { PREVIEW_TIMEOUT_MS = 10000, ROW_DEPTH = 8 };

/* The record of that job, as far as it matters: type, school, class, state. */
static bool is_of_this_class(const struct job *j, const struct reply *record)
{
	const char *wanted[] = {j->type->name, j->school_id, j->class_id};
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		const char *has = reply_text(reply_at(record, i), NULL);
		if (!has || strcmp(has, wanted[i]) != 0)
			return false;
	}
	return true;
}

static bool is_in_state(const struct reply *record, const char *state)
{
	const char *has = reply_text(reply_at(record, 3), NULL);
	return has && strcmp(has, state) == 0;
}

/* One that the brake failed is as good as one that is done: it names everybody. */
static bool has_ended(const struct reply *record)
{
	return is_in_state(record, "done") || is_in_state(record, "failed");
}

static void refuse(struct job *j, const char *why)
{
	job_forget_wanted(j);
	job_go_on(j, job_fail(j, "bad_envelope", "The preview \"%s\" %s. Make a new one.",
			 job_text_option(j, "plan"), why));
}

static void take_rows(struct job *j, const struct reply *rows)
{
	j->preview = json_array();
	for (size_t i = 0; i < reply_count(rows); i++) {
		size_t length;
		const char *text = reply_text(reply_at(rows, i), &length);
		json_t *row = text ? json_read(text, length, ROW_DEPTH, NULL) : NULL;
		if (row)
			json_array_append_new(j->preview, row);
	}
}

static void preview_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct job *j = ctx;
	j->reading = false;
	if (j->ended) {
		job_drop(j);
		return;
	}
	const struct reply *record = reply_at(r, 0), *rows = reply_at(r, 1);
	if (!r || reply_kind(r) != REPLY_LIST || reply_kind(record) != REPLY_LIST ||
	    reply_kind(rows) != REPLY_LIST) {
		struct err odd = {ERR_REFUSED, "the preview"};
		job_not_opened(j, e ? e : &odd);
	} else if (!is_of_this_class(j, record)) {
		refuse(j, "is not there any more, or is another class's");
	} else if (is_in_state(record, "cancelled")) {
		refuse(j, "was cancelled before it was complete");
	} else if (!has_ended(record)) {
		refuse(j, "has not ended yet");
	} else {
		take_rows(j, rows);
		job_read(j);
	}
}

void job_call_preview(struct job *j)
{
	struct redis *r = queue_redis(j->worker->queue);
	const char *prefix = queue_prefix(j->worker->queue), *id = job_text_option(j, "plan");
	j->reading = true;
	redis_sendf(r, PREVIEW_TIMEOUT_MS, NULL, NULL, "MULTI");
	redis_sendf(r, PREVIEW_TIMEOUT_MS, NULL, NULL, "HMGET %sjob:%s type school class state",
	    prefix, id);
	redis_sendf(r, PREVIEW_TIMEOUT_MS, NULL, NULL, "LRANGE %sjob:%s:learners 0 -1", prefix, id);
	redis_sendf(r, PREVIEW_TIMEOUT_MS, preview_read, j, "EXEC");
}
