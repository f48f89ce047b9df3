/* find_learner - learners of a school by what people call them. */
#ifndef FIND_LEARNER_H
#define FIND_LEARNER_H

#include "school_classes.h"

/* learners_called gives who has the id; else the address; else all words in the name, in any
 * case: a list of {learner, name, email, classes: [names]}, which the caller owns. */
json_t *learners_called(const struct school_class *at, size_t count, const char *called);

/* learners_ask_which prints those who may be meant. */
void learners_ask_which(const struct cli *c, const char *called, json_t *found);

/* learner_called gives the one who is meant, as above, which the caller owns; NULL and a
 * complaint for nobody, and for several. */
json_t *learner_called(const struct cli *c, const struct school_class *at, size_t count,
    const char *called);

#endif
