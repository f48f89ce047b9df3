/* token_request - the form, and what must not be in it. */
#include "token_request.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "links.h"

enum {
	ANSWER_MAX = 64 * 1024,
	FORM_ROOM = 48 * 1024, /* a token of the largest size, percent-encoded, and the rest */
	TENANT_MAX = 128,
	TOKEN_MAX = 16 * 1024,
};

void token_endpoint_init(struct token_endpoint *t, struct http *http, const char *authority,
    const char *client_id, int64_t timeout_ms, struct credential *c)
{
	*t = (struct token_endpoint){
	    .http = http,
	    .authority = link_trimmed(authority),
	    .client_id = xstrdup(client_id),
	    .timeout_ms = timeout_ms,
	    .credential = c,
	};
}

void token_endpoint_clear(struct token_endpoint *t)
{
	credential_free(t->credential);
	free(t->authority);
	free(t->client_id);
	*t = (struct token_endpoint){0};
}

bool token_request_is_tenant(const char *text, bool shared)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-";
	size_t length = strlen(text);
	if (length == 0 || length > TENANT_MAX || strspn(text, plain) < length || text[0] == '.' ||
	    strstr(text, ".."))
		return false;
	if (strcasecmp(text, "organizations") == 0)
		return shared;
	return strcasecmp(text, "common") != 0 && strcasecmp(text, "consumers") != 0;
}

bool token_request_is_token(const char *text)
{
	size_t length = text ? strlen(text) : 0;
	for (size_t i = 0; i < length; i++)
		if (text[i] < '!' || text[i] > '~')
			return false;
	return length > 0 && length <= TOKEN_MAX;
}

void token_request_wipe(const json_t *body, const char *key)
{
	const char *text = json_text(body, key);
	if (text)
		sodium_memzero((char *)(uintptr_t)text, strlen(text));
}

static struct http_call *send_form(
    const struct token_endpoint *t, const char *url, const struct buf *form, http_fn fn, void *ctx)
{
	static const char *const headers[] = {
	    "Content-Type: application/x-www-form-urlencoded", "Accept: application/json", NULL};
	struct http_request q = {.method = "POST",
	    .url = url,
	    .headers = headers,
	    .body = form->data,
	    .body_length = form->length,
	    .timeout_ms = t->timeout_ms,
	    .body_max = ANSWER_MAX};
	return http_start(t->http, &q, fn, ctx);
}

/* write_form makes room at once, so that no copy of a secret stays behind in memory that
 * the form grew out of. */
static int write_form(const struct token_endpoint *t, const char *url, const char *kind,
    const struct token_field *fields, struct buf *form, struct err *e)
{
	buf_addf(form, "%*s", FORM_ROOM, "");
	buf_reset(form);
	buf_addf(form, "grant_type=%s&client_id=", kind);
	buf_url(form, t->client_id);
	for (; fields->name; fields++) {
		buf_addf(form, "&%s=", fields->name);
		buf_url(form, fields->value);
	}
	return credential_form(t->credential, t->client_id, url, form, e);
}

static void wipe(struct buf *b)
{
	if (b->data)
		sodium_memzero(b->data, b->room);
	buf_clear(b);
}

struct http_call *token_request(const struct token_endpoint *t, const char *tenant,
    const char *kind, const struct token_field *fields, http_fn fn, void *ctx, struct err *e)
{
	struct http_call *call = NULL;
	struct buf form;
	buf_init(&form, 0);
	char *url = xasprintf("%s/%s/oauth2/v2.0/token", t->authority, tenant);
	if (write_form(t, url, kind, fields, &form, e) == 0)
		call = send_form(t, url, &form, fn, ctx);
	wipe(&form);
	free(url);
	return call;
}
