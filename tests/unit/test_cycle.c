/* From the inbox to a worker: what is admitted, what is not, and whose turn it is. */
#include <stdio.h>
#include <stdlib.h>

#include "json.h"
#include "queue_rig.h"

static struct mate *a;

static void begin(int room)
{
	rig_begin(NULL);
	a = rig_mate("a", room);
}

static void end(void)
{
	rig_recount(false);
	rig_end();
}

static bool is(const char *id, const char *state)
{
	return strcmp(rig_field(id, "state"), state) == 0;
}

static void finish(struct mate *m, const char *id)
{
	rig_finish(m, rig_held(m, id), END_DONE, false, 0);
}

/* The next job that a worker with room for one takes; it is finished at once. */
static const char *next_job(struct mate *m)
{
	static char id[65];
	m->room = 1;
	queue_room_grew(m->queue);
	WAIT(rig_first(m));
	text_copy(id, sizeof id, rig_first(m)->ticket.id);
	m->room = 0;
	finish(m, id);
	WAIT(queue_is_said(m->queue));
	return id;
}

/* ---- admission ---- */

TEST("one plain push becomes a job with its record")
{
	begin(10);
	int64_t before = clock_wall_ms();
	rig_push("j1", "sync-learners", "green-hill", "8B-2026", ",\"requested_by\":\"staff-17\"");
	WAIT(rig_held(a, "j1"));
	CHECK_STR(rig_field("j1", "type"), "sync-learners");
	CHECK_STR(rig_field("j1", "school"), "green-hill");
	CHECK_STR(rig_field("j1", "class"), "8B-2026");
	CHECK_STR(rig_field("j1", "requested_by"), "staff-17");
	CHECK_STR(rig_field("j1", "crashes"), "0");
	int64_t queued_at = rig_number("HGET " P "job:j1 queued_at");
	CHECK(queued_at >= before && queued_at <= clock_wall_ms());
	CHECK_INT(rig_number("LLEN " P "inbox"), 0);
	CHECK_INT(rig_count("running"), 1);
	CHECK_INT(rig_number("EXISTS " P "alive"), 1);
	CHECK_INT(rig_number("HLEN " P "counts"), 7);
	end();
}

TEST("the same id twice is one job, whatever has become of it")
{
	begin(10);
	rig_sync("j1", "s", "8B");
	rig_sync("j1", "s", "8B");
	WAIT(rig_held(a, "j1") && rig_number("LLEN " P "inbox") == 0);
	rig_sync("j1", "s", "8B");
	rig_push("j1", "create-team", "other", "9A", "");
	rig_raw("{\"id\":\"j1\"", strlen("{\"id\":\"j1\""));
	rig_sync("j2", "s", "8C");
	WAIT(rig_held(a, "j2"));
	CHECK_STR(rig_field("j1", "rev"), "2");
	CHECK_STR(rig_field("j1", "type"), "sync-learners");
	finish(a, "j1");
	rig_sync("j1", "s", "8B");
	rig_sync("j3", "s", "8D");
	WAIT(rig_held(a, "j3"));
	CHECK(is("j1", "done"));
	CHECK_INT(a->claims, 3);
	CHECK_INT(rig_count("done"), 1);
	end();
}

TEST("a bad envelope with an id is a failed job, and its text is kept")
{
	begin(10);
	static const char text[] =
	    "{\"v\":2,\"id\":\"j1\",\"type\":\"sync-learners\",\"school\":\"s\"}";
	rig_raw(text, sizeof text - 1);
	rig_raw(text, sizeof text - 1);
	WAIT(is("j1", "failed"));
	CHECK_STR(rig_field("j1", "error_code"), "bad_envelope");
	CHECK_HAS(rig_field("j1", "error"), "v must be the number 1");
	CHECK(rig_number("HGET " P "job:j1 finished_at") > 0);
	CHECK_INT(rig_count("failed"), 1);
	CHECK_INT(rig_number("LLEN " P "bad"), 1);
	json_t *kept =
	    json_read(rig_ask("LINDEX " P "bad 0"), strlen(rig_ask("LINDEX " P "bad 0")), 8, NULL);
	CHECK_STR(json_text(kept, "envelope"), text);
	CHECK_HAS(json_text(kept, "why"), "v must be the number 1");
	CHECK(json_int(kept, "at", 0) > 0);
	json_decref(kept);
	CHECK_INT(a->claims, 0);
	end();
}

TEST("junk is kept as valid JSON and becomes no job")
{
	begin(10);
	static const char *const texts[] = {"hello", "[1]", "{\"id\":7}", "\xff\xfe \"x\"\n\\ \x7f",
	    "{\"v\":1,\"id\":\"caf\xc3\xa9\"}"};
	for (int i = 0; i < 5; i++)
		rig_raw(texts[i], strlen(texts[i]));
	rig_raw("a\0b", 3);
	WAIT(rig_number("LLEN " P "bad") == 6);
	for (int i = 0; i < 6; i++) {
		struct reply *r = rig_reply("LINDEX " P "bad %d", i);
		size_t length;
		const char *text = reply_text(r, &length);
		json_t *kept = json_read(text, length, 8, NULL);
		CHECK(json_text(kept, "envelope") && json_text(kept, "why"));
		if (i == 0)
			CHECK_STR(json_text(kept, "envelope"), "a?b");
		if (i == 1)
			CHECK_STR(json_text(kept, "envelope"), texts[4]);
		json_decref(kept);
		reply_free(r);
	}
	CHECK_STR(rig_list("KEYS " P "job:*"), "");
	CHECK_INT(rig_count("failed"), 0);
	end();
}

TEST("of junk the newest 1,000 are kept, 2 kB of each")
{
	begin(10);
	char *text = xmalloc(5000);
	memset(text, 'x', 5000);
	for (int i = 0; i < 1010; i++) {
		char number[8];
		memcpy(text, number, (size_t)snprintf(number, sizeof number, "%06d", i));
		struct words w;
		words_init(&w);
		words_add(&w, "RPUSH");
		words_add(&w, P "inbox");
		words_add_bytes(&w, text, 5000);
		redis_send(rig.redis, &w, 4000, NULL, NULL);
		words_clear(&w);
	}
	rig_sync("last", "s", "8B");
	WAIT(rig_held(a, "last"));
	CHECK_INT(rig_number("LLEN " P "bad"), 1000);
	CHECK_HAS(rig_ask("LINDEX " P "bad 0"), "001009xx");
	CHECK_HAS(rig_ask("LINDEX " P "bad 999"), "000010xx");
	CHECK(strlen(rig_ask("LINDEX " P "bad 0")) < 2200);
	free(text);
	end();
}

TEST("the empty text wakes and leaves nothing behind")
{
	begin(10);
	rig_raw("", 0);
	rig_raw("", 0);
	rig_sync("j1", "s", "8B");
	rig_raw("", 0);
	rig_sync("j2", "s", "8C");
	WAIT(rig_held(a, "j1") && rig_held(a, "j2"));
	WAIT(rig_number("EXISTS " P "inbox " P "staging:a.1") == 0);
	CHECK_INT(rig_number("EXISTS " P "bad"), 0);
	end();
}

TEST("a thousand pushes of good, bad, junk and double envelopes are sorted without a slip")
{
	begin(3000);
	for (int i = 0; i < 1000; i++) {
		char id[16];
		snprintf(id, sizeof id, "j%d", i);
		rig_sync(id, "s", id);
		if (i % 3 == 0)
			rig_sync(id, "s", id);
		if (i % 5 == 0)
			rig_raw("junk", 4);
		if (i % 7 == 0)
			rig_raw("", 0);
		if (i % 11 == 0) {
			char text[64];
			snprintf(text, sizeof text, "{\"id\":\"bad%d\"", i);
			rig_raw(text, strlen(text));
		}
	}
	WAIT(a->claims == 1000);
	for (int i = 0; i < 1000; i++) {
		char id[16], want[32];
		snprintf(id, sizeof id, "j%d", i);
		snprintf(want, sizeof want, "\"id\":\"j%d\"", i);
		CHECK(rig_held(a, id) != NULL);
		CHECK_HAS(rig_held(a, id)->body, want);
	}
	CHECK_INT(rig_number("LLEN " P "bad"), 200 + 91);
	CHECK_INT(rig_count("failed"), 91);
	end();
}

TEST("an envelope of 1 MiB with 5,000 learners is split between job and register")
{
	begin(10);
	rig_ask("HSET " P "school:s name S");
	struct buf b;
	buf_init(&b, 0);
	buf_adds(&b, "{\"v\":1,\"id\":\"j1\",\"type\":\"register\",\"school\":\"s\",\"class\":{"
		     "\"id\":\"8B\","
		     "\"learners\":[");
	for (int i = 0; i < 5000; i++)
		buf_addf(&b, "%s{\"id\":\"L%d\",\"name\":\"%0160d\"}", i ? "," : "", i, i);
	buf_adds(&b, "]}}");
	rig_raw(b.data, b.length);
	WAIT(rig_held(a, "j1"));
	CHECK_STR(rig_held(a, "j1")->body, "{\"v\":1,\"id\":\"j1\",\"type\":\"register\","
					   "\"school\":\"s\",\"class\":{\"id\":\"8B\"}}");
	struct reply *r = rig_reply("HGET " P "class:s:8B:register text");
	size_t length;
	const char *text = reply_text(r, &length);
	json_t *class = json_read(text, length, 64, NULL);
	CHECK_INT(json_array_size(json_list(class, "learners")), 5000);
	json_decref(class);
	reply_free(r);
	buf_clear(&b);
	end();
}

TEST("the register is the one that was pushed last, also while a job of the class runs")
{
	begin(10);
	rig_ask("HSET " P "school:s name S");
	rig_push("j1", "register", "s", "8B", "");
	WAIT(rig_held(a, "j1"));
	for (int i = 0; i < 20; i++) {
		char *text =
		    xasprintf("{\"v\":1,\"id\":\"r%d\",\"type\":\"register\",\"school\":\"s\","
			      "\"class\":{\"id\":\"8B\",\"learners\":[{\"id\":\"L%d\"}]}}",
			i, i);
		rig_raw(text, strlen(text));
		free(text);
	}
	WAIT(is("r19", "joined"));
	CHECK_HAS(rig_ask("HGET " P "class:s:8B:register text"), "\"L19\"");
	end();
}

TEST("a school that nobody entered gets no register")
{
	begin(10);
	static const char text[] =
	    "{\"v\":1,\"id\":\"j1\",\"type\":\"register\",\"school\":\"nobody\","
	    "\"class\":{\"id\":\"8B\",\"learners\":[]}}";
	rig_raw(text, sizeof text - 1);
	WAIT(rig_held(a, "j1"));
	CHECK_INT(rig_number("EXISTS " P "class:nobody:8B:register"), 0);
	end();
}

/* ---- one job of a kind, one job of a class ---- */

TEST("a second live job of a type, school and class joins the first")
{
	begin(0);
	rig_sync("j1", "s", "8B");
	rig_sync("j2", "s", "8B");
	a->room = 1;
	queue_room_grew(a->queue);
	WAIT(rig_held(a, "j1") && is("j2", "joined"));
	CHECK_STR(rig_field("j2", "joined"), "j1");
	CHECK(rig_number("HGET " P "job:j2 finished_at") > 0);
	rig_sync("j3", "s", "8B");
	WAIT(is("j3", "joined"));
	CHECK_STR(rig_field("j3", "joined"), "j1");
	finish(a, "j1");
	rig_sync("j4", "s", "8B");
	WAIT(rig_held(a, "j4"));
	end();
}

TEST("jobs that differ in type, school or class do not join")
{
	begin(10);
	rig_sync("j1", "s", "8B");
	rig_sync("j2", "s", "8C");
	rig_sync("j3", "t", "8B");
	rig_push("j4", "check-team", "s", "8B", "");
	rig_push("j5", "sync-school", "s", "8B", "");
	WAIT(rig_held(a, "j1") && rig_held(a, "j2") && rig_held(a, "j3"));
	WAIT(rig_count("queued") == 2);
	finish(a, "j1");
	WAIT(rig_held(a, "j4"));
	CHECK(!rig_held(a, "j5"));
	end();
}

TEST("no two schools share a class, whatever their names")
{
	begin(10);
	rig_sync("j1", "a|b", "c");
	rig_sync("j2", "a", "b|c");
	rig_sync("j3", "a b", "c d=e");
	rig_sync("j4", "a", "b c d=e");
	WAIT(rig_holds(a) == 4);
	end();
}

TEST("jobs of one class run one after the other, in the order they came")
{
	begin(10);
	rig_push("j1", "create-team", "s", "8B", "");
	rig_push("j2", "sync-learners", "s", "8B", "");
	rig_push("j3", "check-team", "s", "8B", "");
	rig_push("j4", "delete-class", "s", "8B", "");
	static const char *const order[] = {"j1", "j2", "j3", "j4"};
	for (int i = 0; i < 4; i++) {
		WAIT(rig_held(a, order[i]));
		WAIT(rig_count("queued") == 3 - i);
		CHECK_INT(rig_holds(a), 1);
		rig_recount(false);
		finish(a, order[i]);
	}
	WAIT(queue_is_said(a->queue));
	CHECK_INT(rig_number("EXISTS " P "live " P "bodies " P "school_running"), 0);
	end();
}

TEST("a job behind its class starts at once however the one before it ends")
{
	static const enum ending hows[] = {END_DONE, END_FAILED, END_CANCELLED};
	begin(1);
	for (int i = 0; i < 3; i++) {
		char one[8], two[8];
		snprintf(one, sizeof one, "a%d", i);
		snprintf(two, sizeof two, "b%d", i);
		rig_push(one, "create-team", "s", "8B", "");
		rig_push(two, "sync-learners", "s", "8B", "");
		WAIT(rig_held(a, one) && rig_count("queued") == 1);
		rig_finish(a, rig_held(a, one), hows[i], hows[i] == END_FAILED, 0);
		WAIT(rig_held(a, two));
		finish(a, two);
		WAIT(queue_is_said(a->queue));
	}
	end();
}

TEST("nobody joins a job that is being cancelled")
{
	begin(10);
	rig_sync("j1", "s", "8B");
	WAIT(rig_held(a, "j1"));
	rig_cancel("j1");
	rig_sync("j2", "s", "8B");
	rig_sync("j3", "s", "8B");
	WAIT(is("j3", "joined"));
	CHECK_STR(rig_field("j3", "joined"), "j2");
	CHECK(is("j2", "queued"));
	rig_finish(a, rig_held(a, "j1"), END_CANCELLED, false, 0);
	WAIT(rig_held(a, "j2"));
	end();
}

TEST("a class whose holder's record is gone is free again")
{
	begin(0);
	struct mate *b = rig_mate("b", 1);
	rig_push("j1", "create-team", "s", "8B", "");
	WAIT(rig_held(b, "j1"));
	rig_push("j2", "sync-learners", "s", "8B", "");
	WAIT(is("j2", "queued"));
	rig_ask("DEL " P "job:j1 " P "bodies");
	rig_ask("HSET " P "bodies j2 {}");
	rig_die(b);
	rig_ask("FCALL rollcall1_abandon 1 " P "inbox b.1 1000 1000");
	a->room = 10;
	queue_room_grew(a->queue);
	rig_push("j3", "check-team", "s", "8B", "");
	WAIT(rig_held(a, "j2"));
	finish(a, "j2");
	WAIT(rig_held(a, "j3"));
	rig_end();
}

TEST("a job whose envelope is gone fails and says so, and its class goes on")
{
	begin(0);
	rig_push("j1", "create-team", "s", "8B", "");
	rig_push("j2", "sync-learners", "s", "8B", "");
	rig_raw("", 0);
	struct mate *b = rig_mate("b", 1);
	rig_sync("j3", "t", "x");
	WAIT(rig_held(b, "j1") && rig_count("queued") == 2);
	a->room = 0;
	b->room = 0;
	rig_finish(b, rig_held(b, "j1"), END_RELEASE, false, 0);
	WAIT(queue_is_said(b->queue));
	int64_t rev = rig_number("HGET " P "job:j1 rev");
	rig_ask("HDEL " P "bodies j1");
	b->room = 3;
	queue_room_grew(b->queue);
	WAIT(rig_held(b, "j2") && rig_held(b, "j3"));
	CHECK(is("j1", "failed"));
	CHECK_STR(rig_field("j1", "error_code"), "internal");
	CHECK_INT(rig_number("HGET " P "job:j1 rev"), rev + 1);
	end();
}

TEST("a job that is joined with news while it runs goes round again before it is done")
{
	begin(10);
	rig_ask("HSET " P "school:s name S");
	rig_sync("j1", "s", "8B");
	WAIT(rig_held(a, "j1"));
	static const char text[] =
	    "{\"v\":1,\"id\":\"j2\",\"type\":\"sync-learners\",\"school\":\"s\","
	    "\"class\":{\"id\":\"8B\",\"learners\":[{\"id\":\"L1\"}]}}";
	rig_raw(text, sizeof text - 1);
	WAIT(is("j2", "joined"));
	finish(a, "j1");
	WAIT(rig_held(a, "j1"));
	CHECK_INT(rig_held(a, "j1")->ticket.attempt, 2);
	CHECK_INT(rig_count("done"), 0);
	rig_recount(false);
	finish(a, "j1");
	WAIT(is("j1", "done"));
	CHECK_INT(rig_count("done"), 1);
	CHECK_INT(a->claims, 2);
	end();
}

TEST("a job that is joined with news before it runs, or without any, runs once")
{
	begin(10);
	rig_push("j0", "create-team", "s", "8B", "");
	rig_sync("j1", "s", "8B");
	WAIT(rig_held(a, "j0") && is("j1", "queued"));
	static const char text[] =
	    "{\"v\":1,\"id\":\"j2\",\"type\":\"sync-learners\",\"school\":\"s\","
	    "\"class\":{\"id\":\"8B\",\"learners\":[]}}";
	rig_raw(text, sizeof text - 1);
	WAIT(is("j2", "joined"));
	finish(a, "j0");
	WAIT(rig_held(a, "j1"));
	rig_sync("j3", "s", "8B");
	WAIT(is("j3", "joined"));
	finish(a, "j1");
	WAIT(is("j1", "done"));
	CHECK_INT(a->claims, 2);
	end();
}

TEST("a dry run and an approved run are not alike, and run one after the other")
{
	begin(10);
	rig_sync("j1", "s", "8B");
	rig_push("j2", "sync-learners", "s", "8B", ",\"options\":{\"dry_run\":true}");
	rig_push("j3", "sync-learners", "s", "8B", ",\"options\":{\"approve_removals\":true}");
	rig_push("j4", "sync-learners", "s", "8B", ",\"options\":{\"approve_removals\":true}");
	rig_push("j5", "sync-learners", "s", "8B", ",\"options\":{\"dry_run\":false}");
	WAIT(rig_held(a, "j1") && is("j4", "joined") && is("j5", "joined"));
	CHECK_STR(rig_field("j4", "joined"), "j3");
	CHECK_STR(rig_field("j5", "joined"), "j1");
	static const char *const order[] = {"j1", "j2", "j3"};
	for (int i = 0; i < 3; i++) {
		WAIT(rig_held(a, order[i]));
		rig_recount(false);
		finish(a, order[i]);
	}
	end();
}

/* ---- keys of the wrong kind, made by somebody else ---- */

TEST("a cancel flag of the wrong kind is no flag, and stops nobody")
{
	begin(10);
	rig_ask("RPUSH " P "cancel:j1 x");
	rig_sync("j1", "s", "8A");
	rig_sync("j2", "s", "8B");
	WAIT(rig_held(a, "j1") && rig_held(a, "j2"));
	struct held *h = rig_held(a, "j1");
	rig_touch(a, h, false, NULL);
	WAIT(h->told == 1 && h->ok);
	NEVER(h->cancelled_by[0], 600);
	end();
}

TEST("an id whose record is something else is kept among the bad ones, and stops nobody")
{
	begin(10);
	rig_ask("SET " P "job:j1 x");
	rig_sync("j1", "s", "8A");
	rig_sync("j2", "s", "8B");
	WAIT(rig_held(a, "j2") && rig_number("LLEN " P "bad") == 1);
	CHECK_HAS(rig_ask("LINDEX " P "bad 0"), "j1");
	rig_ask("DEL " P "job:j1");
	end();
}

/* ---- whose turn it is ---- */

static void push_lane(const char *name, const char *school, int from, int to, const char *more)
{
	for (int i = from; i < to; i++) {
		char id[32];
		snprintf(id, sizeof id, "%s%d", name, i);
		rig_push(id, "sync-learners", school, id, more);
	}
}

/* All that was pushed is in its lane, and nothing runs. */
static void in_lanes(int count)
{
	struct mate *b = rig_mate("admits", 1);
	WAIT(rig_count("queued") + rig_count("running") == count && rig_holds(b) == 1);
	b->room = 0;
	rig_finish(b, rig_first(b), END_RELEASE, false, 0);
	WAIT(rig_count("queued") == count && queue_is_said(b->queue));
	rig_die(b);
}

TEST("within a school interactive goes before background, and each in the order it came")
{
	begin(0);
	push_lane("n", "s", 0, 3, ",\"priority\":\"background\"");
	push_lane("i", "s", 0, 3, "");
	push_lane("n", "s", 3, 5, ",\"priority\":\"background\"");
	push_lane("i", "s", 3, 5, ",\"priority\":\"interactive\"");
	in_lanes(10);
	static const char *const order[] = {"i1", "i2", "i3", "i4", "n1", "n2", "n3", "n4"};
	const char *first = next_job(a);
	bool head_was_night = first[0] == 'n';
	if (head_was_night)
		CHECK_STR(next_job(a), "i0");
	for (int i = 0; i < 4; i++)
		CHECK_STR(next_job(a), order[i]);
	if (!head_was_night)
		CHECK_STR(next_job(a), "n0");
	for (int i = 4; i < 8; i++)
		CHECK_STR(next_job(a), order[i]);
	end();
}

TEST("schools take turns, however many jobs one of them has pushed")
{
	begin(0);
	push_lane("f", "flood", 0, 200, "");
	push_lane("x", "small-1", 0, 5, "");
	push_lane("y", "small-2", 0, 5, "");
	in_lanes(210);
	int floods = 0;
	for (int small = 0, n = 0; small < 10; n++) {
		CHECK(n < 20);
		const char *id = next_job(a);
		*(id[0] == 'f' ? &floods : &small) += 1;
	}
	CHECK(floods <= 7);
	end();
}

TEST("a newcomer has its turn soon in the midst of a flood")
{
	begin(0);
	push_lane("f", "flood", 0, 300, "");
	in_lanes(300);
	for (int i = 0; i < 50; i++)
		next_job(a);
	rig_sync("new", "newcomer", "8B");
	a->room = 1;
	int n = 0;
	while (strcmp(next_job(a), "new") != 0)
		CHECK(++n < 5);
	end();
}

TEST("a school whose jobs come one by one does not starve the others")
{
	begin(0);
	push_lane("y", "z-patient", 0, 20, "");
	in_lanes(20);
	rig_die(a);
	rig_ask("FCALL rollcall1_beat 1 " P "inbox w 60000 1000 1000000 1");
	rig_ask("FCALL rollcall1_cycle 1 " P "inbox w 1000 1000000 1000 0 5 0 0");
	/* a worker that is nothing but the words of its calls: each admits one and claims one */
	for (int i = 0; i < 20; i++) {
		char id[16];
		snprintf(id, sizeof id, "t%d", i);
		rig_sync(id, "a-trickle", id);
		rig_ask("LMOVE " P "inbox " P "staging:w LEFT RIGHT");
		int length =
		    (int)rig_number("EVAL return(#redis.call('lindex','" P "staging:w',0)) 0");
		rig_ask("FCALL rollcall1_cycle 1 " P "inbox w 1000 1000000 1000 0 1 1 "
			"ok  %s sync-learners a-trickle %s  interactive 0   %d 0",
		    id, id, length);
	}
	int64_t patient = 15 - rig_number("ZCARD " P "lane:z-patient");
	CHECK_INT(patient + 20 - rig_number("ZCARD " P "lane:a-trickle"), 20);
	CHECK(patient >= 6 && patient <= 12);
	end();
}

TEST("many schools share what is claimed at once")
{
	begin(0);
	for (int s = 0; s < 10; s++) {
		char school[16], name[16];
		snprintf(school, sizeof school, "school-%d", s);
		snprintf(name, sizeof name, "s%d-", s);
		push_lane(name, school, 0, s == 0 ? 100 : 10, "");
	}
	in_lanes(190);
	a->room = 50;
	queue_room_grew(a->queue);
	WAIT(rig_holds(a) == 50);
	int of[10] = {0};
	list_each (l, &a->held)
		of[container_of(l, struct held, link)->ticket.id[1] - '0']++;
	for (int s = 0; s < 10; s++)
		CHECK(of[s] >= 4 && of[s] <= 6);
	end();
}

TEST("no school runs more than its cap, and a place that gets free is used")
{
	crew.per_school = 3;
	begin(100);
	push_lane("f", "flood", 0, 20, "");
	push_lane("x", "small", 0, 2, "");
	WAIT(rig_holds(a) == 5 && rig_count("queued") == 17);
	struct mate *b = rig_mate("b", 100);
	NEVER(rig_holds(b) > 0, 100);
	CHECK_INT(rig_number("HGET " P "school_running flood"), 3);
	rig_recount(false);
	for (int i = 0; i < 17; i++) {
		struct mate *m = rig_holds(a) ? a : b;
		rig_finish(m, rig_first(m), i % 4 == 3 ? END_FAILED : END_DONE, false, 0);
		WAIT(rig_count("done") + rig_count("failed") == i + 1);
		CHECK(rig_number("HGET " P "school_running flood") <= 3);
		rig_recount(false);
	}
	WAIT(rig_holds(a) + rig_holds(b) == 3 && rig_count("queued") == 2);
	end();
}

TEST("a cap that is raised holds from the next place on")
{
	crew.per_school = 2;
	begin(100);
	push_lane("f", "s", 0, 10, "");
	WAIT(rig_holds(a) == 2 && rig_count("queued") == 8);
	queue_reload(a->queue, 6, 1000, 1000000);
	rig_finish(a, rig_first(a), END_DONE, false, 0);
	WAIT(rig_holds(a) == 6);
	end();
}

TEST("a worker takes no more than it has room for")
{
	begin(7);
	push_lane("j", "s", 0, 30, "");
	WAIT(rig_holds(a) == 7);
	NEVER(rig_holds(a) > 7, 100);
	for (int i = 0; i < 23; i++) {
		WAIT(rig_holds(a) == 7);
		rig_finish(a, rig_first(a), END_DONE, false, 0);
	}
	WAIT(rig_holds(a) == 7);
	CHECK_INT(a->claims, 30);
	end();
}

/* ---- not before its time ---- */

static void push_at(const char *id, const char *class, int64_t at)
{
	char *more = xasprintf(",\"at\":%lld", (long long)at);
	rig_push(id, "sync-learners", "s", class, more);
	free(more);
}

TEST("a job for later waits, counted as waiting, and not a moment less")
{
	begin(10);
	int64_t at = clock_wall_ms() + 1200;
	push_at("j1", "8B", at);
	push_at("now", "8C", 1);
	WAIT(rig_held(a, "now") && is("j1", "waiting"));
	CHECK_INT(rig_number("HGET " P "job:j1 retry_at"), at);
	CHECK_INT(rig_count("waiting"), 1);
	rig_recount(false);
	WAIT(rig_held(a, "j1"));
	CHECK(clock_wall_ms() >= at && clock_wall_ms() < at + 2500);
	CHECK_STR(rig_field("j1", "retry_at"), "");
	CHECK_INT(rig_held(a, "j1")->ticket.attempt, 1);
	end();
}

TEST("a job for later does not hold its class before its time")
{
	begin(10);
	push_at("later", "8B", clock_wall_ms() + 600);
	rig_sync("now", "s", "8B");
	WAIT(rig_held(a, "now") && is("later", "waiting"));
	WAIT(is("later", "joined"));
	CHECK_STR(rig_field("later", "joined"), "now");
	CHECK_STR(rig_field("later", "rev"), "2");
	CHECK_STR(rig_field("later", "retry_at"), "");
	CHECK_INT(rig_count("waiting"), 0);
	end();
}

TEST("a hundred jobs that fall due together all run")
{
	begin(200);
	int64_t at = clock_wall_ms() + 800;
	for (int i = 0; i < 150; i++) {
		char id[16];
		snprintf(id, sizeof id, "j%d", i);
		push_at(id, id, at);
	}
	WAIT(rig_count("waiting") == 150);
	WAIT(rig_holds(a) == 150);
	end();
}

/* ---- cancelled before it runs ---- */

static void is_cancelled(const char *id)
{
	WAIT(is(id, "cancelled"));
	CHECK_STR(rig_field(id, "cancelled_by"), "staff-1");
	CHECK(rig_number("HGET " P "job:%s finished_at", id) > 0);
	CHECK_INT(rig_count("cancelled"), 1);
}

TEST("a job whose flag was set before it was admitted never runs")
{
	begin(10);
	rig_cancel("j1");
	rig_sync("j1", "s", "8B");
	is_cancelled("j1");
	CHECK_INT(a->claims, 0);
	end();
}

TEST("a queued job ends within two beats of its flag")
{
	begin(1);
	rig_sync("j0", "s", "8A");
	rig_sync("j1", "s", "8B");
	WAIT(rig_held(a, "j0") && is("j1", "queued"));
	rig_cancel("j1");
	int64_t began = clock_mono_ms();
	is_cancelled("j1");
	CHECK(clock_mono_ms() - began < 2500);
	CHECK_STR(rig_field("j1", "rev"), "2");
	end();
}

TEST("a job behind its class ends within two beats of its flag, and those behind it go on")
{
	begin(10);
	rig_push("j0", "create-team", "s", "8B", "");
	rig_sync("j1", "s", "8B");
	rig_push("j2", "check-team", "s", "8B", "");
	WAIT(rig_held(a, "j0") && is("j2", "queued"));
	rig_cancel("j1");
	is_cancelled("j1");
	finish(a, "j0");
	WAIT(rig_held(a, "j2"));
	CHECK_INT(a->claims, 2);
	end();
}

TEST("a delayed job ends within two beats of its flag, however many are delayed")
{
	begin(10);
	int64_t at = clock_wall_ms() + 3600000;
	for (int i = 0; i < 150; i++) {
		char id[16];
		snprintf(id, sizeof id, "j%d", i);
		push_at(id, id, at + i);
	}
	WAIT(rig_count("waiting") == 150);
	rig_cancel("j149");
	int64_t began = clock_mono_ms();
	is_cancelled("j149");
	CHECK(clock_mono_ms() - began < 3500);
	CHECK_INT(rig_count("waiting"), 149);
	end();
}

TEST("a job that waits to try again ends by its flag and frees its class")
{
	begin(10);
	rig_sync("j1", "s", "8B");
	rig_push("j2", "check-team", "s", "8B", "");
	WAIT(rig_held(a, "j1") && is("j2", "queued"));
	rig_finish(a, rig_held(a, "j1"), END_RETRY, false, clock_wall_ms() + 3600000);
	WAIT(is("j1", "waiting"));
	rig_cancel("j1");
	is_cancelled("j1");
	WAIT(rig_held(a, "j2"));
	end();
}

TEST("a flag that is set between admission and claim goes with the claim")
{
	begin(0);
	rig_sync("j1", "s", "8B");
	in_lanes(1);
	rig_cancel("j1");
	a->room = 1;
	queue_room_grew(a->queue);
	WAIT(rig_held(a, "j1") || is("j1", "cancelled"));
	if (rig_held(a, "j1"))
		CHECK_STR(rig_held(a, "j1")->cancelled_by, "staff-1");
	end();
}

/* ---- records ---- */

TEST("records beyond the count are trimmed, oldest first, with all that hangs on them")
{
	crew.keep_finished = 10;
	begin(10);
	for (int i = 0; i < 30; i++) {
		char id[16];
		snprintf(id, sizeof id, "j%d", i);
		rig_sync(id, "s", id);
		WAIT(rig_held(a, id));
		struct held *h = rig_held(a, id);
		struct change c;
		change_init(&c);
		words_add(&c.rows, "1");
		rig_touch(a, h, false, &c);
		WAIT(h->told == 1);
		rig_finish(a, h, i % 2 ? END_DONE : END_FAILED, i % 2 == 0, 0);
	}
	WAIT(queue_is_said(a->queue));
	CHECK_INT(rig_number("LLEN " P "finished"), 10);
	CHECK(is("j20", "failed") && is("j29", "done") && is("j19", ""));
	CHECK_INT(
	    rig_number("EXISTS " P "job:j19:learners " P "job:j0:learners " P "job:j0:saved"), 0);
	CHECK_INT(rig_number("EXISTS " P "job:j20:learners"), 1);
	CHECK_INT(rig_count("dead"), 5);
	CHECK_INT(rig_count("done") + rig_count("failed"), 30);
	rig_recount(true);
	rig_end();
}

TEST("records beyond their time are trimmed as others end")
{
	crew.keep_ms = 1;
	begin(10);
	for (int i = 0; i < 10; i++) {
		char id[16];
		snprintf(id, sizeof id, "j%d", i);
		rig_sync(id, "s", id);
		WAIT(rig_held(a, id));
		finish(a, id);
		WAIT(queue_is_said(a->queue));
	}
	CHECK(rig_number("LLEN " P "finished") <= 2);
	rig_recount(true);
	rig_end();
}

TEST("an id whose record was trimmed may be used again")
{
	crew.keep_finished = 1;
	begin(10);
	rig_sync("j1", "s", "8B");
	WAIT(rig_held(a, "j1"));
	finish(a, "j1");
	rig_sync("j2", "s", "8B");
	WAIT(rig_held(a, "j2"));
	finish(a, "j2");
	WAIT(is("j1", ""));
	rig_sync("j1", "s", "8B");
	WAIT(rig_held(a, "j1"));
	rig_recount(true);
	rig_end();
}
