/*
 * route - finds the route of a path, as it came. A part in braces stands for one or more
 * characters that are no slash; it is decoded only then, so that an id may have one (%2F). What
 * is not text when decoded is at no path of ours.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "web.h"

static void forget(char *place[PLACES_MAX])
{
	for (int i = 0; i < PLACES_MAX; i++) {
		free(place[i]);
		place[i] = NULL;
	}
}

/* ---- what stands for the braces ----------------------------------------------------------- */

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;
	return at ? (int)((at - digits) % 16) : -1;
}

static bool is_text(const char *bytes, size_t length)
{
	char *mended = xmalloc(length + 1);
	memcpy(mended, bytes, length);
	text_mend(mended, length);
	bool same = memcmp(mended, bytes, length) == 0;
	free(mended);
	return same;
}

/* decoded gives what a part stands for, or NULL if that is no text. */
static char *decoded(const char *part, size_t length)
{
	char *text = xmalloc(length + 1);
	size_t n = 0;
	bool good = true;
	for (size_t i = 0; i < length; i++) {
		int high, low;
		if (part[i] != '%') {
			text[n++] = part[i];
		} else if ((high = digit(part[i + 1])) >= 0 && (low = digit(part[i + 2])) >= 0) {
			text[n++] = (char)(high * 16 + low);
			i += 2;
		} else {
			good = false;
		}
	}
	text[n] = '\0';
	if (good && is_text(text, n))
		return text;
	free(text);
	return NULL;
}

/* ---- routes -------------------------------------------------------------------------------- */

/* matches compares part by part and keeps what stands for the braces. */
static bool matches(const char *pattern, const char *path, char *place[PLACES_MAX])
{
	int places = 0;
	while (*pattern && *path) {
		if (*pattern == '{') {
			size_t length = strcspn(path, "/");
			if (length == 0 || !(place[places++] = decoded(path, length)))
				break;
			path += length;
			pattern += strcspn(pattern, "}") + 1;
		} else if (*pattern++ != *path++) {
			forget(place);
			return false;
		}
	}
	if (*pattern || *path)
		forget(place);
	return !*pattern && !*path;
}

/* HEAD is a GET whose body is left out by the server. */
static bool means(const char *method, const char *routes_method)
{
	return strcmp(method, routes_method) == 0 ||
	       (strcmp(method, "HEAD") == 0 && strcmp(routes_method, "GET") == 0);
}

const struct route *web_route_of(
    const char *method, const char *path, char *place[PLACES_MAX], char allow[64])
{
	size_t used = 0;
	allow[0] = '\0';
	for (const struct route *r = routes; r->method; r++) {
		if (!matches(r->path, path, place))
			continue;
		if (means(method, r->method))
			return r;
		forget(place);
		used +=
		    (size_t)snprintf(allow + used, 64 - used, "%s%s", used ? ", " : "", r->method);
	}
	return NULL;
}
