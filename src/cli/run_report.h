/* run_report - the report of a school's run, as it is read and printed. */
#ifndef RUN_REPORT_H
#define RUN_REPORT_H

#include "cli.h"

/* run_newest gives the name of a school's newest run (free it), or NULL. */
char *run_newest(struct cli *c, const char *school);

/* run_read gives a run's fields, with its lines as the list "lines", by name; NULL if there
 * is none. The caller owns it. */
json_t *run_read(struct cli *c, const char *school, const char *name);

/* run_headline says in a line or two how it went. */
void run_headline(const json_t *run);

#endif
