/*
 * Storms: jobs and workers do whatever the dice say, workers die, lines break, and what the
 * queue promises holds all the while. STORM_SEED=n is another storm than the usual one.
 */
#include <stdio.h>
#include <stdlib.h>

#include "worker_rig.h"

enum { STEPS = 2500, SCHOOLS = 4, CLASSES = 5 };

static uint64_t seed = 20260111;

static unsigned dice(unsigned sides)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % sides;
}

static int pushed, opened;
static const char *const types[] = {"create-team", "sync-learners", "check-team", "register"};

static void push_any(void)
{
	char id[16], school[8], class[8], more[96] = "";
	snprintf(id, sizeof id, "j%d", pushed++);
	snprintf(school, sizeof school, "s%u", dice(SCHOOLS));
	snprintf(class, sizeof class, "c%u", dice(CLASSES));
	switch (dice(6)) {
	case 0:
		snprintf(more, sizeof more, ",\"at\":%lld", (long long)clock_wall_ms() + dice(800));
		break;
	case 1:
		snprintf(more, sizeof more, ",\"priority\":\"background\"");
		break;
	case 2:
		snprintf(
		    more, sizeof more, ",\"priority\":\"%s\"", dice(4) ? "interactive" : "bad");
		break;
	}
	rig_push(id, types[dice(4)], school, class, more);
	if (dice(20) == 0)
		rig_push(id, types[dice(4)], school, class, more);
}

static void cancel_any(void)
{
	char id[16];
	snprintf(id, sizeof id, "j%u", dice((unsigned)pushed + 3));
	rig_cancel(id);
}

static struct held *any_held(struct mate *m)
{
	size_t n = rig_holds(m), pick = n ? dice((unsigned)n) : 0;
	list_each (l, &m->held) {
		struct held *h = container_of(l, struct held, link);
		if (pick-- == 0)
			return h->touching ? NULL : h;
	}
	return NULL;
}

static void say_any(struct mate *m)
{
	static const enum ending hows[] = {
	    END_DONE, END_DONE, END_FAILED, END_CANCELLED, END_RELEASE, END_RETRY};
	struct held *h = any_held(m);
	if (!h)
		return;
	if (dice(3)) {
		struct change c;
		change_init(&c);
		if (dice(2))
			words_add(&c.rows, "{}");
		if (dice(4) == 0)
			c.saved = xstrdup("{}");
		rig_touch(m, h, dice(3) == 0, &c);
	} else {
		rig_finish(m, h, hows[dice(6)], dice(4) == 0, clock_wall_ms() + dice(500));
	}
}

static struct mate *any_mate(void)
{
	return crew.mates[dice((unsigned)crew.count)];
}

static void open_one(void)
{
	char name[16];
	snprintf(name, sizeof name, "w%d", opened++);
	rig_mate_later(name, 3 + (int)dice(6));
}

static bool library_is_there(void)
{
	struct err e;
	struct reply *r = redis_askf(rig.redis, 1000, &e, "FCALL_RO rollcall1_build 0");
	reply_free(r);
	return r != NULL;
}

static const char *const pauses[] = {"*", "school:s1", "type:sync-learners"};
enum { PAUSES = sizeof pauses / sizeof *pauses };

static void resume_all(void)
{
	for (int i = 0; i < PAUSES; i++)
		reply_free(rig_reply("FCALL rollcall1_resume 1 " P "inbox %s", pauses[i]));
}

/* Some of the dead are tried again, one is dropped. */
static void raise_some(void)
{
	struct reply *dead = rig_reply("ZRANGE " P "dead 0 9");
	for (size_t i = 0; i < reply_count(dead); i++)
		rig_ask("FCALL rollcall1_%s 1 " P "inbox %s", i ? "retry" : "drop",
		    reply_text(reply_at(dead, i), NULL));
	reply_free(dead);
}

/* One of each kind in turn, so that no storm goes without. */
static void mishap(int which)
{
	switch (which % 9) {
	case 0:
		rig_die(any_mate());
		open_one();
		break;
	case 1:
		rig_ask("CLIENT KILL TYPE normal SKIPME yes");
		break;
	case 2:
		rig_ask("FUNCTION FLUSH");
		WAIT(library_is_there());
		break;
	case 3:
		rig_ask("FCALL rollcall1_abandon 1 " P "inbox %s 1000 1000000",
		    queue_worker(any_mate()->queue));
		break;
	case 4:
		rig_raw("junk", dice(5));
		break;
	case 5:
		rig_ask("DEBUG SLEEP 0.02");
		break;
	case 6:
		rig_ask("FCALL rollcall1_pause 1 " P "inbox %s ann", pauses[which / 9 % PAUSES]);
		break;
	case 7:
		raise_some();
		break;
	case 8:
		resume_all();
		break;
	}
}

static void step(void)
{
	unsigned d = dice(1000);
	if (d < 250)
		push_any();
	else if (d < 290)
		cancel_any();
	else
		say_any(any_mate());
}

static bool all_ended(void)
{
	return rig_number("EXISTS " P "inbox " P "overflowing " P "live " P "due") == 0 &&
	       !rig_list("KEYS rollcall:*:running:*")[0];
}

TEST_SLOW("after any storm of moves, deaths and broken lines every counter equals a recount")
{
	if (getenv("STORM_SEED"))
		seed = strtoull(getenv("STORM_SEED"), NULL, 10);
	crew.per_school = 6;
	rig_begin(NULL);
	for (int i = 0; i < 3; i++)
		open_one();
	WAIT(library_is_there());
	for (int i = 0; i < STEPS; i++) {
		step();
		if (i % 60 == 59)
			mishap(i / 60);
		bool never = false;
		loop_run_until(rig.loop, &never, clock_mono_ms() + dice(4) / 3);
		if (i % 25 == 0)
			rig_recount(false);
	}
	/* then all is let run out, and nothing is left anywhere */
	WAIT(library_is_there());
	resume_all();
	while (!all_ended()) {
		for (int i = 0; i < crew.count; i++)
			rig_finish_all(crew.mates[i]);
		bool never = false;
		loop_run_until(rig.loop, &never, clock_mono_ms() + 20);
	}
	rig_recount(false);
	CHECK_INT(rig_number("EXISTS " P "school_running " P "bodies"), rig_count("dead") > 0);
	for (int i = 0; i < pushed; i++) {
		char id[16];
		snprintf(id, sizeof id, "j%d", i);
		CHECK(rig_field(id, "state")[0]);
	}
	rig_end();
}

/* The record, as text without its rev. */
static char *record(const char *id, int64_t *rev)
{
	struct reply *r = rig_reply("HGETALL " P "job:%s", id);
	struct buf b;
	buf_init(&b, 0);
	*rev = reply_number(reply_field(r, "rev"));
	for (size_t i = 0; i + 1 < reply_count(r); i += 2)
		if (strcmp(reply_text(reply_at(r, i), NULL), "rev") != 0)
			buf_addf(&b, "%s=%s ", reply_text(reply_at(r, i), NULL),
			    reply_text(reply_at(r, i + 1), NULL));
	reply_free(r);
	buf_adds(&b, "");
	return buf_take(&b);
}

TEST_SLOW("an unchanged rev is an unchanged record, and it never goes back")
{
	begin(1);
	char *before[4];
	int64_t rev_before[4];
	static const char *const ids[] = {"j0", "j1", "j2", "j3"};
	rig_push("j0", "create-team", "s", "8B", "");
	rig_push("j1", "sync-learners", "s", "8B", "");
	rig_push("j2", "sync-learners", "s", "8B", "");
	char more[64];
	snprintf(more, sizeof more, ",\"at\":%lld", (long long)clock_wall_ms() + 500);
	rig_push("j3", "check-team", "s", "8C", more);
	for (int k = 0; k < 4; k++)
		before[k] = record(ids[k], &rev_before[k]);
	for (int i = 0; i < 400; i++) {
		struct held *h = any_held(a);
		if (h && i % 4 == 0 && dice(4))
			rig_touch(a, h, dice(2), NULL);
		else if (h && i % 4 == 0)
			rig_finish(a, h,
			    i > 300 ? END_DONE
			    : i % 8 ? END_RETRY
				    : END_RELEASE,
			    false, clock_wall_ms() + 100);
		bool never = false;
		loop_run_until(rig.loop, &never, clock_mono_ms() + 5);
		for (int k = 0; k < 4; k++) {
			int64_t rev;
			char *now = record(ids[k], &rev);
			CHECK(rev >= rev_before[k]);
			if (rev == rev_before[k] && strcmp(now, before[k]) != 0)
				FAIL("%s: rev %lld then %lld\n%s\n%s", ids[k],
				    (long long)rev_before[k], (long long)rev, before[k], now);
			free(before[k]);
			before[k] = now;
			rev_before[k] = rev;
		}
	}
	for (int k = 0; k < 4; k++)
		free(before[k]);
	end();
}
