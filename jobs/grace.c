/*
 * grace - how long a leaver stays in the Team: so many days after the first on which the
 * register does not have them any more.
 */
#include "grace.h"

#include <stdlib.h>

#include "roster.h"

enum { GRACE_DAYS_MAX = 366 };

int64_t grace_days(const json_t *settings)
{
	int64_t days = strtoll(json_text_or(settings, "grace_days", "0"), NULL, 10);
	return days < 0 ? 0 : days > GRACE_DAYS_MAX ? GRACE_DAYS_MAX : days;
}

bool grace_holds(int64_t days, const char *left_on, const char *today)
{
	return days > 0 && !roster_day_over(left_on ? left_on : today, days, today);
}
