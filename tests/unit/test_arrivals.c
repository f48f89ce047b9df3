/* Who takes from the inbox, and that nothing else than what was read there is admitted. */
#include <stdio.h>

#include "worker_rig.h"

/* What a worker says that is nothing but the words of its calls. */
static int64_t admit_as(const char *worker, const char *id, int length, int answer)
{
	struct reply *r = rig_reply("FCALL rollcall1_cycle 1 " P "inbox %s 1000 1000000 10 0 0 1 "
				    " plain %s %d s %s sync-learners staff-1",
	    worker, id, length, id);
	int64_t said = reply_number(reply_at(r, (size_t)answer));
	reply_free(r);
	return said;
}

enum { ASTRAY = 7, INTAKE = 8 };

static void nobody_but(const char *workers[])
{
	rig_begin(NULL);
	rig_die(rig_mate("a", 0));
	rig_ask("DEL " P "intake");
	for (int i = 0; workers[i]; i++)
		rig_ask("FCALL rollcall1_beat 1 " P "inbox %s 60000 1000 1000000 1", workers[i]);
}

static int push_text(const char *id)
{
	char text[160];
	int n = snprintf(text, sizeof text,
	    "{\"v\":1,\"id\":\"%s\",\"type\":\"sync-learners\",\"school\":\"s\",\"class\":{\"id\":"
	    "\"%s\"}}",
	    id, id);
	rig_raw(text, (size_t)n);
	return n;
}

TEST("what is said of an envelope that is not at the head of the inbox admits nothing")
{
	nobody_but((const char *[]){"w", NULL});
	int length = push_text("j1");
	CHECK_INT(admit_as("w", "j2", length, ASTRAY), 1);
	CHECK_INT(admit_as("w", "j1", length + 1, ASTRAY), 1);
	CHECK_INT(rig_number("LLEN " P "inbox"), 1);
	CHECK_INT(rig_count("queued"), 0);
	CHECK_INT(admit_as("w", "j1", length, ASTRAY), 0);
	CHECK_INT(rig_number("LLEN " P "inbox"), 0);
	CHECK_INT(rig_count("queued"), 1);
	end();
}

TEST("only the worker that has the intake admits, until it falls silent")
{
	nobody_but((const char *[]){"w1", "w2", NULL});
	int length = push_text("j1");
	CHECK_INT(admit_as("w1", "j1", length, INTAKE), 1);
	push_text("j2");
	CHECK_INT(admit_as("w2", "j2", length, INTAKE), 0);
	CHECK_INT(rig_number("LLEN " P "inbox"), 1);
	rig_ask("HSET " P "worker:w1 seen 1000");
	CHECK_INT(admit_as("w2", "j2", length, INTAKE), 1);
	CHECK_INT(rig_count("queued"), 2);
	CHECK_INT(admit_as("w1", "j3", length, ASTRAY), 1);
	end();
}

TEST("an envelope that is taken out of the inbox by hand does not shift the others")
{
	begin(100);
	for (int round = 0; round < 10; round++) {
		char id[16], last[16];
		for (int i = 0; i < 4; i++) {
			snprintf(id, sizeof id, "%c%d", 'a' + i, round);
			rig_push(id, "t", "s", id, "");
		}
		rig_ask("LPOP " P "inbox");
		snprintf(last, sizeof last, "e%d", round);
		rig_push(last, "t", "s", last, "");
		WAIT(rig_held(a, last));
	}
	list_each (l, &a->held) {
		struct held *h = container_of(l, struct held, link);
		char want[32];
		snprintf(want, sizeof want, "\"id\":\"%.20s\"", h->ticket.id);
		CHECK_HAS(h->body, want);
	}
	end();
}

TEST("a key of the library's own that is of another kind takes no envelope along")
{
	begin(10);
	static const char *const keys[] = {"live", "school_running", "capped"};
	for (int i = 0; i < 3; i++) {
		char id[8];
		snprintf(id, sizeof id, "j%d", i);
		rig_ask("SET " P "%s x", keys[i]);
		push_text(id);
		NEVER(rig_held(a, id), 300);
		CHECK_INT(rig_number("LLEN " P "inbox"), 1);
		rig_ask("DEL " P "%s", keys[i]);
		WAIT(rig_held(a, id));
		rig_done(a, id);
		WAIT(rig_is(id, "done"));
	}
	end();
}
