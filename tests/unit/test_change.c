/* What a job has to say is gathered in order, and travels as the library reads it. */
#include "queue.h"
#include "queue_int.h"
#include "test.h"

static struct change c;

static void is_words(const struct words *w, const char *const *want)
{
	size_t n = 0;
	for (; want[n]; n++) {
		CHECK(n < w->count);
		CHECK_STR(w->at[n], want[n]);
	}
	CHECK_INT(w->count, n);
}

TEST("a change that says nothing is empty, and each thing said makes it less so")
{
	struct words none;
	words_init(&none);
	change_init(&c);
	CHECK(change_is_empty(&c));
	change_set(&c, "phase", "");
	CHECK(!change_is_empty(&c));
	change_clear(&c);
	CHECK(change_is_empty(&c));
	words_add(&c.rows, "{}");
	CHECK(!change_is_empty(&c));
	change_clear(&c);
	change_effect_drop(&c, "class:s:8B");
	CHECK(!change_is_empty(&c));
	change_clear(&c);
	c.saved = xstrdup("");
	CHECK(!change_is_empty(&c));
	change_clear(&c);
	CHECK(change_is_empty(&c));
}

TEST("fields are kept in the order they were said, also when said twice")
{
	change_init(&c);
	change_set(&c, "phase", "Adding learners");
	change_int(&c, "done", -3);
	change_int(&c, "done", INT64_MAX);
	is_words(&c.fields, (const char *[]){"phase", "Adding learners", "done", "-3", "done",
				"9223372036854775807", NULL});
	change_clear(&c);
}

TEST("an effect names its key and how many words it has")
{
	struct words pairs, fields;
	words_init(&pairs);
	words_add(&pairs, "status");
	words_add(&pairs, "");
	words_init(&fields);
	change_init(&c);
	change_effect_set(&c, "class:s:8B", &pairs);
	change_effect_del(&c, "class:s:8B:learners", &fields);
	change_effect_drop(&c, "old");
	CHECK_INT(c.effect_count, 3);
	is_words(&c.effects, (const char *[]){"set", "class:s:8B", "2", "status", "", "del",
				 "class:s:8B:learners", "0", "drop", "old", "0", NULL});
	CHECK_INT(pairs.count, 2);
	words_clear(&pairs);
	change_clear(&c);
}

TEST("a change travels as counts and words, and is empty afterwards")
{
	struct words w;
	words_init(&w);
	change_init(&c);
	change_set(&c, "phase", "x");
	words_add(&c.rows, "r1");
	words_add(&c.rows, "r2");
	change_effect_drop(&c, "k");
	c.saved = xstrdup("{}");
	saying_put_change(&w, &c);
	is_words(&w, (const char *[]){"1", "phase", "x", "2", "r1", "r2", "1", "drop", "k", "0",
			 "1", "{}", NULL});
	CHECK(change_is_empty(&c));
	words_reset(&w);
	saying_put_change(&w, &c);
	is_words(&w, (const char *[]){"0", "0", "0", "0", NULL});
	words_clear(&w);
	change_clear(&c);
}

TEST("bytes of any kind go through a row unharmed")
{
	struct words w;
	static const char row[] = "a\0b\r\n*3\xff";
	words_init(&w);
	change_init(&c);
	words_add_bytes(&c.rows, row, sizeof row);
	saying_put_change(&w, &c);
	CHECK_INT(w.length[2], sizeof row);
	CHECK(memcmp(w.at[2], row, sizeof row) == 0);
	words_clear(&w);
	change_clear(&c);
}

TEST("an entry of a stream says first how many of them are kept")
{
	struct words pairs;
	words_init(&pairs);
	words_add(&pairs, "what");
	words_add(&pairs, "added");
	change_init(&c);
	change_effect_log(&c, "history:s", 1000, &pairs);
	CHECK_INT(c.effect_count, 1);
	is_words(
	    &c.effects, (const char *[]){"log", "history:s", "3", "1000", "what", "added", NULL});
	words_clear(&pairs);
	change_clear(&c);
}
