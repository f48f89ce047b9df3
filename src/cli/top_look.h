/*
 * top_look - one look at a queue that moves: what top shows.
 */
#ifndef TOP_LOOK_H
#define TOP_LOOK_H

#include "cli.h"

/* top_look reads everything into one object; NULL and *e while Redis is away. The caller
 * owns it.
 *
 *	now, alive, inbox, queued, running, dead, ended	  numbers as they stand
 *	waiting_for_microsoft, waiting_for_their_time
 *	oldest_ms	how long the longest waiting of the schools' first jobs has
 *	paused		see pause.h
 *	workers		worker, host, seen, running, and jobs: id, type, school, class, waiting
 */
json_t *top_look(struct cli *c, struct err *e);

#endif
