/* Calls to Graph: what is sent, with which token, and when. */
#include "client_rig.h"

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

/* ---- whose call it still is -------------------------------------------------------------- */

static bool ours;
static int asked;

static bool is_ours(void *ctx)
{
	(void)ctx;
	asked++;
	return ours;
}

static struct heard *order(void)
{
	struct heard *h = &heards[calls++];
	struct graph_request q = {
	    .tenant = "a.example", .method = "POST", .path = "/teams", .may_go = is_ours};
	h->call = graph_start(graph, &q, heard, h);
	while (!h->n) {
		fake_turn();
		clock_advance(1);
	}
	return h;
}

TEST("a call that is not ours any more is not sent, with a token at hand or without")
{
	begin();
	ours = false;
	for (int i = 0; i < 2; i++) {
		struct heard *h = order();
		CHECK_INT(h->answer.result, GRAPH_PASSING);
		CHECK(!h->answer.sent);
		CHECK_HAS(h->answer.error.text, "nothing was sent");
	}
	CHECK(asked >= 2);
	CHECK_INT(fake.sign_in.requests, 1);
	CHECK_INT(fake.graph.requests, 0);
	struct graph_counters count;
	graph_count(graph, &count);
	CHECK_INT(count.in_flight, 0);
	CHECK_INT(count.held_back, 0);
	ours = true;
	CHECK_INT(order()->answer.result, GRAPH_OK);
	CHECK_INT(fake.graph.requests, 1);
	end();
}

/* ---- waiting for Microsoft ------------------------------------------------------------------ */

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

/* ---- ending -------------------------------------------------------------------------------- */

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
