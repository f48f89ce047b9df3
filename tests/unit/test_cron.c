/* When a schedule is due. The vectors are worked out by hand from the zones' rules. */
#include "cron.h"

#include <stdlib.h>
#include <time.h>

#include "clock.h"
#include "test.h"

static const char *zone = "UTC";

static int64_t utc(const char *text)
{
	struct tm t = {0};
	CHECK(strptime(text, "%Y-%m-%d %H:%M", &t));
	return (int64_t)timegm(&t) * 1000;
}

/* The next time after that one, both UTC, as "2026-03-29 01:00". */
static const char *next(const char *expression, const char *after)
{
	static char text[32];
	struct cron c;
	struct err e;
	CHECK_INT(cron_read(&c, expression, &e), 0);
	int64_t ms = cron_next(&c, zone, utc(after));
	time_t seconds = (time_t)(ms / 1000);
	struct tm t;
	if (ms == 0)
		return "never";
	strftime(text, sizeof text, "%Y-%m-%d %H:%M", gmtime_r(&seconds, &t));
	return text;
}

static bool is_wrong(const char *expression, const char *field)
{
	struct cron c;
	struct err e;
	if (cron_read(&c, expression, &e) == 0)
		return false;
	CHECK_HAS(e.text, field);
	return true;
}

TEST("a star is every minute, and the minute itself is over")
{
	CHECK_STR(next("* * * * *", "2026-11-22 06:41"), "2026-11-22 06:42");
	CHECK_STR(next("* * * * *", "2026-12-31 23:59"), "2027-01-01 00:00");
}

TEST("lists, ranges, steps and names say what crontab(5) says")
{
	CHECK_STR(next("5,35 * * * *", "2026-11-22 06:10"), "2026-11-22 06:35");
	CHECK_STR(next("*/15 8-9 * * *", "2026-11-22 08:45"), "2026-11-22 09:00");
	CHECK_STR(next("*/15 8-9 * * *", "2026-11-22 09:45"), "2026-11-23 08:00");
	CHECK_STR(next("10-30/10 * * * *", "2026-11-22 09:20"), "2026-11-22 09:30");
	CHECK_STR(next("50/5 * * * *", "2026-11-22 09:50"), "2026-11-22 09:55");
	CHECK_STR(next("0 2 * * 1-5", "2026-11-20 02:00"), "2026-11-23 02:00");
	CHECK_STR(next("0 2 * * mon-FRI", "2026-11-20 02:00"), "2026-11-23 02:00");
	CHECK_STR(next("0 0 1 jan,Jul *", "2026-11-20 02:00"), "2027-01-01 00:00");
	CHECK_STR(next("0 0 * * 7", "2026-11-20 02:00"), "2026-11-22 00:00");
	CHECK_STR(next("0 0 * * 0", "2026-11-20 02:00"), "2026-11-22 00:00");
	CHECK_STR(next("  0   0 * *\t0 ", "2026-11-20 02:00"), "2026-11-22 00:00");
}

TEST("a day or a weekday is enough when both are said, and both count when one is a star")
{
	CHECK_STR(next("0 0 13 * 5", "2026-11-01 00:00"), "2026-11-06 00:00");
	CHECK_STR(next("0 0 13 * 5", "2026-11-06 00:00"), "2026-11-13 00:00");
	CHECK_STR(next("0 0 13 * *", "2026-11-01 00:00"), "2026-11-13 00:00");
	CHECK_STR(next("0 0 */2 * 1", "2026-11-20 00:00"), "2026-11-23 00:00");
}

TEST("a day that a month lacks is left out, and one that no month has never comes")
{
	CHECK_STR(next("0 0 31 * *", "2026-11-01 00:00"), "2026-12-31 00:00");
	CHECK_STR(next("0 0 29 2 *", "2026-11-01 00:00"), "2028-02-29 00:00");
	CHECK_STR(next("0 0 30 2 *", "2026-11-01 00:00"), "never");
}

TEST("a zone without summer time is always as far from UTC")
{
	zone = "Africa/Johannesburg";
	CHECK_STR(next("0 2 * * 1-5", "2026-11-20 00:00"), "2026-11-23 00:00");
	CHECK_STR(next("0 2 * * 1-5", "2026-06-30 00:00"), "2026-07-01 00:00");
	CHECK_STR(next("30 0 1 * *", "2026-11-01 00:00"), "2026-11-30 22:30");
}

TEST("the same time of day is another one of UTC in summer")
{
	zone = "Europe/London";
	CHECK_STR(next("0 9 * * *", "2026-03-28 08:00"), "2026-03-28 09:00");
	CHECK_STR(next("0 9 * * *", "2026-03-28 09:00"), "2026-03-29 08:00");
	CHECK_STR(next("0 9 * * *", "2026-10-24 08:00"), "2026-10-25 09:00");
}

TEST("a time that does not exist is due at the next minute that does")
{
	zone = "Europe/London"; /* 2026-03-29 01:00 is followed by 02:00 */
	CHECK_STR(next("30 1 * * *", "2026-03-28 01:30"), "2026-03-29 01:00");
	CHECK_STR(next("30 1 * * *", "2026-03-29 01:00"), "2026-03-30 00:30");
	CHECK_STR(next("0 1 * * *", "2026-03-28 01:00"), "2026-03-29 01:00");
	CHECK_STR(next("*/20 * * * *", "2026-03-29 00:40"), "2026-03-29 01:00");
	CHECK_STR(next("*/20 * * * *", "2026-03-29 01:00"), "2026-03-29 01:20");
	zone = "Australia/Lord_Howe"; /* by half an hour */
	CHECK_STR(next("15 2 * * *", "2026-10-03 12:00"), "2026-10-03 15:30");
}

TEST("a time that exists twice is due once, the first time")
{
	zone = "Europe/London"; /* 2026-10-25 02:00 is followed by 01:00 */
	CHECK_STR(next("30 1 * * *", "2026-10-24 00:30"), "2026-10-25 00:30");
	CHECK_STR(next("30 1 * * *", "2026-10-25 00:30"), "2026-10-26 01:30");
	CHECK_STR(next("*/30 * * * *", "2026-10-25 00:30"), "2026-10-25 02:00");
	CHECK_STR(next("45 1 * * *", "2026-10-25 01:10"), "2026-10-26 01:45");
	zone = "America/New_York";
	CHECK_STR(next("30 1 * * *", "2026-10-31 12:00"), "2026-11-01 05:30");
	CHECK_STR(next("30 1 * * *", "2026-11-01 05:30"), "2026-11-02 06:30");
}

TEST("a zone that puts its clocks forward at midnight has its midnight a little later")
{
	zone = "America/Santiago"; /* 2026-09-06 00:00 is 01:00 */
	CHECK_STR(next("0 0 * * *", "2026-09-05 05:00"), "2026-09-06 04:00");
	CHECK_STR(next("0 0 * * *", "2026-09-06 04:00"), "2026-09-07 03:00");
}

TEST("the process's own zone is as before")
{
	char hhmm[8];
	setenv("TZ", "Asia/Tokyo", 1);
	zone = "Europe/London";
	(void)next("* * * * *", "2026-11-22 06:41");
	CHECK_STR(getenv("TZ"), "Asia/Tokyo");
	CHECK_STR(clock_hhmm(0, hhmm), "09:00");
	unsetenv("TZ");
	(void)next("* * * * *", "2026-11-22 06:41");
	CHECK(!getenv("TZ"));
}

TEST("what is no expression is refused, and the field is named")
{
	CHECK(is_wrong("", "minute"));
	CHECK(is_wrong("60 * * * *", "minute"));
	CHECK(is_wrong("* 24 * * *", "hour"));
	CHECK(is_wrong("* * 0 * *", "day"));
	CHECK(is_wrong("* * * 13 *", "month"));
	CHECK(is_wrong("* * * * 8", "weekday"));
	CHECK(is_wrong("* * * * monday", "weekday"));
	CHECK(is_wrong("*/0 * * * *", "minute"));
	CHECK(is_wrong("5-1 * * * *", "minute"));
	CHECK(is_wrong("1, * * * *", "minute"));
	CHECK(is_wrong("1x * * * *", "minute"));
	CHECK(is_wrong("-1 * * * *", "minute"));
	CHECK(is_wrong("* * * *", "weekday"));
	CHECK(is_wrong("* * * * * *", "five fields"));
}

TEST("a zone that the system does not know is refused")
{
	struct err e;
	CHECK_INT(cron_zone("Africa/Johannesburg", &e), 0);
	CHECK_INT(cron_zone("UTC", &e), 0);
	CHECK(cron_zone("Africa/Nowhere", &e) < 0);
	CHECK_HAS(e.text, "Africa/Johannesburg");
	CHECK(cron_zone("", &e) < 0);
	CHECK(cron_zone("Africa", &e) < 0);
	CHECK(cron_zone("/etc/passwd", &e) < 0);
	CHECK(cron_zone("../../../etc/passwd", &e) < 0);
}

TEST("a day is quiet by its weekday or its date, in the zone of the school")
{
	const char *school = "Africa/Johannesburg";
	CHECK(cron_is_quiet("sat,sun", school, utc("2026-11-22 00:00")));
	CHECK(cron_is_quiet("SAT, Sun", school, utc("2026-11-22 00:00")));
	CHECK(!cron_is_quiet("sat,sun", school, utc("2026-11-23 00:00")));
	CHECK(cron_is_quiet("2026-11-23", school, utc("2026-11-22 22:00")));
	CHECK(!cron_is_quiet("2026-11-23", school, utc("2026-11-22 21:59")));
	CHECK(cron_is_quiet("sat,2026-12-24,sun", "UTC", utc("2026-12-24 02:00")));
	CHECK(!cron_is_quiet("2026-12-2", "UTC", utc("2026-12-24 02:00")));
	CHECK(!cron_is_quiet("", "UTC", utc("2026-12-24 02:00")));
}

TEST("what is no day is refused, and the word is named")
{
	struct err e;
	CHECK_INT(cron_days("", &e), 0);
	CHECK_INT(cron_days("sat, sun,2026-12-24", &e), 0);
	CHECK_INT(cron_days("2028-02-29", &e), 0);
	static const char *const wrong[] = {
	    "2026-02-29", "2026-13-01", "saturday", "su", "26-12-24", "2026-12-24T00:00", "x"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		CHECK(cron_days(wrong[i], &e) < 0);
		CHECK_HAS(e.text, wrong[i]);
	}
}

TEST("the day of an instant is that of the zone's calendar")
{
	char day[16];
	int64_t late = INT64_C(1798754400000); /* 2026-12-31T22:00:00Z */
	CHECK_STR(cron_day("UTC", late, day), "2026-12-31");
	CHECK_STR(cron_day("Africa/Johannesburg", late, day), "2027-01-01");
	CHECK_STR(cron_day("America/New_York", late, day), "2026-12-31");
}
