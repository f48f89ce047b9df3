/* rows - a list of objects as JSON, or as CSV that a spreadsheet opens as it should. */
#ifndef ROWS_H
#define ROWS_H

#include "web.h"

/* answer_rows takes rows over and ends the visit: {"member": rows}, or, where the asker would
 * rather have text/csv, the columns (ends with NULL; "at" is a time) as a file of that name. */
void answer_rows(struct visit *v, const char *member, json_t *rows, const char *const *columns,
    const char *file_name);

#endif
