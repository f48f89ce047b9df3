/*
 * enter - a ticket becomes a session.
 *
 *	read -> the school is asked for -> spent in Redis (SET NX, until it ends) -> cookie
 *
 * A used ticket of whoever has a session of their own already is a page that was opened
 * again, and no harm; any other is refused.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "cookie.h"
#include "doors.h"
#include "origin.h"

enum { PAGE_MAX_BYTES = 1024, BODY_DEPTH_MAX = 2 };

/* What is to be done once the ticket is good; flat, for visit.more. */
struct entering {
	char print[TICKET_PRINT_ROOM];
	char to[PAGE_MAX_BYTES];
	int64_t expires_at;
	bool asks_json;
	bool is_again; /* the browser has a session of the same person */
};

/* ---- spending the ticket --------------------------------------------------------------- */

static void answer_entered(struct visit *v, const struct entering *g)
{
	char to[PAGE_MAX_BYTES];
	(void)text_copy(to, sizeof to, g->to);
	if (g->asks_json)
		answer_json(v, 200, json_pack("{s:s}", "to", to));
	else
		answer_redirect(v, to);
}

static void begin_session(struct visit *v, const struct entering *g)
{
	session_begin(&v->who);
	char *value = session_seal(v->web->doors->seals, &v->who);
	cookie_set(v, session_cookie, value, SESSION_LIFE_S);
	free(value);
	audit_act(v, "entered", v->route->path);
	answer_entered(v, g);
}

static void ticket_spent(void *ctx, const struct reply *r, const struct err *e)
{
	struct visit *v = ctx;
	const struct entering *g = v->more;
	if (web_failed(v, r, e))
		return;
	if (reply_kind(r) != REPLY_NIL)
		begin_session(v, g);
	else if (g->is_again)
		answer_entered(v, g);
	else
		doors_refuse(v, 401, "ticket_used",
		    "The ticket was used already. Open this page from the school's portal again.");
}

static void spend(struct visit *v)
{
	const struct entering *g = v->more;
	redis_sendf(v->web->redis, WEB_REDIS_TIMEOUT_MS, ticket_spent, v,
	    "SET %sticket:%s 1 NX PX %d", v->web->prefix, g->print,
	    g->expires_at - clock_wall_ms());
}

/* ---- who comes --------------------------------------------------------------------------- */

static bool is_same(const struct who *w, const struct ticket *t)
{
	return w->kind == WHO_STAFF && strcmp(w->id, t->id) == 0 &&
	       strcmp(w->school, t->school) == 0;
}

/* become makes the visit that of the person of the ticket, whose texts it takes over; of
 * nobody if the ticket does not say who. */
static void become(struct visit *v, struct ticket *t)
{
	struct who before = v->who;
	v->who = (struct who){
	    .kind = t->id ? WHO_STAFF : WHO_NOBODY,
	    .may = t->id ? who_may(t->roles) : 0,
	    .id = t->id,
	    .school = t->school,
	    .name = t->name,
	    .language = t->language,
	    .email = t->email,
	    .roles = t->roles,
	};
	(void)text_copy(v->who.address, sizeof v->who.address, before.address);
	who_clear(&before);
	*t = (struct ticket){0};
}

static void enter(struct visit *v, const char *text, const char *to, bool asks_json)
{
	const struct doors *d = v->web->doors;
	const struct ticket_rules rules = {
	    .keys = d->tickets,
	    .audience = v->web->config->web.ticket_audience,
	    .issuer = v->web->config->web.ticket_issuer,
	};
	struct ticket t;
	const char *word;
	struct err e;
	if (!d->tickets) {
		doors_refuse(v, 403, "no_tickets",
		    "No staff can come here before web.ticket_key_file is set.");
		return;
	}
	if (ticket_read(&t, text, &rules, &word, &e) < 0) {
		become(v, &t);
		doors_refuse(v, v->who.kind == WHO_STAFF ? 403 : 401, word, "%s", e.text);
		return;
	}
	struct entering *g = xcalloc(1, sizeof *g);
	g->is_again = is_same(&v->who, &t);
	g->asks_json = asks_json;
	g->expires_at = t.expires_at;
	memcpy(g->print, t.print, sizeof g->print);
	if (!text_copy(g->to, sizeof g->to, origin_page(to)))
		(void)text_copy(g->to, sizeof g->to, origin_page(NULL));
	v->more = g;
	become(v, &t);
	school_door_pass(d->schools, v, spend);
}

/* ---- the routes ----------------------------------------------------------------------------- */

void serve_session_start(struct visit *v)
{
	json_t *body = visit_body(v, BODY_DEPTH_MAX);
	if (!body)
		return;
	enter(v, json_text_or(body, "ticket", ""), json_text(body, "to"), true);
	json_decref(body);
}

/* A look from outside (HEAD) spends no ticket. */
static bool is_look(const struct visit *v)
{
	return strcmp(exchange_method(v->x), "HEAD") == 0;
}

void serve_enter(struct visit *v)
{
	const char *ticket = exchange_query(v->x, "ticket");
	if (is_look(v))
		answer_empty(v, 204);
	else if (!ticket && v->who.kind == WHO_STAFF)
		answer_redirect(v, origin_page(exchange_query(v->x, "to")));
	else
		enter(v, ticket ? ticket : "", exchange_query(v->x, "to"), false);
}

/* without_ticket writes the page that was asked for, without ticket=… among its parameters. */
static void without_ticket(const char *target, char page[PAGE_MAX_BYTES])
{
	size_t length = strcspn(target, "?");
	struct buf b;
	buf_init(&b, 0);
	buf_add(&b, target, length);
	char mark = '?';
	for (const char *at = target + length; *at;) {
		at++;
		length = strcspn(at, "&");
		if (length > 0 && strncmp(at, "ticket=", 7) != 0) {
			buf_add(&b, &mark, 1);
			buf_add(&b, at, length);
			mark = '&';
		}
		at += length;
	}
	if (!text_copy(page, PAGE_MAX_BYTES, b.data))
		page[0] = '\0';
	buf_clear(&b);
}

void doors_enter(struct visit *v, const char *ticket)
{
	char page[PAGE_MAX_BYTES];
	without_ticket(exchange_target(v->x), page);
	if (is_look(v))
		answer_empty(v, 204);
	else
		enter(v, ticket, page, false);
}

void serve_session_end(struct visit *v)
{
	cookie_drop(v, session_cookie);
	audit_act(v, "left", v->route->path);
	answer_empty(v, 204);
}
