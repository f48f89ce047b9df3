/*
 * throttle - Microsoft's quotas as token buckets (graph.md 6.1), in moments.
 *
 * A request takes from every bucket it falls under, or from none and is refused.
 * One that comes while its bucket is still refusing costs, too, so that whoever
 * retries early waits longer.
 */
#ifndef THROTTLE_H
#define THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "map.h"

struct call;

struct throttle {
	struct map buckets;
	size_t sweep_at;	/* buckets; then full ones are forgotten */
	bool off;
};

void throttle_init(struct throttle *t);
void throttle_clear(struct throttle *t);

/* throttle_admit lets the call pass, or replies 429. */
bool throttle_admit(struct call *c);

/* throttle_refuse replies 429 with a Retry-After of so many seconds, in the form
 * that the settings ask for. */
void throttle_refuse(struct call *c, int64_t seconds);
void throttle_retry_after(struct call *c, int64_t seconds);

#endif
