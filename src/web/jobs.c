/*
 * jobs - a job to look at, what became of its learners, and the wish that it ends.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "buf.h"
#include "job_find.h"
#include "job_record.h"
#include "job_view.h"
#include "live.h"
#include "reasons.h"
#include "rows.h"

enum {
	WAIT_MAX_S = 55, /* less than what lies between us and browsers gives up after */
	ROWS_AT_ONCE = 1000,
	ROW_DEPTH = 8,
	CANCEL_KEPT_S = 259200,
	NAME_MAX_BYTES = 256,
};

/* ---- looking ------------------------------------------------------------------------------ */

/* read_number reads a parameter that is a whole number; false after a problem was answered. */
static bool read_number(struct visit *v, const char *name, int64_t *n)
{
	const char *text = exchange_query(v->x, name);
	char *end;
	if (!text)
		return true;
	errno = 0;
	*n = strtoll(text, &end, 10);
	if (errno == 0 && *text >= '0' && *text <= '9' && !*end)
		return true;
	answer_problem(v, 400, "bad_parameter", "%s=%.40s: a whole number is needed.", name, text);
	return false;
}

/* The rev that the asker has, by the version that they were given: it begins with it. */
static int64_t rev_known(const struct visit *v)
{
	const char *has = exchange_header(v->x, "If-None-Match");
	return has && *has == '"' ? strtoll(has + 1, NULL, 10) : 0;
}

static void look(struct visit *v, const char *job)
{
	int64_t wait_s = 0;
	struct job_ask ask = {.status = 200, .rev = rev_known(v)};
	if (!read_number(v, "rev", &ask.rev) || !read_number(v, "wait", &wait_s))
		return;
	ask.wait_ms = 1000 * (wait_s < WAIT_MAX_S ? wait_s : WAIT_MAX_S);
	job_answer(v, job, ask);
}

void serve_job(struct visit *v)
{
	job_find(v, v->place[0], look);
}

/* ---- what became of each learner ------------------------------------------------------------- */

struct listing {
	struct visit *visit;
	json_t *rows;	  /* owned */
	int64_t read;	  /* rows, also those that say nothing */
	char *key, *name; /* owned; of the list, and what to call it */
};

static void add_row(json_t *rows, const char *text, size_t length)
{
	json_t *row = json_read(text, length, ROW_DEPTH, NULL);
	if (json_is_object(row)) {
		const char *outcome = json_text_or(row, "outcome", "");
		const char *reason = json_text_or(row, "reason", "");
		json_object_set_new(row, "outcome_label", json_string(outcome_label(outcome)));
		json_object_set_new(
		    row, "reason_label", json_string(reason_label(outcome, reason)));
		json_object_set_new(row, "suggestion", json_string(reason_action(outcome, reason)));
		json_array_append(rows, row);
	}
	json_decref(row);
}

static void listing_free(struct listing *l)
{
	json_decref(l->rows);
	free(l->key);
	free(l->name);
	free(l);
}

static void answer_listing(struct listing *l)
{
	static const char *const columns[] = {"learner", "name", "email", "outcome",
	    "outcome_label", "reason", "reason_label", "detail", "suggestion", "user_id", "at",
	    NULL};
	answer_rows(l->visit, "learners", json_incref(l->rows), columns, l->name);
	listing_free(l);
}

static void rows_read(void *ctx, const struct reply *r, const struct err *e);

static void read_rows(struct listing *l)
{
	redis_sendf(l->visit->web->redis, WEB_REDIS_TIMEOUT_MS, rows_read, l, "LRANGE %s %d %d",
	    l->key, l->read, l->read + ROWS_AT_ONCE - 1);
}

static void rows_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct listing *l = ctx;
	size_t count = reply_count(r);
	if (web_failed(l->visit, r, e)) {
		listing_free(l);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		size_t length;
		const char *text = reply_text(reply_at(r, i), &length);
		if (text)
			add_row(l->rows, text, length);
	}
	l->read += (int64_t)count;
	if (count == ROWS_AT_ONCE)
		read_rows(l);
	else
		answer_listing(l);
}

static void list(struct visit *v, const char *job)
{
	struct listing *l = xcalloc(1, sizeof *l);
	const char *class = record_text(live_peek(v->web->live, job), "class");
	l->visit = v;
	l->rows = json_array();
	l->key = xasprintf("%sjob:%s:learners", v->web->prefix, job);
	l->name = xasprintf("%s%s%s", class, *class ? "-" : "", job);
	read_rows(l);
}

void serve_job_learners(struct visit *v)
{
	job_find(v, v->place[0], list);
}

/* ---- the wish that it ends --------------------------------------------------------------------- */

struct wish {
	struct visit *visit;
	char *job, *who; /* owned */
};

static void wish_answer(struct wish *w)
{
	job_answer(w->visit, w->job, (struct job_ask){.status = 202});
	free(w->job);
	free(w->who);
	free(w);
}

static void wish_set(void *ctx, const struct reply *r, const struct err *e)
{
	struct wish *w = ctx;
	if (!web_unconfirmed(w->visit, r, e)) {
		audit_act(w->visit, "cancel", w->job);
		wish_answer(w);
		return;
	}
	free(w->job);
	free(w->who);
	free(w);
}

/* What has ended keeps its end; to say so once more harms nobody. */
static void record_read(void *ctx, const json_t *record, const struct err *e)
{
	struct wish *w = ctx;
	struct web *web = w->visit->web;
	if (!e && record_has_ended(record))
		wish_answer(w);
	else
		redis_sendf(web->redis, WEB_REDIS_TIMEOUT_MS, wish_set, w,
		    "SET %scancel:%s %s EX %d", web->prefix, w->job, w->who,
		    (int64_t)CANCEL_KEPT_S);
}

static bool is_name(const char *text)
{
	size_t n = 0;
	for (; text[n]; n++)
		if ((unsigned char)text[n] < 0x20 || text[n] == 0x7f)
			return false;
	return n >= 1 && n <= NAME_MAX_BYTES;
}

/* Who wants it: staff themselves, a program whom it says ({"requested_by": "staff-17"}). NULL
 * after a problem was answered; free it. */
static char *who_wants(struct visit *v)
{
	size_t length;
	(void)exchange_body(v->x, &length);
	if (v->who.kind == WHO_STAFF || length == 0)
		return xstrdup(v->who.id);
	json_t *body = visit_body(v, ROW_DEPTH);
	if (!body)
		return NULL;
	char *who = xstrdup(json_text_or(body, "requested_by", v->who.id));
	json_decref(body);
	if (is_name(who))
		return who;
	answer_problem(v, 422, "bad_name",
	    "requested_by: 1 to %d bytes without control characters.", NAME_MAX_BYTES);
	free(who);
	return NULL;
}

static void cancel(struct visit *v, const char *job)
{
	char *who = who_wants(v);
	if (!who)
		return;
	struct wish *w = xcalloc(1, sizeof *w);
	*w = (struct wish){v, xstrdup(job), who};
	live_get(v->web->live, job, record_read, w);
}

void serve_job_cancel(struct visit *v)
{
	job_find(v, v->place[0], cancel);
}
