/* config - the settings: are they right, and what is there to set. */
#include <stdio.h>

#include "cli.h"
#include "output.h"

static int check(struct cli *c)
{
	struct err e;
	int status = cli_configure(c, &e);
	if (status != YES) {
		out_complain("%s", e.text);
		return NO;
	}
	out_say(GREEN, 0, "The settings are right.");
	return YES;
}

int config_run(struct cli *c)
{
	if (cli_flag(c, "--check") == cli_flag(c, "--example"))
		return cli_usage(c, "--check or --example");
	if (cli_flag(c, "--check"))
		return check(c);
	config_example(stdout);
	return YES;
}
