/*
 * import - takes a roster into a school: a folder, a zip, or a provider's REST.
 *
 *	lock -> read -> enough of it? -> groups, each against its digest -> enough learners?
 *	-> who is gone -> accept
 *
 * Up to the last step nothing is changed that anybody sees, and the last one is a transaction:
 * so half an upload, a set with faults, two imports at once or a death in between leave the last
 * good set in force. What has changed goes to the register as jobs of the background; a class
 * that the roster has no more is taken off the lists, and nothing is deleted.
 */
#include "import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "output.h"
#include "record.h"

enum { EXCLUDE_DEPTH = 4 };
#define DROP_SHARE 0.2 /* that a set may lack of what the last one had */

/* stop ends the import with a verdict; the reason stands in i->why. */
static bool stop(struct import *i, enum import_end verdict)
{
	i->verdict = verdict;
	return false;
}

/* failed ends it for what Redis or the system said. */
static bool failed(struct import *i)
{
	return stop(i, i->why.code == ERR_LOST ? IMPORT_BUSY : IMPORT_UNREACHED);
}

/* ---- the school ----------------------------------------------------------------------------- */

static const char *setting(const struct import *i, const char *name)
{
	return json_text_or(i->settings, name, "");
}

/* Today, or the day that was given: for a set of another year. */
static bool read_today(struct import *i)
{
	char now[32], today[DAY_ROOM];
	const char *said = cli_value(i->c, "--today");
	if (!day_of(said ? said : clock_iso(clock_wall_ms(), now), &i->rules.today))
		return false;
	(void)snprintf(i->today, sizeof i->today, "%.4s", day_text(i->rules.today, today));
	return true;
}

static bool read_exclude(struct import *i)
{
	struct err e;
	const char *text = setting(i, "exclude");
	i->exclude = *text ? json_read(text, strlen(text), EXCLUDE_DEPTH, &e) : json_object();
	if (json_is_object(i->exclude))
		return true;
	err_set(&i->why, ERR_INPUT,
	    "the school's setting exclude cannot be read, so nobody knows what is to be left out; "
	    "set it again");
	return stop(i, IMPORT_REFUSED);
}

static bool read_school(struct import *i)
{
	struct reply *r = cli_ask(i->c, "HGETALL %sschool:%s", i->c->prefix, i->school);
	i->settings = hash_of(r, (const char *const[]){NULL});
	reply_free(r);
	if (!i->settings) {
		err_set(
		    &i->why, ERR_USAGE, "no school %s is entered: rollcall school set", i->school);
		return stop(i, IMPORT_NO_SCHOOL);
	}
	i->rules.source = setting(i, "source");
	i->rules.staff_domain = setting(i, "staff_domain");
	i->rules.year = *setting(i, "current_year") ? setting(i, "current_year") : i->today;
	if (!read_exclude(i))
		return false;
	i->rules.exclude = i->exclude;
	return true;
}

/* ---- reading the set ------------------------------------------------------------------------- */

static bool read_files(struct import *i, const char *path)
{
	bool delta = false;
	enum roster_format format;
	if (roster_set_look(path, &format, &delta, &i->faults) < 0)
		return false;
	if (delta && import_base(i, &i->why) < 0)
		return false;
	return roster_set_read(&i->set, path, NULL, &i->faults) == 0;
}

static bool read_set(struct import *i)
{
	const char *path = cli_value(i->c, "PATH");
	bool good = path ? read_files(i, path) : import_pull(i, &i->why) == 0;
	if (good && !faults_refuse(&i->faults))
		return true;
	if (i->why.code == ERR_LOST)
		return failed(i);
	if (i->why.code == 0)
		err_set(&i->why, ERR_INPUT,
		    "the set cannot be used as it is; the last accepted one stays in force");
	return stop(i, IMPORT_REFUSED);
}

/* ---- is it this school's? ----------------------------------------------------------------------- */

static const char several[] = "*";

/* schools_of gives the id of the school whose classes these are; "" if none has any. */
static const char *schools_of(const struct roster_set *s)
{
	const char *found = "";
	for (size_t n = 0; n < s->class_count; n++) {
		const struct set_org *school = s->classes[n]->school;
		if (!school || strcmp(school->id, found) == 0)
			continue;
		if (*found)
			return several;
		found = school->id;
	}
	return found;
}

static void warn_of_several(struct import *i)
{
	faults_add(&i->faults, FAULT_NOTE, "several_schools", (struct fault_at){0},
	    "If only one of them is this school, import again with --org and its id",
	    "The set has classes of several schools, and all of them are taken");
}

/* Where nobody says which school of a set it is, it has to be the one that it was before: all
 * classes of a district, or of a neighbour, would be made for the wrong people. */
static bool is_this_school(struct import *i)
{
	i->schools = schools_of(&i->set);
	bool are_several = strcmp(i->schools, several) == 0 && !*i->rules.org;
	if (are_several)
		warn_of_several(i);
	if (*i->rules.org || !*i->last.schools || strcmp(i->schools, i->last.schools) == 0 ||
	    cli_flag(i->c, "--accept-drop"))
		return true;
	err_set(&i->why, ERR_INPUT,
	    "the classes are those of %s%.60s%s, where the last accepted set had those of %s; say "
	    "which school this one is (--org ID), or agree to all of them (--accept-drop). The "
	    "last set stays in force",
	    are_several ? "several schools" : "the school \"", are_several ? "" : i->schools,
	    are_several ? "" : "\"", *i->last.schools == '*' ? "several" : "another");
	return stop(i, IMPORT_HELD);
}

/* ---- is it enough? ------------------------------------------------------------------------------ */

/* drop_share reads the school's setting: 20, "20 %" and 0.2 are the same; 1 is all, "1 %" is not. */
static double drop_share(const struct import *i)
{
	const char *text = setting(i, "drop_share");
	char *end;
	double share = strtod(text, &end);
	if (end == text || share < 0)
		return DROP_SHARE;
	return share > 1 || strchr(end, '%') ? share / 100 : share;
}

static bool is_enough(struct import *i, const char *what, int64_t before, int64_t now)
{
	double share = drop_share(i);
	if (cli_flag(i->c, "--accept-drop") || (double)(before - now) <= share * (double)before)
		return true;
	err_set(&i->why, ERR_INPUT,
	    "%s: %lld, where the last accepted set had %lld; a drop of more than %.0f %% is taken "
	    "only when somebody agrees to it (--accept-drop). The last set stays in force",
	    what, (long long)now, (long long)before, share * 100);
	return stop(i, IMPORT_HELD);
}

/* A delta is read into the classes that are the school's, which may be few of those that a set
 * of a district had; what it takes away of them the groups tell. */
static bool set_is_enough(struct import *i)
{
	for (size_t n = 0; n < i->set.class_count; n++)
		i->enrolments += (int64_t)i->set.classes[n]->count;
	if (i->set.delta)
		return true;
	return is_enough(i, "classes", i->last.classes, (int64_t)i->set.class_count) &&
	       is_enough(i, "users", i->last.people, (int64_t)i->set.person_count) &&
	       is_enough(i, "enrolments", i->last.enrolments, i->enrolments);
}

/* A set in which nobody is in a class is an export that went wrong, or a year that is over. */
static bool groups_are_enough(struct import *i)
{
	int64_t members = (int64_t)i->told.members;
	if (members > 0 || cli_flag(i->c, "--accept-drop"))
		return is_enough(i, "learners in classes", i->last.members, members);
	err_set(&i->why, ERR_INPUT,
	    "no learner is in any class of this school year; such a set is taken only when "
	    "somebody "
	    "agrees to it (--accept-drop)");
	return stop(i, IMPORT_HELD);
}

/* ---- is it this year's? ------------------------------------------------------------------------- */

/* Without the sessions that could not be read another year may seem to run: then all classes would
 * change places. One that has begun since is the one that runs. */
static bool is_this_year(struct import *i)
{
	char starts[DAY_ROOM];
	const char *before = setting(i, "current_year");
	struct school_year now = roster_year(&i->set, i->rules.today);
	int order = strncmp(day_text(now.starts, starts), before, 4);
	if (!i->set.unread.sessions || !*i->last.import || !*before || now.starts == NO_DAY ||
	    order == 0 || (order > 0 && now.starts <= i->rules.today) ||
	    cli_flag(i->c, "--accept-drop"))
		return true;
	err_set(&i->why, ERR_INPUT,
	    "sessions could not be read, and without them the school year that runs would be that "
	    "of %.4s, where it was that of %.20s; mend them, or agree (--accept-drop). The last "
	    "set "
	    "stays in force",
	    starts, before);
	return stop(i, IMPORT_HELD);
}

/* ---- groups ----------------------------------------------------------------------------------- */

/* Another year begins when the last one is over: a first day that was moved makes none, nor does
 * a set that says nothing of years. */
static bool is_another_year(const struct import *i)
{
	int32_t ends = NO_DAY;
	return day_of(i->last.year_ends, &ends) && i->told.year.starts >= ends;
}

/* A source that gave all its classes new ids in the middle of a year would have every Team made
 * once more. In another year other classes are what is expected. */
static bool same_classes_enough(struct import *i)
{
	int64_t gone = 0, before = (int64_t)i->last.count;
	for (size_t n = 0; n < i->last.count; n++)
		gone += !map_get(&i->seen, i->last.classes_at[n]);
	if (is_another_year(i))
		return true;
	return is_enough(i, "classes of the last set", before, before - gone);
}

static bool take_groups(struct import *i)
{
	int rc = import_classes(i);
	if (rc >= 0 && (!groups_are_enough(i) || !same_classes_enough(i)))
		return false;
	if (rc >= 0)
		rc = import_gone(i);
	return rc >= 0 || failed(i);
}

/* ---- accepting ---------------------------------------------------------------------------------- */

/* The year that runs is the roster's to say (requirements 12.9); of a set that says nothing of
 * years it is the one in which the school began, until somebody sets another. */
static void school_fields(const struct import *i, struct words *w)
{
	char starts[DAY_ROOM];
	words_add(w, "current_year");
	if (i->told.year.starts == NO_DAY)
		words_add(w, i->rules.year);
	else
		words_addf(w, "%.4s", day_text(i->told.year.starts, starts));
}

static int commit(struct import *i)
{
	struct words fields, of_school;
	words_init(&fields);
	words_init(&of_school);
	import_fields(i, &fields);
	school_fields(i, &of_school);
	char *base = import_base_text(i);
	char *detail = xasprintf("classes=%zu new=%lld changed=%lld gone=%lld%s",
	    i->set.class_count, (long long)i->fresh, (long long)i->changed, (long long)i->gone,
	    cli_flag(i->c, "--accept-drop") ? " drop=accepted" : "");
	struct roster_acceptance a = {.before = i->last.import,
	    .base = base,
	    .fields = &fields,
	    .of_school = &of_school,
	    .detail = detail,
	    .history = i->c->config.records.history};
	int rc = rosters_accept(&i->store, &a, &i->why);
	free(base);
	free(detail);
	words_clear(&fields);
	words_clear(&of_school);
	return rc;
}

static bool accept(struct import *i)
{
	if (cli_flag(i->c, "--dry-run"))
		return stop(i, IMPORT_CHECKED);
	i->verdict = strcmp(i->digest, i->last.digest) == 0 ? IMPORT_UNCHANGED : IMPORT_ACCEPTED;
	return commit(i) == 0 || failed(i);
}

/* note_refusal keeps what became of it, for whoever looks at the school tomorrow. */
static void note_refusal(struct import *i)
{
	struct err e;
	struct words w;
	if ((i->verdict != IMPORT_REFUSED && i->verdict != IMPORT_HELD) || !i->store.locked ||
	    cli_flag(i->c, "--dry-run"))
		return;
	words_init(&w);
	import_fields(i, &w);
	if (rosters_note(&i->store, &w, &e) < 0)
		out_complain("%s", e.text);
	words_clear(&w);
}

static bool lock(struct import *i)
{
	return rosters_begin(&i->store, i->c->redis, i->c->prefix, i->school, i->by, &i->why) ==
		   0 ||
	       failed(i);
}

/* Which school of a district it is, is said once and then remembered. */
static bool read_last(struct import *i)
{
	const char *org = cli_value(i->c, "--org");
	if (rosters_read(&i->store, &i->last, &i->why) < 0)
		return failed(i);
	i->rules.org = org ? org : i->last.org;
	return true;
}

static void run(struct import *i)
{
	if (read_school(i) && lock(i) && read_last(i) && read_set(i) && is_this_school(i) &&
	    is_this_year(i) && set_is_enough(i) && take_groups(i))
		(void)accept(i);
	note_refusal(i);
	rosters_end(&i->store);
}

/* ---- the command --------------------------------------------------------------------------------- */

static void clear(struct import *i)
{
	roster_set_clear(&i->set);
	roster_accepted_clear(&i->last);
	faults_clear(&i->faults);
	map_clear(&i->seen);
	json_decref(i->settings);
	json_decref(i->exclude);
	free(i->head);
}

static int status_of(enum import_end v)
{
	switch (v) {
	case IMPORT_ACCEPTED:
	case IMPORT_UNCHANGED:
	case IMPORT_CHECKED:
		return YES;
	case IMPORT_HELD:
	case IMPORT_REFUSED:
	case IMPORT_BUSY:
	case IMPORT_NO_SCHOOL:
		return NO;
	case IMPORT_UNREACHED:
		break;
	}
	return UNREACHED;
}

static void warn_of_no_worker(const struct import *i)
{
	bool is_on_its_way = i->verdict <= IMPORT_UNCHANGED && i->store.pieces > 0;
	if (is_on_its_way &&
	    cli_ask_number(i->c, cli_ask(i->c, "EXISTS %salive", i->c->prefix)) == 0)
		out_complain("no worker is online: the register has it when one is");
}

int import_run(struct cli *c)
{
	const char *by = cli_value(c, "--by");
	struct import i = {.c = c, .school = cli_value(c, "SCHOOL"), .by = by ? by : cli_who()};
	if (!cli_value(c, "PATH") == !cli_value(c, "--from"))
		return cli_usage(c, "name a folder or a zip, or --from a provider");
	if (!read_today(&i))
		return cli_usage(
		    c, "--today = \"%s\": a day, such as 2026-11-22", cli_value(c, "--today"));
	roster_set_init(&i.set);
	faults_init(&i.faults);
	map_init(&i.seen);
	map_init(&i.last.digests);
	import_bound_memory(&i);
	run(&i);
	import_report(&i);
	warn_of_no_worker(&i);
	int status = status_of(i.verdict);
	clear(&i);
	return status;
}
