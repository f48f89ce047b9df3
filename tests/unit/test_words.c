/* Words of a command, and how they look on the wire. */
#include <limits.h>
#include <stdlib.h>

#include "buf.h"
#include "redis_int.h"
#include "test.h"

static void check_wire(struct words *w, const char *want)
{
	size_t size;
	char *text = words_format(w, &size);
	CHECK_INT(size, strlen(want));
	char *terminated = xstrndup(text, size);
	CHECK_STR(terminated, want);
	free(terminated);
	free(text);
	words_clear(w);
}

TEST("words become an array of bulk strings")
{
	struct words w;
	words_init(&w);
	words_add(&w, "SET");
	words_add_bytes(&w, "key", 3);
	words_addf(&w, "%s-%d", "value", 7);
	check_wire(&w, "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$7\r\nvalue-7\r\n");
}

TEST("no text and no bytes are empty words")
{
	struct words w;
	words_init(&w);
	words_add(&w, NULL);
	words_add_bytes(&w, NULL, 0);
	check_wire(&w, "*2\r\n$0\r\n\r\n$0\r\n\r\n");
}

TEST("numbers are written in decimal, from the least to the greatest")
{
	struct words w;
	words_init(&w);
	words_int(&w, 0);
	words_int(&w, -1);
	words_int(&w, INT64_MAX);
	words_int(&w, INT64_MIN);
	CHECK_STR(w.at[0], "0");
	CHECK_STR(w.at[1], "-1");
	CHECK_STR(w.at[2], "9223372036854775807");
	CHECK_STR(w.at[3], "-9223372036854775808");
	CHECK_INT(w.length[3], 20);
	words_clear(&w);
}

TEST("words are copied, of any length, and stay where they are")
{
	struct words w;
	char text[] = "first";
	size_t long_size = 300000;
	char *long_text = xmalloc(long_size + 1);
	memset(long_text, 'x', long_size);
	long_text[long_size] = '\0';

	words_init(&w);
	words_add(&w, text);
	const char *first = w.at[0];
	text[0] = '?';
	words_addf(&w, "%s", long_text);
	for (int i = 0; i < 20000; i++)
		words_int(&w, i);
	CHECK(w.at[0] == first);
	CHECK_STR(first, "first");
	CHECK_INT(w.length[1], long_size);
	CHECK_STR(w.at[1], long_text);
	for (int i = 0; i < 20000; i++)
		CHECK_INT(strtol(w.at[2 + i], NULL, 10), i);
	words_clear(&w);
	CHECK_INT(w.count, 0);
	free(long_text);
}

TEST("appended words outlive those they came from")
{
	struct words w, more;
	words_init(&w);
	words_init(&more);
	words_add(&w, "A");
	words_add_bytes(&more, "b\0c", 3);
	words_add(&more, "D");
	words_append(&w, &more);
	words_clear(&more);
	CHECK_INT(w.count, 3);
	CHECK_INT(w.length[1], 3);
	CHECK(memcmp(w.at[1], "b\0c", 4) == 0);
	CHECK_STR(w.at[2], "D");
	words_clear(&w);
}

TEST("words that were reset begin anew")
{
	struct words w;
	words_init(&w);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 5000; i++)
			words_addf(&w, "word %d of round %d", i, round);
		CHECK_INT(w.count, 5000);
		CHECK_STR(w.at[0], round == 0	? "word 0 of round 0"
				   : round == 1 ? "word 0 of round 1"
						: "word 0 of round 2");
		words_reset(&w);
		CHECK_INT(w.count, 0);
	}
	words_clear(&w);
}

static void fill(struct words *w, const char *fmt, ...)
{
	va_list args;
	words_init(w);
	va_start(args, fmt);
	words_vformat(w, fmt, args);
	va_end(args);
}

TEST("a command in one line is split at its own blanks, not at those of its arguments")
{
	struct words w;
	fill(&w, "  HSET job:%s:x  a %d b%%s%b ", "two words", (int64_t)-5, "x\0 y", (size_t)4);
	CHECK_INT(w.count, 5);
	CHECK_STR(w.at[0], "HSET");
	CHECK_STR(w.at[1], "job:two words:x");
	CHECK_STR(w.at[2], "a");
	CHECK_STR(w.at[3], "-5");
	CHECK_INT(w.length[4], 1 + 2 + 4);
	CHECK(memcmp(w.at[4], "b%sx\0 y", 7) == 0);
	words_clear(&w);
}

TEST("an empty argument is a word, too")
{
	struct words w;
	fill(&w, "SET %s %s", "", NULL);
	check_wire(&w, "*3\r\n$3\r\nSET\r\n$0\r\n\r\n$0\r\n\r\n");
}
