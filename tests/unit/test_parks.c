/* What Microsoft said to leave alone, from one worker to the others. */
#include <stdio.h>

#include "worker_rig.h"

static struct mate *b;

static void two_workers(void)
{
	begin(0);
	b = rig_mate("b", 0);
}

TEST("what one worker was told the others know within a beat, and for as long as it says")
{
	two_workers();
	queue_park(a->queue, "tenant:t 1:team_create", 30000);
	WAIT(b->parks);
	CHECK_STR(b->parked, "tenant:t 1:team_create");
	CHECK(b->park_ms > 28000 && b->park_ms <= 30000);
	end();
}

TEST("a worker that enters later is told what is still parked")
{
	two_workers();
	queue_park(a->queue, "app", 30000);
	WAIT(b->parks);
	struct mate *c = rig_mate("c", 0);
	CHECK_STR(c->parked, "app");
	CHECK(c->park_ms > 20000);
	end();
}

TEST("it is told once, and again only when it is said again")
{
	two_workers();
	queue_park(a->queue, "app", 30000);
	WAIT(b->parks);
	NEVER(b->parks > 2, 1500);
	int told = b->parks;
	queue_park(a->queue, "app", 50000);
	WAIT(b->parks > told);
	CHECK(b->park_ms > 48000);
	end();
}

TEST("a shorter pause does not make a longer one shorter")
{
	two_workers();
	queue_park(a->queue, "app", 50000);
	queue_park(a->queue, "app", 1000);
	WAIT(b->parks);
	CHECK(b->park_ms > 48000);
	end();
}

TEST("what is over is told to nobody and kept nowhere")
{
	two_workers();
	queue_park(a->queue, "app", 20);
	queue_park(a->queue, "tenant:t", 0);
	WAIT(rig_number("ZCARD " P "parks") == 0);
	CHECK_INT(rig_number("EXISTS " P "parks " P "parks_said"), 0);
	struct mate *c = rig_mate("c", 0);
	CHECK_INT(c->parks, 0);
	end();
}
