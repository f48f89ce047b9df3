/*
 * redis_url - where Redis is and who we are there, from one line of text.
 *
 * No message repeats any of the url beyond its scheme: a password stands in it.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "redis_int.h"

enum { REDIS_PORT = 6379, SENTINEL_PORT = 26379, DB_MAX = 1000000 };

#define PERCENT "redis url: a %% must be written as %%25"

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

/* read_place reads HOST, HOST:PORT or [HOST]:PORT. */
static int read_place(struct redis_place *p, const char *text, size_t length, struct err *e)
{
	const char *end = text + length, *host = text, *host_end = memchr(text, ':', length);
	if (length > 0 && text[0] == '[') {
		host_end = memchr(text, ']', length);
		if (!host_end)
			return err_set(e, ERR_USAGE, "redis url: \"[\" without \"]\"");
		host++;
	}
	p->host = xstrndup(host, (size_t)((host_end ? host_end : end) - host));
	const char *rest = host_end ? host_end + (host > text) : end;
	if (rest < end)
		p->port =
		    *rest == ':' ? read_number(rest + 1, (size_t)(end - rest - 1), 1, 65535) : -1;
	if (p->port < 0)
		return err_set(e, ERR_USAGE, "redis url: the port must be 1 to 65535");
	if (p->host[0] == '\0')
		return err_set(e, ERR_USAGE, "redis url: the host is missing");
	return 0;
}

static int read_places(
    struct redis_url *u, const char *text, size_t length, int port, struct err *e)
{
	const char *end = text + length;
	for (;;) {
		const char *comma = memchr(text, ',', (size_t)(end - text));
		if (u->place_count == REDIS_PLACES_MAX)
			return err_set(
			    e, ERR_USAGE, "redis url: at most %d hosts", REDIS_PLACES_MAX);
		struct redis_place *p = &u->places[u->place_count++];
		p->port = port;
		int rc = read_place(p, text, (size_t)((comma ? comma : end) - text), e);
		if (rc < 0 || !comma)
			return rc;
		text = comma + 1;
	}
}

static int read_db(struct redis_url *u, const char *text, size_t length, struct err *e)
{
	u->db = read_number(text, length, 0, DB_MAX);
	if (u->db < 0)
		return err_set(e, ERR_USAGE, "redis url: the database must be 0 to %d", DB_MAX);
	return 0;
}

static int read_parameter(struct redis_url *u, const char *text, size_t length, struct err *e)
{
	if (length > 3 && memcmp(text, "db=", 3) == 0)
		return read_db(u, text + 3, length - 3, e);
	if (u->is_tls && length > 8 && memcmp(text, "ca_file=", 8) == 0) {
		free(u->ca_file);
		u->ca_file = decode(text + 8, length - 8);
		return u->ca_file ? 0 : err_set(e, ERR_USAGE, PERCENT);
	}
	return err_set(e, ERR_USAGE, "redis url: the one parameter known is db=NUMBER%s",
	    u->is_tls ? ", and ca_file=PATH" : "");
}

static int read_parameters(struct redis_url *u, const char *text, struct err *e)
{
	int rc = 0;
	for (; rc == 0 && *text; text += *text == '&') {
		size_t length = strcspn(text, "&");
		rc = read_parameter(u, text, length, e);
		text += length;
	}
	return rc;
}

/* ---- one scheme each, from what stands between user and question mark ---- */

static int read_unix(struct redis_url *u, const char *text, size_t length, struct err *e)
{
	if (length < 2 || text[0] != '/')
		return err_set(e, ERR_USAGE, "redis url: write unix:///path/to/socket");
	u->path = decode(text, length);
	return u->path ? 0 : err_set(e, ERR_USAGE, PERCENT);
}

static int read_tcp(struct redis_url *u, const char *text, size_t length, struct err *e)
{
	const char *slash = memchr(text, '/', length), *end = text + length;
	int rc = read_places(u, text, (size_t)((slash ? slash : end) - text), REDIS_PORT, e);
	if (rc == 0 && slash && end - slash > 1)
		rc = read_db(u, slash + 1, (size_t)(end - slash - 1), e);
	return rc;
}

static int read_tls(struct redis_url *u, const char *text, size_t length, struct err *e)
{
	u->is_tls = true;
	return tls_is_there()
		   ? read_tcp(u, text, length, e)
		   : err_set(e, ERR_USAGE,
			 "redis url: this build of hiredis has no TLS: use redis:// "
			 "through stunnel, or build against hiredis 1.0 or newer (Debian 13)");
}

static int read_sentinel(struct redis_url *u, const char *text, size_t length, struct err *e)
{
	const char *slash = memchr(text, '/', length), *end = text + length;
	if (!slash || end - slash < 2 || memchr(slash + 1, '/', (size_t)(end - slash - 1)))
		return err_set(
		    e, ERR_USAGE, "redis url: write sentinel://host:port,host:port/name");
	u->master = decode(slash + 1, (size_t)(end - slash - 1));
	if (!u->master)
		return err_set(e, ERR_USAGE, PERCENT);
	return read_places(u, text, (size_t)(slash - text), SENTINEL_PORT, e);
}

/* ---- the whole ---- */

static const struct scheme {
	const char *begins;
	int (*read)(struct redis_url *u, const char *text, size_t length, struct err *e);
} schemes[] = {
    {"redis://", read_tcp},
    {"rediss://", read_tls},
    {"unix://", read_unix},
    {"sentinel://", read_sentinel},
};

/* place_of says in words what people are told: no user, no password. */
static char *place_of(const struct redis_url *u)
{
	if (u->path)
		return xasprintf("redis %s", u->path);
	struct buf b;
	buf_init(&b, 0);
	buf_adds(&b, "redis");
	if (u->master)
		buf_addf(&b, " %s of sentinel", u->master);
	for (int i = 0; i < u->place_count; i++)
		buf_addf(&b, strchr(u->places[i].host, ':') ? "%s[%s]:%d" : "%s%s:%d",
		    i ? "," : " ", u->places[i].host, u->places[i].port);
	char *place = xstrdup(b.data);
	buf_clear(&b);
	return place;
}

static int read_rest(
    struct redis_url *u, const struct scheme *scheme, const char *text, struct err *e)
{
	size_t length = strcspn(text, "?"), authority = strcspn(text, "/?");
	const char *at = memrchr(text, '@', authority), *question = text + length;
	int rc = at ? read_user(u, text, (size_t)(at - text), e) : 0;
	if (rc < 0)
		return rc;
	if (at)
		text = at + 1;
	rc = scheme->read(u, text, (size_t)(question - text), e);
	if (rc == 0 && *question)
		rc = read_parameters(u, question + 1, e);
	return rc;
}

int redis_url_read(struct redis_url *u, const char *url, struct err *e)
{
	int rc = 1;
	*u = (struct redis_url){0};
	for (size_t i = 0; rc > 0 && i < sizeof schemes / sizeof *schemes; i++) {
		size_t length = strlen(schemes[i].begins);
		if (strncmp(url, schemes[i].begins, length) == 0)
			rc = read_rest(u, &schemes[i], url + length, e);
	}
	if (rc > 0)
		rc = err_set(e, ERR_USAGE,
		    "redis url: must begin with redis://, rediss://, unix:// or sentinel://");
	if (rc == 0 && u->is_tls)
		rc = (u->tls = tls_new(u->ca_file, e)) ? 0 : e->code;
	if (rc == 0)
		u->place = place_of(u);
	else
		redis_url_clear(u);
	return rc;
}

void redis_url_clear(struct redis_url *u)
{
	if (u->password)
		explicit_bzero(u->password, strlen(u->password));
	for (int i = 0; i < u->place_count; i++)
		free(u->places[i].host);
	free(u->path);
	free(u->master);
	free(u->ca_file);
	tls_free(u->tls);
	free(u->user);
	free(u->password);
	free(u->place);
	*u = (struct redis_url){0};
}

struct redis_url redis_url_narrow(const struct redis_url *u, const char *host, int port)
{
	struct redis_url narrow = *u;
	narrow.master = NULL;
	narrow.place_count = 0;
	if (port) {
		narrow.path = NULL;
		narrow.places[0] = (struct redis_place){xstrdup(host), port};
		narrow.place_count = 1;
	}
	return narrow;
}

void redis_url_narrow_clear(struct redis_url *u)
{
	if (u->place_count)
		free(u->places[0].host);
}

bool redis_host_is_numeric(const char *host)
{
	struct in6_addr number;
	return inet_pton(AF_INET, host, &number) == 1 || inet_pton(AF_INET6, host, &number) == 1;
}
