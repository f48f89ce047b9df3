#include "clock.h"

#include <stdlib.h>
#include <time.h>

#include "test.h"

TEST("a faked clock stands still until it is moved")
{
	clock_fake(1000, 50);
	CHECK_INT(clock_wall_ms(), 1000);
	CHECK_INT(clock_mono_ms(), 50);
	CHECK_INT(clock_mono_us(), 50000);
	clock_advance(25);
	CHECK_INT(clock_wall_ms(), 1025);
	CHECK_INT(clock_mono_ms(), 75);
}

TEST("a clock made real again shows the system's time")
{
	clock_fake(1, 1);
	clock_real();
	int64_t now_ms = (int64_t)time(NULL) * 1000;
	CHECK(clock_wall_ms() >= now_ms - 1000);
	CHECK(clock_wall_ms() < now_ms + 60000);
	int64_t before_us = clock_mono_us();
	CHECK(clock_mono_us() >= before_us);
	CHECK(clock_mono_ms() >= before_us / 1000);
	CHECK(clock_mono_us() - before_us < 60000000);
}

TEST("a time is written as RFC 3339 says")
{
	char text[32];
	CHECK_STR(clock_iso(0, text), "1970-01-01T00:00:00.000Z");
	CHECK_STR(clock_iso(1795344120123, text), "2026-11-22T10:42:00.123Z");
	CHECK_STR(clock_iso(1709251199999, text), "2024-02-29T23:59:59.999Z");
	CHECK_STR(clock_iso(-1, text), "1969-12-31T23:59:59.999Z");
}

TEST("a time no calendar has does not overflow the text")
{
	char text[32];
	memset(text, 'x', sizeof(text));
	clock_iso(INT64_MAX, text);
	CHECK(memchr(text, '\0', sizeof(text)) != NULL);
	clock_iso(INT64_MIN + 1000, text);
	CHECK(memchr(text, '\0', sizeof(text)) != NULL);
}

TEST("people read hour and minute in their own time zone")
{
	char text[8];
	setenv("TZ", "SAST-2", 1);
	tzset();
	CHECK_STR(clock_hhmm(1795344120123, text), "12:42");
	setenv("TZ", "BRT+3", 1);
	tzset();
	CHECK_STR(clock_hhmm(1795344120123, text), "07:42");
}
