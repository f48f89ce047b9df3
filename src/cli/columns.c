/*
 * columns - character by character, with what the C library knows of Unicode. Its
 * wcwidth follows the locale, so the program takes C.UTF-8 for characters only.
 */
#include "columns.h"

#include <langinfo.h>
#include <locale.h>
#include <string.h>
#include <wchar.h>

#include "buf.h"

bool columns_start(void)
{
	bool shows = setlocale(LC_CTYPE, "") && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	setlocale(LC_CTYPE, "C.UTF-8");
	return shows;
}

/* next_character gives the bytes of the next character and its columns; columns is -1
 * for what must not reach a screen. */
static size_t next_character(const char *text, int *columns)
{
	wchar_t c;
	mbstate_t state = {0};
	size_t length = mbrtowc(&c, text, strlen(text), &state);
	if (length == (size_t)-1 || length == (size_t)-2) {
		*columns = -1;
		return 1;
	}
	*columns = wcwidth(c);
	return length;
}

char *columns_clean(const char *text)
{
	struct buf b;
	buf_init(&b, 0);
	buf_adds(&b, "");
	while (*text) {
		int columns;
		size_t length = next_character(text, &columns);
		if (columns < 0)
			buf_adds(&b, "?");
		else
			buf_add(&b, text, length);
		text += length;
	}
	return buf_take(&b);
}

size_t columns_width(const char *text)
{
	size_t width = 0;
	while (*text) {
		int columns;
		text += next_character(text, &columns);
		width += columns < 0 ? 1 : (size_t)columns;
	}
	return width;
}

size_t columns_fit(const char *text, size_t columns)
{
	size_t fits = 0, width = 0;
	while (text[fits]) {
		int more;
		size_t length = next_character(text + fits, &more);
		width += more < 0 ? 1 : (size_t)more;
		if (width > columns)
			break;
		fits += length;
	}
	return fits;
}

size_t columns_line(const char *text, size_t columns)
{
	size_t fits = columns_fit(text, columns), blank = fits;
	if (!text[fits])
		return fits;
	while (blank > 0 && text[blank] != ' ')
		blank--;
	return blank ? blank : fits;
}
