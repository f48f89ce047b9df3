/* roster_int - what the files of src/roster share. */
#ifndef ROSTER_INT_H
#define ROSTER_INT_H

#include "map.h"
#include "roster.h"

/* Maps whose keys are the same whatever their case and the blanks around them: ids of
 * accounts and names of people, which come from two sides. */
void *fold_get(const struct map *m, const char *text);
void *fold_set(struct map *m, const char *text, void *value);

/* ladder.c: whether there is anything to look for a learner by, and the rung that the known
 * account was found on, RUNGS where that holds no more. */
bool has_rung(const struct learner *l);
enum rung known_on(const struct learner *l);

/* fold gives text as such a key, trimmed the text without those blanks; free it. */
char *fold(const char *text);
char *trimmed(const char *text);

#endif
