/*
 * audit - who did what, and who was refused what: a line of the log, and an entry of one of
 * the school's two lists, newest first.
 *
 *	audit:<school>		LIST of {at,result,what,subject,who,kind,from,request}
 *	refused:<school>	the same of refusals, which anybody can have as many of as
 *				they like: they push out each other, and no act
 *
 * A program that may touch every school has its entries in audit:* and refused:*. Whoever could
 * not say who they are is in the log alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "log.h"
#include "web.h"

enum { ENTRIES_MAX = 10000, SUBJECT_ROOM = 256 };

static const char *kind_of(const struct who *w)
{
	switch (w->kind) {
	case WHO_NOBODY:
		return "nobody";
	case WHO_STAFF:
		return "staff";
	case WHO_PROGRAM:
		return "program";
	}
	return "";
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static void remember(const struct visit *v, const char *result, const char *list, const char *what,
    const char *subject)
{
	const struct who *w = &v->who;
	const struct web *web = v->web;
	const char *school = w->school ? w->school : "*";
	json_t *entry = json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "at",
	    (json_int_t)clock_wall_ms(), "result", result, "what", what, "subject", subject, "who",
	    w->id, "kind", kind_of(w), "from", w->address, "request", v->request_id);
	char *text = json_write(entry);
	redis_sendf(web->redis, WEB_REDIS_TIMEOUT_MS, NULL, NULL, "LPUSH %s%s:%s %s", web->prefix,
	    list, school, text);
	redis_sendf(web->redis, WEB_REDIS_TIMEOUT_MS, NULL, NULL, "LTRIM %s%s:%s 0 %d", web->prefix,
	    list, school, (int64_t)ENTRIES_MAX - 1);
	free(text);
	json_decref(entry);
}

static void audit(const struct visit *v, const char *result, const char *list, const char *what,
    const char *subject)
{
	char plain[SUBJECT_ROOM];
	const struct who *w = &v->who;
	(void)text_copy(plain, sizeof plain, or_empty(subject));
	text_mend(plain, strlen(plain));
	log_info(result, log_str("what", what), log_str("subject", plain),
	    log_str("who", or_empty(w->id)), log_str("kind", kind_of(w)),
	    log_str("school", or_empty(w->school)), log_str("from", w->address),
	    log_str("request", v->request_id));
	if (w->kind != WHO_NOBODY)
		remember(v, result, list, what, plain);
}

void audit_refusal(const struct visit *v, const char *what, const char *subject)
{
	audit(v, "refused", "refused", what, subject);
}

void audit_act(const struct visit *v, const char *what, const char *subject)
{
	audit(v, "acted", "audit", what, subject);
}
