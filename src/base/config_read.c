/*
 * config_read - settings from a file in INI form, and from the environment.
 *
 * libinih takes the file apart. It gets one line at a time from next_line, which
 * counts lines and refuses what libinih would pass over in silence: a line that
 * is too long, a section nobody knows, text behind a section, a key without "=".
 * Leading blanks are taken off, so that no line continues the one above.
 */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config_int.h"

enum { SETTINGS_MAX = 64, LINE_BYTES = 2048 };

#define BLANKS		" \t\r\n\v\f"
#define BYTE_ORDER_MARK "\xef\xbb\xbf" /* some editors begin files with it */

/* Debian's libinih lets programs choose the longest line; elsewhere it is fixed,
 * mostly at 200 bytes, and there is no such variable. */
extern int ini_max_line __attribute__((weak));

struct reading {
	struct config *c;
	struct err *e;
	FILE *file;
	int line;
	int rc;			  /* what went wrong first, or 0 */
	int set_in[SETTINGS_MAX]; /* the line that set it, or 0 */
};

/* ---- the file ------------------------------------------------------------ */

static bool is_section(const char *name, size_t length)
{
	for (const struct section *s = config_sections; s->name; s++)
		if (strlen(s->name) == length && memcmp(s->name, name, length) == 0)
			return true;
	return false;
}

/* is_end holds where a line has nothing more to say. */
static bool is_end(const char *text)
{
	text += strspn(text, BLANKS);
	return *text == '\0' || *text == '#' || *text == ';';
}

static int check_section(const char *line, struct err *e)
{
	size_t length = strcspn(line + 1, "]");
	const char *end = line + 1 + length;
	if (*end != ']' || !is_end(end + 1))
		return err_set(e, ERR_INPUT, "a section is written [name], alone on its line");
	if (!is_section(line + 1, length))
		return err_set(e, ERR_INPUT, "[%.*s]: no such section",
		    length > 40 ? 40 : (int)length, line + 1);
	return 0;
}

/* check_key shows no value: a line that is off may still hold a password. */
static int check_key(const char *line, struct err *e)
{
	size_t length = strcspn(line, BLANKS "=:");
	if (length > 0 && line[length + strspn(line + length, BLANKS)] == '=')
		return 0;
	return err_set(
	    e, ERR_INPUT, "\"%.*s\": expected key = value", length > 40 ? 40 : (int)length, line);
}

static int check_line(char *line, size_t room, bool last, struct err *e)
{
	size_t length = strlen(line);
	if (length == 0 || (line[length - 1] != '\n' && !last))
		return err_set(e, ERR_INPUT, "longer than %zu bytes, or no text", room - 2);
	const char *start = line;
	if (strncmp(start, BYTE_ORDER_MARK, 3) == 0)
		start += 3;
	start += strspn(start, BLANKS);
	memmove(line, start, strlen(start) + 1);
	if (*line == '[')
		return check_section(line, e);
	return is_end(line) ? 0 : check_key(line, e);
}

/* next_line is libinih's reader: fgets that counts, strips and checks. */
static char *next_line(char *line, int room, void *reading)
{
	struct reading *r = reading;
	if (r->rc < 0 || !fgets(line, room, r->file))
		return NULL;
	r->line++;
	r->rc = check_line(line, (size_t)room, feof(r->file), r->e);
	return r->rc == 0 ? line : NULL;
}

static int take_setting(struct reading *r, const char *section, const char *key, const char *value)
{
	if (!*section)
		return err_set(r->e, ERR_INPUT, "%s stands before any [section]", key);
	const struct setting *s = config_find(section, key);
	if (!s)
		return err_set(r->e, ERR_INPUT, "%s.%s: no such setting", section, key);
	size_t n = (size_t)(s - config_settings);
	assert(n < SETTINGS_MAX);
	if (r->set_in[n])
		return err_set(r->e, ERR_INPUT, "%s.%s is set twice, first in line %d", section,
		    key, r->set_in[n]);
	r->set_in[n] = r->line;
	return config_set(r->c, s, value, r->e);
}

/* take is called by libinih for each key; 0 means it was refused. */
static int take(void *reading, const char *section, const char *key, const char *value)
{
	struct reading *r = reading;
	if (r->rc == 0)
		r->rc = take_setting(r, section, key, value);
	return r->rc == 0;
}

int config_read_file(struct config *c, const char *path, struct err *e)
{
	struct reading r = {.c = c, .e = e};
	r.file = fopen(path, "re");
	if (!r.file)
		return err_set(e, ERR_SYSTEM, "%s: cannot be opened: %s", path, strerror(errno));
	if (&ini_max_line)
		ini_max_line = LINE_BYTES;
	int bad_line = ini_parse_stream(next_line, &r, take, &r);
	if (r.rc == 0 && bad_line)
		r.rc = err_set(e, ERR_INPUT, "expected key = value");
	if (r.rc < 0)
		err_prefix(e, "%s:%d", path, r.line);
	else if (ferror(r.file))
		r.rc = err_set(e, ERR_SYSTEM, "%s: cannot be read: %s", path, strerror(errno));
	fclose(r.file);
	return r.rc;
}

/* ---- the environment ----------------------------------------------------- */

#define PREFIX "ROLLCALL_"

/* skip_word compares the start of a variable's name with a word of a setting
 * and an end, and gives where to go on, or NULL. */
static const char *skip_word(const char *variable, const char *word, char end)
{
	for (; *word; word++, variable++)
		if (*variable != toupper((unsigned char)*word))
			return NULL;
	return *variable == end ? variable + 1 : NULL;
}

/* take_variable sets what rest, "SECTION_KEY=value", is for; others are not ours. */
static int take_variable(struct config *c, const char *rest, struct err *e)
{
	for (const struct setting *s = config_settings; s->section; s++) {
		const char *key = skip_word(rest, s->section, '_');
		const char *value = key ? skip_word(key, s->key, '=') : NULL;
		if (value)
			return config_set(c, s, value, e);
	}
	for (const struct section *s = config_sections; s->name; s++)
		if (skip_word(rest, s->name, '_'))
			return err_set(e, ERR_INPUT, "no such setting");
	return 0;
}

int config_read_environment(struct config *c, struct err *e)
{
	for (char **entry = environ; *entry; entry++) {
		if (strncmp(*entry, PREFIX, strlen(PREFIX)) != 0)
			continue;
		int rc = take_variable(c, *entry + strlen(PREFIX), e);
		if (rc < 0) {
			err_prefix(e, "%.*s", (int)strcspn(*entry, "="), *entry);
			return rc;
		}
	}
	return 0;
}
