/* whereabouts - somebody in one class: what the register says, what the last sync made of it,
 * and why. */
#ifndef WHEREABOUTS_H
#define WHEREABOUTS_H

#include "school_classes.h"

/* All is borrowed. */
struct whereabouts {
	const struct school_class *class;
	const json_t *told;	 /* by the register; NULL: not in the class */
	const json_t *kept;	 /* by the last sync; NULL: nothing */
	const json_t *exception; /* of their account, in force or over; NULL */
	bool excepted;		 /* and it is in force */
	bool begins_later, is_over;
	bool is_chosen; /* the night makes classes of this kind */
	bool is_member; /* as far as it is known */
};

/* whereabouts_look looks at a learner in a class: kinds are those of which the night makes
 * classes, today is "YYYY-MM-DD". */
struct whereabouts whereabouts_look(const struct school_class *k, const char *learner,
    const char *kinds, const char *today);

/* A member, or nobody who should be one. */
bool whereabouts_are_right(const struct whereabouts *s);

void whereabouts_print(const struct whereabouts *s);
json_t *whereabouts_json(const struct whereabouts *s);	/* the caller owns it */

#endif
