/* map - text to pointer. Keys are copied; values are borrowed. */
#ifndef MAP_H
#define MAP_H

#include <stddef.h>

struct map {
	struct map_slot *slots;	/* owned */
	size_t count;		/* entries */
	size_t used, room;	/* slots no longer fresh, and all of them */
};

void map_init(struct map *m);
void map_clear(struct map *m);
void *map_get(const struct map *m, const char *key);	/* or NULL */

/* map_set stores value (not NULL) and returns what was there before, or NULL. */
void *map_set(struct map *m, const char *key, void *value);
void *map_drop(struct map *m, const char *key);	/* what was there, or NULL */

/* map_next walks all entries in no order: start with *at = 0; false at the
 * end. The map must not change meanwhile, save by dropping the entry given,
 * whose key is gone with it. */
int map_next(const struct map *m, size_t *at, const char **key, void **value);

#endif
