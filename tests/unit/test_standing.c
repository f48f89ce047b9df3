/* How learners and classes stand, label by label. */
#include <stdlib.h>

#include "buf.h"
#include "roster.h"
#include "test.h"

TEST("each standing has its name, and each name its standing")
{
	static const char *const names[] = {"not_synced", "pending", "synced", "failed"};
	for (int s = STANDING_NOT_SYNCED; s <= STANDING_FAILED; s++) {
		CHECK_STR(standing_name((enum standing)s), names[s]);
		CHECK_INT(standing_of(names[s]), s);
	}
}

TEST("a name that is none is taken for not synced")
{
	static const char *const names[] = {"", "Synced", "removed", "sync", "synced "};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		CHECK_INT(standing_of(names[i]), STANDING_NOT_SYNCED);
}

static const char *status(bool team, int64_t synced, int64_t failed, int64_t unresolved)
{
	struct class_counts c = {synced + failed + unresolved, synced, failed, unresolved};
	return class_status(team, &c);
}

TEST("a class's status follows from its Team, who is synced and who failed")
{
	CHECK_STR(status(false, 0, 0, 0), "no_team");
	CHECK_STR(status(false, 30, 1, 0), "no_team");
	CHECK_STR(status(true, 0, 0, 0), "pending");
	CHECK_STR(status(true, 0, 5, 0), "pending");
	CHECK_STR(status(true, 0, 0, 5), "pending");
	CHECK_STR(status(true, 1, 0, 0), "active");
	CHECK_STR(status(true, 1, 0, 2), "active");
	CHECK_STR(status(true, 1, 1, 0), "failed");
	CHECK_STR(status(true, 30, 3, 2), "failed");
}

TEST("a roster is counted: all, synced, failed, and those without an account")
{
	struct learner learners[] = {
	    {.standing = STANDING_SYNCED},
	    {.standing = STANDING_SYNCED, .unresolved = true},
	    {.standing = STANDING_FAILED},
	    {.standing = STANDING_NOT_SYNCED, .unresolved = true},
	    {.standing = STANDING_NOT_SYNCED},
	    {.standing = STANDING_PENDING},
	};
	struct roster r = {.at = learners, .count = 6};
	struct class_counts c = roster_count(&r);
	CHECK_INT(c.total, 6);
	CHECK_INT(c.synced, 2);
	CHECK_INT(c.failed, 1);
	CHECK_INT(c.unresolved, 1);
	r.count = 0;
	c = roster_count(&r);
	CHECK_INT(c.total + c.synced + c.failed + c.unresolved, 0);
}
