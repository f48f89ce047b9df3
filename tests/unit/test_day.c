/* Dates as rosters write them. */
#include "roster_set.h"
#include "test.h"

static void is(const char *text, const char *want)
{
	char room[DAY_ROOM];
	int32_t day;
	if (!day_of(text, &day))
		FAIL("%s is no date", text);
	CHECK_STR(day_text(day, room), want);
}

TEST("a date is read in ISO order, with a time behind it, and the US way")
{
	is("2026-01-14", "2026-01-14");
	is("2026-09-01T06:00:00.000Z", "2026-09-01");
	is("2021-08-24 00:00:00", "2021-08-24");
	is("8/30/2020", "2020-08-30");
	is("07/1/2017", "2017-07-01");
	is("2024-02-29", "2024-02-29");
	is("2000-02-29", "2000-02-29");
}

TEST("what is no date, or could be two, is none")
{
	static const char *const texts[] = {"", "2026", "2026-13-01", "2026-00-10", "2026-02-30",
	    "2026-1-5", "2025-02-29", "1900-02-29", "30/08/2020", "2026-01-14x", "14.01.2026",
	    "2026/01/14", "01/02/26", "-2026-01-01", "9999-01-01", "today", "2026-01"};
	int32_t day;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (day_of(texts[i], &day))
			FAIL("\"%s\" is taken for a date", texts[i]);
}

TEST("every day of 300 years is the one after the day before, and is written as it is read")
{
	char room[DAY_ROOM];
	int32_t day, again;
	CHECK(day_of("1970-01-02", &day));
	CHECK_INT(day, 1);
	CHECK(day_of("1900-01-01", &day));
	for (int32_t last = day + 365 * 300; day < last; day++) {
		if (day == NO_DAY)
			continue;
		if (!day_of(day_text(day, room), &again) || again != day)
			FAIL("%d is %s and then %d", day, room, again);
	}
	CHECK_STR(day_text(NO_DAY, room), "");
}
