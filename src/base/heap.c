/* heap - an intrusive binary heap. items[1] is the smallest; the children of n
 * are 2n and 2n + 1, and every item knows its place. */
#include "heap.h"

#include <assert.h>
#include <stdlib.h>

#include "buf.h"

enum { ROOM_FIRST = 16 };

static void put(struct heap *h, size_t place, struct heap_item *item)
{
	h->items[place] = item;
	item->place = place;
}

static void sift_up(struct heap *h, struct heap_item *item)
{
	size_t place = item->place;
	for (; place > 1 && h->items[place / 2]->key > item->key; place /= 2)
		put(h, place, h->items[place / 2]);
	put(h, place, item);
}

static void sift_down(struct heap *h, struct heap_item *item)
{
	size_t place = item->place;
	for (;;) {
		size_t child = 2 * place;
		if (child < h->count && h->items[child + 1]->key < h->items[child]->key)
			child++;
		if (child > h->count || h->items[child]->key >= item->key)
			break;
		put(h, place, h->items[child]);
		place = child;
	}
	put(h, place, item);
}

static void settle(struct heap *h, struct heap_item *item)
{
	sift_up(h, item);
	sift_down(h, item);
}

void heap_init(struct heap *h)
{
	*h = (struct heap){0};
}

void heap_clear(struct heap *h)
{
	for (size_t i = 1; i <= h->count; i++)
		h->items[i]->place = 0;
	free(h->items);
	heap_init(h);
}

void heap_add(struct heap *h, struct heap_item *item, int64_t key)
{
	assert(!heap_has(item));
	if (h->count + 1 >= h->room) {
		h->room = h->room ? 2 * h->room : ROOM_FIRST;
		h->items = xrealloc(h->items, h->room * sizeof(struct heap_item *));
	}
	item->key = key;
	put(h, ++h->count, item);
	sift_up(h, item);
}

void heap_drop(struct heap *h, struct heap_item *item)
{
	if (!heap_has(item))
		return;
	struct heap_item *last = h->items[h->count--];
	if (last != item) {
		put(h, item->place, last);
		settle(h, last);
	}
	item->place = 0;
}

void heap_move(struct heap *h, struct heap_item *item, int64_t key)
{
	assert(heap_has(item));
	item->key = key;
	settle(h, item);
}

struct heap_item *heap_first(const struct heap *h)
{
	return h->count ? h->items[1] : NULL;
}
