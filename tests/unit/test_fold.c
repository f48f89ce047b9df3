/* Ids and names from two sides meet, whatever their case and the blanks around them. */
#include <stdlib.h>

#include "roster_int.h"
#include "test.h"

static void is(const char *text, const char *want)
{
	char *key = fold(text);
	CHECK_STR(key, want);
	free(key);
}

TEST("text is folded to lower case without the blanks around it")
{
	is("Thabo  Mokoena", "thabo  mokoena");
	is(" \t\r\nAB-cd-01\n ", "ab-cd-01");
	is("", "");
	is("  ", "");
	is("TH\xc3\x89O", "th\xc3\x89o");
}

TEST("a folded map knows its entries by any spelling, and only once")
{
	struct map m;
	int one, two;
	map_init(&m);
	CHECK(!fold_get(&m, "Ab"));
	CHECK(!fold_set(&m, "Ab", &one));
	CHECK(fold_get(&m, " aB ") == &one);
	CHECK(fold_set(&m, "ab", &two) == &one);
	CHECK(fold_get(&m, "AB") == &two);
	CHECK(!fold_get(&m, "a b"));
	CHECK_INT(m.count, 1);
	map_clear(&m);
}
