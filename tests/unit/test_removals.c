/* Who has to go, and above all who must not. */
#include <stdlib.h>

#include "buf.h"
#include "roster.h"
#include "test.h"

static struct roster r;
static struct removals out;

static void add_learner(const char *id, const char *name, const char *user_id, enum plan plan)
{
	r.at = xrealloc(r.at, (r.count + 1) * sizeof *r.at);
	r.at[r.count++] = (struct learner){.id = xstrdup(id),
	    .name = xstrdup(name),
	    .email = xstrdup(""),
	    .user_id = xstrdup(user_id),
	    .plan = plan};
}

static void add_leaver(const char *id, const char *name, const char *email, const char *user_id)
{
	r.leavers = xrealloc(r.leavers, (r.leaver_count + 1) * sizeof *r.leavers);
	r.leavers[r.leaver_count++] = (struct leaver){.id = xstrdup(id),
	    .name = xstrdup(name),
	    .email = xstrdup(email),
	    .user_id = xstrdup(user_id)};
}

static void plan(const struct present *present, size_t count)
{
	roster_removals(&out, &r, present, count);
}

static void is(size_t i, const char *learner, const char *user_id, const char *reason, bool absent)
{
	CHECK(i < out.count);
	CHECK_STR(out.at[i].learner, learner);
	CHECK_STR(out.at[i].user_id, user_id);
	CHECK_STR(out.at[i].reason, reason);
	CHECK_INT(out.at[i].absent, absent);
	CHECK_INT(out.at[i].leaver != NULL, learner[0] != '\0');
}

static void clear(void)
{
	removals_clear(&out);
	roster_clear(&r);
	CHECK(!out.at && out.count == 0 && out.in_team == 0);
}

TEST("leavers go first, then people who were added by hand")
{
	static const struct present present[] = {{"x1", "Stranger", "x@s", false},
	    {"u1", "In Class", "i@s", false}, {"u2", "Left", "l@s", false}};
	add_learner("L1", "In Class", "u1", PLAN_ALREADY);
	add_leaver("L2", "Left", "l@s", "u2");
	plan(present, 3);
	CHECK_INT(out.count, 2);
	CHECK_INT(out.in_team, 2);
	is(0, "L2", "u2", "left_class", false);
	is(1, "", "x1", "added_by_hand", false);
	CHECK_STR(out.at[1].name, "Stranger");
	CHECK_STR(out.at[1].email, "x@s");
	clear();
}

TEST("owners stay, as leavers, as strangers and by address")
{
	static const struct present present[] = {{"u2", "Owner One", "one@s", true},
	    {"x1", "Owner Two", "two@s", true}, {"x3", "Three", "three@s", true}};
	add_leaver("L2", "Owner One", "one@s", "u2");
	add_leaver("L3", "Three", "three@s", NULL);
	plan(present, 3);
	CHECK_INT(out.count, 0);
	CHECK_INT(out.in_team, 0);
	clear();
}

TEST("a leaver whose account is somebody's in the class stays")
{
	static const struct present present[] = {{"u1", "Thabo", "t@s", false}};
	add_learner("L9", "Thabo", "u1", PLAN_ALREADY);
	add_leaver("L1", "Thabo", "t@s", "u1");
	plan(present, 1);
	CHECK_INT(out.count, 0);
	clear();
}

TEST("a leaver without membership is removed locally, and nobody is taken out for it")
{
	add_leaver("L1", "Gone", "g@s", "u7");
	add_leaver("L2", "Never", "", NULL);
	plan(NULL, 0);
	CHECK_INT(out.count, 2);
	CHECK_INT(out.in_team, 0);
	is(0, "L1", "u7", "left_class", true);
	is(1, "L2", "", "left_class", true);
	clear();
}

TEST("a leaver whose account was never known is found by address")
{
	static const struct present present[] = {
	    {"u5", "Left", "Left@S", false}, {"u6", "No Mail", "", false}};
	add_learner("L6", "No Mail", "u6", PLAN_ALREADY);
	add_leaver("L5", "Left", " left@s ", NULL);
	plan(present, 2);
	CHECK_INT(out.count, 1);
	is(0, "L5", "u5", "left_class", false);
	clear();
}

TEST("of two members with a leaver's address the first counts")
{
	static const struct present present[] = {
	    {"u5", "Left", "left@s", true}, {"u6", "Right", "left@s", false}};
	add_learner("L6", "Right", "u6", PLAN_ALREADY);
	add_leaver("L5", "Left", "left@s", NULL);
	plan(present, 2);
	CHECK_INT(out.count, 0);
	CHECK(!r.leavers[0].listed);
	clear();
}

TEST("a leaver says whether it is among the removals")
{
	static const struct present present[] = {
	    {"u5", "Five", "", true}, {"u6", "Six", "", false}};
	add_leaver("L5", "Five", "", "u5");
	add_leaver("L6", "Six", "", "u6");
	add_leaver("L7", "Seven", "", "u7");
	plan(present, 2);
	CHECK_INT(out.count, 2);
	CHECK(!r.leavers[0].listed && r.leavers[1].listed && r.leavers[2].listed);
	clear();
}

TEST("two leavers with one account take it out once")
{
	static const struct present present[] = {{"u5", "Left", "left@s", false}};
	add_leaver("L5", "Left", "left@s", "u5");
	add_leaver("L6", "Left", "left@s", NULL);
	plan(present, 1);
	CHECK_INT(out.in_team, 1);
	CHECK_INT(out.count, 1);
	clear();
}

TEST("whoever has the name of a learner without an account stays: that may be the same person")
{
	static const struct present present[] = {{"x1", "Thabo Mokoena", "old@s", false},
	    {"x2", "lerato dube ", "l@s", false}, {"x3", "Sipho Nkosi", "s@s", false},
	    {"x4", "", "e@s", false}, {"x5", "Zanele Khumalo", "z@s", false}};
	add_learner("L1", "Thabo Mokoena", NULL, PLAN_NO_ACCOUNT);
	add_learner("L2", "Lerato Dube", NULL, PLAN_NO_EMAIL);
	add_learner("L3", "Sipho Nkosi", NULL, PLAN_AMBIGUOUS);
	add_learner("L4", "", NULL, PLAN_NO_EMAIL);
	add_learner("L5", "Zanele Khumalo", "u5", PLAN_ADD);
	plan(present, 5);
	CHECK_INT(out.count, 2);
	is(0, "", "x4", "added_by_hand", false);
	is(1, "", "x5", "added_by_hand", false);
	clear();
}

TEST("a leaver with the name of a learner without an account stays as well")
{
	static const struct present present[] = {
	    {"u1", "Thabo Mokoena", "t@s", false}, {"u2", "Dube, Lerato", "l@s", false}};
	add_learner("L8", "Thabo Mokoena", NULL, PLAN_NO_EMAIL);
	add_learner("L9", "Lerato Dube", NULL, PLAN_NO_ACCOUNT);
	add_leaver("L1", "T. Mokoena", "t@s", "u1");
	add_leaver("L2", "Lerato Dube", "l@s", "u2");
	plan(present, 2);
	CHECK_INT(out.count, 0);
	clear();
}

TEST("a learner who is only remembered as somebody keeps that account in the Team")
{
	static const struct present present[] = {{"u1", "Renamed", "r@s", false}};
	add_learner("L1", "Thabo", "u1", PLAN_NO_ACCOUNT);
	plan(present, 1);
	CHECK_INT(out.count, 0);
	clear();
}

TEST("an account is the same account in any case")
{
	static const struct present present[] = {
	    {"ab-CD", "One", "1@s", false}, {"ef-01", "Two", "2@s", false}};
	add_learner("L1", "One", "AB-cd", PLAN_ALREADY);
	add_leaver("L2", "Two", "2@s", "EF-01");
	plan(present, 2);
	CHECK_INT(out.count, 1);
	is(0, "L2", "ef-01", "left_class", false);
	clear();
}

TEST("an empty class in an empty Team needs nothing")
{
	plan(NULL, 0);
	CHECK_INT(out.count, 0);
	clear();
}

/* ---- the brake ---- */

static bool brakes(size_t in_team, size_t members, size_t owners, bool emptied)
{
	struct present *present = xcalloc(members + owners + 1, sizeof *present);
	for (size_t i = 0; i < owners; i++)
		present[i].owner = true;
	struct removals removals = {.in_team = in_team};
	bool stops = roster_brakes(&removals, present, members + owners, 0.25, 5, emptied);
	free(present);
	return stops;
}

TEST("more than a quarter and at least five stop before the first one")
{
	CHECK(!brakes(4, 4, 1, false));
	CHECK(brakes(5, 5, 1, false));
	CHECK(!brakes(5, 20, 1, false));
	CHECK(brakes(5, 19, 1, false));
	CHECK(brakes(6, 20, 1, false));
	CHECK(!brakes(50, 200, 2, false));
	CHECK(brakes(51, 200, 2, false));
}

TEST("owners do not count as members")
{
	CHECK(brakes(5, 19, 100, false));
	CHECK(brakes(5, 5, 0, false));
}

TEST("a register that was emptied stops the first removal, and nothing stops none")
{
	CHECK(brakes(1, 100, 1, true));
	CHECK(!brakes(0, 100, 1, true));
	CHECK(!brakes(0, 0, 0, false));
	CHECK(!brakes(0, 0, 1, true));
}

TEST("the brake is as it was set")
{
	struct present present[10] = {{0}};
	struct removals removals = {.in_team = 10};
	CHECK(roster_brakes(&removals, present, 10, 0.99, 1, false));
	CHECK(!roster_brakes(&removals, present, 10, 1.0, 1, false));
	CHECK(!roster_brakes(&removals, present, 10, 0.0, 11, false));
	removals.in_team = 1;
	CHECK(roster_brakes(&removals, present, 10, 0.0, 1, false));
}

TEST("who is held back does not count for the brake, however often that is said")
{
	static const struct present present[] = {{"x1", "One", "1@s", false},
	    {"x2", "Two", "2@s", false}, {"x3", "Three", "3@s", false}};
	add_leaver("L1", "Gone", "gone@s", "u9");
	plan(present, 3);
	CHECK_INT(out.count, 4);
	CHECK_INT(out.in_team, 3);
	removals_hold(&out, &out.at[1], "exception");
	removals_hold(&out, &out.at[1], "in_grace");
	CHECK_INT(out.in_team, 2);
	CHECK_STR(out.at[1].stays, "in_grace");
	CHECK(out.at[0].absent);
	removals_hold(&out, &out.at[0], "in_grace");
	CHECK_INT(out.in_team, 2);
	CHECK(!out.at[2].stays);
	clear();
}
