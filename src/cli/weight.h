/* weight - how many turns a school has for one of any other, while all of them wait. */
#ifndef WEIGHT_H
#define WEIGHT_H

#include "cli.h"

enum { WEIGHT_MAX = 100 };

/* weight_read gives 1 where none was set, as the queue does with what makes no sense. */
int64_t weight_read(struct cli *c, const char *school);
void weight_set(struct cli *c, const char *school, int64_t weight);

#endif
