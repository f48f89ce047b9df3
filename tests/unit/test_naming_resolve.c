/* Who has the nickname that several want (requirements 10.5). */
#include <stdio.h>
#include <stdlib.h>

#include "buf.h"
#include "map.h"
#include "naming.h"
#include "test.h"

static struct naming_entry entry(const char *group, const char *id)
{
	return (struct naming_entry){.of = {group, "1234567", "2026", id}};
}

static void is(const struct naming_entry *e, const char *base)
{
	char *want = xasprintf("%s.class.1234567.2026", base);
	CHECK_STR(e->nickname, want);
	free(want);
}

static void two(const char *a, const char *b, const char *base_a, const char *base_b)
{
	struct naming_entry list[] = {entry(a, "c1"), entry(b, "c2")};
	struct naming_entry turned[] = {entry(b, "c2"), entry(a, "c1")};
	naming_resolve(list, 2);
	naming_resolve(turned, 2);
	is(&list[0], base_a);
	is(&list[1], base_b);
	is(&turned[1], base_a);
	is(&turned[0], base_b);
	CHECK_INT(list[0].place, 1);
	CHECK_INT(list[1].place, 2);
	CHECK_INT(list[0].rivals, 1);
	naming_entries_clear(list, 2);
	naming_entries_clear(turned, 2);
}

TEST("the first by id keeps the plain nickname and the other has -2, in either order")
{
	two("2S/DT1", "2SDT1", "2SDT1", "2SDT1-2");
	two("Mon Ch", "Mon-Ch", "Mon-Ch", "Mon-Ch-2");
	two("5l", "5L", "5l", "5L-2");
	two("Sê", "Se", "Se", "Se-2");
	two("7B", "7B", "7B", "7B-2");
}

TEST("what a group was given before stays, whoever comes")
{
	struct naming_entry list[] = {entry("7B", "c1"), entry("7B", "c2"), entry("7B", "c3")};
	list[1].chosen = "7B.class.1234567.2026";
	naming_resolve(list, 3);
	is(&list[0], "7B-2");
	is(&list[1], "7B");
	is(&list[2], "7B-3");
	naming_entries_clear(list, 3);
}

TEST("a second choice that is the plain nickname of another group is passed over")
{
	struct naming_entry list[] = {entry("7B", "c1"), entry("7B", "c2"), entry("7B-2", "c0")};
	naming_resolve(list, 3);
	is(&list[0], "7B");
	is(&list[1], "7B-3");
	is(&list[2], "7B-2");
	CHECK_INT(list[1].place, 3);
	naming_entries_clear(list, 3);
}

TEST("a group without a name has no nickname and stands in nobody's way")
{
	struct naming_entry list[] = {entry("/", "c1"), entry("7B", "c2"), entry(" ", "c3")};
	naming_resolve(list, 3);
	CHECK(!list[0].nickname && !list[2].nickname);
	is(&list[1], "7B");
	naming_entries_clear(list, 3);
	naming_resolve(list, 0);
}

enum { MANY = 3000 };

static void fill(struct naming_entry *list, char ids[MANY][16], char names[MANY][16])
{
	static const char *const forms[] = {"%dA", "%d A", "%da", "%d/A", "%dÁ", "%dA-2"};
	for (int i = 0; i < MANY; i++) {
		(void)!snprintf(ids[i], sizeof ids[i], "id-%d", (i * 7919) % MANY);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)!snprintf(names[i], sizeof names[i], forms[i % 6], i / 12);
#pragma GCC diagnostic pop
		list[i] = entry(names[i], ids[i]);
	}
}

static void shuffle(struct naming_entry *list, unsigned seed)
{
	srandom(seed);
	for (int i = MANY - 1; i > 0; i--) {
		long k = random() % (i + 1);
		struct naming_entry swap = list[i];
		list[i] = list[k];
		list[k] = swap;
	}
}

TEST("a school's nicknames are all different, and the same whatever the order of its groups")
{
	static char ids[MANY][16], names[MANY][16];
	static struct naming_entry list[MANY];
	struct map had, of_id;
	map_init(&had);
	map_init(&of_id);
	fill(list, ids, names);
	for (unsigned round = 0; round < 5; round++) {
		if (round)
			shuffle(list, round);
		naming_resolve(list, MANY);
		for (int i = 0; i < MANY; i++) {
			char *key = naming_key(list[i].nickname);
			const char *id = list[i].of.id, *before = map_get(&of_id, id);
			if (round == 0 && map_set(&had, key, list))
				FAIL("two groups have %s", key);
			if (round == 0)
				map_set(&of_id, id, xstrdup(list[i].nickname));
			else
				CHECK_STR(list[i].nickname, before);
			free(key);
		}
		naming_entries_clear(list, MANY);
	}
	size_t at = 0;
	const char *id;
	void *nickname;
	while (map_next(&of_id, &at, &id, &nickname))
		free(nickname);
	map_clear(&had);
	map_clear(&of_id);
}
