/*
 * health - liveness, readiness, and figures for Prometheus.
 *
 * Alive is a process whose loop turns. Ready is one that may be sent people: Redis answers and
 * nobody has asked it to leave.
 */
#include "api.h"
#include "web.h"

void serve_health(struct visit *v)
{
	answer_json(v, 200, json_pack("{s:s, s:s}", "status", "alive", "version", VERSION));
}

static void pinged(void *ctx, const struct reply *r, const struct err *e)
{
	struct visit *v = ctx;
	if (!web_failed(v, r, e))
		answer_json(v, 200, json_pack("{s:s}", "status", "ready"));
}

void serve_ready(struct visit *v)
{
	if (v->web->leaving)
		answer_problem(v, 503, "leaving", "This process is about to stop.");
	else if (!redis_is_up(v->web->redis))
		answer_problem(v, 503, "store_unreachable", "Redis is away.");
	else
		redis_sendf(v->web->redis, WEB_REDIS_TIMEOUT_MS, pinged, v, "PING");
}
