/*
 * console_setup - the set-up of a school as somebody sends it: checked member by member, and
 * turned into the fields that keep it.
 *
 * A setting is a text in the school's hash, where rollcall school set writes it as well; lists
 * and maps are JSON, or words with commas between.
 */
#include "console_setup.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "console.h"
#include "console_settings.h"
#include "cron.h"
#include "roster.h"

enum {
	OWNERS_MAX = 100, /* a Team has no more */
	LIST_MAX = 200,
	TEXT_MAX_BYTES = 200,
	IDENTIFIER_MAX_BYTES = 60,
	GRACE_DAYS_MAX = 365,
};

#define refuse(s, ...) (void)err_set(&(s)->error, ERR_INPUT, __VA_ARGS__)

static bool is_plain(const char *text)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return false;
	return strlen(text) <= TEXT_MAX_BYTES;
}

static bool is_among(const char *text, const json_t *list)
{
	size_t i;
	json_t *one;
	json_array_foreach (list, i, one)
		if (strcmp(json_string_value(one), text) == 0)
			return true;
	return false;
}

static bool is_domain(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";
	size_t length = strlen(text);
	return length >= 3 && length <= 253 && strspn(text, plain) == length && strchr(text, '.') &&
	       text[0] != '.' && text[length - 1] != '.' && !strstr(text, "..");
}

/* are_texts: a list of texts without commas where words are kept with commas between. */
static bool are_texts(struct setup *s, const char *name, const json_t *list, bool words)
{
	size_t i;
	json_t *one;
	if (!json_is_array(list) || json_array_size(list) > LIST_MAX) {
		refuse(s, "%s has to be a list of at most %d texts", name, LIST_MAX);
		return false;
	}
	json_array_foreach (list, i, one) {
		const char *text = json_string_value(one);
		if (text && *text && is_plain(text) && !(words && strpbrk(text, ", ")))
			continue;
		refuse(s, "%s has a member that is no text of 1 to %d bytes: \"%.60s\"", name,
		    TEXT_MAX_BYTES, text ? text : "");
		return false;
	}
	return true;
}

static void keep(struct setup *s, const char *name, const char *text)
{
	json_object_set_new(s->fields, name, json_string(text));
}

static void keep_json(struct setup *s, const char *name, const json_t *value)
{
	char *text = json_write(value);
	keep(s, name, text);
	free(text);
}

static void keep_words(struct setup *s, const char *name, const json_t *list)
{
	size_t i;
	json_t *one;
	struct buf b;
	buf_init(&b, 0);
	buf_adds(&b, "");
	json_array_foreach (list, i, one)
		buf_addf(&b, "%s%s", i ? "," : "", json_string_value(one));
	keep(s, name, b.data);
	buf_clear(&b);
}

static void read_kinds(struct setup *s, const char *name, const json_t *value)
{
	size_t i;
	json_t *one, *known = settings_kinds(s->school);
	if (are_texts(s, "kinds", value, true)) {
		json_array_foreach (value, i, one)
			if (!is_among(json_string_value(one), known))
				refuse(s,
				    "kinds has \"%.60s\": year, registration or, where the "
				    "school's source has them, teaching",
				    json_string_value(one));
		keep_words(s, name, value);
	}
	json_decref(known);
}

static void read_identifier(struct setup *s, const char *name, const json_t *value)
{
	const char *text = json_string_value(value);
	if (json_is_null(value))
		json_object_set_new(s->fields, name, json_null());
	else if (!text || strlen(text) > IDENTIFIER_MAX_BYTES || !is_plain(text))
		refuse(s,
		    "identifier has to be a text of at most %d bytes, \"\" for none, or null for "
		    "the school's DfE code",
		    IDENTIFIER_MAX_BYTES);
	else
		keep(s, name, text);
}

static void read_owners(struct setup *s, const char *name, const json_t *value)
{
	size_t i;
	json_t *one, *kept = json_array();
	if (!json_is_array(value) || json_array_size(value) > OWNERS_MAX)
		refuse(s, "extra_owners has to be a list of at most %d people", OWNERS_MAX);
	json_array_foreach (value, i, one) {
		const char *id = json_text_or(one, "id", ""),
			   *email = json_text_or(one, "email", "");
		const char *called = json_text_or(one, "name", "");
		char *address = address_key(email);
		if (!address || !is_plain(id) || !is_plain(called) || !is_plain(email))
			refuse(s,
			    "extra_owners: \"%.60s\" has no address of a Microsoft account "
			    "(email: \"%.60s\")",
			    *called ? called : id, email);
		else
			json_array_append_new(kept,
			    json_pack("{s:s, s:s, s:s}", "id", id, "name", called, "email", email));
		free(address);
	}
	keep_json(s, name, kept);
	json_decref(kept);
}

static void read_choice(struct setup *s, const char *name, const json_t *value)
{
	static const char *const choices[][3] = {
	    {"target", "team", "class"}, {"night", "off", "nightly"}};
	const char *text = json_string_value(value);
	for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
		if (strcmp(choices[i][0], name) != 0)
			continue;
		if (text && (strcmp(text, choices[i][1]) == 0 || strcmp(text, choices[i][2]) == 0))
			keep(s, name, text);
		else
			refuse(s, "%s is \"%.60s\": %s or %s", name, text ? text : "",
			    choices[i][1], choices[i][2]);
	}
}

static void read_time(struct setup *s, const char *name, const json_t *value)
{
	const char *text = json_string_value(value);
	if (text && strlen(text) == 5 && text[2] == ':' && isdigit((unsigned char)text[0]) &&
	    isdigit((unsigned char)text[1]) && isdigit((unsigned char)text[3]) &&
	    isdigit((unsigned char)text[4]) && strcmp(text, "24:00") < 0 && text[3] < '6')
		keep(s, name, text);
	else
		refuse(s, "night_at is \"%.60s\": a time of day as 02:00", text ? text : "");
}

static void read_zone(struct setup *s, const char *name, const json_t *value)
{
	struct err e;
	const char *text = json_string_value(value);
	if (!text || cron_zone(text, &e) < 0)
		refuse(s, "zone is \"%.60s\": the name of a time zone as Europe/London",
		    text ? text : "");
	else
		keep(s, name, text);
}

static bool is_weekday(const char *text)
{
	static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
	for (size_t i = 0; i < sizeof days / sizeof *days; i++)
		if (strcmp(days[i], text) == 0)
			return true;
	return false;
}

static void read_quiet(struct setup *s, const char *name, const json_t *value)
{
	size_t i;
	json_t *one;
	if (!are_texts(s, name, value, true))
		return;
	json_array_foreach (value, i, one)
		if (!is_weekday(json_string_value(one)) && !console_is_day(json_string_value(one)))
			refuse(s, "quiet has \"%.60s\": days as 2026-12-25, or sat, sun",
			    json_string_value(one));
	keep_words(s, name, value);
}

/* At once is no field, as rollcall school set --unset leaves it. */
static void read_opens(struct setup *s, const char *name, const json_t *value)
{
	const char *text = json_string_value(value);
	if (!text)
		refuse(s, "opens has to be a text: " ROSTER_OPENS "; at once: \"\"");
	else if (!*text)
		json_object_set_new(s->fields, name, json_null());
	else if (roster_opens(text))
		keep(s, name, text);
	else
		refuse(s, "opens is \"%.60s\": " ROSTER_OPENS "; at once: \"\"", text);
}

static void read_days(struct setup *s, const char *name, const json_t *value)
{
	json_int_t days = json_integer_value(value);
	char text[24];
	if (!json_is_integer(value) || days < 0 || days > GRACE_DAYS_MAX) {
		refuse(s, "grace_days has to be a whole number from 0 to %d", GRACE_DAYS_MAX);
		return;
	}
	(void)snprintf(text, sizeof text, "%lld", (long long)days);
	keep(s, name, text);
}

static void read_domains(struct setup *s, const char *name, const json_t *value)
{
	const char *from;
	json_t *to;
	if (!json_is_object(value) || json_object_size(value) > LIST_MAX) {
		refuse(s, "domain_map has to be an object of at most %d domains", LIST_MAX);
		return;
	}
	json_object_foreach ((json_t *)(uintptr_t)value, from, to)
		if (!is_domain(from) || !json_is_string(to) || !is_domain(json_string_value(to)))
			refuse(s,
			    "domain_map: \"%.60s\" to \"%.60s\" are no two domains in small "
			    "letters",
			    from, json_is_string(to) ? json_string_value(to) : "");
	keep_json(s, name, value);
}

static void read_domain(struct setup *s, const char *name, const json_t *value)
{
	const char *text = json_string_value(value);
	if (text && (!*text || is_domain(text)))
		keep(s, name, text);
	else
		refuse(s, "%s is \"%.60s\": a domain in small letters, or \"\"", name,
		    text ? text : "");
}

static void read_exclude(struct setup *s, const char *name, const json_t *value)
{
	static const char *const members[] = {"names", "kinds", "grades"};
	const char *key;
	json_t *list;
	if (!json_is_object(value)) {
		refuse(s, "exclude has to be an object with names, kinds and grades");
		return;
	}
	json_object_foreach ((json_t *)(uintptr_t)value, key, list) {
		bool known = false;
		for (size_t i = 0; i < sizeof members / sizeof *members; i++)
			known |= strcmp(key, members[i]) == 0;
		if (!known)
			refuse(s, "exclude.%.60s is not known: names, kinds, grades", key);
		else
			(void)are_texts(s, key, list, false);
	}
	keep_json(s, name, value);
}

/* A member of the body, the field that keeps it, and how it is read. */
static const struct setting {
	const char *member, *field;
	void (*read)(struct setup *s, const char *field, const json_t *value);
} settings[] = {
    {"kinds", "sync_kinds", read_kinds},
    {"identifier", "identifier", read_identifier},
    {"extra_owners", "extra_owners", read_owners},
    {"target", "target", read_choice},
    {"night", "night", read_choice},
    {"night_at", "night_at", read_time},
    {"zone", "zone", read_zone},
    {"quiet", "quiet", read_quiet},
    {"opens", "opens", read_opens},
    {"grace_days", "grace_days", read_days},
    {"domain_map", "domain_map", read_domains},
    {"staff_domain", "staff_domain", read_domain},
    {"student_domain", "student_domain", read_domain},
    {"exclude", "exclude", read_exclude},
};

static void read_member(struct setup *s, const char *member, const json_t *value)
{
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
		if (strcmp(settings[i].member, member) == 0) {
			settings[i].read(s, settings[i].field, value);
			return;
		}
	refuse(s, "%.60s is no setting", member);
}

void setup_read(struct setup *s, const json_t *body)
{
	const char *member;
	json_t *value;
	s->fields = json_object();
	json_object_foreach ((json_t *)(uintptr_t)body, member, value)
		if (!s->error.code)
			read_member(s, member, value);
}
