/* cli - settings, Redis, and the end of a command that cannot go on. */
#include "cli.h"

#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "output.h"
#include "queue.h"

enum { CONNECT_MS = 3000 };

static struct err last_error;

int cli_configure(struct cli *c, struct err *e)
{
	if (config_load(&c->config, c->config_path, e) < 0)
		return USAGE;
	log_open(STDERR_FILENO, LOG_ERROR, LOG_TEXT);
	queue_prefix_of(c->config.queue.name, c->prefix);
	c->loop = loop_new();
	return YES;
}

/* ---- connecting ---------------------------------------------------------------- */

/* The first word on a new connection: it is there, or why not. */
struct contact {
	bool settled;
	struct err why;
};

static void contact_changed(void *ctx, bool up, const struct err *why)
{
	struct contact *k = ctx;
	k->settled = true;
	if (!up)
		k->why = *why;
}

int cli_connect(struct cli *c, struct err *e)
{
	struct contact contact = {0};
	c->redis = redis_open(c->loop, c->config.redis.url, "rollcall", e);
	if (!c->redis)
		return UNREACHED;
	redis_on_change(c->redis, contact_changed, &contact);
	if (!loop_run_until(c->loop, &contact.settled, clock_mono_ms() + CONNECT_MS))
		err_set(&contact.why, ERR_TIMEOUT, "no answer within %d s", CONNECT_MS / 1000);
	redis_on_change(c->redis, NULL, NULL);
	if (contact.why.code == 0)
		return YES;
	*e = contact.why;
	err_prefix(e, "Redis cannot be reached");
	return UNREACHED;
}

void cli_close(struct cli *c)
{
	if (c->redis)
		redis_close(c->redis);
	if (c->loop)
		loop_free(c->loop);
	config_clear(&c->config);
}

/* ---- asking ------------------------------------------------------------------------ */

struct err *cli_error(void)
{
	return &last_error;
}

/* remedy_of says what to do about a refusal, "" if that is not known. */
static const char *remedy_of(const char *refusal)
{
	if (strstr(refusal, "Function not found"))
		return ": workers bring it, so start or update rollcalld";
	if (strstr(refusal, "'fcall' command"))
		return "; the user steward of users.acl may pause, and change dead letters";
	return "";
}

struct reply *cli_answered(struct cli *c, struct reply *r)
{
	if (r)
		return r;
	out_complain("Redis: %s%s", last_error.text, remedy_of(last_error.text));
	cli_close(c);
	exit(UNREACHED);
}

struct reply *cli_ask_words(struct cli *c, const struct words *w)
{
	return cli_answered(c, redis_ask(c->redis, w, ASK_MS, &last_error));
}

int64_t cli_ask_number(struct cli *c, struct reply *r)
{
	(void)c;
	int64_t number = reply_number(r);
	reply_free(r);
	return number;
}

/* ---- the command line ---------------------------------------------------------------- */

int cli_usage(const struct cli *c, const char *fmt, ...)
{
	char text[512];
	va_list args;
	va_start(args, fmt);
	(void)!vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	out_complain("%s", text);
	pattern_print(stderr, "usage: rollcall", c->command->pattern);
	return USAGE;
}

const char *cli_value(const struct cli *c, const char *name)
{
	return given_value(&c->given, name);
}

bool cli_flag(const struct cli *c, const char *name)
{
	return given_flag(&c->given, name);
}

int64_t cli_number(const struct cli *c, const char *option, int64_t fallback, int64_t most)
{
	const char *text = cli_value(c, option);
	if (!text)
		return fallback;
	size_t digits = strspn(text, "0123456789");
	int64_t number = digits && digits < 10 && !text[digits] ? strtoll(text, NULL, 10) : 0;
	if (number >= 1 && number <= most)
		return number;
	(void)cli_usage(c, "%s = \"%s\": 1 to %lld", option, text, (long long)most);
	return -1;
}

int64_t cli_limit(const struct cli *c, int64_t fallback, int64_t most)
{
	return cli_number(c, "--limit", fallback, most);
}

const char *cli_who(void)
{
	static char who[64];
	const struct passwd *user = getpwuid(getuid());
	(void)!snprintf(who, sizeof who, "rollcall:%.40s", user ? user->pw_name : "?");
	return who;
}
