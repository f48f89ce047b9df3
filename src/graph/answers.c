/*
 * answers - what an answer of Microsoft's means: to the one who asked, and to the governor.
 */
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "client_int.h"
#include "errors.h"

static void read_body(struct graph_answer *g, const struct http_answer *a, json_t **body)
{
	struct err why;
	if (a->body_length > 0)
		*body = json_read(a->body, a->body_length, DEPTH_MAX, &why);
	g->body = *body;
	errors_code(*body, g->code);
	const char *id = http_header(a, "request-id");
	if (id && strlen(id) < sizeof g->request_id &&
	    id[strspn(id, "0123456789abcdefABCDEF-")] == '\0')
		text_copy(g->request_id, sizeof g->request_id, id);
	else
		errors_request_id(*body, g->request_id);
	g->location = http_header(a, "Location");
	g->content_location = http_header(a, "Content-Location");
}

void answers_sort(struct graph_answer *g, const struct http_answer *a, json_t **body)
{
	*g = (struct graph_answer){.status = a->status, .sent = a->sent, .took_ms = a->took_ms};
	if (a->status == 0) {
		g->result = GRAPH_PASSING;
		err_set(&g->error, a->error.code, "Microsoft gave no answer: %s", a->error.text);
		return;
	}
	g->sent = true;
	g->result = errors_result(a->status);
	read_body(g, a, body);
	if (g->result == GRAPH_OK && a->body_length > 0 && !*body) {
		g->result = GRAPH_PASSING;
		err_set(&g->error, ERR_INPUT,
		    "Microsoft answered %d with something that is no JSON (%s)%s%s", a->status,
		    errors_looks_like(a->body), *g->request_id ? ", request " : "", g->request_id);
	} else if (g->result != GRAPH_OK) {
		errors_say(&g->error, g->status, g->code, g->request_id);
	}
}

/* A 503 that names no pause is a machine that stumbled, not a quota that is used up: it
 * narrows the window of the tenant and parks nobody else's calls. */
static enum verdict verdict_of(const struct graph_answer *g, const struct http_answer *a)
{
	const char *share = http_header(a, "x-ms-throttle-limit-percentage");
	bool near_limit = share && strtod(share, NULL) > 0.8;
	switch (g->result) {
	case GRAPH_THROTTLED:
		return g->status == 429 || http_header(a, "Retry-After") ? VERDICT_THROTTLED
									 : VERDICT_TROUBLE;
	case GRAPH_PASSING:
		return g->status == 423 ? VERDICT_OK : VERDICT_TROUBLE;
	case GRAPH_OK:
	case GRAPH_REFUSED:
	case GRAPH_TOKEN_REFUSED:
	case GRAPH_NO_CONSENT:
	case GRAPH_NO_TENANT:
	case GRAPH_OPERATOR:
	case GRAPH_RELINK:
	case GRAPH_NOT_LINKED:
		break;
	}
	return near_limit ? VERDICT_SLOW_DOWN : VERDICT_OK;
}

/* A $batch that was answered may have throttled entries in it: that counts as if it had been
 * refused. */
enum verdict answers_verdict(
    const struct graph_answer *g, const struct http_answer *a, bool batch, int64_t *pause_ms)
{
	int64_t entries_ms = g->result == GRAPH_OK && batch ? batch_pause_ms(g->body) : -1;
	if (entries_ms >= 0) {
		*pause_ms = entries_ms;
		return VERDICT_THROTTLED;
	}
	*pause_ms = retry_after_ms(http_header(a, "Retry-After"), 0);
	return verdict_of(g, a);
}
