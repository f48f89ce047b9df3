/*
 * auth_ask - asking Microsoft for a token, and what its answer means.
 *
 *	the app		form -> read
 *	an account	vault's fetch -> form -> read -> vault's renewed
 *	                  ^                       |
 *	                  +--- once more ---------+-> vault's refused
 *
 * An account's refresh token is fetched each time, so that what another process was given in
 * its place is used. Microsoft has been seen to refuse a good one in passing: it is asked
 * again, with what is then there, before anybody has to link the account anew.
 *
 * A refusal stands for half a minute when our own registration is at fault, ten seconds when
 * consent or the linking is gone, for as long as Microsoft says when it throttles, and for a
 * doubling while otherwise.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "auth_int.h"
#include "buf.h"
#include "clock.h"
#include "errors.h"
#include "governor.h"
#include "log.h"
#include "sign_in_errors.h"

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
	DOUBT_MS = 2000,
	DEPTH_MAX = 64,
};

/* ---- reading the answer ---------------------------------------------------------------------- */

static int64_t life_ms(const json_t *body)
{
	int64_t life_s = json_int(body, "expires_in", 0);
	if (life_s < LIFE_LEAST_S)
		life_s = LIFE_LEAST_S;
	return (life_s < LIFE_MOST_S ? life_s : LIFE_MOST_S) * MS_PER_S;
}

static bool keep_token(struct grant *g, const json_t *body)
{
	const char *text = json_text(body, "access_token");
	if (strcasecmp(json_text_or(body, "token_type", "Bearer"), "Bearer") != 0 ||
	    !token_request_is_token(text))
		return false;
	int64_t now_ms = clock_mono_ms(), life = life_ms(body);
	grant_drop_token(g);
	g->token = xstrdup(text);
	g->number = ++g->auth->tokens;
	g->renew_at_ms = now_ms + (life / 2 > EARLY_MS ? life - EARLY_MS : life / 2);
	g->ends_at_ms = now_ms + life - LAST_MS;
	g->refused_until_ms = 0;
	g->failures = 0;
	g->doubted = false;
	return true;
}

static void keep_refresh_token(struct grant *g, const json_t *body)
{
	const char *text = json_text(body, "refresh_token");
	if (g->account && token_request_is_token(text))
		g->auth->vault.renewed(g->auth->vault.ctx, g->account, text);
}

static int64_t pause_ms(struct grant *g, enum graph_result result, const char *retry_after)
{
	switch (result) {
	case GRAPH_NO_CONSENT:
	case GRAPH_NO_TENANT:
	case GRAPH_RELINK:
	case GRAPH_NOT_LINKED:
		return CONSENT_MS;
	case GRAPH_THROTTLED:
		return retry_after_ms(retry_after, THROTTLED_MS);
	case GRAPH_PASSING: {
		int64_t ms = PASSING_FIRST_MS << (g->failures < 5 ? g->failures : 5);
		g->failures++;
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
static void refuse(struct grant *g, enum graph_result result, int status, const char *retry_after)
{
	int64_t ms = pause_ms(g, result, retry_after);
	g->refusal.result = result;
	g->refusal.status = status;
	g->refusal.retry_at = clock_wall_ms() + ms;
	g->refused_until_ms = clock_mono_ms() + ms;
	g->doubted = false;
	enum log_level level = result == GRAPH_OPERATOR ? LOG_ERROR : LOG_INFO;
	log_write(level, "sign_in_refused",
	    LOG_FIELDS(log_str("tenant", g->tenant),
		log_str("account", g->account ? g->account : ""), log_int("status", status),
		log_int("pause_ms", ms), log_str("why", g->refusal.error.text)));
	if (result == GRAPH_OPERATOR && g->account && status) {
		struct grant *app = grant_of_app(g);
		app->refusal = g->refusal;
		app->refused_until_ms = g->refused_until_ms;
	}
}

static void ask_again(void *ctx)
{
	grant_ask(ctx);
}

/* refuse_account refuses an account for good when it is asked the second time; false: it
 * will be asked again. */
static bool refuse_account(
    struct grant *g, enum graph_result result, int status, const char *reason)
{
	if (!g->doubted) {
		g->doubted = true;
		timer_set(g->auth->loop, &g->later, DOUBT_MS, ask_again, g);
		return false;
	}
	g->auth->vault.refused(g->auth->vault.ctx, g->account, g->mark, reason);
	refuse(g, result, status, NULL);
	return true;
}

/* read_refusal tells whether the asking has come to its end. */
static bool read_refusal(struct grant *g, const struct http_answer *a, const json_t *body)
{
	char reason[REASON_ROOM];
	struct err *e = &g->refusal.error;
	const char *retry_after = http_header(a, "Retry-After");
	if (!g->account) {
		refuse(g, sign_in_error(a->status, body, e), a->status, retry_after);
		return true;
	}
	enum graph_result result = sign_in_error_of_account(a->status, body, reason, e);
	if (result == GRAPH_RELINK || result == GRAPH_NO_CONSENT)
		return refuse_account(g, result, a->status, reason);
	refuse(g, result, a->status, retry_after);
	return true;
}

static bool read_answer(struct grant *g, const struct http_answer *a)
{
	struct err *e = &g->refusal.error, why;
	bool over = true;
	if (a->status == 0) {
		err_set(e, a->error.code, "Microsoft's sign-in gave no answer: %s", a->error.text);
		refuse(g, GRAPH_PASSING, 0, NULL);
		return true;
	}
	json_t *body = json_read(a->body, a->body_length, DEPTH_MAX, &why);
	if (a->status != 200) {
		over = read_refusal(g, a, body);
	} else if (keep_token(g, body)) {
		keep_refresh_token(g, body);
	} else {
		err_set(e, ERR_INPUT,
		    "Microsoft's sign-in answered 200 with something that is no token (%s)",
		    errors_looks_like(a->body));
		refuse(g, GRAPH_PASSING, a->status, NULL);
	}
	token_request_wipe(body, "access_token");
	token_request_wipe(body, "refresh_token");
	json_decref(body);
	return over;
}

static void answered(void *ctx, const struct http_answer *a)
{
	struct grant *g = ctx;
	g->call = NULL;
	if (read_answer(g, a))
		grant_answer_all(g);
}

/* ---- asking -------------------------------------------------------------------------------------- */

static void failed(void *ctx)
{
	grant_answer_all(ctx);
}

static void send(struct grant *g, const char *kind, const struct token_field *fields)
{
	struct auth *a = g->auth;
	g->call =
	    token_request(&a->endpoint, g->tenant, kind, fields, answered, g, &g->refusal.error);
	a->requests += g->call != NULL;
	if (g->call)
		return;
	refuse(g, GRAPH_OPERATOR, 0, NULL);
	timer_set(a->loop, &g->later, 0, failed, g);
}

void graph_found(struct graph_fetch *f, const struct graph_found *found)
{
	struct grant *g = f->grant;
	g->fetching = false;
	if (found->result != GRAPH_OK) {
		g->refusal.error = found->error;
		refuse(g, found->result, 0, NULL);
		grant_answer_all(g);
		return;
	}
	free(g->mark);
	g->mark = xstrdup(found->mark);
	send(g, "refresh_token",
	    (const struct token_field[]){{"refresh_token", found->refresh_token}, {NULL, NULL}});
}

void grant_ask(struct grant *g)
{
	struct auth *a = g->auth;
	if (!g->account) {
		send(g, "client_credentials",
		    (const struct token_field[]){{"scope", a->scope}, {NULL, NULL}});
		return;
	}
	g->fetching = true;
	a->vault.fetch(a->vault.ctx, g->account, &g->fetch);
}
