/*
 * auth - the token cache.
 *
 * A token is asked for anew five minutes before it ends (or at half of its life, if that
 * is short) and used on meanwhile, so that a running tenant never stops for it. All who
 * wait for a tenant are answered together.
 *
 * A refusal is remembered, and answered from memory as long as that: for half a minute when
 * our own registration is at fault, ten seconds when the tenant did not consent, for as
 * long as Microsoft says when it throttles, and for a doubling while otherwise. A refusal
 * does not take away a token that still works.
 */
#include "auth.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "errors.h"
#include "governor.h"
#include "links.h"
#include "log.h"
#include "map.h"

enum {
	MS_PER_S = 1000,
	EARLY_MS = 300000, /* asked for anew this long before the end */
	LIFE_LEAST_S = 60, /* of a token that says none, or nonsense */
	LIFE_MOST_S = 86400,
	LAST_MS = 5000, /* not used any more this shortly before the end */
	OPERATOR_MS = 30000,
	CONSENT_MS = 10000,
	THROTTLED_MS = 60000,
	PASSING_FIRST_MS = 1000,
	PASSING_MOST_MS = 30000,
	SWEEP_MS = 600000,
	ANSWER_MAX = 64 * 1024,
	TOKEN_MAX = 16 * 1024,
	TENANT_MAX = 128,
	FORM_ROOM = 8192,
	DEPTH_MAX = 64,
};

struct sign_in {
	struct auth *auth;
	char *tenant; /* owned */
	char *token;  /* owned; NULL: none */
	uint64_t number;
	int64_t renew_at_ms, ends_at_ms; /* loop clock */
	struct token refusal;		 /* the last one; in force until then: */
	int64_t refused_until_ms;
	int failures;		/* in passing, in a row */
	struct http_call *call; /* NULL: no request is under way */
	struct timer later;	/* answers what failed before it was sent */
	struct link waiting;	/* of struct token_wait */
};

struct auth {
	struct loop *loop;
	struct http *http;
	struct credential *credential;	     /* owned */
	char *authority, *client_id, *scope; /* owned */
	int64_t timeout_ms;
	struct map sign_ins; /* by tenant; owned */
	int64_t sweep_at_ms;
	uint64_t tokens;
	int64_t requests;
};

/* ---- what is known -------------------------------------------------------------------------- */

static void drop_token(struct sign_in *s)
{
	if (s->token)
		sodium_memzero(s->token, strlen(s->token));
	free(s->token);
	s->token = NULL;
}

static bool has_token(const struct sign_in *s)
{
	return s->token && clock_mono_ms() < s->ends_at_ms;
}

static bool is_refused(const struct sign_in *s)
{
	return clock_mono_ms() < s->refused_until_ms;
}

static bool is_busy(const struct sign_in *s)
{
	return s->call || timer_is_set(&s->later);
}

static bool known(const struct sign_in *s, struct token *t)
{
	if (has_token(s))
		*t = (struct token){.result = GRAPH_OK, .text = s->token, .number = s->number};
	else if (is_refused(s))
		*t = s->refusal;
	else
		return false;
	return true;
}

/* is_tenant lets through GUIDs and host names and nothing that would lead a URL astray. */
static bool is_tenant(const char *text)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-";
	static const char *const shared[] = {"common", "organizations", "consumers"};
	size_t length = strlen(text);
	if (length == 0 || length > TENANT_MAX || strspn(text, plain) < length || text[0] == '.' ||
	    strstr(text, ".."))
		return false;
	for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
		if (strcasecmp(text, shared[i]) == 0)
			return false;
	return true;
}

static void no_tenant(struct token *t)
{
	*t = (struct token){.result = GRAPH_NO_TENANT};
	err_set(&t->error, ERR_INPUT,
	    "the school's tenant id is not one: it must be a GUID or a domain");
}

static struct sign_in *sign_in_of(struct auth *a, const char *tenant)
{
	struct sign_in *s = map_get(&a->sign_ins, tenant);
	if (s)
		return s;
	s = xcalloc(1, sizeof *s);
	s->auth = a;
	s->tenant = xstrdup(tenant);
	list_init(&s->waiting);
	map_set(&a->sign_ins, tenant, s);
	return s;
}

static void sign_in_free(struct sign_in *s)
{
	map_drop(&s->auth->sign_ins, s->tenant);
	if (s->call)
		http_stop(s->call);
	timer_clear(s->auth->loop, &s->later);
	while (list_pop(&s->waiting))
		;
	drop_token(s);
	free(s->tenant);
	free(s);
}

/* sweep forgets tenants that nobody asked for in a while. */
static void sweep(struct auth *a)
{
	size_t at = 0;
	const char *tenant;
	void *value;
	if (clock_mono_ms() < a->sweep_at_ms)
		return;
	a->sweep_at_ms = clock_mono_ms() + SWEEP_MS;
	while (map_next(&a->sign_ins, &at, &tenant, &value)) {
		struct sign_in *s = value;
		if (!is_busy(s) && list_empty(&s->waiting) && !has_token(s) && !is_refused(s))
			sign_in_free(s);
	}
}

/* ---- reading the answer ---------------------------------------------------------------------- */

static int64_t life_ms(const json_t *body)
{
	int64_t life_s = json_int(body, "expires_in", 0);
	if (life_s < LIFE_LEAST_S)
		life_s = LIFE_LEAST_S;
	return (life_s < LIFE_MOST_S ? life_s : LIFE_MOST_S) * MS_PER_S;
}

/* is_token: it goes into a header, so nothing but visible characters. */
static bool is_token(const char *text)
{
	size_t length = text ? strlen(text) : 0;
	for (size_t i = 0; i < length; i++)
		if (text[i] < '!' || text[i] > '~')
			return false;
	return length > 0 && length <= TOKEN_MAX;
}

static bool keep_token(struct sign_in *s, const json_t *body)
{
	const char *text = json_text(body, "access_token");
	if (strcasecmp(json_text_or(body, "token_type", "Bearer"), "Bearer") != 0 ||
	    !is_token(text))
		return false;
	int64_t now_ms = clock_mono_ms(), life = life_ms(body);
	drop_token(s);
	s->token = xstrdup(text);
	s->number = ++s->auth->tokens;
	s->renew_at_ms = now_ms + (life / 2 > EARLY_MS ? life - EARLY_MS : life / 2);
	s->ends_at_ms = now_ms + life - LAST_MS;
	s->refused_until_ms = 0;
	s->failures = 0;
	sodium_memzero((char *)(uintptr_t)text, strlen(text));
	return true;
}

static int64_t pause_ms(struct sign_in *s, enum graph_result result, const char *retry_after)
{
	switch (result) {
	case GRAPH_NO_CONSENT:
	case GRAPH_NO_TENANT:
		return CONSENT_MS;
	case GRAPH_THROTTLED:
		return retry_after_ms(retry_after, THROTTLED_MS);
	case GRAPH_PASSING: {
		int64_t ms = PASSING_FIRST_MS << (s->failures < 5 ? s->failures : 5);
		s->failures++;
		return ms < PASSING_MOST_MS ? ms : PASSING_MOST_MS;
	}
	case GRAPH_OPERATOR:
	case GRAPH_OK:
	case GRAPH_REFUSED:
	case GRAPH_TOKEN_REFUSED:
		break;
	}
	return OPERATOR_MS;
}

/* refuse remembers why there is no token, with the error that is set already. */
static void refuse(struct sign_in *s, enum graph_result result, int status, const char *retry_after)
{
	int64_t ms = pause_ms(s, result, retry_after);
	s->refusal.result = result;
	s->refusal.status = status;
	s->refusal.retry_at = clock_wall_ms() + ms;
	s->refused_until_ms = clock_mono_ms() + ms;
	enum log_level level = result == GRAPH_OPERATOR ? LOG_ERROR : LOG_INFO;
	log_write(level, "sign_in_refused",
	    LOG_FIELDS(log_str("tenant", s->tenant), log_int("status", status),
		log_int("pause_ms", ms), log_str("why", s->refusal.error.text)));
}

static void read_answer(struct sign_in *s, const struct http_answer *a)
{
	struct err *e = &s->refusal.error;
	if (a->status == 0) {
		err_set(e, a->error.code, "Microsoft's sign-in gave no answer: %s", a->error.text);
		refuse(s, GRAPH_PASSING, 0, NULL);
		return;
	}
	struct err why;
	json_t *body = json_read(a->body, a->body_length, DEPTH_MAX, &why);
	if (a->status != 200) {
		enum graph_result result = errors_token(a->status, body, e);
		refuse(s, result, a->status, http_header(a, "Retry-After"));
	} else if (!keep_token(s, body)) {
		err_set(e, ERR_INPUT,
		    "Microsoft's sign-in answered 200 with something that is no token (%s)",
		    errors_looks_like(a->body));
		refuse(s, GRAPH_PASSING, a->status, NULL);
	}
	json_decref(body);
}

/* answer_all takes each from the list before it is told, so that it may wait anew. */
static void answer_all(struct sign_in *s)
{
	struct link told, *item;
	struct token t;
	list_init(&told);
	while ((item = list_pop(&s->waiting)))
		list_push(&told, item);
	if (!known(s, &t))
		t = s->refusal;
	while ((item = list_pop(&told))) {
		struct token_wait *w = container_of(item, struct token_wait, link);
		w->fn(w->ctx, &t);
	}
}

static void answered(void *ctx, const struct http_answer *a)
{
	struct sign_in *s = ctx;
	s->call = NULL;
	read_answer(s, a);
	answer_all(s);
}

/* ---- asking -------------------------------------------------------------------------------------- */

/* write_form makes room at once, so that no copy of the secret stays behind in memory
 * that the form grew out of. */
static int write_form(const struct auth *a, const char *url, struct buf *form, struct err *e)
{
	buf_addf(form, "%*s", FORM_ROOM, "");
	buf_reset(form);
	buf_adds(form, "grant_type=client_credentials&client_id=");
	buf_url(form, a->client_id);
	buf_adds(form, "&scope=");
	buf_url(form, a->scope);
	return credential_form(a->credential, a->client_id, url, form, e);
}

static void wipe(struct buf *b)
{
	if (b->data)
		sodium_memzero(b->data, b->room);
	buf_clear(b);
}

static void failed(void *ctx)
{
	answer_all(ctx);
}

static void send_form(struct sign_in *s, const char *url, const struct buf *form)
{
	static const char *const headers[] = {
	    "Content-Type: application/x-www-form-urlencoded", "Accept: application/json", NULL};
	struct http_request q = {.method = "POST",
	    .url = url,
	    .headers = headers,
	    .body = form->data,
	    .body_length = form->length,
	    .timeout_ms = s->auth->timeout_ms,
	    .body_max = ANSWER_MAX};
	s->auth->requests++;
	s->call = http_start(s->auth->http, &q, answered, s);
}

static void ask(struct sign_in *s)
{
	struct auth *a = s->auth;
	struct buf form;
	buf_init(&form, 0);
	sweep(a);
	char *url = xasprintf("%s/%s/oauth2/v2.0/token", a->authority, s->tenant);
	if (write_form(a, url, &form, &s->refusal.error) == 0) {
		send_form(s, url, &form);
	} else {
		refuse(s, GRAPH_OPERATOR, 0, NULL);
		timer_set(a->loop, &s->later, 0, failed, s);
	}
	wipe(&form);
	free(url);
}

bool auth_peek(struct auth *a, const char *tenant, struct token *t)
{
	if (!is_tenant(tenant)) {
		no_tenant(t);
		return true;
	}
	struct sign_in *s = sign_in_of(a, tenant);
	if (has_token(s) && clock_mono_ms() >= s->renew_at_ms && !is_busy(s) && !is_refused(s))
		ask(s);
	return known(s, t);
}

void auth_wait(struct auth *a, const char *tenant, struct token_wait *w,
    void (*fn)(void *ctx, const struct token *t), void *ctx)
{
	struct sign_in *s = sign_in_of(a, tenant);
	w->fn = fn;
	w->ctx = ctx;
	list_push(&s->waiting, &w->link);
	if (!is_busy(s))
		ask(s);
}

void auth_leave(struct token_wait *w)
{
	if (w->link.next)
		list_drop(&w->link);
}

void auth_reject(struct auth *a, const char *tenant, uint64_t number)
{
	struct sign_in *s = map_get(&a->sign_ins, tenant);
	if (s && s->token && s->number == number)
		drop_token(s);
}

int64_t auth_requests(const struct auth *a)
{
	return a->requests;
}

/* ---- birth and death ------------------------------------------------------------------------------- */

struct auth *auth_new(const struct auth_options *o, struct credential *c)
{
	struct auth *a = xcalloc(1, sizeof *a);
	char *origin = link_origin(o->root);
	a->loop = o->loop;
	a->http = o->http;
	a->credential = c;
	a->authority = link_trimmed(o->authority);
	a->client_id = xstrdup(o->client_id);
	a->scope = xasprintf("%s/.default", origin);
	a->timeout_ms = o->timeout_ms;
	a->sweep_at_ms = clock_mono_ms() + SWEEP_MS;
	map_init(&a->sign_ins);
	free(origin);
	return a;
}

void auth_use(struct auth *a, struct credential *c)
{
	credential_free(a->credential);
	a->credential = c;
}

void auth_free(struct auth *a)
{
	if (!a)
		return;
	size_t at = 0;
	const char *tenant;
	void *sign_in;
	while (map_next(&a->sign_ins, &at, &tenant, &sign_in))
		sign_in_free(sign_in);
	map_clear(&a->sign_ins);
	credential_free(a->credential);
	free(a->authority);
	free(a->client_id);
	free(a->scope);
	free(a);
}
