/*
 * links - addresses that Microsoft hands us, kept within the configured root.
 *
 * A nextLink goes out with the token of a school. So it is followed only where it begins
 * with the root: scheme, host and port in any case, the path letter by letter, and then a
 * slash or a question mark, so that neither graph.example.evil nor graph.example@evil passes.
 */
#include "links.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "buf.h"

static size_t origin_length(const char *url)
{
	const char *host = strstr(url, "://");
	host = host ? host + 3 : url;
	return (size_t)(host - url) + strcspn(host, "/?#");
}

static bool is_plain(const char *link)
{
	for (; *link; link++)
		if ((unsigned char)*link <= ' ' || (unsigned char)*link >= 0x7f || *link == '\\')
			return false;
	return true;
}

/* climbs tells whether a path leads back up, out of the root. */
static bool climbs(const char *path)
{
	size_t length = strcspn(path, "?#");
	for (const char *at = path; (at = strstr(at, "/..")) && at < path + length; at += 3)
		if (at[3] == '/' || at[3] == '\0' || at[3] == '?' || at[3] == '#')
			return true;
	return false;
}

const char *link_below(const char *root, const char *link)
{
	if (!is_plain(link))
		return NULL;
	const char *below = link;
	if (*link != '/') {
		size_t origin = origin_length(root), whole = strlen(root);
		if (strncasecmp(link, root, origin) != 0 ||
		    strncmp(link + origin, root + origin, whole - origin) != 0)
			return NULL;
		below = link + whole;
	}
	return (*below == '/' || *below == '?') && below[1] != '/' && !climbs(below) ? below : NULL;
}

char *link_origin(const char *url)
{
	return xstrndup(url, origin_length(url));
}

char *link_trimmed(const char *url)
{
	size_t length = strlen(url);
	while (length > 0 && url[length - 1] == '/')
		length--;
	return xstrndup(url, length);
}
