/* Text from others, made fit for Microsoft. */
#include "test.h"
#include "wording.h"

static const char *clean(const char *text, size_t units_max)
{
	static struct buf b;
	buf_clear(&b);
	wording_clean(&b, text, units_max);
	return b.data ? b.data : "";
}

TEST("ordinary text stays as it is")
{
	CHECK_STR(clean("8B Müller 教室 😀", 100), "8B Müller 教室 😀");
	CHECK_STR(clean("", 100), "");
}

TEST("control characters of both kinds are left out")
{
	CHECK_STR(clean("a\tb\nc\x7f"
			"d\xc2\x85"
			"e",
		      100),
	    "abcde");
}

TEST("bytes that are no character are left out")
{
	CHECK_STR(clean("a\xff"
			"b\xc3(c\xe2\x82"
			"d\xed\xa0\x80"
			"e\xc0\xaf"
			"f\xf5\x80\x80\x80",
		      100),
	    "ab(cdef");
	CHECK_STR(clean("end\xe2\x82", 100), "end");
}

TEST("text is cut at a whole character, counted as Microsoft counts")
{
	CHECK_STR(clean("abcdef", 3), "abc");
	CHECK_STR(clean("aüü", 2), "aü");
	CHECK_STR(clean("a😀b", 2), "a");
	CHECK_STR(clean("a😀b", 3), "a😀");
}

TEST("a user is named with quotes doubled and nothing that ends the URL")
{
	json_t *user = wording_user("https://g/v1.0", "o'brien_x.example#EXT#@t.example");
	CHECK_STR(json_string_value(user),
	    "https://g/v1.0/users('o''brien_x.example%23EXT%23@t.example')");
	json_decref(user);
	user = wording_user("https://g/v1.0", "a/b?c%d\xff");
	CHECK_STR(json_string_value(user), "https://g/v1.0/users('a%2Fb%3Fc%25d')");
	json_decref(user);
}
