/* when - points in time as people type them. */
#ifndef WHEN_H
#define WHEN_H

#include <stdint.h>

#include "err.h"

/* when_read takes "10:42" (the next one), "2026-11-22T10:42[:07]" or with a blank for T,
 * both in local time or with a Z at the end, "+30m" (s, m, h, d) or epoch milliseconds. */
int when_read(const char *text, int64_t now_ms, int64_t *at_ms, struct err *e) MUST_CHECK;

#endif
