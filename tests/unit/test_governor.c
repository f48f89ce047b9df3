/* Who goes when. The clock stands still until a test moves it. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "buf.h"
#include "clock.h"
#include "governor.h"
#include "governor_int.h"
#include "test.h"

enum { WALL_MS = 1000000000, MONO_MS = 5000, CALLERS_MAX = 6000 };

/* One call: when it went, and what it was told. */
struct caller {
	struct permit permit;
	int64_t went_at_ms, ends_at_ms;
	int told;
	int64_t told_until;
};

static struct caller callers[CALLERS_MAX];
static struct caller *order[CALLERS_MAX]; /* in which they went */
static int gone;

static void went(struct permit *p)
{
	struct caller *c = container_of(p, struct caller, permit);
	if (c->went_at_ms)
		FAIL("a permit went twice");
	c->went_at_ms = clock_mono_ms();
	order[gone++] = c;
}

static void was_told(struct permit *p)
{
	struct caller *c = container_of(p, struct caller, permit);
	c->told++;
	c->told_until = p->parked_until;
}

static struct governor *begin(void)
{
	clock_fake(WALL_MS, MONO_MS);
	return governor_new(1.0);
}

static struct caller *ask(struct governor *g, int n, enum call_class class, const char *tenant,
    const char *team, bool background)
{
	struct caller *c = &callers[n];
	memset(c, 0, sizeof *c);
	c->permit.class = class;
	c->permit.cost = 1;
	c->permit.background = background;
	c->permit.go = went;
	c->permit.parked = was_told;
	governor_ask(g, &c->permit, tenant, team);
	return c;
}

static void ends(struct governor *g, struct caller *c)
{
	governor_done(g, &c->permit, VERDICT_OK, 0, NULL);
}

/* run moves the clock for so long, in steps of what the governor asks for; every call
 * takes took_ms and ends well. */
static void run(struct governor *g, int64_t for_ms, int64_t took_ms)
{
	static int back; /* the first of order[] that is still out */
	int64_t until_ms = clock_mono_ms() + for_ms;
	if (gone == 0)
		back = 0;
	while (clock_mono_ms() < until_ms) {
		int64_t delay_ms = governor_turn(g);
		int64_t step_ms = until_ms - clock_mono_ms();
		if (delay_ms >= 0 && delay_ms < step_ms)
			step_ms = delay_ms;
		while (back < gone && !order[back]->permit.held)
			back++;
		if (back < gone && order[back]->went_at_ms + took_ms - clock_mono_ms() < step_ms)
			step_ms = order[back]->went_at_ms + took_ms - clock_mono_ms();
		clock_advance(step_ms > 0 ? step_ms : 0);
		for (; back < gone && order[back]->went_at_ms + took_ms <= clock_mono_ms(); back++)
			if (order[back]->permit.held)
				ends(g, order[back]);
	}
	governor_turn(g);
}

/* busiest counts how many of the calls that went fall into the fullest second. */
static int busiest(int from, int64_t second_ms)
{
	int most = 0;
	for (int first = from, last = from; last < gone; last++) {
		while (order[last]->went_at_ms - order[first]->went_at_ms >= second_ms)
			first++;
		if (last - first + 1 > most)
			most = last - first + 1;
	}
	return most;
}

static const char *nth(const char *what, int n)
{
	static char text[32];
	snprintf(text, sizeof text, "%s%d", what, n);
	return text;
}

/* ---- pace -------------------------------------------------------------------------- */

TEST("a call in an idle governor goes with the next turn and not before")
{
	struct governor *g = begin();
	struct caller *c = ask(g, 0, CALL_TEAM_READ, "a", "T", false);
	CHECK_INT(gone, 0);
	CHECK_INT(governor_held_back(g), 1);
	CHECK_INT(governor_turn(g), -1);
	CHECK_INT(gone, 1);
	CHECK(c->permit.held);
	CHECK_INT(governor_held_back(g), 0);
	governor_free(g);
}

static void one_tenant(enum call_class class, int count, int quota)
{
	struct governor *g = begin();
	for (int n = 0; n < count; n++)
		ask(g, n, class, "a", nth("T", n), true);
	int64_t floor_ms = count * 1000L / quota;
	run(g, floor_ms * 106 / 100 + 1000, 150);
	CHECK_INT(gone, count);
	CHECK(busiest(0, 1000) <= quota);
	CHECK(order[gone - 1]->went_at_ms - MONO_MS <= floor_ms * 105 / 100);
	governor_free(g);
}

TEST("one tenant's calls of a class use the quota within five percent and never exceed it")
{
	one_tenant(CALL_TEAM_CREATE, 600, 10);
}

TEST("the same holds for reading teams")
{
	one_tenant(CALL_TEAM_READ, 1800, 30);
}

TEST("the same holds for listing members")
{
	one_tenant(CALL_MEMBERS_LIST, 3600, 60);
}

TEST("the same holds for changing members")
{
	one_tenant(CALL_TEAMS_OTHER, 1800, 30);
}

TEST("many tenants together never exceed the quota of the app, and use it")
{
	struct governor *g = begin();
	for (int n = 0; n < 3000; n++)
		ask(g, n, CALL_TEAM_CREATE, nth("tenant", n % 50), "", true);
	run(g, 32000, 150);
	CHECK_INT(gone, 3000);
	CHECK(busiest(0, 1000) <= 100);
	CHECK(order[gone - 1]->went_at_ms - MONO_MS <= 31500);
	governor_free(g);
}

TEST("a clock twenty times as fast makes all quotas twenty times as large")
{
	clock_fake(WALL_MS, MONO_MS);
	struct governor *g = governor_new(20.0);
	for (int n = 0; n < 3000; n++)
		ask(g, n, CALL_TEAM_CREATE, "a", "", true);
	run(g, 16000, 5);
	CHECK_INT(gone, 3000);
	CHECK(busiest(0, 50) <= 10);
	CHECK(order[gone - 1]->went_at_ms - MONO_MS <= 15800);
	governor_free(g);
}

TEST("one of four workers spends a quarter")
{
	struct governor *g = begin();
	governor_share(g, 4);
	for (int n = 0; n < 200; n++)
		ask(g, n, CALL_TEAM_CREATE, "a", "", true);
	run(g, 60000, 100);
	CHECK(gone >= 143);
	CHECK(gone <= 146);
	governor_free(g);
}

TEST("one team gets four calls at once and then no more than four in any second")
{
	struct governor *g = begin();
	for (int n = 0; n < 40; n++)
		ask(g, n, CALL_MEMBERS_LIST, "a", "T", false);
	governor_turn(g);
	CHECK_INT(gone, 1 + 1); /* as many as the pace of the class lets go at once */
	run(g, 11000, 50);
	CHECK_INT(gone, 40);
	CHECK(busiest(0, 1000) <= 4);
	governor_free(g);
}

TEST("changes of one team are a second apart while other teams go on")
{
	struct governor *g = begin();
	for (int n = 0; n < 10; n++)
		ask(g, n, CALL_TEAMS_OTHER, "a", "T", false);
	for (int n = 10; n < 60; n++)
		ask(g, n, CALL_TEAMS_OTHER, "a", nth("U", n), false);
	run(g, 2500, 100);
	CHECK_INT(gone, 2 + 50);
	run(g, 8500, 100);
	CHECK_INT(gone, 60);
	for (int n = 1; n < 10; n++)
		CHECK(callers[n].went_at_ms - callers[n - 1].went_at_ms > 1000);
	governor_free(g);
}

TEST("single adds on one team are four a minute, and other calls of that team go on")
{
	struct governor *g = begin();
	for (int n = 0; n < 9; n++)
		ask(g, n, CALL_MEMBER_ADD_ONE, "a", "T", false);
	run(g, 3000, 100);
	CHECK_INT(gone, 4);
	ask(g, 9, CALL_MEMBERS_LIST, "a", "T", false);
	governor_turn(g);
	CHECK_INT(gone, 5);
	run(g, 140000, 100);
	CHECK_INT(gone, 10);
	CHECK(callers[4].went_at_ms - callers[0].went_at_ms > 60000);
	CHECK(callers[8].went_at_ms - callers[4].went_at_ms > 60000);
	governor_free(g);
}

TEST("a look-up is charged by its cost")
{
	struct governor *g = begin();
	for (int n = 0; n < 100; n++)
		ask(g, n, CALL_DIRECTORY_READ, "a", "", true)->permit.cost = 20;
	run(g, 4000, 10);
	CHECK(gone >= 66); /* 336 units a second */
	CHECK(gone <= 69);
	governor_free(g);
}

TEST("writing to the directory draws on the units of reading as well")
{
	struct governor *g = begin();
	ask(g, 0, CALL_DIRECTORY_READ, "a", "", true)->permit.cost = 336;
	governor_turn(g);
	ask(g, 1, CALL_DIRECTORY_WRITE, "a", "", true);
	governor_turn(g);
	CHECK_INT(gone, 1);
	run(g, 1000, 10);
	CHECK_INT(gone, 2);
	governor_free(g);
}

/* ---- window -------------------------------------------------------------------------- */

TEST("a new tenant has four calls out, and one more after each four successes")
{
	struct governor *g = begin();
	for (int n = 0; n < 30; n++)
		ask(g, n, CALL_DIRECTORY_READ, "a", "", false);
	run(g, 1000, 1000000);
	CHECK_INT(gone, 4);
	for (int n = 0; n < 4; n++)
		ends(g, order[n]);
	run(g, 1000, 1000000);
	CHECK_INT(gone, 4 + 5);
	governor_free(g);
}

TEST("trouble halves the window of a tenant and of nobody else")
{
	struct governor *g = begin();
	for (int n = 0; n < 40; n++)
		ask(g, n, CALL_DIRECTORY_READ, n % 2 ? "a" : "b", "", false);
	run(g, 1000, 1000000);
	CHECK_INT(gone, 8);
	for (int n = 0; n < 8; n++)
		governor_done(g, &order[n]->permit,
		    order[n]->permit.tenant == callers[1].permit.tenant ? VERDICT_TROUBLE
									: VERDICT_OK,
		    0, NULL);
	gone = 0;
	run(g, 1000, 1000000);
	int of_a = 0;
	for (int n = 0; n < gone; n++)
		of_a += order[n]->permit.tenant == places_tenant(g, "a");
	CHECK_INT(of_a, 2);
	CHECK_INT(gone - of_a, 5);
	governor_free(g);
}

/* ---- turns ----------------------------------------------------------------------------- */

TEST("tenants take turns however many calls each has")
{
	struct governor *g = begin();
	for (int n = 0; n < 1000; n++)
		ask(g, n, CALL_TEAM_CREATE, "large", "", false);
	for (int n = 1000; n < 1015; n++)
		ask(g, n, CALL_TEAM_CREATE, nth("small", n), "", false);
	run(g, 200, 20);
	CHECK(callers[1014].went_at_ms > 0); /* each small one in the first round */
	governor_free(g);
}

TEST("in a tenant a person goes before the night run")
{
	struct governor *g = begin();
	for (int n = 0; n < 50; n++)
		ask(g, n, CALL_TEAM_CREATE, "a", "", true);
	struct caller *person = ask(g, 50, CALL_TEAM_CREATE, "a", "", false);
	governor_turn(g);
	CHECK_INT(gone, 1);
	CHECK(order[0] == person);
	governor_free(g);
}

TEST("a person goes first also when the night run makes other calls and the window is full")
{
	struct governor *g = begin();
	for (int n = 0; n < 50; n++)
		ask(g, n, CALL_DIRECTORY_READ, "a", "", true);
	governor_turn(g);
	CHECK_INT(gone, 4);
	struct caller *person = ask(g, 50, CALL_MEMBERS_LIST, "a", "T", false);
	governor_turn(g);
	CHECK_INT(gone, 4);
	ends(g, order[0]);
	governor_turn(g);
	CHECK_INT(gone, 5);
	CHECK(order[4] == person);
	governor_free(g);
}

TEST("the night run gets each eighth place")
{
	struct governor *g = begin();
	for (int n = 0; n < 200; n++)
		ask(g, n, CALL_TEAM_CREATE, "a", "", n < 100);
	run(g, 8500, 20);
	CHECK(gone >= 80);
	for (int n = 0; n < 80; n++)
		CHECK_INT(order[n]->permit.background, n % 8 == 7);
	governor_free(g);
}

TEST("the night run gets each eighth place of a full window, too")
{
	struct governor *g = begin();
	for (int n = 0; n < 400; n++)
		ask(g, n, n < 200 ? CALL_DIRECTORY_READ : CALL_MEMBERS_LIST, "a",
		    n < 200 ? "" : nth("T", n), n < 200);
	int background = 0;
	governor_turn(g);
	for (int n = 0; n < 80; n++) {
		CHECK(gone > n);
		background += order[n]->permit.background;
		governor_done(g, &order[n]->permit, VERDICT_SLOW_DOWN, 0, NULL);
		clock_advance(20);
		governor_turn(g);
	}
	CHECK(background >= 10);
	CHECK(background <= 16);
	governor_free(g);
}

TEST("within a class of a tenant whoever came first goes first")
{
	struct governor *g = begin();
	for (int n = 0; n < 100; n++)
		ask(g, n, CALL_TEAMS_OTHER, "a", nth("T", n), false);
	run(g, 5000, 20);
	CHECK_INT(gone, 100);
	for (int n = 0; n < 100; n++)
		CHECK(order[n] == &callers[n]);
	governor_free(g);
}

TEST("a class that waits for the quota of the app holds up no other class of its tenants")
{
	struct governor *g = begin();
	for (int n = 0; n < 1000; n++)
		ask(g, n, CALL_TEAM_CREATE, nth("tenant", n), "", false);
	governor_turn(g);
	int so_far = gone;
	for (int n = 1000; n < 1100; n++)
		ask(g, n, CALL_MEMBERS_LIST, nth("tenant", n - 500), "T", false);
	run(g, 150, 10);
	int lists = 0;
	for (int n = so_far; n < gone; n++)
		lists += order[n]->permit.class == CALL_MEMBERS_LIST;
	CHECK_INT(lists, 100);
	governor_free(g);
}

/* ---- parks -------------------------------------------------------------------------------- */

static char parked_scope[SCOPE_ROOM];
static int64_t parked_until;
static int parks;

static void heard(void *ctx, const char *scope, int64_t until_wall_ms)
{
	(void)ctx;
	parks++;
	text_copy(parked_scope, sizeof parked_scope, scope);
	parked_until = until_wall_ms;
}

/* refused has a call go and be refused for so long. */
static void refused(struct governor *g, int n, enum call_class class, const char *tenant,
    const char *team, int64_t for_ms, const char *header)
{
	struct caller *c = ask(g, n, class, tenant, team, false);
	for (int i = 0; i < 100 && !c->went_at_ms; i++) {
		governor_turn(g);
		clock_advance(10);
	}
	CHECK(c->went_at_ms > 0);
	governor_on_park(g, heard, NULL);
	governor_done(
	    g, &c->permit, VERDICT_THROTTLED, for_ms ? clock_wall_ms() + for_ms : 0, header);
}

TEST("a refused call on a team parks that team and no other")
{
	struct governor *g = begin();
	refused(g, 0, CALL_MEMBERS_LIST, "a", "T1", 10000, NULL);
	CHECK_STR(parked_scope, "team:a:t1");
	CHECK_INT(parked_until, clock_wall_ms() + 10050);
	CHECK_INT(callers[0].permit.parked_until, parked_until);
	struct caller *same = ask(g, 1, CALL_MEMBERS_LIST, "a", "T1", false);
	struct caller *other = ask(g, 2, CALL_MEMBERS_LIST, "a", "T2", false);
	CHECK_INT(same->permit.parked_until, parked_until);
	CHECK_INT(other->permit.parked_until, 0);
	run(g, 9000, 100);
	CHECK(other->went_at_ms > 0);
	CHECK_INT(same->went_at_ms, 0);
	run(g, 2000, 100);
	CHECK(same->went_at_ms > 0);
	governor_free(g);
}

TEST("a second team refused meanwhile parks the class of the tenant, and only that")
{
	struct governor *g = begin();
	refused(g, 0, CALL_MEMBERS_LIST, "a", "T1", 10000, NULL);
	refused(g, 1, CALL_MEMBERS_LIST, "a", "T2", 10000, NULL);
	CHECK_STR(parked_scope, "tenant:a:members_list");
	struct caller *third = ask(g, 2, CALL_MEMBERS_LIST, "a", "T3", false);
	struct caller *other_class = ask(g, 3, CALL_TEAM_READ, "a", "T3", false);
	struct caller *other_tenant = ask(g, 4, CALL_MEMBERS_LIST, "b", "T4", false);
	run(g, 9000, 100);
	CHECK_INT(third->went_at_ms, 0);
	CHECK(other_class->went_at_ms > 0);
	CHECK(other_tenant->went_at_ms > 0);
	run(g, 2000, 100);
	CHECK(third->went_at_ms > 0);
	governor_free(g);
}

TEST("the same team refused again is still that team's own affair")
{
	struct governor *g = begin();
	refused(g, 0, CALL_MEMBERS_LIST, "a", "T1", 2000, NULL);
	run(g, 3000, 100);
	refused(g, 1, CALL_MEMBERS_LIST, "a", "T1", 2000, NULL);
	CHECK_STR(parked_scope, "team:a:t1");
	run(g, 3000, 100);
	refused(g, 2, CALL_MEMBERS_LIST, "a", "T2", 2000, NULL);
	CHECK_STR(parked_scope, "team:a:t2");
	governor_free(g);
}

TEST("a refused call without a team parks the class of the tenant")
{
	struct governor *g = begin();
	refused(g, 0, CALL_TEAM_CREATE, "a", "", 5000, NULL);
	CHECK_STR(parked_scope, "tenant:a:team_create");
	governor_free(g);
}

TEST("the header of a refusal is believed")
{
	struct governor *g = begin();
	refused(g, 0, CALL_MEMBERS_LIST, "a", "T1", 5000, "Tenant_Application/Read/app/a");
	CHECK_STR(parked_scope, "tenant:a:members_list");
	refused(g, 1, CALL_MEMBERS_LIST, "b", "T1", 5000, "Application/Read/app");
	CHECK_STR(parked_scope, "app:members_list");
	struct caller *c = ask(g, 2, CALL_MEMBERS_LIST, "c", "T9", false);
	struct caller *d = ask(g, 3, CALL_TEAM_READ, "c", "T9", false);
	run(g, 4000, 100);
	CHECK_INT(c->went_at_ms, 0);
	CHECK(d->went_at_ms > 0);
	run(g, 2000, 100);
	CHECK(c->went_at_ms > 0);
	governor_free(g);
}

TEST("reading and writing the directory are parked together when the header says both")
{
	struct governor *g = begin();
	refused(g, 0, CALL_DIRECTORY_READ, "a", "", 5000, "Tenant_Application/ReadWrite/app/a");
	CHECK_INT(parks, 2);
	CHECK_STR(parked_scope, "tenant:a:directory_write");
	struct caller *c = ask(g, 1, CALL_DIRECTORY_READ, "a", "", false);
	CHECK(c->permit.parked_until > 0);
	governor_free(g);
}

TEST("those who wait are told once when their scope is parked and once when they go")
{
	struct governor *g = begin();
	for (int n = 1; n < 10; n++)
		ask(g, n, CALL_TEAM_CREATE, "a", "", true);
	refused(g, 0, CALL_TEAM_CREATE, "a", "", 5000, NULL);
	int64_t until = parked_until;
	CHECK_INT(callers[9].told, 1);
	CHECK_INT(callers[9].told_until, until);
	run(g, 5000, 100);
	CHECK_INT(callers[9].told, 1);
	run(g, 2000, 100);
	CHECK(callers[9].went_at_ms > 0);
	CHECK_INT(callers[9].told, 2);
	CHECK_INT(callers[9].told_until, 0);
	governor_free(g);
}

TEST("nothing goes before the pause is over, and 50 ms more")
{
	struct governor *g = begin();
	refused(g, 0, CALL_TEAM_CREATE, "a", "", 5000, NULL);
	int64_t start_ms = clock_mono_ms();
	ask(g, 1, CALL_TEAM_CREATE, "a", "", false);
	run(g, 6000, 100);
	CHECK_INT(callers[1].went_at_ms - start_ms, 5050);
	governor_free(g);
}

TEST("a later refusal prolongs the pause, an earlier end does not shorten it")
{
	struct governor *g = begin();
	struct caller *first = ask(g, 0, CALL_DIRECTORY_READ, "a", "", false);
	struct caller *second = ask(g, 1, CALL_DIRECTORY_READ, "a", "", false);
	struct caller *third = ask(g, 2, CALL_DIRECTORY_READ, "a", "", false);
	governor_turn(g);
	governor_done(g, &first->permit, VERDICT_THROTTLED, WALL_MS + 2000, NULL);
	governor_done(g, &second->permit, VERDICT_THROTTLED, WALL_MS + 4000, NULL);
	governor_done(g, &third->permit, VERDICT_THROTTLED, WALL_MS + 1000, NULL);
	ask(g, 3, CALL_DIRECTORY_READ, "a", "", false);
	run(g, 5000, 100);
	CHECK_INT(callers[3].went_at_ms, MONO_MS + 4050);
	governor_free(g);
}

TEST("after a pause calls go one at a time at first")
{
	struct governor *g = begin();
	refused(g, 0, CALL_DIRECTORY_READ, "a", "", 5000, NULL);
	for (int n = 1; n < 20; n++)
		ask(g, n, CALL_DIRECTORY_READ, "a", "", false);
	gone = 0;
	run(g, 6000, 1000000);
	CHECK_INT(gone, 1);
	ends(g, order[0]);
	run(g, 100, 1000000);
	CHECK_INT(gone, 3);
	governor_free(g);
}

TEST("a pause that nobody named grows from 3 s with each refusal")
{
	struct governor *g = begin();
	refused(g, 0, CALL_TEAM_CREATE, "a", "", 0, NULL);
	CHECK_INT(parked_until - clock_wall_ms(), 3050);
	run(g, 4000, 100);
	refused(g, 1, CALL_TEAM_CREATE, "a", "", 0, NULL);
	CHECK_INT(parked_until - clock_wall_ms(), 6050);
	run(g, 7000, 100);
	refused(g, 2, CALL_TEAM_CREATE, "a", "", 0, NULL);
	CHECK_INT(parked_until - clock_wall_ms(), 12050);
	governor_free(g);
}

TEST("a pause is never longer than an hour, whoever asks for it")
{
	struct governor *g = begin();
	governor_park(g, "tenant:a", INT64_MAX);
	ask(g, 0, CALL_TEAM_READ, "a", "T", false);
	run(g, 3599000, 100);
	CHECK_INT(gone, 0);
	run(g, 2000, 100);
	CHECK_INT(gone, 1);
	governor_free(g);
}

TEST("what another worker found parked is parked here, and not told back")
{
	struct governor *g = begin();
	governor_on_park(g, heard, NULL);
	struct caller *team = ask(g, 0, CALL_MEMBERS_LIST, "a", "T1", false);
	struct caller *class = ask(g, 1, CALL_TEAM_CREATE, "b", "", false);
	struct caller *tenant = ask(g, 2, CALL_DIRECTORY_READ, "c", "", false);
	struct caller *app_class = ask(g, 3, CALL_TEAM_READ, "d", "T", false);
	struct caller *free_one = ask(g, 4, CALL_MEMBERS_LIST, "d", "T", false);
	governor_park(g, "team:a:t1", WALL_MS + 5000);
	governor_park(g, "tenant:b:team_create", WALL_MS + 5000);
	governor_park(g, "tenant:c", WALL_MS + 5000);
	governor_park(g, "app:team_read", WALL_MS + 5000);
	governor_park(g, "no:such:scope", WALL_MS + 5000);
	run(g, 4900, 100);
	CHECK_INT(gone, 1);
	CHECK(order[0] == free_one);
	CHECK_INT(team->told_until, WALL_MS + 5000);
	CHECK_INT(class->told_until, WALL_MS + 5000);
	CHECK_INT(tenant->told_until, WALL_MS + 5000);
	CHECK_INT(app_class->told_until, WALL_MS + 5000);
	CHECK_INT(parks, 0);
	run(g, 500, 100);
	CHECK_INT(gone, 5);
	governor_free(g);
}

TEST("the whole app can be parked")
{
	struct governor *g = begin();
	ask(g, 0, CALL_TEAM_READ, "a", "T", false);
	governor_park(g, "app", WALL_MS + 3000);
	CHECK_INT(governor_turn(g), 3000);
	CHECK_INT(callers[0].told_until, WALL_MS + 3000);
	run(g, 3100, 100);
	CHECK_INT(gone, 1);
	governor_free(g);
}

TEST("a pause in the past parks nothing")
{
	struct governor *g = begin();
	governor_park(g, "app", WALL_MS - 1);
	governor_park(g, "tenant:a", INT64_MIN);
	ask(g, 0, CALL_TEAM_READ, "a", "T", false);
	governor_turn(g);
	CHECK_INT(gone, 1);
	governor_free(g);
}

/* ---- leaving, cost, memory -------------------------------------------------------------------- */

TEST("a call that is no longer wanted leaves the line, and one that went frees its place")
{
	struct governor *g = begin();
	for (int n = 0; n < 6; n++)
		ask(g, n, CALL_DIRECTORY_READ, "a", "", false);
	governor_turn(g);
	CHECK_INT(gone, 4);
	governor_drop(g, &callers[4].permit);
	CHECK_INT(governor_held_back(g), 1);
	governor_drop(g, &callers[0].permit);
	governor_turn(g);
	CHECK_INT(gone, 5);
	CHECK(order[4] == &callers[5]);
	governor_drop(g, &callers[0].permit); /* once more does nothing */
	struct permit never = {0};
	governor_drop(g, &never);
	governor_free(g);
}

TEST("a turn with nothing to do until a call comes back asks for no timer")
{
	struct governor *g = begin();
	for (int n = 0; n < 20; n++)
		ask(g, n, CALL_DIRECTORY_READ, "a", "", false);
	governor_turn(g);
	run(g, 1000, 1000000);
	CHECK_INT(governor_turn(g), -1);
	governor_free(g);
}

static double cpu_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

TEST("five thousand calls behind closed gates cost nothing")
{
	struct governor *g = begin();
	governor_park(g, "tenant:one", WALL_MS + 60000);
	governor_park(g, "team:two:t", WALL_MS + 60000);
	for (int n = 0; n < 5000; n++)
		ask(g, n, CALL_MEMBERS_LIST, n % 2 ? "one" : "two", n % 2 ? nth("T", n) : "T",
		    true);
	double start_s = cpu_s();
	for (int i = 0; i < 100000; i++)
		governor_turn(g);
	CHECK(cpu_s() - start_s < 1.0);
	CHECK_INT(gone, 0);
	CHECK_INT(g->resting_streams.count, 1);
	CHECK_INT(g->resting_lanes.count, 1);
	governor_free(g);
}

TEST("five thousand teams that wait for one pace are touched one by one")
{
	struct governor *g = begin();
	for (int n = 0; n < 5000; n++)
		ask(g, n, CALL_MEMBERS_LIST, "a", nth("T", n), true);
	double start_s = cpu_s();
	for (int i = 0; i < 90000; i++) {
		governor_turn(g);
		clock_advance(1);
		for (int n = gone - 1; n >= 0 && order[n]->permit.held; n--)
			ends(g, order[n]);
	}
	CHECK_INT(gone, 5000);
	CHECK(cpu_s() - start_s < 2.0);
	governor_free(g);
}

TEST("a hundred thousand teams in a day do not pile up")
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

/* ---- everything at once --------------------------------------------------------------------- */

enum { TENANTS = 3, TEAMS = 4, LOG_MAX = 40000 };

/* What a far side that counts in sliding seconds has seen. */
static struct seen {
	int64_t at_ms;
	int tenant, team;
	enum call_class class;
} seen[LOG_MAX];
static int seen_count;
static struct {
	int tenant, team;
	int64_t until_ms;
} shut_tenant[TENANTS], shut_team[TENANTS][TEAMS];

static int within(int64_t ms, int tenant, int team, int class)
{
	int count = 0;
	for (int n = seen_count - 1; n >= 0 && clock_mono_ms() - seen[n].at_ms < ms; n--)
		count += (tenant < 0 || seen[n].tenant == tenant) &&
			 (team < 0 || seen[n].team == team) &&
			 (class < 0 || (int)seen[n].class == class);
	return count;
}

static void arrives(struct permit *p)
{
	static const int a_second[] = {10, 30, 60, 30, 30, 30};
	struct caller *c = container_of(p, struct caller, permit);
	int tenant = p->tenant->name[0] - '0', team = p->team ? p->team->id[0] - '0' : -1;
	went(p);
	seen[seen_count++] = (struct seen){clock_mono_ms(), tenant, team, p->class};
	c->ends_at_ms = clock_mono_ms() + 1 + rand() % 300;
	if (clock_mono_ms() < shut_tenant[tenant].until_ms ||
	    (team >= 0 && clock_mono_ms() < shut_team[tenant][team].until_ms))
		FAIL("a call went into a pause");
	CHECK(within(1000, tenant, -1, (int)p->class) <= a_second[p->class]);
	if (team < 0)
		return;
	CHECK(within(1000, tenant, team, -1) <= 4);
	if (p->class == CALL_TEAMS_OTHER || p->class == CALL_TEAMS_READ_OTHER)
		CHECK_INT(within(1000, tenant, team, (int)p->class), 1);
	if (p->class == CALL_MEMBER_ADD_ONE)
		CHECK(within(60000, tenant, team, (int)p->class) <= 4);
}

static void ask_at_random(struct governor *g, struct caller *c)
{
	char tenant[2] = {(char)('0' + rand() % TENANTS), 0};
	char team[2] = {(char)('0' + rand() % TEAMS), 0};
	memset(c, 0, sizeof *c);
	c->permit.class = (enum call_class)(rand() % (CALL_TEAMS_OTHER + 1));
	c->permit.background = rand() % 2;
	c->permit.go = arrives;
	c->permit.parked = was_told;
	governor_ask(g, &c->permit, tenant, c->permit.class == CALL_TEAM_CREATE ? "" : team);
}

static void end_at_random(struct governor *g, struct caller *c)
{
	int dice = rand() % 100;
	if (dice == 0) {
		governor_drop(g, &c->permit);
	} else if (dice == 1 && c->permit.team) {
		int tenant = c->permit.tenant->name[0] - '0', team = c->permit.team->id[0] - '0';
		shut_team[tenant][team].until_ms = clock_mono_ms() + 2000;
		governor_done(
		    g, &c->permit, VERDICT_THROTTLED, clock_wall_ms() + 2000, "Resource/x");
	} else {
		governor_done(g, &c->permit,
		    dice < 4   ? VERDICT_TROUBLE
		    : dice < 8 ? VERDICT_SLOW_DOWN
			       : VERDICT_OK,
		    0, NULL);
	}
}

TEST_SLOW("whatever happens, no quota is exceeded, no pause is broken and everybody gets away")
{
	struct governor *g = begin();
	srand(7);
	for (int step = 0; step < 60000; step++) {
		int n = rand() % 200;
		struct caller *c = &callers[n];
		if (!c->permit.tenant)
			ask_at_random(g, c);
		else if (!c->permit.held && rand() % 50 == 0)
			governor_drop(g, &c->permit);
		for (n = 0; n < 200; n++)
			if (callers[n].permit.held && callers[n].ends_at_ms <= clock_mono_ms())
				end_at_random(g, &callers[n]);
		if (rand() % 5000 == 0) {
			char scope[] = "tenant:0";
			int tenant = rand() % TENANTS;
			scope[7] = (char)('0' + tenant);
			shut_tenant[tenant].until_ms = clock_mono_ms() + 1000;
			governor_park(g, scope, clock_wall_ms() + 1000);
		}
		governor_turn(g);
		gone = 0;
		clock_advance(1 + rand() % 4);
	}
	CHECK(seen_count > 3000);
	for (int step = 0; step < 1000000 && governor_held_back(g); step++) {
		for (int n = 0; n < 200; n++)
			if (callers[n].permit.held)
				ends(g, &callers[n]);
		int64_t delay_ms = governor_turn(g);
		gone = 0;
		clock_advance(delay_ms > 0 ? delay_ms : 1);
	}
	CHECK_INT(governor_held_back(g), 0);
	governor_free(g);
}
