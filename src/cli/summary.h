/* summary - what came of a job, for people: the Sync Summary, with names and advice. */
#ifndef SUMMARY_H
#define SUMMARY_H

#include "json.h"

/* summary_headline prints how the job ended, or how it stands. */
void summary_headline(const json_t *record);

/* summary_print prints the six counts of a job that dealt with learners, and by reason
 * who failed, is unresolved, could not be removed or was held back, with what to do. */
void summary_print(const json_t *record, const json_t *rows);

#endif
