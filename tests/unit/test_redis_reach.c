/* From a host's name to a connected wire. */
#include <unistd.h>

#include "redis_int.h"
#include "redis_seen.h"

struct end {
	struct reach *reach;
	struct wire *wire;
	int reacheds, unreacheds;
	char why[384];
};

static void reached(void *owner, struct wire *wire)
{
	struct end *n = owner;
	n->reacheds++;
	n->wire = wire;
}

static void unreached(void *owner, const struct err *why)
{
	struct end *n = owner;
	n->unreacheds++;
	text_copy(n->why, sizeof n->why, why->text);
}

static const struct reach_events events = {reached, unreached};

static void begin_reach(struct end *n, const char *host, int port, int64_t limit_ms)
{
	rig.loop = loop_new();
	n->reach = reach_new(rig.loop, NULL, &events, n);
	reach_begin(n->reach, host, port, limit_ms);
	CHECK_INT(n->reacheds + n->unreacheds, 0);
}

static void end_reach(struct end *n)
{
	if (n->wire)
		wire_close(n->wire);
	reach_free(n->reach);
	loop_free(rig.loop);
}

TEST("a name is looked up, and whichever of its addresses listens is reached")
{
	struct end n = {0};
	int port, fd = loopback_listen(&port); /* on 127.0.0.1; localhost may be ::1 as well */
	begin_reach(&n, "localhost", port, 2000);
	WAIT(n.reacheds == 1);
	CHECK_INT(n.unreacheds, 0);
	close(fd);
	end_reach(&n);
}

TEST("when the last address has refused, that is told once")
{
	struct end n = {0};
	begin_reach(&n, "localhost", free_port(), 2000);
	WAIT(n.unreacheds == 1);
	CHECK_HAS(n.why, "refused");
	reach_begin(n.reach, "/nowhere/redis.sock", 0, 2000);
	WAIT(n.unreacheds == 2);
	CHECK_HAS(n.why, "No such file");
	NEVER(n.unreacheds > 2 || n.reacheds, 50);
	end_reach(&n);
}

TEST("a name that nobody knows, or no one answers for, is told within the limit")
{
	struct end n = {0};
	int64_t began_ms = clock_mono_ms();
	begin_reach(&n, "nobody.invalid", 6379, 300);
	WAIT(n.unreacheds == 1);
	CHECK(clock_mono_ms() - began_ms < 1500);
	CHECK(n.why[0] != '\0');
	end_reach(&n);
}

TEST("after it was stopped nothing is told, also when a lookup or a connect still ends")
{
	struct end n = {0};
	int port, fd = loopback_listen(&port);
	begin_reach(&n, "localhost", port, 2000);
	reach_stop(n.reach);
	NEVER(n.reacheds || n.unreacheds, 100);
	reach_begin(n.reach, "127.0.0.1", port, 2000);
	WAIT(n.reacheds == 1); /* and it may begin anew */
	close(fd);
	end_reach(&n);
}

TEST("it may be freed while a lookup runs")
{
	struct end n = {0};
	begin_reach(&n, "localhost", 1, 2000);
	end_reach(&n);
	CHECK_INT(n.reacheds + n.unreacheds, 0);
}
