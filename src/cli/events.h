/* events - events of a school's history (history.h) as people read them. */
#ifndef EVENTS_H
#define EVENTS_H

#include "school_classes.h"

/* events_name gives each event of a list the names that the history has not: of the class
 * (group), of the learner where they are still known (name), and what happened (label). */
void events_name(json_t *events, const struct school_class *at, size_t count);

/* events_print prints them as a table; of_one: they are all of one learner. */
void events_print(const json_t *events, bool of_one);

#endif
