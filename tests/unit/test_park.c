/* What Microsoft said to leave alone for a while. */
#include "governor_rig.h"

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

TEST("a pause that comes back a little longer is no news for those who wait")
{
	struct governor *g = begin();
	struct caller *c = ask(g, 0, CALL_TEAM_READ, "a", "T", false);
	governor_park(g, "tenant:a", WALL_MS + 5000);
	governor_park(g, "tenant:a", WALL_MS + 5003);
	CHECK_INT(c->told_until, WALL_MS + 5000);
	governor_park(g, "tenant:a", WALL_MS + 9000);
	CHECK_INT(c->told_until, WALL_MS + 9000);
	governor_free(g);
}
