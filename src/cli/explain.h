/* explain - what the values and options of a command mean, for help. */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include <stdio.h>

/* explain_options writes a line for each value and option of a command's pattern. */
void explain_options(FILE *to, const char *pattern);

#endif
