/*
 * map - a hash table with linear probing.
 *
 * Keys come from portals, so the hash is keyed afresh in every process: nobody
 * outside can choose keys that fall on one another. A dropped entry leaves a
 * gravestone (no key, but a value), so that dropping moves nothing and may be
 * done while walking; the next growth sweeps the gravestones out.
 */
#include "map.h"

#include <assert.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

enum { ROOM_FIRST = 16 }; /* a power of two, as every later room */

struct map_slot {
	char *key; /* owned; NULL: free, or a gravestone */
	void *value;
	uint64_t hash;
};

static char gravestone;

static uint64_t hash_of(const char *key)
{
	static unsigned char seed[crypto_shorthash_KEYBYTES];
	static bool seeded;
	if (!seeded) {
		crypto_shorthash_keygen(seed);
		seeded = true;
	}
	uint64_t hash;
	_Static_assert(sizeof(hash) == crypto_shorthash_BYTES, "the hash has 64 bits");
	crypto_shorthash((unsigned char *)&hash, (const unsigned char *)key, strlen(key), seed);
	return hash;
}

void map_init(struct map *m)
{
	*m = (struct map){0};
}

void map_clear(struct map *m)
{
	for (size_t i = 0; i < m->room; i++)
		free(m->slots[i].key);
	free(m->slots);
	map_init(m);
}

/* find gives the slot of key, or NULL. A room is never full, so it ends. */
static struct map_slot *find(const struct map *m, const char *key, uint64_t hash)
{
	if (m->room == 0)
		return NULL;
	for (size_t i = hash & (m->room - 1);; i = (i + 1) & (m->room - 1)) {
		struct map_slot *s = &m->slots[i];
		if (!s->key && !s->value)
			return NULL;
		if (s->key && s->hash == hash && strcmp(s->key, key) == 0)
			return s;
	}
}

/* place puts an entry known to be new into the first slot that was never used. */
static void place(struct map *m, struct map_slot entry)
{
	size_t i = entry.hash & (m->room - 1);
	while (m->slots[i].key || m->slots[i].value)
		i = (i + 1) & (m->room - 1);
	m->slots[i] = entry;
	m->count++;
	m->used++;
}

/* rebuild leaves the gravestones behind and at least half of the room free. */
static void rebuild(struct map *m)
{
	struct map old = *m;
	m->room = ROOM_FIRST;
	while (m->room < 2 * (old.count + 1))
		m->room *= 2;
	m->slots = xcalloc(m->room, sizeof(struct map_slot));
	m->count = m->used = 0;
	for (size_t i = 0; i < old.room; i++)
		if (old.slots[i].key)
			place(m, old.slots[i]);
	free(old.slots);
}

void *map_get(const struct map *m, const char *key)
{
	const struct map_slot *s = find(m, key, hash_of(key));
	return s ? s->value : NULL;
}

void *map_set(struct map *m, const char *key, void *value)
{
	assert(value);
	uint64_t hash = hash_of(key);
	struct map_slot *s = find(m, key, hash);
	if (s) {
		void *old = s->value;
		s->value = value;
		return old;
	}
	if (4 * (m->used + 1) > 3 * m->room)
		rebuild(m);
	place(m, (struct map_slot){xstrdup(key), value, hash});
	return NULL;
}

void *map_drop(struct map *m, const char *key)
{
	struct map_slot *s = find(m, key, hash_of(key));
	if (!s)
		return NULL;
	void *old = s->value;
	free(s->key);
	s->key = NULL;
	s->value = &gravestone;
	m->count--;
	return old;
}

int map_next(const struct map *m, size_t *at, const char **key, void **value)
{
	while (*at < m->room) {
		const struct map_slot *s = &m->slots[(*at)++];
		if (!s->key)
			continue;
		*key = s->key;
		*value = s->value;
		return 1;
	}
	return 0;
}
