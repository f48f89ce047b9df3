/*
 * cron - from an expression to the next time that is due.
 *
 * The search goes through the calendar of the zone, minute by minute of the days that match,
 * as if its clock never moved; local_to_utc then finds the instant, and is where clocks that
 * are put forward or back are dealt with. Seconds of that calendar are called local here, and
 * are counted as UTC's are.
 */
#include "cron.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

#include "buf.h"

enum { MINUTE = 60, DAY = 86400, DAYS_MOST = 8 * 366, NAME_MAX_BYTES = 64 };

/* ---- the expression ----------------------------------------------------------------- */

struct field {
	const char *name;
	int least, most;
	const char *const *words; /* of least, least + 1, ...; NULL: numbers alone */
};

static const char *const month_names[] = {
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", NULL};
static const char *const weekday_names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};

enum { FIELDS = 5 };
static const struct field fields[FIELDS] = {
    {"minute", 0, 59, NULL},
    {"hour", 0, 23, NULL},
    {"day", 1, 31, NULL},
    {"month", 1, 12, month_names},
    {"weekday", 0, 7, weekday_names},
};

/* read_value reads a number or a name of the field; NULL when there is none in range. */
static const char *read_value(const char *at, const struct field *f, int *value)
{
	for (int i = 0; f->words && f->words[i]; i++)
		if (strncasecmp(at, f->words[i], 3) == 0 && !isalnum((unsigned char)at[3])) {
			*value = f->least + i;
			return at + 3;
		}
	size_t digits = strspn(at, "0123456789");
	if (digits < 1 || digits > 2)
		return NULL;
	*value = (int)strtol(at, NULL, 10);
	return *value >= f->least && *value <= f->most ? at + digits : NULL;
}

/* read_part reads "*", "5", "1-5" or any of them with "/step", and sets its bits. */
static const char *read_part(const char *at, const struct field *f, uint64_t *bits)
{
	int from = f->least, to = f->most, step = 1;
	bool open = *at == '*';
	if (open)
		at++;
	else if (!(at = read_value(at, f, &from)))
		return NULL;
	if (!open && *at == '-') {
		if (!(at = read_value(at + 1, f, &to)) || to < from)
			return NULL;
	} else if (!open) {
		to = *at == '/' ? f->most : from;
	}
	if (*at == '/') {
		size_t digits = strspn(at + 1, "0123456789");
		step = digits >= 1 && digits <= 2 ? (int)strtol(at + 1, NULL, 10) : 0;
		if (step == 0)
			return NULL;
		at += 1 + digits;
	}
	for (int value = from; value <= to; value += step)
		*bits |= UINT64_C(1) << value;
	return at;
}

static const char *read_field(const char *at, const struct field *f, uint64_t *bits)
{
	*bits = 0;
	while ((at = read_part(at, f, bits)) && *at == ',')
		at++;
	return at && (*at == '\0' || isspace((unsigned char)*at)) ? at : NULL;
}

static const char *skip_blanks(const char *at)
{
	while (isspace((unsigned char)*at))
		at++;
	return at;
}

int cron_read(struct cron *c, const char *text, struct err *e)
{
	uint64_t bits[FIELDS];
	bool star[FIELDS];
	const char *at = skip_blanks(text);
	for (int i = 0; i < FIELDS; i++) {
		star[i] = *at == '*';
		at = read_field(at, &fields[i], &bits[i]);
		if (!at)
			return err_set(e, ERR_INPUT,
			    "\"%.80s\": the %s is wrong: %d to %d, with * , - / between", text,
			    fields[i].name, fields[i].least, fields[i].most);
		at = skip_blanks(at);
	}
	if (*at)
		return err_set(e, ERR_INPUT,
		    "\"%.80s\": five fields are wanted: minute hour day month weekday", text);
	*c = (struct cron){
	    .minutes = bits[0],
	    .hours = (uint32_t)bits[1],
	    .days = (uint32_t)bits[2],
	    .months = (uint32_t)bits[3],
	    .weekdays = (uint32_t)(bits[4] | bits[4] >> 7),
	    .any_day = star[2],
	    .any_weekday = star[4],
	};
	return 0;
}

/* ---- the zone ------------------------------------------------------------------------- */

int cron_zone(const char *zone, struct err *e)
{
	const char *folder = getenv("TZDIR");
	char path[256];
	struct stat about;
	size_t length = strlen(zone);
	bool plain =
	    strspn(zone, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") ==
	    length;
	(void)!snprintf(
	    path, sizeof path, "%s/%.64s", folder ? folder : "/usr/share/zoneinfo", zone);
	if (length == 0 || length > NAME_MAX_BYTES || !plain || zone[0] == '/' ||
	    stat(path, &about) < 0 || !S_ISREG(about.st_mode))
		return err_set(e, ERR_INPUT,
		    "\"%.64s\" is no time zone of this system: give an IANA name such as "
		    "Africa/Johannesburg (package tzdata)",
		    zone);
	return 0;
}

static void use_zone(const char *zone)
{
	if (zone)
		(void)setenv("TZ", zone, 1);
	else
		(void)unsetenv("TZ");
	tzset();
}

/* offset_at is what the clocks of the zone are ahead of UTC, in seconds. */
static int64_t offset_at(int64_t utc)
{
	time_t seconds = (time_t)utc;
	struct tm t;
	return localtime_r(&seconds, &t) ? t.tm_gmtoff : 0;
}

/* The instant at which clocks show a time: the first, if they show it twice; if they never
 * do, that at which they are put forward across it. */
static int64_t local_to_utc(int64_t local)
{
	int64_t before = offset_at(local - DAY), after = offset_at(local + DAY);
	int64_t first = local - (before > after ? before : after);
	int64_t last = local - (before > after ? after : before);
	if (first + offset_at(first) == local)
		return first;
	if (last + offset_at(last) == local)
		return last;
	while (last - first > 1) {
		int64_t middle = first + (last - first) / 2;
		if (offset_at(middle) == after)
			last = middle;
		else
			first = middle;
	}
	return last;
}

/* ---- the search ------------------------------------------------------------------------ */

static bool has_bit(uint64_t bits, int n)
{
	return bits >> n & 1;
}

static bool is_day(const struct cron *c, int64_t local_midnight)
{
	time_t seconds = (time_t)local_midnight;
	struct tm t;
	if (!gmtime_r(&seconds, &t) || !has_bit(c->months, t.tm_mon + 1))
		return false;
	bool day = has_bit(c->days, t.tm_mday), weekday = has_bit(c->weekdays, t.tm_wday);
	return c->any_day || c->any_weekday ? day && weekday : day || weekday;
}

/* due_on is the first time of a day that is due after after, both UTC; 0: none. */
static int64_t due_on(const struct cron *c, int64_t local_midnight, int64_t after)
{
	for (int minute = 0; minute < DAY / MINUTE; minute++) {
		if (!has_bit(c->hours, minute / 60) || !has_bit(c->minutes, minute % 60))
			continue;
		int64_t utc = local_to_utc(local_midnight + (int64_t)minute * MINUTE);
		if (utc > after)
			return utc;
	}
	return 0;
}

/* Times go up within a day, and from one to the next, so the first that is found is the first. */
static int64_t search(const struct cron *c, int64_t after)
{
	int64_t local = after + offset_at(after);
	int64_t midnight = local - local % DAY;
	for (int day = 0; day < DAYS_MOST; day++, midnight += DAY) {
		int64_t utc = is_day(c, midnight) ? due_on(c, midnight, after) : 0;
		if (utc)
			return utc;
	}
	return 0;
}

int64_t cron_next(const struct cron *c, const char *zone, int64_t after_ms)
{
	const char *had = getenv("TZ");
	char *own = had ? xstrdup(had) : NULL;
	use_zone(zone);
	int64_t next = search(c, after_ms / 1000);
	use_zone(own);
	free(own);
	return next * 1000;
}

/* ---- quiet days ------------------------------------------------------------------------- */

enum { DATE_LENGTH = 10 };

/* is_day_word: three letters of a weekday, or a date. */
static bool is_day_word(const char *word, size_t length)
{
	if (length == 3) {
		for (int i = 0; weekday_names[i]; i++)
			if (strncasecmp(word, weekday_names[i], 3) == 0)
				return true;
		return false;
	}
	struct tm t = {0};
	char date[DATE_LENGTH + 1] = "", back[DATE_LENGTH + 1] = "";
	if (length != DATE_LENGTH)
		return false;
	memcpy(date, word, length);
	const char *end = strptime(date, "%Y-%m-%d", &t);
	time_t noon = timegm(&t);
	return end && !*end && gmtime_r(&noon, &t) &&
	       strftime(back, sizeof back, "%Y-%m-%d", &t) == DATE_LENGTH &&
	       strcmp(back, date) == 0;
}

/* next_day gives the next word of a list and its length, and goes on behind it; NULL at the
 * end. */
static const char *next_day(const char **at, size_t *length)
{
	const char *word = *at + strspn(*at, ", ");
	*length = strcspn(word, ", ");
	*at = word + *length;
	return *length ? word : NULL;
}

int cron_days(const char *days, struct err *e)
{
	size_t length;
	for (const char *word; (word = next_day(&days, &length));)
		if (!is_day_word(word, length))
			return err_set(e, ERR_INPUT,
			    "\"%.*s\" is no day: give weekdays (sat,sun) and dates (2026-12-24)",
			    length > 40 ? 40 : (int)length, word);
	return 0;
}

/* What a calendar of the zone shows; false for a time that no calendar has. */
static bool show(const char *zone, int64_t at_ms, struct tm *t)
{
	const char *had = getenv("TZ");
	char *own = had ? xstrdup(had) : NULL;
	time_t seconds = (time_t)(at_ms / 1000);
	*t = (struct tm){0};
	use_zone(zone);
	bool known = localtime_r(&seconds, t) != NULL;
	use_zone(own);
	free(own);
	return known;
}

char *cron_day(const char *zone, int64_t at_ms, char day[16])
{
	struct tm t;
	(void)show(zone, at_ms, &t);
	(void)strftime(day, 16, "%Y-%m-%d", &t);
	return day;
}

bool cron_is_quiet(const char *days, const char *zone, int64_t at_ms)
{
	char today[2][16] = {"", ""};
	struct tm t;
	size_t length;
	bool known = show(zone, at_ms, &t);
	(void)strftime(today[0], sizeof today[0], "%Y-%m-%d", &t);
	text_copy(today[1], sizeof today[1], weekday_names[t.tm_wday]);
	for (const char *word; known && (word = next_day(&days, &length));)
		for (int i = 0; i < 2; i++)
			if (strlen(today[i]) == length && strncasecmp(word, today[i], length) == 0)
				return true;
	return false;
}
