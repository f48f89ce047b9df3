/*
 * open - record_open: the school, the class, its newest register, and what earlier attempts
 * of this job have written. Rules that hold for every job of a school are checked here.
 *
 * What was read is let go after the answer of record_open: a job that waits for Microsoft
 * for minutes holds its own state and nothing else.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "log.h"
#include "worker_int.h"

enum { ROWS_TIMEOUT_MS = 10000, ROW_DEPTH = 8, PAUSE_MS = 500 };

static void read_again(void *ctx)
{
	job_go_on(ctx, NEXT_GOTO);
}

/* Redis is away: the lease tells whether this job is still ours when it is back. The step
 * is asked again, so that a cancel and the deadline are seen meanwhile. */
void job_not_opened(struct job *j, const struct err *e)
{
	log_debug("records_not_read", log_str("job", j->ticket.id), log_str("why", e->text));
	job_close_records(j);
	job_forget_wanted(j);
	timer_set(j->worker->loop, &j->timer, PAUSE_MS, read_again, j);
}

static enum next check_school(struct job *j)
{
	const struct school *s = &j->records->school;
	if (!s->known)
		return job_fail(j, "unknown_school",
		    "Nobody has entered the school \"%.100s\" here. Enter it: "
		    "rollcall school set",
		    s->id);
	if (j->type->local)
		return NEXT_CALL;
	if (!s->enabled)
		return job_fail(
		    j, "not_permitted", "Microsoft Teams is switched off for this school.");
	if (!job_is_delegated(j) && !s->tenant_id[0])
		return job_fail(j, "not_connected",
		    "This school is not connected to Microsoft: it has no tenant_id. Enter it: "
		    "rollcall school set SCHOOL --tenant GUID");
	return NEXT_CALL;
}

void job_opened(struct job *j)
{
	j->opened = true;
	if (*j->class_id)
		record_class(j, "last_job", j->ticket.id);
	struct answer a = {.status = 200, .code = "", .trouble = ""};
	job_answer(j, &a);
}

void job_read(struct job *j)
{
	if (*job_text_option(j, "plan") && !j->preview) {
		job_call_preview(j);
		return;
	}
	enum next next = check_school(j);
	if (next != NEXT_CALL) {
		job_forget_wanted(j);
		job_go_on(j, next);
		return;
	}
	if (job_is_delegated(j) && !j->type->local) {
		job_call_connection(j);
		return;
	}
	free(j->tenant);
	j->tenant = xstrdup(j->records->school.tenant_id);
	job_opened(j);
}

static void count_earlier(struct job *j)
{
	size_t i;
	json_t *row;
	json_array_foreach (j->earlier, i, row)
		job_count_row(j, json_text(row, "learner"), json_text_or(row, "outcome", ""),
		    json_text_or(row, "reason", ""));
}

static void rows_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct job *j = ctx;
	j->reading = false;
	if (j->ended) {
		job_drop(j);
		return;
	}
	if (!r || reply_kind(r) != REPLY_LIST) {
		struct err odd = {ERR_REFUSED, "rows"};
		job_not_opened(j, e ? e : &odd);
		return;
	}
	j->earlier = json_array();
	for (size_t i = 0; i < reply_count(r); i++) {
		size_t length;
		const char *text = reply_text(reply_at(r, i), &length);
		json_t *row = text ? json_read(text, length, ROW_DEPTH, NULL) : NULL;
		if (row)
			json_array_append_new(j->earlier, row);
	}
	count_earlier(j);
	job_read(j);
}

static void records_there(void *ctx, struct school *s, struct class_record *c, const struct err *e)
{
	struct job *j = ctx;
	j->reading = false;
	j->records = xcalloc(1, sizeof *j->records);
	j->records->school = *s;
	j->records->class = *c;
	if (j->ended) {
		job_drop(j);
	} else if (e) {
		job_not_opened(j, e);
	} else if (j->rows_before > 0 && !j->earlier) {
		j->reading = true;
		redis_sendf(queue_redis(j->worker->queue), ROWS_TIMEOUT_MS, rows_read, j,
		    "LRANGE %sjob:%s:learners 0 -1", queue_prefix(j->worker->queue), j->ticket.id);
	} else {
		job_read(j);
	}
}

void job_call_open(struct job *j)
{
	j->reading = true;
	records_read(queue_redis(j->worker->queue), queue_prefix(j->worker->queue), j->school_id,
	    j->class_id, records_there, j);
}

void job_close_records(struct job *j)
{
	if (j->records) {
		school_clear(&j->records->school);
		class_record_clear(&j->records->class);
		free(j->records);
		j->records = NULL;
	}
	if (j->opened) {
		json_decref(j->envelope);
		json_decref(j->preview);
		j->envelope = j->preview = NULL;
	}
}
