/* How many learners go into the next members/add. */
#include "roster.h"
#include "test.h"

static struct wave w;

TEST("a small class goes in one wave, a person or not")
{
	wave_start(&w, 19, false, 0);
	CHECK_INT(w.size, 200);
	wave_start(&w, 0, false, 0);
	CHECK_INT(w.size, 200);
}

TEST("a person who waits on twenty or more sees the first five soon")
{
	wave_start(&w, 20, false, 0);
	CHECK_INT(w.size, 5);
	wave_start(&w, 5000, false, 0);
	CHECK_INT(w.size, 5);
}

TEST("the night run goes in waves of two hundred, however slow they are")
{
	wave_start(&w, 5000, true, 0);
	CHECK_INT(w.size, 200);
	wave_went(&w, 200, 9000, false);
	CHECK_INT(w.size, 200);
	wave_went(&w, 200, 100, true);
	CHECK_INT(w.size, 200);
}

TEST("the next wave is sized to last about a second")
{
	wave_start(&w, 500, false, 0);
	wave_went(&w, 5, 250, false);
	CHECK_INT(w.size, 20);
	wave_went(&w, 20, 2000, false);
	CHECK_INT(w.size, 10);
	wave_went(&w, 10, 100, false);
	CHECK_INT(w.size, 100);
}

TEST("a wave has no fewer than five and no more than two hundred")
{
	wave_start(&w, 500, false, 0);
	wave_went(&w, 5, 60000, false);
	CHECK_INT(w.size, 5);
	wave_went(&w, 5, 0, false);
	CHECK_INT(w.size, 200);
	wave_went(&w, 5, -1, false);
	CHECK_INT(w.size, 200);
}

TEST("a wave that grew to the most shrinks again when Microsoft gets slow")
{
	wave_start(&w, 500, false, 0);
	wave_went(&w, 5, 5, false);
	CHECK_INT(w.size, 200);
	wave_went(&w, 200, 8000, false);
	CHECK_INT(w.size, 25);
}

TEST("a wave that was throttled doubles the next one")
{
	wave_start(&w, 500, false, 0);
	wave_went(&w, 5, 30000, true);
	CHECK_INT(w.size, 10);
	wave_went(&w, 10, 30000, true);
	CHECK_INT(w.size, 20);
	for (int i = 0; i < 8; i++)
		wave_went(&w, w.size, 30000, true);
	CHECK_INT(w.size, 200);
}

/* Sends waves until the one bad learner is found; gives how many calls that took. */
static int hunt(size_t learners, size_t culprit, bool background)
{
	size_t done = 0;
	int calls = 0;
	wave_start(&w, learners, background, 0);
	while (done < learners) {
		size_t sent = learners - done < w.size ? learners - done : w.size;
		CHECK(sent >= 1 && calls++ < 200);
		if (culprit < done || culprit >= done + sent) {
			wave_went(&w, sent, 100, false);
			done += sent;
		} else if (sent == 1) {
			done++; /* it stands alone, and has its row */
			wave_refused(&w, sent);
		} else {
			wave_refused(&w, sent);
		}
	}
	return calls;
}

TEST("a wave that is refused as a whole is halved until the culprit stands alone")
{
	for (size_t culprit = 0; culprit < 200; culprit += 13) {
		CHECK(hunt(200, culprit, true) <= 25);
		CHECK(hunt(200, culprit, false) <= 40);
	}
	CHECK(hunt(1, 0, false) == 1);
}

TEST("after the culprit the waves grow back to what they were")
{
	wave_start(&w, 1000, true, 0);
	for (size_t sent = 200; sent > 0; sent /= 2)
		wave_refused(&w, sent);
	CHECK_INT(w.size, 1);
	for (int i = 0; i < 10; i++)
		wave_went(&w, w.size, 5000, false);
	CHECK_INT(w.size, 200);
}

TEST("a fixed wave stays as it was set")
{
	wave_start(&w, 500, false, 1);
	CHECK_INT(w.size, 1);
	wave_went(&w, 1, 1, false);
	CHECK_INT(w.size, 1);
	wave_went(&w, 1, 1, true);
	CHECK_INT(w.size, 1);
	wave_refused(&w, 1);
	CHECK_INT(w.size, 1);
	wave_start(&w, 500, true, 20);
	CHECK_INT(w.size, 20);
	wave_went(&w, 20, 1, false);
	CHECK_INT(w.size, 20);
	wave_start(&w, 500, false, 3);
	CHECK_INT(w.size, 3);
}

TEST("where Microsoft takes fewer at once no wave is larger, not even after a good one")
{
	wave_start(&w, 100, true, 0);
	wave_cap(&w, 20);
	CHECK_INT(w.size, 20);
	wave_went(&w, 20, 10, false);
	CHECK_INT(w.size, 20);
	wave_refused(&w, 20);
	CHECK_INT(w.size, 10);
	wave_start(&w, 100, false, 1);
	wave_cap(&w, 20);
	CHECK_INT(w.size, 1);
}
