/* Retry-After in all the forms that were seen. */
#include "clock.h"
#include "governor.h"
#include "test.h"

enum { FALLBACK = 777 };
static const int64_t noon_ms = 1764763200000; /* Wed, 03 Dec 2025 12:00:00 GMT */

static int64_t read(const char *header)
{
	clock_fake(noon_ms, 0);
	return retry_after_ms(header, FALLBACK);
}

TEST("whole seconds are taken as they are")
{
	CHECK_INT(read("10"), 10000);
	CHECK_INT(read(" 10 "), 10000);
	CHECK_INT(read("1"), 1000);
}

TEST("decimals are rounded up to a second")
{
	CHECK_INT(read("2.128"), 3000);
	CHECK_INT(read("2.000"), 2000);
	CHECK_INT(read("0.2"), 1000);
}

TEST("a pause is at least a second and at most an hour")
{
	CHECK_INT(read("0"), 1000);
	CHECK_INT(read("3600"), 3600000);
	CHECK_INT(read("3601"), 3600000);
	CHECK_INT(read("99999999999999999999999999"), 3600000);
	CHECK_INT(read("Wed, 03 Dec 2025 18:00:00 GMT"), 3600000);
	CHECK_INT(read("Wed, 03 Dec 2025 11:00:00 GMT"), 1000);
}

TEST("a date is read in each of the three forms of HTTP")
{
	CHECK_INT(read("Wed, 03 Dec 2025 12:00:30 GMT"), 30000);
	CHECK_INT(read("Wednesday, 03-Dec-25 12:00:30 GMT"), 30000);
	CHECK_INT(read("Wed Dec  3 12:00:30 2025"), 30000);
}

TEST("a date between two seconds of ours is rounded up")
{
	clock_fake(noon_ms + 400, 0);
	CHECK_INT(retry_after_ms("Wed, 03 Dec 2025 12:00:30 GMT", FALLBACK), 30000);
}

TEST("nonsense gives the fallback")
{
	static const char *const texts[] = {"", "soon", "-5", "+5", "5 apples", "1e3", "0x10", "1.",
	    ".5", "1.5.2", "Wed, 03 Foo 2025 12:00:30 GMT", "Wed, 99 Dec 2025 12:00:30 GMT",
	    "Wed, 03 Dec 2025 25:00:30 GMT", "inf", "nan"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (read(texts[i]) != FALLBACK)
			FAIL("\"%s\" was taken for a pause", texts[i]);
	CHECK_INT(read(NULL), FALLBACK);
}
