/* console_drift - what was changed by hand in Microsoft 365, and what of it is let stand. */
#ifndef CONSOLE_DRIFT_H
#define CONSOLE_DRIFT_H

#include "exceptions.h"
#include "json.h"

/* Of one group, both maps as exceptions.h gives them. */
json_t *drift_json(const char *class_id, const char *group, const json_t *drift,
    const json_t *exceptions);
json_t *exceptions_json(const json_t *exceptions);

#endif
