/*
 * doors - who comes in. A program shows a key, staff a sealed cookie; then it is looked at how
 * often they ask, whether the route is for them, and with staff whether a page of ours made it, in
 * this session.
 */
#include "doors.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "clock.h"
#include "cookie.h"
#include "log.h"
#include "origin.h"

enum {
	AT_ONCE = 10, /* so many seconds' worth of requests may come at a blow */
	WRONG_AT_ONCE = 20,
	DETAIL_MAX = 512,
};
#define WRONG_A_SECOND 0.5 /* keys and tickets that are none, from one address */

static const char challenge[] = "Bearer realm=\"rollcall\"";

void who_clear(struct who *w)
{
	free(w->id);
	free(w->school);
	free(w->name);
	free(w->language);
	free(w->email);
	*w = (struct who){0};
}

unsigned who_may(unsigned roles)
{
	return MAY_STAFF | (roles & ROLE_ADMINISTRATOR ? MAY_MANAGE : 0U) |
	       (roles & ROLE_TEACHING ? MAY_TEACH : 0U) |
	       (roles & ROLE_OPERATOR ? MAY_OPERATE : 0U);
}

/* ---- the key files ------------------------------------------------------------------------ */

/* read_keys fills the parts of *d that files say. */
static int read_keys(struct doors *d, struct err *e)
{
	const struct config *c = d->web->config;
	if (*c->web.portal_keys_file) {
		int rc = portal_keys_read(&d->programs, c->web.portal_keys_file, e);
		if (rc < 0)
			return rc;
	}
	if (*c->secrets.key_file && !(d->seals = seal_keys_read(c->secrets.key_file, e)))
		return e->code;
	if (*c->web.ticket_key_file && !(d->tickets = ticket_keys_read(c->web.ticket_key_file, e)))
		return e->code;
	if (d->tickets && !d->seals)
		return err_set(e, ERR_USAGE,
		    "web.ticket_key_file lets staff in, and their sessions have to be sealed: set "
		    "secrets.key_file, too");
	d->proxies = proxies_read(c->web.trusted_proxies, e);
	return d->proxies ? 0 : e->code;
}

static void forget_keys(struct doors *d)
{
	portal_keys_clear(&d->programs);
	ticket_keys_free(d->tickets);
	seal_keys_free(d->seals);
	proxies_free(d->proxies);
}

struct doors *doors_open(const struct web *web, struct err *e)
{
	struct doors *d = xcalloc(1, sizeof *d);
	d->web = web;
	if (read_keys(d, e) < 0) {
		forget_keys(d);
		free(d);
		return NULL;
	}
	d->rates = rates_new();
	d->schools = school_door_new(web);
	return d;
}

int doors_reread(struct doors *d, struct err *e)
{
	struct doors anew = {.web = d->web, .rates = d->rates, .schools = d->schools};
	int rc = read_keys(&anew, e);
	forget_keys(rc < 0 ? &anew : d);
	if (rc == 0)
		*d = anew;
	return rc;
}

void doors_close(struct doors *d)
{
	if (!d)
		return;
	forget_keys(d);
	rates_free(d->rates);
	school_door_free(d->schools);
	free(d);
}

const struct seal_keys *doors_keys(const struct doors *d)
{
	return d->seals;
}

/* ---- refusing ------------------------------------------------------------------------------- */

static void answer_too_often(struct visit *v, int64_t wait_ms)
{
	char seconds[24];
	(void)snprintf(seconds, sizeof seconds, "%lld", (long long)(wait_ms + 999) / 1000);
	exchange_set_header(v->x, "Retry-After", seconds);
	answer_problem(v, 429, "too_often",
	    "This was asked too often. Wait %s s (Retry-After) and ask again.", seconds);
}

void doors_refuse(struct visit *v, int status, const char *word, const char *fmt, ...)
{
	char detail[DETAIL_MAX], household[ADDRESS_ROOM];
	va_list ap;
	va_start(ap, fmt);
	(void)!vsnprintf(detail, sizeof detail, fmt, ap);
	va_end(ap);
	if (status == 401 && v->who.kind == WHO_NOBODY) {
		proxies_household(v->who.address, household);
		int64_t wait_ms = rates_take(
		    v->web->doors->rates, "wrong", household, WRONG_A_SECOND, WRONG_AT_ONCE);
		if (wait_ms > 0) {
			answer_too_often(v, wait_ms);
			return;
		}
	}
	audit_refusal(v, word, v->route->path);
	if (status == 401)
		exchange_set_header(v->x, "WWW-Authenticate", challenge);
	answer_problem(v, status, word, "%s", detail);
}

/* ---- who is it? ------------------------------------------------------------------------------ */

/* The scopes of a key and what they let through. */
static unsigned may_of(unsigned scopes)
{
	return (scopes & PORTAL_ENQUEUE ? MAY_ENQUEUE : 0U) |
	       (scopes & PORTAL_READ ? MAY_READ : 0U) | (scopes & PORTAL_ADMIN ? MAY_ADMIN : 0U);
}

/* identify_program takes what stands behind "Bearer". */
static bool identify_program(struct visit *v, const char *authorization)
{
	const struct portal_key *key = NULL;
	if (strncasecmp(authorization, "Bearer ", 7) == 0)
		key = portal_keys_find(
		    &v->web->doors->programs, authorization + 7 + strspn(authorization + 7, " "));
	if (!key) {
		doors_refuse(v, 401, "unknown_key",
		    "This key is not known here (Authorization: Bearer KEY). rollcall keys new "
		    "makes one.");
		return false;
	}
	v->who.kind = WHO_PROGRAM;
	v->who.id = xstrdup(key->name);
	v->who.school = xstrdup(key->school);
	v->who.name = xstrdup("");
	v->who.language = xstrdup("");
	v->who.email = xstrdup("");
	v->who.may = may_of(key->scopes);
	return true;
}

/* identify_staff opens the cookie; one that does not open is as good as none. */
static void identify_staff(struct visit *v)
{
	char *value = v->web->doors->seals ? cookie_get(v, session_cookie) : NULL;
	if (value)
		(void)session_open(v->web->doors->seals, value, &v->who);
	free(value);
}

static bool identify(struct visit *v)
{
	const char *authorization = exchange_header(v->x, "Authorization");
	char *forwarded = exchange_headers(v->x, "X-Forwarded-For");
	proxies_caller(v->web->doors->proxies, exchange_peer(v->x), forwarded, v->who.address);
	free(forwarded);
	if (authorization)
		return identify_program(v, authorization);
	identify_staff(v);
	return true;
}

/* ---- how often, and what? ---------------------------------------------------------------------- */

static int64_t take(const struct visit *v, const char *kind, const char *who, int64_t a_second)
{
	int at_once = (int)a_second * AT_ONCE;
	return a_second ? rates_take(v->web->doors->rates, kind, who, (double)a_second, at_once)
			: 0;
}

static int64_t count(const struct visit *v)
{
	char household[ADDRESS_ROOM];
	const struct config *c = v->web->config;
	int64_t wait_ms = 0;
	switch (v->who.kind) {
	case WHO_NOBODY:
		proxies_household(v->who.address, household);
		wait_ms = take(v, "address", household, c->web.address_rate);
		break;
	case WHO_STAFF: {
		char *name = xasprintf("%s:%s", v->who.school, v->who.id);
		wait_ms = take(v, "staff", name, c->web.staff_rate);
		free(name);
		break;
	}
	case WHO_PROGRAM:
		wait_ms = take(v, "key", v->who.id, c->web.key_rate);
		break;
	}
	return wait_ms;
}

/* Without a session nobody has tried anything yet, and a page that is left open asks on. */
static void ask_to_sign_in(struct visit *v, const char *word, const char *sentence)
{
	exchange_set_header(v->x, "WWW-Authenticate", challenge);
	answer_problem(v, 401, word, "%s", sentence);
}

/* Whose a route is, of staff; NULL if it is for no staff at all. */
static const char *whose(unsigned may)
{
	if (may & MAY_TEACH)
		return "the school's administrators and its teaching staff";
	if (may & MAY_MANAGE)
		return "the school's administrators";
	return may & MAY_OPERATE ? "operators" : NULL;
}

static void refuse_route(struct visit *v)
{
	char *cookie = cookie_get(v, session_cookie);
	if (v->who.kind == WHO_PROGRAM)
		doors_refuse(v, 403, "missing_scope", "The key %.64s has not the scope for %s %s.",
		    v->who.id, v->route->method, v->route->path);
	else if (v->who.kind == WHO_STAFF && whose(v->route->may))
		doors_refuse(v, 403, "role_missing", "%s %s is for %s.", v->route->method,
		    v->route->path, whose(v->route->may));
	else if (v->who.kind == WHO_STAFF)
		doors_refuse(v, 403, "not_for_staff", "%s %s is for programs with a key.",
		    v->route->method, v->route->path);
	else if (cookie)
		ask_to_sign_in(v, "session_over",
		    "Your session is over. Open this page from the school's portal again.");
	else
		ask_to_sign_in(v, "no_session",
		    "Nobody is signed in. Open this page from the school's portal; programs send "
		    "a key (Authorization: Bearer KEY).");
	free(cookie);
}

/* ---- is it a page of ours, and of this session? ------------------------------------------------------- */

static bool is_change(const struct visit *v)
{
	const char *method = exchange_method(v->x);
	return strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0;
}

static bool has_token(const struct visit *v)
{
	const char *token = exchange_header(v->x, "X-CSRF-Token");
	return token && strlen(token) == strlen(v->who.csrf) &&
	       sodium_memcmp(token, v->who.csrf, strlen(token)) == 0;
}

/* check_page lets a browser's request through if a page of ours made it, in this very session. A
 * change has to prove both. What is read need not; but a page that shows its token is of another
 * session if that is another one: somebody has signed in beside it, and what is theirs would be
 * shown as somebody else's. */
static bool check_page(struct visit *v)
{
	static const char why[] = "The token of this session is missing or wrong (X-CSRF-Token, "
				  "from GET /v1/me). Reload the page.";
	bool changes = is_change(v);
	if (v->who.kind == WHO_PROGRAM)
		return true;
	if (changes && !origin_is_ours(v)) {
		doors_refuse(
		    v, 403, "foreign_origin", "Another site's page asked for this change.");
		return false;
	}
	if (v->who.kind == WHO_NOBODY || has_token(v))
		return true;
	if (!changes && !exchange_header(v->x, "X-CSRF-Token"))
		return true;
	if (changes)
		doors_refuse(v, 403, "csrf_token", "%s", why);
	else
		answer_problem(v, 403, "csrf_token", "%s", why);
	return false;
}

/* ---- all of it ---------------------------------------------------------------------------------------- */

static bool is_page(const char *path)
{
	return strncmp(path, "/staff/", 7) == 0 || strncmp(path, "/console", 8) == 0 ||
	       strcmp(path, "/ops") == 0;
}

static void serve(struct visit *v)
{
	v->route->serve(v);
}

bool doors_admit(struct visit *v)
{
	if (!identify(v))
		return false;
	int64_t wait_ms = count(v);
	if (wait_ms > 0) {
		answer_too_often(v, wait_ms);
		return false;
	}
	const char *ticket = exchange_query(v->x, "ticket");
	if (ticket && v->route->serve != serve_enter && is_page(v->route->path)) {
		doors_enter(v, ticket);
		return false;
	}
	if (!(v->route->may & (v->who.may | MAY_ANYBODY))) {
		refuse_route(v);
		return false;
	}
	if (!check_page(v))
		return false;
	if (v->who.kind != WHO_STAFF || v->route->may & MAY_ANYBODY)
		return true;
	school_door_pass(v->web->doors->schools, v, serve);
	return false;
}
