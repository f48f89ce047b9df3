/* url - see url.h. */
#include "url.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What cannot stand in JSON would have to be left out of every answer. */
static bool is_utf8(const char *text)
{
	json_t *probe = json_string(text);
	json_decref(probe);
	return probe != NULL;
}

/* Returns the decoded text, or NULL if an escape is broken, hides a NUL or makes
 * what is not UTF-8. */
static char *decode(const char *from, size_t length, bool plus_is_blank)
{
	char *text = xmalloc(length + 1);
	char *to = text;
	for (size_t i = 0; i < length; i++) {
		if (from[i] == '+' && plus_is_blank) {
			*to++ = ' ';
		} else if (from[i] != '%') {
			*to++ = from[i];
		} else {
			int high = i + 2 < length ? hex_value(from[i + 1]) : -1;
			int low = high >= 0 ? hex_value(from[i + 2]) : -1;
			if (low < 0 || (high == 0 && low == 0)) {
				free(text);
				return NULL;
			}
			*to++ = (char)(high << 4 | low);
			i += 2;
		}
	}
	*to = '\0';
	if (is_utf8(text))
		return text;
	free(text);
	return NULL;
}

static bool push(struct url *u, char *segment)
{
	if (u->count == URL_SEGMENTS) {
		free(segment);
		return false;
	}
	u->segments[u->count++] = segment;
	return true;
}

/* 'O''Brien' means O'Brien. */
static void undouble(char *text)
{
	char *to = text;
	for (const char *from = text; *from; from++) {
		*to++ = *from;
		if (from[0] == '\'' && from[1] == '\'')
			from++;
	}
	*to = '\0';
}

static bool push_segment(struct url *u, const char *from, size_t length)
{
	char *segment = decode(from, length, false);
	if (!segment)
		return false;
	char *key = strstr(segment, "('");
	size_t end = strlen(segment);
	if (!key || end < 4 || strcmp(segment + end - 2, "')") != 0)
		return push(u, segment);
	char *inner = xstrndup(key + 2, (size_t)(segment + end - 2 - (key + 2)));
	*key = '\0';
	undouble(inner);
	if (!push(u, segment)) {
		free(inner);
		return false;
	}
	return push(u, inner);
}

static bool push_parameter(struct url *u, const char *from, size_t length)
{
	const char *equals = memchr(from, '=', length);
	size_t name = equals ? (size_t)(equals - from) : length;
	if (u->parameter_count == URL_PARAMETERS)
		return false;
	char *key = decode(from, name, true);
	char *value = equals ? decode(equals + 1, length - name - 1, true) : xstrdup("");
	if (!key || !value) {
		free(key);
		free(value);
		return false;
	}
	u->parameters[u->parameter_count].name = key;
	u->parameters[u->parameter_count++].value = value;
	return true;
}

bool form_read(struct url *u, const char *body, size_t length)
{
	memset(u, 0, sizeof(*u));
	const char *end = body + length;
	while (body < end) {
		const char *stop = memchr(body, '&', (size_t)(end - body));
		if (!stop)
			stop = end;
		if (stop > body && !push_parameter(u, body, (size_t)(stop - body)))
			return false;
		body = stop + 1;
	}
	return true;
}

bool url_read(struct url *u, const char *target)
{
	memset(u, 0, sizeof(*u));
	size_t length = strcspn(target, "?#");
	const char *query = target[length] == '?' ? target + length + 1 : "";
	if (!form_read(u, query, strcspn(query, "#")))
		return false;
	const char *end = target + length;
	for (const char *at = target; at < end;) {
		size_t part = strcspn(at, "/");
		if (part > (size_t)(end - at))
			part = (size_t)(end - at);
		if (part && !push_segment(u, at, part))
			return false;
		at += part + 1;
	}
	return true;
}

void url_clear(struct url *u)
{
	for (size_t i = 0; i < u->count; i++)
		free(u->segments[i]);
	for (size_t i = 0; i < u->parameter_count; i++) {
		free(u->parameters[i].name);
		free(u->parameters[i].value);
	}
	u->count = u->parameter_count = 0;
}

const char *url_parameter(const struct url *u, const char *name)
{
	for (size_t i = 0; i < u->parameter_count; i++) {
		const char *have = u->parameters[i].name;
		if (!strcasecmp(have, name) || (*name == '$' && !strcasecmp(have, name + 1)))
			return u->parameters[i].value;
	}
	return NULL;
}

char *url_path(const struct url *u, size_t first)
{
	struct buf b;
	buf_init(&b, 0);
	if (first >= u->count)
		buf_adds(&b, "/");
	for (size_t i = first; i < u->count; i++) {
		buf_adds(&b, "/");
		buf_adds(&b, u->segments[i]);
	}
	return buf_take(&b);
}

char *url_take_key(const char *address, const char *collection)
{
	struct url u;
	const char *path = strstr(address, "://");
	path = path ? strchr(path + 3, '/') : address;
	char *key = NULL;
	if (path && url_read(&u, path)) {
		for (size_t i = 0; i + 1 < u.count; i++)
			if (!strcasecmp(u.segments[i], collection) && i + 2 == u.count)
				key = xstrdup(u.segments[i + 1]);
	}
	if (path)
		url_clear(&u);
	return key;
}
