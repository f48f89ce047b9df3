/* Settings as a whole: which of file and environment counts, what a value may be, reloading. */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>

#include "config_rig.h"

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
	    "rollcall.conf:2: redis.url = \"***@host\": allowed redis://host:port/db, "
	    "rediss://host:port/db, unix:///path or sentinel://host:port,host:port/name");
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

TEST(
    "a private authority for Redis is handed on in its url, and refused where nothing is encrypted")
{
	struct config c;
	struct err e;
	no_settings();
	CHECK_INT(load(&c, "[redis]\nurl = rediss://h\nca_file = /etc/a b.pem\n", &e), 0);
	CHECK_STR(c.redis.url, "rediss://h?ca_file=%2Fetc%2Fa%20b.pem");
	config_clear(&c);
	CHECK_INT(load(&c, "[redis]\nurl = rediss://h?db=1\nca_file = ca.pem\n", &e), 0);
	CHECK_STR(c.redis.url, "rediss://h?db=1&ca_file=ca.pem");
	config_clear(&c);
	check_refused("[redis]\nca_file = ca.pem\n",
	    "redis.ca_file is set, but redis.url does not begin with rediss://: nothing would "
	    "be encrypted");
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
