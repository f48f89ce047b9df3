/* summary - six counts, and below them everybody who needs somebody's attention. */
#include "summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "output.h"
#include "reasons.h"
#include "record.h"

/* Outcomes that people have to act on, in this order. */
static const char *const troubled[] = {"failed", "unresolved", "removal_failed", "held"};

/* took says how long the job ran; short runs to a tenth of a second. */
static const char *took(const json_t *record, char text[32])
{
	int64_t from = json_int(record, "started_at", 0), to = json_int(record, "finished_at", 0);
	int64_t took_ms = from > 0 && to > from ? to - from : 0;
	if (took_ms >= 10000)
		return out_span(took_ms, text);
	(void)!snprintf(text, 32, "%.1f s", (double)took_ms / 1000);
	return text;
}

/* say_team prints an address in one piece, however long, so that it can be copied. */
static void say_team(const char *web_url)
{
	char *clean = columns_clean(web_url);
	printf("Team: %s\n", clean);
	free(clean);
}

static void say_failed(const json_t *record)
{
	const char *code = record_text(record, "error_code"), *type = record_text(record, "type");
	if (*type && !type_is_known(type))
		out_say(
		    RED, 0, "\"%s\" is no type of job that is known here: %s.", type, types_known);
	out_say(RED, 0, "Failed: %s (%s)", record_text(record, "error"), code);
	const char *action = code_action(code);
	if (*action)
		out_say(PLAIN, 2, "%s", action);
}

static void say_cancelled(const json_t *record)
{
	long long done = (long long)json_int(record, "done", 0);
	long long total = (long long)json_int(record, "total", 0);
	const char *who = record_text(record, "cancelled_by");
	if (total > 0)
		out_say(
		    ORANGE, 0, "Cancelled by %s after %lld of %lld learners.", who, done, total);
	else
		out_say(ORANGE, 0, "Cancelled by %s.", who);
}

void summary_headline(const json_t *record)
{
	char span[32];
	const char *state = record_text(record, "state"), *web_url = record_text(record, "web_url");
	if (strcmp(state, "failed") == 0)
		say_failed(record);
	else if (strcmp(state, "done") == 0)
		out_say(GREEN, 0, "Done in %s.", took(record, span));
	else if (strcmp(state, "cancelled") == 0)
		say_cancelled(record);
	else if (strcmp(state, "joined") == 0)
		out_say(PLAIN, 0, "Joined job %s, which does the same for this class.",
		    record_text(record, "joined"));
	if (*web_url && strcmp(state, "done") == 0)
		say_team(web_url);
}

/* ---- counts --------------------------------------------------------------------- */

/* has_counts tells whether the job came as far as learners; done with none of them, the
 * class is empty. */
static bool has_counts(const json_t *record)
{
	bool syncs = strcmp(record_text(record, "type"), "sync-learners") == 0;
	return json_int(record, "total", 0) > 0 || (syncs && record_is(record, "done"));
}

static void print_counts(const json_t *record)
{
	out_say(BOLD, 0, "Sync Summary");
	for (size_t i = 0; i < COUNTED; i++) {
		const struct word *k = &outcomes[i];
		out_say(
		    k->colour, 2, "%-14s %6lld", k->label, (long long)json_int(record, k->word, 0));
	}
}

/* ---- names ------------------------------------------------------------------------ */

static bool is_in_group(const json_t *row, const char *outcome, const char *reason)
{
	return strcmp(json_text_or(row, "outcome", ""), outcome) == 0 &&
	       strcmp(json_text_or(row, "reason", ""), reason) == 0;
}

/* is_first tells whether no row before place has the same outcome and reason. */
static bool is_first(const json_t *rows, size_t place, const char *outcome, const char *reason)
{
	for (size_t i = 0; i < place; i++)
		if (is_in_group(json_array_get(rows, i), outcome, reason))
			return false;
	return true;
}

static void print_person(const json_t *row)
{
	const char *name = json_text_or(row, "name", ""), *email = json_text_or(row, "email", "");
	const char *detail = json_text_or(row, "detail", "");
	out_say(PLAIN, 4, "%s%s%s%s%s", *name ? name : json_text_or(row, "learner", "(no name)"),
	    *email ? "  " : "", email, *detail ? ": " : "", detail);
}

static void print_group(const json_t *rows, const char *outcome, const char *reason)
{
	const char *label = reason_label(outcome, reason), *action = reason_action(outcome, reason);
	out_say(outcome_colour(outcome), 0, "%s%s%s", outcome_label(outcome), *label ? ": " : "",
	    label);
	for (size_t i = 0; i < json_array_size(rows); i++)
		if (is_in_group(json_array_get(rows, i), outcome, reason))
			print_person(json_array_get(rows, i));
	if (*action)
		out_say(PLAIN, 2, "%s", action);
}

static void print_troubled(const json_t *rows, const char *outcome)
{
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		const char *reason = json_text_or(row, "reason", "");
		if (is_in_group(row, outcome, reason) && is_first(rows, i, outcome, reason)) {
			puts("");
			print_group(rows, outcome, reason);
		}
	}
}

void summary_print(const json_t *record, const json_t *rows)
{
	if (!has_counts(record))
		return;
	puts("");
	print_counts(record);
	for (size_t i = 0; i < sizeof troubled / sizeof *troubled; i++)
		print_troubled(rows, troubled[i]);
}
