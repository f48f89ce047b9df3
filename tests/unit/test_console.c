/* What the console's parts share. */
#include "console.h"

#include "clock.h"
#include "test.h"

TEST("a day is one of the calendar, written one way")
{
	static const char *const days[] = {"2027-07-31", "2028-02-29", "2000-02-29", "0001-01-01"};
	static const char *const others[] = {"", "2027-02-29", "1900-02-29", "2027-7-31",
	    "2027-07-32", "2027-13-01", "2027-00-10", "27-07-31", "2027/07/31", "2027-07-31 ",
	    "+027-07-31", " 2027-7-31"};
	for (size_t i = 0; i < sizeof days / sizeof *days; i++)
		CHECK(console_is_day(days[i]));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		CHECK(!console_is_day(others[i]));
}

TEST("today is the day in UTC")
{
	char day[TODAY_ROOM];
	clock_fake(INT64_C(1795392000000) - 1, 0);
	console_today(day);
	CHECK_STR(day, "2026-11-22");
	clock_advance(1);
	console_today(day);
	CHECK_STR(day, "2026-11-23");
}

TEST("Microsoft lets us in where the school is connected as a whole and its tenant is entered")
{
	json_t *school = json_pack("{s:s}", "auth", "app");
	CHECK(!console_is_allowed(school));
	json_object_set_new(school, "tenant_id", json_string("t"));
	CHECK(console_is_allowed(school));
	json_object_set_new(school, "auth", json_string("delegated"));
	CHECK(!console_is_allowed(school));
	json_decref(school);
}
