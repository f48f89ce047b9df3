/*
 * json - jansson with limits, and look-ups that forgive.
 *
 * jansson recurses once a level, as deep as 2,048, and frees as deep as it read;
 * so the levels are counted before it sees the text.
 */
#include "json.h"

#include <assert.h>
#include <string.h>

int json_depth(const char *text, size_t length)
{
	int depth = 0, deepest = 0;
	bool quoted = false;
	for (size_t i = 0; i < length; i++) {
		char c = text[i];
		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '[' || c == '{'))
			deepest = ++depth > deepest ? depth : deepest;
		else if (!quoted && (c == ']' || c == '}'))
			depth--;
	}
	return deepest;
}

/* reason_length leaves out the piece of text that jansson quotes: it may be a
 * token or somebody's name, and errors end up in logs. */
static int reason_length(const char *why)
{
	const char *quote = strstr(why, " near '");
	return (int)(quote ? (size_t)(quote - why) : strlen(why));
}

json_t *json_read(const char *text, size_t length, int depth_max, struct err *e)
{
	int depth = json_depth(text, length);
	if (depth > depth_max) {
		err_set(e, ERR_LIMIT, "JSON is %d levels deep, allowed are %d", depth, depth_max);
		return NULL;
	}
	json_error_t why;
	json_t *value = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
	if (!value)
		err_set(e, ERR_INPUT, "not JSON: %.*s (line %d, column %d, byte %d)",
		    reason_length(why.text), why.text, why.line, why.column, why.position);
	return value;
}

const char *json_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

const char *json_text_or(const json_t *object, const char *key, const char *fallback)
{
	const char *text = json_text(object, key);
	return text ? text : fallback;
}

int64_t json_int(const json_t *object, const char *key, int64_t fallback)
{
	const json_t *value = json_object_get(object, key);
	return json_is_integer(value) ? json_integer_value(value) : fallback;
}

bool json_bool(const json_t *object, const char *key, bool fallback)
{
	const json_t *value = json_object_get(object, key);
	return json_is_boolean(value) ? json_is_true(value) : fallback;
}

json_t *json_list(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);
	return json_is_array(value) ? value : NULL;
}

json_t *json_map(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);
	return json_is_object(value) ? value : NULL;
}

char *json_write(const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_ENCODE_ANY);
	assert(text);
	return text;
}
