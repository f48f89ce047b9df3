/*
 * watch - a job until it has ended: on a terminal a block that is redrawn in place,
 * otherwise a line whenever there is news.
 *
 * Four times a second it looks: the record, whether somebody wants the job cancelled,
 * whether a worker is online, and the job's place among the ready ones of its school.
 * Redis may go away meanwhile; Ctrl-C ends the watching and never the job.
 *
 * A job without a record may be among what was pushed and not yet read. Nobody can tell
 * without reading it all, so the watching goes on for as long as there is such.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "columns.h"
#include "output.h"
#include "pace.h"
#include "record.h"
#include "scene.h"
#include "summary.h"

enum {
	LOOK_EVERY_MS = 250,
	LOOK_MS = 2000,
	UNREAD_MS = 2000, /* a job pushed just now has no record before a worker has read it */
	SURELY_READ_MS = 17000, /* from here on a worker that is online has read the inbox */
	LINES_MAX = 24,
	JOINS_MAX = 8,
};

struct watch_state {
	struct cli *cli;
	char *id;	/* owned */
	json_t *record; /* owned */
	int64_t place;
	int64_t unread; /* texts in the inbox */
	bool outside;	/* some were read and wait outside the lanes */
	bool worker_online, redis_away;
	struct pace pace;
	int64_t began_ms;
	int asked;			 /* answers still to come */
	bool woken;			 /* all are here, or Ctrl-C */
	bool stopped;			 /* Ctrl-C */
	bool admitted;			 /* there was a record */
	char *shown;			 /* owned: the last block, plain line or JSON */
	size_t widths[LINES_MAX], lines; /* of the block on the screen */
	size_t columns;			 /* for which it was drawn */
};

/* ---- looking ----------------------------------------------------------------------- */

static void answered(struct watch_state *w, const struct reply *r)
{
	w->redis_away = !r;
	if (--w->asked == 0)
		w->woken = true;
}

static void place_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct watch_state *w = ctx;
	(void)e;
	w->place = r && reply_kind(r) == REPLY_NUMBER ? reply_number(r) : -1;
	answered(w, r);
}

static void flag_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct watch_state *w = ctx;
	(void)e;
	if (r && reply_kind(r) == REPLY_LIST)
		record_note_cancel(w->record, r);
	answered(w, r);
}

static void alive_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct watch_state *w = ctx;
	(void)e;
	w->worker_online = !r || reply_number(r) > 0;
	answered(w, r);
}

/* A lone empty text in the inbox is no job: it wakes workers. */
static void first_unread(void *ctx, const struct reply *r, const struct err *e)
{
	struct watch_state *w = ctx;
	size_t length = 0;
	(void)e;
	if (r && reply_text(r, &length) && length == 0)
		w->unread = 0;
	answered(w, r);
}

static void inbox_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct watch_state *w = ctx;
	(void)e;
	w->unread = r ? reply_number(r) : 0;
	if (w->unread == 1) {
		w->asked++;
		redis_sendf(
		    w->cli->redis, LOOK_MS, first_unread, w, "LINDEX %sinbox 0", w->cli->prefix);
	}
	answered(w, r);
}

static void outside_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct watch_state *w = ctx;
	(void)e;
	w->outside = r && reply_number(r) > 0;
	answered(w, r);
}

static void look_for_unread(struct watch_state *w)
{
	w->asked += 2;
	redis_sendf(w->cli->redis, LOOK_MS, inbox_read, w, "LLEN %sinbox", w->cli->prefix);
	redis_sendf(w->cli->redis, LOOK_MS, outside_read, w, "SCARD %soverflowing", w->cli->prefix);
}

static void record_came(void *ctx, const struct reply *r, const struct err *e)
{
	struct watch_state *w = ctx;
	(void)e;
	if (r && reply_kind(r) != REPLY_ERROR) {
		json_decref(w->record);
		w->record = record_of(r);
		w->admitted |= w->record != NULL;
	}
	if (record_is(w->record, "queued")) {
		w->asked++;
		redis_sendf(w->cli->redis, LOOK_MS, place_read, w, "ZRANK %slane:%s %s",
		    w->cli->prefix, record_text(w->record, "school"), w->id);
	}
	if (w->record && !record_has_ended(w->record)) {
		w->asked++;
		redis_sendf(w->cli->redis, LOOK_MS, flag_read, w, "MGET %scancel:%s",
		    w->cli->prefix, w->id);
	}
	if (!w->record)
		look_for_unread(w);
	answered(w, r);
}

static void stop(void *ctx)
{
	struct watch_state *w = ctx;
	w->stopped = w->woken = true;
}

static void look(struct watch_state *w)
{
	if (w->stopped)
		return;
	if (w->asked == 0) {
		w->asked = 2;
		redis_sendf(
		    w->cli->redis, LOOK_MS, alive_read, w, "EXISTS %salive", w->cli->prefix);
		redis_sendf(w->cli->redis, LOOK_MS, record_came, w, "HGETALL %sjob:%s",
		    w->cli->prefix, w->id);
	}
	w->woken = false;
	(void)loop_run_until(w->cli->loop, &w->woken, 0);
	pace_look(&w->pace, clock_mono_ms(), json_int(w->record, "done", 0),
	    record_is(w->record, "running"));
}

/* ---- showing ------------------------------------------------------------------------- */

/* rows_on_screen counts the rows that the block takes now: a terminal that became
 * narrower has wrapped its lines. */
static size_t rows_on_screen(const struct watch_state *w, size_t columns)
{
	size_t rows = 0;
	for (size_t i = 0; i < w->lines; i++)
		rows += w->widths[i] ? (w->widths[i] + columns - 1) / columns : 1;
	return rows;
}

/* erase takes the block off the screen, line by line: terminals that keep what a clear
 * of the whole screen takes away would fill their history with blocks. */
static void erase(struct watch_state *w)
{
	size_t rows = rows_on_screen(w, (size_t)out_columns());
	if (rows > 0) {
		printf("\033[%zuA\r", rows);
		for (size_t i = 0; i < rows; i++)
			printf("\033[2K\n");
		printf("\033[%zuA", rows);
	}
	w->lines = 0;
}

/* visible_width measures a line that may carry colours. */
static size_t visible_width(const char *line, size_t length)
{
	struct buf b;
	buf_init(&b, 0);
	buf_adds(&b, "");
	for (size_t i = 0; i < length; i++) {
		if (line[i] == '\033')
			i += strcspn(line + i, "m");
		else
			buf_add(&b, line + i, 1);
	}
	size_t width = columns_width(b.data);
	buf_clear(&b);
	return width;
}

/* is_news remembers text (taken over) and tells whether it differs from the last. */
static bool is_news(struct watch_state *w, char *text)
{
	bool news = !w->shown || strcmp(w->shown, text) != 0;
	free(w->shown);
	w->shown = text;
	return news;
}

static void draw_block(struct watch_state *w, const struct scene *s)
{
	size_t columns = (size_t)out_columns();
	struct buf b;
	buf_init(&b, 0);
	scene_block(s, columns - 1, &b);
	if (is_news(w, buf_take(&b)) || columns != w->columns) {
		w->columns = columns;
		erase(w);
		for (const char *at = w->shown; *at && w->lines < LINES_MAX;) {
			size_t length = strcspn(at, "\n");
			w->widths[w->lines++] = visible_width(at, length);
			printf("%.*s\n", (int)length, at);
			at += length + (at[length] == '\n');
		}
	}
	fflush(stdout);
}

static void print_line(struct watch_state *w, const struct scene *s)
{
	char now[32];
	struct buf b;
	buf_init(&b, 0);
	scene_line(s, &b);
	char *clean = columns_clean(b.data);
	buf_clear(&b);
	if (is_news(w, clean))
		printf("%s %s\n", out_time(clock_wall_ms(), now), clean);
	fflush(stdout);
}

static void print_json(struct watch_state *w)
{
	if (!w->record)
		return;
	json_object_set_new(w->record, "id", json_string(w->id));
	if (is_news(w, json_write(w->record)))
		out_json(json_incref(w->record), true);
}

static void show(struct watch_state *w, bool is_new)
{
	struct scene s = {
	    .id = w->id,
	    .record = w->record,
	    .place = w->place,
	    .left_ms = pace_left_ms(
		&w->pace, json_int(w->record, "done", 0), json_int(w->record, "total", 0)),
	    .worker_online = w->worker_online,
	    .redis_away = w->redis_away,
	    .unsure = !is_new,
	};
	if (w->cli->json)
		print_json(w);
	else if (!out_is_terminal())
		print_line(w, &s);
	else if (!record_has_ended(w->record))
		draw_block(w, &s);
}

/* ---- the end --------------------------------------------------------------------------- */

/* follow goes on with the job that this one has joined. */
static void follow(struct watch_state *w)
{
	char *first = xstrdup(record_text(w->record, "joined"));
	if (!w->cli->json) {
		if (out_is_terminal())
			erase(w);
		summary_headline(w->record);
	}
	free(w->id);
	json_decref(w->record);
	w->id = first;
	w->record = NULL;
	w->pace = (struct pace){0};
	look(w);
}

static int ended(struct watch_state *w)
{
	char title[512];
	if (!w->cli->json) {
		if (out_is_terminal())
			erase(w);
		json_t *rows = rows_read(w->cli, w->id);
		record_title(w->record, title, sizeof title);
		out_say(BOLD, 0, "%s", title);
		summary_headline(w->record);
		summary_print(w->record, rows);
		json_decref(rows);
	}
	return record_is(w->record, "done") ? YES : NO;
}

static int interrupted(const struct watch_state *w)
{
	out_complain("stopped watching; the job goes on (rollcall watch %s, rollcall cancel %s)",
	    w->id, w->id);
	return INTERRUPTED;
}

/* may_be_unread tells that the job may be among what was pushed and has no record yet. */
static bool may_be_unread(const struct watch_state *w)
{
	bool surely_read = w->worker_online && clock_mono_ms() - w->began_ms >= SURELY_READ_MS;
	return !w->record && (w->outside || (w->unread > 0 && !surely_read));
}

/* is_unknown tells that there is no such job, or no longer. */
static bool is_unknown(const struct watch_state *w, bool is_new)
{
	bool may_come = is_new || clock_mono_ms() - w->began_ms < UNREAD_MS || may_be_unread(w);
	return !w->record && !w->redis_away && (w->admitted || !may_come);
}

static int watch_until_end(struct watch_state *w, bool is_new)
{
	int joins = 0;
	w->began_ms = clock_mono_ms();
	for (look(w); !w->stopped; look(w)) {
		if (is_unknown(w, is_new))
			return record_unknown(w->cli, w->id);
		if (record_is(w->record, "joined") && joins++ < JOINS_MAX)
			follow(w);
		if (w->record || is_new || may_be_unread(w))
			show(w, is_new);
		if (record_has_ended(w->record))
			return ended(w);
		w->woken = false;
		(void)loop_run_until(w->cli->loop, &w->stopped, clock_mono_ms() + LOOK_EVERY_MS);
	}
	return interrupted(w);
}

int watch_job(struct cli *c, const char *id, bool is_new)
{
	struct watch_state w = {.cli = c, .id = xstrdup(id), .place = -1, .worker_online = true};
	loop_on_signal(c->loop, SIGINT, stop, &w);
	int status = watch_until_end(&w, is_new);
	redis_close(c->redis);
	c->redis = NULL;
	json_decref(w.record);
	free(w.id);
	free(w.shown);
	return status;
}

int watch_run(struct cli *c)
{
	return watch_job(c, cli_value(c, "JOB"), false);
}
