/* visit - the way of a request: its route, who asks, whether they may, who serves it. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "log.h"
#include "visit.h"

static struct visit *visit_new(struct web *web, struct exchange *x)
{
	struct visit *v = xcalloc(1, sizeof *v);
	unsigned char random[8];
	v->web = web;
	web->visits++;
	v->x = x;
	randombytes_buf(random, sizeof random);
	sodium_bin2hex(v->request_id, sizeof v->request_id, random, sizeof random);
	return v;
}

void visit_free(struct visit *v)
{
	v->web->visits--;
	who_clear(&v->who);
	for (int i = 0; i < PLACES_MAX; i++)
		free(v->place[i]);
	free(v->more);
	free(v);
}

static void refuse_route(struct visit *v, const char *allow)
{
	const char *method = exchange_method(v->x), *path = exchange_path(v->x);
	if (*allow) {
		exchange_set_header(v->x, "Allow", allow);
		answer_problem(v, 405, "method_not_allowed", "%.20s is not for %.200s: %s.", method,
		    path, allow);
	} else {
		answer_problem(v, 404, "not_found", "There is nothing at %.200s.", path);
	}
}

void web_serve(void *ctx, struct exchange *x)
{
	struct visit *v = visit_new(ctx, x);
	char allow[64];
	const char *target = exchange_target(x);
	char *path = xstrndup(target, strcspn(target, "?"));
	v->route = web_route_of(exchange_method(x), path, v->place, allow);
	free(path);
	if (!v->route)
		refuse_route(v, allow);
	else if (doors_admit(v))
		v->route->serve(v);
}

json_t *visit_body(struct visit *v, int depth)
{
	struct err e = {0};
	size_t length;
	const char *text = exchange_body(v->x, &length);
	json_t *body = json_read(text, length, depth, &e);
	if (json_is_object(body))
		return body;
	answer_problem(v, 400, "bad_json", "The body has to be one JSON object: %.200s",
	    body ? "it is something else" : e.text);
	json_decref(body);
	return NULL;
}

/* no_good tells whether a reply is, and *why. */
static bool no_good(
    const struct visit *v, const struct reply *r, const struct err *e, struct err *why)
{
	if (r && reply_kind(r) != REPLY_ERROR)
		return false;
	if (r)
		err_set(why, ERR_REFUSED, "%s", reply_text(r, NULL));
	else
		*why = *e;
	log_warn("redis_not_read", log_str("request", v->request_id), log_str("why", why->text));
	return true;
}

bool web_failed(struct visit *v, const struct reply *r, const struct err *e)
{
	struct err why;
	if (!no_good(v, r, e, &why))
		return false;
	answer_unreachable(v, &why);
	return true;
}

bool web_unconfirmed(struct visit *v, const struct reply *r, const struct err *e)
{
	struct err why;
	if (!no_good(v, r, e, &why))
		return false;
	answer_unconfirmed(v, &why);
	return true;
}
