/* doctor_queue - the Function library, and is anybody working? */
#include <string.h>

#include "doctor.h"
#include "library.h"

static void check_library(struct doctor *d)
{
	struct err e;
	struct reply *r = redis_askf(d->cli->redis, ASK_MS, &e, "FCALL_RO rollcall1_build 0");
	const char *build = reply_text(r, NULL);
	if (!r && strstr(e.text, "unknown command"))
		doctor_say(d, FINDING_FAIL, "Functions", "Install Redis 7.0 or newer, or Valkey.",
		    "this Redis has none");
	else if (!r && strstr(e.text, "not found"))
		doctor_say(d, FINDING_WARNING, "Functions", "Start rollcalld: it loads them.",
		    "not loaded yet");
	else if (!r)
		doctor_say(d, FINDING_FAIL, "Functions",
		    "Allow FCALL_RO to this user (config/users.acl).", "%s", e.text);
	else if (!build || strcmp(build, LIBRARY_BUILD) != 0)
		doctor_say(d, FINDING_WARNING, "Functions",
		    "Install the same version everywhere and restart "
		    "the workers.",
		    "build %s is loaded, this program was made with %s", build ? build : "?",
		    LIBRARY_BUILD);
	else
		doctor_say(d, FINDING_OK, "Functions", "", "loaded, build %s", build);
	reply_free(r);
}

static void check_workers(struct doctor *d)
{
	struct cli *c = d->cli;
	long long alive = cli_ask_number(c, cli_ask(c, "EXISTS %salive", c->prefix));
	long long workers = cli_ask_number(c, cli_ask(c, "ZCARD %sworkers", c->prefix));
	long long inbox = cli_ask_number(c, cli_ask(c, "LLEN %sinbox", c->prefix));
	if (!alive)
		doctor_say(d, FINDING_FAIL, "Workers", "systemctl start rollcalld",
		    "none is online, %lld "
		    "jobs in the inbox",
		    inbox);
	else
		doctor_say(d, FINDING_OK, "Workers", "", "%lld online, %lld jobs in the inbox",
		    workers, inbox);
}

void doctor_queue(struct doctor *d)
{
	check_library(d);
	check_workers(d);
}
