#include "log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "json.h"
#include "test.h"

#define AT    1795344120123
#define STAMP "2026-11-22T10:42:00.123Z "

static int ends[2]; /* a pipe: what one write(2) puts in, one read(2) takes out */

static void open_log(enum log_level least, enum log_format format)
{
	CHECK_INT(pipe2(ends, O_NONBLOCK), 0);
	clock_fake(AT, 0);
	log_open(ends[1], least, format);
}

/* written gives what was logged since it was last asked, "" if nothing. */
static const char *written(void)
{
	static char text[16384];
	ssize_t length = read(ends[0], text, sizeof(text) - 1);
	text[length > 0 ? length : 0] = '\0';
	return text;
}

static char *repeat(const char *part, size_t count)
{
	static char text[20000];
	text[0] = '\0';
	for (size_t i = 0, length = strlen(part); i < count; i++)
		memcpy(text + i * length, part, length + 1);
	return text;
}

TEST("a line is time, level, event and fields")
{
	open_log(LOG_INFO, LOG_TEXT);
	log_info("job_done", log_str("job", "01J"), log_str("type", "sync-learners"),
	    log_int("ran_ms", 12));
	CHECK_STR(written(), STAMP "info job_done job=01J type=sync-learners ran_ms=12\n");
	log_error("started");
	CHECK_STR(written(), STAMP "error started\n");
	log_warn("number", log_int("n", INT64_MIN));
	CHECK_STR(written(), STAMP "warn number n=-9223372036854775808\n");
}

TEST("less than the least level is not written")
{
	open_log(LOG_WARN, LOG_TEXT);
	log_debug("a");
	log_info("b");
	CHECK_STR(written(), "");
	log_open(ends[1], LOG_DEBUG, LOG_TEXT);
	log_debug("c");
	CHECK_STR(written(), STAMP "debug c\n");
}

TEST("text is quoted only when it has to be")
{
	open_log(LOG_INFO, LOG_TEXT);
	log_info("e", log_str("a", "plain/text:1?"), log_str("b", ""), log_str("c", "two words"),
	    log_str("d", "é"), log_str("e", "x=y"), log_str("f", NULL));
	CHECK_STR(written(),
	    STAMP "info e a=plain/text:1? b=\"\" c=\"two words\" d=é e=\"x=y\" f=\"\"\n");
}

TEST("no text can begin a line of its own or end its quotes")
{
	open_log(LOG_INFO, LOG_TEXT);
	log_info("e", log_str("a", "1\n2\t\"3\"\\\x1b\x7f"));
	CHECK_STR(written(), STAMP "info e a=\"1\\n2\\t\\\"3\\\"\\\\\\u001b\\u007f\"\n");
}

TEST("bytes that are no UTF-8 are replaced, each by itself")
{
	open_log(LOG_INFO, LOG_TEXT);
	log_info("e",
	    log_str("a", "a\xff"
			 "b\xc3"),
	    log_str("b", "\xed\xa0\x80"), log_str("c", "\xc0\xaf"));
	CHECK_STR(written(), STAMP
	    "info e a=\"a\\ufffdb\\ufffd\" b=\"\\ufffd\\ufffd\\ufffd\" c=\"\\ufffd\\ufffd\"\n");
}

TEST("a JSON line is one object that a parser reads")
{
	struct err e;
	open_log(LOG_INFO, LOG_JSON);
	log_info("job_done", log_str("job", "01J"), log_int("ran_ms", 12),
	    log_str("odd", "\"\n\xfe\x01"));
	const char *line = written();
	CHECK_STR(line,
	    "{\"time\":\"2026-11-22T10:42:00.123Z\",\"level\":\"info\",\"event\":\"job_done\","
	    "\"job\":\"01J\",\"ran_ms\":12,\"odd\":\"\\\"\\n\\ufffd\\u0001\"}\n");
	json_t *o = json_read(line, strlen(line), 2, &e);
	CHECK(o);
	json_decref(o);
}

static void check_bounded(const char *line)
{
	CHECK(strlen(line) <= 4096);
	CHECK(strlen(line) > 3500);
	CHECK_INT(line[strlen(line) - 1], '\n');
	CHECK(!memchr(line, '\n', strlen(line) - 1));
	CHECK_HAS(line, "…");
}

TEST("a line that is too long is cut, shows it, and is still a line")
{
	open_log(LOG_INFO, LOG_TEXT);
	log_info("e", log_str("a", repeat("x", 9000)));
	check_bounded(written());
	log_info("e", log_str("a", repeat("é ", 3000)), log_str("b", "c"));
	check_bounded(written());
	log_info("e", log_str("a", repeat("\xff", 9000)));
	check_bounded(written());
}

TEST("a JSON line that is too long is cut and still JSON")
{
	const char *const parts[] = {"x", "é", "\"", "\x01", "\xff"};
	struct err e;
	open_log(LOG_INFO, LOG_JSON);
	for (size_t i = 0; i < 5; i++) {
		log_info("e", log_str("a", repeat(parts[i], 6000)), log_str("b", "c"));
		const char *line = written();
		check_bounded(line);
		json_t *o = json_read(line, strlen(line), 2, &e);
		CHECK(o);
		CHECK_STR(json_text(o, "more"), "…");
		json_decref(o);
	}
}

TEST("a line with too many fields leaves the last ones out")
{
	struct log_field fields[201] = {{0}};
	for (int i = 0; i < 200; i++)
		fields[i] = log_str(repeat("key", 30), "value");
	open_log(LOG_INFO, LOG_JSON);
	log_write(LOG_INFO, "e", fields);
	const char *line = written();
	check_bounded(line);
	CHECK_HAS(line, ",\"more\":\"…\"}\n");
	log_open(ends[1], LOG_INFO, LOG_TEXT);
	log_write(LOG_INFO, "e", fields);
	line = written();
	check_bounded(line);
	CHECK_STR(line + strlen(line) - 5, " …\n");
}

TEST("a line that cannot be written is lost and nothing else happens")
{
	open_log(LOG_INFO, LOG_TEXT);
	for (int i = 0; i < 100; i++)
		log_info("e", log_str("a", repeat("x", 4000)));
	CHECK_HAS(written(), "info e a=xxx");
	log_open(-1, LOG_INFO, LOG_TEXT);
	log_info("e");
}
