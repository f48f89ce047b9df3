/* output - lines, paragraphs, colours, times and JSON. */
#include "output.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "columns.h"

enum { COLUMNS_STANDARD = 80, COLUMNS_LEAST = 20 };

static bool terminal, coloured, unicode;

static bool is_set(const char *variable)
{
	const char *value = getenv(variable);
	return value && *value;
}

void out_start(void)
{
	const char *kind = getenv("TERM");
	unicode = columns_start();
	terminal = isatty(STDOUT_FILENO) && kind && *kind && strcmp(kind, "dumb") != 0;
	coloured = terminal && !is_set("NO_COLOR");
}

bool out_is_terminal(void)
{
	return terminal;
}

bool out_shows_unicode(void)
{
	return unicode;
}

int out_columns(void)
{
	struct winsize size;
	if (!terminal)
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return COLUMNS_STANDARD;
	return size.ws_col < COLUMNS_LEAST ? COLUMNS_LEAST : size.ws_col;
}

const char *out_paint(enum colour c)
{
	static const char *const codes[] = {
	    [PLAIN] = "\033[m",
	    [BOLD] = "\033[1m",
	    [GREEN] = "\033[32m",
	    [BLUE] = "\033[34m",
	    [RED] = "\033[31m",
	    [GREY] = "\033[90m",
	    [ORANGE] = "\033[33m",
	};
	return coloured ? codes[c] : "";
}

/* ---- lines and paragraphs ------------------------------------------------------ */

static void add_painted(struct buf *b, enum colour c, const char *text, size_t length)
{
	bool painted = c != PLAIN && length > 0;
	buf_adds(b, painted ? out_paint(c) : "");
	buf_add(b, text, length);
	buf_adds(b, painted ? out_paint(PLAIN) : "");
}

size_t out_line(struct buf *b, enum colour c, size_t columns, const char *text)
{
	char *clean = columns_clean(text);
	size_t width = columns_width(clean);
	if (columns == 0 || width <= columns) {
		add_painted(b, c, clean, strlen(clean));
	} else {
		const char *dots = unicode ? "…" : "~";
		clean[columns_fit(clean, columns - 1)] = '\0';
		width = columns_width(clean) + 1;
		add_painted(b, c, clean, strlen(clean));
		add_painted(b, c, dots, strlen(dots));
	}
	free(clean);
	return width;
}

void out_paragraph(struct buf *b, enum colour c, size_t columns, size_t indent, const char *text)
{
	char *clean = columns_clean(text);
	size_t room = columns > indent + 10 ? columns - indent : columns ? 10 : SIZE_MAX;
	for (const char *at = clean; *at; at += strspn(at, " ")) {
		size_t length = columns_line(at, room);
		buf_addf(b, "%*s", (int)indent, "");
		add_painted(b, c, at, length);
		buf_adds(b, "\n");
		at += length;
	}
	free(clean);
}

void out_say(enum colour c, size_t indent, const char *fmt, ...)
{
	struct buf lines;
	char *words;
	va_list args;
	va_start(args, fmt);
	int length = vasprintf(&words, fmt, args);
	va_end(args);
	if (length < 0)
		abort();
	buf_init(&lines, 0);
	out_paragraph(&lines, c, (size_t)out_columns(), indent, words);
	fputs(lines.data ? lines.data : "\n", stdout);
	buf_clear(&lines);
	free(words);
}

/* Anything else a shell may take for something of its own. */
static bool is_plain_word(const char *word)
{
	return *word && word[strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					  "0123456789@%+=:,./_-")] == '\0';
}

static void add_word(struct buf *b, const char *word)
{
	if (is_plain_word(word)) {
		buf_adds(b, word);
		return;
	}
	buf_adds(b, "'");
	for (; *word; word++)
		if (*word == '\'')
			buf_adds(b, "'\\''");
		else
			buf_add(b, word, 1);
	buf_adds(b, "'");
}

void out_command(const char *const *words)
{
	struct buf b;
	buf_init(&b, 0);
	for (size_t i = 0; words[i]; i++) {
		buf_adds(&b, i ? " " : "  ");
		add_word(&b, words[i]);
	}
	char *clean = columns_clean(b.data);
	puts(clean);
	free(clean);
	buf_clear(&b);
}

void out_field(const char *label, enum colour c, const char *text)
{
	enum { INDENT = 14 };
	struct buf lines;
	if (!*text)
		return;
	buf_init(&lines, 0);
	out_paragraph(&lines, c, (size_t)out_columns(), INDENT, text);
	printf("%-*s%s", INDENT, label, lines.data + INDENT);
	buf_clear(&lines);
}

void out_complain(const char *fmt, ...)
{
	char text[1024];
	va_list args;
	va_start(args, fmt);
	(void)!vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	struct buf lines;
	char *words = xasprintf("rollcall: %s", text);
	buf_init(&lines, 0);
	out_paragraph(&lines, PLAIN, isatty(STDERR_FILENO) ? (size_t)out_columns() : 0, 0, words);
	fflush(stdout);
	fputs(lines.data, stderr);
	buf_clear(&lines);
	free(words);
}

void out_json(json_t *value, bool one_line)
{
	size_t layout = one_line ? JSON_COMPACT : JSON_INDENT(2);
	json_dumpf(value, stdout, layout | JSON_PRESERVE_ORDER | JSON_ENCODE_ANY);
	putchar('\n');
	fflush(stdout);
	json_decref(value);
}

/* ---- times ------------------------------------------------------------------------ */

char *out_time(int64_t wall_ms, char text[32])
{
	struct tm t, today;
	time_t then = (time_t)(wall_ms / 1000), now = (time_t)(clock_wall_ms() / 1000);
	text[0] = '\0';
	if (wall_ms <= 0 || !localtime_r(&then, &t) || !localtime_r(&now, &today))
		return text;
	bool is_today = t.tm_year == today.tm_year && t.tm_yday == today.tm_yday;
	if (strftime(text, 32, is_today ? "%H:%M:%S" : "%Y-%m-%d %H:%M", &t) == 0)
		text[0] = '\0';
	return text;
}

char *out_span(int64_t ms, char text[32])
{
	long long s = ms <= 0 ? 0 : (ms + 500) / 1000;
	if (s < 90)
		(void)!snprintf(text, 32, "%lld s", s);
	else if (s < 90LL * 60)
		(void)!snprintf(text, 32, "%lld min", (s + 30) / 60);
	else if (s < 48LL * 3600)
		(void)!snprintf(text, 32, "%lld h %lld min", s / 3600, s % 3600 / 60);
	else
		(void)!snprintf(text, 32, "%lld days", s / 86400);
	return text;
}
