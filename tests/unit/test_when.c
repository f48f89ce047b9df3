#include "when.h"

#include <stdlib.h>
#include <time.h>

#include "test.h"

/* 2026-11-22T10:00:00Z */
static const int64_t now_ms = 1795341600000;

static void in_johannesburg(void)
{
	setenv("TZ", "SAST-2", 1);
	tzset();
}

static void check_time(const char *text, int64_t want_ms)
{
	int64_t at_ms = -1;
	struct err e = {0};
	if (when_read(text, now_ms, &at_ms, &e) < 0)
		FAIL("%s", e.text);
	CHECK_INT(at_ms, want_ms);
}

static void check_refused(const char *text)
{
	int64_t at_ms;
	struct err e = {0};
	CHECK_INT(when_read(text, now_ms, &at_ms, &e), ERR_USAGE);
	CHECK_HAS(e.text, "is no time");
}

TEST("a time of day is the next one in local time")
{
	in_johannesburg();
	check_time("12:30", now_ms + 30 * 60000);
	check_time("11:59", now_ms + (24 * 60 - 1) * 60000);
}

TEST("a date is local, or UTC with a Z")
{
	in_johannesburg();
	check_time("2026-11-22T12:00", now_ms);
	check_time("2026-11-22 12:00:07", now_ms + 7000);
	check_time("2026-11-22T10:00Z", now_ms);
	check_time("2026-11-22T10:00:07Z", now_ms + 7000);
}

TEST("a span counts from now")
{
	check_time("+90s", now_ms + 90000);
	check_time("+30m", now_ms + 1800000);
	check_time("+2h", now_ms + 7200000);
	check_time("+1d", now_ms + 86400000);
}

TEST("epoch milliseconds stand for themselves")
{
	check_time("1795341600000", now_ms);
}

TEST("anything else is no time")
{
	check_refused("");
	check_refused("tomorrow");
	check_refused("25:00");
	check_refused("12:30Z");
	check_refused("12:30 or so");
	check_refused("2026-11-22");
	check_refused("2026-13-22T10:00");
	check_refused("+30");
	check_refused("+m");
	check_refused("+9999999m");
	check_refused("12345");
}
