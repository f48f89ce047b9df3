/* worker_rig - one worker in front of a queue, from the beginning of a test to its end. */
#ifndef WORKER_RIG_H
#define WORKER_RIG_H

#include "queue_rig.h"

static struct mate *a;

static inline void begin(int room)
{
	rig_begin(NULL);
	a = rig_mate("a", room);
}

/* begin, and the worker holds a job j1 of class 8B; more are members to add. */
static inline struct held *claim_one(const char *more)
{
	begin(10);
	rig_push("j1", "sync-learners", "s", "8B", more);
	WAIT(rig_held(a, "j1"));
	return rig_held(a, "j1");
}

static inline void end(void)
{
	rig_recount(false);
	rig_end();
}

/* The end of a test that had records trimmed. */
static inline void end_trimmed(void)
{
	rig_recount(true);
	rig_end();
}

#endif
