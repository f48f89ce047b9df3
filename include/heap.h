/* heap - an intrusive binary heap: the smallest key first. */
#ifndef HEAP_H
#define HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_item {
	int64_t key;
	size_t place;		/* 0: in no heap */
};

struct heap {
	struct heap_item **items;	/* owned; items[0] is not used */
	size_t count, room;
};

void heap_init(struct heap *h);

/* heap_clear frees the array, not the items: those still in it must be alive,
 * and are in no heap afterwards. */
void heap_clear(struct heap *h);

void heap_add(struct heap *h, struct heap_item *item, int64_t key);
void heap_drop(struct heap *h, struct heap_item *item);	/* harmless if not in */
void heap_move(struct heap *h, struct heap_item *item, int64_t key);
struct heap_item *heap_first(const struct heap *h);	/* or NULL */

static inline bool heap_has(const struct heap_item *item)
{
	return item->place != 0;
}

#endif
