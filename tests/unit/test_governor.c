/* Who goes when. */
#include "governor_rig.h"

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

TEST("a new tenant has four calls out, and one more for each success while they are all out")
{
	struct governor *g = begin();
	for (int n = 0; n < 30; n++)
		ask(g, n, CALL_DIRECTORY_READ, "a", "", false);
	run(g, 1000, 1000000);
	CHECK_INT(gone, 4);
	for (int n = 0; n < 4; n++)
		ends(g, order[n]);
	run(g, 1000, 1000000);
	CHECK_INT(gone, 4 + 8);
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
	CHECK_INT(gone - of_a, 8);
	governor_free(g);
}

TEST("trouble in a row is to be tried again later and later, until a call succeeds")
{
	static const int64_t wanted_ms[] = {3000, 6000, 12000, 24000};
	struct governor *g = begin();
	for (int n = 0; n < 4; n++) {
		struct caller *c = ask(g, n, CALL_DIRECTORY_READ, "a", "", false);
		governor_turn(g);
		governor_done(g, &c->permit, VERDICT_TROUBLE, 0, NULL);
		CHECK_INT(c->permit.parked_until - clock_wall_ms(), wanted_ms[n]);
		clock_advance(100);
	}
	ask(g, 4, CALL_DIRECTORY_READ, "a", "", false);
	governor_turn(g);
	ends(g, &callers[4]);
	struct caller *c = ask(g, 5, CALL_DIRECTORY_READ, "a", "", false);
	governor_turn(g);
	governor_done(g, &c->permit, VERDICT_TROUBLE, 0, NULL);
	CHECK_INT(c->permit.parked_until - clock_wall_ms(), 3000);
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
	governor_done(g, &order[0]->permit, VERDICT_SLOW_DOWN, 0, NULL);
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

/* ---- leaving ---------------------------------------------------------------------- */

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
