/* config - the settings: are they right, and what is there to set. */
#include <stdio.h>

#include "cli.h"
#include "output.h"

/* can_connect reads the address of Redis as a connection does; nothing is sent before the
 * loop runs. */
static bool can_connect(struct cli *c, struct err *e)
{
	c->redis = redis_open(c->loop, c->config.redis.url, "rollcall", e);
	return c->redis;
}

static int check(struct cli *c)
{
	struct err e;
	if (cli_configure(c, &e) != YES || !can_connect(c, &e)) {
		out_complain("%s", e.text);
		return NO;
	}
	out_say(GREEN, 0, "The settings are right.");
	return YES;
}

int config_run(struct cli *c)
{
	if (cli_flag(c, "--check") == cli_flag(c, "--example"))
		return cli_usage(c, "one of --check and --example is needed");
	if (cli_flag(c, "--check"))
		return check(c);
	config_example(stdout);
	return YES;
}
