/* clock - the system's two clocks, or a pair that stands still for tests. */
#include "clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

static bool faked;
static int64_t fake_wall_ms, fake_mono_ms;

static int64_t read_us(clockid_t id)
{
	struct timespec now;
	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_wall_ms(void)
{
	return faked ? fake_wall_ms : read_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_mono_ms(void)
{
	return clock_mono_us() / 1000;
}

int64_t clock_mono_us(void)
{
	return faked ? fake_mono_ms * 1000 : read_us(CLOCK_MONOTONIC);
}

void clock_fake(int64_t wall_ms, int64_t mono_ms)
{
	faked = true;
	fake_wall_ms = wall_ms;
	fake_mono_ms = mono_ms;
}

void clock_advance(int64_t ms)
{
	fake_wall_ms += ms;
	fake_mono_ms += ms;
}

void clock_real(void)
{
	faked = false;
}

/* split_ms rounds towards the past, so that times before 1970 are right too. */
static int split_ms(int64_t wall_ms, time_t *seconds)
{
	int64_t ms = wall_ms % 1000;
	if (ms < 0)
		ms += 1000;
	*seconds = (time_t)((wall_ms - ms) / 1000);
	return (int)ms;
}

char *clock_iso(int64_t wall_ms, char text[32])
{
	time_t seconds;
	int ms = split_ms(wall_ms, &seconds);
	struct tm t;
	size_t used = gmtime_r(&seconds, &t) ? strftime(text, 32, "%Y-%m-%dT%H:%M:%S", &t) : 0;
	snprintf(text + used, 32 - used, ".%03dZ", ms);
	return text;
}

char *clock_hhmm(int64_t wall_ms, char text[8])
{
	time_t seconds;
	split_ms(wall_ms, &seconds);
	struct tm t;
	if (!localtime_r(&seconds, &t) || strftime(text, 8, "%H:%M", &t) == 0)
		text[0] = '\0';
	return text;
}
