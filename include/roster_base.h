/*
 * roster_base - what was sent before, for a delta to be read into: a set made again of what is
 * kept of the last one. Pure.
 *
 * Of schools, sessions and courses a list is kept with the school's roster; of classes and the
 * people in them what the register has. Classes that became no group (another year's, excluded
 * ones) and people who are in none are not kept, so a delta that speaks of them alone is not
 * understood: whoever it enrols needs a row of their own in it then.
 */
#ifndef ROSTER_BASE_H
#define ROSTER_BASE_H

#include "json.h"
#include "roster_set.h"

enum { ROSTER_BASE_MAX_BYTES = 4 << 20 };

/* roster_base gives what is to be kept of a set beside its classes; owned. */
json_t *roster_base(const struct roster_set *s);

/* roster_base_begin fills an empty set with that; roster_base_class adds a class as the register
 * has it, whatever kind of group it is. */
void roster_base_begin(struct roster_set *s, const json_t *base);
void roster_base_class(struct roster_set *s, const json_t *class);

#endif
