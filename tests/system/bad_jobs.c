/*
 * bad_jobs - jobs that a worker should never have, and the registry that knows no others:
 * rollcalld-bad is rollcalld with these in the place of jobs/.
 *
 *	crash	kills the worker in its step
 *	hang	never gives the loop back
 *	rest	waits a moment, as a job that waits for Microsoft, and is done
 *	stay	waits for an hour
 */
#include <stdlib.h>

#include "job.h"

enum { MOMENT_MS = 1500, HOUR_MS = 3600000 };

static enum next crash(struct job *j)
{
	(void)j;
	abort();
}

static enum next hang(struct job *j)
{
	volatile bool hangs = true;
	while (hangs)
		;
	return job_done(j);
}

static enum next done(struct job *j)
{
	return job_done(j);
}

static enum next rest(struct job *j)
{
	return job_sleep(j, MOMENT_MS, 1);
}

static enum next stay(struct job *j)
{
	return job_sleep(j, HOUR_MS, 1);
}

static const struct step crash_steps[] = {{"crash", "Crashing", crash, NULL, {0}}};
static const struct step hang_steps[] = {{"hang", "Hanging", hang, NULL, {0}}};
static const struct step rest_steps[] = {
    {"rest", "Resting", rest, NULL, {0}},
    {"done", "Done", done, NULL, {0}},
};
static const struct step stay_steps[] = {
    {"stay", "Staying", stay, NULL, {0}},
    {"done", "Done", done, NULL, {0}},
};

#define BAD_JOB(word)                                                                            \
	{                                                                                        \
		.name = #word, .steps = word##_steps, .deadline_ms = 2 * HOUR_MS, .local = true, \
	}
static const struct job_type crash_type = BAD_JOB(crash);
static const struct job_type hang_type = BAD_JOB(hang);
static const struct job_type rest_type = BAD_JOB(rest);
static const struct job_type stay_type = BAD_JOB(stay);

const struct job_type *const job_types[] = {&crash_type, &hang_type, &rest_type, &stay_type, NULL};
