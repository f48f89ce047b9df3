/*
 * schedule - jobs by the clock, as workers fire them (src/queue/schedule.c): schedule:<name>
 * has the words, the sorted set schedules when each comes next.
 */
#include "schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "cron.h"
#include "envelope.h"
#include "job_id.h"
#include "output.h"
#include "record.h"

static bool is_name(const char *name)
{
	size_t length = strlen(name);
	return length >= 1 && length <= SCHEDULE_NAME_MAX &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") ==
		   length;
}

static void set(json_t *object, const char *key, const char *text)
{
	json_object_set_new(object, key, json_string(text));
}

/* The envelope, which lacks only the id; to be freed. */
static char *build(const struct cli *c)
{
	json_t *envelope = json_object();
	const char *class = cli_value(c, "--class");
	json_object_set_new(envelope, "v", json_integer(1));
	set(envelope, "type", cli_value(c, "--type"));
	set(envelope, "school", cli_value(c, "--school"));
	set(envelope, "requested_by", cli_who());
	set(envelope, "priority", cli_flag(c, "--background") ? "background" : "interactive");
	if (class) {
		json_t *object = json_object();
		set(object, "id", class);
		json_object_set_new(envelope, "class", object);
	}
	char *text = json_write(envelope);
	json_decref(envelope);
	return text;
}

/* check reads the envelope as the worker will. */
static int check(const char *text, struct err *e)
{
	char *whole = schedule_envelope(text, "id");
	struct envelope seen;
	envelope_read(&seen, whole, strlen(whole));
	int rc = seen.verdict == ENVELOPE_OK ? 0 : err_set(e, ERR_INPUT, "%s", seen.why);
	envelope_clear(&seen);
	free(whole);
	return rc;
}

static void put(struct cli *c, const char *name, const char *const pairs[], int64_t next_ms)
{
	struct words w;
	words_init(&w);
	words_add(&w, "HSET");
	words_addf(&w, "%sschedule:%s", c->prefix, name);
	for (size_t i = 0; pairs[i]; i++)
		words_add(&w, pairs[i]);
	reply_free(cli_ask_words(c, &w));
	words_clear(&w);
	reply_free(cli_ask(c, "ZADD %sschedules %d %s", c->prefix, next_ms, name));
}

int schedule_set_run(struct cli *c)
{
	const char *name = cli_value(c, "NAME"), *expression = cli_value(c, "--cron");
	const char *zone = cli_value(c, "--tz"), *missed = cli_value(c, "--missed");
	struct err e = {0};
	struct cron cron;
	zone = zone ? zone : "UTC";
	missed = missed ? missed : "once";
	if (!is_name(name))
		return cli_usage(c, "NAME: 1 to %d of A-Z a-z 0-9 . _ -", SCHEDULE_NAME_MAX);
	if (strcmp(missed, "once") != 0 && strcmp(missed, "skip") != 0)
		return cli_usage(c, "--missed = \"%s\": once or skip", missed);
	if (cron_read(&cron, expression, &e) < 0)
		return cli_usage(c, "--cron = %s", e.text);
	if (cron_zone(zone, &e) < 0)
		return cli_usage(c, "--tz = %s", e.text);
	int64_t next_ms = cron_next(&cron, zone, clock_wall_ms());
	if (next_ms == 0)
		return cli_usage(c, "--cron = \"%s\": that never comes", expression);
	char *text = build(c), at[32];
	int status = check(text, &e) < 0 ? USAGE : YES;
	if (status == YES) {
		put(c, name,
		    (const char *const[]){
			"cron", expression, "zone", zone, "missed", missed, "envelope", text, NULL},
		    next_ms);
		out_say(PLAIN, 0, "Schedule %s comes next at %s.", name, out_time(next_ms, at));
	} else {
		out_complain("%s", e.text);
	}
	free(text);
	return status;
}

/* ---- list ------------------------------------------------------------------------ */

static json_t *read_one(struct cli *c, const char *name, const char *next)
{
	struct reply *r = cli_ask(c, "HGETALL %sschedule:%s", c->prefix, name);
	json_t *schedule = hash_of(r, (const char *const[]){"last_at", "passed_over", NULL});
	reply_free(r);
	if (!schedule)
		schedule = json_object();
	set(schedule, "schedule", name);
	json_object_set_new(schedule, "next", json_integer(strtoll(next, NULL, 10)));
	return schedule;
}

static json_t *read_all(struct cli *c)
{
	json_t *list = json_array();
	struct reply *r = cli_ask(c, "ZRANGE %sschedules 0 -1 WITHSCORES", c->prefix);
	for (size_t i = 0; i + 1 < reply_count(r); i += 2)
		json_array_append_new(list, read_one(c, reply_text(reply_at(r, i), NULL),
						reply_text(reply_at(r, i + 1), NULL)));
	reply_free(r);
	return list;
}

static void print_list(const json_t *list)
{
	static const char *const headings[] = {
	    "!SCHEDULE", "NEXT", "CRON", "1ZONE", "2MISSED", "3LAST JOB", NULL};
	struct table t;
	size_t i;
	json_t *s;
	table_start(&t, headings);
	json_array_foreach (list, i, s) {
		char at[32];
		int64_t next_ms = json_int(s, "next", 0);
		table_cell(&t, PLAIN, "%s", record_text(s, "schedule"));
		table_cell(
		    &t, next_ms ? PLAIN : RED, "%s", next_ms ? out_time(next_ms, at) : "never");
		table_cell(&t, PLAIN, "%s", record_text(s, "cron"));
		table_cell(&t, PLAIN, "%s", record_text(s, "zone"));
		table_cell(&t, PLAIN, "%s", record_text(s, "missed"));
		table_cell(&t, PLAIN, "%s", record_text(s, "last_job"));
	}
	table_print(&t);
}

int schedule_list_run(struct cli *c)
{
	json_t *list = read_all(c);
	if (c->json) {
		out_json(list, false);
	} else {
		print_list(list);
		json_decref(list);
	}
	return YES;
}

/* ---- run and remove ----------------------------------------------------------------- */

static int not_there(const char *name)
{
	out_complain("there is no schedule %s", name);
	return NO;
}

int schedule_run_run(struct cli *c)
{
	const char *name = cli_value(c, "NAME");
	struct reply *r = cli_ask(c, "HGET %sschedule:%s envelope", c->prefix, name);
	const char *text = reply_text(r, NULL);
	char id[JOB_ID_LENGTH + 1];
	job_id_new(id);
	char *envelope = text ? schedule_envelope(text, id) : NULL;
	reply_free(r);
	if (!envelope)
		return not_there(name);
	struct words w;
	words_init(&w);
	words_add(&w, "RPUSH");
	words_addf(&w, "%sinbox", c->prefix);
	words_add(&w, envelope);
	reply_free(cli_ask_words(c, &w));
	words_clear(&w);
	free(envelope);
	puts(id);
	return YES;
}

int schedule_remove_run(struct cli *c)
{
	const char *name = cli_value(c, "NAME");
	int64_t was = cli_ask_number(c, cli_ask(c, "ZREM %sschedules %s", c->prefix, name));
	was += cli_ask_number(c, cli_ask(c, "UNLINK %sschedule:%s", c->prefix, name));
	return was > 0 ? YES : not_there(name);
}
