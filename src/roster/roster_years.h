/* roster_years - the school years of a set and the days of a class, for groups.c. */
#ifndef ROSTER_YEARS_H
#define ROSTER_YEARS_H

#include "roster_groups.h"

/* A school year and the terms below it. */
struct year_tree {
	const struct set_session *root;	/* borrowed from the set */
	struct school_year days;
	bool named;			/* it says that it is a school year */
};

struct years {
	struct year_tree *at;		/* owned */
	size_t count;
	struct school_year current;
	const struct set_session *current_root;
};

void years_find(struct years *all, const struct roster_set *s, int32_t today);
void years_clear(struct years *all);

/* years_place tells whether a class belongs to the year that runs, as one without any does, and
 * which days its year has. */
bool years_place(const struct years *all, const struct set_class *c, struct school_year *days);

/* class_term gives the days of the class's own terms. */
struct school_year class_term(const struct set_class *c);

#endif
