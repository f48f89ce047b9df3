/* Who is in a class today, and when days of grace are over. */
#include <stdlib.h>

#include "json.h"
#include "roster.h"
#include "test.h"

static json_t *in_force(const char *learners, const char *today)
{
	json_t *list = json_read(learners, strlen(learners), 8, NULL);
	json_t *class = json_pack("{s:s s:o}", "id", "8B", "learners", list);
	json_t *now = roster_in_force(class, today);
	json_decref(class);
	return now;
}

static const char *who(const json_t *class)
{
	static char text[200];
	size_t i, used = 0;
	json_t *l;
	text[0] = '\0';
	json_array_foreach (json_list(class, "learners"), i, l)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s", json_text(l, "id"));
	return text;
}

static const char dated[] =
    "[{\"id\":\"A\"},{\"id\":\"B\",\"from\":\"2026-03-02\"},{\"id\":\"C\",\"until\":\"2026-03-02\"}"
    ","
    "{\"id\":\"D\",\"from\":\"2026-02-01\",\"until\":\"2026-03-03\"},"
    "{\"id\":\"E\",\"from\":\"soon\",\"until\":\"2026-3-1\"},{\"id\":\"F\",\"from\":null}]";

TEST("a learner is in the class from the first day on, and until the day before the last")
{
	static const struct {
		const char *today, *want;
		int later;
	} days[] = {{"2026-01-31", "ACEF", 2}, {"2026-02-01", "ACDEF", 1},
	    {"2026-03-01", "ACDEF", 1}, {"2026-03-02", "ABDEF", 0}, {"2026-03-03", "ABEF", 0}};
	for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
		json_t *now = in_force(dated, days[i].today);
		CHECK_STR(who(now), days[i].want);
		CHECK_INT(json_int(now, "later", -1), days[i].later);
		CHECK_STR(json_text(now, "id"), "8B");
		json_decref(now);
	}
}

TEST("who is over is named, with the day since when")
{
	json_t *now = in_force(dated, "2026-03-05");
	CHECK_INT(json_object_size(json_map(now, "ended")), 2);
	CHECK_STR(json_text(json_map(now, "ended"), "C"), "2026-03-02");
	CHECK_STR(json_text(json_map(now, "ended"), "D"), "2026-03-03");
	json_decref(now);
}

TEST("a class without dates is as it was said, also one whose learners are not known")
{
	json_t *now = in_force("[{\"id\":\"A\"},{\"id\":\"B\"}]", "2026-03-05");
	CHECK_STR(who(now), "AB");
	CHECK(!json_map(now, "ended"));
	json_decref(now);
	json_t *unknown = json_pack("{s:s}", "id", "8B");
	now = roster_in_force(unknown, "2026-03-05");
	CHECK(!json_list(now, "learners"));
	json_decref(now);
	json_decref(unknown);
}

TEST("days of grace end where they should, across months and leap years")
{
	CHECK(!roster_day_over("2026-02-27", 3, "2026-03-01"));
	CHECK(roster_day_over("2026-02-27", 3, "2026-03-02"));
	CHECK(!roster_day_over("2028-02-27", 3, "2028-02-29"));
	CHECK(roster_day_over("2028-02-27", 3, "2028-03-01"));
	CHECK(roster_day_over("2025-12-30", 2, "2026-01-01"));
	CHECK(roster_day_over("2026-03-01", 0, "2026-03-01"));
	CHECK(!roster_day_over("2026-03-01", 0, "2026-02-28"));
	CHECK(!roster_day_over("", 0, "2026-02-28"));
	CHECK(!roster_day_over("tomorrow!!", 0, "2026-02-28"));
}

TEST("a day is still to come until it is there")
{
	CHECK(roster_day_later("2026-03-01", "2026-02-28"));
	CHECK(!roster_day_later("2026-03-01", "2026-03-01"));
	CHECK(!roster_day_later("2026-03-01", "2026-03-02"));
	CHECK(!roster_day_later("teacher", "2026-03-02"));
	CHECK(!roster_day_later(NULL, "2026-03-02"));
}

TEST("a class opens on a day that there is, or when the teacher says so")
{
	CHECK(roster_opens("2026-01-14"));
	CHECK(roster_opens("2028-02-29"));
	CHECK(roster_opens("teacher"));
	CHECK(!roster_opens("2026-02-29"));
	CHECK(!roster_opens("2026-13-01"));
	CHECK(!roster_opens("2026-01-14,"));
	CHECK(!roster_opens("Teacher"));
	CHECK(!roster_opens("sat"));
	CHECK(!roster_opens(""));
}
