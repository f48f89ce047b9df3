/* lanes_rig - one worker in front of a queue, and its lanes filled. */
#ifndef LANES_RIG_H
#define LANES_RIG_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker_rig.h"

/* The next job that a worker with room for one takes; it is finished at once. */
static inline const char *next_job(struct mate *m)
{
	static char id[65];
	m->room = 1;
	queue_room_grew(m->queue);
	WAIT(rig_first(m));
	text_copy(id, sizeof id, rig_first(m)->ticket.id);
	m->room = 0;
	rig_done(m, id);
	WAIT(queue_is_said(m->queue));
	return id;
}

static inline void push_lane(
    const char *name, const char *school, int from, int to, const char *more)
{
	for (int i = from; i < to; i++) {
		char id[32];
		snprintf(id, sizeof id, "%s%d", name, i);
		rig_push(id, "sync-learners", school, id, more);
	}
}

/* All that was pushed is in its lane, and nothing runs. */
static inline void in_lanes(int count)
{
	struct mate *b = rig_mate("admits", 1);
	WAIT(rig_count("queued") + rig_count("running") == count && rig_holds(b) == 1);
	b->room = 0;
	rig_finish(b, rig_first(b), END_RELEASE, false, 0);
	WAIT(rig_count("queued") == count && queue_is_said(b->queue));
	rig_die(b);
}

#endif
