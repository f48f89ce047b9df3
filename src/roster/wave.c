/* wave - how many learners go into the next members/add (house.md 5.1). */
#include "roster.h"

enum { ABOUT_MS = 1000 };

static size_t within(size_t n, size_t least, size_t most)
{
	return n < least ? least : n > most ? most : n;
}

void wave_start(struct wave *w, size_t learners, bool background, int fixed)
{
	w->cap = fixed > 0 ? (size_t)fixed : WAVE_MOST;
	w->most = w->cap;
	w->timed = !background && learners >= WAVES_FROM;
	w->size = w->timed ? within(WAVE_FIRST, 1, w->most) : w->most;
}

void wave_cap(struct wave *w, size_t most)
{
	w->cap = within(w->cap, 1, most);
	w->most = within(w->most, 1, w->cap);
	w->size = within(w->size, 1, w->most);
}

void wave_went(struct wave *w, size_t sent, int64_t took_ms, bool throttled)
{
	w->most = within(w->most * 2, 1, w->cap);
	if (!w->timed) {
		w->size = w->most;
		return;
	}
	size_t per_second = sent * ABOUT_MS / (size_t)(took_ms < 1 ? 1 : took_ms);
	w->size = throttled ? w->size * 2 : per_second;
	w->size = within(within(w->size, WAVE_FIRST, w->cap), 1, w->most);
}

void wave_refused(struct wave *w, size_t sent)
{
	w->most = within(sent / 2, 1, WAVE_MOST);
	w->size = within(w->size, 1, w->most);
}
