/* The three counters of the governor, each against the rule it stands for. */
#include "gate.h"
#include "test.h"

enum { US_PER_S = 1000000 };

/* most_in counts how many of the sorted times fall into the fullest stretch. */
static int most_in(const int64_t *times, int count, int64_t stretch_us)
{
	int most = 0;
	for (int from = 0, to = 0; to < count; to++) {
		while (times[to] - times[from] >= stretch_us)
			from++;
		if (to - from + 1 > most)
			most = to - from + 1;
	}
	return most;
}

/* drain takes from a pace whenever it opens, late_us late, for seconds. */
static int drain(const struct rate *r, int64_t *times, int room, int64_t late_us, int seconds)
{
	struct pace p = {0};
	int64_t start_us = 7 * US_PER_S, now_us = start_us;
	int count = 0;
	while (now_us < start_us + (int64_t)seconds * US_PER_S && count < room) {
		int64_t opens_us = pace_opens_us(&p, r);
		if (opens_us > now_us) {
			now_us = opens_us + late_us;
			continue;
		}
		pace_take(&p, r, now_us, 1);
		times[count++] = now_us;
	}
	return count;
}

TEST("a pace lets no more than its quota go in any second")
{
	static int64_t times[20000];
	static const int quotas[] = {1, 2, 4, 10, 30, 60, 100, 300, 1200};
	for (size_t i = 0; i < sizeof quotas / sizeof *quotas; i++) {
		struct rate r = rate_of(quotas[i], 1, 1);
		int count = drain(&r, times, 20000, 0, 12);
		CHECK(most_in(times, count, US_PER_S) <= quotas[i]);
	}
}

TEST("a pace lets no more than its quota go in any second of a clock twenty times as fast")
{
	static int64_t times[20000];
	static const int quotas[] = {1, 10, 30, 60, 100};
	for (size_t i = 0; i < sizeof quotas / sizeof *quotas; i++) {
		struct rate r = rate_of(quotas[i], 20, 1);
		int count = drain(&r, times, 20000, 0, 5);
		CHECK(most_in(times, count, US_PER_S / 20) <= quotas[i]);
	}
}

TEST("a pace spends 96 percent of its quota")
{
	static int64_t times[20000];
	struct rate r = rate_of(60, 1, 1);
	CHECK_INT(drain(&r, times, 20000, 0, 100), 96 * 60 + 2);
}

TEST("timers that come late do not slow a pace down")
{
	static int64_t times[20000];
	struct rate r = rate_of(30, 1, 1);
	int on_time = drain(&r, times, 20000, 0, 100);
	int late = drain(&r, times, 20000, 15000, 100);
	CHECK(late >= on_time - 1);
	r = rate_of(10, 20, 1);
	on_time = drain(&r, times, 20000, 0, 50);
	late = drain(&r, times, 20000, 1500, 50);
	CHECK(late >= on_time - 1);
}

TEST("a pace does not save up while nobody calls")
{
	struct rate r = rate_of(10, 1, 1);
	struct pace p = {0};
	int64_t now_us = 3600LL * US_PER_S;
	pace_take(&p, &r, now_us, 1);
	CHECK(pace_opens_us(&p, &r) > now_us);
}

TEST("a call that costs more holds the next one back for longer")
{
	struct rate r = rate_of(350, 1, 1);
	struct pace p = {0};
	pace_take(&p, &r, US_PER_S, 20);
	int64_t opens_us = pace_opens_us(&p, &r) - US_PER_S;
	CHECK(opens_us > 39000);
	CHECK(opens_us < 40000);
}

TEST("of four workers each has a quarter of a quota")
{
	struct rate whole = rate_of(60, 1, 1), quarter = rate_of(60, 1, 4);
	CHECK(quarter.unit_ns >= 4 * whole.unit_ns - 4);
	CHECK(quarter.unit_ns <= 4 * whole.unit_ns);
}

TEST("slots let four go at once and the fifth when the first is over a second old")
{
	struct slot_rule r = slot_rule_of(4, 1, 1);
	struct slots s = {0};
	int64_t now_us = 50 * US_PER_S;
	for (int i = 0; i < 4; i++) {
		CHECK(slots_open_us(&s, &r) <= now_us);
		slots_take(&s, &r, now_us + i * 1000);
	}
	CHECK_INT(slots_open_us(&s, &r), now_us + 1041667);
	slots_take(&s, &r, now_us + 1041667);
	CHECK_INT(slots_open_us(&s, &r), now_us + 1000 + 1041667);
	CHECK_INT(slots_empty_us(&s), now_us + 2 * 1041667);
}

TEST("slots of a rule without a count are always open")
{
	struct slot_rule none = {0};
	struct slots s = {0};
	slots_take(&s, &none, US_PER_S);
	CHECK_INT(slots_open_us(&s, &none), 0);
	CHECK_INT(slots_empty_us(&s), 0);
}

TEST("a fast clock shortens slots but leaves calls room to overtake each other")
{
	CHECK_INT(slot_rule_of(1, 1, 2).held_us, 520834);
	CHECK_INT(slot_rule_of(1, 1, 20).held_us, 54000);
	CHECK_INT(slot_rule_of(4, 60, 1).held_us, 62500001);
}

/* fail_all fills the window and has all of its calls end in the same trouble. */
static uint64_t fail_all(struct gate *g, enum verdict v, uint64_t number)
{
	uint64_t first = number + 1;
	while (!gate_is_full(g))
		gate_take(g, ++number);
	for (uint64_t n = first; n <= number; n++)
		gate_done(g, v, n, number);
	return number;
}

/* keep_full has so many calls succeed and fills the window up after each. */
static void keep_full(struct gate *g, uint64_t *number, uint64_t *last, int successes)
{
	for (int i = 0; i < successes; i++) {
		while (!gate_is_full(g))
			gate_take(g, ++*last);
		gate_done(g, VERDICT_OK, ++*number, *last);
	}
}

TEST("a new window grows with every success while it is full")
{
	struct gate g;
	uint64_t number = 0, last = 0;
	gate_init(&g, 4, 64);
	keep_full(&g, &number, &last, 4);
	CHECK_INT(g.window, 8);
	keep_full(&g, &number, &last, 56);
	CHECK_INT(g.window, 64);
	keep_full(&g, &number, &last, 1000);
	CHECK_INT(g.window, 64);
}

TEST("after its first trouble a window grows by one with each windowful of successes")
{
	struct gate g;
	gate_init(&g, 8, 64);
	uint64_t last = fail_all(&g, VERDICT_TROUBLE, 0), number = last;
	CHECK_INT(g.window, 4);
	keep_full(&g, &number, &last, 3);
	CHECK_INT(g.window, 4);
	keep_full(&g, &number, &last, 1);
	CHECK_INT(g.window, 5);
	keep_full(&g, &number, &last, 5);
	CHECK_INT(g.window, 6);
}

TEST("after a pause a window of one grows quickly to half of what it was, then slowly")
{
	struct gate g;
	uint64_t number = 0, last = 0;
	gate_init(&g, 16, 64);
	gate_park(&g, 5000, 105, 0);
	gate_park(&g, 6000, 106, 0);
	CHECK_INT(g.window, 1);
	keep_full(&g, &number, &last, 7);
	CHECK_INT(g.window, 8);
	keep_full(&g, &number, &last, 7);
	CHECK_INT(g.window, 8);
	keep_full(&g, &number, &last, 1);
	CHECK_INT(g.window, 9);
}

TEST("a window that is never full does not grow")
{
	struct gate g;
	gate_init(&g, 4, 64);
	for (uint64_t n = 1; n <= 100; n++) {
		gate_take(&g, n);
		gate_done(&g, VERDICT_OK, n, n);
	}
	CHECK_INT(g.window, 4);
}

TEST("trouble halves a window once for all the calls that were out")
{
	struct gate g;
	gate_init(&g, 16, 64);
	uint64_t number = fail_all(&g, VERDICT_TROUBLE, 0);
	CHECK_INT(number, 16);
	CHECK_INT(g.window, 8);
	fail_all(&g, VERDICT_TROUBLE, number);
	CHECK_INT(g.window, 4);
}

TEST("a window is never narrower than one")
{
	struct gate g;
	gate_init(&g, 4, 64);
	uint64_t number = 0;
	for (int i = 0; i < 6; i++)
		number = fail_all(&g, VERDICT_THROTTLED, number);
	CHECK_INT(g.window, 1);
}

TEST("a warning stops the growth of a window and does not narrow it")
{
	struct gate g;
	gate_init(&g, 4, 64);
	uint64_t last = fail_all(&g, VERDICT_TROUBLE, 0), number = last;
	CHECK_INT(g.window, 2);
	keep_full(&g, &number, &last, 1);
	gate_take(&g, ++last);
	gate_done(&g, VERDICT_SLOW_DOWN, ++number, last);
	keep_full(&g, &number, &last, 1);
	CHECK_INT(g.window, 2);
	keep_full(&g, &number, &last, 1);
	CHECK_INT(g.window, 3);
}

TEST("a pause becomes longer and never shorter")
{
	struct gate g;
	gate_init(&g, 8, 64);
	CHECK(gate_park(&g, 5000, 105, 0));
	CHECK(!gate_park(&g, 4000, 104, 0));
	CHECK_INT(g.parked_until_us, 5000);
	CHECK(gate_park(&g, 6000, 106, 0));
	CHECK_INT(g.parked_until_ms, 106);
}

TEST("a pause leaves a window of one, which calls from before it do not widen")
{
	struct gate g;
	gate_init(&g, 2, 64);
	gate_take(&g, 1);
	gate_take(&g, 2);
	gate_park(&g, 5000, 105, 2);
	CHECK_INT(g.window, 1);
	gate_done(&g, VERDICT_OK, 1, 2);
	gate_done(&g, VERDICT_OK, 2, 2);
	CHECK_INT(g.window, 1);
	gate_take(&g, 3);
	gate_done(&g, VERDICT_OK, 3, 3);
	CHECK_INT(g.window, 2);
}

TEST("the pause of our own doubles from 3 s to 3 min and forgets after a success")
{
	static const int64_t wanted_ms[] = {3000, 6000, 12000, 24000, 48000, 96000, 180000, 180000};
	struct gate g;
	gate_init(&g, 1, 1);
	uint64_t number = 0;
	for (size_t i = 0; i < sizeof wanted_ms / sizeof *wanted_ms; i++) {
		number++;
		gate_refused(&g, number);
		CHECK_INT(gate_backoff_ms(&g), wanted_ms[i]);
		gate_park(&g, (int64_t)number * US_PER_S, (int64_t)number, number);
	}
	gate_take(&g, number + 1);
	gate_done(&g, VERDICT_OK, number + 1, number + 1);
	gate_refused(&g, number + 2);
	CHECK_INT(gate_backoff_ms(&g), 3000);
}

TEST("many calls refused together are one refusal")
{
	struct gate g;
	gate_init(&g, 64, 64);
	gate_refused(&g, 1);
	gate_park(&g, US_PER_S, 1, 10);
	for (uint64_t n = 2; n <= 10; n++)
		gate_refused(&g, n);
	CHECK_INT(gate_backoff_ms(&g), 3000);
}
