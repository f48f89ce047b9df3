/* job_find - the job that a path names, for those whose it is. */
#ifndef JOB_FIND_H
#define JOB_FIND_H

#include "web.h"

enum { JOB_ID_MAX = 64 };

/* job_find goes on with go if the job exists and is the asker's: staff those of their own
 * classes, programs those of their school; in the console administrators those of their school
 * and teaching staff, besides, what they asked for. Otherwise it answers 404. It takes v->more; job
 * lives as long as the visit. */
typedef void (*job_found_fn)(struct visit *v, const char *job);
void job_find(struct visit *v, const char *job, job_found_fn go);

/* job_answer_unknown is that 404. */
void job_answer_unknown(struct visit *v, const char *job);

/* job_is_id tells whether text can be the id of a job. */
bool job_is_id(const char *text);

#endif
