/*
 * removals - who is in the Team and should not be. The most dangerous list in this
 * program, so whoever might belong stays: owners, the account of anybody in the class,
 * and a namesake of a learner whose account could not be made out.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "roster.h"
#include "roster_int.h"

struct whereabouts {
	struct map members;    /* user id -> present */
	struct map addresses;  /* mail -> present */
	struct map belong;     /* user ids that belong in the class */
	struct map unresolved; /* names of learners without an account */
	struct map taken;      /* user ids that already have an entry */
};

static void note_whereabouts(
    struct whereabouts *s, struct roster *r, const struct present *present, size_t count)
{
	map_init(&s->members);
	map_init(&s->addresses);
	map_init(&s->belong);
	map_init(&s->unresolved);
	map_init(&s->taken);
	for (size_t i = count; i-- > 0;) { /* of two with one address the first counts */
		fold_set(&s->members, present[i].user_id, (void *)(uintptr_t)&present[i]);
		fold_set(&s->addresses, present[i].mail, (void *)(uintptr_t)&present[i]);
	}
	for (size_t i = 0; i < r->count; i++) {
		struct learner *l = &r->at[i];
		if (l->user_id)
			fold_set(&s->belong, l->user_id, l);
		if (roster_unresolved(l->plan) && l->name[0])
			fold_set(&s->unresolved, l->name, l);
	}
}

/* An owner, somebody who belongs in the class, or who may well be a learner whose account
 * could not be made out. */
static bool stays(const struct whereabouts *s, const struct present *p)
{
	return p->owner || fold_get(&s->belong, p->user_id) || fold_get(&s->unresolved, p->name);
}

/* A leaver whose account was never known may still be there under the old address. */
static const struct present *find_leaver(const struct whereabouts *s, const struct leaver *v)
{
	const struct present *p = v->user_id ? fold_get(&s->members, v->user_id) : NULL;
	char *key = p ? NULL : address_key(v->email);
	if (key)
		p = map_get(&s->addresses, key);
	free(key);
	return p;
}

/* A leaver who stays is no stranger either. */
static bool leaver_stays(struct whereabouts *s, const struct leaver *v, const struct present *p)
{
	if (fold_get(&s->taken, p->user_id))
		return true;
	fold_set(&s->taken, p->user_id, (void *)(uintptr_t)v);
	return stays(s, p) || fold_get(&s->unresolved, v->name);
}

static void add_leavers(struct removals *out, struct whereabouts *s, struct roster *r)
{
	for (size_t i = 0; i < r->leaver_count; i++) {
		struct leaver *v = &r->leavers[i];
		const struct present *p = find_leaver(s, v);
		v->listed = !p || !leaver_stays(s, v, p);
		if (!v->listed)
			continue;
		struct removal *x = &out->at[out->count++];
		*x = (struct removal){v->id, v->name, v->email, v->user_id ? v->user_id : "",
		    "left_class", v, p == NULL, NULL};
		if (p) {
			x->user_id = p->user_id;
			out->in_team++;
		}
	}
}

static void add_strangers(
    struct removals *out, struct whereabouts *s, const struct present *present, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct present *p = &present[i];
		if (stays(s, p) || fold_get(&s->taken, p->user_id))
			continue;
		out->at[out->count++] = (struct removal){
		    "", p->name, p->mail, p->user_id, "added_by_hand", NULL, false, NULL};
		out->in_team++;
	}
}

void roster_removals(
    struct removals *out, struct roster *r, const struct present *present, size_t count)
{
	struct whereabouts s;
	note_whereabouts(&s, r, present, count);
	*out = (struct removals){.at = xcalloc(count + r->leaver_count + 1, sizeof *out->at)};
	add_leavers(out, &s, r);
	add_strangers(out, &s, present, count);
	map_clear(&s.members);
	map_clear(&s.addresses);
	map_clear(&s.belong);
	map_clear(&s.unresolved);
	map_clear(&s.taken);
}

void removals_clear(struct removals *out)
{
	free(out->at);
	*out = (struct removals){0};
}

void removals_hold(struct removals *out, struct removal *x, const char *why)
{
	if (!x->stays && !x->absent)
		out->in_team--;
	x->stays = why;
}

bool roster_brakes(const struct removals *removals, const struct present *present, size_t count,
    double share, int64_t least, bool emptied)
{
	size_t members = 0;
	for (size_t i = 0; i < count; i++)
		members += !present[i].owner;
	if (removals->in_team == 0)
		return false;
	if (emptied)
		return true;
	return (int64_t)removals->in_team >= least &&
	       (double)removals->in_team > share * (double)members;
}
