/*
 * year - the change of a school's year: what has ended and is still in Microsoft 365, what
 * starts, what was closed; and closing what has ended, previewed or done by workers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "output.h"
#include "record.h"
#include "send.h"

enum { DEPTH = 64 };
enum standing { GOES_ON, ENDS, STARTS, CLOSED, STANDINGS };

static const char *const keys[STANDINGS] = {"goes_on", "ends", "starts", "closed"};

/* ---- reading ------------------------------------------------------------------------------ */

static json_t *field_as_json(const struct reply *hash, const char *field)
{
	const char *text = reply_field_text(hash, field);
	return text ? json_read(text, strlen(text), DEPTH, NULL) : NULL;
}

/* The class as the register says it, with what is recorded of it. */
static json_t *read_class(struct cli *c, const char *school, const char *id)
{
	struct reply *kept = cli_ask(c, "HGETALL %sclass:%s:%s:register", c->prefix, school, id);
	struct reply *hash = cli_ask(c, "HGETALL %sclass:%s:%s", c->prefix, school, id);
	json_t *class = hash_of(hash, (const char *const[]){NULL});
	json_t *text = field_as_json(kept, "text"), *more = field_as_json(kept, "more");
	class = class ? class : json_object();
	json_object_del(text, "learners");
	if (json_is_object(text))
		json_object_update(class, text);
	if (json_is_object(more))
		json_object_update(class, more);
	json_object_set_new(class, "id", json_string(id));
	reply_free(kept);
	reply_free(hash);
	json_decref(text);
	json_decref(more);
	return class;
}

static bool is_on_lists(const json_t *class)
{
	const json_t *active = json_object_get(class, "active");
	return !json_is_false(active) && strcmp(json_text_or(class, "active", "1"), "0") != 0;
}

static enum standing standing_of(const json_t *class, const char *year, const char *today)
{
	const char *own = record_text(class, "year"), *ends = record_text(class, "ends");
	bool has_team = *record_text(class, "team_id");
	bool goes_on = is_on_lists(class) && (!*own || !*year || strcmp(own, year) == 0) &&
		       (!*ends || strcmp(ends, today) >= 0);
	if (*record_text(class, "archived_at"))
		return CLOSED;
	if (has_team)
		return goes_on ? GOES_ON : ENDS;
	return goes_on ? STARTS : CLOSED;
}

static void add(json_t *all, enum standing standing, const json_t *class)
{
	json_array_append_new(json_list(all, keys[standing]),
	    json_pack("{s:s s:s s:s s:s}", "id", record_text(class, "id"), "name",
		record_text(class, "name"), "year", record_text(class, "year"), "kind",
		record_text(class, "kind")));
}

static json_t *read_all(struct cli *c, const char *school, const char *year)
{
	char today[16] = "";
	time_t now = (time_t)(clock_wall_ms() / 1000);
	struct tm t;
	json_t *all = json_pack("{s:[] s:[] s:[] s:[]}", keys[0], keys[1], keys[2], keys[3]);
	if (localtime_r(&now, &t))
		(void)strftime(today, sizeof today, "%Y-%m-%d", &t);
	struct reply *ids = cli_ask(c, "SMEMBERS %sclasses:%s", c->prefix, school);
	for (size_t i = 0; i < reply_count(ids); i++) {
		json_t *class = read_class(c, school, reply_text(reply_at(ids, i), NULL));
		enum standing standing = standing_of(class, year, today);
		if (standing != CLOSED || *record_text(class, "archived_at"))
			add(all, standing, class);
		json_decref(class);
	}
	reply_free(ids);
	return all;
}

/* ---- showing ------------------------------------------------------------------------------- */

static void print_part(
    const json_t *all, enum standing standing, enum colour colour, const char *heading)
{
	size_t i;
	json_t *class, *list = json_list(all, keys[standing]);
	out_say(colour, 0, "%s: %zu", heading, json_array_size(list));
	json_array_foreach (list, i, class)
		out_say(PLAIN, 4, "%s%s%s (%s)", record_text(class, "name"),
		    *record_text(class, "year") ? ", " : "", record_text(class, "year"),
		    record_text(class, "id"));
}

static int show(struct cli *c, const char *school, const char *year)
{
	json_t *all = read_all(c, school, year);
	if (c->json) {
		out_json(all, false);
		return YES;
	}
	print_part(all, ENDS, ORANGE, "Ended, and still in Microsoft 365");
	print_part(all, STARTS, GREEN, "Starts, and not in Microsoft 365 yet");
	out_say(PLAIN, 0, "Goes on: %zu. Closed: %zu.", json_array_size(json_list(all, "goes_on")),
	    json_array_size(json_list(all, "closed")));
	if (json_array_size(json_list(all, "ends")) > 0)
		out_say(GREY, 0, "What closing them would do: rollcall year %s --close --dry-run",
		    school);
	json_decref(all);
	return YES;
}

/* ---- closing ------------------------------------------------------------------------------- */

static int close_or_reopen(struct cli *c, const char *school)
{
	const char *class = cli_value(c, "--class"), *actions = cli_value(c, "--actions");
	if (cli_flag(c, "--reopen"))
		actions = "reopen";
	json_t *envelope = envelope_for(class ? "close-class" : "sync-school", school);
	json_t *options = json_pack("{s:s}", "actions", actions ? actions : "archive,rename");
	if (cli_flag(c, "--dry-run"))
		json_object_set_new(options, "dry_run", json_true());
	if (class)
		json_object_set_new(envelope, "class", json_pack("{s:s}", "id", class));
	json_object_set_new(envelope, "options", options);
	return send_envelope(c, envelope, cli_flag(c, "--wait"));
}

int year_run(struct cli *c)
{
	const char *school = cli_value(c, "SCHOOL");
	struct reply *r = cli_ask(c, "HMGET %sschool:%s name current_year", c->prefix, school);
	const char *year = reply_text(reply_at(r, 1), NULL);
	bool known = reply_text(reply_at(r, 0), NULL) || year;
	int status = NO;
	bool close = cli_flag(c, "--close"), reopen = cli_flag(c, "--reopen");
	if (!known)
		out_complain("no school %s is entered", school);
	else if (close && reopen)
		status = cli_usage(c, "--close or --reopen, not both");
	else if (reopen && !cli_value(c, "--class"))
		status = cli_usage(c, "--reopen goes with --class");
	else if (close || reopen)
		status = close_or_reopen(c, school);
	else if (cli_value(c, "--class") || cli_value(c, "--actions") || cli_flag(c, "--dry-run"))
		status = cli_usage(c, "--class, --actions and --dry-run go with --close");
	else
		status = show(c, school, year ? year : "");
	reply_free(r);
	return status;
}
