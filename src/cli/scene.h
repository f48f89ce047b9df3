/* scene - what one look at a job shows: the block that watch redraws, or one plain line. */
#ifndef SCENE_H
#define SCENE_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "json.h"

struct scene {
	const char *id;
	const json_t *record;	/* NULL: no worker has read it yet */
	int64_t place;		/* among the ready jobs of its school, from 0; -1: none */
	int64_t left_ms;	/* -1: cannot tell */
	bool worker_online;
	bool redis_away;
	bool unsure;		/* without a record: nobody knows whether it was pushed */
};

/* scene_block adds lines that are at most columns wide. */
void scene_block(const struct scene *s, size_t columns, struct buf *b);

/* scene_line adds the same in one line, without colour and newline. What changes by
 * itself (the time left) is not in it: a new line means news. */
void scene_line(const struct scene *s, struct buf *b);

#endif
