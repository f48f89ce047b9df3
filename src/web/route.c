/*
 * route - finds the route of a path. A part in braces stands for one or more characters
 * that are no slash.
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

/* matches compares part by part and keeps what stands for the braces. */
static bool matches(const char *pattern, const char *path, char *place[PLACES_MAX])
{
	int places = 0;
	while (*pattern && *path) {
		if (*pattern == '{') {
			size_t length = strcspn(path, "/");
			if (length == 0)
				break;
			place[places++] = xstrndup(path, length);
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
