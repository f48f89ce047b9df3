#include "map.h"

#include <stdio.h>
#include <stdlib.h>

#include "test.h"

enum { MANY = 100000 };

static int values[MANY];

static const char *key_of(int i)
{
	static char key[32];
	snprintf(key, sizeof(key), "school-%d", i);
	return key;
}

static void fill(struct map *m, int count)
{
	map_init(m);
	for (int i = 0; i < count; i++)
		CHECK(!map_set(m, key_of(i), &values[i]));
}

TEST("an empty map has nothing, drops nothing and walks nowhere")
{
	struct map m;
	map_init(&m);
	size_t at = 0;
	const char *key;
	void *value;
	CHECK(!map_get(&m, "a"));
	CHECK(!map_drop(&m, "a"));
	CHECK_INT(map_next(&m, &at, &key, &value), 0);
	map_clear(&m);
}

TEST("setting a key again replaces the value and gives back the old one")
{
	struct map m;
	int a, b;
	char key[] = "green-hill";
	map_init(&m);
	CHECK(!map_set(&m, key, &a));
	key[0] = 'X';
	CHECK(map_get(&m, "green-hill") == &a);
	CHECK(map_set(&m, "green-hill", &b) == &a);
	CHECK(map_get(&m, "green-hill") == &b);
	CHECK_INT(m.count, 1);
	CHECK(map_drop(&m, "green-hill") == &b);
	CHECK(!map_get(&m, "green-hill"));
	CHECK_INT(m.count, 0);
	map_clear(&m);
}

TEST("the empty key is a key like any other")
{
	struct map m;
	int a;
	map_init(&m);
	map_set(&m, "", &a);
	CHECK(map_get(&m, "") == &a);
	map_clear(&m);
}

TEST("100,000 keys are found again, and no other")
{
	struct map m;
	fill(&m, MANY);
	CHECK_INT(m.count, MANY);
	for (int i = 0; i < MANY; i++)
		if (map_get(&m, key_of(i)) != &values[i])
			FAIL("%s is not found", key_of(i));
	CHECK(!map_get(&m, key_of(MANY)));
	CHECK(!map_get(&m, "school-"));
	for (int i = 0; i < MANY; i += 2)
		CHECK(map_drop(&m, key_of(i)) == &values[i]);
	CHECK_INT(m.count, MANY / 2);
	for (int i = 0; i < MANY; i++)
		if ((map_get(&m, key_of(i)) != NULL) != (i % 2 == 1))
			FAIL("%s is wrong after dropping", key_of(i));
	map_clear(&m);
	CHECK_INT(m.room, 0);
}

TEST("a walk gives every entry once, also while it drops them")
{
	struct map m;
	static char seen[MANY];
	fill(&m, MANY);
	size_t at = 0;
	const char *key;
	void *value;
	while (map_next(&m, &at, &key, &value)) {
		long i = (int *)value - values;
		CHECK_STR(key, key_of((int)i));
		CHECK_INT(seen[i]++, 0);
		if (i % 3)
			CHECK(map_drop(&m, key) == value);
	}
	for (int i = 0; i < MANY; i++)
		CHECK_INT(seen[i], 1);
	CHECK_INT(m.count, (MANY + 2) / 3);
	map_clear(&m);
}

TEST("a map that is filled and emptied for ever does not grow")
{
	struct map m;
	map_init(&m);
	for (int i = 0; i < MANY; i++) {
		map_set(&m, key_of(i), &values[i]);
		CHECK(map_drop(&m, key_of(i)) == &values[i]);
	}
	CHECK(m.room <= 64);
	map_clear(&m);
}
