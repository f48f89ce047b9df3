/*
 * match - which account is which learner. Nobody is guessed: an address or an account
 * that could be two people's is nobody's.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "roster.h"
#include "roster_int.h"

/* Marks who has nothing to be looked for by, and shared addresses; the first holder of each
 * address is in *holders. What was said by hand stands, whoever else has the address. */
static void settle_addresses(struct roster *r, struct map *holders)
{
	for (size_t i = 0; i < r->count; i++) {
		struct learner *l = &r->at[i];
		char *key = address_key(l->email);
		struct learner *other = key ? map_get(holders, key) : NULL;
		if (!has_rung(l))
			l->plan = PLAN_NO_EMAIL;
		if (other && l->rungs[RUNG_EMAIL])
			l->plan = PLAN_AMBIGUOUS;
		if (other && other->rungs[RUNG_EMAIL])
			other->plan = PLAN_AMBIGUOUS;
		if (key && !other)
			map_set(holders, key, l);
		free(key);
	}
}

bool roster_knows(const struct learner *l)
{
	return l->user_id && known_on(l) < RUNGS;
}

void roster_settle_known(struct roster *r, const struct present *present, size_t count)
{
	struct map holders, members;
	map_init(&holders);
	map_init(&members);
	settle_addresses(r, &holders);
	for (size_t i = 0; i < count; i++)
		fold_set(&members, present[i].user_id, (void *)(uintptr_t)&present[i]);
	for (size_t i = 0; i < r->count; i++) {
		struct learner *l = &r->at[i];
		if (roster_knows(l))
			l->found = known_on(l);
		if (l->plan == PLAN_SEARCH && roster_knows(l) && fold_get(&members, l->user_id))
			l->plan = PLAN_ALREADY;
	}
	map_clear(&holders);
	map_clear(&members);
}

void roster_resolved(struct learner *l, enum rung found, const char *user_id, bool member,
    bool disabled, bool guest, enum plan otherwise)
{
	if (!user_id) {
		l->plan = otherwise;
		return;
	}
	free(l->user_id);
	l->user_id = xstrdup(user_id);
	l->found = found;
	if (member)
		l->plan = PLAN_ALREADY;
	else if (guest)
		l->plan = PLAN_GUEST;
	else if (disabled)
		l->plan = PLAN_DISABLED;
	else
		l->plan = PLAN_ADD;
}

void roster_settle_shared(struct roster *r)
{
	struct map holders;
	map_init(&holders);
	for (size_t i = 0; i < r->count; i++) {
		struct learner *l = &r->at[i];
		if (!l->user_id || roster_unresolved(l->plan))
			continue;
		struct learner *other = fold_set(&holders, l->user_id, l);
		if (other)
			other->plan = l->plan = PLAN_AMBIGUOUS;
	}
	map_clear(&holders);
}

bool roster_unresolved(enum plan plan)
{
	return plan == PLAN_NO_EMAIL || plan == PLAN_NO_ACCOUNT || plan == PLAN_AMBIGUOUS ||
	       plan == PLAN_OTHER_NAME;
}
