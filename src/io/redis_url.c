/*
 * redis_url - where Redis is and who we are there, from one line of text.
 *
 * No message repeats any of the url beyond its scheme: a password stands in it.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "redis_int.h"

enum { PORT_DEFAULT = 6379, DB_MAX = 1000000 };

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* decode returns the text with each %XX resolved, or NULL if it is malformed. */
static char *decode(const char *text, size_t length)
{
	char *plain = xmalloc(length + 1), *to = plain;
	const char *end = text + length;

	while (text < end) {
		if (*text != '%') {
			*to++ = *text++;
			continue;
		}
		int high = end - text > 2 ? hex_value(text[1]) : -1;
		int low = high >= 0 ? hex_value(text[2]) : -1;
		if (low < 0 || high + low == 0) {
			free(plain);
			return NULL;
		}
		*to++ = (char)(16 * high + low);
		text += 3;
	}
	*to = '\0';
	return plain;
}

/* read_number reads all of text as a number from least to most, or gives -1. */
static int read_number(const char *text, size_t length, int least, int most)
{
	int n = 0;
	if (length == 0 || length > 7)
		return -1;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		n = 10 * n + (text[i] - '0');
	}
	return n >= least && n <= most ? n : -1;
}

static int read_user(struct redis_url *u, const char *text, size_t length, struct err *e)
{
	const char *colon = memchr(text, ':', length);
	if (!colon)
		return err_set(e, ERR_USAGE, "redis url: write USER:PASSWORD@ or :PASSWORD@");
	if (colon > text)
		u->user = decode(text, (size_t)(colon - text));
	u->password = decode(colon + 1, length - (size_t)(colon + 1 - text));
	if (!u->password || (colon > text && !u->user))
		return err_set(
		    e, ERR_USAGE, "redis url: a %% in user or password must be written as %%25");
	return 0;
}

static int read_host(struct redis_url *u, const char *text, size_t length, struct err *e)
{
	const char *end = text + length, *host = text, *host_end = memchr(text, ':', length);
	if (length > 0 && text[0] == '[') {
		host_end = memchr(text, ']', length);
		if (!host_end)
			return err_set(e, ERR_USAGE, "redis url: \"[\" without \"]\"");
		host++;
	}
	u->host = xstrndup(host, (size_t)((host_end ? host_end : end) - host));
	const char *rest = host_end ? host_end + (host > text) : end;
	u->port = PORT_DEFAULT;
	if (rest < end)
		u->port =
		    *rest == ':' ? read_number(rest + 1, (size_t)(end - rest - 1), 1, 65535) : -1;
	if (u->port < 0)
		return err_set(e, ERR_USAGE, "redis url: the port must be 1 to 65535");
	if (u->host[0] == '\0')
		return err_set(e, ERR_USAGE, "redis url: the host is missing");
	u->place = xasprintf(host > text ? "redis [%s]:%d" : "redis %s:%d", u->host, u->port);
	return 0;
}

static int read_db(struct redis_url *u, const char *text, size_t length, struct err *e)
{
	u->db = read_number(text, length, 0, DB_MAX);
	if (u->db < 0)
		return err_set(e, ERR_USAGE, "redis url: the database must be 0 to %d", DB_MAX);
	return 0;
}

static int read_query(struct redis_url *u, const char *query, struct err *e)
{
	if (strncmp(query, "db=", 3) != 0)
		return err_set(e, ERR_USAGE, "redis url: the one parameter known is db=NUMBER");
	return read_db(u, query + 3, strlen(query + 3), e);
}

/* read_place reads what stands behind redis:// or unix:// */
static int read_place(struct redis_url *u, const char *text, bool is_unix, struct err *e)
{
	size_t length = strcspn(text, "?"), authority = strcspn(text, "/?");
	const char *at = memrchr(text, '@', authority);
	const char *slash = text + authority, *end = text + length;
	int rc = 0;

	if (at)
		rc = read_user(u, text, (size_t)(at - text), e);
	if (rc < 0)
		return rc;
	const char *host = at ? at + 1 : text;
	if (is_unix) {
		if (host != slash || end - slash < 2)
			return err_set(e, ERR_USAGE, "redis url: write unix:///path/to/socket");
		u->path = decode(slash, (size_t)(end - slash));
		if (!u->path)
			return err_set(e, ERR_USAGE, "redis url: a %% must be written as %%25");
		u->place = xasprintf("redis %s", u->path);
	} else {
		rc = read_host(u, host, (size_t)(slash - host), e);
		if (rc == 0 && end - slash > 1)
			rc = read_db(u, slash + 1, (size_t)(end - slash - 1), e);
	}
	return rc == 0 && *end ? read_query(u, end + 1, e) : rc;
}

int redis_url_read(struct redis_url *u, const char *url, struct err *e)
{
	int rc;
	*u = (struct redis_url){0};
	if (strncmp(url, "redis://", 8) == 0)
		rc = read_place(u, url + 8, false, e);
	else if (strncmp(url, "unix://", 7) == 0)
		rc = read_place(u, url + 7, true, e);
	else if (strncmp(url, "rediss://", 9) == 0)
		rc = err_set(e, ERR_USAGE,
		    "redis url: this build of hiredis has no TLS: use "
		    "redis:// through stunnel, or build against hiredis 1.0");
	else if (strncmp(url, "sentinel://", 11) == 0)
		rc = err_set(e, ERR_USAGE,
		    "redis url: sentinel:// is not supported by this build "
		    "yet: use redis:// with the address of the master");
	else
		rc = err_set(e, ERR_USAGE, "redis url: must begin with redis:// or unix://");
	if (rc < 0)
		redis_url_clear(u);
	return rc;
}

void redis_url_clear(struct redis_url *u)
{
	if (u->password)
		explicit_bzero(u->password, strlen(u->password));
	free(u->path);
	free(u->host);
	free(u->user);
	free(u->password);
	free(u->place);
	*u = (struct redis_url){0};
}
