/*
 * standing - how learners and classes stand (requirements 3.2 to 3.5, 6.1 to 6.3).
 */
#include <string.h>

#include "roster.h"

static const char *const names[] = {
    [STANDING_NOT_SYNCED] = "not_synced",
    [STANDING_PENDING] = "pending",
    [STANDING_SYNCED] = "synced",
    [STANDING_FAILED] = "failed",
};

const char *standing_name(enum standing s)
{
	return names[s];
}

enum standing standing_of(const char *name)
{
	for (int s = STANDING_NOT_SYNCED; s <= STANDING_FAILED; s++)
		if (strcmp(names[s], name) == 0)
			return (enum standing)s;
	return STANDING_NOT_SYNCED;
}

struct class_counts roster_count(const struct roster *r)
{
	struct class_counts c = {.total = (int64_t)r->count};
	for (size_t i = 0; i < r->count; i++) {
		c.synced += r->at[i].standing == STANDING_SYNCED;
		c.failed += r->at[i].standing == STANDING_FAILED;
		c.unresolved += r->at[i].standing == STANDING_NOT_SYNCED && r->at[i].unresolved;
	}
	return c;
}

/* A live Team in which nobody is synced is pending, even where somebody failed. */
const char *class_status(bool team_lives, const struct class_counts *c)
{
	if (!team_lives)
		return "no_team";
	if (c->synced == 0)
		return "pending";
	return c->failed > 0 ? "failed" : "active";
}
