/* Calls to Graph, against a Microsoft of our own. The clock stands still until a test
 * moves it. */
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

static void heard(void *ctx, const struct graph_answer *a)
{
	struct heard *h = ctx;
	if (h->n)
		FAIL("a call was answered twice");
	h->answer = *a;
	h->answer.body = json_incref(a->body);
	text_copy(h->location, sizeof h->location, a->location ? a->location : "");
	h->n = ++answers;
}

static void held_back(void *ctx, int64_t until_wall_ms)
{
	struct heard *h = ctx;
	CHECK(h->wait_count < 8);
	h->waits[h->wait_count++] = until_wall_ms;
}

static void begin(void)
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
}

static void end(void)
{
	graph_free(graph);
	for (int i = 0; i < calls; i++)
		json_decref(heards[i].answer.body);
	fake_end();
}

static struct heard *start(const char *method, const char *path, const char *body)
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
static struct heard *ask(const char *method, const char *path)
{
	struct heard *h = start(method, path, NULL);
	while (!h->n) {
		fake_turn();
		clock_advance(1);
	}
	return h;
}

static struct heard *get(const char *path)
{
	return ask("GET", path);
}

static void graph_says(int status, const char *body)
{
	fake_say(&fake.graph, (struct fake_line){.status = status, .body = body});
}

/* ---- what is sent ------------------------------------------------------------------------ */

TEST("a call has the token, an id of its own and a priority, and is answered from the loop")
{
	begin();
	graph_says(200, "{\"id\":\"T1\"}");
	struct heard *h = start("GET", "/teams/T1", NULL);
	CHECK_INT(h->n, 0);
	CHECK(!graph_is_sent(h->call));
	fake_until(&answers, 1);
	CHECK_INT(h->answer.result, GRAPH_OK);
	CHECK_INT(h->answer.status, 200);
	CHECK(h->answer.sent);
	CHECK_STR(json_text(h->answer.body, "id"), "T1");
	CHECK_STR(fake.seen[1].method, "GET");
	CHECK_STR(fake.seen[1].target, "/v1.0/teams/T1");
	CHECK_STR(fake.seen[1].authorization, "Bearer token-1");
	CHECK_STR(fake.seen[1].priority, "High");
	CHECK_STR(fake.seen[1].type, "");
	CHECK_INT(strlen(fake.seen[1].id), 36);
	get("/teams/T1");
	CHECK(strcmp(fake.seen[1].id, fake.seen[2].id) != 0);
	end();
}

TEST("a body is sent as JSON, and background work says that it may wait")
{
	begin();
	struct heard *h = &heards[calls++];
	struct graph_request q = {.tenant = "a.example",
	    .method = "POST",
	    .path = "/teams/T/members/add",
	    .body = "{\"a\":\"b\"}",
	    .background = true};
	graph_start(graph, &q, heard, h);
	fake_until(&answers, 1);
	CHECK_STR(fake.seen[1].body, "{\"a\":\"b\"}");
	CHECK_STR(fake.seen[1].type, "application/json");
	CHECK_STR(fake.seen[1].priority, "Low");
	end();
}

TEST("a link of Microsoft's below the root is followed, any other is refused unasked")
{
	begin();
	char *link = xasprintf("%s/teams/T/members?$skiptoken=x", fake.root);
	CHECK_INT(get(link)->answer.result, GRAPH_OK);
	CHECK_STR(fake.seen[1].target, "/v1.0/teams/T/members?$skiptoken=x");
	free(link);
	int requests = fake.seen_count;
	static const char *const links[] = {
	    "https://evil.example/v1.0/teams", "teams", "/../x", "/a b"};
	for (int i = 0; i < 4; i++) {
		struct heard *h = get(links[i]);
		CHECK_INT(h->answer.result, GRAPH_REFUSED);
		CHECK(!h->answer.sent);
		CHECK_INT(h->answer.status, 0);
		CHECK_HAS(h->answer.error.text, "nothing was sent");
	}
	CHECK_INT(fake.seen_count, requests);
	end();
}

/* ---- what comes back --------------------------------------------------------------------- */

TEST("202 and 204 need no body, and their headers are told")
{
	begin();
	fake_say(&fake.graph,
	    (struct fake_line){
		.status = 202, .header = "Location", .value = "/teams('T')/operations('O')"});
	struct heard *h = get("/teams/T");
	CHECK_INT(h->answer.result, GRAPH_OK);
	CHECK(h->answer.body == NULL);
	CHECK_STR(h->location, "/teams('T')/operations('O')");
	graph_says(204, NULL);
	CHECK_INT(get("/teams/T")->answer.result, GRAPH_OK);
	end();
}

TEST("a refusal tells the innermost code and the request, and not what was in it")
{
	begin();
	fake_say(&fake.graph, (struct fake_line){.status = 403,
				  .header = "request-id",
				  .value = "0a0b0c0d-0000-4000-8000-000000000001",
				  .body = "{\"error\":{\"code\":\"Forbidden\",\"message\":\"Thabo "
					  "may not\",\"innerError\":"
					  "{\"code\":\"AccessDenied\"}}}"});
	struct heard *h = get("/teams/T");
	CHECK_INT(h->answer.result, GRAPH_REFUSED);
	CHECK_STR(h->answer.code, "AccessDenied");
	CHECK_STR(h->answer.request_id, "0a0b0c0d-0000-4000-8000-000000000001");
	CHECK_STR(h->answer.error.text,
	    "Microsoft refused: 403 AccessDenied, request 0a0b0c0d-0000-4000-8000-000000000001");
	end();
}

static void passing(struct fake_line line, const char *why)
{
	begin();
	fake_say(&fake.graph, line);
	struct heard *h = ask("POST", "/teams/T/archive"); /* a GET may be sent again by itself */
	CHECK_INT(h->answer.result, GRAPH_PASSING);
	CHECK_HAS(h->answer.error.text, why);
	CHECK_INT(h->answer.retry_at, 0);
	end();
}

TEST("what is garbled, cut or broken is worth another try, and the sentence says what came")
{
	passing((struct fake_line){.status = 200, .body = "<html>"},
	    "answered 200 with something that is no JSON (html)");
	passing((struct fake_line){.status = 200, .body = "{\"a\":"}, "broken or incomplete JSON");
	passing((struct fake_line){.status = 502, .body = "<html>"}, "trouble of its own: 502");
	passing(
	    (struct fake_line){.status = 500, .body = "{\"error\":{\"code\":\"UnknownError\"}}"},
	    "500 UnknownError");
	passing((struct fake_line){.status = 423, .body = ""}, "423");
	passing((struct fake_line){.status = 0}, "Microsoft gave no answer");
	passing((struct fake_line){.status = 200, .body = "{\"value\":[]}", .part = 4},
	    "Microsoft gave no answer");
}

TEST("an answer deeper than 64 levels is not read")
{
	char body[301];
	memset(body, '[', 150);
	memset(body + 150, ']', 150);
	body[300] = '\0';
	passing((struct fake_line){.status = 200, .body = body}, "no JSON");
}

TEST("an answer of nine megabytes is not taken in")
{
	char *body = xmalloc(9000001);
	memset(body, ' ', 9000000);
	body[9000000] = '\0';
	passing((struct fake_line){.status = 200, .body = body}, "Microsoft gave no answer");
	free(body);
}

TEST("a call that was not answered tells that it may have happened")
{
	begin();
	graph_says(0, NULL);
	struct heard *h = ask("POST", "/teams");
	CHECK_INT(h->answer.result, GRAPH_PASSING);
	CHECK(h->answer.sent);
	end();
}

/* ---- tokens ------------------------------------------------------------------------------ */

TEST("a stale token is replaced and the call sent once more")
{
	begin();
	graph_says(401, "{\"error\":{\"code\":\"InvalidAuthenticationToken\"}}");
	struct heard *h = get("/teams/T");
	CHECK_INT(h->answer.result, GRAPH_OK);
	CHECK_INT(fake.graph.requests, 2);
	CHECK_INT(fake.sign_in.requests, 2);
	CHECK_STR(fake.seen[3].authorization, "Bearer token-2");
	end();
}

TEST("a fresh token that is refused, too, is told")
{
	begin();
	graph_says(401, "{}");
	graph_says(401, "{\"error\":{\"code\":\"InvalidAuthenticationToken\"}}");
	struct heard *h = get("/teams/T");
	CHECK_INT(h->answer.result, GRAPH_TOKEN_REFUSED);
	CHECK_INT(h->answer.status, 401);
	CHECK_STR(h->answer.code, "InvalidAuthenticationToken");
	CHECK_INT(fake.graph.requests, 2);
	CHECK_INT(fake.sign_in.requests, 2);
	end();
}

TEST("many calls that meet a stale token share one new one")
{
	begin();
	fake.graph.hold = true;
	for (int i = 0; i < 4; i++)
		start("GET", "/users", NULL);
	while (fake.graph.requests < 4) {
		fake_turn();
		clock_advance(5);
	}
	for (int i = 0; i < 4; i++)
		graph_says(401, "{}");
	fake_release(&fake.graph);
	while (answers < 4) {
		fake_turn();
		clock_advance(1);
	}
	for (int i = 0; i < 4; i++)
		CHECK_INT(heards[i].answer.result, GRAPH_OK);
	CHECK_INT(fake.sign_in.requests, 2);
	CHECK_INT(fake.graph.requests, 8);
	end();
}

TEST("a tenant that gives no token is told why, and Graph is not asked")
{
	begin();
	fake_say(&fake.sign_in,
	    (struct fake_line){.status = 400, .body = "{\"error\":\"x\",\"error_codes\":[65001]}"});
	struct heard *h = get("/teams/T");
	CHECK_INT(h->answer.result, GRAPH_NO_CONSENT);
	CHECK(!h->answer.sent);
	int64_t retry_at = h->answer.retry_at;
	CHECK(retry_at > clock_wall_ms() + 9900);
	h = get("/teams/T2");
	CHECK_INT(h->answer.retry_at, retry_at);
	CHECK_INT(h->answer.result, GRAPH_NO_CONSENT);
	CHECK_INT(fake.sign_in.requests, 1);
	CHECK_INT(fake.graph.requests, 0);
	end();
}

TEST("a tenant's refusal holds up no other tenant")
{
	begin();
	fake_say(&fake.sign_in, (struct fake_line){.status = 401,
				    .body = "{\"error\":\"x\",\"error_codes\":[7000215]}"});
	CHECK_INT(get("/teams/T")->answer.result, GRAPH_OPERATOR);
	struct graph_request q = {.tenant = "b.example", .method = "GET", .path = "/teams/T"};
	graph_start(graph, &q, heard, &heards[calls++]);
	fake_until(&answers, 2);
	CHECK_INT(heards[1].answer.result, GRAPH_OK);
	end();
}

TEST("the sign-in of a tenant can be checked by itself")
{
	begin();
	graph_check_sign_in(graph, "a.example", NULL, heard, &heards[calls++]);
	CHECK_INT(answers, 0);
	fake_until(&answers, 1);
	CHECK_INT(heards[0].answer.result, GRAPH_OK);
	graph_check_sign_in(graph, "a/b", NULL, heard, &heards[calls++]);
	fake_until(&answers, 2);
	CHECK_INT(heards[1].answer.result, GRAPH_NO_TENANT);
	CHECK_INT(fake.sign_in.requests, 1);
	CHECK_INT(fake.graph.requests, 0);
	end();
}

/* ---- throttling -------------------------------------------------------------------------- */

static char parked_scope[128];

static void parked(void *ctx, const char *scope, int64_t until_wall_ms)
{
	(void)ctx, (void)until_wall_ms;
	text_copy(parked_scope, sizeof parked_scope, scope);
}

static void throttled(int status)
{
	begin();
	graph_on_park(graph, parked, NULL);
	fake_say(&fake.graph,
	    (struct fake_line){
		.status = status, .header = "Retry-After", .value = "7", .body = "{}"});
	struct heard *h = get("/teams/T/members");
	CHECK_INT(h->answer.result, GRAPH_THROTTLED);
	CHECK(h->answer.retry_at > clock_wall_ms() + 6950);
	CHECK(h->answer.retry_at <= clock_wall_ms() + 7050);
	CHECK_STR(parked_scope, "team:a.example:t");
	end();
}

TEST("429, 503 and 509 park the scope for as long as they say")
{
	throttled(429);
	throttled(503);
	throttled(509);
}

TEST("a throttled answer that does not say how long parks for three seconds at first")
{
	begin();
	graph_says(429, "");
	int64_t retry_at = get("/teams")->answer.retry_at;
	CHECK(retry_at > clock_wall_ms() + 2950);
	CHECK(retry_at <= clock_wall_ms() + 3050);
	end();
}

TEST("a 503 that names no pause is tried again in three seconds and parks nobody")
{
	begin();
	graph_on_park(graph, parked, NULL);
	graph_says(503, "<html>");
	struct heard *h = get("/teams/T");
	CHECK_INT(h->answer.result, GRAPH_THROTTLED);
	CHECK(h->answer.retry_at > clock_wall_ms() + 2900);
	CHECK(h->answer.retry_at <= clock_wall_ms() + 3000);
	CHECK_STR(parked_scope, "");
	CHECK_INT(get("/teams/T")->answer.result, GRAPH_OK);
	end();
}

TEST("a call into a parked scope is told until when, waits, and is told when it goes")
{
	begin();
	graph_park(graph, "tenant:a.example", clock_wall_ms() + 5000);
	int64_t until = clock_wall_ms() + 5000;
	struct heard *h = start("GET", "/teams/T", NULL);
	CHECK_INT(h->wait_count, 0);
	for (int i = 0; i < 20; i++)
		fake_turn();
	CHECK_INT(h->wait_count, 1);
	CHECK_INT(h->waits[0], until);
	CHECK_INT(fake.seen_count, 0);
	CHECK(!graph_is_sent(h->call));
	struct graph_counters count;
	graph_count(graph, &count);
	CHECK_INT(count.held_back, 1);
	clock_advance(4999);
	for (int i = 0; i < 20; i++)
		fake_turn();
	CHECK_INT(fake.seen_count, 0);
	clock_advance(1);
	fake_until(&answers, 1);
	CHECK_INT(h->wait_count, 2);
	CHECK_INT(h->waits[1], 0);
	end();
}

TEST("a waiting call is told when its scope is parked meanwhile")
{
	begin();
	fake.graph.hold = true;
	for (int i = 0; i < 6; i++)
		start("GET", "/users", NULL);
	while (fake.graph.requests < 4) {
		fake_turn();
		clock_advance(5);
	}
	int64_t until = clock_wall_ms() + 9000;
	graph_park(graph, "tenant:a.example:directory_read", until);
	while (heards[5].wait_count == 0)
		fake_turn();
	CHECK_INT(heards[5].waits[0], until);
	CHECK_INT(heards[0].wait_count, 0);
	end();
}

TEST("a $batch with throttled entries is answered, and its class parked as long as they say")
{
	begin();
	graph_on_park(graph, parked, NULL);
	graph_says(200,
	    "{\"responses\":[{\"id\":\"1\",\"status\":429,\"headers\":{\"Retry-After\":\"4\"}},"
	    "{\"id\":\"2\",\"status\":200,\"body\":{}}]}");
	struct heard *h = start("POST", "/$batch",
	    "{\"requests\":[{\"id\":\"1\",\"method\":\"GET\",\"url\":\"/users\"}]}");
	fake_until(&answers, 1);
	CHECK_INT(h->answer.result, GRAPH_OK);
	CHECK_STR(parked_scope, "tenant:a.example:directory_read");
	start("GET", "/users", NULL);
	for (int i = 0; i < 20; i++)
		fake_turn();
	CHECK_INT(answers, 1);
	clock_advance(4050);
	fake_until(&answers, 2);
	end();
}

TEST("calls are paced: of 40 to make Teams no more than ten go in a second")
{
	begin();
	for (int i = 0; i < 40; i++)
		start("POST", "/teams", NULL);
	int64_t start_ms = clock_mono_ms();
	while (answers < 40) {
		fake_turn();
		clock_advance(1);
		CHECK(fake.graph.requests <= 10 + (clock_mono_ms() - start_ms) / 100);
	}
	CHECK(clock_mono_ms() - start_ms > 4000);
	CHECK(clock_mono_ms() - start_ms < 4400);
	end();
}

/* ---- ending, counting, settings -------------------------------------------------------------- */

TEST("a stopped call is not answered, wherever it was")
{
	begin();
	fake.sign_in.hold = true;
	struct heard *waits_for_token = start("GET", "/teams/T1", NULL);
	struct heard *not_even_looked_at = start("GET", "/teams/T2", NULL);
	graph_stop(not_even_looked_at->call);
	fake_until(&fake.sign_in.requests, 1);
	graph_stop(waits_for_token->call);
	fake_release(&fake.sign_in);
	fake.graph.hold = true;
	struct heard *under_way = start("GET", "/teams/T3", NULL);
	while (fake.graph.requests < 1) {
		fake_turn();
		clock_advance(1);
	}
	CHECK(graph_is_sent(under_way->call));
	graph_stop(under_way->call);
	struct heard *refused = start("GET", "nowhere", NULL);
	graph_stop(refused->call);
	fake_release(&fake.graph);
	struct heard *last = start("GET", "/teams/T4", NULL);
	while (answers < 1) {
		fake_turn();
		clock_advance(1);
	}
	CHECK_INT(last->n, 1);
	struct graph_counters count;
	graph_count(graph, &count);
	CHECK_INT(count.in_flight, 0);
	CHECK_INT(count.held_back, 0);
	end();
}

TEST("results are counted")
{
	begin();
	graph_says(200, "{}");
	graph_says(404, "{}");
	graph_says(500, "{}");
	graph_says(429, "{}");
	for (int i = 0; i < 4; i++) {
		get("/users");
		clock_advance(100);
	}
	struct graph_counters count;
	graph_count(graph, &count);
	CHECK_INT(count.requests, 4);
	CHECK_INT(count.refused, 1);
	CHECK_INT(count.passing, 1);
	CHECK_INT(count.throttled, 1);
	CHECK_INT(count.token_requests, 1);
	CHECK_INT(count.in_flight, 0);
	end();
}

TEST("a rotated secret is read again, and a file that went wrong leaves the old one")
{
	struct err e;
	begin();
	test_write("secret", "two\nlines\n");
	CHECK(graph_reread(graph, &e) < 0);
	CHECK_HAS(e.text, "secret: ");
	get("/teams/T");
	CHECK_HAS(fake.seen[0].body, "client_secret=very-secret");
	test_write("secret", "rotated");
	CHECK_INT(graph_reread(graph, &e), 0);
	clock_advance(3600 * 1000);
	get("/teams/T");
	CHECK_HAS(fake.seen[2].body, "client_secret=rotated");
	end();
}

TEST("no secret, no client")
{
	struct err e;
	struct graph_options o = {
	    .root = "https://g", .authority = "https://l", .client_id = "app"};
	CHECK(graph_new(&o, &e) == NULL);
	CHECK_HAS(e.text, "client_secret_file");
}

TEST("all can be freed while calls wait in every place")
{
	begin();
	fake.graph.hold = true;
	graph_park(graph, "team:a.example:p", clock_wall_ms() + 60000);
	for (int i = 0; i < 20; i++)
		start("GET", i % 2 ? "/users" : "/teams/P", NULL);
	start("GET", "nowhere", NULL);
	while (fake.graph.requests < 2) {
		fake_turn();
		clock_advance(1);
	}
	end();
}
