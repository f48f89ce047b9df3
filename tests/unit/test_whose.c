/* Whose Team it is: one class of all schools, whoever asks first. */
#include "worker_rig.h"

static void effect(
    struct held *h, const char *op, const char *school, const char *class, const char *team)
{
	struct change c;
	struct words w;
	int before = h->told;
	change_init(&c);
	words_init(&w);
	words_add(&w, school);
	words_add(&w, class);
	words_add(&w, team);
	change_effect(&c, op, "teams", &w);
	words_clear(&w);
	rig_touch(a, h, false, &c);
	WAIT(h->told > before);
}

/* claim_one, and both schools are known. */
static struct held *claim_in_schools(void)
{
	struct held *h = claim_one("");
	rig_ask("HSET " P "school:s name S");
	rig_ask("HSET " P "school:t name T");
	return h;
}

static void has(const char *class, const char *team)
{
	CHECK_STR(rig_ask("HGET " P "class:%s team_id", class), team);
}

TEST("a Team is taken by the class that comes first, of whatever school, and by it again")
{
	struct held *h = claim_in_schools();
	effect(h, "take", "s", "c1", "T-1");
	effect(h, "take", "t", "c1", "t-1");
	effect(h, "take", "s", "c2", "T-1");
	effect(h, "take", "s", "c1", "T-1");
	has("s:c1", "T-1");
	CHECK_STR(rig_ask("HGET " P "teams t-1"), "s:c1");
	CHECK_INT(rig_number("EXISTS " P "class:t:c1 " P "class:s:c2"), 0);
	end();
}

TEST("a Team that was made for a class is taken by no other")
{
	struct held *h = claim_in_schools();
	effect(h, "team", "s", "c1", "T-1");
	effect(h, "take", "t", "c9", "T-1");
	has("s:c1", "T-1");
	CHECK_INT(rig_number("EXISTS " P "class:t:c9"), 0);
	end();
}

TEST("a class that lets its Team go, or has another one, gives it back")
{
	struct held *h = claim_in_schools();
	effect(h, "team", "s", "c1", "T-1");
	effect(h, "team", "s", "c1", "");
	CHECK_INT(rig_number("EXISTS " P "teams"), 0);
	effect(h, "take", "t", "c9", "T-1");
	has("t:c9", "T-1");
	effect(h, "team", "t", "c9", "T-2");
	CHECK_INT(rig_number("HLEN " P "teams"), 1);
	effect(h, "take", "s", "c1", "T-1");
	has("s:c1", "T-1");
	end();
}

TEST("what another class has meanwhile is not given back by the one that had it")
{
	struct held *h = claim_in_schools();
	effect(h, "team", "s", "c1", "T-1");
	effect(h, "team", "t", "c9", "T-1");
	effect(h, "team", "s", "c1", "");
	CHECK_STR(rig_ask("HGET " P "teams t-1"), "t:c9");
	end();
}

TEST("a class that was forgotten holds nobody up")
{
	struct held *h = claim_in_schools();
	effect(h, "team", "s", "c1", "T-1");
	rig_ask("DEL " P "class:s:c1");
	effect(h, "take", "t", "c9", "T-1");
	has("t:c9", "T-1");
	end();
}

TEST("a class whose school was removed holds nobody up")
{
	struct held *h = claim_in_schools();
	effect(h, "team", "s", "c1", "T-1");
	rig_ask("DEL " P "school:s");
	effect(h, "take", "t", "c9", "T-1");
	has("t:c9", "T-1");
	has("s:c1", "");
	end();
}

static const char *field(const char *class, const char *name)
{
	return rig_ask("HGET " P "class:%s %s", class, name);
}

TEST("a Team that was deleted may come back to its class")
{
	struct held *h = claim_in_schools();
	effect(h, "team", "s", "c1", "T-1");
	effect(h, "gone", "s", "c1", "T-1");
	has("s:c1", "");
	CHECK_STR(field("s:c1", "former_team_id"), "T-1");
	effect(h, "team", "s", "c1", "T-1");
	has("s:c1", "T-1");
	CHECK_STR(rig_ask("HGET " P "teams t-1"), "s:c1");
	end();
}

TEST("a Team that was deleted and is another class's now does not come back to the one that had it")
{
	struct held *h = claim_in_schools();
	effect(h, "team", "s", "c1", "T-1");
	effect(h, "gone", "s", "c1", "T-1");
	effect(h, "take", "t", "c9", "t-1");
	has("t:c9", "t-1");
	CHECK_STR(field("s:c1", "former_team_id"), "");
	CHECK_STR(field("s:c1", "team_elsewhere"), "1");
	effect(h, "team", "s", "c1", "T-2");
	CHECK_INT(rig_number("HEXISTS " P "class:s:c1 team_elsewhere"), 0);
	end();
}

TEST("a class that has a new Team holds nothing of the one that was deleted")
{
	struct held *h = claim_in_schools();
	effect(h, "team", "s", "c1", "T-1");
	effect(h, "gone", "s", "c1", "T-1");
	effect(h, "team", "s", "c1", "T-2");
	CHECK_INT(rig_number("HLEN " P "teams"), 1);
	end();
}
