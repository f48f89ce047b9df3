/* group_int - between groups.c, which chooses the groups, and group_class.c, which says what the
 * register has of one. */
#ifndef GROUP_INT_H
#define GROUP_INT_H

#include "roster_groups.h"

/* What a class object is made with beside its group. */
struct group_style {
	const struct roster_source *source;
	const char *staff_domain;
	struct school_year days;	/* of the class's year */
	const char *year;		/* the year it starts in */
	const struct set_missing *missing, *astray;
};

/* group_class gives the class object of a class of the set, to be owned; year_class that of a
 * year group, NULL of more learners than a class may have. *g gets id, kind and counts. disabled grows by those who are switched off. */
json_t *group_class(struct group *g, const struct set_class *c, const struct group_style *style,
    uint64_t *disabled);
json_t *year_class(struct group *g, const char *grade, const struct set_person *const *people,
    size_t count, const struct group_style *style);

enum { GRADE_ROOM = 32 };

/* grade_next takes the next grade off a comma-separated list, in one spelling: 09 and 9 are 9,
 * ps1 is PS1. false at its end. */
bool grade_next(const char **list, char grade[GRADE_ROOM]);

#endif
