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
#include "reasons.h"
#include "record.h"

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

/* Somebody in one class. */
struct standing_in {
	const struct school_class *class;
	const char *learner;
	const json_t *told;	 /* by the register; NULL: not in the class */
	const json_t *kept;	 /* by the last sync; NULL: nothing */
	const json_t *exception; /* of their account, in force or over; NULL */
	bool excepted;		 /* and it is in force */
	bool begins_later, is_over;
	bool is_chosen; /* the night makes classes of this kind */
	bool is_member; /* as far as it is known */
};

/* ---- looking ------------------------------------------------------------------------------ */

static bool comes_after(const char *day, const char *today)
{
	return *day && strcmp(day, today) > 0;
}

static bool is_among(const char *kinds, const char *kind)
{
	size_t length = strlen(kind);
	for (const char *at = kinds; *at; at += strcspn(at, ","), at += *at == ',')
		if (strcspn(at, ",") == length && strncmp(at, kind, length) == 0)
			return true;
	return false;
}

static struct standing_in look(const struct school_class *k, const struct asking *a)
{
	struct standing_in s = {.class = k, .learner = a->learner};
	const char *learner = a->learner, *today = a->today;
	s.is_chosen = is_among(record_text(a->record, "sync_kinds"), school_class_kind(k));
	s.told = school_class_learner(k, learner);
	s.kept = json_object_get(k->learners, learner);
	const char *user_id = json_text_or(s.kept, "user_id", "");
	const char *until = json_text_or(s.told, "until", "");
	s.exception = *user_id ? json_object_get(k->exceptions, user_id) : NULL;
	s.excepted = exception_holds(s.exception, today);
	s.begins_later = comes_after(json_text_or(s.told, "from", ""), today);
	s.is_over = *until && !comes_after(until, today);
	s.is_member = strcmp(json_text_or(s.kept, "status", ""), "synced") == 0;
	return s;
}

/* Of a class that is in Microsoft 365, or that the next night makes. */
static bool is_member_expected(const struct standing_in *s)
{
	bool is_there = *record_text(s->class->record, "team_id");
	return s->told && !s->begins_later && !s->is_over && school_class_is_active(s->class) &&
	       (is_there || s->is_chosen);
}

/* is_as_it_should: a member, or nobody who should be one. */
static bool is_as_it_should(const struct standing_in *s)
{
	return s->is_member || !is_member_expected(s);
}

/* ---- one class in words -------------------------------------------------------------------- */

static const char *day_of_record(const json_t *object, const char *field, char text[32])
{
	return out_time(json_int(object, field, 0), text);
}

/* Of somebody who is not in the register of the class, or not now. */
static char *out_of_register(const struct standing_in *s)
{
	const char *left_on = json_text_or(s->kept, "left_on", "");
	const char *still = s->is_member ? " Still in Microsoft 365 until the next sync." : "";
	if (s->begins_later)
		return xasprintf("The register has them in this class from %s on.%s",
		    json_text_or(s->told, "from", ""), still);
	if (s->is_over)
		return xasprintf("The register had them in this class until %s.%s",
		    json_text_or(s->told, "until", ""), still);
	if (s->kept)
		return xasprintf("Not in the register of this class any more%s%s.%s",
		    *left_on ? ", since " : "", left_on, still);
	return xstrdup("Not in the register of this class.");
}

static char *excepted(const struct standing_in *s)
{
	char at[32];
	const char *until = json_text_or(s->exception, "until", "");
	return xasprintf("Changed by hand in Microsoft 365, and the school lets that stand%s%s: %s "
			 "decided so %s.",
	    *until ? " until " : "", until, json_text_or(s->exception, "by", "somebody"),
	    day_of_record(s->exception, "at", at));
}

static char *not_synced(const struct standing_in *s)
{
	const char *reason = json_text_or(s->kept, "reason", "");
	const char *last = record_text(s->class->record, "last_sync_at");
	char at[32];
	if (*reason)
		return xasprintf("%s. %s", reason_label("", reason), reason_action("", reason));
	if (!*last)
		return xstrdup("The class was never synced: press Sync Learners, or wait for the "
			       "night.");
	return xasprintf("Came into the class since its last sync, %s: press Sync Learners, or "
			 "wait for the night.",
	    out_time(strtoll(last, NULL, 10), at));
}

static char *not_there(const struct standing_in *s)
{
	const char *note = record_text(s->class->record, "note");
	if (*note)
		return xasprintf("The class is not in Microsoft 365. %s", note);
	return xasprintf("The class is not in Microsoft 365. %s",
	    s->is_chosen ? "The next night makes it, or Create Team."
			 : "The night makes none of this kind; Create Team does.");
}

/* sentence_of says how it is and why; free it. */
static char *sentence_of(const struct standing_in *s)
{
	char at[32];
	const struct school_class *k = s->class;
	if (!s->told || s->begins_later || s->is_over)
		return out_of_register(s);
	if (!school_class_is_active(k))
		return xstrdup("The class itself is not in the register any more.");
	if (s->is_member)
		return xasprintf(
		    "In the class in Microsoft 365, as of %s.", day_of_record(s->kept, "at", at));
	if (!*record_text(k->record, "team_id"))
		return not_there(s);
	return s->excepted ? excepted(s) : not_synced(s);
}

static json_t *standing_json(const struct standing_in *s)
{
	const char *reason = json_text_or(s->kept, "reason", "");
	char *why = sentence_of(s);
	json_t *told = json_pack("{s:s, s:s, s:b, s:b, s:b, s:s, s:s, s:s}", "class", s->class->id,
	    "group", school_class_name(s->class), "in_register", s->told != NULL, "member",
	    s->is_member, "as_it_should", is_as_it_should(s), "why", why, "reason", reason,
	    "remedy", reason_action("", reason));
	static const char *const of_told[] = {"from", "until"};
	static const char *const of_kept[] = {"status", "user_id", "matched", "email"};
	for (size_t i = 0; i < sizeof of_told / sizeof *of_told; i++)
		json_object_set_new(
		    told, of_told[i], json_string(json_text_or(s->told, of_told[i], "")));
	for (size_t i = 0; i < sizeof of_kept / sizeof *of_kept; i++)
		json_object_set_new(
		    told, of_kept[i], json_string(json_text_or(s->kept, of_kept[i], "")));
	free(why);
	return told;
}

static void print_standing(const struct standing_in *s)
{
	char *why = sentence_of(s);
	puts("");
	out_say(BOLD, 0, "%s (%s)", school_class_name(s->class), s->class->id);
	out_say(s->is_member ? GREEN : is_as_it_should(s) ? GREY : ORANGE, 2, "%s", why);
	free(why);
}

/* ---- the answer ----------------------------------------------------------------------------- */

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
		struct standing_in s = look(&a->at[i], a);
		good = good && is_as_it_should(&s) && (!a->only || s.is_member);
		if (a->cli->json)
			json_array_append_new(list, standing_json(&s));
		else
			print_standing(&s);
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
	    day_of_record(said, "at", at));
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
	    day_of_record(roster, "last_at", at), verdict, json_text_or(roster, "last_why", "?"),
	    json_int(roster, "accepted_at", 0) > 0 ? day_of_record(roster, "accepted_at", accepted)
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
