/* record - reading what workers wrote about jobs. */
#include "record.h"

#include <stdio.h>
#include <string.h>

#include "output.h"

enum { ROW_DEPTH = 8, ROWS_AT_ONCE = 1000 };

json_t *record_read(struct cli *c, const char *id)
{
	struct reply *r = cli_ask(c, "HGETALL %sjob:%s", c->prefix, id);
	json_t *record = record_of(r);
	reply_free(r);
	return record;
}

int record_unknown(struct cli *c, const char *id)
{
	long long unread = (long long)cli_ask_number(c, cli_ask(c, "LLEN %sinbox", c->prefix));
	if (unread > 0)
		out_complain("no job %s is known (or its record has expired); %lld in the inbox, "
			     "not read yet",
		    id, unread);
	else
		out_complain("no job %s is known (or its record has expired)", id);
	return NO;
}

void record_title(const json_t *record, char *text, size_t room)
{
	const char *type = record_text(record, "type"), *class = record_text(record, "class");
	const char *school = record_text(record, "school");
	(void)!snprintf(text, room, "%s%s%s%s%s", *type ? type : "(no type)", *class ? " " : "",
	    class, *school ? ", " : "", school);
}

/* ---- many at once ---------------------------------------------------------------- */

struct fetch {
	json_t **next;
	size_t missing;
	bool complete;
	struct err error;
};

static void fetched(void *ctx, const struct reply *r, const struct err *e)
{
	struct fetch *f = ctx;
	if (!r)
		f->error = *e;
	else if (reply_kind(r) == REPLY_ERROR)
		err_set(&f->error, ERR_REFUSED, "%s", reply_text(r, NULL));
	else
		*f->next = record_of(r);
	f->next++;
	f->complete = --f->missing == 0;
}

void record_fetch(struct cli *c, char *const *ids, size_t count, json_t **records)
{
	struct fetch f = {.next = records, .missing = count, .complete = count == 0};
	for (size_t i = 0; i < count; i++) {
		records[i] = NULL;
		redis_sendf(c->redis, ASK_MS, fetched, &f, "HGETALL %sjob:%s", c->prefix, ids[i]);
	}
	(void)loop_run_until(c->loop, &f.complete, 0);
	if (f.error.code) {
		*cli_error() = f.error;
		(void)cli_answered(c, NULL);
	}
}

/* ---- learner rows ------------------------------------------------------------------ */

void objects_append(json_t *list, const struct reply *r)
{
	for (size_t i = 0; i < reply_count(r); i++) {
		size_t length;
		const char *text = reply_text(reply_at(r, i), &length);
		json_t *object = text ? json_read(text, length, ROW_DEPTH, NULL) : NULL;
		if (json_is_object(object))
			json_array_append(list, object);
		json_decref(object);
	}
}

json_t *rows_read(struct cli *c, const char *id)
{
	json_t *rows = json_array();
	for (int64_t first = 0;; first += ROWS_AT_ONCE) {
		struct reply *r = cli_ask(c, "LRANGE %sjob:%s:learners %d %d", c->prefix, id, first,
		    first + ROWS_AT_ONCE - 1);
		size_t count = reply_count(r);
		objects_append(rows, r);
		reply_free(r);
		if (count < ROWS_AT_ONCE)
			return rows;
	}
}
