/*
 * cron - when a schedule is due: five fields (minute hour day month weekday) in the time of a
 * zone by its IANA name.
 *
 * Fields have lists, ranges, steps and English names of three letters; 7 is Sunday, too. When
 * neither day nor weekday begins with *, one of them is enough. Where clocks are put forward,
 * a time that does not exist is due at the next minute that does; where they are put back, a
 * time that comes twice is due once, the first time.
 */
#ifndef CRON_H
#define CRON_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

struct cron {
	uint64_t minutes;	/* a bit for each */
	uint32_t hours, days, months, weekdays;
	bool any_day, any_weekday;
};

/* cron_read reads an expression; *e names the field that is wrong. */
int cron_read(struct cron *c, const char *text, struct err *e) MUST_CHECK;

/* cron_zone checks that the system knows the zone. */
int cron_zone(const char *zone, struct err *e) MUST_CHECK;

/* cron_next is the first time that is due after after_ms (both epoch ms), or 0 when none
 * comes within eight years. It swaps the process's TZ for as long as it runs. */
int64_t cron_next(const struct cron *c, const char *zone, int64_t after_ms);

/* Days on which a schedule keeps quiet: weekdays (sat) and dates (2026-12-24), separated by
 * commas; "" is none. cron_days checks such a list, and cron_is_quiet tells whether the day
 * of a time in a zone is on it; like cron_next it swaps TZ. */
int cron_days(const char *days, struct err *e) MUST_CHECK;
bool cron_is_quiet(const char *days, const char *zone, int64_t at_ms);

/* cron_day writes the day of a time in a zone, "2026-12-24"; returns day. It swaps TZ. */
char *cron_day(const char *zone, int64_t at_ms, char day[16]);

#endif
