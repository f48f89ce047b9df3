#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "buf.h"
#include "test.h"

extern char **environ;

/* no_settings takes away what the environment of whoever runs the tests says. */
static void no_settings(void)
{
	static char *none[] = {NULL};
	environ = none;
}

static int load(struct config *c, const char *content, struct err *e)
{
	return config_load(c, test_write("rollcall.conf", content), e);
}

static void check_refused(const char *content, const char *want)
{
	struct config c;
	struct err e = {0};
	if (load(&c, content, &e) == 0)
		FAIL("this was taken:\n%s", content);
	CHECK_STR(e.text, want);
	CHECK(e.code == ERR_INPUT);
	CHECK(!c.queue.name);
}

static void check_taken(const char *content)
{
	struct config c;
	struct err e;
	if (load(&c, content, &e) < 0)
		FAIL("%s", e.text);
	config_clear(&c);
}

static char *contents(const char *name)
{
	struct buf b;
	char piece[4096];
	buf_init(&b, 0);
	FILE *from = fopen(name, "r");
	CHECK(from);
	for (size_t got; (got = fread(piece, 1, sizeof(piece), from)) > 0;)
		buf_add(&b, piece, got);
	fclose(from);
	return buf_take(&b);
}

TEST("without a word in the file every setting has its default")
{
	struct config c;
	struct err e;
	no_settings();
	CHECK_INT(load(&c, "", &e), 0);
	CHECK_STR(c.redis.url, "redis://127.0.0.1:6379/0");
	CHECK_STR(c.queue.name, "teams");
	CHECK_INT(c.queue.lease_ms, 6000);
	CHECK_INT(c.queue.concurrency, 2000);
	CHECK_INT(c.queue.per_school, 50);
	CHECK_INT(c.queue.retention_days, 7);
	CHECK_INT(c.queue.keep_finished, 100000);
	CHECK_STR(c.graph.root, "https://graph.microsoft.com/v1.0");
	CHECK_STR(c.graph.authority, "https://login.microsoftonline.com");
	CHECK_STR(c.graph.ca_file, "");
	CHECK_INT(c.graph.timeout_ms, 30000);
	CHECK_INT(c.graph.poll_ms, 31000);
	CHECK(c.graph.quota_scale == 1.0);
	CHECK_STR(c.web.listen, "127.0.0.1:8420");
	CHECK_STR(c.web.public_url, "");
	CHECK(c.brake.share == 0.25);
	CHECK_INT(c.brake.count, 5);
	CHECK_INT(c.sync.wave, 0);
	CHECK_STR(c.log.level, "info");
	CHECK_STR(c.log.format, "text");
	config_clear(&c);
	CHECK(!c.redis.url);
	config_clear(&c);
}

TEST("the file is taken over, with blanks, comments and line ends of any kind")
{
	struct config c;
	struct err e;
	no_settings();
	CHECK_INT(
	    load(&c,
		"\xef\xbb\xbf# first\n[queue] ; second\r\n  name=green.hill\r\n"
		"; lease_ms = 1\n\tlease_ms =\t7000 ; third\n\n[brake]\nshare = 0.5\n[queue]\n"
		"per_school = 9",
		&e),
	    0);
	CHECK_STR(c.queue.name, "green.hill");
	CHECK_INT(c.queue.lease_ms, 7000);
	CHECK_INT(c.queue.per_school, 9);
	CHECK(c.brake.share == 0.5);
	config_clear(&c);
}

TEST("the environment goes before the file")
{
	struct config c;
	struct err e;
	no_settings();
	setenv("ROLLCALL_QUEUE_LEASE_MS", "8000", 1);
	setenv("ROLLCALL_APP_CLIENT_SECRET_FILE", "/run/secret", 1);
	CHECK_INT(load(&c, "[queue]\nlease_ms = 7000\nname = left-alone\n", &e), 0);
	CHECK_INT(c.queue.lease_ms, 8000);
	CHECK_STR(c.queue.name, "left-alone");
	CHECK_STR(c.app.client_secret_file, "/run/secret");
	config_clear(&c);
}

TEST("a value out of range names file, line, setting and what is allowed")
{
	no_settings();
	check_refused("[queue]\n\nlease_ms = 2\n",
	    "rollcall.conf:3: queue.lease_ms = \"2\": allowed 1000 to 60000");
	check_refused("[queue]\nkeep_finished = 10000001\n",
	    "rollcall.conf:2: queue.keep_finished = \"10000001\": allowed 100 to 10000000");
	check_refused("[graph]\nquota_scale = 0.001\n",
	    "rollcall.conf:2: graph.quota_scale = \"0.001\": allowed 0.01 to 10000");
	check_refused("[log]\nlevel = loud\n",
	    "rollcall.conf:2: log.level = \"loud\": allowed debug, info, warn, error");
	check_refused(
	    "[log]\nformat =\n", "rollcall.conf:2: log.format = \"\": allowed text, json");
	check_refused("[queue]\nname = a b\n",
	    "rollcall.conf:2: queue.name = \"a b\": allowed 1 to 64 of A-Z a-z 0-9 . _ -");
}

TEST("the ends of a range are inside it")
{
	no_settings();
	check_taken("[queue]\nlease_ms = 1000\n");
	check_taken("[queue]\nlease_ms = 60000\n");
	check_taken("[brake]\nshare = 0\n");
	check_taken("[brake]\nshare = 1\n");
	check_refused(
	    "[brake]\nshare = 1.01\n", "rollcall.conf:2: brake.share = \"1.01\": allowed 0 to 1");
	check_refused(
	    "[sync]\nwave = 201\n", "rollcall.conf:2: sync.wave = \"201\": allowed 0 to 200");
}

TEST("a number is digits and nothing else")
{
	const char *const values[] = {"", "6000ms", "0x1770", "6e3", "+6000", "-6000", "6 000",
	    "99999999999999999999", "6000 # slow", "nan"};
	no_settings();
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char content[128], want[128];
		snprintf(content, sizeof(content), "[queue]\nlease_ms = %s\n", values[i]);
		snprintf(want, sizeof(want),
		    "rollcall.conf:2: queue.lease_ms = \"%s\": allowed 1000 to 60000", values[i]);
		check_refused(content, want);
	}
	check_refused(
	    "[brake]\nshare = 25%\n", "rollcall.conf:2: brake.share = \"25%\": allowed 0 to 1");
	check_refused(
	    "[brake]\nshare = 0.2.5\n", "rollcall.conf:2: brake.share = \"0.2.5\": allowed 0 to 1");
	check_refused(
	    "[brake]\nshare = .\n", "rollcall.conf:2: brake.share = \".\": allowed 0 to 1");
}

TEST("a variable out of range is named instead of a line")
{
	struct config c;
	struct err e;
	no_settings();
	setenv("ROLLCALL_QUEUE_LEASE_MS", "2", 1);
	CHECK_INT(load(&c, "", &e), ERR_INPUT);
	CHECK_STR(e.text, "ROLLCALL_QUEUE_LEASE_MS: queue.lease_ms = \"2\": allowed 1000 to 60000");
}

TEST("a variable for a setting that does not exist is refused, others are not ours")
{
	struct config c;
	struct err e;
	no_settings();
	setenv("ROLLCALL_ROOT", "/somewhere", 1);
	setenv("ROLLCALL_COLOUR", "green", 1);
	setenv("ROLLCALL_TEST_HOST", "x", 1);
	setenv("ROLLCALLX_QUEUE_LEASE", "x", 1);
	CHECK_INT(load(&c, "", &e), 0);
	config_clear(&c);
	setenv("ROLLCALL_QUEUE_LEASE", "7000", 1);
	CHECK_INT(load(&c, "", &e), ERR_INPUT);
	CHECK_STR(e.text, "ROLLCALL_QUEUE_LEASE: no such setting");
}

TEST("an unknown section or key is refused, with its line")
{
	no_settings();
	check_refused("[queue]\nlease = 7000\n", "rollcall.conf:2: queue.lease: no such setting");
	check_refused("[log]\nname = teams\n", "rollcall.conf:2: log.name: no such setting");
	check_refused("[queue]\n[que]\n", "rollcall.conf:2: [que]: no such section");
	check_refused("[Queue]\n", "rollcall.conf:1: [Queue]: no such section");
	check_refused("\nname = teams\n", "rollcall.conf:2: name stands before any [section]");
}

TEST("a key that stands twice is refused, and both lines are named")
{
	no_settings();
	check_refused("[queue]\nname = a\n[log]\n[queue]\nname = a\n",
	    "rollcall.conf:5: queue.name is set twice, first in line 2");
}

TEST("a line that is neither section nor key is refused, and no value is shown")
{
	no_settings();
	check_refused(
	    "[queue]\nlease_ms 7000\n", "rollcall.conf:2: \"lease_ms\": expected key = value");
	check_refused(
	    "[redis]\nurl: redis://u:secret@h\n", "rollcall.conf:2: \"url\": expected key = value");
	check_refused("[redis]\n= 5\n", "rollcall.conf:2: \"\": expected key = value");
	check_refused(
	    "[queue\n", "rollcall.conf:1: a section is written [name], alone on its line");
	check_refused("[queue] name = a\n",
	    "rollcall.conf:1: a section is written [name], alone on its line");
}

TEST("a line with blanks in front does not continue the one above")
{
	no_settings();
	check_refused("[web]\nportal_keys_file = /a\n  /b\n",
	    "rollcall.conf:3: \"/b\": expected key = value");
}

TEST("long values are taken up to 1000 bytes and no further")
{
	struct config c;
	struct err e;
	char content[4000], path[3000];
	no_settings();
	memset(path, 'p', sizeof(path));
	snprintf(content, sizeof(content), "[graph]\nca_file = %.1000s\n", path);
	CHECK_INT(load(&c, content, &e), 0);
	CHECK_INT(strlen(c.graph.ca_file), 1000);
	config_clear(&c);
	snprintf(content, sizeof(content), "[graph]\nca_file = %.1001s\n", path);
	CHECK_INT(load(&c, content, &e), ERR_INPUT);
	CHECK_HAS(e.text, "rollcall.conf:2: graph.ca_file = \"ppp");
	CHECK_HAS(e.text, "\": too long, allowed are 1000 bytes");
	snprintf(content, sizeof(content), "[graph]\nca_file = %.3000s\n", path);
	check_refused(content, "rollcall.conf:2: longer than 2046 bytes, or no text");
}

TEST("quotes and control characters are refused")
{
	no_settings();
	check_refused("[queue]\nname = \"teams\"\n",
	    "rollcall.conf:2: queue.name = \"\"teams\"\": values are written without quotes");
	check_refused("[app]\nkey_file = a\tb\n",
	    "rollcall.conf:2: app.key_file = \"a\tb\": control characters are not allowed");
}

TEST("a password in an address is not repeated in an error")
{
	no_settings();
	check_refused("[redis]\nurl = rediss//u:secret@host\n",
	    "rollcall.conf:2: redis.url = \"***@host\": allowed redis://host:port/db "
	    "or unix:///path");
}

TEST("Redis may be reached in every way the contract names")
{
	no_settings();
	check_taken("[redis]\nurl = redis://127.0.0.1:6379/1\n");
	check_taken("[redis]\nurl = rediss://u:p@redis.example:6380/0\n");
	check_taken("[redis]\nurl = unix:///run/redis/redis-server.sock\n");
	check_taken("[redis]\nurl = unix://worker:pass%40word@/run/redis.sock?db=1\n");
	check_taken("[redis]\nurl = sentinel://a:26379,b:26379/main\n");
}

TEST("plain http is refused but to the own host, because tokens would be readable")
{
	no_settings();
	check_taken("[graph]\nroot = http://127.0.0.1:9000/v1.0\n");
	check_taken("[graph]\nroot = http://localhost\n");
	check_taken("[graph]\nauthority = http://[::1]:9000\n");
	check_taken("[graph]\nroot = https://graph.microsoft.us/v1.0\n");
	const char *const hosts[] = {
	    "graph.example", "127.0.0.1.example", "localhost.example:80", "10.0.0.1", "[::2]:80"};
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		char content[128], want[256];
		snprintf(content, sizeof(content), "[graph]\nauthority = http://%s\n", hosts[i]);
		snprintf(want, sizeof(want),
		    "rollcall.conf:2: graph.authority = \"http://%s\": plain http carries tokens "
		    "in "
		    "the clear for all to read; use https:// (http:// only to 127.0.0.1, [::1] or "
		    "localhost)",
		    hosts[i]);
		check_refused(content, want);
	}
}

TEST("an address that is none, or more than one, is refused")
{
	const char *const values[] = {"", "graph.microsoft.com", "ftp://a", "https://",
	    "https:///v1", "https://a/", "https://a b", "https://a?b",
	    "http://127.0.0.1@evil.example", "https://[::1]x", "https://a\\b"};
	no_settings();
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct config c;
		struct err e;
		char content[128];
		snprintf(content, sizeof(content), "[graph]\nroot = %s\n", values[i]);
		if (load(&c, content, &e) == 0)
			FAIL("%s was taken", values[i]);
		CHECK_HAS(e.text, "rollcall.conf:2: graph.root = \"");
	}
}

TEST("an address to listen on is a host and a port")
{
	const char *const bad[] = {"", "8420", ":8420", "127.0.0.1", "127.0.0.1:", "a:65536", "a:x",
	    "a:123456", "::1:8420", "a/b:1"};
	no_settings();
	check_taken("[web]\nlisten = [::]:0\n");
	check_taken("[web]\nlisten = 0.0.0.0:65535\n");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct config c;
		struct err e;
		char content[128];
		snprintf(content, sizeof(content), "[web]\nlisten = %s\n", bad[i]);
		if (load(&c, content, &e) == 0)
			FAIL("%s was taken", bad[i]);
		CHECK_HAS(e.text, "rollcall.conf:2: web.listen = \"");
	}
}

TEST("secret and certificate together are refused, and half a certificate too")
{
	no_settings();
	check_taken("[app]\nclient_secret_file = s\n");
	check_taken("[app]\ncertificate_file = c\nkey_file = k\n");
	check_refused("[app]\nclient_secret_file = s\ncertificate_file = c\nkey_file = k\n",
	    "app.client_secret_file and app.certificate_file are both set: give one of them");
	check_refused("[app]\ncertificate_file = c\n",
	    "app.certificate_file is set, but app.key_file is not: they belong together");
	check_refused("[app]\nkey_file = k\n",
	    "app.key_file is set, but app.certificate_file is not: they belong together");
}

TEST("the file is the one given, else ROLLCALL_CONF")
{
	struct config c;
	struct err e;
	no_settings();
	setenv("ROLLCALL_CONF", test_write("named.conf", "[queue]\nname = named\n"), 1);
	CHECK_INT(config_load(&c, NULL, &e), 0);
	CHECK_STR(c.queue.name, "named");
	config_clear(&c);
	CHECK_INT(load(&c, "[queue]\nname = given\n", &e), 0);
	CHECK_STR(c.queue.name, "given");
	config_clear(&c);
}

TEST("a file that was named must be there and be a file")
{
	struct config c;
	struct err e;
	no_settings();
	CHECK_INT(config_load(&c, "missing.conf", &e), ERR_SYSTEM);
	CHECK_STR(e.text, "missing.conf: cannot be opened: No such file or directory");
	CHECK_INT(config_load(&c, "/", &e), ERR_SYSTEM);
	CHECK_STR(e.text, "/: cannot be read: Is a directory");
	setenv("ROLLCALL_CONF", "missing.conf", 1);
	CHECK_INT(config_load(&c, NULL, &e), ERR_SYSTEM);
}

/* log_to makes standard error a file and returns its name. */
static const char *log_to(struct config *c)
{
	int fd = open("log", O_WRONLY | O_CREAT | O_APPEND, 0600);
	CHECK(fd >= 0);
	dup2(fd, STDERR_FILENO);
	config_open_log(c);
	return "log";
}

TEST("reloading takes over what may change and names what may not")
{
	struct config c;
	struct err e;
	no_settings();
	CHECK_INT(load(&c, "[queue]\nname = a\nper_school = 1\n[log]\nlevel = warn\n", &e), 0);
	const char *log = log_to(&c);
	test_write("rollcall.conf",
	    "[queue]\nname = b\nper_school = 2\n[brake]\nshare = 0.5\n[log]\nlevel = warn\n");
	CHECK_INT(config_reload(&c, "rollcall.conf", &e), 0);
	CHECK_STR(c.queue.name, "a");
	CHECK_INT(c.queue.per_school, 2);
	CHECK(c.brake.share == 0.5);
	char *text = contents(log);
	CHECK_HAS(text, "warn config_needs_restart setting=queue.name\n");
	CHECK(!strstr(text, "per_school"));
	free(text);
	config_clear(&c);
}

TEST("the log is opened as it is configured, and follows a reload")
{
	struct config c;
	struct err e;
	no_settings();
	CHECK_INT(load(&c, "[log]\nlevel = error\nformat = json\n", &e), 0);
	const char *log = log_to(&c);
	test_write("rollcall.conf", "[log]\nlevel = debug\n");
	CHECK_INT(config_reload(&c, "rollcall.conf", &e), 0);
	CHECK_STR(c.log.level, "debug");
	CHECK_STR(c.log.format, "text");
	config_open_log(&c);
	CHECK_INT(config_reload(&c, test_write("other.conf", "[brake]\ncount = 6\n"), &e), 0);
	char *text = contents(log);
	CHECK_HAS(text, " info config_changed setting=brake.count\n");
	CHECK(!strstr(text, "{"));
	free(text);
	config_clear(&c);
}

TEST("a reload that fails leaves everything as it was")
{
	struct config c;
	struct err e;
	no_settings();
	CHECK_INT(load(&c, "[queue]\nper_school = 1\n", &e), 0);
	test_write("rollcall.conf", "[queue]\nper_school = 2\n[brake]\nshare = 7\n");
	CHECK_INT(config_reload(&c, "rollcall.conf", &e), ERR_INPUT);
	CHECK_STR(e.text, "rollcall.conf:4: brake.share = \"7\": allowed 0 to 1");
	CHECK_INT(c.queue.per_school, 1);
	CHECK(c.brake.share == 0.25);
	config_clear(&c);
}

static char *printed(void (*print)(FILE *to))
{
	FILE *to = fopen("printed", "w");
	CHECK(to);
	print(to);
	fclose(to);
	return contents("printed");
}

TEST("the example file can be loaded as it stands and shows every key")
{
	no_settings();
	char *text = printed(config_example);
	check_taken(text);
	CHECK_HAS(text, "\n[queue]\n");
	CHECK_HAS(text, "\n# Allowed: 1000 to 60000.\n# lease_ms = 6000\n");
	CHECK_HAS(text, "\n# SIGHUP takes it over.\n# level = info\n");
	CHECK_HAS(text, "\n# client_id =\n");
	free(text);
}

TEST("the example file with every key switched on says the defaults")
{
	struct config c, standard;
	struct err e;
	no_settings();
	char *text = printed(config_example), *line, *rest = text;
	struct buf b;
	buf_init(&b, 0);
	int keys = 0;
	while ((line = strsep(&rest, "\n"))) {
		size_t word = strspn(line, "# abcdefghijklmnopqrstuvwxyz_");
		bool key = word > 2 && line[word] == '=' && strcspn(line + 2, " ") == word - 3;
		keys += key;
		buf_addf(&b, "%s\n", key ? line + 2 : line);
	}
	CHECK_INT(keys, 27);
	if (load(&c, b.data, &e) < 0)
		FAIL("%s", e.text);
	CHECK_INT(load(&standard, "", &e), 0);
	CHECK_STR(c.redis.url, standard.redis.url);
	CHECK_INT(c.queue.lease_ms, standard.queue.lease_ms);
	CHECK_STR(c.log.format, standard.log.format);
	config_clear(&c);
	config_clear(&standard);
	buf_clear(&b);
	free(text);
}

TEST("no line of the example file is longer than a terminal is wide")
{
	no_settings();
	char *text = printed(config_example), *line, *rest = text;
	while ((line = strsep(&rest, "\n")))
		if (strlen(line) > 80)
			FAIL("%zu columns: %s", strlen(line), line);
	free(text);
}

TEST("the manual's key list names every key once, with default and range")
{
	no_settings();
	char *text = printed(config_manual);
	CHECK_HAS(text, ".Ss queue\n");
	CHECK_HAS(text, ".It Cm lease_ms\n");
	CHECK_HAS(text, "\nDefault: 6000.\nAllowed: 1000 to 60000.\n");
	CHECK_HAS(text, ".Dv SIGHUP\n");
	CHECK(!strchr(text, '\\'));
	int items = 0;
	for (const char *at = text; (at = strstr(at, ".It Cm ")); at++)
		items++;
	CHECK_INT(items, 27);
	free(text);
}
