/* when - each form is tried in turn; only one that takes the whole text counts. */
#include "when.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DIGITS_MAX = 15 };

static bool read_epoch(const char *text, int64_t *at_ms)
{
	size_t digits = strspn(text, "0123456789");
	if (digits < 12 || digits > DIGITS_MAX || text[digits])
		return false;
	*at_ms = strtoll(text, NULL, 10);
	return true;
}

static bool read_span(const char *text, int64_t now_ms, int64_t *at_ms)
{
	static const struct {
		char letter;
		int64_t ms;
	} units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}};
	size_t digits = *text == '+' ? strspn(text + 1, "0123456789") : 0;
	if (digits == 0 || digits > 6 || strlen(text) != digits + 2)
		return false;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (units[i].letter == text[digits + 1]) {
			*at_ms = now_ms + strtoll(text + 1, NULL, 10) * units[i].ms;
			return true;
		}
	return false;
}

/* parse_date tells whether format takes all of text, but for a Z when utc may be set. */
static bool parse_date(const char *text, const char *format, struct tm *t, bool *utc)
{
	const char *end = strptime(text, format, t);
	*utc = end && *end == 'Z';
	return end && end[*utc] == '\0';
}

static bool read_date(const char *text, int64_t *at_ms)
{
	static const char *const formats[] = {
	    "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"};
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		struct tm t = {.tm_isdst = -1};
		bool utc;
		if (!parse_date(text, formats[i], &t, &utc))
			continue;
		*at_ms = (int64_t)(utc ? timegm(&t) : mktime(&t)) * 1000;
		return *at_ms >= 0;
	}
	return false;
}

/* read_clock takes a time of day: the first such moment from now on. */
static bool read_clock(const char *text, int64_t now_ms, int64_t *at_ms)
{
	time_t now = (time_t)(now_ms / 1000);
	struct tm t, given = {0};
	bool utc;
	if (!parse_date(text, "%H:%M", &given, &utc) || utc || !localtime_r(&now, &t))
		return false;
	t.tm_hour = given.tm_hour;
	t.tm_min = given.tm_min;
	t.tm_sec = 0;
	t.tm_isdst = -1;
	time_t at = mktime(&t);
	if (at < now) {
		t.tm_mday++;
		t.tm_isdst = -1;
		at = mktime(&t);
	}
	*at_ms = (int64_t)at * 1000;
	return true;
}

int when_read(const char *text, int64_t now_ms, int64_t *at_ms, struct err *e)
{
	if (read_epoch(text, at_ms) || read_span(text, now_ms, at_ms) || read_date(text, at_ms) ||
	    read_clock(text, now_ms, at_ms))
		return 0;
	return err_set(e, ERR_USAGE,
	    "\"%s\" is no time: 10:42, 2026-11-22T10:42, 2026-11-22T08:42Z or +30m (s, m, h, d)",
	    text);
}
