/*
 * dead - the dead letters: jobs that failed for want of an operator, oldest first. They are
 * listed, looked at, tried again or dropped, one by one or all that a filter takes.
 *
 * What is to be changed is chosen first and then changed in small calls, so that neither the
 * queue nor what is chosen depends on how many there are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "output.h"
#include "reasons.h"
#include "record.h"
#include "when.h"

enum { LIMIT = 50, LIMIT_MOST = 1000, AT_ONCE = 200, CHANGED_AT_ONCE = 25 };

/* What is wanted; NULL: any. */
struct filter {
	const char *school, *type, *code;
	int64_t before_ms; /* of death; 0: any */
};

/* The letters that were chosen, with their records. */
struct chosen {
	json_t **letters; /* owned, and each of them */
	size_t count, room;
	bool cut; /* there are more */
};

/* ---- choosing ------------------------------------------------------------------------ */

/* read_filter gives YES, or USAGE after a complaint. */
static int read_filter(struct cli *c, struct filter *f)
{
	const char *older = cli_value(c, "--older");
	*f = (struct filter){.school = cli_value(c, "--school"),
	    .type = cli_value(c, "--type"),
	    .code = cli_value(c, "--code")};
	if (!older)
		return YES;
	struct err e;
	int64_t now_ms = clock_wall_ms(), then_ms;
	char *span = xasprintf("+%s", older);
	int read = when_read(span, now_ms, &then_ms, &e);
	free(span);
	if (read < 0)
		return cli_usage(c, "--older = \"%s\": such as 30m, 12h or 7d", older);
	f->before_ms = 2 * now_ms - then_ms;
	return YES;
}

static bool is_like(const json_t *letter, const char *field, const char *wanted)
{
	return !wanted || strcmp(record_text(letter, field), wanted) == 0;
}

static bool is_wanted(const struct filter *f, const json_t *letter)
{
	return is_like(letter, "school", f->school) && is_like(letter, "type", f->type) &&
	       is_like(letter, "error_code", f->code) &&
	       (!f->before_ms || json_int(letter, "finished_at", 0) < f->before_ms);
}

static void choose(struct chosen *l, json_t *letter)
{
	if (l->count == l->room) {
		l->room = l->room ? 2 * l->room : 64;
		l->letters = xrealloc(l->letters, l->room * sizeof(json_t *));
	}
	l->letters[l->count++] = letter;
}

static void chosen_clear(struct chosen *l)
{
	for (size_t i = 0; i < l->count; i++)
		json_decref(l->letters[i]);
	free(l->letters);
}

/* choose_of_page looks at ids, and stops when there is one more than limit. */
static void choose_of_page(
    struct cli *c, const struct filter *f, const struct reply *ids, size_t limit, struct chosen *l)
{
	char *names[AT_ONCE];
	json_t *letters[AT_ONCE];
	size_t count = reply_count(ids);
	for (size_t i = 0; i < count; i++)
		names[i] = xstrdup(reply_text(reply_at(ids, i), NULL));
	record_fetch(c, names, count, letters);
	for (size_t i = 0; i < count; i++) {
		bool wanted = letters[i] && is_wanted(f, letters[i]);
		if (wanted && l->count < limit) {
			json_object_set_new(letters[i], "id", json_string(names[i]));
			choose(l, json_incref(letters[i]));
		} else if (wanted) {
			l->cut = true;
		}
		json_decref(letters[i]);
		free(names[i]);
	}
}

/* choose_all goes through the dead letters, from the oldest on, up to limit. */
static void choose_all(struct cli *c, const struct filter *f, size_t limit, struct chosen *l)
{
	size_t count = AT_ONCE;
	for (int64_t first = 0; count == AT_ONCE && !l->cut; first += AT_ONCE) {
		struct reply *ids =
		    cli_ask(c, "ZRANGE %sdead %d %d", c->prefix, first, first + AT_ONCE - 1);
		count = reply_count(ids);
		choose_of_page(c, f, ids, limit, l);
		reply_free(ids);
	}
}

/* choose_one takes JOB; false after a complaint. */
static bool choose_one(struct cli *c, struct chosen *l)
{
	const char *id = cli_value(c, "JOB");
	struct reply *died = cli_ask(c, "ZRANK %sdead %s", c->prefix, id);
	bool dead = reply_kind(died) == REPLY_NUMBER;
	reply_free(died);
	json_t *letter = dead ? record_read(c, id) : NULL;
	if (letter) {
		json_object_set_new(letter, "id", json_string(id));
		choose(l, letter);
	} else {
		out_complain("%s is no dead letter", id);
	}
	return letter != NULL;
}

/* ---- showing ------------------------------------------------------------------------- */

static json_t *list_of(const struct chosen *l)
{
	json_t *list = json_array();
	for (size_t i = 0; i < l->count; i++)
		json_array_append(list, l->letters[i]);
	return list;
}

static void print_letters(const struct chosen *l)
{
	static const char *const headings[] = {
	    "!JOB", "3TYPE", "2SCHOOL", "1CLASS", "CODE", "4DIED", NULL};
	struct table t;
	table_start(&t, headings);
	for (size_t i = 0; i < l->count; i++) {
		const json_t *r = l->letters[i];
		char died[32];
		table_cell(&t, PLAIN, "%s", record_text(r, "id"));
		table_cell(&t, PLAIN, "%s", record_text(r, "type"));
		table_cell(&t, PLAIN, "%s", record_text(r, "school"));
		table_cell(&t, PLAIN, "%s", record_text(r, "class"));
		table_cell(&t, RED, "%s", record_text(r, "error_code"));
		table_cell(&t, PLAIN, "%s", out_time(json_int(r, "finished_at", 0), died));
	}
	table_print(&t);
}

int dead_list_run(struct cli *c)
{
	struct filter f;
	struct chosen l = {0};
	int64_t limit = cli_limit(c, LIMIT, LIMIT_MOST);
	if (limit < 0 || read_filter(c, &f) != YES)
		return USAGE;
	choose_all(c, &f, (size_t)limit, &l);
	if (c->json)
		out_json(list_of(&l), false);
	else if (l.count == 0)
		out_say(PLAIN, 0, "No dead letters.");
	else
		print_letters(&l);
	if (l.cut && !c->json)
		out_say(GREY, 0,
		    "There are more: --limit, --school, --type, --code and --older "
		    "say which.");
	chosen_clear(&l);
	return YES;
}

static void print_number(const json_t *letter, const char *label, const char *field)
{
	char text[32];
	(void)!snprintf(text, sizeof text, "%lld", (long long)json_int(letter, field, 0));
	out_field(label, PLAIN, text);
}

static void print_letter(const json_t *letter)
{
	char died[32];
	out_field("Job", BOLD, record_text(letter, "id"));
	out_field("Type", PLAIN, record_text(letter, "type"));
	out_field("School", PLAIN, record_text(letter, "school"));
	out_field("Class", PLAIN, record_text(letter, "class"));
	out_field("Requested by", PLAIN, record_text(letter, "requested_by"));
	out_field("Died", PLAIN, out_time(json_int(letter, "finished_at", 0), died));
	out_field("Code", RED, record_text(letter, "error_code"));
	out_field("Error", PLAIN, record_text(letter, "error"));
	out_field("Phase", PLAIN, record_text(letter, "phase"));
	print_number(letter, "Attempts", "attempt");
	print_number(letter, "Crashes", "crashes");
	puts("\nEnvelope");
	out_json(json_incref(json_object_get(letter, "envelope")), false);
}

/* dead show: with the envelope, which job records do not have. */
int dead_show_run(struct cli *c)
{
	enum { DEPTH = 64 };
	struct chosen l = {0};
	if (!choose_one(c, &l))
		return NO;
	json_t *letter = l.letters[0];
	struct reply *body = cli_ask(c, "HGET %sbodies %s", c->prefix, cli_value(c, "JOB"));
	size_t length;
	const char *text = reply_text(body, &length);
	json_t *envelope = text ? json_read(text, length, DEPTH, NULL) : NULL;
	json_object_set_new(letter, "envelope", envelope ? envelope : json_null());
	reply_free(body);
	if (c->json)
		out_json(json_incref(letter), false);
	else
		print_letter(letter);
	chosen_clear(&l);
	return YES;
}

/* ---- trying again and letting go ------------------------------------------------------ */

/* change calls the function for some letters at a time; gives how many were dead still. */
static int64_t change(struct cli *c, const struct chosen *l, const char *function)
{
	int64_t changed = 0;
	for (size_t first = 0; first < l->count; first += CHANGED_AT_ONCE) {
		struct words w;
		words_init(&w);
		words_add(&w, "FCALL");
		words_add(&w, function);
		words_add(&w, "1");
		words_addf(&w, "%sinbox", c->prefix);
		for (size_t i = first; i < l->count && i < first + CHANGED_AT_ONCE; i++)
			words_add(&w, record_text(l->letters[i], "id"));
		changed += cli_ask_number(c, cli_ask_words(c, &w));
		words_clear(&w);
	}
	return changed;
}

/* choose_given: one job, those that a filter takes, or --all; nothing is no choice. */
static int choose_given(struct cli *c, struct chosen *l)
{
	struct filter f;
	const char *job = cli_value(c, "JOB");
	if (read_filter(c, &f) != YES)
		return USAGE;
	bool filtered = f.school || f.type || f.code || f.before_ms;
	bool all = cli_flag(c, "--all");
	if (job && (filtered || all))
		return cli_usage(c, "either JOB or which ones, not both");
	if (!job && !filtered && !all)
		return cli_usage(c, "which ones? JOB, --school, --type, --code, --older or --all");
	if (job)
		return choose_one(c, l) ? YES : NO;
	choose_all(c, &f, SIZE_MAX, l);
	return YES;
}

static int change_run(struct cli *c, const char *function, const char *done, const char *would)
{
	struct chosen l = {0};
	bool dry = cli_flag(c, "--dry-run");
	int status = choose_given(c, &l);
	if (status != YES)
		return status;
	int64_t changed = dry ? 0 : change(c, &l, function);
	if (c->json) {
		out_json(json_pack("{s:I, s:I, s:b, s:o}", "chosen", (json_int_t)l.count, "changed",
			     (json_int_t)changed, "dry_run", dry, "letters", list_of(&l)),
		    false);
	} else {
		if (dry && l.count > 0)
			print_letters(&l);
		out_say(PLAIN, 0, "%lld %s.", (long long)(dry ? (int64_t)l.count : changed),
		    dry ? would : done);
	}
	chosen_clear(&l);
	return YES;
}

int dead_retry_run(struct cli *c)
{
	return change_run(c, "rollcall1_retry", "tried again", "would be tried again");
}

int dead_drop_run(struct cli *c)
{
	return change_run(c, "rollcall1_drop", "dropped", "would be dropped");
}
