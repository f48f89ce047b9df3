/* schedule - the job that a schedule makes at a time. */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stdint.h>

#include "json.h"

enum { SCHEDULE_NAME_MAX = 40 };	/* bytes */

/* schedule_job_id writes NAME-20261122T0200Z: the same for the same time. */
void schedule_job_id(const char *name, int64_t when_ms, char id[65]);

/* schedule_night_name writes the name of the schedule that follows from a school's settings:
 * night-SCHOOL, or a hash of it where that is no name. */
void schedule_night_name(const char *school, char name[SCHEDULE_NAME_MAX + 1]);

/* schedule_envelope gives the text to push (free it) for a schedule's envelope, which has no
 * id; NULL if that is no JSON object. */
char *schedule_envelope(const char *text, const char *id);

#endif
