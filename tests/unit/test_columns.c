#include "columns.h"

#include <stdlib.h>

#include "test.h"

static void check_clean(const char *text, const char *want)
{
	char *clean = columns_clean(text);
	CHECK_STR(clean, want);
	free(clean);
}

TEST("letters with marks take one column, whichever way they are written")
{
	columns_start();
	CHECK_INT(columns_width("Zoë Grové"), 9);
	CHECK_INT(columns_width("Zoe\u0308 Grove\u0301"), 9);
	CHECK_INT(columns_width("\u0160\u2019bonelo"), 8);
	CHECK_INT(columns_width("Wêreld"), 6);
	CHECK_INT(columns_width(""), 0);
}

TEST("wide letters take two columns")
{
	columns_start();
	CHECK_INT(columns_width("\u5b66\u6821"), 4);
}

TEST("text is cut between characters, marks stay with their letter")
{
	columns_start();
	CHECK_INT(columns_fit("Zoë", 2), 2);
	CHECK_INT(columns_fit("Zoë", 3), 4);
	CHECK_INT(columns_fit("Zoe\u0308", 3), 5);
	CHECK_INT(columns_fit("\u5b66\u6821", 3), 3);
	CHECK_INT(columns_fit("abc", 10), 3);
}

TEST("a line ends at a blank, or in the middle of a word that is too long")
{
	columns_start();
	CHECK_INT(columns_line("one two three", 9), 7);
	CHECK_INT(columns_line("one two", 7), 7);
	CHECK_INT(columns_line("abcdefgh", 5), 5);
}

TEST("what would steer a terminal is a question mark")
{
	columns_start();
	check_clean("a\033[31mb\nc\td\x7f", "a?[31mb?c?d?");
	check_clean("\xc2\x85x", "?x");
}

TEST("broken UTF-8 is a question mark for each byte")
{
	columns_start();
	check_clean("a\xff\xc3z", "a??z");
	check_clean("end\xe2\x82", "end??");
	check_clean("Zoë", "Zoë");
}
