/*
 * moment - the emulator's own time, in which quotas refill and teams get ready.
 *
 * It runs scale times faster than the wall clock and can be moved ahead by hand.
 * It starts where the wall clock stands, so that a restarted emulator goes on
 * where it stopped. What a client measures itself (Retry-After, the life of a
 * token) is given in seconds of the wall clock.
 */
#ifndef MOMENT_H
#define MOMENT_H

#include <stdint.h>

struct moments {
	double scale;
	int64_t base_us;		/* the moment of the start */
	int64_t start_mono_us;
	int64_t advanced_us;
};

void moment_start(struct moments *m, double scale);
void moment_advance(struct moments *m, int64_t ms);
int64_t moment_now_us(const struct moments *m);
int64_t moment_now(const struct moments *m);	/* ms */

/* moment_of tells which moment a past time of the wall clock was. */
int64_t moment_of(const struct moments *m, int64_t wall_ms);

/* moment_wait_s gives the seconds of the wall clock, rounded up and at least 1,
 * that us of our time take. */
int64_t moment_wait_s(const struct moments *m, int64_t us);

#endif
