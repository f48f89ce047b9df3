/*
 * sheet - RFC 4180 quoting, and no formulas out of other people's text.
 *
 * Where semicolons separate (most of Europe, South Africa), a spreadsheet does not see our
 * commas, nor which quotes enclose what: for it a cell also begins behind a semicolon, a tab
 * or a line's end.
 */
#include "sheet.h"

#include <stdbool.h>
#include <string.h>

static bool makes_a_formula(const char *text)
{
	text += strspn(text, " ");
	return *text && strchr("=+-@", *text);
}

void sheet_field(struct buf *b, const char *text, int first)
{
	buf_adds(b, first ? "\"" : ",\"");
	if (makes_a_formula(text) || (*text && strchr("\t\r", *text)))
		buf_adds(b, "'");
	for (; *text; text++) {
		buf_add(b, text, 1);
		if (*text == '"')
			buf_adds(b, "\"");
		if (strchr(";\t\r\n", *text) && makes_a_formula(text + 1))
			buf_adds(b, "'");
	}
	buf_adds(b, "\"");
}
