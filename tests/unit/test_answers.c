/* What an answer of Microsoft's means to the one who asked, and to all who ask after it. */
#include "client_rig.h"

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

/* ---- throttling -------------------------------------------------------------------------- */

static void throttled(int status)
{
	begin();
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
	graph_says(503, "<html>");
	struct heard *h = get("/teams/T");
	CHECK_INT(h->answer.result, GRAPH_THROTTLED);
	CHECK(h->answer.retry_at > clock_wall_ms() + 2900);
	CHECK(h->answer.retry_at <= clock_wall_ms() + 3000);
	CHECK_STR(parked_scope, "");
	CHECK_INT(get("/teams/T")->answer.result, GRAPH_OK);
	end();
}

TEST("a $batch with throttled entries is answered, and its class parked as long as they say")
{
	begin();
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
