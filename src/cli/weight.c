/*
 * weight - a school's weight in the turns. It is the queue's affair and no part of the
 * school's record, which a portal may write. Only weights other than 1 are kept, so that the
 * queue, while there is none, does not have to look.
 */
#include "weight.h"

int64_t weight_read(struct cli *c, const char *school)
{
	int64_t weight = cli_ask_number(c, cli_ask(c, "HGET %sweights %s", c->prefix, school));
	return weight >= 1 && weight <= WEIGHT_MAX ? weight : 1;
}

void weight_set(struct cli *c, const char *school, int64_t weight)
{
	if (weight == 1)
		reply_free(cli_ask(c, "HDEL %sweights %s", c->prefix, school));
	else
		reply_free(cli_ask(c, "HSET %sweights %s %d", c->prefix, school, weight));
}
