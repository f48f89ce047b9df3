/*
 * why - why somebody is not in a class: what the register says of them, class by class, what
 * the last sync made of it and what to do about it, and what happened to them so far.
 *
 * Somebody is named by the id of the register, by address or by (a part of) the name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "awaited.h"
#include "clock.h"
#include "cron.h"
#include "events.h"
#include "find_learner.h"
#include "output.h"
#include "record.h"
#include "whereabouts.h"

enum { EVENTS_SHOWN = 20, EVENTS_MOST = 10000, DAY_LENGTH = 16 };

/* What is asked, and what there is to answer from. */
struct asking {
	struct cli *cli;
	const char *school, *learner;
	json_t *record;			 /* owned: the school's */
	const struct school_class *only; /* NULL: all classes of the learner */
	struct school_class *at;	 /* owned */
	size_t count;
	char today[DAY_LENGTH];
	json_t *person; /* owned: {learner, name, email} */
	int64_t most;	/* events */
};

/* ---- the answer ----------------------------------------------------------------------------- */

static const char *time_of(const json_t *object, const char *field, char text[32])
{
	return out_time(json_int(object, field, 0), text);
}

static json_t *events_of(const struct asking *a)
{
	const struct history_event like = {
	    .learner = a->learner,
	    .class_id = a->only ? a->only->id : NULL,
	};
	json_t *events = history_awaited(a->cli, a->school, &like, (size_t)a->most);
	events_name(events, a->at, a->count);
	return events;
}

static bool is_asked_about(const struct asking *a, const struct school_class *k)
{
	if (a->only)
		return a->only == k;
	return school_class_learner(k, a->learner) || json_object_get(k->learners, a->learner);
}

/* Each class in turn; true if all of them are as they should be. */
static bool answer_classes(const struct asking *a, json_t *list)
{
	bool good = true;
	for (size_t i = 0; i < a->count; i++) {
		if (!is_asked_about(a, &a->at[i]))
			continue;
		struct whereabouts s = whereabouts_look(
		    &a->at[i], a->learner, record_text(a->record, "sync_kinds"), a->today);
		good = good && whereabouts_are_right(&s) && (!a->only || s.is_member);
		if (a->cli->json)
			json_array_append_new(list, whereabouts_json(&s));
		else
			whereabouts_print(&s);
	}
	return good;
}

static void print_person(const struct asking *a, const json_t *said)
{
	const char *user_id = json_text_or(said, "user_id", "");
	char at[32], text[512];
	out_field("Learner", BOLD, json_text_or(a->person, "name", ""));
	out_field("Id", PLAIN, a->learner);
	out_field("Address", PLAIN, json_text_or(a->person, "email", ""));
	(void)!snprintf(text, sizeof text, "%s, chosen by %s %s",
	    *user_id ? user_id : json_text_or(said, "address", ""), json_text_or(said, "by", "?"),
	    time_of(said, "at", at));
	out_field("Account", PLAIN, said ? text : "");
}

static void print_events(const json_t *events)
{
	if (json_array_size(events) == 0)
		return;
	puts("");
	events_print(events, true);
}

/* A roster that was not taken: the register is older than it seems. The caller owns what is
 * told of it. */
static json_t *read_roster(const struct asking *a)
{
	struct reply *r = cli_ask(a->cli, "HGETALL %sroster:%s", a->cli->prefix, a->school);
	json_t *hash = hash_of(r, (const char *const[]){"accepted_at", "last_at", NULL});
	json_t *roster = json_pack("{s:I, s:s, s:I, s:s, s:s}", "accepted_at",
	    (json_int_t)json_int(hash, "accepted_at", 0), "format", record_text(hash, "format"),
	    "last_at", (json_int_t)json_int(hash, "last_at", 0), "last_verdict",
	    record_text(hash, "last_verdict"), "last_why", record_text(hash, "last_why"));
	reply_free(r);
	json_decref(hash);
	return roster;
}

static void print_roster(const json_t *roster)
{
	char at[32], accepted[32];
	const char *verdict = json_text_or(roster, "last_verdict", "");
	if (strcmp(verdict, "refused") != 0 && strcmp(verdict, "held") != 0)
		return;
	puts("");
	out_say(ORANGE, 0, "The last roster, %s, was %s: %s. The register is that of %s.",
	    time_of(roster, "last_at", at), verdict, json_text_or(roster, "last_why", "?"),
	    json_int(roster, "accepted_at", 0) > 0 ? time_of(roster, "accepted_at", accepted)
						   : "before");
}

static int answer(struct asking *a)
{
	json_t *matches = matches_awaited(a->cli, a->school);
	json_t *said = json_object_get(matches, a->learner), *classes = json_array();
	if (!a->cli->json)
		print_person(a, said);
	bool good = answer_classes(a, classes);
	json_t *events = events_of(a), *roster = read_roster(a);
	if (a->cli->json) {
		json_t *all = json_copy(a->person);
		json_object_set(all, "override", said ? said : json_null());
		json_object_set(all, "classes", classes);
		json_object_set(all, "history", events);
		json_object_set(all, "roster", roster);
		out_json(all, false);
	} else {
		print_roster(roster);
		print_events(events);
	}
	json_decref(roster);
	json_decref(classes);
	json_decref(events);
	json_decref(matches);
	return good ? YES : NO;
}

/* ---- the command ------------------------------------------------------------------------------ */

/* Whoever has left school and classes is known by the history alone. */
static bool is_in_history(const struct asking *a, const char *learner)
{
	const struct history_event like = {.learner = learner};
	json_t *events = history_awaited(a->cli, a->school, &like, 1);
	bool is = json_array_size(events) > 0;
	json_decref(events);
	return is;
}

static int find_and_answer(struct asking *a)
{
	const char *called = cli_value(a->cli, "LEARNER"), *class = cli_value(a->cli, "CLASS");
	json_t *found = learners_called(a->at, a->count, called);
	int status = NO;
	if (class)
		a->only = school_class_called(a->at, a->count, class);
	if (json_array_size(found) == 0 && is_in_history(a, called))
		json_array_append_new(found, json_pack("{s:s}", "learner", called));
	if (json_array_size(found) == 0) {
		out_complain(
		    "nobody of %s has the id, the address or the name %s", a->school, called);
	} else if (json_array_size(found) > 1) {
		learners_ask_which(a->cli, called, found);
	} else if (!class || a->only) {
		a->person = json_incref(json_array_get(found, 0));
		a->learner = json_text_or(a->person, "learner", "");
		status = answer(a);
	}
	json_decref(found);
	return status;
}

int why_run(struct cli *c)
{
	struct asking a = {.cli = c, .school = cli_value(c, "SCHOOL")};
	a.most = cli_limit(c, EVENTS_SHOWN, EVENTS_MOST);
	if (a.most < 0)
		return USAGE;
	a.record = school_entered(c, a.school);
	if (!a.record)
		return NO;
	(void)cron_day(
	    json_text_or(a.record, "zone", "Africa/Johannesburg"), clock_wall_ms(), a.today);
	a.at = school_classes_read(c, a.school, WITH_LEARNERS | WITH_BY_HAND, &a.count);
	int status = find_and_answer(&a);
	school_classes_free(a.at, a.count);
	json_decref(a.person);
	json_decref(a.record);
	return status;
}
