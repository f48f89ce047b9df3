/* batch - the $batch envelope: up to 20 requests in one (graph.md 7). */
#ifndef BATCH_H
#define BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "json.h"

/* batch_new is an empty envelope; the caller owns it. */
json_t *batch_new(void);

/* batch_get appends a GET of url, relative to the root; its id is n. */
void batch_get(json_t *batch, size_t n, const char *url);

/* batch_delete appends a DELETE in the same way. */
void batch_delete(json_t *batch, size_t n, const char *url);

/* batch_entry finds the answer to the request of id n, or NULL. */
const json_t *batch_entry(const json_t *answer, size_t n);

/* batch_status is the status of an entry, 0 if it makes no sense. */
int batch_status(const json_t *entry);

/* batch_retry_ms is the pause that a throttled entry asks for. */
int64_t batch_retry_ms(const json_t *entry, int64_t fallback_ms);

/* batch_pause_ms is the longest pause that a throttled entry (429) asks for: -1 if none
 * is throttled, 0 if those that are do not say. */
int64_t batch_pause_ms(const json_t *answer);

/* batch_cost adds up what the requests of an envelope cost. */
int batch_cost(const json_t *batch);

#endif
