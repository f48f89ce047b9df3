/*
 * origin - our own origin is that of web.public_url; without one, whatever host the browser
 * asked. Where we go is a list of what is allowed, not of what is dangerous.
 */
#include "origin.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "web.h"

static const char first_page[] = "/staff/teams";

/* cut_port takes ":443" off an https origin and ":80" off an http one. */
static void cut_port(char *origin)
{
	const char *port = strncmp(origin, "https:", 6) == 0 ? ":443" : ":80";
	size_t length = strlen(origin), n = strlen(port);
	if (length > n && strcmp(origin + length - n, port) == 0)
		origin[length - n] = '\0';
}

bool origin_of(const char *address, char *origin, size_t room)
{
	const char *host = strstr(address, "://");
	if (!host || host == address)
		return false;
	host += 3;
	size_t length = (size_t)(host - address) + strcspn(host, "/?#\\");
	if (length == (size_t)(host - address) || length >= room)
		return false;
	for (size_t i = 0; i < length; i++)
		origin[i] = (char)tolower((unsigned char)address[i]);
	origin[length] = '\0';
	cut_port(origin);
	return true;
}

bool origin_own(const struct visit *v, char origin[ORIGIN_ROOM])
{
	char asked[ORIGIN_ROOM];
	const struct config *c = v->web->config;
	if (*c->web.public_url)
		return origin_of(c->web.public_url, origin, ORIGIN_ROOM);
	const char *host = exchange_header(v->x, "Host");
	int length = snprintf(asked, sizeof asked, "%s://%s",
	    *c->web.certificate_file ? "https" : "http", host ? host : "");
	return length < ORIGIN_ROOM && origin_of(asked, origin, ORIGIN_ROOM);
}

bool origin_is_ours(const struct visit *v)
{
	char ours[ORIGIN_ROOM], theirs[ORIGIN_ROOM];
	const char *site = exchange_header(v->x, "Sec-Fetch-Site");
	const char *origin = exchange_header(v->x, "Origin");
	if (site && strcmp(site, "same-origin") != 0)
		return false;
	if (!origin)
		return true;
	return origin_own(v, ours) && origin_of(origin, theirs, sizeof theirs) &&
	       strcmp(ours, theirs) == 0;
}

const char *origin_page(const char *to)
{
	static const char *const pages[] = {"/staff/teams", "/staff/settings", "/console", "/ops"};
	for (size_t i = 0; to && i < sizeof pages / sizeof *pages; i++) {
		size_t length = strlen(pages[i]);
		if (strncmp(to, pages[i], length) != 0 || !strchr("/?#", to[length]))
			continue;
		bool plain = !strstr(to, "..");
		for (const char *c = to + length; *c; c++)
			plain = plain && *c > ' ' && *c <= '~' && !strchr("\\<>\"", *c);
		return plain ? to : first_page;
	}
	return first_page;
}
