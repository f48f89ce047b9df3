/* index - see index.h. */
#include "index.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

/* Longer values are filed under their beginning: entries are candidates, and
 * whoever asks compares again. */
#define KEY_ROOM 256

static void key_of(char key[KEY_ROOM], const char *field, const char *value)
{
	size_t n = 0;
	for (; *field && n < KEY_ROOM - 2; field++)
		key[n++] = (char)tolower((unsigned char)*field);
	key[n++] = '=';
	for (; *value && n < KEY_ROOM - 1; value++)
		key[n++] = (char)tolower((unsigned char)*value);
	key[n] = '\0';
}

void index_init(struct index *x)
{
	map_init(&x->map);
}

void index_clear(struct index *x)
{
	size_t at = 0;
	const char *key;
	void *entries;
	while (map_next(&x->map, &at, &key, &entries)) {
		free(((struct entries *)entries)->items);
		free(entries);
	}
	map_clear(&x->map);
}

void index_add(struct index *x, const char *field, const char *value, void *item)
{
	if (!value)
		return;
	char key[KEY_ROOM];
	key_of(key, field, value);
	struct entries *e = map_get(&x->map, key);
	if (!e) {
		e = xcalloc(1, sizeof(*e));
		map_set(&x->map, key, e);
	}
	if (e->count == e->room) {
		e->room = e->room ? e->room * 2 : 1;
		e->items = xrealloc(e->items, e->room * sizeof(void *));
	}
	e->items[e->count++] = item;
}

void index_drop(struct index *x, const char *field, const char *value, void *item)
{
	if (!value)
		return;
	char key[KEY_ROOM];
	key_of(key, field, value);
	struct entries *e = map_get(&x->map, key);
	for (size_t i = 0; e && i < e->count; i++) {
		if (e->items[i] != item)
			continue;
		memmove(e->items + i, e->items + i + 1, (e->count - i - 1) * sizeof(void *));
		e->count--;
		break;
	}
	if (e && !e->count) {
		free(e->items);
		free(map_drop(&x->map, key));
	}
}

const struct entries *index_get(const struct index *x, const char *field, const char *value)
{
	char key[KEY_ROOM];
	key_of(key, field, value);
	return map_get(&x->map, key);
}
