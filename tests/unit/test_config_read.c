/* Settings from a file, line by line, and from the environment. */
#include "config_int.h"

#include <stdlib.h>

#include "config_rig.h"

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

TEST("a file sets what it names and leaves the rest as it was")
{
	struct config c = {.queue = {.lease_ms = 1234, .per_school = 56}};
	struct err e;
	test_write("rollcall.conf", "[queue]\nper_school = 9\n[graph]\nca_file =\n");
	CHECK_INT(config_read_file(&c, "rollcall.conf", &e), 0);
	CHECK_INT(c.queue.lease_ms, 1234);
	CHECK_INT(c.queue.per_school, 9);
	CHECK_STR(c.graph.ca_file, "");
	CHECK(!c.queue.name);
	config_clear(&c);
}

TEST("the environment sets what it names and leaves the rest as it was")
{
	struct config c = {.queue = {.lease_ms = 1234, .per_school = 56}};
	struct err e;
	no_settings();
	setenv("ROLLCALL_QUEUE_PER_SCHOOL", "9", 1);
	setenv("ROLLCALL_BRAKE_SHARE", "0.5", 1);
	setenv("ROLLCALL_GRAPH_CA_FILE", "", 1);
	setenv("rollcall_queue_lease_ms", "7000", 1);
	CHECK_INT(config_read_environment(&c, &e), 0);
	CHECK_INT(c.queue.lease_ms, 1234);
	CHECK_INT(c.queue.per_school, 9);
	CHECK(c.brake.share == 0.5);
	CHECK_STR(c.graph.ca_file, "");
	CHECK(!c.queue.name);
	config_clear(&c);
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
