/* sheet - RFC 4180 quoting, and no formulas out of other people's text. */
#include "sheet.h"

#include <string.h>

void sheet_field(struct buf *b, const char *text, int first)
{
	buf_adds(b, first ? "\"" : ",\"");
	if (*text && strchr("=+-@\t\r", *text))
		buf_adds(b, "'");
	for (size_t length; *text; text += length) {
		length = strcspn(text, "\"");
		buf_add(b, text, length);
		if (text[length] == '"') {
			buf_adds(b, "\"\"");
			length++;
		}
	}
	buf_adds(b, "\"");
}
