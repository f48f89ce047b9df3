/* setting_lists - words on a command line to JSON in a school's record, and back. */
#include "setting_lists.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "json.h"
#include "roster.h"

enum { DEPTH = 5, OWNERS_MAX = 100, LIST_MAX = 200, WORD_MAX_BYTES = 200 };

bool list_is_domain(const char *text, size_t length)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";
	return length >= 3 && length <= 253 && strspn(text, plain) >= length &&
	       memchr(text, '.', length) && text[0] != '.' && text[length - 1] != '.' &&
	       !memmem(text, length, "..", 2);
}

/* take_word cuts the next word off *at, up to a comma or the end, without blanks around. */
static bool take_word(const char **at, const char *end, const char **word, size_t *length)
{
	if (!*at)
		return false;
	size_t whole = strcspn(*at, ",");
	if (whole > (size_t)(end - *at))
		whole = (size_t)(end - *at);
	const char *from = *at, *to = *at + whole;
	*at = to < end ? to + 1 : NULL;
	while (from < to && *from == ' ')
		from++;
	while (to > from && to[-1] == ' ')
		to--;
	*word = from;
	*length = (size_t)(to - from);
	return true;
}

static char *keep(json_t *value)
{
	char *text = json_write(value);
	json_decref(value);
	return text;
}

static char *no_good(json_t *value, struct err *e, const char *why, const char *text)
{
	json_decref(value);
	err_set(e, ERR_USAGE, "\"%.60s\": %s", text, why);
	return NULL;
}

/* as_json reads a text that begins like JSON of that type; NULL if it is none. */
static json_t *as_json(const char *text, json_type type)
{
	struct err e;
	json_t *value = json_read(text, strlen(text), DEPTH, &e);
	if (value && json_typeof(value) == type)
		return value;
	json_decref(value);
	return NULL;
}

/* ---- owners -------------------------------------------------------------------------- */

static bool is_owner(const json_t *person)
{
	char *address = address_key(json_text_or(person, "email", ""));
	bool is = address != NULL;
	free(address);
	return is;
}

static json_t *owners_of_words(const char *text)
{
	const char *word;
	size_t length;
	json_t *list = json_array();
	for (const char *at = text, *end = text + strlen(text);
	     take_word(&at, end, &word, &length);)
		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:s%}", "id", "", "name", "", "email", word, length));
	return list;
}

char *list_take_owners(const char *text, struct err *e)
{
	static const char wanted[] = "addresses of Microsoft accounts with commas between, 100 at "
				     "most, or a list in JSON; for none: --unset owners";
	json_t *list = *text == '[' ? as_json(text, JSON_ARRAY) : owners_of_words(text), *person;
	size_t i;
	if (!list || json_array_size(list) == 0 || json_array_size(list) > OWNERS_MAX)
		return no_good(list, e, wanted, text);
	json_array_foreach (list, i, person)
		if (!is_owner(person))
			return no_good(list, e, wanted, text);
	return keep(list);
}

char *list_show_owners(const char *kept)
{
	size_t i;
	struct buf b;
	json_t *list = as_json(kept, JSON_ARRAY), *person;
	if (!list)
		return NULL;
	buf_init(&b, 0);
	buf_adds(&b, "");
	json_array_foreach (list, i, person)
		buf_addf(&b, "%s%s", i ? "," : "", json_text_or(person, "email", ""));
	json_decref(list);
	return buf_take(&b);
}

/* ---- domains --------------------------------------------------------------------------- */

static json_t *domains_of_words(const char *text)
{
	const char *word;
	size_t length;
	json_t *map = json_object();
	for (const char *at = text, *end = text + strlen(text);
	     take_word(&at, end, &word, &length);) {
		const char *equals = memchr(word, '=', length);
		size_t from = equals ? (size_t)(equals - word) : length;
		char *key = xstrndup(word, from);
		json_object_set_new(
		    map, key, equals ? json_stringn(equals + 1, length - from - 1) : json_null());
		free(key);
	}
	return map;
}

static bool is_domain(const char *text)
{
	return text && list_is_domain(text, strlen(text));
}

char *list_take_domains(const char *text, struct err *e)
{
	static const char wanted[] = "from=to,from=to, domains in small letters, or an object in "
				     "JSON; for none: --unset domain-map";
	json_t *map = *text == '{' ? as_json(text, JSON_OBJECT) : domains_of_words(text), *to;
	const char *from;
	if (!map || json_object_size(map) == 0 || json_object_size(map) > LIST_MAX)
		return no_good(map, e, wanted, text);
	json_object_foreach (map, from, to)
		if (!is_domain(from) || !is_domain(json_string_value(to)))
			return no_good(map, e, wanted, text);
	return keep(map);
}

char *list_show_domains(const char *kept)
{
	const char *from;
	struct buf b;
	json_t *map = as_json(kept, JSON_OBJECT), *to;
	if (!map)
		return NULL;
	buf_init(&b, 0);
	buf_adds(&b, "");
	json_object_foreach (map, from, to)
		buf_addf(&b, "%s%s=%s", b.length ? "," : "", from,
		    json_is_string(to) ? json_string_value(to) : "?");
	json_decref(map);
	return buf_take(&b);
}

/* ---- what is left out ------------------------------------------------------------------- */

static const char *const rules[] = {"names", "kinds", "grades"};
enum { RULES = sizeof rules / sizeof *rules };

static const char *rule_called(const char *text, size_t length)
{
	for (size_t i = 0; i < RULES; i++)
		if (strlen(rules[i]) == length && strncmp(rules[i], text, length) == 0)
			return rules[i];
	return NULL;
}

/* One rule, up to a semicolon: names=A*,B */
static bool add_rule(json_t *object, const char *text, size_t length)
{
	const char *equals = memchr(text, '=', length), *word;
	const char *rule = equals ? rule_called(text, (size_t)(equals - text)) : NULL;
	size_t word_length;
	if (!rule || json_object_get(object, rule))
		return false;
	json_t *list = json_array();
	json_object_set_new(object, rule, list);
	for (const char *at = equals + 1; take_word(&at, text + length, &word, &word_length);)
		json_array_append_new(list, json_stringn(word, word_length));
	return true;
}

static json_t *rules_of_words(const char *text)
{
	json_t *object = json_object();
	for (const char *at = text + strspn(text, " ;"); *at; at += strspn(at, " ;")) {
		size_t length = strcspn(at, ";");
		if (!add_rule(object, at, length)) {
			json_decref(object);
			return NULL;
		}
		at += length;
	}
	return object;
}

static bool is_rule(const char *name, const json_t *list)
{
	size_t i;
	json_t *one;
	if (!rule_called(name, strlen(name)) || !json_is_array(list) ||
	    json_array_size(list) > LIST_MAX)
		return false;
	json_array_foreach (list, i, one)
		if (json_string_length(one) < 1 || json_string_length(one) > WORD_MAX_BYTES ||
		    (strcmp(name, "kinds") == 0 && strcmp(json_string_value(one), "year") != 0 &&
			strcmp(json_string_value(one), "registration") != 0 &&
			strcmp(json_string_value(one), "teaching") != 0))
			return false;
	return true;
}

char *list_take_rules(const char *text, struct err *e)
{
	static const char wanted[] =
	    "\"names=BUSY:*,Detention; kinds=year; grades=R,1\", one or more of the three, or an "
	    "object in JSON; kinds are year, registration, teaching; for none: --unset exclude";
	json_t *object = *text == '{' ? as_json(text, JSON_OBJECT) : rules_of_words(text), *list;
	const char *name;
	if (!object || json_object_size(object) == 0)
		return no_good(object, e, wanted, text);
	json_object_foreach (object, name, list)
		if (!is_rule(name, list))
			return no_good(object, e, wanted, text);
	return keep(object);
}

char *list_show_rules(const char *kept)
{
	size_t i;
	struct buf b;
	json_t *object = as_json(kept, JSON_OBJECT), *one;
	if (!object)
		return NULL;
	buf_init(&b, 0);
	buf_adds(&b, "");
	for (size_t k = 0; k < RULES; k++) {
		if (json_array_size(json_list(object, rules[k])) == 0)
			continue;
		buf_addf(&b, "%s%s=", b.length ? "; " : "", rules[k]);
		json_array_foreach (json_list(object, rules[k]), i, one)
			buf_addf(&b, "%s%s", i ? "," : "",
			    json_is_string(one) ? json_string_value(one) : "?");
	}
	json_decref(object);
	return buf_take(&b);
}
