/* Which account is which learner: nobody is guessed. */
#include <stdlib.h>

#include "buf.h"
#include "roster.h"
#include "test.h"

static struct roster r;

/* Rows of id, address, known account or NULL, the address it was found by or NULL. */
static void class_of(const char *const rows[][4], size_t count)
{
	r.at = xcalloc(count, sizeof *r.at);
	r.count = count;
	for (size_t i = 0; i < count; i++) {
		r.at[i].id = xstrdup(rows[i][0]);
		r.at[i].name = xstrdup("");
		r.at[i].email = xstrdup(rows[i][1]);
		r.at[i].user_id = xstrdup(rows[i][2]);
		r.at[i].known_email = xstrdup(rows[i][3]);
		r.at[i].rungs[RUNG_EMAIL] = address_key(rows[i][1]);
	}
}

#define CLASS(...)                                           \
	static const char *const rows_[][4] = {__VA_ARGS__}; \
	class_of(rows_, sizeof rows_ / sizeof *rows_)

static const struct present present[] = {
    {"u1", "One", "one@s", false}, {"u2", "Two", "two@s", false}, {"T1", "Teacher", "t@s", true}};

static void settle(void)
{
	roster_settle_known(&r, present, 3);
}

TEST("a learner whose known account is a member needs no look-up")
{
	CLASS({"L1", "one@s", "u1", "one@s"}, {"L2", "Two@S", "u2", " two@s"},
	    {"L3", "x@s", NULL, NULL});
	settle();
	CHECK_INT(r.at[0].plan, PLAN_ALREADY);
	CHECK_INT(r.at[1].plan, PLAN_ALREADY);
	CHECK_INT(r.at[2].plan, PLAN_SEARCH);
	roster_clear(&r);
}

TEST("a known account that is no member, or was found by another address, is looked up again")
{
	CLASS({"L1", "one@s", "u9", "one@s"}, {"L2", "new@s", "u2", "two@s"},
	    {"L3", "one2@s", "u1", NULL});
	settle();
	CHECK_INT(r.at[0].plan, PLAN_SEARCH);
	CHECK_INT(r.at[1].plan, PLAN_SEARCH);
	CHECK_INT(r.at[2].plan, PLAN_SEARCH);
	roster_clear(&r);
}

TEST("a learner without an address has none, even one who is a member")
{
	CLASS({"L1", "", "u1", "one@s"}, {"L2", "n/a", NULL, NULL});
	settle();
	CHECK_INT(r.at[0].plan, PLAN_NO_EMAIL);
	CHECK_INT(r.at[1].plan, PLAN_NO_EMAIL);
	roster_clear(&r);
}

TEST("an address that two learners share is neither's, however it is written")
{
	CLASS({"L1", "Family@s", "u1", "family@s"}, {"L2", "own@s", NULL, NULL},
	    {"L3", "family@S", NULL, NULL}, {"L4", "family@s", NULL, NULL});
	settle();
	CHECK_INT(r.at[0].plan, PLAN_AMBIGUOUS);
	CHECK_INT(r.at[1].plan, PLAN_SEARCH);
	CHECK_INT(r.at[2].plan, PLAN_AMBIGUOUS);
	CHECK_INT(r.at[3].plan, PLAN_AMBIGUOUS);
	roster_clear(&r);
}

TEST("an account is the same account in any case")
{
	CLASS({"L1", "one@s", "U1", "one@s"});
	settle();
	CHECK_INT(r.at[0].plan, PLAN_ALREADY);
	roster_clear(&r);
}

TEST("an empty class in an empty Team is settled")
{
	roster_settle_known(&r, NULL, 0);
	roster_settle_shared(&r);
	CHECK_INT(r.count, 0);
}

static enum plan resolved(bool member, bool disabled, bool guest)
{
	struct learner l = {.plan = PLAN_SEARCH};
	roster_resolved(&l, RUNG_EMAIL, "u9", member, disabled, guest, PLAN_NO_ACCOUNT);
	CHECK_STR(l.user_id, "u9");
	free(l.user_id);
	return l.plan;
}

TEST("an account that was found is added, unless it is a member or may not be one")
{
	CHECK_INT(resolved(false, false, false), PLAN_ADD);
	CHECK_INT(resolved(true, false, false), PLAN_ALREADY);
	CHECK_INT(resolved(false, true, false), PLAN_DISABLED);
	CHECK_INT(resolved(false, false, true), PLAN_GUEST);
	CHECK_INT(resolved(false, true, true), PLAN_GUEST);
	CHECK_INT(resolved(true, true, true), PLAN_ALREADY);
}

TEST("no account, or more than one, is said as it was found and keeps the known one")
{
	struct learner l = {.user_id = xstrdup("u-old")};
	roster_resolved(&l, RUNG_EMAIL, NULL, false, false, false, PLAN_NO_ACCOUNT);
	CHECK_INT(l.plan, PLAN_NO_ACCOUNT);
	CHECK_STR(l.user_id, "u-old");
	roster_resolved(&l, RUNG_EMAIL, NULL, false, false, false, PLAN_AMBIGUOUS);
	CHECK_INT(l.plan, PLAN_AMBIGUOUS);
	free(l.user_id);
}

TEST("an account is known where it was found by the address of now, however that is written")
{
	CLASS({"L1", "One@s", "u1", " one@S"}, {"L2", "one@s", "u1", "two@s"},
	    {"L3", "one@s", NULL, "one@s"}, {"L4", "one@s", "u1", NULL}, {"L5", "", "u1", ""});
	CHECK(roster_knows(&r.at[0]));
	for (size_t i = 1; i < r.count; i++)
		CHECK(!roster_knows(&r.at[i]));
	roster_clear(&r);
}

TEST("learners who were resolved to one account are ambiguous, all of them")
{
	CLASS({"L1", "a@s", "u1", NULL}, {"L2", "b@s", "u5", NULL}, {"L3", "c@s", "U1", NULL},
	    {"L4", "d@s", "u1", NULL}, {"L5", "e@s", "u5", NULL}, {"L6", "f@s", "u6", NULL},
	    {"L7", "g@s", "u6", NULL});
	r.at[0].plan = PLAN_ALREADY;
	r.at[1].plan = PLAN_ADD;
	r.at[2].plan = PLAN_ADD;
	r.at[3].plan = PLAN_GUEST;
	r.at[4].plan = PLAN_NO_ACCOUNT; /* only remembers it */
	r.at[5].plan = PLAN_DISABLED;
	r.at[6].plan = PLAN_ADD;
	roster_settle_shared(&r);
	static const enum plan want[] = {PLAN_AMBIGUOUS, PLAN_ADD, PLAN_AMBIGUOUS, PLAN_AMBIGUOUS,
	    PLAN_NO_ACCOUNT, PLAN_AMBIGUOUS, PLAN_AMBIGUOUS};
	for (size_t i = 0; i < r.count; i++)
		CHECK_INT(r.at[i].plan, want[i]);
	roster_clear(&r);
}

TEST(
    "of whom somebody said by hand whose account it is may share an address; the other one may not")
{
	CLASS({"L1", "family@s", NULL, NULL}, {"L2", "family@s", NULL, NULL},
	    {"L3", "family@s", NULL, NULL});
	free(r.at[1].rungs[RUNG_EMAIL]);
	r.at[1].rungs[RUNG_EMAIL] = NULL;
	r.at[1].rungs[RUNG_ADDRESS] = xstrdup("own@s");
	settle();
	CHECK_INT(r.at[0].plan, PLAN_AMBIGUOUS);
	CHECK_INT(r.at[1].plan, PLAN_SEARCH);
	CHECK_INT(r.at[2].plan, PLAN_AMBIGUOUS);
	roster_clear(&r);
}

TEST("a learner without an address is looked for by what else there is")
{
	CLASS({"L1", "", NULL, NULL}, {"L2", "", NULL, NULL});
	r.at[0].rungs[RUNG_EMPLOYEE] = xstrdup("1001");
	settle();
	CHECK_INT(r.at[0].plan, PLAN_SEARCH);
	CHECK_INT(r.at[1].plan, PLAN_NO_EMAIL);
	roster_clear(&r);
}

TEST("unresolved is who has no account that anybody could name, and nobody else")
{
	static const bool want[] = {
	    [PLAN_NO_EMAIL] = true,
	    [PLAN_NO_ACCOUNT] = true,
	    [PLAN_AMBIGUOUS] = true,
	    [PLAN_OTHER_NAME] = true,
	    [PLAN_NOT_OPEN] = false,
	};
	for (int plan = PLAN_SEARCH; plan <= PLAN_NOT_OPEN; plan++)
		CHECK_INT(roster_unresolved((enum plan)plan), want[plan]);
}
