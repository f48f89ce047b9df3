/*
 * pause, resume - stop the whole queue, a school or a type, and let it go on. Jobs that run
 * go on in any case; with --drain the command waits until none does.
 */
#include "pause.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "output.h"
#include "reasons.h"
#include "record.h"

enum { LOOK_EVERY_MS = 250, DRAIN_S = 600, DRAIN_MOST_S = 86400 };

/* ---- what is paused ---------------------------------------------------------------- */

/* A value is "when who". */
static json_t *pause_of(const char *what, const char *value)
{
	const char *who = strchr(value, ' ');
	json_t *pause = json_object();
	json_object_set_new(pause, "what", json_string(what));
	json_object_set_new(pause, "at", json_integer(strtoll(value, NULL, 10)));
	json_object_set_new(pause, "who", json_string(who ? who + 1 : ""));
	return pause;
}

static bool is_pause(const char *what)
{
	return strcmp(what, "*") == 0 || strncmp(what, "school:", 7) == 0 ||
	       strncmp(what, "type:", 5) == 0;
}

json_t *pauses_of(const struct reply *r)
{
	json_t *pauses = json_array();
	for (size_t i = 0; i + 1 < reply_count(r); i += 2) {
		const char *what = reply_text(reply_at(r, i), NULL);
		json_t *pause = pause_of(what, reply_text(reply_at(r, i + 1), NULL));
		if (strcmp(what, "*") == 0)
			json_array_insert_new(pauses, 0, pause);
		else if (is_pause(what))
			json_array_append_new(pauses, pause);
		else
			json_decref(pause);
	}
	return pauses;
}

json_t *pauses_read(struct cli *c)
{
	struct reply *r = cli_ask(c, "HGETALL %spaused", c->prefix);
	json_t *pauses = pauses_of(r);
	reply_free(r);
	return pauses;
}

/* write_name writes what is paused as people say it. */
static void write_name(const char *what, char *text, size_t room)
{
	const char *colon = strchr(what, ':');
	if (colon)
		(void)!snprintf(text, room, "%.*s %s", (int)(colon - what), what, colon + 1);
	else
		text_copy(text, room, "the whole queue");
}

void pause_sentence(const json_t *pause, char *text, size_t room)
{
	char name[256], at[32];
	write_name(record_text(pause, "what"), name, sizeof name);
	(void)!snprintf(text, room, "%s, since %s by %s", name,
	    out_time(json_int(pause, "at", 0), at), record_text(pause, "who"));
}

void pauses_say(const json_t *pauses)
{
	for (size_t i = 0; i < json_array_size(pauses); i++) {
		char text[512];
		pause_sentence(json_array_get(pauses, i), text, sizeof text);
		out_field(i == 0 ? "Paused" : "", ORANGE, text);
	}
}

bool pauses_hold(
    const json_t *pauses, const char *type, const char *school, char *text, size_t room)
{
	text[0] = '\0';
	for (size_t i = 0; i < json_array_size(pauses); i++) {
		const json_t *pause = json_array_get(pauses, i);
		const char *what = record_text(pause, "what"), *colon = strchr(what, ':');
		bool holds = !colon || strcmp(colon + 1, what[0] == 's' ? school : type) == 0;
		if (holds) {
			pause_sentence(pause, text, room);
			return true;
		}
	}
	return false;
}

/* ---- the command line --------------------------------------------------------------- */

/* read_what gives what is meant as it stands in Redis; USAGE after a complaint. */
static int read_what(struct cli *c, char *what, size_t room)
{
	const char *school = cli_value(c, "--school"), *type = cli_value(c, "--type");
	if (school && type)
		return cli_usage(c, "either --school or --type, not both");
	(void)!snprintf(what, room, "%s%s",
	    school ? "school:"
	    : type ? "type:"
		   : "*",
	    school ? school
	    : type ? type
		   : "");
	return YES;
}

/* is_known: a name that nobody has would be paused in vain. Workers may know more types. */
static bool is_known(struct cli *c)
{
	const char *school = cli_value(c, "--school"), *type = cli_value(c, "--type");
	if (type && !type_is_known(type))
		out_complain("\"%s\" is no type of job that is known here: %s", type, types_known);
	if (!school || cli_ask_number(c, cli_ask(c, "EXISTS %sschool:%s %slane:%s", c->prefix,
					     school, c->prefix, school)) > 0)
		return true;
	out_complain("there is no school %s", school);
	return false;
}

static void say_it(struct cli *c, const char *what, bool paused, bool changed)
{
	char name[256];
	write_name(what, name, sizeof name);
	name[0] = what[0] == '*' ? 'T' : name[0];
	if (c->json)
		out_json(json_pack(
			     "{s:s, s:b, s:b}", "what", what, "paused", paused, "changed", changed),
		    true);
	else if (paused)
		out_say(PLAIN, 0,
		    changed ? "%s is paused: what runs goes on, nothing more is "
			      "begun."
			    : "%s was paused already.",
		    name);
	else
		out_say(PLAIN, 0, changed ? "%s goes on." : "%s was not paused.", name);
	fflush(stdout);
}

/* ---- waiting until nothing runs -------------------------------------------------------- */

struct drain {
	bool stopped; /* Ctrl-C */
	int64_t shown;
};

static void stop(void *ctx)
{
	struct drain *d = ctx;
	d->stopped = true;
}

/* running counts the jobs that workers have: of the school, or of all. */
static int64_t running(struct cli *c)
{
	const char *school = cli_value(c, "--school");
	if (school)
		return cli_ask_number(c, cli_ask(c, "HGET %sschool_running %s", c->prefix, school));
	int64_t sum = 0;
	struct reply *r = cli_ask(c, "HGETALL %sschool_running", c->prefix);
	for (size_t i = 1; i < reply_count(r); i += 2)
		sum += reply_number(reply_at(r, i));
	reply_free(r);
	return sum;
}

static void show_running(struct cli *c, struct drain *d, int64_t n)
{
	if (n == d->shown)
		return;
	d->shown = n;
	if (c->json)
		out_json(json_pack("{s:I}", "running", (json_int_t)n), true);
	else if (out_is_terminal())
		printf("\r\033[2K%lld still running%s", (long long)n, n ? "" : "\n");
	else
		printf("%lld still running\n", (long long)n);
	fflush(stdout);
}

static int drain(struct cli *c, int64_t timeout_s)
{
	struct drain d = {.shown = -1};
	int64_t until_ms = clock_mono_ms() + timeout_s * 1000, n;
	loop_on_signal(c->loop, SIGINT, stop, &d);
	while (show_running(c, &d, n = running(c)), n > 0 && !d.stopped) {
		int64_t now_ms = clock_mono_ms(), next_ms = now_ms + LOOK_EVERY_MS;
		if (now_ms >= until_ms)
			break;
		(void)loop_run_until(c->loop, &d.stopped, next_ms < until_ms ? next_ms : until_ms);
	}
	redis_close(c->redis);
	c->redis = NULL;
	if (n == 0)
		return YES;
	if (out_is_terminal() && !c->json)
		puts("");
	out_complain("%lld still running; the pause holds until rollcall resume", (long long)n);
	return d.stopped ? INTERRUPTED : NO;
}

/* read_timeout gives --timeout in seconds; -1 after a complaint. */
static int64_t read_timeout(const struct cli *c)
{
	const char *text = cli_value(c, "--timeout");
	size_t digits = text ? strspn(text, "0123456789") : 0;
	if (!text)
		return DRAIN_S;
	int64_t seconds = digits && digits < 10 && !text[digits] ? strtoll(text, NULL, 10) : -1;
	if (cli_flag(c, "--drain") && seconds >= 0 && seconds <= DRAIN_MOST_S)
		return seconds;
	(void)cli_usage(
	    c, "--timeout = \"%s\": 0 to %d, the seconds that --drain waits", text, DRAIN_MOST_S);
	return -1;
}

int pause_run(struct cli *c)
{
	char what[256];
	int64_t timeout_s = read_timeout(c);
	if (timeout_s < 0 || read_what(c, what, sizeof what) != YES)
		return USAGE;
	if (cli_flag(c, "--drain") && cli_value(c, "--type"))
		return cli_usage(c, "--drain waits for the whole queue or a school, not a type");
	if (!is_known(c))
		return NO;
	bool changed = cli_ask_number(c, cli_ask(c, "FCALL rollcall1_pause 1 %sinbox %s %s",
					     c->prefix, what, cli_who())) > 0;
	say_it(c, what, true, changed);
	return cli_flag(c, "--drain") ? drain(c, timeout_s) : YES;
}

int resume_run(struct cli *c)
{
	char what[256];
	bool changed = false;
	if (read_what(c, what, sizeof what) != YES)
		return USAGE;
	for (int64_t left = 1; left > 0;) {
		struct reply *r =
		    cli_ask(c, "FCALL rollcall1_resume 1 %sinbox %s", c->prefix, what);
		changed |= reply_number(reply_at(r, 0)) > 0;
		left = reply_number(reply_at(r, 1));
		reply_free(r);
	}
	say_it(c, what, false, changed);
	return YES;
}
