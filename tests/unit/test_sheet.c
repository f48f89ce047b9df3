#include "sheet.h"

#include "test.h"

static void check_field(const char *text, const char *want)
{
	struct buf b;
	buf_init(&b, 0);
	sheet_field(&b, text, 1);
	CHECK_STR(b.data, want);
	buf_clear(&b);
}

TEST("every field is quoted, and quotes inside are doubled")
{
	check_field("", "\"\"");
	check_field("Thabo", "\"Thabo\"");
	check_field("a,b", "\"a,b\"");
	check_field("the \"A\" class", "\"the \"\"A\"\" class\"");
	check_field("\"", "\"\"\"\"");
}

TEST("nothing that a name begins with makes it a formula")
{
	check_field("=1+1", "\"'=1+1\"");
	check_field("+27 11", "\"'+27 11\"");
	check_field("-x", "\"'-x\"");
	check_field("@x", "\"'@x\"");
	check_field("\tx", "\"'\tx\"");
	check_field("\rx", "\"'\rx\"");
	check_field("a=1", "\"a=1\"");
}

TEST("nor does anything behind what separates cells in another country")
{
	check_field("x;=1+1", "\"x;'=1+1\"");
	check_field("x; @y;z", "\"x;' @y;z\"");
	check_field("x\n-y", "\"x\n'-y\"");
	check_field(" =1", "\"' =1\"");
	check_field("a;b=1", "\"a;b=1\"");
}

TEST("fields of a line are separated by commas")
{
	struct buf b;
	buf_init(&b, 0);
	sheet_field(&b, "a", 1);
	sheet_field(&b, "b", 0);
	CHECK_STR(b.data, "\"a\",\"b\"");
	buf_clear(&b);
}
