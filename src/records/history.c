/*
 * history - history:<school>, a stream. It is read from its newest entry backwards, some
 * hundreds at a time so that nobody else waits for it, and compared here: to answer for one
 * learner all entries are looked through, which is seldom asked and needs no index that each
 * entry would have to pay for.
 */
#include "history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

enum { READ_TIMEOUT_MS = 10000, AT_ONCE = 500, READINGS_MAX = 40, ID_ROOM = 48 };

/* ---- writing ------------------------------------------------------------------- */

char *history_key(const char *school)
{
	return xasprintf("history:%s", school);
}

/* One of an event's texts, and what it is called. */
struct part {
	const char *name, *text;
};
enum { PARTS = 9 };

static void parts_of(const struct history_event *h, struct part parts[PARTS])
{
	parts[0] = (struct part){"what", h->what};
	parts[1] = (struct part){"class", h->class_id};
	parts[2] = (struct part){"learner", h->learner};
	parts[3] = (struct part){"user_id", h->user_id};
	parts[4] = (struct part){"reason", h->reason};
	parts[5] = (struct part){"detail", h->detail};
	parts[6] = (struct part){"job", h->job};
	parts[7] = (struct part){"run", h->run};
	parts[8] = (struct part){"by", h->by};
}

void history_words(struct words *w, const struct history_event *h)
{
	struct part parts[PARTS];
	parts_of(h, parts);
	for (int i = 0; i < PARTS; i++) {
		words_add(w, parts[i].name);
		words_add(w, parts[i].text);
	}
}

void history_add(struct redis *r, const char *prefix, const char *school, int64_t most,
    const struct history_event *h, redis_fn fn, void *ctx)
{
	struct words w;
	char *key = history_key(school);
	words_init(&w);
	words_add(&w, "XADD");
	words_addf(&w, "%s%s", prefix, key);
	words_add(&w, "MAXLEN");
	words_add(&w, "~");
	words_int(&w, most);
	words_add(&w, "*");
	history_words(&w, h);
	redis_send(r, &w, READ_TIMEOUT_MS, fn, ctx);
	words_clear(&w);
	free(key);
}

/* ---- reading ------------------------------------------------------------------------ */

struct history_reading {
	struct redis *redis;
	char *key;	      /* owned, whole */
	char *want[PARTS];    /* owned; NULL: any */
	json_t *events;	      /* owned */
	char before[ID_ROOM]; /* the oldest entry that was looked at; "": none */
	int limit, readings;
	history_fn fn;
	void *ctx;
};

static void reading_over(struct history_reading *g, const char *next, const struct err *e)
{
	g->fn(g->ctx, e ? NULL : g->events, next, e);
	for (int i = 0; i < PARTS; i++)
		free(g->want[i]);
	json_decref(g->events);
	free(g->key);
	free(g);
}

static const char *field_of(const struct reply *fields, const char *name)
{
	const char *text = reply_field_text(fields, name);
	return text ? text : "";
}

static bool is_wanted(const struct history_reading *g, const struct reply *fields)
{
	struct part parts[PARTS];
	parts_of(&(struct history_event){0}, parts);
	for (int i = 0; i < PARTS; i++)
		if (g->want[i] && strcmp(field_of(fields, parts[i].name), g->want[i]) != 0)
			return false;
	return true;
}

/* json_string refuses what is no UTF-8; such text was never ours. */
static json_t *event_of(const char *id, const struct reply *fields)
{
	struct part parts[PARTS];
	json_t *event = json_object();
	parts_of(&(struct history_event){0}, parts);
	json_object_set_new(event, "id", json_string(id));
	json_object_set_new(event, "at", json_integer(strtoll(id, NULL, 10)));
	for (int i = 0; i < PARTS; i++) {
		const char *text = field_of(fields, parts[i].name);
		if (*text)
			json_object_set_new(event, parts[i].name, json_string(text));
	}
	return event;
}

/* Looks through the entries until there are enough events; true when all were looked at. */
static bool take_entries(struct history_reading *g, const struct reply *entries)
{
	for (size_t i = 0; i < reply_count(entries); i++) {
		if (json_array_size(g->events) >= (size_t)g->limit)
			return false;
		const struct reply *entry = reply_at(entries, i), *fields = reply_at(entry, 1);
		const char *id = reply_text(reply_at(entry, 0), NULL);
		if (!id)
			continue;
		text_copy(g->before, sizeof g->before, id);
		if (is_wanted(g, fields))
			json_array_append_new(g->events, event_of(id, fields));
	}
	return true;
}

static void read_some(struct history_reading *g);

static void some_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct history_reading *g = ctx;
	struct err refused;
	if (r && reply_kind(r) == REPLY_ERROR) {
		err_set(&refused, ERR_REFUSED, "reading the history: %s", reply_text(r, NULL));
		r = NULL;
		e = &refused;
	}
	if (!r) {
		reading_over(g, NULL, e);
		return;
	}
	bool all = take_entries(g, r);
	if (all && reply_count(r) < AT_ONCE)
		reading_over(g, NULL, NULL);
	else if (!all || ++g->readings == READINGS_MAX)
		reading_over(g, g->before, NULL);
	else
		read_some(g);
}

static void read_some(struct history_reading *g)
{
	struct words w;
	words_init(&w);
	words_add(&w, "XREVRANGE");
	words_add(&w, g->key);
	if (g->before[0])
		words_addf(&w, "(%s", g->before);
	else
		words_add(&w, "+");
	words_add(&w, "-");
	words_add(&w, "COUNT");
	words_int(&w, AT_ONCE);
	redis_send(g->redis, &w, READ_TIMEOUT_MS, some_read, g);
	words_clear(&w);
}

void history_read(struct redis *r, const char *prefix, const char *school,
    const struct history_wanted *wanted, history_fn fn, void *ctx)
{
	struct history_reading *g = xcalloc(1, sizeof *g);
	struct part parts[PARTS];
	char *key = history_key(school);
	g->redis = r;
	g->key = xasprintf("%s%s", prefix, key);
	g->events = json_array();
	g->limit = wanted->limit;
	g->fn = fn;
	g->ctx = ctx;
	text_copy(g->before, sizeof g->before, wanted->before ? wanted->before : "");
	parts_of(&wanted->like, parts);
	for (int i = 0; i < PARTS; i++)
		g->want[i] = xstrdup(parts[i].text);
	free(key);
	read_some(g);
}
