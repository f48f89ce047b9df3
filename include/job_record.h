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

/* job_record_of turns the reply of HGETALL into a record that the caller owns; NULL if
 * there is no such job. */
json_t *job_record_of(const struct reply *hash);

/* job_record_note_cancel puts in the record of a job that has not ended who wants it
 * cancelled, where no worker has done so yet: flag is the reply of MGET of its cancel key. */
void job_record_note_cancel(json_t *record, const struct reply *flag);

/* job_record_text gives a field, "" if it is not there. */
const char *job_record_text(const json_t *record, const char *field);
bool job_record_is(const json_t *record, const char *state);
bool job_record_has_ended(const json_t *record);

#endif
