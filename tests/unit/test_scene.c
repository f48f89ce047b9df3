#include "scene.h"

#include <stdlib.h>

#include "columns.h"
#include "output.h"
#include "test.h"

static json_t *record(const char *text)
{
	json_t *value = json_loads(text, 0, NULL);
	CHECK(value);
	return value;
}

static struct scene scene_of(const json_t *r)
{
	return (struct scene){
	    .id = "J1", .record = r, .place = -1, .left_ms = -1, .worker_online = true};
}

/* Each line of the block fits, and the text is in it. */
static void check_block(const struct scene *s, size_t columns, const char *part)
{
	struct buf b;
	buf_init(&b, 0);
	scene_block(s, columns, &b);
	CHECK_HAS(b.data, part);
	for (char *at = b.data; *at;) {
		size_t length = strcspn(at, "\n");
		at[length] = '\0';
		if (columns_width(at) > columns)
			FAIL("wider than %zu: %s", columns, at);
		at += length + 1;
	}
	buf_clear(&b);
}

static void check_line(const struct scene *s, const char *want)
{
	struct buf b;
	buf_init(&b, 0);
	scene_line(s, &b);
	CHECK_STR(b.data, want);
	buf_clear(&b);
}

static const char running[] =
    "{\"state\":\"running\",\"type\":\"sync-learners\",\"school\":\"laerskool-wêreldwyd\","
    "\"class\":\"8B-2026\",\"phase\":\"Adding learners\",\"done\":17,\"total\":34,"
    "\"added\":12,\"already_member\":4,\"failed\":1}";

TEST("a running job shows its phase, its bar, its counts and the time left")
{
	out_start();
	json_t *r = record(running);
	struct scene s = scene_of(r);
	s.left_ms = 12000;
	check_block(&s, 79, "Adding learners");
	check_block(&s, 79, "17 of 34, about 12 s left");
	check_block(&s, 79, "Added 12  Already Member 4  Failed 1");
	json_decref(r);
}

TEST("forty columns are enough, and so are twenty")
{
	out_start();
	json_t *r = record(running);
	struct scene s = scene_of(r);
	s.left_ms = 12000;
	check_block(&s, 39, "17/34, 12 s");
	check_block(&s, 19, "17/34, 12 s");
	json_decref(r);
}

TEST("the bar is half full at half, and full at the end")
{
	setenv("LC_ALL", "C", 1);
	out_start();
	json_t *r = record("{\"state\":\"running\",\"done\":17,\"total\":34}");
	struct scene s = scene_of(r);
	check_block(&s, 79, "####################....................  17 of 34");
	json_object_set_new(r, "done", json_integer(34));
	check_block(&s, 79, "########################################  34 of 34");
	json_decref(r);
}

TEST("a queued job shows its place")
{
	json_t *r = record("{\"state\":\"queued\",\"school\":\"green-hill\"}");
	struct scene s = scene_of(r);
	check_line(&s, "Queued behind another job of this class");
	s.place = 0;
	check_line(&s, "Queued, next one of green-hill");
	s.place = 4;
	check_line(&s, "Queued, number 5 of green-hill");
	json_decref(r);
}

TEST("a job that waits for Microsoft says until when")
{
	setenv("TZ", "UTC", 1);
	json_t *r = record("{\"state\":\"waiting\",\"retry_at\":1795344120000,"
			   "\"message\":\"Microsoft asked us to wait until 10:42\"}");
	struct scene s = scene_of(r);
	check_line(&s, "Waiting until 10:42. Microsoft asked us to wait until 10:42");
	json_decref(r);
}

TEST("a job that nobody has read, a missing worker and a missing Redis are said")
{
	struct scene s = scene_of(NULL);
	s.worker_online = false;
	check_line(&s, "In the inbox: no worker has read it yet. No worker is online.");
	s.redis_away = true;
	check_line(
	    &s, "In the inbox: no worker has read it yet. Redis cannot be reached; trying again.");
	check_block(&s, 39, "J1");
}

TEST("a job that may be among what nobody has read is not said to be there")
{
	struct scene s = scene_of(NULL);
	s.unsure = true;
	check_line(&s, "Not read yet, or not known: not all that was pushed has been read");
}

TEST("the time left is no news for a plain line")
{
	json_t *r = record(running);
	struct scene s = scene_of(r);
	s.left_ms = 12000;
	check_line(&s, "Adding learners, 17 of 34, Added 12, Already Member 4, Failed 1");
	json_decref(r);
}

TEST("what a peer wrote does not steer the terminal")
{
	out_start();
	json_t *r =
	    record("{\"state\":\"running\",\"phase\":\"a\\u001b[2Jb\",\"message\":\"c\\u0007\"}");
	struct scene s = scene_of(r);
	check_block(&s, 39, "a?[2Jb");
	check_block(&s, 39, "c?");
	json_decref(r);
}

TEST("a job that is being cancelled says so while it has not ended, and by whom")
{
	json_t *r = record("{\"state\":\"waiting\",\"phase\":\"Adding learners\","
			   "\"cancelled_by\":\"staff-9\",\"message\":\"Microsoft is slow\"}");
	struct scene s = scene_of(r);
	check_block(&s, 40, "Being cancelled by staff-9");
	check_line(&s, "Adding learners. Being cancelled by staff-9. Microsoft is slow");
	json_object_set_new(r, "state", json_string("cancelled"));
	check_line(&s, "cancelled. Microsoft is slow");
	json_decref(r);
}
