/*
 * explain - one line for each value and option. A row with a command speaks of that one
 * alone and stands before the row for all others. A school's settings explain themselves.
 */
#include "explain.h"

#include <stdbool.h>
#include <string.h>

#include "pattern.h"
#include "school_settings.h"

enum { EXPLAINED_AT = 24 };

static const struct row {
	const char *command; /* the beginning of its pattern; NULL: any */
	const char *name, *text;
} rows[] = {
    {"enqueue", "TYPE", "create-team, sync-learners, check-team, register, ..."},
    {"enqueue", "--school", "the school, as it was entered"},
    {"enqueue", "--class", "id of the class, where --file does not say it"},
    {"enqueue", "--file", "JSON of the class: name, teachers, learners; - is input"},
    {"enqueue", "--at", "not before: 10:42, 2026-11-22T10:42, +30m (s, m, h, d)"},
    {"enqueue", "--background", "let every job that a person waits for go first"},
    {"enqueue", "--dry-run", "plan and report, write nothing"},
    {"enqueue", "--approve-removals", "remove even where the brake would hold it back"},
    {"enqueue", "--hold-removals", "add, and remove nobody"},
    {"enqueue", "--plan", "do what that preview showed, and hold the rest back"},
    {"enqueue", "--display-name", "create-team: called so in Microsoft 365"},
    {"enqueue", "--description", "create-team: described so in Microsoft 365"},
    {"enqueue", "--lifetime", "create-team: wanted until that day; nothing is deleted"},
    {"enqueue", "--target", "create-team: team, or class (one without a Team)"},
    {"enqueue", "--confirm", "delete-class: its name in Microsoft 365, exactly"},
    {"enqueue", "--group", "adopt-class: the group in Microsoft 365"},
    {"enqueue", "--actions", "close-class: of archive,rename,remove_learners"},
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
    {"school set", "--unset", "back to their defaults, such as: quiet,identifier"},
    {"school remove", "--yes", "do not ask"},
    {"groups", "--kind", "year, registration or teaching"},
    {"groups", "--find", "with this in the name or the id"},
    {"groups", "--in", "those that are in Microsoft 365"},
    {"groups", "--out", "those that are not"},
    {"names", "--identifier", "as they would be with this one"},
    {"preview", "CLASS", "its id or name; the whole school unless told"},
    {"why", "LEARNER", "id, address, or part of the name"},
    {"why", "CLASS", "its id or name; all classes of the learner unless told"},
    {"why", "--limit", "so many events at most"},
    {"match", "LEARNER", "id, address, or part of the name"},
    {"match", "--address", "the account that has this address"},
    {"match", "--user", "the account with this object id"},
    {"match", "--drop", "look for the learner as for everybody again"},
    {"drift", "CLASS", "its id or name; all classes unless told"},
    {"drift", "--user", "the account, or the name in the list"},
    {"drift", "--keep", "let the change stand for good, and go on showing it"},
    {"drift", "--until", "let it stand before that day, such as 2026-12-01"},
    {"drift", "--accept", "let it stand for good, and show it no more"},
    {"drift", "--drop", "let it stand no longer"},
    {"history", "--learner", "of the learner with this id"},
    {"history", "--class", "of the class with this id"},
    {"history", "--run", "of this run"},
    {"history", "--by", "wanted by this person"},
    {"history", "--what", "added, removed, unresolved, held, imported, ..."},
    {"history", "--csv", "as a file that spreadsheets open"},
    {"night", "--now", "sync the whole school now"},
    {"night", "--approve-removals", "remove even where a brake would hold it back"},
    {"night", "--dry-run", "say what it would do, and change nothing"},
    {"night", "--plan", "do what that preview showed, and hold the rest back"},
    {"night", "--wait", "watch it until it has ended"},
    {"report", "--run", "that one; the newest unless told"},
    {"report", "--runs", "list the runs that are kept"},
    {"report", "--staff", "what the last run has to tell this person"},
    {"year", "--close", "close what has ended"},
    {"year", "--reopen", "undo the closing of one class"},
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

static void explain_one(FILE *to, const struct slot *s, const char *text)
{
	int used = fprintf(to, "    %.*s%s%.*s", (int)s->length, s->text, s->value ? " " : "",
	    (int)s->value_length, s->value ? s->value : "");
	fprintf(to, "%*s%s\n", used < EXPLAINED_AT - 1 ? EXPLAINED_AT - used : 2, "", text);
}

/* text_about finds the line for a value or an option; NULL if there is none. */
static const char *text_about(const char *pattern, const struct slot *s)
{
	const struct school_setting *setting = school_setting_find(s->text, s->length);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (is_about(&rows[i], pattern, s))
			return rows[i].text;
	return setting ? setting->help : NULL;
}

void explain_options(FILE *to, const char *pattern)
{
	struct slot s;
	for (const char *at = pattern; pattern_next(&at, &s);) {
		const char *text = slot_is_word(&s) ? NULL : text_about(pattern, &s);
		if (text)
			explain_one(to, &s, text);
	}
}
