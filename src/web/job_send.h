/* job_send - a job that is asked for over HTTP, on its way to a worker. */
#ifndef JOB_SEND_H
#define JOB_SEND_H

#include "json.h"
#include "web.h"

/* job_send takes over an envelope, gives it an id if it has none, pushes it, and answers 202
 * with the job's record and its place, or the problem. What staff ask for is audited. */
void job_send(struct visit *v, json_t *envelope);

#endif
