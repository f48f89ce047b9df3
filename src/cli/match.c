/*
 * match - how many learners of a school are known by an account, who is not and why; and the
 * account of one, said by hand.
 *
 * A learner counts once, in however many classes: matched where one of them found the account.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "awaited.h"
#include "clock.h"
#include "find_learner.h"
#include "map.h"
#include "output.h"
#include "reasons.h"
#include "record.h"

/* ---- who is known --------------------------------------------------------------------------- */

static bool is_unresolved(const char *reason)
{
	return strcmp(reason, "no_email") == 0 || strcmp(reason, "no_account") == 0 ||
	       strcmp(reason, "ambiguous_account") == 0 || strcmp(reason, "other_name") == 0;
}

static json_t *person_of(json_t *people, const char *id)
{
	json_t *person = json_object_get(people, id);
	if (!person) {
		person = json_pack("{s:s, s:s, s:s, s:s, s:b, s:[]}", "learner", id, "name", "",
		    "email", "", "reason", "", "matched", 0, "classes");
		json_object_set_new(people, id, person);
	}
	return person;
}

static void set(json_t *person, const char *field, const char *text)
{
	if (*text)
		json_object_set_new(person, field, json_string(text));
}

static void note(json_t *people, const struct school_class *k, const json_t *told)
{
	const char *id = json_text_or(told, "id", "");
	const json_t *kept = json_object_get(k->learners, id);
	const char *reason = json_text_or(kept, "reason", "");
	json_t *person = person_of(people, id);
	set(person, "name", json_text_or(told, "name", ""));
	set(person, "email", json_text_or(told, "email", ""));
	if (is_unresolved(reason))
		set(person, "reason", reason);
	else if (*json_text_or(kept, "user_id", ""))
		json_object_set_new(person, "matched", json_true());
	json_array_append_new(json_list(person, "classes"), json_string(school_class_name(k)));
}

/* Everybody whom the register has in a class: learner id -> person; the caller owns it. */
static json_t *everybody(const struct school_class *at, size_t count)
{
	json_t *people = json_object(), *one;
	for (size_t i = 0; i < count; i++) {
		size_t n;
		json_array_foreach (json_list(at[i].told, "learners"), n, one)
			if (school_class_is_active(&at[i]) && *json_text_or(one, "id", ""))
				note(people, &at[i], one);
	}
	return people;
}

static int by_reason(const void *a, const void *b)
{
	const json_t *one = *(json_t *const *)a, *other = *(json_t *const *)b;
	int order = strcmp(json_text_or(one, "reason", ""), json_text_or(other, "reason", ""));
	if (order == 0)
		order = strcoll(json_text_or(one, "name", ""), json_text_or(other, "name", ""));
	return order ? order
		     : strcmp(json_text_or(one, "learner", ""), json_text_or(other, "learner", ""));
}

/* The match rate, and who is unresolved; the caller owns it. */
static json_t *report_of(const json_t *people)
{
	size_t all = json_object_size(people), matched = 0, count = 0;
	json_t **at = xcalloc(all + 1, sizeof(json_t *)), *person, *unresolved = json_array();
	const char *id;
	json_object_foreach ((json_t *)(uintptr_t)people, id, person)
		if (json_bool(person, "matched", false))
			matched++;
		else if (*json_text_or(person, "reason", ""))
			at[count++] = person;
	qsort(at, count, sizeof(json_t *), by_reason);
	for (size_t i = 0; i < count; i++)
		json_array_append(unresolved, at[i]);
	free(at);
	return json_pack("{s:I, s:I, s:I, s:I, s:f, s:o}", "learners", (json_int_t)all, "matched",
	    (json_int_t)matched, "unresolved", (json_int_t)count, "untried",
	    (json_int_t)(all - matched - count), "share", all ? (double)matched / (double)all : 0.0,
	    "people", unresolved);
}

/* ---- showing --------------------------------------------------------------------------------- */

static void print_rate(const json_t *report)
{
	long long all = (long long)json_int(report, "learners", 0);
	long long untried = (long long)json_int(report, "untried", 0);
	double share = json_real_value(json_object_get(report, "share"));
	out_say(BOLD, 0, "%lld of %lld learners are matched with an account (%.1f %%).",
	    (long long)json_int(report, "matched", 0), all, share * 100);
	if (untried > 0)
		out_say(
		    GREY, 0, "Nobody has looked for %lld of them yet: rollcall preview.", untried);
}

static void print_unresolved(const json_t *people)
{
	static const char *const headings[] = {
	    "!ID", "NAME", "1ADDRESS", "2CLASS", "~REASON", NULL};
	struct table t;
	size_t i;
	json_t *person;
	if (json_array_size(people) == 0)
		return;
	puts("");
	table_start(&t, headings);
	json_array_foreach (people, i, person) {
		const json_t *first = json_array_get(json_list(person, "classes"), 0);
		table_cell(&t, PLAIN, "%s", json_text_or(person, "learner", ""));
		table_cell(&t, PLAIN, "%s", json_text_or(person, "name", ""));
		table_cell(&t, PLAIN, "%s", json_text_or(person, "email", ""));
		table_cell(&t, PLAIN, "%s", json_string_value(first));
		table_cell(&t, PLAIN, "%s", reason_label("", json_text_or(person, "reason", "")));
	}
	table_print(&t);
}

static void print_matches(const json_t *matches, const json_t *people)
{
	static const char *const headings[] = {"!ID", "NAME", "ACCOUNT", "1BY", "2AT", NULL};
	struct table t;
	const char *id;
	json_t *said;
	if (json_object_size(matches) == 0)
		return;
	puts("");
	out_say(BOLD, 0, "Chosen by hand");
	table_start(&t, headings);
	json_object_foreach ((json_t *)(uintptr_t)matches, id, said) {
		char at[32];
		const char *user_id = json_text_or(said, "user_id", "");
		table_cell(&t, PLAIN, "%s", id);
		table_cell(&t, PLAIN, "%s", json_text_or(json_object_get(people, id), "name", ""));
		table_cell(&t, PLAIN, "%s", *user_id ? user_id : json_text_or(said, "address", ""));
		table_cell(&t, PLAIN, "%s", json_text_or(said, "by", ""));
		table_cell(&t, PLAIN, "%s", out_time(json_int(said, "at", 0), at));
	}
	table_print(&t);
}

static int show(struct cli *c, const char *school, const json_t *people)
{
	json_t *report = report_of(people), *matches = matches_awaited(c, school);
	if (c->json) {
		json_object_set_new(report, "overrides", matches);
		out_json(report, false);
		return YES;
	}
	print_rate(report);
	print_unresolved(json_list(report, "people"));
	print_matches(matches, people);
	json_decref(matches);
	json_decref(report);
	return YES;
}

/* ---- by hand ----------------------------------------------------------------------------------- */

static int choose(struct cli *c, const char *school, const json_t *person)
{
	struct err e;
	bool drop = cli_flag(c, "--drop");
	const struct match m = {
	    .learner = json_text_or(person, "learner", ""),
	    .user_id = cli_value(c, "--user"),
	    .address = cli_value(c, "--address"),
	    .by = cli_who(),
	    .at = clock_wall_ms(),
	};
	if (drop && (m.user_id || m.address))
		return cli_usage(c, "--drop goes without --user and --address");
	if (!drop && match_check(&m, &e) < 0)
		return cli_usage(c, "%s", e.text);
	int status = match_awaited(c, school, &m, drop);
	if (status == YES)
		out_say(PLAIN, 0, "%s (%s): %s from the next sync on.",
		    json_text_or(person, "name", ""), m.learner,
		    drop ? "looked for as everybody is," : "the account that you named,");
	return status;
}

int match_run(struct cli *c)
{
	const char *school = cli_value(c, "SCHOOL"), *called = cli_value(c, "LEARNER");
	bool chooses = cli_value(c, "--user") || cli_value(c, "--address") || cli_flag(c, "--drop");
	size_t count;
	if (chooses != (called != NULL))
		return cli_usage(c, "LEARNER goes with --address, --user or --drop");
	json_t *record = school_entered(c, school);
	if (!record)
		return NO;
	json_decref(record);
	struct school_class *at = school_classes_read(c, school, WITH_LEARNERS, &count);
	json_t *people = everybody(at, count);
	json_t *person = called ? learner_called(c, at, count, called) : NULL;
	int status = !called ? show(c, school, people) : person ? choose(c, school, person) : NO;
	school_classes_free(at, count);
	json_decref(people);
	json_decref(person);
	return status;
}
