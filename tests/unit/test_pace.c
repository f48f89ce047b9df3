#include "pace.h"

#include "test.h"

TEST("nothing is said before there is something to go by")
{
	struct pace p = {0};
	pace_look(&p, 1000, 0, true);
	CHECK_INT(pace_left_ms(&p, 0, 30), -1);
	pace_look(&p, 2000, 1, true);
	CHECK_INT(pace_left_ms(&p, 1, 30), -1);
}

TEST("the rest takes as long as what was done did")
{
	struct pace p = {0};
	for (int64_t i = 0; i <= 10; i++)
		pace_look(&p, i * 500, i, true);
	CHECK_INT(pace_left_ms(&p, 10, 30), 10000);
}

TEST("what was done before anybody looked does not count")
{
	struct pace p = {0};
	pace_look(&p, 0, 100, true);
	pace_look(&p, 2000, 102, true);
	CHECK_INT(pace_left_ms(&p, 102, 104), 2000);
}

TEST("time spent waiting for Microsoft does not count")
{
	struct pace p = {0};
	pace_look(&p, 0, 0, true);
	pace_look(&p, 2000, 4, true);
	pace_look(&p, 62000, 4, false);
	CHECK_INT(pace_left_ms(&p, 4, 8), 2000);
}

TEST("the pace of late counts more than that of long ago")
{
	struct pace p = {0};
	int64_t now_ms = 0, done = 0;
	for (; done < 100; done++, now_ms += 1000)
		pace_look(&p, now_ms, done, true);
	for (; done < 400; done++, now_ms += 100)
		pace_look(&p, now_ms, done, true);
	CHECK(pace_left_ms(&p, done, done + 100) < 30000);
}

TEST("a job that starts over is measured anew")
{
	struct pace p = {0};
	pace_look(&p, 0, 20, true);
	pace_look(&p, 2000, 30, true);
	pace_look(&p, 3000, 0, true);
	CHECK_INT(pace_left_ms(&p, 0, 30), -1);
}

TEST("at the end nothing is left to say")
{
	struct pace p = {0};
	pace_look(&p, 0, 0, true);
	pace_look(&p, 5000, 10, true);
	CHECK_INT(pace_left_ms(&p, 10, 10), -1);
}
