/* Whose account it is, said by hand. */
#include <stdlib.h>

#include "matches.h"
#include "redis_rig.h"

#define ACCOUNT "0b2c3d4e-1111-2222-3333-444455556666"

static int answers;
static struct err told;
static char found[400];

static void read_back(void *ctx, const json_t *all, const struct err *e)
{
	(void)ctx;
	(void)e;
	char *text = json_write(all);
	text_copy(found, sizeof found, text);
	free(text);
	answers++;
}

static void written(void *ctx, const struct reply *r, const struct err *e)
{
	(void)ctx;
	(void)r;
	told = e ? *e : (struct err){0};
	answers++;
}

static int checked(const char *user_id, const char *address)
{
	struct err e = {0};
	return match_check(&(struct match){"L1", user_id, address, "staff-1", 1}, &e);
}

TEST("an override names an account by its id or its address, one of them, in its form")
{
	CHECK_INT(checked(ACCOUNT, NULL), 0);
	CHECK_INT(checked(ACCOUNT, ""), 0);
	CHECK_INT(checked(NULL, "a@s"), 0);
	CHECK_INT(checked(NULL, NULL), ERR_INPUT);
	CHECK_INT(checked(ACCOUNT, "a@s"), ERR_INPUT);
	CHECK_INT(checked("12", NULL), ERR_INPUT);
	CHECK_INT(checked("0b2c3d4e-1111-2222-3333-44445555666'", NULL), ERR_INPUT);
	CHECK_INT(checked(NULL, "a"), ERR_INPUT);
	CHECK_INT(checked(NULL, "@s"), ERR_INPUT);
	CHECK_INT(checked(NULL, "a@"), ERR_INPUT);
	CHECK_INT(checked(NULL, "a@s@t"), ERR_INPUT);
	CHECK_INT(checked(NULL, "a b@s"), ERR_INPUT);
}

TEST("overrides are kept for the whole school, each change with an entry in its history")
{
	rig_begin(NULL);
	struct match by_id = {"L1", ACCOUNT, NULL, "staff-1", 17},
		     by_address = {"L2", NULL, "b@s", "staff-2", 18};
	match_set(rig.redis, P, "s", &by_id, 1000, written, NULL);
	match_set(rig.redis, P, "s", &by_address, 1000, written, NULL);
	WAIT(answers == 2);
	CHECK_INT(told.code, 0);
	match_drop(rig.redis, P, "s", &by_id, 1000, written, NULL);
	WAIT(answers == 3);
	matches_read(rig.redis, P, "s", read_back, NULL);
	WAIT(answers == 4);
	CHECK_STR(found, "{\"L2\":{\"address\":\"b@s\",\"by\":\"staff-2\",\"at\":18}}");
	CHECK_INT(rig_number("XLEN " P "history:s"), 3);
	rig_end();
}
