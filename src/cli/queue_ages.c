/*
 * queue_ages - 5 to 320 minutes, or seconds while nobody has waited longer than that.
 */
#include "queue_ages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "record.h"

enum { LIMITS = 7, BUCKETS = LIMITS + 1, PAGE = 500, LOOK_MOST = 20000 };

static const int64_t limits[LIMITS] = {5, 10, 20, 40, 80, 160, 320};

/* Counted by both units; which one is shown depends on the oldest of all. */
enum unit { SECONDS, MINUTES, UNITS };
static const int64_t unit_ms[UNITS] = {[SECONDS] = 1000, [MINUTES] = 60000};

struct ages {
	int64_t in[UNITS][BUCKETS];
};

struct census {
	struct cli *cli;
	int64_t now, oldest_ms;
	int64_t looked;
	struct ages *ages; /* of the school that is read */
	size_t missing;	   /* answers still to come */
	bool complete;
	struct err error;
};

/* ---- reading ------------------------------------------------------------------------- */

static void count_age(struct census *s, int64_t age_ms)
{
	if (age_ms > s->oldest_ms)
		s->oldest_ms = age_ms;
	for (int unit = 0; unit < UNITS; unit++) {
		int bucket = 0;
		while (bucket < LIMITS && age_ms > limits[bucket] * unit_ms[unit])
			bucket++;
		s->ages->in[unit][bucket]++;
	}
}

static void queued_at_read(void *ctx, const struct reply *r, const struct err *e)
{
	struct census *s = ctx;
	if (!r)
		s->error = *e;
	else if (reply_kind(r) == REPLY_TEXT)
		count_age(s, s->now - reply_number(r));
	s->complete = --s->missing == 0;
}

/* look_at asks when each of the jobs was queued, all at once. */
static void look_at(struct census *s, const struct reply *ids)
{
	struct cli *c = s->cli;
	s->missing = reply_count(ids);
	s->complete = s->missing == 0;
	for (size_t i = 0; i < reply_count(ids); i++)
		redis_sendf(c->redis, ASK_MS, queued_at_read, s, "HGET %sjob:%s queued_at",
		    c->prefix, reply_text(reply_at(ids, i), NULL));
	(void)loop_run_until(c->loop, &s->complete, 0);
	s->looked += (int64_t)reply_count(ids);
	if (s->error.code) {
		*cli_error() = s->error;
		(void)cli_answered(c, NULL);
	}
}

static void count_school(struct census *s, const char *school)
{
	size_t count = PAGE;
	for (int64_t first = 0; count == PAGE && s->looked < LOOK_MOST; first += PAGE) {
		struct reply *ids = cli_ask(s->cli, "ZRANGE %slane:%s %d %d", s->cli->prefix,
		    school, first, first + PAGE - 1);
		count = reply_count(ids);
		look_at(s, ids);
		reply_free(ids);
	}
}

static json_t *list_of(const int64_t *numbers, size_t count, int64_t times)
{
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_integer(numbers[i] * times));
	return list;
}

void ages_read(struct cli *c, json_t *queue)
{
	json_t *schools = json_object_get(queue, "schools");
	size_t count = json_array_size(schools);
	struct census s = {.cli = c, .now = json_int(queue, "now", 0)};
	struct ages *all = xcalloc(count + 1, sizeof *all);
	for (size_t i = 0; i < count; i++) {
		s.ages = &all[i];
		count_school(&s, record_text(json_array_get(schools, i), "school"));
	}
	enum unit unit = s.oldest_ms > limits[LIMITS - 1] * 1000 ? MINUTES : SECONDS;
	for (size_t i = 0; i < count; i++)
		json_object_set_new(
		    json_array_get(schools, i), "ages", list_of(all[i].in[unit], BUCKETS, 1));
	json_object_set_new(queue, "age_limits_ms", list_of(limits, LIMITS, unit_ms[unit]));
	json_object_set_new(queue, "ages_cut", json_boolean(s.looked >= LOOK_MOST));
	free(all);
}

/* ---- printing ------------------------------------------------------------------------ */

/* What waits longest is seen at a glance. */
static void add_row(struct table *t, const char *name, const int64_t *ages)
{
	table_cell(t, PLAIN, "%s", name);
	for (int i = 0; i < BUCKETS; i++) {
		enum colour colour = i == BUCKETS - 1 ? RED : i == BUCKETS - 2 ? ORANGE : PLAIN;
		table_cell(t, ages[i] ? colour : GREY, "%lld", (long long)ages[i]);
	}
}

void ages_print(const json_t *queue)
{
	static const char *const seconds[] = {"!READY SINCE", "9<5s", "8<10s", "7<20s", "6<40s",
	    "5<80s", "4<160s", "3<320s", "2>320s", NULL};
	static const char *const minutes[] = {"!READY SINCE", "9<5m", "8<10m", "7<20m", "6<40m",
	    "5<80m", "4<160m", "3<320m", "2>320m", NULL};
	const json_t *schools = json_list(queue, "schools");
	int64_t first = json_integer_value(json_array_get(json_list(queue, "age_limits_ms"), 0));
	int64_t total[BUCKETS] = {0};
	struct table t;
	if (json_array_size(schools) == 0)
		return;
	puts("");
	table_start(&t, first == limits[0] * unit_ms[MINUTES] ? minutes : seconds);
	for (size_t i = 0; i < json_array_size(schools); i++) {
		const json_t *school = json_array_get(schools, i);
		int64_t ages[BUCKETS];
		for (size_t k = 0; k < BUCKETS; k++) {
			ages[k] = json_integer_value(json_array_get(json_list(school, "ages"), k));
			total[k] += ages[k];
		}
		add_row(&t, record_text(school, "school"), ages);
	}
	if (json_array_size(schools) > 1)
		add_row(&t, "all of these", total);
	table_print(&t);
	if (json_bool(queue, "ages_cut", false))
		out_say(GREY, 0, "Only the first %d jobs were looked at.", LOOK_MOST);
}
