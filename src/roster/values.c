/*
 * values - what stands in a row, as texts, days, yes or no; and what is told when it is not
 * what it should be.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "reading.h"

static const char mend_reference[] = "Send that record too, or correct the id";
static const char iso_date[] = "Write dates as YYYY-MM-DD";

void reading_fault(struct roster_reading *r, enum fault_level level, const char *word,
    enum field field, const char *remedy, const char *fmt, ...)
{
	char sentence[256];
	struct fault_at at = {.file = r->row.file, .row = r->row.number};
	if (field != F_NONE) {
		at.column = r->row.column[field];
		at.value = r->row.at[field];
	}
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(sentence, sizeof sentence, fmt, args);
	va_end(args);
	faults_add(r->faults, level, word, at, remedy, "%s", sentence);
}

bool take_has(const struct roster_reading *r, enum field f)
{
	return r->row.at[f] && *r->row.at[f];
}

const char *take_text(struct roster_reading *r, enum field f)
{
	if (!take_has(r, f))
		return "";
	if (strlen(r->row.at[f]) <= VALUE_MAX_BYTES)
		return store_text(r->store, r->row.at[f]);
	reading_fault(r, FAULT_WARNING, "too_long", f, "Shorten the value",
	    "The value has more than %d bytes and was left out", VALUE_MAX_BYTES);
	return "";
}

/* 03/11/2026 is a day in March or one in November: read wrongly, somebody would leave a class
 * months too early. */
static bool is_either(const char *text)
{
	char *end;
	long first = strtol(text, &end, 10);
	long second = *end == '/' ? strtol(end + 1, NULL, 10) : 0;
	return second > 0 && second <= 12 && first <= 12 && first != second;
}

int32_t take_day(struct roster_reading *r, enum field f)
{
	int32_t day = NO_DAY;
	if (take_has(r, f) && r->shape->record == RECORD_ENROLMENT && is_either(r->row.at[f]))
		reading_fault(r, FAULT_WARNING, "bad_date", f, iso_date,
		    "Nobody can tell which of the two is the month; the value was left out");
	else if (take_has(r, f) && !day_of(r->row.at[f], &day))
		reading_fault(
		    r, FAULT_WARNING, "bad_date", f, iso_date, "This is no date that can be read");
	return day;
}

void take_days(struct roster_reading *r, int32_t *from, int32_t *until)
{
	*from = take_day(r, F_FROM);
	*until = take_day(r, F_UNTIL);
	if (*from == NO_DAY || *until == NO_DAY || *from <= *until)
		return;
	reading_fault(r, FAULT_WARNING, "ends_before_it_begins", F_UNTIL,
	    "Correct one of the two dates", "It ends before it begins; both dates were left out");
	*from = *until = NO_DAY;
}

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcasecmp(text, *words) == 0)
			return true;
	return false;
}

bool take_yes(struct roster_reading *r, enum field f, bool otherwise)
{
	static const char *const yes[] = {"true", "1", "yes", "y", "primary", NULL};
	static const char *const no[] = {"false", "0", "no", "n", "secondary", NULL};
	if (!take_has(r, f))
		return otherwise;
	bool is_yes = is_one_of(r->row.at[f], yes);
	if (is_yes || is_one_of(r->row.at[f], no))
		return is_yes;
	reading_fault(r, FAULT_WARNING, "bad_value", f, "Write true or false",
	    "This is neither true nor false; the value was left out");
	return otherwise;
}

const char *take_code(const struct roster_reading *r, enum field f)
{
	const char *text = r->row.at[f] ? r->row.at[f] : "";
	const char *word = map_get(&r->store->codes, text);
	return word ? word : text;
}

/* A row of a delta says what became of its record, and when. */
static void check_modified(struct roster_reading *r)
{
	if (!take_has(r, F_MODIFIED))
		reading_fault(r, FAULT_WARNING, "missing_value", F_MODIFIED, "Fill it in",
		    "A row of a delta should say when it was last modified");
	else
		take_day(r, F_MODIFIED);
}

enum life take_life(struct roster_reading *r)
{
	static const char *const used[] = {"active", "true", NULL};
	static const char *const gone[] = {"tobedeleted", "inactive", "false", NULL};
	const char *status = r->row.at[F_STATUS];
	if (r->delta)
		check_modified(r);
	if (!take_has(r, F_STATUS)) {
		if (!r->delta)
			return LIFE_USED;
		reading_fault(r, FAULT_ERROR, "missing_value", F_STATUS,
		    "Write active or tobedeleted", "A row of a delta needs a status");
		return LIFE_UNKNOWN;
	}
	if (is_one_of(status, used))
		return LIFE_USED;
	if (is_one_of(status, gone))
		return LIFE_GONE;
	reading_fault(r, r->delta ? FAULT_ERROR : FAULT_WARNING, "bad_value", F_STATUS,
	    "Write active or tobedeleted", "This status is not known");
	return r->delta ? LIFE_UNKNOWN : LIFE_USED;
}

bool take_claim(struct roster_reading *r, struct mark *m, enum life life)
{
	if (m->seen == r->pass) {
		reading_fault(r, FAULT_ERROR, "duplicate_id", F_ID, "Give each record its own id",
		    "Row %llu has the same id already", (unsigned long long)m->row);
		return false;
	}
	*m = (struct mark){
	    .known = true, .gone = life == LIFE_GONE, .seen = r->pass, .row = r->row.number};
	return !m->gone;
}

void take_missing(struct roster_reading *r, enum fault_level level, enum field f, const char *what)
{
	reading_fault(r, level, "bad_reference", f, mend_reference,
	    level == FAULT_ERROR ? "There is no such %s; the record was dropped"
				 : "There is no such %s; the value was left out",
	    what);
}

void take_each(const char *list, void (*each)(struct roster_reading *r, const char *part),
    struct roster_reading *r)
{
	for (int parts = 0; *list; parts++) {
		if (parts == LIST_MAX) {
			reading_fault(r, FAULT_WARNING, "too_long", F_NONE, "Shorten the list",
			    "A list has more than %d values; the rest was left out", LIST_MAX);
			return;
		}
		size_t length = strcspn(list, ",");
		const char *next = list + length + (list[length] ? 1 : 0);
		while (length > 0 && *list == ' ')
			list++, length--;
		while (length > 0 && list[length - 1] == ' ')
			length--;
		char *part = xstrndup(list, length);
		if (*part)
			each(r, part);
		free(part);
		list = next;
	}
}
