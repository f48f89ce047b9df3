/*
 * rate - how often somebody may: so many a second, and a number at a blow. What is kept has a
 * fixed size; whoever asked longest ago is forgotten first, which is no harm to them.
 */
#ifndef RATE_H
#define RATE_H

#include <stdint.h>

struct rates;

struct rates *rates_new(void);
void rates_free(struct rates *r);

/* rates_take counts one request of who, in a kind of requests that has its own count. It
 * returns 0, or how many ms to wait, and then the request does not count. */
int64_t rates_take(struct rates *r, const char *kind, const char *who, double a_second, int at_once);

#endif
