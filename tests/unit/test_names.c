/* Nicknames: chosen once, kept for ever, whoever asks first. */
#include "worker_rig.h"

static void effect(struct held *h, const char *op, const char *const *words)
{
	struct change c;
	struct words w;
	int before = h->told;
	change_init(&c);
	words_init(&w);
	for (; *words; words++)
		words_add(&w, *words);
	change_effect(&c, op, "nickname:s", &w);
	words_clear(&w);
	rig_touch(a, h, false, &c);
	WAIT(h->told > before);
}

#define WANT(h, ...) effect(h, "want", (const char *const[]){"s", __VA_ARGS__, NULL})
#define NAME(h, ...) effect(h, "name", (const char *const[]){"s", __VA_ARGS__, NULL})

static void is(const char *class, const char *nickname)
{
	CHECK_STR(rig_ask("HGET " P "class:s:%s mail_nickname", class), nickname);
}

#define A_NAMES "7A.class", "7A-2.class", "7A-3.class", "7A-4.class"

TEST("who wants a nickname alone has the plain one, and has it again")
{
	struct held *h = claim_one("");
	NAME(h, "c1", "", A_NAMES);
	is("c1", "7A.class");
	CHECK_STR(rig_ask("HGET " P "nickname:s 7a.class"), "c1");
	NAME(h, "c1", "", A_NAMES);
	is("c1", "7A.class");
	CHECK_INT(rig_number("HLEN " P "nickname:s"), 1);
	end();
}

TEST("of those who want the same one the first by id has the plain one, whoever asks first")
{
	struct held *h = claim_one("");
	WANT(h, "c1", "7a.class");
	WANT(h, "c2", "7a.class");
	WANT(h, "c3", "7a.class");
	WANT(h, "b0", "8b.class");
	NAME(h, "c3", "", A_NAMES);
	NAME(h, "c2", "", "7a.class", "7a-2.class", "7a-3.class");
	NAME(h, "c1", "", A_NAMES);
	is("c1", "7A.class");
	is("c2", "7a-2.class");
	is("c3", "7A-3.class");
	end();
}

TEST("a newcomer takes nothing away, and what it was called before stays its own")
{
	struct held *h = claim_one("");
	NAME(h, "c2", "", A_NAMES);
	is("c2", "7A.class");
	NAME(h, "c1", "", A_NAMES);
	is("c1", "7A-2.class");
	rig_ask("HDEL " P "class:s:c2 mail_nickname");
	NAME(h, "c2", "", A_NAMES);
	is("c2", "7A.class");
	end();
}

TEST("a nickname that Microsoft refused is passed over, and remembered")
{
	struct held *h = claim_one("");
	NAME(h, "c1", "", A_NAMES);
	NAME(h, "c1", "7A.class", A_NAMES);
	is("c1", "7A-2.class");
	NAME(h, "c1", "", A_NAMES);
	is("c1", "7A-2.class");
	NAME(h, "c1", "7A-2.class", A_NAMES);
	is("c1", "7A-3.class");
	NAME(h, "c1", "7A-3.class", A_NAMES);
	NAME(h, "c1", "7A-4.class", A_NAMES);
	CHECK_INT(rig_number("HEXISTS " P "class:s:c1 mail_nickname"), 0);
	end();
}

TEST("a second choice that another group wants as its plain one is left to that")
{
	struct held *h = claim_one("");
	WANT(h, "c9", "7a-2.class");
	WANT(h, "c1", "7a.class");
	NAME(h, "c2", "", A_NAMES);
	is("c2", "7A-3.class");
	NAME(h, "c9", "", "7A-2.class", "7A-2-2.class");
	is("c9", "7A-2.class");
	end();
}

TEST("a class that wants another nickname stands in nobody's way at the old one")
{
	struct held *h = claim_one("");
	WANT(h, "c1", "7a.class");
	WANT(h, "c1", "9z.class");
	CHECK_STR(rig_ask("HGET " P "class:s:c1 nickname_wanted"), "9z.class");
	NAME(h, "c2", "", A_NAMES);
	is("c2", "7A.class");
	WANT(h, "c1", "");
	CHECK_INT(rig_number("HEXISTS " P "class:s:c1 nickname_wanted"), 0);
	CHECK_INT(rig_number("ZCARD " P "wanted:s"), 1);
	end();
}

TEST("two schools have their nicknames each to itself")
{
	struct held *h = claim_one("");
	NAME(h, "c1", "", A_NAMES);
	struct change c;
	struct words w;
	change_init(&c);
	words_init(&w);
	for (size_t i = 0; i < 5; i++)
		words_add(&w, (const char *[]){"t", "c1", "", "7A.class", "7A-2.class"}[i]);
	change_effect(&c, "name", "nickname:t", &w);
	words_clear(&w);
	int before = h->told;
	rig_touch(a, h, false, &c);
	WAIT(h->told > before);
	CHECK_STR(rig_ask("HGET " P "class:t:c1 mail_nickname"), "7A.class");
	end();
}
