/*
 * live_read - one entry for each job that is asked for, the 20,000 asked for last.
 *
 *	read --> true --> doubted: read again, or forgotten if nobody waits
 *
 * Beside the record a read takes the wish that the job be cancelled, which the record does not
 * show before a worker has seen it. Both keys are told about when they change.
 */
#include "live_int.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "job_record.h"

enum { JOBS_MAX = 20000, EVICT_LOOKS = 32 };

/* ---- entries ------------------------------------------------------------------------------- */

bool entry_is_reading(const struct job_entry *j)
{
	return j->ended < j->begun;
}

bool entry_is_idle(const struct job_entry *j)
{
	return j->holds == 0 && list_empty(&j->waits) && !entry_is_reading(j);
}

void entry_free(struct job_entry *j)
{
	list_drop(&j->link);
	list_drop(&j->fenced);
	map_drop(&j->live->jobs, j->id);
	timer_clear(j->live->web->loop, &j->look);
	json_decref(j->record);
	json_decref(j->coming);
	free(j->trouble);
	free(j->id);
	free(j);
}

/* Those that somebody waits for stay; there are never more of them than connections. */
static void make_room(struct live *l)
{
	int looks = 0;
	list_each (at, &l->used) {
		struct job_entry *j = container_of(at, struct job_entry, link);
		if (l->jobs.count < JOBS_MAX || looks++ == EVICT_LOOKS)
			return;
		if (entry_is_idle(j))
			entry_free(j);
	}
}

struct job_entry *entry_of(struct live *l, const char *id)
{
	struct job_entry *j = map_get(&l->jobs, id);
	if (!j) {
		make_room(l);
		j = xcalloc(1, sizeof *j);
		j->live = l;
		j->id = xstrdup(id);
		list_init(&j->link);
		list_init(&j->waits);
		list_init(&j->fenced);
		map_set(&l->jobs, id, j);
	}
	list_drop(&j->link);
	list_push(&l->used, &j->link);
	return j;
}

/* ---- reading ----------------------------------------------------------------------------------- */

static void read_failed(struct job_entry *j, const struct err *e)
{
	j->is_true = false;
	if (e->code == ERR_REACH && !j->tried_again && !j->live->closing) {
		entry_read(j); /* reading twice harms nobody */
		j->tried_again = true;
	} else {
		j->tried_again = false;
		entry_fail(j, e);
	}
}

static void read_ended(struct job_entry *j)
{
	struct err *trouble = j->trouble;
	json_t *record = j->coming;
	j->trouble = NULL;
	j->coming = NULL;
	j->ended = j->begun;
	if (trouble) {
		json_decref(record);
		read_failed(j, trouble);
		free(trouble);
		return;
	}
	json_decref(j->record);
	j->record = record;
	j->tried_again = false;
	j->is_true = j->live->told && j->era == j->live->era && !j->doubted;
	entry_serve(j);
}

/* What went wrong is kept until both halves of the read are answered. */
static bool keep_trouble(struct job_entry *j, const struct reply *r, const struct err *e)
{
	if (r && reply_kind(r) != REPLY_ERROR)
		return false;
	if (!j->trouble) {
		j->trouble = xcalloc(1, sizeof *j->trouble);
		err_set(
		    j->trouble, r ? ERR_REFUSED : e->code, "%s", r ? reply_text(r, NULL) : e->text);
	}
	return true;
}

/* While Redis is away both meet their deadline, and in no order. */
static void half_answered(struct job_entry *j)
{
	if (--j->halves == 0)
		read_ended(j);
}

static void record_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct job_entry *j = ctx;
	if (!keep_trouble(j, r, e))
		j->coming = record_of(r);
	half_answered(j);
}

static void cancel_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct job_entry *j = ctx;
	if (!keep_trouble(j, r, e))
		record_note_cancel(j->coming, r);
	half_answered(j);
}

void entry_read(struct job_entry *j)
{
	struct live *l = j->live;
	j->begun++;
	j->era = l->era;
	j->doubted = false;
	j->halves = 2;
	redis_sendf(l->reader, WEB_REDIS_TIMEOUT_MS, record_read, j, "HGETALL %sjob:%s",
	    l->web->prefix, j->id);
	redis_sendf(l->reader, WEB_REDIS_TIMEOUT_MS, cancel_read, j, "MGET %scancel:%s",
	    l->web->prefix, j->id);
}

/* ---- what tracking tells --------------------------------------------------------------------- */

static void doubt(struct job_entry *j)
{
	j->is_true = false;
	j->doubted = true;
	if (entry_is_idle(j))
		entry_free(j);
	else
		entry_go_on(j);
}

static void doubt_all(struct live *l)
{
	list_each (at, &l->used)
		doubt(container_of(at, struct job_entry, link));
}

static void told(void *owner)
{
	struct live *l = owner;
	l->told = true;
	l->era++;
	doubt_all(l);
}

static void untold(void *owner)
{
	struct live *l = owner;
	l->told = false;
	l->era++;
	doubt_all(l);
}

static const char *after(const char *text, const char *begin)
{
	size_t length = strlen(begin);
	return strncmp(text, begin, length) == 0 ? text + length : NULL;
}

static void changed(void *owner, const char *key)
{
	struct live *l = owner;
	const char *name = key ? after(key, l->web->prefix) : NULL;
	const char *id = name ? after(name, "job:") : NULL;
	if (name && !id)
		id = after(name, "cancel:");
	struct job_entry *j = id ? map_get(&l->jobs, id) : NULL;
	if (j)
		doubt(j);
	else if (!key)
		doubt_all(l);
}

const struct tracking_events live_told = {.on = told, .off = untold, .changed = changed};
