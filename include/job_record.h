/*
 * job_record - what workers wrote about a job (contract 3), read.
 *
 * A record is a JSON object: what the contract says is a number is an integer there,
 * everything else is text.
 */
#ifndef JOB_RECORD_H
#define JOB_RECORD_H

#include <stdbool.h>

#include "json.h"
#include "redis.h"

/* record_of turns the reply of HGETALL into a record that the caller owns; NULL if
 * there is no such job. */
json_t *record_of(const struct reply *hash);

/* hash_of does the same for any hash; fields named in number_fields (NULL at the end)
 * become integers. */
json_t *hash_of(const struct reply *hash, const char *const *number_fields);

/* record_note_cancel puts in the record of a job that has not ended who wants it
 * cancelled, where no worker has done so yet: flag is the reply of MGET of its cancel key. */
void record_note_cancel(json_t *record, const struct reply *flag);

/* record_text gives a field, "" if it is not there. */
const char *record_text(const json_t *record, const char *field);
bool record_is(const json_t *record, const char *state);
bool record_has_ended(const json_t *record);

#endif
