/*
 * day - dates as rosters write them. Slashes are read the US way, as School Data Sync has
 * them; where that gives no month the text is no date, for which of the two it was nobody can
 * tell.
 */
#include <stdio.h>

#include "roster_set.h"

enum { DAYS_TO_1970 = 719468, ERA_DAYS = 146097, ERA_YEARS = 400 };

/* number reads so many digits and passes over them; -1: they are not there. */
static int number(const char **text, int least, int most)
{
	int value = 0, digits = 0;
	for (; digits < most && **text >= '0' && **text <= '9'; digits++)
		value = 10 * value + *(*text)++ - '0';
	return digits >= least ? value : -1;
}

static bool is_day(int year, int month, int day)
{
	static const int lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	if (year < 1900 || year > 2200 || month < 1 || month > 12 || day < 1 ||
	    day > lengths[month - 1])
		return false;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return month != 2 || day < 29 || leap;
}

/* The year begins in March here, so that the leap day is its last. */
static int32_t count_days(int year, int month, int day)
{
	int y = month <= 2 ? year - 1 : year, m = (month + 9) % 12;
	int era = y / ERA_YEARS, of_era = y % ERA_YEARS;
	return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + (153 * m + 2) / 5 + day -
	       1 - DAYS_TO_1970;
}

bool day_of(const char *text, int32_t *day)
{
	int year, month, of_month;
	int first = number(&text, 1, 4);
	char between = *text;
	if (first < 0 || (between != '-' && between != '/'))
		return false;
	text++;
	int second = number(&text, 1, 2);
	if (second < 0 || *text++ != between)
		return false;
	if (between == '-') {
		year = first;
		month = second;
		of_month = number(&text, 2, 2);
	} else {
		month = first;
		of_month = second;
		year = number(&text, 4, 4);
	}
	if (*text && *text != 'T' && *text != ' ')
		return false;
	if (!is_day(year, month, of_month))
		return false;
	*day = count_days(year, month, of_month);
	return true;
}

const char *day_text(int32_t day, char room[DAY_ROOM])
{
	room[0] = '\0';
	if (day == NO_DAY)
		return room;
	int since = day + DAYS_TO_1970;
	int of_era = since % ERA_DAYS;
	int year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int of_year = of_era - (365 * year + year / 4 - year / 100);
	int m = (5 * of_year + 2) / 153;
	int month = m < 10 ? m + 3 : m - 9;
	year += since / ERA_DAYS * ERA_YEARS + (month <= 2);
	(void)snprintf(room, DAY_ROOM, "%04u-%02u-%02u", (unsigned)year % 10000,
	    (unsigned)month % 100, (unsigned)(of_year - (153 * m + 2) / 5 + 1) % 100);
	return room;
}
