/*
 * explain - one line for each value and option. A row with a command speaks of that one
 * alone and stands before the row for all others.
 */
#include "explain.h"

#include <stdbool.h>
#include <string.h>

#include "pattern.h"

static const struct row {
	const char *command; /* the beginning of its pattern; NULL: any */
	const char *name, *text;
} rows[] = {
    {"enqueue", "TYPE", "create-team, sync-learners, check-team or register"},
    {"enqueue", "--school", "the school, as it was entered"},
    {"enqueue", "--class", "id of the class, where --file does not say it"},
    {"enqueue", "--file", "JSON of the class: name, teachers, learners; - is input"},
    {"enqueue", "--at", "not before: 10:42, 2026-11-22T10:42, +30m (s, m, h, d)"},
    {"enqueue", "--background", "let every job that a person waits for go first"},
    {"enqueue", "--dry-run", "plan and report, write nothing"},
    {"enqueue", "--approve-removals", "remove even where the brake would hold it back"},
    {"enqueue", "--requested-by", "who asked; the owner of a new Team if a teacher of it"},
    {"enqueue", "--id", "the job's id; the same one twice is one job"},
    {"enqueue", "--wait", "watch it until it has ended"},
    {"learners", "--csv", "as a file that spreadsheets open"},
    {"jobs", "--state", "queued running waiting done failed cancelled joined"},
    {"dead", "--older", "that died so long ago or longer: 30m, 12h, 7d"},
    {"dead", "--code", "that failed with this error code"},
    {"dead", "--all", "every one of them"},
    {"dead", "--dry-run", "say which, and change nothing"},
    {"top", "--count", "end after so many looks"},
    {"pause", "--drain", "wait until nothing runs any more"},
    {"pause", "--timeout", "wait so long at most, in seconds; 600 unless told"},
    {"school set", "--name", "as people call it"},
    {"school set", "--tenant", "its Microsoft tenant: GUID, or one of its domains"},
    {"school set", "--auth", "app (allowed for the whole school) or delegated"},
    {"school set", "--domain", "of its addresses"},
    {"school set", "--year", "the current school year"},
    {"school set", "--weight", "turns for one of another school that waits; 1 to 100, 1"},
    {"school set", "--enable", "jobs of the school run"},
    {"school set", "--disable", "jobs of the school fail"},
    {"school remove", "--yes", "do not ask"},
    {"night", "--now", "sync the whole school now"},
    {"night", "--approve-removals", "remove even where a brake would hold it back"},
    {"night", "--dry-run", "say what it would do, and change nothing"},
    {"night", "--plan", "do what that preview showed, and hold the rest back"},
    {"night", "--wait", "watch it until it has ended"},
    {"report", "--run", "that one; the newest unless told"},
    {"report", "--runs", "list the runs that are kept"},
    {"report", "--staff", "what the last run has to tell this person"},
    {"year", "--close", "close what has ended"},
    {"year", "--class", "this one alone"},
    {"year", "--actions", "of archive,rename,remove_learners; the first two"},
    {"year", "--dry-run", "say what it would do, and change nothing"},
    {"year", "--wait", "watch it until it has ended"},
    {"import", "PATH", "a folder or a zip: OneRoster, School Data Sync"},
    {"import", "--from", "a provider's OneRoster REST, up to its version (v1p1)"},
    {"import", "--client-id", "with which the provider knows us"},
    {"import", "--secret-file", "a file that holds the secret to it"},
    {"import", "--token-url", "where the provider signs in; URL/token unless told"},
    {"import", "--org", "of this school of a district only; it is remembered"},
    {"import", "--today", "as if it were that day, such as 2026-11-22"},
    {"import", "--by", "who wants it, for the history"},
    {"import", "--accept-drop", "take it although much less is in it than before"},
    {"import", "--again", "send every class to the register, changed or not"},
    {"import", "--dry-run", "read, compare and report, and change nothing"},
    {"import", "--csv", "the faults, as a file that spreadsheets open"},
    {"schedule", "NAME", "1 to 40 of A-Z a-z 0-9 . _ -"},
    {"schedule", "--cron", "minute hour day month weekday, such as \"0 2 * * 1-5\""},
    {"schedule", "--type", "of the job: sync-learners, check-team, ..."},
    {"schedule", "--school", "the school, as it was entered"},
    {"schedule", "--class", "the class, where the type wants one"},
    {"schedule", "--tz", "IANA time zone of the times; UTC unless told"},
    {"schedule", "--missed", "once (make up for it) or skip, when no worker lived"},
    {"schedule", "--background", "let every job that a person waits for go first"},
    {"keys", "NAME", "of the program: 1 to 64 of A-Z a-z 0-9 . _ -"},
    {"keys new", "--scopes", "of enqueue,read,admin: what it may do"},
    {"keys new", "--school", "of this school only; of every school unless told"},
    {"keys rotate", "--finish", "make no new key: seal anew what is not, and count"},
    {"config", "--check", "are the settings right?"},
    {"config", "--example", "print a file with every setting explained"},
    {"help", "COMMAND", "such as enqueue"},
    {"help", "SUB", "such as set, after school"},
    {NULL, "JOB", "the job's id"},
    {NULL, "SCHOOL", "the school's id"},
    {NULL, "CLASS", "the class's id"},
    {NULL, "--school", "of this school only"},
    {NULL, "--type", "of this type only"},
    {NULL, "--limit", "so many at most"},
    {NULL, "--json", "JSON, for programs"},
};

static bool is_about(const struct row *r, const char *pattern, const struct slot *s)
{
	return strlen(r->name) == s->length && memcmp(r->name, s->text, s->length) == 0 &&
	       (!r->command || strncmp(r->command, pattern, strlen(r->command)) == 0);
}

void explain_options(FILE *to, const char *pattern)
{
	struct slot s;
	for (const char *at = pattern; pattern_next(&at, &s);)
		for (size_t i = 0; !slot_is_word(&s) && i < sizeof rows / sizeof *rows; i++) {
			if (!is_about(&rows[i], pattern, &s))
				continue;
			int used = fprintf(to, "    %.*s%s%.*s", (int)s.length, s.text,
			    s.value ? " " : "", (int)s.value_length, s.value ? s.value : "");
			fprintf(to, "%*s%s\n", 24 - used, "", rows[i].text);
			break;
		}
}
