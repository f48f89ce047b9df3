/*
 * log - one event, one line, one write(2).
 *
 *	2026-11-22T10:42:00.123Z info job_done job=01J type=sync-learners ran_ms=12
 *	{"time":"2026-...","level":"info","event":"job_done","job":"01J","ran_ms":12}
 *
 * A line has at most 4 kB, which a pipe takes whole, so lines of several
 * processes never mix. Text that is too long ends in "...", and so does a line
 * with too many fields; a JSON line stays JSON all the same. A line that cannot
 * be written is lost: the work matters more than its log.
 */
#include "log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

enum {
	LINE_MAX_BYTES = 4096, /* PIPE_BUF on Linux */
	TAIL_BYTES = 32,       /* kept for what closes a line */
	FIELD_BYTES = 160,     /* a field is begun only with this much left */
	KEY_MAX = 48,
};

struct line {
	char data[LINE_MAX_BYTES];
	size_t length;
};

static int log_fd = STDERR_FILENO;
static enum log_level log_least = LOG_INFO;
static enum log_format log_form = LOG_TEXT;

void log_open(int fd, enum log_level least, enum log_format format)
{
	log_fd = fd;
	log_least = least;
	log_form = format;
}

static void put(struct line *l, const char *bytes, size_t length)
{
	memcpy(l->data + l->length, bytes, length);
	l->length += length;
}

static void puts_line(struct line *l, const char *text)
{
	put(l, text, strlen(text));
}

/* utf8_length gives the bytes of the character at s, or 0 when it is none. */
static size_t utf8_length(const unsigned char *s)
{
	size_t length = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (s[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
	bool beyond = (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf4 && s[1] > 0x8f);
	return overlong || beyond ? 0 : length;
}

/* put_character escapes one character of quoted text as JSON does, and returns
 * the bytes it took from s. */
static size_t put_character(struct line *l, const char *s)
{
	unsigned char c = (unsigned char)*s;
	size_t length = utf8_length((const unsigned char *)s);
	char escape[8];
	if (length == 0)
		puts_line(l, "\\ufffd");
	else if (c == '"' || c == '\\')
		put(l, (const char[]){'\\', *s}, 2);
	else if (c == '\n')
		puts_line(l, "\\n");
	else if (c == '\t')
		puts_line(l, "\\t");
	else if (c < 0x20 || c == 0x7f)
		put(l, escape, (size_t)snprintf(escape, sizeof(escape), "\\u%04x", c));
	else
		put(l, s, length);
	return length ? length : 1;
}

static bool needs_quotes(const char *text)
{
	if (!*text)
		return true;
	while (*text) {
		size_t length = utf8_length((const unsigned char *)text);
		if (length == 0 || (unsigned char)*text <= ' ' || strchr("\"\\=\x7f", *text))
			return true;
		text += length;
	}
	return false;
}

static void put_text(struct line *l, const char *text)
{
	bool quotes = log_form == LOG_JSON || needs_quotes(text);
	if (quotes)
		puts_line(l, "\"");
	while (*text && l->length < LINE_MAX_BYTES - TAIL_BYTES)
		text += put_character(l, text);
	if (*text)
		puts_line(l, "…");
	if (quotes)
		puts_line(l, "\"");
}

static void put_field(struct line *l, const struct log_field *f)
{
	char text[KEY_MAX + 32];
	snprintf(
	    text, sizeof(text), log_form == LOG_JSON ? ",\"%.*s\":" : " %.*s=", KEY_MAX, f->key);
	puts_line(l, text);
	if (f->text) {
		put_text(l, f->text);
	} else {
		snprintf(text, sizeof(text), "%" PRId64, f->number);
		puts_line(l, text);
	}
}

static void put_head(struct line *l, enum log_level level, const char *event)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};
	char time[32], text[KEY_MAX + 96];
	clock_iso(clock_wall_ms(), time);
	if (log_form == LOG_JSON)
		snprintf(text, sizeof(text), "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%.*s\"",
		    time, names[level], KEY_MAX, event);
	else
		snprintf(text, sizeof(text), "%s %s %.*s", time, names[level], KEY_MAX, event);
	puts_line(l, text);
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
	if (level < log_least)
		return;
	struct line l = {.length = 0};
	put_head(&l, level, event);
	for (; fields->key && l.length < LINE_MAX_BYTES - FIELD_BYTES; fields++)
		put_field(&l, fields);
	if (fields->key)
		puts_line(&l, log_form == LOG_JSON ? ",\"more\":\"…\"" : " …");
	puts_line(&l, log_form == LOG_JSON ? "}\n" : "\n");
	ssize_t wrote;
	do
		wrote = write(log_fd, l.data, l.length);
	while (wrote < 0 && errno == EINTR);
}
