/* schools - the schools that are entered, for list and for doctor. */
#ifndef SCHOOLS_H
#define SCHOOLS_H

#include "cli.h"

/* schools_read gives the records of all schools, each with its id as "school"; the caller
 * owns the list. complete: no more can be there. */
json_t *schools_read(struct cli *c, bool *complete);

bool school_is_enabled(const json_t *school);

#endif
