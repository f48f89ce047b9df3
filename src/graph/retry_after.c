/*
 * retry_after - the pause that a server asks for.
 *
 * Seen from Microsoft: whole seconds, decimals such as 2.128, an HTTP date, nothing at
 * all. Dates come in the three forms that RFC 9110 has a reader accept.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "governor.h"

enum { MS_PER_S = 1000, LONGEST_S = 3600, LONGEST_MS = 3600000 };

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t\r\n");
}

/* read_seconds rounds up; more than the longest is the longest. */
static bool read_seconds(const char *text, int64_t *seconds)
{
	if (!isdigit((unsigned char)*text))
		return false;
	*seconds = 0;
	for (; isdigit((unsigned char)*text); text++)
		if (*seconds <= LONGEST_S)
			*seconds = *seconds * 10 + (*text - '0');
	if (*text == '.') {
		size_t digits = strspn(text + 1, "0123456789");
		if (digits == 0)
			return false;
		if (strspn(text + 1, "0") < digits)
			++*seconds;
		text += 1 + digits;
	}
	return *skip_blanks(text) == '\0';
}

static int month_of(const char *name)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	for (size_t i = 0; i < 12; i++)
		if (strncasecmp(name, months + 3 * i, 3) == 0)
			return (int)i;
	return -1;
}

/* in_range keeps nonsense such as the 99th from being carried over to another month. */
static bool in_range(const struct tm *t)
{
	return t->tm_mon >= 0 && t->tm_mday >= 1 && t->tm_mday <= 31 && t->tm_hour >= 0 &&
	       t->tm_hour <= 23 && t->tm_min >= 0 && t->tm_min <= 59 && t->tm_sec >= 0 &&
	       t->tm_sec <= 60;
}

static bool read_date(const char *text, int64_t *wall_ms)
{
	struct tm t = {0};
	char month[4];
	int year;
	bool current = sscanf(text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT", &t.tm_mday,
			   month, &year, &t.tm_hour, &t.tm_min, &t.tm_sec) == 6;
	bool rfc850 =
	    !current && sscanf(text, "%*9[A-Za-z], %2d-%3[A-Za-z]-%2d %2d:%2d:%2d GMT", &t.tm_mday,
			    month, &year, &t.tm_hour, &t.tm_min, &t.tm_sec) == 6;
	bool asctime = !current && !rfc850 &&
		       sscanf(text, "%*3[A-Za-z] %3[A-Za-z] %2d %2d:%2d:%2d %4d", month, &t.tm_mday,
			   &t.tm_hour, &t.tm_min, &t.tm_sec, &year) == 6;
	if (!current && !rfc850 && !asctime)
		return false;
	t.tm_year = rfc850 ? year + 100 : year - 1900;
	t.tm_mon = month_of(month);
	if (!in_range(&t))
		return false;
	*wall_ms = (int64_t)timegm(&t) * MS_PER_S;
	return true;
}

static int64_t clamp_ms(int64_t ms)
{
	if (ms < MS_PER_S)
		return MS_PER_S;
	return ms < LONGEST_MS ? ms : LONGEST_MS;
}

int64_t retry_after_ms(const char *header, int64_t fallback_ms)
{
	int64_t seconds, wall_ms;
	if (!header)
		return fallback_ms;
	header = skip_blanks(header);
	if (read_seconds(header, &seconds))
		return clamp_ms(seconds * MS_PER_S);
	if (!read_date(header, &wall_ms))
		return fallback_ms;
	int64_t ms = wall_ms - clock_wall_ms() + MS_PER_S - 1;
	return clamp_ms(ms - ms % MS_PER_S);
}
