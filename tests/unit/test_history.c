/* The history of a school: written in order, read backwards, as much as was asked for. */
#include <stdlib.h>

#include "history.h"
#include "redis_rig.h"

static int answers;
static struct err told;
static char ids[600], next_page[48];
static size_t events;

static void seen(void *ctx, const json_t *list, const char *next, const struct err *e)
{
	(void)ctx;
	size_t i, used = 0;
	json_t *event;
	ids[0] = '\0';
	events = json_array_size(list);
	json_array_foreach (list, i, event)
		if (used < sizeof ids - 40)
			used += (size_t)snprintf(ids + used, sizeof ids - used, "%s%s:%s",
			    i ? " " : "", json_text_or(event, "what", "?"),
			    json_text_or(event, "learner", ""));
	text_copy(next_page, sizeof next_page, next ? next : "");
	told = e ? *e : (struct err){0};
	answers++;
}

static void read_history(struct history_wanted wanted)
{
	int before = answers;
	history_read(rig.redis, P, "s", &wanted, seen, NULL);
	CHECK_INT(answers, before);
	WAIT(answers > before);
}

static void add(const char *what, const char *class_id, const char *learner, const char *run)
{
	int64_t before = rig_number("XLEN " P "history:s");
	struct history_event h = {
	    .what = what, .class_id = class_id, .learner = learner, .run = run, .by = "staff-1"};
	history_add(rig.redis, P, "s", 100000, &h, NULL, NULL);
	WAIT(rig_number("XLEN " P "history:s") > before);
}

TEST("events come newest first, with what was said of them and when, and nothing of what was not")
{
	rig_begin(NULL);
	add("enrolled", "8B", "L1", NULL);
	add("added", "8B", "L1", "run-1");
	read_history((struct history_wanted){.limit = 10});
	CHECK_STR(ids, "added:L1 enrolled:L1");
	CHECK_STR(next_page, "");
	CHECK_INT(told.code, 0);
	rig_end();
}

TEST("a history that nobody wrote is empty")
{
	rig_begin(NULL);
	read_history((struct history_wanted){.limit = 10});
	CHECK_INT(events, 0);
	CHECK_STR(next_page, "");
	rig_end();
}

TEST("it is told by learner, by class, by run, by person and by what happened")
{
	rig_begin(NULL);
	add("added", "8B", "L1", "run-1");
	add("added", "8C", "L2", "run-1");
	add("removed", "8B", "L2", "run-2");
	read_history((struct history_wanted){.like = {.learner = "L2"}, .limit = 10});
	CHECK_STR(ids, "removed:L2 added:L2");
	read_history((struct history_wanted){.like = {.class_id = "8B"}, .limit = 10});
	CHECK_STR(ids, "removed:L2 added:L1");
	read_history(
	    (struct history_wanted){.like = {.run = "run-1", .class_id = "8C"}, .limit = 10});
	CHECK_STR(ids, "added:L2");
	read_history((struct history_wanted){.like = {.what = "removed"}, .limit = 10});
	CHECK_STR(ids, "removed:L2");
	read_history((struct history_wanted){.like = {.by = "staff-2"}, .limit = 10});
	CHECK_STR(ids, "");
	rig_end();
}

TEST("page by page each event comes once, whatever the limit")
{
	rig_begin(NULL);
	for (int i = 0; i < 7; i++) {
		char id[16];
		(void)!snprintf(id, sizeof id, "L%d", i);
		add(i % 2 ? "removed" : "added", "8B", id, NULL);
	}
	char all[1200] = "";
	struct history_wanted w = {.like = {.what = "added"}, .limit = 3};
	char before[48] = "";
	for (int page = 0; page < 5; page++) {
		w.before = before[0] ? before : NULL;
		read_history(w);
		size_t used = strlen(all);
		text_copy(all + used, sizeof all - used, ids);
		text_copy(all + strlen(all), sizeof all - strlen(all), "|");
		if (!next_page[0])
			break;
		text_copy(before, sizeof before, next_page);
	}
	CHECK_STR(all, "added:L6 added:L4 added:L2|added:L0|");
	rig_end();
}

TEST("one reading looks through some of a long history, and says where it goes on")
{
	rig_begin(NULL);
	add("added", "8B", "first", NULL);
	struct history_event h = {.what = "held"};
	for (int i = 0; i < 20500; i++)
		history_add(rig.redis, P, "s", 100000, &h, NULL, NULL);
	WAIT(rig_number("XLEN " P "history:s") == 20501);
	read_history((struct history_wanted){.like = {.learner = "first"}, .limit = 10});
	CHECK_INT(events, 0);
	CHECK(next_page[0]);
	char before[48];
	text_copy(before, sizeof before, next_page);
	read_history(
	    (struct history_wanted){.like = {.learner = "first"}, .before = before, .limit = 10});
	CHECK_STR(ids, "added:first");
	CHECK_STR(next_page, "");
	rig_end();
}

TEST("a history is bounded, and about so many of its newest entries stay")
{
	rig_begin(NULL);
	struct history_event h = {.what = "added"};
	for (int i = 0; i < 1500; i++)
		history_add(rig.redis, P, "s", 100, &h, NULL, NULL);
	h.what = "last";
	history_add(rig.redis, P, "s", 100, &h, NULL, NULL);
	read_history((struct history_wanted){.limit = 1});
	CHECK_STR(ids, "last:");
	int64_t length = rig_number("XLEN " P "history:s");
	CHECK(length >= 100 && length < 400);
	rig_end();
}

TEST("a key of another kind is an error that says so")
{
	rig_begin(NULL);
	rig_ask("SET " P "history:s x");
	read_history((struct history_wanted){.limit = 10});
	CHECK_INT(told.code, ERR_REFUSED);
	rig_end();
}
