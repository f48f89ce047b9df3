#include "buf.h"

#include <stdlib.h>

#include "test.h"

TEST("what is put stands one behind the other, terminated")
{
	struct buf b;
	buf_init(&b, 0);
	CHECK_INT(buf_puts(&b, "ab"), 0);
	CHECK_INT(buf_put(&b, "c\0d", 3), 0);
	CHECK_INT(buf_printf(&b, "-%d", 42), 0);
	CHECK_INT(b.length, 8);
	CHECK_INT(memcmp(b.data, "abc\0d-42", 9), 0);
	buf_clear(&b);
	CHECK(!b.data);
}

TEST("the ceiling counts bytes, not the NUL, and refuses without a change")
{
	struct buf b;
	buf_init(&b, 5);
	CHECK_INT(buf_puts(&b, "12345"), 0);
	CHECK_INT(buf_puts(&b, "6"), ERR_LIMIT);
	CHECK_INT(buf_printf(&b, "%d", 7), ERR_LIMIT);
	CHECK_STR(b.data, "12345");
	CHECK_INT(buf_put(&b, NULL, 0), 0);
	buf_clear(&b);
	CHECK_INT(b.limit, 5);
	CHECK_INT(buf_puts(&b, "123456"), ERR_LIMIT);
	CHECK(!b.data);
}

TEST("a length that would overflow is refused")
{
	struct buf b;
	buf_init(&b, 0);
	buf_adds(&b, "x");
	CHECK_INT(buf_put(&b, "y", SIZE_MAX), ERR_LIMIT);
	CHECK_INT(buf_put(&b, "y", SIZE_MAX - 1), ERR_LIMIT);
	CHECK_STR(b.data, "x");
	buf_clear(&b);
}

TEST("appending byte by byte keeps every byte")
{
	struct buf b;
	buf_init(&b, 0);
	for (int i = 0; i < 100000; i++)
		buf_add(&b, (const char[]){(char)('a' + i % 26)}, 1);
	CHECK_INT(b.length, 100000);
	for (int i = 0; i < 100000; i++)
		if (b.data[i] != 'a' + i % 26)
			FAIL("byte %d is %c", i, b.data[i]);
	CHECK(b.room < 300000);
	buf_clear(&b);
}

TEST("reset empties and keeps the memory")
{
	struct buf b;
	buf_init(&b, 0);
	buf_reset(&b);
	CHECK(!b.data);
	buf_addf(&b, "%s", "something");
	char *data = b.data;
	buf_reset(&b);
	CHECK_STR(b.data, "");
	CHECK(b.data == data);
	buf_clear(&b);
}

TEST("an address piece is escaped as RFC 3986 says")
{
	struct buf b;
	buf_init(&b, 0);
	buf_url(&b, "AZaz09-._~");
	CHECK_STR(b.data, "AZaz09-._~");
	buf_reset(&b);
	buf_url(&b, "a b/c?d=e&f'+é%");
	CHECK_STR(b.data, "a%20b%2Fc%3Fd%3De%26f%27%2B%C3%A9%25");
	buf_clear(&b);
}

TEST("taking hands the text over and leaves the buffer empty")
{
	struct buf b;
	buf_init(&b, 9);
	char *empty = buf_take(&b);
	CHECK_STR(empty, "");
	CHECK_INT(buf_puts(&b, "text"), 0);
	char *text = buf_take(&b);
	CHECK_STR(text, "text");
	CHECK(!b.data && b.length == 0 && b.room == 0);
	CHECK_INT(b.limit, 9);
	free(empty);
	free(text);
}

TEST("copies of text are copies, and of NULL there is none")
{
	CHECK(!xstrdup(NULL));
	const char *text = "roster";
	char *whole = xstrdup(text), *part = xstrndup(text, 3), *more = xstrndup("ab", 9);
	CHECK(whole != text);
	CHECK_STR(whole, "roster");
	CHECK_STR(part, "ros");
	CHECK_STR(more, "ab");
	char *made = xasprintf("%s-%03d", "class", 8);
	CHECK_STR(made, "class-008");
	free(whole);
	free(part);
	free(more);
	free(made);
}

TEST("text_copy terminates and says whether all fitted")
{
	char to[4] = "zzz";
	CHECK_INT(text_copy(to, sizeof(to), "abc"), 1);
	CHECK_STR(to, "abc");
	CHECK_INT(text_copy(to, sizeof(to), "abcd"), 0);
	CHECK_STR(to, "abc");
	CHECK_INT(text_copy(to, 1, "x"), 0);
	CHECK_STR(to, "");
	CHECK_INT(text_copy(to, 1, ""), 1);
}
