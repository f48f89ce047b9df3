/*
 * parks - what Microsoft said to leave alone, told to the other workers and heard from them.
 *
 * Pauses travel as what is left of them, so no two clocks are compared. What is said while
 * Redis is away is not said again: whoever does not hear of it is told by Microsoft.
 */
#include "queue_int.h"

void queue_park(struct queue *q, const char *scope, int64_t pause_ms)
{
	struct words w;
	if (pause_ms <= 0)
		return;
	words_init(&w);
	words_add(&w, "FCALL");
	words_add(&w, "rollcall1_park");
	words_add(&w, "1");
	words_add(&w, q->inbox);
	words_add(&w, q->worker);
	words_add(&w, scope);
	words_int(&w, pause_ms);
	redis_send(q->redis, &w, CALL_TIMEOUT_MS, NULL, NULL);
	words_clear(&w);
}

void queue_hear_parks(struct queue *q, const struct reply *parks)
{
	for (size_t i = 0; q->events.parked && i + 1 < reply_count(parks); i += 2) {
		const char *scope = reply_text(reply_at(parks, i), NULL);
		int64_t pause_ms = reply_number(reply_at(parks, i + 1));
		if (scope && pause_ms > 0)
			q->events.parked(q->ctx, scope, pause_ms);
	}
}
