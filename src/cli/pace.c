/*
 * pace - learners over time, counting only the time in which the job ran and weighing
 * the last half minute most: sums are halved when they grow old.
 */
#include "pace.h"

enum { OLD_MS = 20000, ENOUGH_MS = 1500 };

void pace_look(struct pace *p, int64_t now_ms, int64_t done, bool running)
{
	if (!p->begun || done < p->seen_done)
		*p = (struct pace){.begun = true, .seen_ms = now_ms, .seen_done = done};
	if (running)
		p->running_ms += (double)(now_ms - p->seen_ms);
	p->done += (double)(done - p->seen_done);
	p->seen_ms = now_ms;
	p->seen_done = done;
	if (p->running_ms > OLD_MS) {
		p->running_ms /= 2;
		p->done /= 2;
	}
}

int64_t pace_left_ms(const struct pace *p, int64_t done, int64_t total)
{
	if (p->running_ms < ENOUGH_MS || p->done < 1 || done >= total)
		return -1;
	return (int64_t)((double)(total - done) * p->running_ms / p->done);
}
