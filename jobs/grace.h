/* grace - how long a leaver stays in the Team, by the settings of the school. */
#ifndef GRACE_H
#define GRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "json.h"

/* grace_days reads them from a school's settings; 0: nobody stays. */
int64_t grace_days(const json_t *settings);

/* grace_holds: who left on that day (NULL: it is noticed today) still stays today. */
bool grace_holds(int64_t days, const char *left_on, const char *today);

#endif
