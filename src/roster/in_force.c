/*
 * in_force - who is in a class today, where enrolments have dates: a member from that day on,
 * and no more from the other. Days are texts, which compare as they stand; what is no day
 * says nothing. Beside it: what may be said of when a class opens.
 */
#include <ctype.h>
#include <string.h>
#include <time.h>

#include "cron.h"
#include "roster.h"

enum { DAY_SECONDS = 86400, DAY_LENGTH = 10 };

static bool is_day(const char *text)
{
	static const char form[] = "dddd-dd-dd";
	if (!text || strlen(text) != DAY_LENGTH)
		return false;
	for (size_t i = 0; form[i]; i++)
		if (form[i] == 'd' ? !isdigit((unsigned char)text[i]) : text[i] != form[i])
			return false;
	return true;
}

static bool begins_later(const json_t *learner, const char *today)
{
	return roster_day_later(json_text(learner, "from"), today);
}

static bool is_over(const json_t *learner, const char *today)
{
	const char *until = json_text(learner, "until");
	return is_day(until) && strcmp(until, today) <= 0;
}

static bool has_dates(const json_t *learners)
{
	size_t i;
	json_t *learner;
	json_array_foreach (learners, i, learner)
		if (json_text(learner, "from") || json_text(learner, "until"))
			return true;
	return false;
}

json_t *roster_in_force(const json_t *class, const char *today)
{
	json_t *learners = json_list(class, "learners");
	json_t *whole = json_copy((json_t *)(uintptr_t) class);
	if (!has_dates(learners))
		return whole;
	json_t *here = json_array(), *ended = json_object(), *learner;
	json_int_t later = 0;
	size_t i;
	json_array_foreach (learners, i, learner) {
		const char *id = json_text_or(learner, "id", "");
		if (is_over(learner, today))
			json_object_set(ended, id, json_object_get(learner, "until"));
		else if (begins_later(learner, today))
			later++;
		else
			json_array_append(here, learner);
	}
	json_object_set_new(whole, "learners", here);
	json_object_set_new(whole, "ended", ended);
	json_object_set_new(whole, "later", json_integer(later));
	return whole;
}

bool roster_day_later(const char *day, const char *today)
{
	return is_day(day) && strcmp(day, today) > 0;
}

bool roster_opens(const char *text)
{
	return strcmp(text, "teacher") == 0 || (is_day(text) && cron_days(text, NULL) == 0);
}

bool roster_day_over(const char *day, int64_t more_days, const char *today)
{
	struct tm t = {0};
	char end[DAY_LENGTH + 1];
	if (!is_day(day) || !strptime(day, "%Y-%m-%d", &t))
		return false;
	time_t then = timegm(&t) + (time_t)more_days * DAY_SECONDS;
	if (!gmtime_r(&then, &t) || strftime(end, sizeof end, "%Y-%m-%d", &t) != DAY_LENGTH)
		return false;
	return strcmp(end, today) <= 0;
}
