/*
 * call - one call of a step to Microsoft, through to an answer that the step can read:
 * waiting where Microsoft asks for it, trying again what failed in passing, and turning
 * what is left into the contract's words.
 *
 * Throttling spends no try. A call that went out and may have worked is tried again, since all
 * calls may be repeated, save where the step says (ANSWER_LOST) that this one may not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "log.h"
#include "sign_in.h"
#include "worker_int.h"

enum {
	TRIES_MAX = 6,
	REFUSALS_MAX = 2, /* of a fresh token: each is two requests to Graph */
	PAUSE_FIRST_MS = 500,
	PAUSE_MAX_MS = 20000,
	WORTH_TELLING_MS = 1500,
};

static const char microsofts_trouble[] = "Microsoft had a problem; we are trying again.";

static bool takes(const struct job *j, int status)
{
	const int *also = j->type->steps[j->step].also;
	for (size_t i = 0; i < sizeof j->type->steps[0].also / sizeof *also && also[i]; i++)
		if (also[i] == status)
			return true;
	return false;
}

static void answer(struct job *j, int status, const struct graph_answer *g)
{
	struct answer a = {
	    .status = status,
	    .body = g->body,
	    .location = g->location,
	    .content_location = g->content_location,
	    .code = g->code,
	    .trouble = g->result == GRAPH_OK ? "" : g->error.text,
	};
	job_answer(j, &a);
}

static void show_microsofts_wait(struct job *j, int64_t until_wall_ms)
{
	char hhmm[8], text[120];
	(void)!snprintf(text, sizeof text, "Microsoft asked us to wait until %s.",
	    clock_hhmm(until_wall_ms + 59999, hhmm));
	job_show_waiting(j, until_wall_ms, text);
}

static void held(void *ctx, int64_t until_wall_ms)
{
	struct job *j = ctx;
	if (until_wall_ms == 0) {
		job_show_going_on(j);
		return;
	}
	j->throttled = true;
	if (until_wall_ms - clock_wall_ms() >= WORTH_TELLING_MS)
		show_microsofts_wait(j, until_wall_ms);
}

/* ---- trying again -------------------------------------------------------------- */

static void try_again(void *ctx)
{
	struct job *j = ctx;
	job_put_going_on(j);
	if (strcmp(j->wanted.method, "GET") == 0) {
		job_flush(j);
		job_call_graph(j);
	} else {
		job_call_fenced(j);
	}
}

/* Asked right before a change goes out: a process that was stopped for longer than its lease
 * must not change anything at Microsoft's on the strength of what it knew before. */
static bool lease_is_fresh(void *ctx)
{
	const struct job *j = ctx;
	const struct worker *w = j->worker;
	return clock_mono_ms() - queue_renewed_at(w->queue) < w->config.queue.lease_ms;
}

static void again_at(struct job *j, int64_t wall_ms)
{
	int64_t pause_ms = wall_ms - clock_wall_ms();
	timer_set(j->worker->loop, &j->timer, pause_ms > 0 ? pause_ms : 0, try_again, j);
}

static void pause_then_again(struct job *j, int64_t pause_ms, const char *message)
{
	if (pause_ms >= WORTH_TELLING_MS)
		job_show_waiting(j, clock_wall_ms() + pause_ms, message);
	timer_set(j->worker->loop, &j->timer, pause_ms, try_again, j);
}

/* Decorrelated jitter: each pause between the first and three times the last one, so
 * that jobs that failed together do not come back together. */
static int64_t next_pause(struct job *j)
{
	int64_t first = PAUSE_FIRST_MS;
	int64_t most = 3 * (j->pause_ms > first ? j->pause_ms : first);
	int64_t pause = first + random() % (most - first + 1);
	j->pause_ms = pause > PAUSE_MAX_MS ? PAUSE_MAX_MS : pause;
	return job_pause_ms(j, j->pause_ms);
}

/* Before retry_at the answer would be the same: it is remembered, and not asked for again. */
static int64_t pause_after(struct job *j, const struct graph_answer *g)
{
	int64_t pause = next_pause(j), told = g->retry_at ? g->retry_at - clock_wall_ms() : 0;
	return told > pause ? told : pause;
}

/* Whoever is told to slow down (429) was not let in; any other trouble may have come after
 * the deed. */
static bool is_lost(const struct job *j, const struct graph_answer *g)
{
	return g->sent && g->status != 429 && takes(j, ANSWER_LOST);
}

/* The governor parks what Microsoft parked, but knows nothing of the sign-in, nor of a 503
 * that names no pause: so the job itself waits. */
static void throttled(struct job *j, const struct graph_answer *g)
{
	if (is_lost(j, g)) {
		answer(j, ANSWER_LOST, g);
		return;
	}
	j->throttled = true;
	if (g->stumbled)
		job_show_waiting(j, g->retry_at, microsofts_trouble);
	else
		show_microsofts_wait(j, g->retry_at);
	again_at(j, g->retry_at);
}

static void failed_in_passing(struct job *j, const struct graph_answer *g)
{
	if (is_lost(j, g)) {
		answer(j, ANSWER_LOST, g);
		return;
	}
	if (++j->tries < TRIES_MAX) {
		log_info("call_again", log_str("job", j->ticket.id), log_int("try", j->tries),
		    log_int("status", g->status), log_str("why", g->error.text));
		pause_then_again(j, pause_after(j, g), microsofts_trouble);
		return;
	}
	if (takes(j, ANSWER_TROUBLE))
		answer(j, ANSWER_TROUBLE, g);
	else
		job_go_on(
		    j, job_fail(j, "graph_error", "Microsoft went on failing: %s", g->error.text));
}

static void token_refused(struct job *j, const struct graph_answer *g)
{
	if (++j->refusals < REFUSALS_MAX)
		pause_then_again(
		    j, next_pause(j), "Microsoft refused our sign-in; we are trying again.");
	else
		job_go_on(
		    j, job_fail(j, "graph_error",
			   "Microsoft refuses every sign-in for this school: %s", g->error.text));
}

/* ---- the contract's words for a refusal ------------------------------------------ */

static enum next refused(struct job *j, const struct graph_answer *g)
{
	if (strcmp(g->code, "GetApplicableSkuCategoriesForUserFailed") == 0)
		return job_fail(j, "not_licensed",
		    "The owner has no Microsoft Teams licence. Ask the school's "
		    "Microsoft administrator to give one (request %s).",
		    g->request_id);
	if (strcmp(g->code, "OperationDeniedAsTeamIsLocked") == 0)
		return job_fail(j, "team_locked",
		    "The Team is locked until its teacher presses Activate in "
		    "Microsoft Teams (request %s).",
		    g->request_id);
	if (g->status == 403)
		return job_fail(
		    j, "not_permitted", "Microsoft does not permit this: %s", g->error.text);
	return job_fail(j, "graph_error", "Microsoft refused: %s", g->error.text);
}

static enum next consent_missing(struct job *j, const struct graph_answer *g)
{
	const struct config *c = &j->worker->config;
	char *back = *c->web.public_url ? xasprintf("%s/staff/connected", c->web.public_url) : NULL;
	char *url = sign_in_consent_url(
	    c->graph.root, c->graph.authority, c->app.client_id, j->tenant, back);
	enum next next = job_fail(j, "consent_required",
	    "The school's Microsoft tenant has not allowed this yet, or no longer does. Its "
	    "administrator has to consent: %s (%s)",
	    url, g->error.text);
	free(url);
	free(back);
	return next;
}

static void our_own_trouble(struct job *j, const struct graph_answer *g)
{
	log_error("sign_in_of_the_app_refused", log_str("job", j->ticket.id),
	    log_str("why", g->error.text),
	    log_str("remedy", "check [app] in the configuration; rollcall doctor"));
	job_show_waiting(j, g->retry_at,
	    "Our own sign-in at Microsoft does not work at the moment. The "
	    "operator has been told; this goes on by itself.");
	again_at(j, g->retry_at);
}

static void answered(void *ctx, const struct graph_answer *g)
{
	struct job *j = ctx;
	j->call = NULL;
	j->call_ms = g->took_ms;
	if (j->waiting)
		job_show_going_on(j);
	switch (g->result) {
	case GRAPH_OK:
		answer(j, g->status, g);
		return;
	case GRAPH_REFUSED:
		if (takes(j, g->status))
			answer(j, g->status, g);
		else
			job_go_on(j, refused(j, g));
		return;
	case GRAPH_THROTTLED:
		throttled(j, g);
		return;
	case GRAPH_PASSING:
		failed_in_passing(j, g);
		return;
	case GRAPH_TOKEN_REFUSED:
		token_refused(j, g);
		return;
	case GRAPH_NO_CONSENT:
		job_go_on(j, consent_missing(j, g));
		return;
	case GRAPH_NO_TENANT:
		job_go_on(j, job_fail(j, "not_connected",
				 "Microsoft does not know the tenant of this school. "
				 "Check its tenant_id: %s",
				 g->error.text));
		return;
	case GRAPH_OPERATOR:
		our_own_trouble(j, g);
		return;
	case GRAPH_RELINK:
		job_go_on(j, job_fail_relink(j));
		return;
	case GRAPH_NOT_LINKED:
		job_go_on(j, job_fail_not_linked(j));
		return;
	}
}

/* ---- out ---------------------------------------------------------------------------- */

static bool only_reads(const struct wanted *w)
{
	return strcmp(w->method, "GET") == 0 ||
	       (strstr(w->path, "/$batch") && !strstr(w->body, "\"method\":\"DELETE\""));
}

/* Reading may go on while Redis is away. */
void job_call_graph(struct job *j)
{
	struct graph_request q = {
	    .tenant = j->tenant,
	    .account = j->account,
	    .method = j->wanted.method,
	    .path = j->wanted.path,
	    .body = j->wanted.body,
	    .background = j->background,
	    .on_wait = held,
	    .may_go = only_reads(&j->wanted) ? NULL : lease_is_fresh,
	};
	j->call = graph_start(j->worker->graph, &q, answered, j);
}

/* Reading changes nothing, and what the governor still holds has not gone out. */
bool job_call_is_safe_to_stop(const struct job *j)
{
	return only_reads(&j->wanted) || !graph_is_sent(j->call);
}

void job_stop_call(struct job *j)
{
	graph_stop(j->call);
	j->call = NULL;
}
