/* wording - text from others, made fit for Microsoft. */
#include "wording.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* read_character decodes one character of UTF-8; 0 if the bytes are none. */
static size_t read_character(const unsigned char *s, uint32_t *code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = s[0] < 0x80    ? 1
			: s[0] >= 0xf0 ? 4
			: s[0] >= 0xe0 ? 3
			: s[0] >= 0xc2 ? 2
				       : 0;
	if (length == 0 || s[0] > 0xf4)
		return 0;
	*code = length == 1 ? s[0] : s[0] & (0xffu >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (s[i] & 0x3f);
	}
	bool surrogate = *code >= 0xd800 && *code <= 0xdfff;
	return *code < least[length] || surrogate || *code > 0x10ffff ? 0 : length;
}

static bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code <= 0x9f);
}

void wording_clean(struct buf *b, const char *text, size_t units_max)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t units = 0, length;
	for (; *s; s += length) {
		uint32_t code = 0;
		length = read_character(s, &code);
		if (length == 0 || is_control(code)) {
			length = length ? length : 1;
			continue;
		}
		units += code > 0xffff ? 2 : 1;
		if (units > units_max)
			return;
		buf_add(b, s, length);
	}
}

/* A user's key stands within a URL, in quotes: quotes are doubled, and what would end
 * the key or the URL (a guest's sign-in name has #EXT# in it) is percent-encoded. */
json_t *wording_user(const char *root, const char *user)
{
	struct buf clean, b;
	buf_init(&clean, 0);
	buf_init(&b, 0);
	wording_clean(&clean, user, SIZE_MAX);
	buf_adds(&b, root);
	buf_adds(&b, "/users('");
	for (const char *c = clean.data; c && *c; c++) {
		char one[2] = {*c, '\0'};
		if (*c == '\'')
			buf_adds(&b, "''");
		else if (strchr("#%?/\\ ", *c))
			buf_url(&b, one);
		else
			buf_adds(&b, one);
	}
	buf_adds(&b, "')");
	json_t *bind = json_string(b.data);
	buf_clear(&clean);
	buf_clear(&b);
	return bind;
}
