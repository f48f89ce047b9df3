/*
 * answer - every answer leaves through here: the headers that all of them carry, problems
 * (RFC 9457), versions (ETag), one log line.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "log.h"
#include "pages.h"
#include "visit.h"

/* Pages run their own scripts and styles and talk to nobody but us. */
static const char policy[] = "default-src 'none'; script-src 'self'; style-src 'self'; "
			     "img-src 'self' data:; font-src 'self'; connect-src 'self'; "
			     "manifest-src 'self'; form-action 'self'; base-uri 'none'; "
			     "frame-ancestors 'none'";

static void set_headers(struct visit *v)
{
	exchange_set_header(v->x, "Content-Security-Policy", policy);
	exchange_set_header(v->x, "X-Content-Type-Options", "nosniff");
	exchange_set_header(v->x, "Referrer-Policy", "same-origin");
	exchange_set_header(v->x, "Cross-Origin-Opener-Policy", "same-origin");
	exchange_set_header(v->x, "Cross-Origin-Resource-Policy", "same-origin");
	exchange_set_header(v->x, "X-Request-Id", v->request_id);
	if (v->web->is_https)
		exchange_set_header(
		    v->x, "Strict-Transport-Security", "max-age=31536000; includeSubDomains");
}

static void finish(struct visit *v, int status, const char *body, size_t length)
{
	log_debug("answered", log_str("request", v->request_id),
	    log_str("method", exchange_method(v->x)),
	    log_str("route", v->route ? v->route->path : ""), log_int("status", status));
	set_headers(v);
	exchange_answer(v->x, status, body, length);
	visit_free(v);
}

void answer_text(struct visit *v, int status, const char *type, const char *body, size_t length)
{
	exchange_set_header(v->x, "Content-Type", type);
	finish(v, status, body, length);
}

void answer_empty(struct visit *v, int status)
{
	finish(v, status, "", 0);
}

void answer_redirect(struct visit *v, const char *to)
{
	exchange_set_header(v->x, "Location", to);
	exchange_set_header(v->x, "Cache-Control", "no-store");
	finish(v, 303, "", 0);
}

static void send_json(struct visit *v, int status, const char *type, json_t *value)
{
	char *text = json_write(value);
	json_decref(value);
	answer_text(v, status, type, text, strlen(text));
	free(text);
}

void answer_json(struct visit *v, int status, json_t *value)
{
	/* What carries a version may be kept, and is asked for each time. */
	exchange_set_header(v->x, "Cache-Control", "private, no-cache");
	send_json(v, status, "application/json", value);
}

static const char *title_of(int status)
{
	switch (status) {
	case 400:
		return "This request cannot be understood";
	case 401:
		return "Who asks is not known";
	case 403:
		return "Not allowed";
	case 404:
		return "Not found";
	case 405:
		return "Not this way";
	case 409:
		return "Not at present";
	case 413:
		return "Too long";
	case 415:
		return "Not this kind of content";
	case 422:
		return "This cannot be done as it stands";
	case 429:
		return "Too often";
	case 503:
		return "Not available at present";
	default:
		return "It did not work";
	}
}

void answer_problem(struct visit *v, int status, const char *word, const char *fmt, ...)
{
	va_list ap;
	char detail[512];
	va_start(ap, fmt);
	(void)!vsnprintf(detail, sizeof detail, fmt, ap);
	va_end(ap);
	text_mend(detail, strlen(detail));
	if (page_of_problem(v, status, word, detail))
		return;
	json_t *problem = json_pack("{s:o, s:s, s:i, s:s, s:s, s:s}", "type",
	    json_sprintf("urn:rollcall:problem:%s", word), "title", title_of(status), "status",
	    status, "code", word, "detail", detail, "request_id", v->request_id);
	exchange_set_header(v->x, "Cache-Control", "no-store");
	send_json(v, status, "application/problem+json", problem);
}

void answer_unreachable(struct visit *v, const struct err *e)
{
	exchange_set_header(v->x, "Retry-After", "2");
	answer_problem(v, 503, "store_unreachable",
	    "The queue's store does not answer at present (%s). Nothing was changed; try again.",
	    err_name(e->code));
}

void answer_doubt(struct visit *v, const char *fmt, ...)
{
	va_list ap;
	char detail[512];
	va_start(ap, fmt);
	(void)!vsnprintf(detail, sizeof detail, fmt, ap);
	va_end(ap);
	exchange_set_header(v->x, "Retry-After", "2");
	answer_problem(v, 503, "unconfirmed", "%s", detail);
}

void answer_unconfirmed(struct visit *v, const struct err *e)
{
	if (e->code == ERR_REFUSED)
		answer_unreachable(v, e);
	else
		answer_doubt(v,
		    "The queue's store did not confirm this (%s), and may have it. Look whether it "
		    "was done before you try again.",
		    err_name(e->code));
}

void answer_unread(struct visit *v, const struct err *e)
{
	answer_doubt(v,
	    "The queue's store has taken this, and what became of it could not be read (%s). Look "
	    "before you try again.",
	    err_name(e->code));
}

bool answer_is_known(struct visit *v, const char *version)
{
	char tag[80];
	(void)!snprintf(tag, sizeof tag, "\"%.70s\"", version);
	exchange_set_header(v->x, "ETag", tag);
	const char *has = exchange_header(v->x, "If-None-Match");
	if (!has || !strstr(has, tag))
		return false;
	exchange_set_header(v->x, "Cache-Control", "private, no-cache");
	finish(v, 304, "", 0);
	return true;
}
