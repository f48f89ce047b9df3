#include "heap.h"

#include "test.h"

enum { MANY = 2000 };

static uint32_t seed = 12345;

/* A fixed sequence, so that a failure comes again. */
static uint32_t next_random(void)
{
	seed = seed * 1664525 + 1013904223;
	return seed >> 8;
}

static void check_order(const struct heap *h)
{
	for (size_t i = 1; i <= h->count; i++) {
		CHECK_INT(h->items[i]->place, i);
		if (i > 1)
			CHECK(h->items[i / 2]->key <= h->items[i]->key);
	}
}

TEST("an empty heap has no first")
{
	struct heap h;
	heap_init(&h);
	CHECK(!heap_first(&h));
	heap_clear(&h);
}

TEST("items come out smallest first, whatever order they went in")
{
	static struct heap_item items[MANY];
	struct heap h;
	heap_init(&h);
	for (int i = 0; i < MANY; i++)
		heap_add(&h, &items[i], next_random() % 500);
	check_order(&h);
	int64_t last = -1;
	for (int i = 0; i < MANY; i++) {
		struct heap_item *item = heap_first(&h);
		CHECK(item->key >= last);
		last = item->key;
		heap_drop(&h, item);
		CHECK(!heap_has(item));
	}
	CHECK(!heap_first(&h));
	heap_clear(&h);
}

TEST("items may be dropped from anywhere, moved up and down")
{
	static struct heap_item items[MANY];
	struct heap h;
	heap_init(&h);
	for (int round = 0; round < 20 * MANY; round++) {
		struct heap_item *item = &items[next_random() % MANY];
		if (!heap_has(item))
			heap_add(&h, item, next_random() % 1000);
		else if (next_random() % 2)
			heap_move(&h, item, next_random() % 1000);
		else
			heap_drop(&h, item);
		if (round % 1000 == 0)
			check_order(&h);
	}
	check_order(&h);
	size_t inside = 0;
	for (int i = 0; i < MANY; i++)
		inside += heap_has(&items[i]);
	CHECK_INT(inside, h.count);
	heap_clear(&h);
}

TEST("dropping an item that is in no heap changes nothing")
{
	struct heap_item in = {0}, out = {0};
	struct heap h;
	heap_init(&h);
	heap_add(&h, &in, INT64_MIN);
	heap_drop(&h, &out);
	CHECK_INT(h.count, 1);
	CHECK(heap_first(&h) == &in);
	heap_clear(&h);
}

TEST("items of a cleared heap are in no heap and may be added again")
{
	struct heap_item item = {0};
	struct heap h;
	heap_init(&h);
	heap_add(&h, &item, 1);
	heap_clear(&h);
	CHECK(!heap_has(&item));
	heap_add(&h, &item, INT64_MAX);
	CHECK(heap_first(&h) == &item);
	heap_clear(&h);
}
