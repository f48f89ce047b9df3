/*
 * verbs - what a step returns, and what it may ask of its job. A verb only notes what is
 * wanted; the runner does it, and does it again where that is needed.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "cron.h"
#include "log.h"
#include "worker_int.h"

void job_forget_wanted(struct job *j)
{
	free(j->wanted.path);
	free(j->wanted.body);
	j->wanted = (struct wanted){0};
}

/* Takes over path and body. A body is kept as text: a call may wait for its turn for long,
 * and a tree is large. */
static enum next want(struct job *j, const char *method, char *path, json_t *body)
{
	job_forget_wanted(j);
	j->wanted = (struct wanted){CALL_GRAPH, method, path, body ? json_write(body) : NULL};
	json_decref(body);
	return NEXT_CALL;
}

static char *path_of(const char *fmt, va_list args) __attribute__((format(printf, 1, 0)));
static char *path_of(const char *fmt, va_list args)
{
	char *path = NULL;
	if (vasprintf(&path, fmt, args) < 0)
		abort();
	return path;
}

enum next graph_get(struct job *j, const char *path, ...)
{
	va_list args;
	va_start(args, path);
	char *text = path_of(path, args);
	va_end(args);
	return want(j, "GET", text, NULL);
}

enum next graph_post(struct job *j, json_t *body, const char *path, ...)
{
	va_list args;
	va_start(args, path);
	char *text = path_of(path, args);
	va_end(args);
	return want(j, "POST", text, body);
}

enum next graph_patch(struct job *j, json_t *body, const char *path, ...)
{
	va_list args;
	va_start(args, path);
	char *text = path_of(path, args);
	va_end(args);
	return want(j, "PATCH", text, body);
}

enum next graph_delete(struct job *j, const char *path, ...)
{
	va_list args;
	va_start(args, path);
	char *text = path_of(path, args);
	va_end(args);
	return want(j, "DELETE", text, NULL);
}

enum next graph_follow(struct job *j, const char *link)
{
	return want(j, "GET", xstrdup(link), NULL);
}

enum next record_open(struct job *j)
{
	job_forget_wanted(j);
	j->wanted.kind = CALL_OPEN;
	return NEXT_CALL;
}

enum next progress_write(struct job *j)
{
	job_forget_wanted(j);
	j->wanted.kind = CALL_WRITE;
	return NEXT_CALL;
}

enum next job_goto(struct job *j, int step)
{
	j->step = step;
	return NEXT_GOTO;
}

enum next job_sleep(struct job *j, int64_t delay_ms, int step)
{
	j->step = step;
	j->pause_ms = delay_ms;
	return NEXT_SLEEP;
}

enum next job_later(struct job *j, int64_t delay_ms)
{
	j->ending = END_RETRY;
	j->again_at = clock_wall_ms() + delay_ms;
	return NEXT_END;
}

enum next job_done(struct job *j)
{
	j->ending = END_DONE;
	return NEXT_END;
}

enum next job_fail_v(struct job *j, const char *code, const char *text)
{
	j->ending = END_FAILED;
	j->code = code;
	change_set(job_change(j), "error_code", code);
	change_set(job_change(j), "error", text);
	return NEXT_END;
}

enum next job_fail(struct job *j, const char *code, const char *fmt, ...)
{
	char text[512];
	va_list args;
	va_start(args, fmt);
	(void)!vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	return job_fail_v(j, code, text);
}

/* ---- asking the job --------------------------------------------------------------- */

void *job_state(struct job *j)
{
	return j->state;
}

const char *job_id(const struct job *j)
{
	return j->ticket.id;
}

const char *job_school_id(const struct job *j)
{
	return j->school_id;
}

const char *job_class_id(const struct job *j)
{
	return j->class_id;
}

const char *job_requested_by(const struct job *j)
{
	return j->requested_by;
}

const char *job_account(const struct job *j)
{
	return j->account_id;
}

const json_t *job_class_said(const struct job *j)
{
	return json_map(j->envelope, "class");
}

bool job_option(const struct job *j, const char *name)
{
	return json_bool(j->options, name, false);
}

const char *job_text_option(const struct job *j, const char *name)
{
	return json_text_or(j->options, name, "");
}

const char *job_run(const struct job *j)
{
	return j->run;
}

bool job_background(const struct job *j)
{
	return j->background;
}

bool job_is_cancelled(const struct job *j)
{
	return j->cancelled_by != NULL;
}

int64_t job_now(const struct job *j)
{
	(void)j;
	return clock_wall_ms();
}

int64_t job_pause_ms(const struct job *j, int64_t real_ms)
{
	int64_t ms = (int64_t)((double)real_ms / j->worker->config.graph.quota_scale);
	return ms < 1 ? 1 : ms;
}

int64_t job_poll_ms(const struct job *j)
{
	return job_pause_ms(j, j->worker->config.graph.poll_ms);
}

const char *job_graph_root(const struct job *j)
{
	return j->worker->config.graph.root;
}

bool job_may_have_forgotten(const struct job *j)
{
	return queue_was_replaced(j->worker->queue);
}

double job_brake_share(const struct job *j)
{
	return j->worker->config.brake.share;
}

int64_t job_brake_count(const struct job *j)
{
	return j->worker->config.brake.count;
}

int job_wave(const struct job *j)
{
	return (int)j->worker->config.sync.wave;
}

const struct school *job_school(const struct job *j)
{
	return &j->records->school;
}

const struct class_record *job_class(const struct job *j)
{
	return &j->records->class;
}

char *job_today(const struct job *j, char day[16])
{
	const char *zone = json_text_or(j->records->school.settings, "zone", "");
	return cron_day(*zone ? zone : "Africa/Johannesburg", job_now(j), day);
}

const json_t *job_preview(const struct job *j)
{
	return j->preview;
}

int64_t job_call_ms(const struct job *j)
{
	return j->call_ms;
}

bool job_call_throttled(const struct job *j)
{
	return j->throttled;
}
