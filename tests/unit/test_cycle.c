/* From the inbox to a worker: what is admitted, what is not, and whose turn it is. */
#include <stdio.h>
#include <stdlib.h>

#include "json.h"
#include "queue_int.h"
#include "worker_rig.h"

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
	rig_done(a, "j1");
	rig_sync("j1", "s", "8B");
	rig_sync("j3", "s", "8D");
	WAIT(rig_held(a, "j3"));
	CHECK(rig_is("j1", "done"));
	CHECK_INT(a->claims, 3);
	CHECK_INT(rig_count("done"), 1);
	end();
}

TEST("an id that is written with escapes is the same id")
{
	static const char text[] = "{\"v\":1,\"id\":\"\\u006a1\",\"type\":\"sync-learners\","
				   "\"school\":\"s\",\"class\":{\"id\":\"8B\"}}";
	begin(10);
	rig_raw(text, strlen(text));
	WAIT(rig_held(a, "j1"));
	CHECK_INT(rig_number("LLEN " P "inbox"), 0);
	end();
}

TEST("a bad envelope with an id is a failed job, and its text is kept")
{
	begin(10);
	static const char text[] =
	    "{\"v\":2,\"id\":\"j1\",\"type\":\"sync-learners\",\"school\":\"s\"}";
	rig_raw(text, sizeof text - 1);
	rig_raw(text, sizeof text - 1);
	WAIT(rig_is("j1", "failed"));
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
	WAIT(rig_number("EXISTS " P "inbox") == 0);
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
	WAIT(rig_is("r19", "joined"));
	CHECK_HAS(rig_ask("HGET " P "class:s:8B:register text"), "\"L19\"");
	end();
}

TEST("only the learners of the class itself are its learners")
{
	begin(10);
	rig_ask("HSET " P "school:s name S");
	static const char *const classes[] = {"{\"id\":\"8B\",\"learners\":[{\"id\":\"L1\","
					      "\"learners\":[]}],\"twin\":{\"learners\":[]}}",
	    "{\"id\":\"8B\",\"name\":\"new\",\"teachers\":[{\"id\":\"T\",\"learners\":[{\"id\":"
	    "\"x\"}]}]}"};
	for (int i = 0; i < 2; i++) {
		char *text =
		    xasprintf("{\"v\":1,\"id\":\"j%d\",\"type\":\"register\",\"school\":\"s\","
			      "\"class\":%s}",
			i, classes[i]);
		rig_raw(text, strlen(text));
		free(text);
	}
	WAIT(rig_is("j1", "joined"));
	CHECK_HAS(rig_ask("HGET " P "class:s:8B:register text"), "\"L1\"");
	CHECK_STR(rig_ask("HGET " P "class:s:8B:register empty"), "0");
	CHECK_HAS(rig_ask("HGET " P "class:s:8B:register more"), "\"new\"");
	rig_done(a, "j0");
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

TEST("a register of the wrong kind fails the job that brings news for it, and stops nobody")
{
	begin(10);
	rig_ask("HSET " P "school:s name S");
	rig_ask("SET " P "class:s:8A:register x");
	static const char text[] = "{\"v\":1,\"id\":\"j1\",\"type\":\"register\",\"school\":\"s\","
				   "\"class\":{\"id\":\"8A\",\"learners\":[{\"id\":\"L1\"}]}}";
	rig_raw(text, sizeof text - 1);
	rig_sync("j2", "s", "8B");
	WAIT(rig_held(a, "j2"));
	CHECK_STR(rig_field("j1", "state"), "failed");
	CHECK_STR(rig_field("j1", "error_code"), "internal");
	CHECK_HAS(rig_field("j1", "error"), "WRONGTYPE");
	CHECK_INT(rig_count("failed"), 1);
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
	WAIT(rig_held(a, "now") && rig_is("j1", "waiting"));
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
	WAIT(rig_held(a, "now") && rig_is("later", "waiting"));
	WAIT(rig_is("later", "joined"));
	CHECK_STR(rig_field("later", "joined"), "now");
	CHECK_STR(rig_field("later", "rev"), "2");
	CHECK_STR(rig_field("later", "retry_at"), "");
	CHECK_INT(rig_count("waiting"), 0);
	end();
}

TEST("a delayed job that joins one at work has it go round again: it may bring news")
{
	char more[160];
	begin(10);
	rig_sync("j1", "s", "8B");
	WAIT(rig_held(a, "j1"));
	snprintf(more, sizeof more, ",\"at\":%lld", (long long)clock_wall_ms() + 200);
	rig_push("j2", "sync-learners", "s", "8B", more);
	WAIT(rig_is("j2", "joined"));
	CHECK_STR(rig_ask("HEXISTS " P "again j1"), "1");
	rig_done(a, "j1");
	WAIT(rig_held(a, "j1"));
	rig_done(a, "j1");
	WAIT(rig_is("j1", "done"));
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
	WAIT(rig_is(id, "cancelled"));
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
	WAIT(rig_held(a, "j0") && rig_is("j1", "queued"));
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
	WAIT(rig_held(a, "j0") && rig_is("j2", "queued"));
	rig_cancel("j1");
	is_cancelled("j1");
	rig_done(a, "j0");
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
	WAIT(rig_held(a, "j1") && rig_is("j2", "queued"));
	rig_finish(a, rig_held(a, "j1"), END_RETRY, false, clock_wall_ms() + 3600000);
	WAIT(rig_is("j1", "waiting"));
	rig_cancel("j1");
	is_cancelled("j1");
	WAIT(rig_held(a, "j2"));
	end();
}

TEST("a flag that is set between admission and claim goes with the claim")
{
	begin(0);
	rig_sync("j1", "s", "8B");
	WAIT(rig_is("j1", "queued"));
	rig_cancel("j1");
	a->room = 1;
	queue_room_grew(a->queue);
	WAIT(rig_held(a, "j1") || rig_is("j1", "cancelled"));
	if (rig_held(a, "j1"))
		CHECK_STR(rig_held(a, "j1")->cancelled_by, "staff-1");
	end();
}

static int claimed_without_a_call_out;

static void look_for_calls(struct mate *m)
{
	claimed_without_a_call_out += m->queue->cycles == 0;
}

TEST("of two calls that were answered together the first is followed by another at once")
{
	begin(1000);
	WAIT(a->queue->blocking);
	rig_ask("HSET " P "paused * test");
	for (int i = 0; i < 8 * CLAIMS_MAX; i++) {
		char id[8];
		snprintf(id, sizeof id, "j%d", i);
		rig_sync(id, "s", id);
	}
	a->hasty = true;
	a->on_claim = look_for_calls;
	rig_ask("DEL " P "paused");
	WAIT(rig_count("done") == 8 * CLAIMS_MAX);
	CHECK(claimed_without_a_call_out <= 2 * CLAIMS_MAX); /* of the first call and the last */
	end();
}
