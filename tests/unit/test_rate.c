/* How often somebody may ask. */
#include "rate.h"

#include <sodium.h>
#include <stdio.h>

#include "clock.h"
#include "test.h"

static struct rates *begin(void)
{
	clock_fake(0, 1000000);
	return rates_new();
}

TEST("so many may come at a blow, and then one for each token that has dropped")
{
	struct rates *r = begin();
	for (int i = 0; i < 20; i++)
		CHECK_INT(rates_take(r, "key", "a", 10, 20), 0);
	CHECK_INT(rates_take(r, "key", "a", 10, 20), 100);
	clock_advance(99);
	CHECK_INT(rates_take(r, "key", "a", 10, 20), 1);
	clock_advance(1);
	CHECK_INT(rates_take(r, "key", "a", 10, 20), 0);
	CHECK_INT(rates_take(r, "key", "a", 10, 20), 100);
	rates_free(r);
}

TEST("whoever was refused waits no longer for having asked again and again")
{
	struct rates *r = begin();
	CHECK_INT(rates_take(r, "key", "a", 1, 1), 0);
	for (int i = 0; i < 1000; i++)
		CHECK_INT(rates_take(r, "key", "a", 1, 1), 1000);
	clock_advance(1000);
	CHECK_INT(rates_take(r, "key", "a", 1, 1), 0);
	rates_free(r);
}

TEST("over a minute as many pass as the rate says, and the blow on top")
{
	struct rates *r = begin();
	int passed = 0;
	for (int ms = 0; ms < 60000; ms++) {
		for (int i = 0; i < 2; i++)
			passed += rates_take(r, "key", "a", 50, 500) == 0;
		clock_advance(1);
	}
	CHECK(passed >= 3000 + 499 && passed <= 3000 + 500);
	rates_free(r);
}

TEST("half a request a second is one in two seconds")
{
	struct rates *r = begin();
	CHECK_INT(rates_take(r, "wrong", "a", 0.5, 1), 0);
	CHECK_INT(rates_take(r, "wrong", "a", 0.5, 1), 2000);
	rates_free(r);
}

TEST("one caller's requests, and those of another kind, take nothing from the next")
{
	struct rates *r = begin();
	CHECK_INT(rates_take(r, "key", "a", 1, 1), 0);
	CHECK_INT(rates_take(r, "key", "b", 1, 1), 0);
	CHECK_INT(rates_take(r, "staff", "a", 1, 1), 0);
	CHECK_INT(rates_take(r, "ke", "ya", 1, 1), 0);
	CHECK_INT(rates_take(r, "key", "a", 1, 1), 1000);
	rates_free(r);
}

TEST("a bucket is never fuller than full, however long nobody came")
{
	struct rates *r = begin();
	CHECK_INT(rates_take(r, "key", "a", 10, 3), 0);
	clock_advance(86400000);
	for (int i = 0; i < 3; i++)
		CHECK_INT(rates_take(r, "key", "a", 10, 3), 0);
	CHECK(rates_take(r, "key", "a", 10, 3) > 0);
	rates_free(r);
}

TEST_SLOW("ten thousand busy callers keep their counts while a million strangers pass by")
{
	struct rates *r = begin();
	char name[32];
	int kept = 0;
	for (int i = 0; i < 10000; i++) {
		(void)snprintf(name, sizeof name, "busy-%d", i);
		for (int n = 0; n < 5; n++)
			(void)rates_take(r, "address", name, 0.001, 5);
	}
	for (int i = 0; i < 1000000; i++) {
		(void)snprintf(name, sizeof name, "stranger-%d", i);
		(void)rates_take(r, "address", name, 1000, 10);
	}
	for (int i = 0; i < 10000; i++) {
		(void)snprintf(name, sizeof name, "busy-%d", i);
		kept += rates_take(r, "address", name, 0.001, 5) > 0;
	}
	CHECK(kept > 9900);
	rates_free(r);
}
