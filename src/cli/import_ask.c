/*
 * import_ask - asks a OneRoster provider: client credentials, one page at a time, patiently.
 *
 * A provider that throttles or is away is asked again, five times in all, after what Retry-After
 * says or a growing pause; one that refuses is not. Its words are taken for no more than they are:
 * so many bytes, so long.
 */
#include <ctype.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "governor.h"
#include "import_pull.h"

enum {
	TRIES = 5,
	TIMEOUT_MS = 60000,
	ALL_MS = 45 * 60000,
	PAUSE_MS = 250,
	PAUSE_MAX_MS = 60000,
	PAGE_BYTES = 64 << 20,
	PAGE_DEPTH = 32,
	SECRET_ROOM = 4096,
	TOKEN_BYTES = 16384,
	CONNECTIONS = 2,
};

static const char scope_11[] = "https://purl.imsglobal.org/spec/or/v1p1/scope/roster-core.readonly";
static const char scope_12[] = "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-core.readonly";

/* ---- opening ----------------------------------------------------------------------------------- */

/* What stands before an @ is a name to sign in with, and the host comes after it. */
static bool is_safe(const char *url)
{
	static const char *const here[] = {"http://127.0.0.1", "http://[::1]", "http://localhost"};
	if (strncmp(url, "https://", 8) == 0)
		return true;
	if (strchr(url, '@'))
		return false;
	for (size_t n = 0; n < sizeof here / sizeof *here; n++) {
		size_t length = strlen(here[n]);
		if (strncmp(url, here[n], length) == 0 && strchr(":/", url[length]))
			return true;
	}
	return false;
}

static char *read_secret(const char *path, struct err *e)
{
	char text[SECRET_ROOM];
	FILE *f = fopen(path, "re");
	if (!f) {
		err_set(e, ERR_USAGE, "--secret-file %s: %s", path, strerror(errno));
		return NULL;
	}
	size_t length = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	while (length > 0 && isspace((unsigned char)text[length - 1]))
		length--;
	char *secret = length > 0 ? xstrndup(text, length) : NULL;
	explicit_bzero(text, sizeof text);
	if (!secret)
		err_set(e, ERR_USAGE, "--secret-file %s: there is nothing in it", path);
	return secret;
}

int pull_open(struct pull *p, struct import *i, struct err *e)
{
	const char *root = cli_value(i->c, "--from"), *token = cli_value(i->c, "--token-url");
	const char *id = cli_value(i->c, "--client-id"), *file = cli_value(i->c, "--secret-file");
	size_t length = strlen(root);
	*p = (struct pull){.i = i, .until_ms = clock_mono_ms() + ALL_MS};
	while (length > 0 && root[length - 1] == '/')
		length--;
	p->root = xstrndup(root, length);
	p->token_url = token ? xstrdup(token) : xasprintf("%s/token", p->root);
	p->scope = strstr(p->root, "v1p2") ? scope_12 : scope_11;
	if (!id || !file)
		return err_set(e, ERR_USAGE, "--from needs --client-id and --secret-file");
	if (!is_safe(p->root) || !is_safe(p->token_url))
		return err_set(e, ERR_USAGE,
		    "a provider is asked over https alone; elsewhere than on this "
		    "host names and the secret could be read on the way");
	p->client_id = xstrdup(id);
	p->secret = read_secret(file, e);
	p->http = http_new(i->c->loop, NULL, CONNECTIONS);
	return p->secret ? 0 : e->code;
}

static void forget(char **secret)
{
	if (*secret)
		explicit_bzero(*secret, strlen(*secret));
	free(*secret);
	*secret = NULL;
}

void pull_close(struct pull *p)
{
	if (p->http)
		http_free(p->http);
	forget(&p->secret);
	forget(&p->token);
	free(p->root);
	free(p->token_url);
	free(p->client_id);
}

/* ---- one exchange -------------------------------------------------------------------------------- */

struct exchange_of {
	struct got *got;
	struct err error;
	int64_t pause_ms; /* that it asks for; -1: it does not say */
	bool done;
};

static int64_t pause_of(const struct http_answer *a)
{
	const char *text = http_header(a, "Retry-After");
	return text ? retry_after_ms(text, PAUSE_MS) : -1;
}

static int64_t total_of(const struct http_answer *a)
{
	const char *text = http_header(a, "X-Total-Count");
	if (!text || !*text || text[strspn(text, "0123456789")] || strlen(text) > 12)
		return -1;
	return strtoll(text, NULL, 10);
}

static void answered(void *ctx, const struct http_answer *a)
{
	struct exchange_of *x = ctx;
	const char *link = http_header(a, "Link");
	x->done = true;
	x->error = a->error;
	x->pause_ms = pause_of(a);
	x->got->status = a->status;
	x->got->total = total_of(a);
	x->got->last = link && !strcasestr(link, "rel=\"next\"") && !strcasestr(link, "rel=next");
	json_decref(x->got->body);
	x->got->body =
	    a->status == 200 ? json_read(a->body, a->body_length, PAGE_DEPTH, &x->error) : NULL;
}

static void exchange(struct pull *p, const struct http_request *q, struct exchange_of *x)
{
	x->done = false;
	http_start(p->http, q, answered, x);
	loop_run_until(p->i->c->loop, &x->done, 0);
}

static void rest(struct pull *p, int64_t pause_ms)
{
	bool never = false;
	if (pause_ms > PAUSE_MAX_MS)
		pause_ms = PAUSE_MAX_MS;
	loop_run_until(p->i->c->loop, &never, clock_mono_ms() + pause_ms);
}

/* ---- the token ------------------------------------------------------------------------------------- */

static char *basic_of(const struct pull *p)
{
	struct buf pair;
	buf_init(&pair, 0);
	buf_url(&pair, p->client_id);
	buf_adds(&pair, ":");
	buf_url(&pair, p->secret);
	size_t room = sodium_base64_encoded_len(pair.length, sodium_base64_VARIANT_ORIGINAL);
	char *text = xmalloc(room);
	sodium_bin2base64(text, room, (const unsigned char *)pair.data, pair.length,
	    sodium_base64_VARIANT_ORIGINAL);
	char *header = xasprintf("Authorization: Basic %s", text);
	explicit_bzero(pair.data, pair.length);
	buf_clear(&pair);
	forget(&text);
	return header;
}

/* sign_in asks for a token once; pull_get asks again where that may help. */
static void sign_in(struct pull *p, struct exchange_of *x)
{
	struct buf body;
	char *basic = basic_of(p);
	const char *const headers[] = {basic, "Content-Type: application/x-www-form-urlencoded",
	    "Accept: application/json", NULL};
	buf_init(&body, 0);
	buf_adds(&body, "grant_type=client_credentials&scope=");
	buf_url(&body, p->scope);
	struct http_request q = {.method = "POST",
	    .url = p->token_url,
	    .headers = headers,
	    .body = body.data,
	    .body_length = body.length,
	    .timeout_ms = TIMEOUT_MS,
	    .body_max = TOKEN_BYTES};
	exchange(p, &q, x);
	const char *token = json_text(x->got->body, "access_token");
	p->token = token ? xstrdup(token) : NULL;
	if (x->got->status == 200 && !token)
		err_set(&x->error, ERR_INPUT, "its sign-in answered without an access_token");
	buf_clear(&body);
	forget(&basic);
}

/* ---- a page, patiently ------------------------------------------------------------------------------ */

static void ask(struct pull *p, const char *url, struct exchange_of *x)
{
	char *bearer = xasprintf("Authorization: Bearer %s", p->token);
	const char *const headers[] = {bearer, "Accept: application/json", NULL};
	struct http_request q = {.method = "GET",
	    .url = url,
	    .headers = headers,
	    .timeout_ms = TIMEOUT_MS,
	    .body_max = PAGE_BYTES};
	exchange(p, &q, x);
	forget(&bearer);
}

static bool passes(const struct exchange_of *x)
{
	int status = x->got->status;
	return (status == 0 && x->error.code != ERR_LIMIT) || status == 429 || status >= 500;
}

static int give_up(const struct exchange_of *x, const char *what, struct err *e)
{
	if (x->got->status == 0 || x->got->status == 200)
		return err_set(e, ERR_REACH, "the provider: %s: %s", what, x->error.text);
	if (x->got->status == 401 || x->got->status == 403)
		return err_set(e, ERR_REFUSED,
		    "the provider does not let us in (%d, %s): see --client-id, --secret-file, "
		    "--token-url, and what it allows this client to read",
		    x->got->status, what);
	return err_set(e, ERR_REFUSED, "the provider answered %d (%s)", x->got->status, what);
}

int pull_get(struct pull *p, const char *path, struct got *g, struct err *e)
{
	struct exchange_of x = {.got = g};
	char *url = xasprintf("%s/%s", p->root, path);
	const char *what = path;
	bool renewed = false;
	int rc = -1;
	for (int tries = 0; tries < TRIES; tries++) {
		x.error.code = 0;
		what = p->token ? path : "token";
		if (!p->token)
			sign_in(p, &x);
		if (p->token) {
			what = path;
			ask(p, url, &x);
		}
		if (g->status == 200 && g->body && p->token) {
			rc = 0;
			break;
		}
		if (g->status == 401 && p->token && !renewed)
			renewed = true;
		else if (!passes(&x) || clock_mono_ms() >= p->until_ms)
			break;
		else
			rest(p, x.pause_ms >= 0 ? x.pause_ms : PAUSE_MS << tries);
		if (g->status == 401)
			forget(&p->token);
	}
	free(url);
	return rc == 0 ? 0 : give_up(&x, what, e);
}
