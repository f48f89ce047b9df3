/*
 * pulse - a page of memory that a worker process shares with its supervisor: when its loop last
 * turned, and whose step runs at this instant. It outlives the process, so it says whose
 * doing a death was.
 */
#ifndef PULSE_H
#define PULSE_H

#include <stdbool.h>
#include <stdint.h>

struct pulse;

/* pulse_new gives the supervisor's end, and in *fd what the child is to join. NULL: the
 * system has no such memory; the rest works without. */
struct pulse *pulse_new(int *fd);

/* pulse_start forgets what an earlier child has left there. */
void pulse_start(struct pulse *p);

/* pulse_last is when the child's loop last turned, clock_mono_ms. */
int64_t pulse_last(const struct pulse *p);

/* pulse_job is the job whose step runs, or ran when the child died; "" for none. */
const char *pulse_job(const struct pulse *p, char id[65]);

/* The child's end. Without pulse_join the rest does nothing that anybody sees. */
void pulse_join(int fd);
void pulse_beat(void);
void pulse_enter(const char *job);	/* a step of this job begins; pulse_leave: no step runs */
void pulse_leave(void);

#endif
