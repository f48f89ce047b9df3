/*
 * night - when a school's night comes and how the last one went; or one now.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "record.h"
#include "run_report.h"
#include "schedule.h"
#include "send.h"

/* ---- when, and how it went ---------------------------------------------------------------- */

static json_t *read_settings(struct cli *c, const char *school)
{
	struct reply *r = cli_ask(c, "HGETALL %sschool:%s", c->prefix, school);
	json_t *settings = hash_of(r, (const char *const[]){NULL});
	reply_free(r);
	return settings;
}

static int64_t next_time(struct cli *c, const char *school)
{
	char name[SCHEDULE_NAME_MAX + 1];
	schedule_night_name(school, name);
	return cli_ask_number(c, cli_ask(c, "ZSCORE %sschedules %s", c->prefix, name));
}

static json_t *read_night(struct cli *c, const char *school, const json_t *settings)
{
	static const char *const fields[] = {"night", "night_at", "zone", "quiet", "sync_kinds"};
	json_t *night = json_pack("{s:s}", "school", school);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		json_object_set_new(
		    night, fields[i], json_string(record_text(settings, fields[i])));
	json_object_set_new(night, "next", json_integer(next_time(c, school)));
	json_object_set_new(night, "last_good",
	    json_integer(cli_ask_number(c, cli_ask(c, "ZSCORE %snights %s", c->prefix, school))));
	char *newest = run_newest(c, school);
	json_t *run = newest ? run_read(c, school, newest) : NULL;
	free(newest);
	json_object_del(run, "lines");
	if (run)
		json_object_set_new(night, "last_run", run);
	return night;
}

static const char *or_else(const char *text, const char *fallback)
{
	return *text ? text : fallback;
}

static void print_night(const json_t *night)
{
	char at[32], text[96];
	bool on = strcmp(record_text(night, "night"), "nightly") == 0;
	int64_t next_ms = json_int(night, "next", 0);
	out_field("School", BOLD, record_text(night, "school"));
	(void)!snprintf(text, sizeof text, "each night at %s (%s)",
	    or_else(record_text(night, "night_at"), "02:00"),
	    or_else(record_text(night, "zone"), "Africa/Johannesburg"));
	out_field("Night", on ? PLAIN : GREY, on ? text : "off");
	out_field("Quiet", PLAIN, record_text(night, "quiet"));
	out_field("Creates", PLAIN, or_else(record_text(night, "sync_kinds"), "nothing"));
	out_field("Next", PLAIN, next_ms ? out_time(next_ms, at) : on ? "not entered yet" : "");
	out_field("Last good", PLAIN, on ? out_time(json_int(night, "last_good", 0), at) : "");
	if (json_map(night, "last_run"))
		run_headline(json_map(night, "last_run"));
}

static int show(struct cli *c, const char *school, const json_t *settings)
{
	json_t *night = read_night(c, school, settings);
	if (c->json) {
		out_json(night, false);
	} else {
		print_night(night);
		json_decref(night);
	}
	return YES;
}

/* ---- now ---------------------------------------------------------------------------------- */

static int begin_one(struct cli *c, const char *school)
{
	const char *plan = cli_value(c, "--plan");
	json_t *envelope = envelope_for("sync-school", school), *options = json_object();
	if (cli_flag(c, "--approve-removals"))
		json_object_set_new(options, "approve_removals", json_true());
	if (cli_flag(c, "--dry-run"))
		json_object_set_new(options, "dry_run", json_true());
	if (plan)
		json_object_set_new(options, "plan", json_string(plan));
	json_object_set_new(envelope, "options", options);
	return send_envelope(c, envelope, cli_flag(c, "--wait"));
}

int night_run(struct cli *c)
{
	const char *school = cli_value(c, "SCHOOL");
	json_t *settings = read_settings(c, school);
	bool now = cli_flag(c, "--now") || cli_flag(c, "--dry-run");
	int status;
	if (!settings) {
		out_complain("no school %s is entered", school);
		return NO;
	}
	if (!now && (cli_flag(c, "--approve-removals") || cli_value(c, "--plan")))
		status = cli_usage(c, "--approve-removals and --plan go with --now");
	else
		status = now ? begin_one(c, school) : show(c, school, settings);
	json_decref(settings);
	return status;
}
