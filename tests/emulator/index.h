/* index - many things under one text, any case: who has this address. */
#ifndef INDEX_H
#define INDEX_H

#include <stddef.h>

#include "map.h"

struct index {
	struct map map;
};

struct entries {
	void **items;		/* owned by the index */
	size_t count, room;
};

void index_init(struct index *x);
void index_clear(struct index *x);

/* Entries are filed under a field's name and a value of it. NULL is not filed. */
void index_add(struct index *x, const char *field, const char *value, void *item);
void index_drop(struct index *x, const char *field, const char *value, void *item);
const struct entries *index_get(const struct index *x, const char *field, const char *value);

#endif
