/*
 * job_view - a job as those see it who may.
 */
#ifndef JOB_VIEW_H
#define JOB_VIEW_H

#include "web.h"

/* What somebody wants to see of a job. */
struct job_ask {
	int status;		/* of the answer: 200, which may become 304, or 202 */
	int64_t rev;		/* which they know; 0: none */
	int64_t wait_ms;	/* so long they wait for another one */
};

/* job_answer ends the visit with the record, where the job stands among others, and the job
 * that it joined. Whoever asks is allowed to: see job_find. */
void job_answer(struct visit *v, const char *job, struct job_ask ask);

#endif
