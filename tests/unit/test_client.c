/* The client as a whole: its secret, what it counts, and its end. */
#include "client_rig.h"

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
