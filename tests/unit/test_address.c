/* What counts as an e-mail address, and when two are the same one. */
#include <stdlib.h>

#include "buf.h"
#include "roster.h"
#include "test.h"

static void is_key(const char *text, const char *want)
{
	char *key = address_key(text);
	if (!key)
		FAIL("\"%s\" is not taken for an address", text);
	CHECK_STR(key, want);
	free(key);
}

static void is_none(const char *text)
{
	char *key = address_key(text);
	if (key)
		FAIL("\"%s\" is taken for the address \"%s\"", text, key);
}

TEST("two addresses are the same whatever their case and the blanks around them")
{
	is_key("thabo@s.example", "thabo@s.example");
	is_key("Thabo.M@Green-Hill.Example", "thabo.m@green-hill.example");
	is_key(" \t thabo@s.example \r\n", "thabo@s.example");
}

TEST("what the directory could know is an address, however odd")
{
	is_key("o'brien@s.example", "o'brien@s.example");
	is_key("a+b_c-d.e%f@s.example", "a+b_c-d.e%f@s.example");
	is_key("a@b", "a@b");
	is_key("th\xc3\xa9o@s.example", "th\xc3\xa9o@s.example");
	is_key("a#ext#@tenant.onmicrosoft.com", "a#ext#@tenant.onmicrosoft.com");
}

TEST("text that is no address is none")
{
	static const char *const texts[] = {"", " ", "thabo", "@", "@s.example", "thabo@", "a@b@c",
	    "a b@s.example", "a@s .example", "a\tb@s.example", "a\x7f@s.example", "n/a", "none",
	    "Thabo <thabo@s.example>"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		is_none(texts[i]);
	CHECK(!address_key(NULL));
}

TEST("an address has at most 320 bytes")
{
	char text[330];
	memset(text, 'x', sizeof text);
	text[10] = '@';
	text[320] = '\0';
	is_key(text, text);
	text[320] = 'x';
	text[321] = '\0';
	is_none(text);
}
