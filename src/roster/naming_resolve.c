/*
 * naming_resolve - which of several groups has the nickname that all of them want.
 *
 * The first by id may have the plain one, the second its second choice, and so on, whatever
 * the order of the list; a choice that somebody has, or that is the plain one of another
 * group, is passed over. The Function library decides by the same rules when a class is
 * made (36_names.lua); here stands what will come of it, for all groups of a school.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "map.h"
#include "naming.h"

/* One group on its way to a nickname. */
struct wish {
	struct naming_entry *entry;
	char *key; /* owned: the plain nickname, for comparing; NULL: no name */
};

struct resolving {
	struct wish *wishes; /* owned, by key and id */
	size_t count;
	struct map plain; /* every plain nickname */
	struct map taken; /* every nickname somebody has */
};

static int by_key(const void *a, const void *b)
{
	const struct wish *x = a, *y = b;
	if (!x->key || !y->key)
		return (x->key ? 1 : 0) - (y->key ? 1 : 0);
	int order = strcmp(x->key, y->key);
	return order ? order : strcmp(x->entry->of.id, y->entry->of.id);
}

static void collect(struct resolving *r, struct naming_entry *entries, size_t count)
{
	*r = (struct resolving){.wishes = xcalloc(count + 1, sizeof *r->wishes), .count = count};
	map_init(&r->plain);
	map_init(&r->taken);
	for (size_t i = 0; i < count; i++) {
		char *plain = naming_nickname(&entries[i].of, 1);
		r->wishes[i] = (struct wish){&entries[i], plain ? naming_key(plain) : NULL};
		free(plain);
		if (r->wishes[i].key)
			map_set(&r->plain, r->wishes[i].key, &entries[i]);
		if (!entries[i].chosen)
			continue;
		char *key = naming_key(entries[i].chosen);
		map_set(&r->taken, key, &entries[i]);
		free(key);
	}
	qsort(r->wishes, count, sizeof *r->wishes, by_key);
}

static void choose(struct resolving *r, struct naming_entry *e, int place)
{
	bool found = false;
	for (int nth = place; !found && nth <= NICKNAMES_MAX; nth++) {
		char *nickname = naming_nickname(&e->of, nth);
		char *key = nickname ? naming_key(nickname) : NULL;
		found = key && !map_get(&r->taken, key) && (nth == 1 || !map_get(&r->plain, key));
		if (found) {
			map_set(&r->taken, key, e);
			e->nickname = nickname;
			e->place = nth;
		} else {
			free(nickname);
		}
		free(key);
	}
}

static size_t same_key(const struct resolving *r, size_t first)
{
	size_t n = 1;
	while (first + n < r->count && strcmp(r->wishes[first + n].key, r->wishes[first].key) == 0)
		n++;
	return n;
}

void naming_resolve(struct naming_entry *entries, size_t count)
{
	struct resolving r;
	size_t first = 0;
	collect(&r, entries, count);
	while (first < count && !r.wishes[first].key)
		first++;
	for (size_t n; first < count; first += n) {
		n = same_key(&r, first);
		for (size_t i = 0; i < n; i++) {
			struct naming_entry *e = r.wishes[first + i].entry;
			e->rivals = n - 1;
			e->place = (int)i + 1;
			if (e->chosen)
				e->nickname = xstrdup(e->chosen);
			else
				choose(&r, e, e->place);
		}
	}
	for (size_t i = 0; i < count; i++)
		free(r.wishes[i].key);
	free(r.wishes);
	map_clear(&r.plain);
	map_clear(&r.taken);
}

void naming_entries_clear(struct naming_entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(entries[i].nickname);
		entries[i].nickname = NULL;
	}
}
