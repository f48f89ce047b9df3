/*
 * pace - learners over time, counting only the time in which the job ran and weighing
 * the last half minute most: sums are halved when they grow old.
 */
#include "pace.h"

static const double old_ms = 20000, enough_ms = 1500;

void pace_look(struct pace *p, int64_t now_ms, int64_t done, bool running)
{
	if (!p->begun || done < p->seen_done)
		*p = (struct pace){.begun = true, .seen_ms = now_ms, .seen_done = done};
	if (running)
		p->running_ms += (double)(now_ms - p->seen_ms);
	p->done += (double)(done - p->seen_done);
	p->seen_ms = now_ms;
	p->seen_done = done;
	if (p->running_ms > old_ms) {
		p->running_ms /= 2;
		p->done /= 2;
	}
}

int64_t pace_left_ms(const struct pace *p, int64_t done, int64_t total)
{
	if (p->running_ms < enough_ms || p->done < 1 || done >= total)
		return -1;
	return (int64_t)((double)(total - done) * p->running_ms / p->done);
}
