/* record - reading a job's record (job_record.h) and its learner rows, as JSON objects. */
#ifndef RECORD_H
#define RECORD_H

#include "cli.h"
#include "job_record.h"

/* record_read asks for one. The caller owns it; NULL: no such job. */
json_t *record_read(struct cli *c, const char *id);

/* record_unknown complains that there is no such job, and gives the exit status. */
int record_unknown(struct cli *c, const char *id);

/* record_title says what a job does: "sync-learners 8B-2026, green-hill". */
void record_title(const json_t *record, char *text, size_t room);

/* record_fetch asks for count records at once, in order; records[i] is NULL where there
 * is none. The caller owns them. */
void record_fetch(struct cli *c, char *const *ids, size_t count, json_t **records);

/* objects_append takes over the JSON objects of a list that Redis gave; what is none is
 * left out. */
void objects_append(json_t *list, const struct reply *r);

/* rows_read gives all learner rows of a job, a list that the caller owns. */
json_t *rows_read(struct cli *c, const char *id);

#endif
