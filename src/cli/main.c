/*
 * rollcall - one command for people and scripts. The table below is every command there
 * is: its pattern is how the command line is read and what help shows.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "explain.h"
#include "output.h"

static int help_run(struct cli *c);

static const struct command commands[] = {
    {"enqueue TYPE --school SCHOOL [--class CLASS] [--file FILE] [--at TIME] [--background] "
     "[--dry-run] [--approve-removals] [--hold-removals] [--plan JOB] [--display-name NAME] "
     "[--description TEXT] [--lifetime DAY] [--target WHAT] [--confirm NAME] [--group GUID] "
     "[--actions ACTIONS] "
     "[--requested-by WHO] [--id ID] [--wait]",
	"send a job: create-team, sync-learners, check-team, ...", enqueue_run, false},
    {"show JOB [--json]", "a job's record and what came of it", show_run, false},
    {"watch JOB [--json]", "follow a job until it has ended", watch_run, false},
    {"cancel JOB", "stop a job; who was processed keeps the outcome", cancel_run, false},
    {"learners JOB [--csv] [--json]", "what became of each learner", learners_run, false},
    {"queue [--limit N] [--json]", "depth, workers, schools with work ready", queue_run, false},
    {"top [--count N] [--json]", "the queue as it moves, once a second", top_run, false},
    {"pause [--school SCHOOL] [--type TYPE] [--drain] [--timeout SECONDS] [--json]",
	"begin nothing more: of the queue, a school or a type", pause_run, false},
    {"resume [--school SCHOOL] [--type TYPE] [--json]", "let what is paused go on", resume_run,
	false},
    {"dead list [--school SCHOOL] [--type TYPE] [--code CODE] [--older SPAN] [--limit N] [--json]",
	"jobs that failed for want of an operator", dead_list_run, false},
    {"dead show JOB [--json]", "one of them, with its envelope", dead_show_run, false},
    {"dead retry [JOB] [--school SCHOOL] [--type TYPE] [--code CODE] [--older SPAN] [--all] "
     "[--dry-run] [--json]",
	"try them again, as they were", dead_retry_run, false},
    {"dead drop [JOB] [--school SCHOOL] [--type TYPE] [--code CODE] [--older SPAN] [--all] "
     "[--dry-run] [--json]",
	"let them go; records stay for their time", dead_drop_run, false},
    {"dead [--json]", "as dead list", dead_list_run, false},
    {"audit [--json]", "is every job where it says, and every counter right?", audit_run, false},
    {"bad [--limit N] [--json]", "what was pushed and could not be used", bad_run, false},
    {"jobs [--state STATE] [--school SCHOOL] [--limit N] [--json]",
	"the jobs there are, live ones first", jobs_run, false},
    {"class SCHOOL CLASS [--json]", "how a class and its learners stand", class_run, false},
    {"school set SCHOOL [--name NAME] [--tenant GUID] [--auth KIND] [--domain DOMAIN] "
     "[--year YEAR] [--weight N] [--enable] [--disable] [--dfe-code CODE] [--identifier TEXT] "
     "[--kinds KINDS] [--target WHAT] [--naming WAY] [--owners ADDRESSES] "
     "[--default-domain DOMAIN] [--source WORD] [--night WHEN] [--night-at TIME] [--zone ZONE] "
     "[--quiet DAYS] [--domain-map PAIRS] [--staff-domain DOMAIN] [--student-domain DOMAIN] "
     "[--opens WHEN] [--grace-days N] [--brake-share SHARE] [--brake-count N] [--exclude RULES] "
     "[--drop-share SHARE] [--unset SETTINGS] [--json]",
	"enter or change a school", school_set_run, false},
    {"school show SCHOOL [--json]", "a school's record", school_show_run, false},
    {"school list [--json]", "the schools that are entered", school_list_run, false},
    {"school remove SCHOOL [--yes]", "forget a school", school_remove_run, false},
    {"groups SCHOOL [--kind KIND] [--find TEXT] [--in] [--out] [--json]",
	"its groups, and what there is of them in Microsoft 365", groups_run, false},
    {"names SCHOOL [--identifier TEXT] [--json]",
	"what its groups are called in Microsoft 365, or would be", names_run, false},
    {"preview SCHOOL [CLASS] [--json]", "what a sync would do, by name, before it is done",
	preview_run, false},
    {"why SCHOOL LEARNER [CLASS] [--limit N] [--json]", "why somebody is not in a class", why_run,
	false},
    {"match SCHOOL [LEARNER] [--address ADDRESS] [--user GUID] [--drop] [--json]",
	"who is known by an account; or say whose one is", match_run, false},
    {"drift SCHOOL [CLASS] [--user ACCOUNT] [--keep] [--until DAY] [--accept] [--drop] [--json]",
	"what was changed by hand; or let it stand", drift_run, false},
    {"history SCHOOL [--learner LEARNER] [--class CLASS] [--run RUN] [--by WHO] [--what WHAT] "
     "[--limit N] [--csv] [--json]",
	"what happened to whom, when, by whom and why", history_run, false},
    {"night SCHOOL [--now] [--approve-removals] [--dry-run] [--plan RUN] [--wait] [--json]",
	"when a school's night comes and how it went; or one now", night_run, false},
    {"report SCHOOL [--run RUN] [--runs] [--staff STAFF] [--json]",
	"what a run made, changed, and could not do", report_run, false},
    {"year SCHOOL [--close] [--reopen] [--class CLASS] [--actions ACTIONS] [--dry-run] [--wait] "
     "[--json]",
	"what ended and what starts; close what ended", year_run, false},
    {"import SCHOOL [PATH] [--from URL] [--client-id ID] [--secret-file FILE] [--token-url URL] "
     "[--org ORG] [--today DATE] [--by WHO] [--accept-drop] [--again] [--dry-run] [--csv] [--json]",
	"take in a school's roster: a folder, a zip or a provider", import_run, false},
    {"schedule set NAME --cron CRON --type TYPE --school SCHOOL [--class CLASS] [--tz ZONE] "
     "[--missed WHAT] [--background]",
	"send a job by the clock", schedule_set_run, false},
    {"schedule list [--json]", "the schedules, and when each comes next", schedule_list_run, false},
    {"schedule run NAME", "send its job now", schedule_run_run, false},
    {"schedule remove NAME", "forget a schedule", schedule_remove_run, false},
    {"keys new NAME --scopes SCOPES [--school SCHOOL] [--json]",
	"a key with which a program of the portal calls rollcall-web", keys_new_run, true},
    {"keys list [--json]", "who has such a key, and for what", keys_list_run, true},
    {"keys rotate [--finish] [--json]", "a new key to seal teachers' Microsoft connections with",
	keys_rotate_run, false},
    {"keys remove NAME", "let a key open nothing any more", keys_remove_run, true},
    {"doctor [--school SCHOOL] [--json]", "check Redis, settings, keys and Microsoft sign-in",
	doctor_run, true},
    {"config [--check] [--example]", "check the settings, or print an example file", config_run,
	true},
    {"help [COMMAND] [SUB]", "what a command takes", help_run, true},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

/* ---- help ----------------------------------------------------------------------- */

static void print_command(FILE *to, const struct command *k, bool explain)
{
	pattern_print(to, "rollcall", k->pattern);
	if (!explain)
		return;
	fprintf(to, "    %s\n", k->help);
	explain_options(to, k->pattern);
}

static void print_overview(FILE *to)
{
	fputs("usage: rollcall [-c FILE] COMMAND ...\n\n", to);
	for (const struct command *k = commands; k < commands + COMMANDS; k++) {
		size_t words = 0, length = 0;
		while (
		    k->pattern[length] && strchr("abcdefghijklmnopqrstuvwxyz ", k->pattern[length]))
			length++;
		for (size_t i = 0; i < length; i++)
			words = k->pattern[i] != ' ' ? i + 1 : words;
		fprintf(to, "  %-14.*s %s\n", (int)words, k->pattern, k->help);
	}
	fputs("\nrollcall help COMMAND tells what a command takes. Exit status: 0 yes, 1 no,\n"
	      "2 usage, 3 something needed cannot be reached. The manual is rollcall(1).\n",
	    to);
}

/* begins tells whether a command's name begins with these words. */
static bool begins(const struct command *k, size_t count, const char *const *words)
{
	const char *at = k->pattern;
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(words[i]);
		if (strncmp(at, words[i], length) != 0 || (at[length] && at[length] != ' '))
			return false;
		at += length + (at[length] == ' ');
	}
	return true;
}

/* print_help explains the commands that begin so; 0 if there is none. */
static int print_help(FILE *to, size_t count, const char *const *words, bool explain)
{
	int found = 0;
	for (const struct command *k = commands; k < commands + COMMANDS; k++) {
		if (!begins(k, count, words))
			continue;
		print_command(to, k, explain);
		found++;
	}
	return found;
}

static int help_run(struct cli *c)
{
	const char *words[] = {cli_value(c, "COMMAND"), cli_value(c, "SUB")};
	if (!words[0]) {
		print_overview(stdout);
		return YES;
	}
	if (print_help(stdout, words[1] ? 2 : 1, words, true) == 0)
		return cli_usage(c, "there is no command %s", words[0]);
	return YES;
}

/* ---- one command ------------------------------------------------------------------- */

/* find gives the command that words begin with, NULL after a complaint. */
static const struct command *find(int count, char *const words[])
{
	for (const struct command *k = commands; k < commands + COMMANDS; k++)
		if (pattern_match(k->pattern, count, words) > 0)
			return k;
	out_complain("there is no command %s%s%s", words[0], count > 1 ? " " : "",
	    count > 1 ? words[1] : "");
	if (print_help(stderr, 1, (const char *const[]){words[0]}, false) == 0)
		fputs("rollcall help lists them\n", stderr);
	return NULL;
}

static bool wants_help(int count, char *const words[])
{
	for (int i = 0; i < count; i++)
		if (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0)
			return true;
	return false;
}

static int run(struct cli *c)
{
	struct err e;
	c->json = cli_flag(c, "--json");
	int status = c->command->alone ? YES : cli_configure(c, &e);
	if (status == YES && !c->command->alone)
		status = cli_connect(c, &e);
	if (status == YES)
		status = c->command->run(c);
	else
		out_complain("%s", e.text);
	cli_close(c);
	return status;
}

static int run_command(struct cli *c, int count, char *const words[])
{
	struct err e;
	c->command = find(count, words);
	if (!c->command)
		return USAGE;
	if (wants_help(count, words)) {
		print_command(stdout, c->command, true);
		return YES;
	}
	if (pattern_read(c->command->pattern, count, words, &c->given, &e) < 0)
		return cli_usage(c, "%s", e.text);
	return run(c);
}

int main(int argc, char *argv[])
{
	struct cli c = {0};
	int at = 1;
	signal(SIGPIPE, SIG_IGN);
	out_start();
	for (; at < argc && argv[at][0] == '-'; at++) {
		if (strcmp(argv[at], "-c") == 0 && at + 1 < argc) {
			c.config_path = argv[++at];
		} else if (strcmp(argv[at], "--version") == 0 || strcmp(argv[at], "-V") == 0) {
			puts("rollcall " VERSION);
			return YES;
		} else if (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "-h") == 0) {
			print_overview(stdout);
			return YES;
		} else {
			out_complain("%s is no option here", argv[at]);
			break;
		}
	}
	if (at == argc || argv[at][0] == '-') {
		print_overview(stderr);
		return USAGE;
	}
	int status = run_command(&c, argc - at, argv + at);
	if (fflush(stdout) == EOF && errno != EPIPE) {
		out_complain("what was to be printed is not complete: %s", strerror(errno));
		return NO;
	}
	return status;
}
