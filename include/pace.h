/* pace - how fast a job gets on, as seen from outside: its time left. */
#ifndef PACE_H
#define PACE_H

#include <stdbool.h>
#include <stdint.h>

struct pace {
	bool begun;
	int64_t seen_ms;	/* of the last look, clock_mono_ms */
	int64_t seen_done;
	double running_ms, done;	/* of late: time spent running, learners dealt with */
};

/* pace_look takes one look; the time since the last one counts if the job is running. */
void pace_look(struct pace *p, int64_t now_ms, int64_t done, bool running);

/* pace_left_ms gives how long the rest takes at this pace; -1: cannot tell yet. */
int64_t pace_left_ms(const struct pace *p, int64_t done, int64_t total);

#endif
