/*
 * client_rig - a client of Graph in front of a Microsoft of our own, and what became of its
 * calls. The clock stands still until a test moves it.
 */
#ifndef CLIENT_RIG_H
#define CLIENT_RIG_H

#include "fake_microsoft.h"
#include "graph_client.h"

enum { CALLS = 200 };

static struct graph *graph;

/* What was answered to each call. */
static struct heard {
	struct graph_answer answer;
	struct graph_call *call;
	char location[128];
	int64_t waits[8];
	int wait_count;
	int n; /* of all answers, this was the nth; 0: none yet */
} heards[CALLS];
static int answers, calls;

static inline void heard(void *ctx, const struct graph_answer *a)
{
	struct heard *h = ctx;
	if (h->n)
		FAIL("a call was answered twice");
	h->answer = *a;
	h->answer.body = json_incref(a->body);
	text_copy(h->location, sizeof h->location, a->location ? a->location : "");
	h->n = ++answers;
}

static inline void held_back(void *ctx, int64_t until_wall_ms)
{
	struct heard *h = ctx;
	CHECK(h->wait_count < 8);
	h->waits[h->wait_count++] = until_wall_ms;
}

/* The scope that was last told to be left alone. */
static char parked_scope[128];

static inline void parked(void *ctx, const char *scope, int64_t until_wall_ms)
{
	(void)ctx, (void)until_wall_ms;
	text_copy(parked_scope, sizeof parked_scope, scope);
}

static inline void begin(void)
{
	struct err e;
	fake_begin();
	memset(heards, 0, sizeof heards);
	answers = calls = 0;
	struct graph_options o = {.loop = fake.loop,
	    .http = fake.http,
	    .root = fake.root,
	    .authority = fake.authority,
	    .client_id = "app",
	    .secret_file = test_write("secret", "very-secret"),
	    .timeout_ms = 100000000,
	    .quota_scale = 1.0};
	graph = graph_new(&o, &e);
	if (!graph)
		FAIL("%s", e.text);
	graph_on_park(graph, parked, NULL);
}

static inline void end(void)
{
	graph_free(graph);
	for (int i = 0; i < calls; i++)
		json_decref(heards[i].answer.body);
	fake_end();
}

static inline struct heard *start(const char *method, const char *path, const char *body)
{
	struct heard *h = &heards[calls++];
	struct graph_request q = {.tenant = "a.example",
	    .method = method,
	    .path = path,
	    .body = body,
	    .on_wait = held_back};
	h->call = graph_start(graph, &q, heard, h);
	return h;
}

/* ask waits for the answer; meanwhile the clock goes on slowly. */
static inline struct heard *ask(const char *method, const char *path)
{
	struct heard *h = start(method, path, NULL);
	while (!h->n) {
		fake_turn();
		clock_advance(1);
	}
	return h;
}

static inline struct heard *get(const char *path)
{
	return ask("GET", path);
}

static inline void graph_says(int status, const char *body)
{
	fake_say(&fake.graph, (struct fake_line){.status = status, .body = body});
}

#endif
