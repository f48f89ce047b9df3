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
