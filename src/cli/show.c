/* show - a job's record, and what came of it. */
#include <stdio.h>

#include "output.h"
#include "pause.h"
#include "reasons.h"
#include "record.h"
#include "summary.h"

static void say_time(const json_t *record, const char *label, const char *field)
{
	char text[32];
	out_field(label, PLAIN, out_time(json_int(record, field, 0), text));
}

static void say_progress(const json_t *record)
{
	char text[64];
	long long total = (long long)json_int(record, "total", 0);
	(void)!snprintf(
	    text, sizeof text, "%lld of %lld", (long long)json_int(record, "done", 0), total);
	out_field("Progress", PLAIN, total > 0 ? text : "");
}

static void say_attempts(const json_t *record)
{
	char text[64];
	long long attempt = (long long)json_int(record, "attempt", 0);
	long long crashes = (long long)json_int(record, "crashes", 0);
	(void)!snprintf(text, sizeof text, "%lld, its worker died %lld times", attempt, crashes);
	out_field("Attempts", PLAIN, attempt > 1 || crashes > 0 ? text : "");
}

/* say_pause: the record of a queued job does not tell that it is held up. */
static void say_pause(struct cli *c, const json_t *record)
{
	char text[512];
	if (!record_is(record, "queued"))
		return;
	json_t *pauses = pauses_read(c);
	(void)pauses_hold(
	    pauses, record_text(record, "type"), record_text(record, "school"), text, sizeof text);
	out_field("Paused", ORANGE, text);
	json_decref(pauses);
}

/* note_cancel: a portal that cancels sets a flag, and the worker that sees it says so in the
 * record; MGET passes over a key of another kind. Who may not read flags sees the record. */
static void note_cancel(struct cli *c, const char *id, json_t *record)
{
	if (record_has_ended(record))
		return;
	struct reply *flag =
	    redis_askf(c->redis, ASK_MS, cli_error(), "MGET %scancel:%s", c->prefix, id);
	record_note_cancel(record, flag);
	reply_free(flag);
}

static void say_cancelling(const json_t *record)
{
	const char *who = record_text(record, "cancelled_by");
	char text[1100];
	if (record_has_ended(record))
		return;
	(void)!snprintf(text, sizeof text, "asked for by %s", who);
	out_field("Cancelling", ORANGE, *who ? text : "");
}

static void print_record(struct cli *c, const char *id, const json_t *record)
{
	const char *state = record_text(record, "state");
	out_field("Job", BOLD, id);
	out_field("Type", PLAIN, record_text(record, "type"));
	out_field("School", PLAIN, record_text(record, "school"));
	out_field("Class", PLAIN, record_text(record, "class"));
	out_field("Requested by", PLAIN, record_text(record, "requested_by"));
	out_field("State", state_colour(state), state);
	say_cancelling(record);
	say_pause(c, record);
	if (!record_has_ended(record))
		out_field("Phase", PLAIN, record_text(record, "phase"));
	out_field("Message", PLAIN, record_text(record, "message"));
	say_time(record, "Goes on at", "retry_at");
	say_progress(record);
	say_attempts(record);
	out_field("Worker", PLAIN, record_text(record, "worker"));
	say_time(record, "Queued", "queued_at");
	say_time(record, "Started", "started_at");
	say_time(record, "Finished", "finished_at");
}

int show_run(struct cli *c)
{
	const char *id = cli_value(c, "JOB");
	json_t *record = record_read(c, id);
	if (!record)
		return record_unknown(c, id);
	note_cancel(c, id, record);
	if (c->json) {
		json_object_set_new(record, "id", json_string(id));
		out_json(record, false);
		return YES;
	}
	print_record(c, id, record);
	if (record_has_ended(record)) {
		puts("");
		summary_headline(record);
		json_t *rows = rows_read(c, id);
		summary_print(record, rows);
		json_decref(rows);
	}
	json_decref(record);
	return YES;
}
