/*
 * config_table - every setting there is: default, range, help.
 *
 * A new setting is a member of struct config and a row here. What a row says is
 * checked, shown in errors, and printed into the example file and the manual.
 */
#include <string.h>

#include "config_int.h"

/* ---- what text may be ---------------------------------------------------- */

#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

static const char name_allowed[] = "1 to 64 of A-Z a-z 0-9 . _ -";

static const char *name_wrong(const char *value)
{
	size_t length = strlen(value);
	bool fine = length >= 1 && length <= 64 && value[strspn(value, NAME_CHARACTERS)] == '\0';
	return fine ? NULL : "";
}

static const char *client_wrong(const char *value)
{
	return *value ? name_wrong(value) : NULL;
}

static bool begins(const char *value, const char *with)
{
	return strncmp(value, with, strlen(with)) == 0;
}

static const char redis_allowed[] = "redis://host:port/db, rediss://host:port/db, unix:///path "
				    "or sentinel://host:port,host:port/name";

/* unix_wrong looks behind unix://: user and password may stand before the path. */
static const char *unix_wrong(const char *rest)
{
	size_t length = strcspn(rest, "/");
	bool fine = (length == 0 || rest[length - 1] == '@') && rest[length] && rest[length + 1];
	return fine ? NULL : "";
}

/* The connection reads an address to its end, and says what to do about a scheme that it
 * knows and cannot do. */
static const char *redis_wrong(const char *value)
{
	static const char *const schemes[] = {"redis://", "rediss://", "unix://", "sentinel://"};
	if (strpbrk(value, " \t"))
		return "an address has no blanks";
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		const char *rest = value + strlen(schemes[i]);
		if (begins(value, schemes[i]) && *rest)
			return begins(value, "unix://") ? unix_wrong(rest) : NULL;
	}
	return "";
}

static bool is_loopback(const char *host, size_t length)
{
	static const char *const hosts[] = {"127.0.0.1", "[::1]", "localhost"};
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		if (strlen(hosts[i]) == length && memcmp(hosts[i], host, length) == 0)
			return true;
	return false;
}

/* host_length gives how much of the text behind the scheme is host, not port. */
static size_t host_length(const char *host)
{
	size_t length = strcspn(host, ":/");
	if (*host == '[') {
		length = strcspn(host, "]/");
		length += host[length] == ']';
	}
	return length;
}

static const char url_allowed[] = "https://..., or http:// to 127.0.0.1, [::1] or localhost";

static const char *url_wrong(const char *value)
{
	bool plain = begins(value, "http://");
	if (!plain && !begins(value, "https://"))
		return "";
	for (const char *c = value; *c; c++)
		if (*c <= ' ' || *c > '~' || strchr("@?#\\<>\"", *c))
			return "an address has no blanks, quotes, @, ? or # here";
	if (value[strlen(value) - 1] == '/')
		return "leave out the / at the end";
	const char *host = strstr(value, "://") + 3;
	size_t length = host_length(host);
	if (length == 0 || (host[length] && !strchr(":/", host[length])))
		return "names no host";
	if (plain && !is_loopback(host, length))
		return "plain http carries tokens in the clear for all to read; use https:// "
		       "(http:// only to 127.0.0.1, [::1] or localhost)";
	return NULL;
}

static const char *url_or_nothing_wrong(const char *value)
{
	return *value ? url_wrong(value) : NULL;
}

static const char listen_allowed[] = "address:port, such as 127.0.0.1:8420 or [::1]:8420";

static const char *listen_wrong(const char *value)
{
	size_t length = host_length(value);
	if (length == 0 || value[length] != ':' || strpbrk(value, " \t/"))
		return "";
	const char *port = value + length + 1;
	size_t digits = strspn(port, "0123456789");
	if (digits == 0 || digits > 5 || port[digits])
		return "";
	unsigned number = 0;
	for (const char *c = port; *c; c++)
		number = number * 10 + (unsigned)(*c - '0');
	return number <= 65535 ? NULL : "a port is at most 65535";
}

static const char proxies_allowed[] =
    "addresses and networks with commas between, such as 127.0.0.1, ::1, 10.0.0.0/8";

/* Whoever reads the list finds what is no address among these characters. */
static const char *proxies_wrong(const char *value)
{
	return value[strspn(value, "0123456789abcdefABCDEF.:/, ")] ? "" : NULL;
}

/* ---- the table ----------------------------------------------------------- */

const struct section config_sections[] = {
    {"redis", "The one store of Rollcall, and where its programs meet."},
    {"queue", "The job queue."},
    {"graph", "Microsoft's side."},
    {"app", "Who we are at Microsoft: the app registration.\n"
	    "Give client_secret_file, or certificate_file together with key_file."},
    {"secrets", "How secrets are sealed before Redis sees them."},
    {"web", "rollcall-web: portal interface and pages."},
    {"brake", "Against removals nobody meant: a run that would remove too many stops before\n"
	      "the first one, and a person has to approve."},
    {"records", "What is remembered of schools and classes."},
    {"sync", "How members are added."},
    {"log", "What is logged; lines go to standard error, for systemd's journal."},
    {NULL, NULL},
};

/* Each gives the members of a row that follow from the kind.
 * NOLINTBEGIN(bugprone-macro-parentheses): a member's name takes none. */
#define AT(section_, key_) \
	.section = #section_, .key = #key_, .offset = offsetof(struct config, section_.key_)
#define TEXT(section_, key_, standard_) \
	AT(section_, key_), .kind = SETTING_TEXT, .standard = (standard_)
#define CHOICE(section_, key_, standard_, words) \
	AT(section_, key_), .kind = SETTING_CHOICE, .standard = (standard_), .allowed = (words)
#define INTEGER(section_, key_, standard_, min_, max_)                                       \
	AT(section_, key_), .kind = SETTING_INTEGER, .standard = (standard_), .min = (min_), \
			    .max = (max_)
#define NUMBER(section_, key_, standard_, min_, max_)                                       \
	AT(section_, key_), .kind = SETTING_NUMBER, .standard = (standard_), .min = (min_), \
			    .max = (max_)
#define RELOADABLE .reloadable = true
/* NOLINTEND(bugprone-macro-parentheses) */

const struct setting config_settings[] = {
    {TEXT(redis, url, "redis://127.0.0.1:6379/0"), .allowed = redis_allowed, .wrong = redis_wrong,
	.help = "Where Redis (7.0 or newer, or Valkey) is.\n"
		"redis://host:port/db, or unix:///path for a socket on this host.\n"
		"rediss://host:port/db with TLS, where this build has it.\n"
		"sentinel://host:port,host:port/name to follow the master that Sentinels name.\n"
		"Of a Redis Cluster any node, or several: redis://host:port,host:port.\n"
		"With a password: redis://user:password@host:port/db, or\n"
		"unix://user:password@/path.\n"
		"In a password write %40 for @, %3A for :, %2F for /, %3F for ?, %25 for %."},
    {TEXT(redis, ca_file, ""),
	.help = "A private certificate authority to trust for rediss://, in PEM.\n"
		"Empty: those the system trusts."},

    {TEXT(queue, name, "teams"), .allowed = name_allowed, .wrong = name_wrong,
	.help = "The queue's name, part of every Redis key.\n"
		"Two installations with different names share one Redis without meeting."},
    {INTEGER(queue, lease_ms, "6000", 1000, 60000),
	.help = "How long a worker may be silent before its jobs go to another one.\n"
		"Shorter recovers sooner; too short robs a worker that is only slow."},
    {INTEGER(queue, concurrency, "2000", 1, 100000), RELOADABLE,
	.help = "How many jobs one worker process carries at a time."},
    {INTEGER(queue, per_school, "50", 1, 100000), RELOADABLE,
	.help = "How many jobs of one school run at a time, over all workers."},
    {INTEGER(queue, retention_days, "7", 1, 365), RELOADABLE,
	.help = "How many days the record of a finished job is kept."},
    {INTEGER(queue, keep_finished, "100000", 100, 10000000), RELOADABLE,
	.help = "How many records of finished jobs are kept at most; the oldest go first."},

    {TEXT(graph, root, "https://graph.microsoft.com/v1.0"), .allowed = url_allowed,
	.wrong = url_wrong,
	.help = "Where Microsoft Graph is.\n"
		"Other than the default only for a national cloud or for rollcall-emulator."},
    {TEXT(graph, authority, "https://login.microsoftonline.com"), .allowed = url_allowed,
	.wrong = url_wrong, .help = "Where Microsoft signs people and programs in."},
    {TEXT(graph, ca_file, ""),
	.help = "A private certificate authority to trust for Graph and sign-in, in PEM.\n"
		"Empty: those the system trusts."},
    {INTEGER(graph, timeout_ms, "30000", 100, 300000),
	.help = "How long Microsoft may take to answer one request."},
    {INTEGER(graph, poll_ms, "31000", 10, 600000),
	.help = "The pause between two looks at a long-running operation.\n"
		"Microsoft asks for at least 30 seconds while a Team is being made."},
    {NUMBER(graph, quota_scale, "1.0", 0.01, 10000),
	.help = "How many times faster than documented the other side lets us be.\n"
		"It stays 1.0 with Microsoft; an emulator that runs 20 times faster has 20."},

    {TEXT(app, client_id, ""), .allowed = name_allowed, .wrong = client_wrong,
	.help = "The application (client) id of the app registration."},
    {TEXT(app, client_secret_file, ""),
	.help = "A file that holds the client secret, and nothing else."},
    {TEXT(app, certificate_file, ""),
	.help = "The certificate that proves who we are, in PEM.\n"
		"Better than a secret: the private key never leaves this host."},
    {TEXT(app, key_file, ""), .help = "The private key of certificate_file, in PEM."},

    {TEXT(secrets, key_file, ""),
	.help = "The keys that seal the teachers' Microsoft connections, and sessions.\n"
		"One line for each key, id:hex with 64 hex digits.\n"
		"The first one seals, all of them open."},

    {TEXT(web, listen, "127.0.0.1:8420"), .allowed = listen_allowed, .wrong = listen_wrong,
	.help = "Where rollcall-web listens.\n"
		"Put a server that speaks TLS in front of it, or name certificate_file."},
    {TEXT(web, public_url, ""), .allowed = url_allowed, .wrong = url_or_nothing_wrong,
	.help = "The address under which people reach rollcall-web from outside.\n"
		"Microsoft sends teachers back there after they signed in."},
    {TEXT(web, portal_keys_file, ""),
	.help = "The keys with which portals call rollcall-web, a line each, made by rollcall "
		"keys new: name:scopes:school:hash.\n"
		"Scopes are of enqueue, read and admin; school * is every school.\n"
		"Empty: no program may call."},
    {TEXT(web, ticket_key_file, ""),
	.help = "What proves the tickets with which staff arrive from the portal; it alone "
		"fixes the algorithm.\n"
		"A public key in PEM: P-256 is ES256, RSA is RS256, or PS256 below a line alg: "
		"PS256.\n"
		"Or a JWK, or a set of them.\n"
		"Else each line is a secret for HS256 of 32 characters or more, as it is, or "
		"encoded behind hex: or base64:.\n"
		"Empty: no staff can come."},
    {TEXT(web, ticket_audience, ""),
	.help = "The audience (aud) that every ticket has to name.\n"
		"Empty: a ticket need not name one; one that does must name rollcall."},
    {TEXT(web, ticket_issuer, ""), .help = "The issuer (iss) that every ticket has to name.\n"
					   "Empty: any, or none."},
    {TEXT(web, trusted_proxies, ""), .allowed = proxies_allowed, .wrong = proxies_wrong,
	.help = "The servers in front of rollcall-web, as they reach it.\n"
		"Of whom they forward, X-Forwarded-For tells the address; from anybody else it "
		"counts for nothing."},
    {INTEGER(web, key_rate, "200", 0, 100000), RELOADABLE,
	.help = "How many requests a second one portal key may make, ten times that at a "
		"blow.\n"
		"0: any number."},
    {INTEGER(web, staff_rate, "20", 0, 100000), RELOADABLE,
	.help = "How many requests a second one staff member may make, ten times that at a "
		"blow.\n"
		"0: any number."},
    {INTEGER(web, address_rate, "50", 0, 100000), RELOADABLE,
	.help = "How many requests a second one address may make without key and session, ten "
		"times that at a blow.\n"
		"0: any number."},

    {TEXT(web, certificate_file, ""),
	.help = "The certificate with which rollcall-web speaks TLS itself, in PEM.\n"
		"Empty: it does not; a server in front of it does."},
    {TEXT(web, key_file, ""), .help = "The private key of web.certificate_file, in PEM."},

    {NUMBER(brake, share, "0.25", 0, 1), RELOADABLE,
	.help = "It takes hold when more than this share of a class's members would go.\n"
		"0.25 is a quarter."},
    {INTEGER(brake, count, "5", 0, 100000), RELOADABLE,
	.help = "It never takes hold for fewer removals than this."},

    {INTEGER(records, history, "200000", 1000, 100000000), RELOADABLE,
	.help = "How many entries of history are kept of each school, about: who came, who "
		"went, and why.\n"
		"A thousand of them take some 100 kB of Redis's memory."},

    {INTEGER(sync, wave, "0", 0, 200), RELOADABLE,
	.help = "How many learners one request adds.\n"
		"0: as many as take about a second, so that cancelling takes hold soon.\n"
		"1: one by one, which Microsoft limits to 4 a minute on one Team."},

    {CHOICE(log, level, "info", "debug, info, warn, error"), RELOADABLE,
	.help = "The least important kind of line that is still written."},
    {CHOICE(log, format, "text", "text, json"), RELOADABLE,
	.help = "text is for people, json for programs that collect logs."},
    {.section = NULL},
};
