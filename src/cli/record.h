/*
 * record - a job's record and its learner rows, as JSON objects: what the contract says
 * is a number is an integer there, everything else text.
 */
#ifndef RECORD_H
#define RECORD_H

#include "cli.h"

/* record_of turns the reply of HGETALL into an object; NULL if there is no such record. */
json_t *record_of(const struct reply *hash);

/* hash_of does the same for any hash; fields named in number_fields (NULL at the end)
 * become integers. */
json_t *hash_of(const struct reply *hash, const char *const *number_fields);

/* record_read asks for one. The caller owns it; NULL: no such job. */
json_t *record_read(struct cli *c, const char *id);

/* record_note_cancel puts in the record of a job that has not ended who wants it cancelled,
 * where no worker has done so yet: flag is the reply of MGET of its cancel key. */
void record_note_cancel(json_t *record, const struct reply *flag);

/* record_unknown complains that there is no such job, and gives the exit status. */
int record_unknown(struct cli *c, const char *id);

/* record_text gives a field, "" if it is not there. */
const char *record_text(const json_t *record, const char *field);
bool record_is(const json_t *record, const char *state);
bool record_has_ended(const json_t *record);

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
