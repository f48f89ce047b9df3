/*
 * queue - how deep the queue is, who works on it and which schools have work ready.
 * Everything is read into one JSON object, which is printed as it is or as text.
 */
#include <stdio.h>
#include <string.h>

#include "output.h"
#include "pause.h"
#include "queue_ages.h"
#include "record.h"

enum { SHOWN_MOST = 50 };

static const char *const counted[] = {
    "queued", "waiting", "running", "dead", "done", "failed", "cancelled", NULL};

static int64_t now_of_redis(struct cli *c)
{
	struct reply *r = cli_ask(c, "TIME");
	int64_t now = reply_number(reply_at(r, 0)) * 1000 + reply_number(reply_at(r, 1)) / 1000;
	reply_free(r);
	return now;
}

static void set_int(json_t *object, const char *key, int64_t number)
{
	json_object_set_new(object, key, json_integer(number));
}

/* ---- reading ------------------------------------------------------------------- */

static json_t *read_counts(struct cli *c)
{
	struct reply *r = cli_ask(c, "HGETALL %scounts", c->prefix);
	json_t *counts = json_object();
	for (const char *const *field = counted; *field; field++)
		set_int(counts, *field, reply_number(reply_field(r, *field)));
	reply_free(r);
	return counts;
}

static json_t *read_worker(struct cli *c, const char *name)
{
	static const char *const numbers[] = {"seen", "running", NULL};
	struct reply *r = cli_ask(c, "HGETALL %sworker:%s", c->prefix, name);
	json_t *worker = hash_of(r, numbers);
	reply_free(r);
	if (!worker)
		worker = json_object();
	json_object_set_new(worker, "worker", json_string(name));
	return worker;
}

static json_t *read_workers(struct cli *c)
{
	json_t *workers = json_array();
	struct reply *r = cli_ask(c, "ZRANGE %sworkers 0 %d", c->prefix, (int64_t)SHOWN_MOST - 1);
	for (size_t i = 0; i < reply_count(r); i++)
		json_array_append_new(workers, read_worker(c, reply_text(reply_at(r, i), NULL)));
	reply_free(r);
	return workers;
}

/* oldest_of gives when the first job of a school's lane was queued, 0 if that is gone. */
static int64_t oldest_of(struct cli *c, const char *school)
{
	struct reply *first = cli_ask(c, "ZRANGE %slane:%s 0 0", c->prefix, school);
	const char *id = reply_text(reply_at(first, 0), NULL);
	int64_t queued_at = 0;
	if (id)
		queued_at = cli_ask_number(c, cli_ask(c, "HGET %sjob:%s queued_at", c->prefix, id));
	reply_free(first);
	return queued_at;
}

enum turn { IN_RING, AT_LIMIT, IS_PAUSED };

static json_t *read_school(struct cli *c, const char *name, enum turn turn)
{
	json_t *school = json_object();
	json_object_set_new(school, "school", json_string(name));
	set_int(school, "ready", cli_ask_number(c, cli_ask(c, "ZCARD %slane:%s", c->prefix, name)));
	set_int(school, "running",
	    cli_ask_number(c, cli_ask(c, "HGET %sschool_running %s", c->prefix, name)));
	set_int(school, "first_queued_at", oldest_of(c, name));
	set_int(school, "outside",
	    cli_ask_number(c, cli_ask(c, "LLEN %soverflow:%s", c->prefix, name)));
	json_object_set_new(school, "at_its_limit", json_boolean(turn == AT_LIMIT));
	json_object_set_new(school, "paused", json_boolean(turn == IS_PAUSED));
	return school;
}

/* Schools that are paused stand in no list but that of the pauses. */
static void add_paused(struct cli *c, const json_t *pauses, json_t *schools, size_t limit)
{
	for (size_t i = 0; i < json_array_size(pauses); i++) {
		const char *what = record_text(json_array_get(pauses, i), "what");
		if (strncmp(what, "school:", 7) == 0 && json_array_size(schools) < limit)
			json_array_append_new(schools, read_school(c, what + 7, IS_PAUSED));
	}
}

static void read_schools(struct cli *c, json_t *queue, int64_t limit)
{
	json_t *schools = json_array();
	struct reply *ring = cli_ask(c, "ZRANGE %sring 0 %d", c->prefix, limit - 1);
	struct reply *capped = cli_ask(c, "SSCAN %scapped 0 COUNT %d", c->prefix, limit);
	for (size_t i = 0; i < reply_count(ring); i++)
		json_array_append_new(
		    schools, read_school(c, reply_text(reply_at(ring, i), NULL), IN_RING));
	for (size_t i = 0; i < reply_count(reply_at(capped, 1)); i++)
		if (json_array_size(schools) < (size_t)limit)
			json_array_append_new(schools,
			    read_school(
				c, reply_text(reply_at(reply_at(capped, 1), i), NULL), AT_LIMIT));
	reply_free(ring);
	reply_free(capped);
	add_paused(c, json_list(queue, "paused"), schools, (size_t)limit);
	int64_t all = cli_ask_number(c, cli_ask(c, "ZCARD %sring", c->prefix)) +
		      cli_ask_number(c, cli_ask(c, "SCARD %scapped", c->prefix));
	set_int(queue, "schools_ready", all);
	json_object_set_new(queue, "schools", schools);
}

static json_t *read_queue(struct cli *c, int64_t limit)
{
	json_t *queue = json_object();
	set_int(queue, "now", now_of_redis(c));
	json_object_set_new(queue, "alive",
	    json_boolean(cli_ask_number(c, cli_ask(c, "EXISTS %salive", c->prefix))));
	json_object_set_new(queue, "paused", pauses_read(c));
	set_int(queue, "inbox", cli_ask_number(c, cli_ask(c, "LLEN %sinbox", c->prefix)));
	json_object_set_new(queue, "counts", read_counts(c));
	set_int(queue, "bad", cli_ask_number(c, cli_ask(c, "LLEN %sbad", c->prefix)));
	struct reply *due = cli_ask(c, "ZRANGE %sdue 0 0 WITHSCORES", c->prefix);
	set_int(queue, "next_due_at", reply_number(reply_at(due, 1)));
	reply_free(due);
	json_object_set_new(queue, "workers", read_workers(c));
	read_schools(c, queue, limit);
	ages_read(c, queue);
	return queue;
}

/* ---- printing --------------------------------------------------------------------- */

static void print_depth(const json_t *queue)
{
	const json_t *counts = json_map(queue, "counts");
	char next[32];
	struct buf b;
	buf_init(&b, 0);
	buf_addf(&b, "%lld in the inbox", (long long)json_int(queue, "inbox", 0));
	for (const char *const *field = counted; *field; field++) {
		if (strcmp(*field, "done") == 0) {
			out_field("Jobs", PLAIN, b.data);
			buf_reset(&b);
		}
		buf_addf(&b, "%s%lld %s", b.length ? ", " : "",
		    (long long)json_int(counts, *field, 0), *field);
	}
	out_field("Ended so far", PLAIN, b.data);
	buf_clear(&b);
	out_field("Next due", PLAIN, out_time(json_int(queue, "next_due_at", 0), next));
	pauses_say(json_list(queue, "paused"));
	long long bad = (long long)json_int(queue, "bad", 0);
	if (bad > 0)
		out_say(ORANGE, 0, "%lld envelope%s could not be used: rollcall bad", bad,
		    bad > 1 ? "s" : "");
}

static void print_workers(const json_t *queue)
{
	static const char *const headings[] = {
	    "!WORKER", "3HOST", "2VERSION", "1RUNNING", "SEEN", NULL};
	const json_t *workers = json_list(queue, "workers");
	int64_t now = json_int(queue, "now", 0);
	struct table t;
	puts("");
	if (!json_bool(queue, "alive", false))
		out_say(RED, 0, "No worker is online.");
	if (json_array_size(workers) == 0)
		return;
	table_start(&t, headings);
	for (size_t i = 0; i < json_array_size(workers); i++) {
		const json_t *w = json_array_get(workers, i);
		char span[32];
		table_cell(&t, PLAIN, "%s", record_text(w, "worker"));
		table_cell(&t, PLAIN, "%s", record_text(w, "host"));
		table_cell(&t, PLAIN, "%s", record_text(w, "version"));
		table_cell(&t, PLAIN, "%lld", (long long)json_int(w, "running", 0));
		table_cell(&t, PLAIN, "%s ago", out_span(now - json_int(w, "seen", now), span));
	}
	table_print(&t);
}

static void print_schools(const json_t *queue)
{
	static const char *const headings[] = {
	    "!SCHOOL", "READY", "4OUTSIDE", "1RUNNING", "2FIRST WAITS", "3", NULL};
	const json_t *schools = json_list(queue, "schools");
	int64_t now = json_int(queue, "now", 0), all = json_int(queue, "schools_ready", 0);
	struct table t;
	if (json_array_size(schools) == 0)
		return;
	puts("");
	table_start(&t, headings);
	for (size_t i = 0; i < json_array_size(schools); i++) {
		const json_t *s = json_array_get(schools, i);
		int64_t first = json_int(s, "first_queued_at", 0);
		char span[32];
		table_cell(&t, PLAIN, "%s", record_text(s, "school"));
		table_cell(&t, PLAIN, "%lld", (long long)json_int(s, "ready", 0));
		table_cell(&t, PLAIN, "%lld", (long long)json_int(s, "outside", 0));
		table_cell(&t, PLAIN, "%lld", (long long)json_int(s, "running", 0));
		table_cell(&t, PLAIN, "%s", first > 0 ? out_span(now - first, span) : "");
		table_cell(&t, ORANGE, "%s",
		    json_bool(s, "paused", false)	  ? "paused"
		    : json_bool(s, "at_its_limit", false) ? "at its limit"
							  : "");
	}
	table_print(&t);
	if (all > (int64_t)json_array_size(schools))
		out_say(GREY, 0, "%lld schools have work ready in all.", (long long)all);
}

int queue_run(struct cli *c)
{
	int64_t limit = cli_limit(c, 20, SHOWN_MOST);
	if (limit < 0)
		return USAGE;
	json_t *queue = read_queue(c, limit);
	if (c->json) {
		out_json(queue, false);
		return YES;
	}
	print_depth(queue);
	print_workers(queue);
	print_schools(queue);
	ages_print(queue);
	json_decref(queue);
	return YES;
}
