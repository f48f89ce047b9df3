/* Waiting costs next to nothing, and what is over is forgotten. */
#include <time.h>

#include "governor_rig.h"

static double cpu_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* shut_s is what 20,000 turns take with so many calls behind two closed gates. */
static double shut_s(int count)
{
	struct governor *g = begin();
	governor_park(g, "tenant:one", WALL_MS + 60000);
	governor_park(g, "team:two:t", WALL_MS + 60000);
	for (int n = 0; n < count; n++)
		ask(g, n, CALL_MEMBERS_LIST, n % 2 ? "one" : "two", n % 2 ? nth("T", n) : "T",
		    true);
	CHECK_INT(g->resting_streams.count, 1);
	CHECK_INT(g->resting_lanes.count, 1);
	double start_s = cpu_s();
	for (int i = 0; i < 20000; i++)
		governor_turn(g);
	double took_s = cpu_s() - start_s;
	CHECK_INT(gone, 0);
	governor_free(g);
	return took_s;
}

TEST_SLOW("a turn takes no longer with five thousand calls behind closed gates than with two")
{
	double few_s = shut_s(2), many_s = shut_s(5000);
	CHECK(many_s < 5 * few_s + 0.01);
}

/* paced_s is what a call costs, with all its turns, when so many teams wait for one pace. */
static double paced_s(int count)
{
	struct governor *g = begin();
	gone = 0;
	for (int n = 0; n < count; n++)
		ask(g, n, CALL_MEMBERS_LIST, "a", nth("T", n), true);
	double start_s = cpu_s();
	while (gone < count) {
		int64_t delay_ms = governor_turn(g);
		clock_advance(delay_ms > 0 ? delay_ms : 0);
		for (int n = gone - 1; n >= 0 && order[n]->permit.held; n--)
			ends(g, order[n]);
		CHECK(g->resting_lanes.count == 0);
	}
	double took_s = cpu_s() - start_s;
	governor_free(g);
	return took_s / count;
}

TEST_SLOW("a call costs no more while five thousand teams wait for one pace than while fifty do")
{
	double few_s = paced_s(50), many_s = paced_s(5000);
	CHECK(many_s < 5 * few_s + 0.0001);
}

TEST_SLOW("a hundred thousand teams in a day do not pile up")
{
	struct governor *g = begin();
	struct caller *c = &callers[0];
	for (int n = 0; n < 100000; n++) {
		ask(g, 0, CALL_MEMBERS_LIST, "a", nth("T", n), true);
		clock_advance(20);
		governor_turn(g);
		CHECK(c->went_at_ms > 0);
		ends(g, c);
		gone = 0;
		CHECK(places_tenant(g, "a")->teams.count < 100);
	}
	governor_free(g);
}

TEST("a tenant is forgotten ten minutes after its last call, but not while it is parked")
{
	struct governor *g = begin();
	ask(g, 0, CALL_MEMBERS_LIST, "a", "T", false);
	governor_turn(g);
	ends(g, &callers[0]);
	governor_park(g, "tenant:b:team_create", WALL_MS + 3000000);
	clock_advance(590000);
	governor_turn(g);
	CHECK_INT(g->tenants.count, 2);
	clock_advance(20000);
	governor_turn(g);
	CHECK_INT(g->tenants.count, 1);
	CHECK(ask(g, 1, CALL_TEAM_CREATE, "b", "", false)->permit.parked_until > 0);
	governor_drop(g, &callers[1].permit);
	clock_advance(4000000);
	governor_turn(g);
	CHECK_INT(g->tenants.count, 0);
	governor_free(g);
}
