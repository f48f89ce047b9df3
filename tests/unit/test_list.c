#include "list.h"

#include "test.h"

struct thing {
	int number;
	struct link link;
};

static int number_of(struct link *l)
{
	return container_of(l, struct thing, link)->number;
}

TEST("what is pushed first is popped first")
{
	struct link head;
	struct thing a = {.number = 1}, b = {.number = 2};
	list_init(&head);
	CHECK(list_empty(&head));
	CHECK(!list_pop(&head));
	list_push(&head, &a.link);
	list_push(&head, &b.link);
	CHECK(!list_empty(&head));
	CHECK_INT(number_of(list_pop(&head)), 1);
	CHECK_INT(number_of(list_pop(&head)), 2);
	CHECK(list_empty(&head));
}

TEST("an item may be dropped from the middle, and twice")
{
	struct link head;
	struct thing things[3] = {{.number = 1}, {.number = 2}, {.number = 3}};
	list_init(&head);
	for (int i = 0; i < 3; i++)
		list_push(&head, &things[i].link);
	list_drop(&things[1].link);
	list_drop(&things[1].link);
	CHECK_INT(number_of(list_pop(&head)), 1);
	CHECK_INT(number_of(list_pop(&head)), 3);
	CHECK(!list_pop(&head));
}

TEST("a walk may drop the item it stands on")
{
	struct link head;
	struct thing things[6];
	list_init(&head);
	for (int i = 0; i < 6; i++) {
		things[i].number = i;
		list_push(&head, &things[i].link);
	}
	int seen = 0;
	list_each (l, &head) {
		seen++;
		if (number_of(l) % 2)
			list_drop(l);
	}
	CHECK_INT(seen, 6);
	for (int want = 0; want < 6; want += 2)
		CHECK_INT(number_of(list_pop(&head)), want);
	CHECK(list_empty(&head));
}

TEST("an item moves from one list to another")
{
	struct link waiting, running;
	struct thing t = {.number = 7};
	list_init(&waiting);
	list_init(&running);
	list_push(&waiting, &t.link);
	list_drop(&t.link);
	list_push(&running, &t.link);
	CHECK(list_empty(&waiting));
	CHECK_INT(number_of(list_pop(&running)), 7);
}
