/*
 * jobs - the jobs there are: those alive first, then those that ended, newest first.
 *
 * Live ones hold their class (the hash "live") or wait for their time ("due"); ended
 * ones are in the list "finished". How much is looked at is bounded, whatever the depth.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "map.h"
#include "output.h"
#include "reasons.h"
#include "record.h"

enum { LIMIT = 50, LIMIT_MOST = 1000, LOOK_MOST = 5000, AT_ONCE = 200 };

struct hunt {
	struct cli *cli;
	const char *state, *school; /* wanted; NULL: any */
	struct map seen;	    /* ids */
	json_t **found;		    /* owned, and each of them */
	size_t count, room;
	int64_t looked;
	bool cut; /* there may be more */
};

/* One page of ids to look at. */
struct page {
	char *ids[AT_ONCE]; /* owned */
	size_t count;
};

static bool is_wanted(const struct hunt *h, const json_t *record)
{
	return record && (!h->state || record_is(record, h->state)) &&
	       (!h->school || strcmp(record_text(record, "school"), h->school) == 0);
}

static void keep(struct hunt *h, json_t *record)
{
	if (h->count == h->room) {
		h->room = h->room ? 2 * h->room : 64;
		h->found = xrealloc(h->found, h->room * sizeof(json_t *));
	}
	h->found[h->count++] = record;
}

/* look_at fetches the records of a page and keeps those that are wanted. */
static void look_at(struct hunt *h, struct page *p)
{
	json_t *records[AT_ONCE];
	record_fetch(h->cli, p->ids, p->count, records);
	for (size_t i = 0; i < p->count; i++) {
		if (is_wanted(h, records[i])) {
			json_object_set_new(records[i], "id", json_string(p->ids[i]));
			keep(h, json_incref(records[i]));
		}
		json_decref(records[i]);
		free(p->ids[i]);
	}
	h->looked += (int64_t)p->count;
	p->count = 0;
}

static void add_id(struct hunt *h, struct page *p, const char *id, size_t length)
{
	char *copy = xstrndup(id, length);
	if (map_set(&h->seen, copy, h)) {
		free(copy);
		return;
	}
	p->ids[p->count++] = copy;
	if (p->count == AT_ONCE)
		look_at(h, p);
}

/* ---- where ids are ------------------------------------------------------------------ */

/* add_holders takes "type=id type=id". */
static void add_holders(struct hunt *h, struct page *p, const char *holders)
{
	while (*holders) {
		size_t length = strcspn(holders, " ");
		const char *equals = memchr(holders, '=', length);
		if (equals)
			add_id(h, p, equals + 1, length - (size_t)(equals + 1 - holders));
		holders += length;
		holders += strspn(holders, " ");
	}
}

static void hunt_live(struct hunt *h)
{
	struct page p = {.count = 0};
	int64_t cursor = 0;
	do {
		struct reply *r = cli_ask(
		    h->cli, "HSCAN %slive %d COUNT %d", h->cli->prefix, cursor, (int64_t)AT_ONCE);
		const struct reply *pairs = reply_at(r, 1);
		for (size_t i = 1; i < reply_count(pairs); i += 2)
			add_holders(h, &p, reply_text(reply_at(pairs, i), NULL));
		cursor = reply_number(reply_at(r, 0));
		reply_free(r);
	} while (cursor != 0 && h->looked < LOOK_MOST);
	look_at(h, &p);
	h->cut |= cursor != 0;
}

static void hunt_due(struct hunt *h)
{
	struct page p = {.count = 0};
	int64_t first = 0;
	size_t count = AT_ONCE;
	for (; count == AT_ONCE && h->looked < LOOK_MOST; first += AT_ONCE) {
		struct reply *r = cli_ask(
		    h->cli, "ZRANGE %sdue %d %d", h->cli->prefix, first, first + AT_ONCE - 1);
		count = reply_count(r);
		for (size_t i = 0; i < count; i++) {
			size_t length;
			const char *id = reply_text(reply_at(r, i), &length);
			add_id(h, &p, id, length);
		}
		reply_free(r);
	}
	look_at(h, &p);
	h->cut |= count == AT_ONCE;
}

/* hunt_finished reads "ms:id" from the end until there is enough. */
static void hunt_finished(struct hunt *h, size_t enough)
{
	struct page p = {.count = 0};
	int64_t last = -1;
	size_t count = AT_ONCE;
	h->looked = 0;
	for (; count == AT_ONCE && h->count < enough && h->looked < LOOK_MOST; last -= AT_ONCE) {
		struct reply *r = cli_ask(
		    h->cli, "LRANGE %sfinished %d %d", h->cli->prefix, last - AT_ONCE + 1, last);
		count = reply_count(r);
		for (size_t i = count; i-- > 0;) {
			const char *text = reply_text(reply_at(r, i), NULL);
			const char *id = text ? strchr(text, ':') : NULL;
			if (id)
				add_id(h, &p, id + 1, strlen(id + 1));
		}
		reply_free(r);
		look_at(h, &p);
	}
	h->cut |= count == AT_ONCE;
}

/* ---- all of them ------------------------------------------------------------------------ */

static int rank(const json_t *record)
{
	return record_is(record, "running") ? 0 : record_is(record, "waiting") ? 1 : 2;
}

/* by_state puts running ones first, and the oldest first among equals. */
static int by_state(const void *a, const void *b)
{
	const json_t *one = *(json_t *const *)a, *other = *(json_t *const *)b;
	int64_t x = json_int(one, "queued_at", 0), y = json_int(other, "queued_at", 0);
	int before = rank(one) - rank(other);
	return before ? before : x < y ? -1 : x > y;
}

static bool is_live_state(const char *state)
{
	return strcmp(state, "running") == 0 || strcmp(state, "waiting") == 0 ||
	       strcmp(state, "queued") == 0;
}

static void hunt(struct hunt *h, size_t limit)
{
	if (!h->state || is_live_state(h->state)) {
		hunt_live(h);
		hunt_due(h);
		if (h->count > 0)
			qsort(h->found, h->count, sizeof(json_t *), by_state);
	}
	if (!h->state || !is_live_state(h->state))
		hunt_finished(h, limit);
	for (; h->count > limit; h->cut = true)
		json_decref(h->found[--h->count]);
}

static void print_jobs(const struct hunt *h)
{
	static const char *const headings[] = {
	    "!JOB", "3TYPE", "4SCHOOL", "2CLASS", "STATE", "1PROGRESS", "5CHANGED", NULL};
	struct table t;
	table_start(&t, headings);
	for (size_t i = 0; i < h->count; i++) {
		const json_t *r = h->found[i];
		const char *state = record_text(r, "state");
		char changed[32], progress[64] = "";
		long long total = (long long)json_int(r, "total", 0);
		if (total > 0)
			(void)!snprintf(progress, sizeof progress, "%lld/%lld",
			    (long long)json_int(r, "done", 0), total);
		table_cell(&t, PLAIN, "%s", record_text(r, "id"));
		table_cell(&t, PLAIN, "%s", record_text(r, "type"));
		table_cell(&t, PLAIN, "%s", record_text(r, "school"));
		table_cell(&t, PLAIN, "%s", record_text(r, "class"));
		table_cell(&t, state_colour(state), "%s", state);
		table_cell(&t, PLAIN, "%s",
		    strcmp(state, "failed") == 0 ? record_text(r, "error_code") : progress);
		table_cell(&t, PLAIN, "%s", out_time(json_int(r, "updated_at", 0), changed));
	}
	table_print(&t);
	if (h->cut)
		out_say(GREY, 0, "There may be more: --limit, --state and --school say which.");
}

int jobs_run(struct cli *c)
{
	struct hunt h = {
	    .cli = c, .state = cli_value(c, "--state"), .school = cli_value(c, "--school")};
	int64_t limit = cli_limit(c, LIMIT, LIMIT_MOST);
	if (limit < 0)
		return USAGE;
	if (h.state && !state_is_known(h.state))
		return cli_usage(c,
		    "--state = \"%s\": queued, running, waiting, done, failed, cancelled or joined",
		    h.state);
	map_init(&h.seen);
	hunt(&h, (size_t)limit);
	if (c->json) {
		json_t *list = json_array();
		for (size_t i = 0; i < h.count; i++)
			json_array_append(list, h.found[i]);
		out_json(list, false);
	} else {
		print_jobs(&h);
	}
	for (size_t i = 0; i < h.count; i++)
		json_decref(h.found[i]);
	free(h.found);
	map_clear(&h.seen);
	return YES;
}
