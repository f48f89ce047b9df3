/* stats - what was asked, how often, and how well-behaved the asking was. */
#ifndef STATS_H
#define STATS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "map.h"

struct call;

struct stats {
	int64_t http_requests;		/* exchanges, without the control's own */
	int64_t graph_requests;		/* a batch counts as its entries */
	int64_t batches, token_requests;
	int64_t throttled;		/* answers with status 429 */
	int64_t early_retries;		/* the same request again before Retry-After was over */
	int64_t early_polls;		/* an operation read again within 30 s (moments) */
	int64_t in_flight, max_parallel;
	int64_t first_ms, last_ms;	/* wall clock */
	struct map by_route, by_status, by_tenant, by_team;	/* to owned int64_t */
	struct map waits;		/* request to the time it was asked to wait for */
	struct map polls;		/* operation to the moment of the last look */
};

void stats_init(struct stats *s);
void stats_clear(struct stats *s);

void stats_request(struct stats *s);		/* an exchange has come */
void stats_answered(struct stats *s);		/* and is answered */
void stats_arrived(struct stats *s, const struct call *c);	/* a Graph request */
void stats_replied(struct stats *s, const struct call *c);
void stats_told(struct stats *s, const struct call *c, int64_t seconds);
json_t *stats_report(const struct stats *s);

#endif
