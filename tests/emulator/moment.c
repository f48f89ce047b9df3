/* moment - see moment.h. */
#include "moment.h"

#include "clock.h"

/* Keeps the numbers far from the end of an int64 at any scale. */
#define EPOCH_MS INT64_C(1600000000000)

void moment_start(struct moments *m, double scale)
{
	m->scale = scale;
	m->base_us = (int64_t)((double)(clock_wall_ms() - EPOCH_MS) * 1000.0 * scale);
	m->start_mono_us = clock_mono_us();
	m->advanced_us = 0;
}

void moment_advance(struct moments *m, int64_t ms)
{
	m->advanced_us += ms * 1000;
}

int64_t moment_now_us(const struct moments *m)
{
	int64_t real_us = clock_mono_us() - m->start_mono_us;
	return m->base_us + (int64_t)((double)real_us * m->scale) + m->advanced_us;
}

int64_t moment_now(const struct moments *m)
{
	return moment_now_us(m) / 1000;
}

int64_t moment_of(const struct moments *m, int64_t wall_ms)
{
	return moment_now(m) - (int64_t)((double)(clock_wall_ms() - wall_ms) * m->scale);
}

int64_t moment_wait_s(const struct moments *m, int64_t us)
{
	double seconds = (double)us / m->scale / 1000000.0;
	int64_t whole = (int64_t)seconds;
	if ((double)whole < seconds)
		whole++;
	return whole < 1 ? 1 : whole;
}
