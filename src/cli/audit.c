/*
 * audit - is every job where its record says, and do the counters say what is there? It only
 * reads, and a little in each call, so it may be run on any queue at any time.
 *
 * Every move of a job is one call of the library, and so is every look: a job is judged by
 * all its places at one instant, and what was judged so is certain. Two numbers have to be
 * added up over many calls: the jobs that wait behind their class, and the records of ended
 * jobs. While jobs move these are a little off, each time by another number. So they are
 * looked at again, and called drift only when they are off by the same number every time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "record.h"

enum { JOBS_AT_ONCE = 40, PAGE = 50, KEYS_AT_ONCE = 500, LOOKS = 3, FAULTS_SHOWN = 100 };

/* What audit_sums says of one instant. */
struct sums {
	int64_t behind, listed, ended, alive;
};

struct audit {
	struct cli *cli;
	json_t *faults;		  /* owned */
	char *jobs[JOBS_AT_ONCE]; /* owned: ids to be judged together */
	size_t jobs_count;
	char **places; /* owned: keys to be gone through */
	size_t places_count, places_room;
	int64_t records, ended; /* seen in this round */
};

static void take_faults(struct audit *a, const struct reply *r, size_t first)
{
	for (size_t i = first; i < reply_count(r); i++)
		json_array_append_new(a->faults, json_string(reply_text(reply_at(r, i), NULL)));
}

/* ---- jobs ------------------------------------------------------------------------------ */

static void judge_jobs(struct audit *a)
{
	struct words w;
	if (a->jobs_count == 0)
		return;
	words_init(&w);
	words_add(&w, "FCALL_RO");
	words_add(&w, "rollcall1_audit_jobs");
	words_add(&w, "1");
	words_addf(&w, "%sinbox", a->cli->prefix);
	for (size_t i = 0; i < a->jobs_count; i++) {
		words_add(&w, a->jobs[i]);
		free(a->jobs[i]);
	}
	struct reply *r = cli_ask_words(a->cli, &w);
	a->records += (int64_t)a->jobs_count;
	a->ended += reply_number(reply_at(r, 0));
	take_faults(a, r, 1);
	reply_free(r);
	words_clear(&w);
	a->jobs_count = 0;
}

static bool begins(const char *name, const char *with)
{
	return strncmp(name, with, strlen(with)) == 0;
}

/* sort_key takes a key, without the prefix: a record is judged, a place is for later. */
static void sort_key(struct audit *a, const char *name)
{
	if (begins(name, "job:") && !strchr(name + 4, ':')) {
		a->jobs[a->jobs_count++] = xstrdup(name + 4);
		if (a->jobs_count == JOBS_AT_ONCE)
			judge_jobs(a);
	} else if (begins(name, "lane:") || begins(name, "held:") || begins(name, "running:")) {
		if (a->places_count == a->places_room) {
			a->places_room = a->places_room ? 2 * a->places_room : 64;
			a->places = xrealloc(a->places, a->places_room * sizeof *a->places);
		}
		a->places[a->places_count++] = xstrdup(name);
	}
}

static void judge_keys(struct audit *a)
{
	size_t prefix = strlen(a->cli->prefix);
	int64_t cursor = 0;
	a->records = a->ended = 0;
	do {
		struct reply *r = cli_ask(a->cli, "SCAN %d MATCH %s* COUNT %d", cursor,
		    a->cli->prefix, (int64_t)KEYS_AT_ONCE);
		const struct reply *keys = reply_at(r, 1);
		for (size_t i = 0; i < reply_count(keys); i++)
			sort_key(a, reply_text(reply_at(keys, i), NULL) + prefix);
		cursor = reply_number(reply_at(r, 0));
		reply_free(r);
	} while (cursor != 0);
	judge_jobs(a);
}

/* ---- places ---------------------------------------------------------------------------- */

/* judge_place goes through one; gives how many wait behind their class there. */
static int64_t judge_place(struct audit *a, const char *place)
{
	int64_t cursor = 0, behind = 0;
	do {
		struct reply *r =
		    cli_ask(a->cli, "FCALL_RO rollcall1_audit_place 1 %sinbox %s %d %d",
			a->cli->prefix, place, cursor, (int64_t)PAGE);
		cursor = reply_number(reply_at(r, 0));
		behind += reply_number(reply_at(r, 1));
		take_faults(a, r, 2);
		reply_free(r);
	} while (cursor != 0);
	return behind;
}

static void forget_places(struct audit *a)
{
	for (size_t i = 0; i < a->places_count; i++)
		free(a->places[i]);
	a->places_count = 0;
}

static void judge_places(struct audit *a)
{
	static const char *const fixed[] = {"due", "trial", "dead", "finished"};
	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		(void)judge_place(a, fixed[i]);
	for (size_t i = 0; i < a->places_count; i++)
		(void)judge_place(a, a->places[i]);
	forget_places(a);
}

/* ---- counters ---------------------------------------------------------------------------- */

/* sums_read takes the faults over where they are wanted: they are certain each time. */
static struct sums sums_read(struct audit *a, bool with_faults)
{
	struct reply *r =
	    cli_ask(a->cli, "FCALL_RO rollcall1_audit_sums 1 %sinbox", a->cli->prefix);
	struct sums s = {reply_number(reply_at(r, 0)), reply_number(reply_at(r, 1)),
	    reply_number(reply_at(r, 2)), reply_number(reply_at(r, 3))};
	if (with_faults)
		take_faults(a, r, 4);
	reply_free(r);
	return s;
}

static void drifted(struct audit *a, const char *what, int64_t off)
{
	char text[160];
	(void)!snprintf(text, sizeof text, "%s: off by %lld, however often it is counted", what,
	    (long long)off);
	json_array_append_new(a->faults, json_string(text));
}

/* Jobs behind their class: a number that moved while it was counted may be anything between. */
static void compare_behind(struct audit *a)
{
	int64_t off = 0;
	for (int look = 0; look < LOOKS; look++) {
		struct audit count = {.cli = a->cli, .faults = json_array()};
		int64_t before = sums_read(a, false).behind;
		int64_t behind = judge_place(&count, "live");
		int64_t after = sums_read(a, false).behind;
		if (look == 0)
			json_array_extend(a->faults, count.faults);
		json_decref(count.faults);
		int64_t low = before < after ? before : after;
		int64_t high = before < after ? after : before;
		int64_t now_off = behind < low ? behind - low : behind > high ? behind - high : 0;
		if (low < 0 || now_off == 0 || (look > 0 && now_off != off))
			return;
		off = now_off;
	}
	drifted(a, "jobs that wait behind their class", off);
}

/* Records of ended jobs: only while none ends, for a scan may meet one twice or not at all. */
static void compare_ended(struct audit *a, const struct sums *before)
{
	struct sums after = sums_read(a, false);
	int64_t off = a->ended - after.listed;
	if (after.ended != before->ended || after.listed != before->listed || off == 0)
		return;
	struct audit again = {.cli = a->cli, .faults = json_array()};
	judge_keys(&again);
	forget_places(&again);
	free(again.places);
	json_decref(again.faults);
	struct sums last = sums_read(a, false);
	if (last.ended == before->ended && again.ended - last.listed == off)
		drifted(a, "records of ended jobs and the list by which they are trimmed", off);
}

/* ---- the whole -------------------------------------------------------------------------- */

static void say_result(const struct audit *a, const struct sums *s)
{
	size_t faults = json_array_size(a->faults);
	for (size_t i = 0; i < faults && i < FAULTS_SHOWN; i++)
		out_say(RED, 0, "%s", json_string_value(json_array_get(a->faults, i)));
	if (faults > FAULTS_SHOWN)
		out_say(GREY, 0, "%zu more (--json has them all).", faults - FAULTS_SHOWN);
	out_say(PLAIN, 0, "%lld jobs alive, %lld records looked at: %s", (long long)s->alive,
	    (long long)a->records, faults ? "drift." : "every place and every counter is right.");
}

int audit_run(struct cli *c)
{
	struct audit a = {.cli = c, .faults = json_array()};
	struct sums before = sums_read(&a, true);
	judge_keys(&a);
	compare_ended(&a, &before);
	judge_places(&a);
	compare_behind(&a);
	struct sums after = sums_read(&a, json_array_size(a.faults) == 0);
	bool right = json_array_size(a.faults) == 0;
	if (c->json)
		out_json(json_pack("{s:b, s:I, s:I, s:O}", "right", right, "alive",
			     (json_int_t)after.alive, "records", (json_int_t)a.records, "faults",
			     a.faults),
		    false);
	else
		say_result(&a, &after);
	free(a.places);
	json_decref(a.faults);
	return right ? YES : NO;
}
