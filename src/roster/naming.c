/*
 * naming - display name, nickname and address of a group, letter by letter.
 *
 *	roster's name -> NFC, no "/", blanks folded -> group, with "-" for blanks -> display
 *	                                            '-> letters to ASCII -> nickname
 *
 * Nicknames know only ASCII: letters lose their marks, a few are spelt out, everything else
 * goes. Whatever goes between two hyphens takes one of them along. Of a name of which
 * nothing is left a hash of the group's id takes the place; a name that is too long is cut
 * and ends in that hash. The ending that tells class, school and year is never cut.
 *
 * Who may have a nickname that several want is decided in naming_resolve.c.
 */
#include "naming.h"

#include <ctype.h>
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "buf.h"

enum { IDENTIFIER_MAX = 32, HASH_BYTES = 16, HASH_SHORT = 6, HASH_LONG = 8, BASE_LEAST = 9 };

/* ---- the name as people read it --------------------------------------------------- */

/* Text in a normal form, as code points; the caller frees it. What is no UTF-8 is mended
 * first, so it cannot fail but for want of memory. */
static int32_t *code_points(const char *text, utf8proc_option_t form, size_t *count)
{
	char *whole = xstrdup(text);
	text_mend(whole, strlen(whole));
	utf8proc_option_t options = UTF8PROC_NULLTERM | UTF8PROC_STABLE | form;
	const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)whole;
	utf8proc_ssize_t room = (utf8proc_ssize_t)strlen(whole) + 1, length;
	int32_t *codes = xmalloc(((size_t)room + 1) * sizeof *codes);
	length = utf8proc_decompose(bytes, 0, codes, room, options);
	if (length > room) { /* few letters come apart into more than they have bytes */
		room = length;
		codes = xrealloc(codes, ((size_t)room + 1) * sizeof *codes);
		length = utf8proc_decompose(bytes, 0, codes, room, options);
	}
	if (length > 0)
		length = utf8proc_normalize_utf32(codes, length, options);
	*count = length > 0 ? (size_t)length : 0;
	free(whole);
	return codes;
}

enum look { SEEN, BLANK, CONTROL, UNSEEN };

static enum look look_of(int32_t code)
{
	int category = code > ' ' && code < 0x7f ? 0 : (int)utf8proc_category(code);
	switch (category) {
	case UTF8PROC_CATEGORY_ZS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		return BLANK;
	case UTF8PROC_CATEGORY_CC:
		return (code >= '\t' && code <= '\r') || code == 0x85 ? BLANK : CONTROL;
	case UTF8PROC_CATEGORY_CF:
		return UNSEEN;
	default:
		return SEEN;
	}
}

static void add_code(struct buf *b, int32_t code)
{
	utf8proc_uint8_t bytes[4];
	utf8proc_ssize_t length = utf8proc_encode_char(code, bytes);
	buf_add(b, bytes, length > 0 ? (size_t)length : 0);
}

/* The name without "/" and control characters, its runs of blanks each one blank. */
static char *cleaned(const char *name, char blank)
{
	struct buf b;
	size_t count;
	bool pending = false, seen = false;
	int32_t *codes = code_points(name ? name : "", UTF8PROC_COMPOSE, &count);
	buf_init(&b, 0);
	for (size_t i = 0; i < count; i++) {
		enum look look = codes[i] == '/' ? CONTROL : look_of(codes[i]);
		seen |= look == SEEN;
		if (look == BLANK)
			pending = b.length > 0;
		if (look == BLANK || look == CONTROL)
			continue;
		if (pending)
			buf_add(&b, &blank, 1);
		pending = false;
		add_code(&b, codes[i]);
	}
	free(codes);
	char *text = seen ? buf_take(&b) : NULL;
	buf_clear(&b);
	return text;
}

char *naming_group(const char *roster_name)
{
	return cleaned(roster_name, ' ');
}

/* ---- the name as mail takes it ---------------------------------------------------------- */

/* Letters that are no other letter with a mark, sorted. */
static const struct spelling {
	int32_t code;
	char ascii[4];
} spellings[] = {{0x00c6, "AE"}, {0x00d0, "D"}, {0x00d8, "O"}, {0x00de, "TH"}, {0x00df, "ss"},
    {0x00e6, "ae"}, {0x00f0, "d"}, {0x00f8, "o"}, {0x00fe, "th"}, {0x0110, "D"}, {0x0111, "d"},
    {0x0126, "H"}, {0x0127, "h"}, {0x0131, "i"}, {0x0138, "k"}, {0x0141, "L"}, {0x0142, "l"},
    {0x014a, "N"}, {0x014b, "n"}, {0x0152, "OE"}, {0x0153, "oe"}, {0x0166, "T"}, {0x0167, "t"},
    {0x0180, "b"}, {0x0181, "B"}, {0x0186, "O"}, {0x0189, "D"}, {0x018a, "D"}, {0x018e, "E"},
    {0x018f, "E"}, {0x0190, "E"}, {0x0191, "F"}, {0x0192, "f"}, {0x0193, "G"}, {0x0194, "G"},
    {0x0197, "I"}, {0x0198, "K"}, {0x0199, "k"}, {0x019a, "l"}, {0x019d, "N"}, {0x019e, "n"},
    {0x01b2, "V"}, {0x01b3, "Y"}, {0x01b4, "y"}, {0x01b5, "Z"}, {0x01b6, "z"}, {0x01dd, "e"},
    {0x01e4, "G"}, {0x01e5, "g"}, {0x0253, "b"}, {0x0254, "o"}, {0x0256, "d"}, {0x0257, "d"},
    {0x0259, "e"}, {0x025b, "e"}, {0x0260, "g"}, {0x0263, "g"}, {0x0268, "i"}, {0x0272, "n"},
    {0x028b, "v"}, {0x1e9e, "SS"}};

static int compare_spelling(const void *key, const void *entry)
{
	int32_t code = *(const int32_t *)key, other = ((const struct spelling *)entry)->code;
	return code < other ? -1 : code > other;
}

static bool is_allowed(int32_t code)
{
	return code > ' ' && code < 127 && !strchr("@()\\[]\";:<>,&/", code);
}

/* A nickname's beginning while it is written. */
struct base {
	struct buf text;
	size_t hyphens; /* at its end */
	bool gap;	/* something was left out since */
	bool joined;	/* these hyphens stood on both sides of what was left out */
};

static void end_hyphens(struct base *b)
{
	if (b->joined)
		b->text.length -= b->hyphens - 1;
	b->hyphens = 0;
	b->gap = b->joined = false;
}

static void add_letter(struct base *b, char c)
{
	if (c == '-') {
		b->joined |= b->gap && b->hyphens > 0;
		b->gap = false;
		b->hyphens++;
	} else {
		end_hyphens(b);
		if (c == '.' && b->text.length > 0 && b->text.data[b->text.length - 1] == '.')
			return;
	}
	buf_add(&b->text, &c, 1);
}

static void spell(struct base *b, int32_t code)
{
	const struct spelling *s = bsearch(&code, spellings, sizeof spellings / sizeof *spellings,
	    sizeof *spellings, compare_spelling);
	if (is_allowed(code))
		add_letter(b, (char)code);
	else if (!s)
		b->gap = true;
	for (const char *c = s ? s->ascii : ""; *c; c++)
		add_letter(b, *c);
}

static bool is_mark(int32_t code)
{
	int category = code < 0x80 ? 0 : (int)utf8proc_category(code);
	return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
	       category == UTF8PROC_CATEGORY_ME;
}

/* Takes dots and hyphens off the end. */
static void trim_end(char *text)
{
	size_t length = strlen(text);
	while (length > 0 && strchr(".-", text[length - 1]))
		text[--length] = '\0';
}

/* The ASCII of a name that is cleaned already; "" when nothing is left. */
static char *ascii_of(const char *name)
{
	struct base b = {.hyphens = 0};
	size_t count;
	int32_t *codes = code_points(name, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT, &count);
	buf_init(&b.text, 0);
	for (size_t i = 0; i < count; i++)
		if (!is_mark(codes[i]))
			spell(&b, codes[i]);
	end_hyphens(&b);
	free(codes);
	char *text = xstrndup(b.text.length ? b.text.data : "", b.text.length);
	buf_clear(&b.text);
	trim_end(text);
	char *own = xstrdup(text + strspn(text, ".-"));
	free(text);
	return own;
}

static bool is_plain(const char *text)
{
	return *text && strlen(text) <= IDENTIFIER_MAX &&
	       text[strspn(
		   text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")] == '\0';
}

char *naming_identifier(const char *entered)
{
	if (entered && is_plain(entered))
		return xstrdup(entered);
	char *whole = cleaned(entered, '-');
	char *text = whole ? ascii_of(whole) : xstrdup("");
	free(whole);
	if (strlen(text) > IDENTIFIER_MAX)
		text[IDENTIFIER_MAX] = '\0';
	trim_end(text);
	return text;
}

static void hash_of(const char *id, char hex[2 * HASH_BYTES + 1])
{
	unsigned char hash[HASH_BYTES];
	crypto_generichash(hash, sizeof hash, (const unsigned char *)id, strlen(id), NULL, 0);
	sodium_bin2hex(hex, 2 * HASH_BYTES + 1, hash, sizeof hash);
}

/* The beginning as it fits into room. */
static char *fitted(char *base, const char *id, size_t room)
{
	char hex[2 * HASH_BYTES + 1];
	if (*base && strlen(base) <= room)
		return base;
	hash_of(id, hex);
	char *text;
	if (*base) {
		base[room - HASH_SHORT - 1] = '\0';
		trim_end(base);
		text = xasprintf("%s-%.*s", base, HASH_SHORT, hex);
	} else {
		text = xasprintf("g%.*s", HASH_LONG, hex);
	}
	free(base);
	return text;
}

static char *ending_of(const struct naming *n, int nth)
{
	struct buf b;
	char *identifier = naming_identifier(n->identifier);
	buf_init(&b, 0);
	if (nth > 1)
		buf_addf(&b, "-%d", nth);
	buf_adds(&b, ".class");
	if (*identifier)
		buf_addf(&b, ".%s", identifier);
	if (n->year && *n->year)
		buf_addf(&b, ".%s", n->year);
	free(identifier);
	return buf_take(&b);
}

char *naming_nickname(const struct naming *n, int nth)
{
	char *name = cleaned(n->group, '-');
	if (!name)
		return NULL;
	char *ending = ending_of(n, nth), *nickname = NULL;
	if (strlen(ending) + BASE_LEAST <= NICKNAME_LENGTH_MAX) {
		char *base = fitted(ascii_of(name), n->id, NICKNAME_LENGTH_MAX - strlen(ending));
		nickname = xasprintf("%s%s", base, ending);
		free(base);
	}
	free(ending);
	free(name);
	return nickname;
}

char *naming_address(const char *nickname, const char *domain)
{
	return xasprintf("%s@%s", nickname, domain);
}

char *naming_key(const char *nickname)
{
	char *key = xstrdup(nickname);
	for (char *c = key; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return key;
}

/* ---- the name that is shown ------------------------------------------------------------------ */

/* As much of text as fits into so many UTF-16 units, cut where a reader sees a character
 * end. */
static size_t fitting_bytes(const char *text, size_t units_max)
{
	const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text;
	utf8proc_ssize_t left = (utf8proc_ssize_t)strlen(text), length;
	utf8proc_int32_t state = 0, code, before = 0;
	size_t units = 0, at = 0, whole = 0;
	for (; left > 0; left -= length, at += (size_t)length, before = code) {
		length = utf8proc_iterate(bytes + at, left, &code);
		if (length <= 0)
			break;
		if (at == 0 || utf8proc_grapheme_break_stateful(before, code, &state))
			whole = at;
		units += code > 0xffff ? 2 : 1;
		if (units > units_max)
			return whole;
	}
	return at;
}

char *naming_display(const struct naming *n)
{
	char *name = cleaned(n->group, '-'), *identifier = naming_identifier(n->identifier);
	bool has_year = n->year && *n->year;
	struct buf ending, whole;
	buf_init(&ending, 0);
	buf_init(&whole, 0);
	buf_adds(&ending, *identifier || has_year ? "_Class " : "_Class");
	if (*identifier)
		buf_addf(&ending, "[%s]", identifier);
	if (has_year)
		buf_addf(&ending, "[%s]", n->year);
	if (name) {
		buf_add(&whole, name, fitting_bytes(name, DISPLAY_UNITS_MAX - ending.length));
		buf_adds(&whole, ending.data);
	}
	char *display = name ? buf_take(&whole) : NULL;
	buf_clear(&ending);
	buf_clear(&whole);
	free(identifier);
	free(name);
	return display;
}

char *naming_description(const char *kind, const char *roster_name)
{
	const char *what = strcmp(kind, "teaching") == 0 ? "Teaching group"
			   : strcmp(kind, "year") == 0	 ? "Year group"
							 : "Registration group";
	return xasprintf("%s %s", what, roster_name);
}

/* ---- the year -------------------------------------------------------------------------------- */

static size_t digits_at(const char *text)
{
	return strspn(text, "0123456789");
}

/* "01/09/26": two digits at the end of day and month. */
static bool short_year(const char *text, char year[5])
{
	for (int part = 0; part < 2; part++) {
		size_t n = digits_at(text);
		if (n == 0 || n > 2 || !strchr("/.-", text[n]) || !text[n])
			return false;
		text += n + 1;
	}
	if (digits_at(text) != 2)
		return false;
	memcpy(year, "20", 2);
	memcpy(year + 2, text, 2);
	year[4] = '\0';
	return true;
}

void naming_year(const char *text, char year[5])
{
	year[0] = '\0';
	for (const char *at = text ? text : ""; *at;) {
		size_t n = digits_at(at);
		if (n == 4) {
			memcpy(year, at, 4);
			year[4] = '\0';
			return;
		}
		at += n ? n : 1;
	}
	if (text && !short_year(text + strspn(text, " "), year))
		year[0] = '\0';
}
