/* list - an intrusive ring. An object is on exactly one list: that of its state. */
#ifndef LIST_H
#define LIST_H

#include <stdbool.h>
#include <stddef.h>

struct link {
	struct link *next, *prev;
};

#define container_of(p, type, member) \
	((type *)(void *)((char *)(p)-offsetof(type, member)))

/* list_each declares pos and walks; the item at pos may be dropped meanwhile.
 * NOLINTBEGIN(bugprone-macro-parentheses): what is declared takes none. */
#define list_each(pos, head) \
	for (struct link *pos = (head)->next, *pos##_n = pos->next; pos != (head); \
	     pos = pos##_n, pos##_n = pos->next)
/* NOLINTEND(bugprone-macro-parentheses) */

static inline void list_init(struct link *head)
{
	head->next = head->prev = head;
}

static inline bool list_empty(const struct link *head)
{
	return head->next == head;
}

static inline void list_push(struct link *head, struct link *item)
{
	item->prev = head->prev;
	item->next = head;
	head->prev->next = item;
	head->prev = item;
}

/* list_drop takes item off its list; harmless when it is on none. */
static inline void list_drop(struct link *item)
{
	item->prev->next = item->next;
	item->next->prev = item->prev;
	item->next = item->prev = item;
}

static inline struct link *list_pop(struct link *head)
{
	struct link *item = head->next;
	if (item == head)
		return NULL;
	head->next = item->next;
	head->next->prev = head;
	list_init(item);
	return item;
}

#endif
