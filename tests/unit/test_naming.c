/* Names of groups, letter by letter (requirements 10.1 to 10.7). */
#include <stdio.h>
#include <stdlib.h>

#include "buf.h"
#include "naming.h"
#include "test.h"

static const char long_name[] = "Year 10 Combined Science Foundation Tier Intervention Group B";

static struct naming of(const char *group, const char *identifier, const char *year)
{
	return (struct naming){group, identifier, year, "group-1"};
}

static void is_named(const struct naming *n, const char *display, const char *nickname)
{
	char *is = naming_display(n), *nick = naming_nickname(n, 1);
	CHECK_STR(is, display);
	CHECK_STR(nick, nickname);
	free(is);
	free(nick);
}

static void is_2026(const char *group, const char *display, const char *base)
{
	struct naming n = of(group, "1234567", "2026");
	char *whole = xasprintf("%s_Class [1234567][2026]", display);
	char *nickname = xasprintf("%s.class.1234567.2026", base);
	is_named(&n, whole, nickname);
	free(whole);
	free(nickname);
}

TEST("the four names of the article are right byte for byte")
{
	static const struct {
		const char *roster, *starts, *group, *display, *address;
	} rows[] = {
	    {"13", "01/09/19", "13", "13_Class [1234567][2019]",
		"13.class.1234567.2019@school.onmicrosoft.com"},
	    {"2S/DT1", "01/09/19", "2SDT1", "2SDT1_Class [1234567][2019]",
		"2SDT1.class.1234567.2019@school.onmicrosoft.com"},
	    {"5L", "04/09/20", "5L", "5L_Class [1234567][2020]",
		"5L.class.1234567.2020@school.onmicrosoft.com"},
	    {"Mon Ch", "04/09/20", "Mon Ch", "Mon-Ch_Class [1234567][2020]",
		"Mon-Ch.class.1234567.2020@school.onmicrosoft.com"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char year[5];
		naming_year(rows[i].starts, year);
		struct naming n = of(rows[i].roster, "1234567", year);
		char *group = naming_group(rows[i].roster), *display = naming_display(&n);
		char *nickname = naming_nickname(&n, 1);
		char *address = naming_address(nickname, "school.onmicrosoft.com");
		CHECK_STR(group, rows[i].group);
		CHECK_STR(display, rows[i].display);
		CHECK_STR(address, rows[i].address);
		free(group);
		free(display);
		free(nickname);
		free(address);
	}
}

TEST("odd names keep their letters in the display name and lose their marks in the nickname")
{
	is_2026("8Ê", "8Ê", "8E");
	is_2026("Graad 5 Sê", "Graad-5-Sê", "Graad-5-Se");
	is_2026("Môre/Gr 4", "MôreGr-4", "MoreGr-4");
	is_2026("\xc5\x89 Klas", "\xc5\x89-Klas", "n-Klas");
	is_2026("Gr 3 – Blou", "Gr-3-–-Blou", "Gr-3-Blou");
	is_2026("A / B", "A-B", "A-B");
	is_2026("  7 B  ", "7-B", "7-B");
	is_2026(".NET", ".NET", "NET");
	is_2026("R&D 9", "R&D-9", "RD-9");
	is_2026("11 (Set 2)", "11-(Set-2)", "11-Set-2");
	is_2026("10A @ Lab", "10A-@-Lab", "10A-Lab");
}

TEST("letters that are no other letter with a mark are spelt out")
{
	is_2026("Straße", "Straße", "Strasse");
	is_2026("Æble Øst Œuf", "Æble-Øst-Œuf", "AEble-Ost-OEuf");
	is_2026("Łódź Đà ħ ı", "Łódź-Đà-ħ-ı", "Lodz-Da-h-i");
	is_2026("Ǿ ŋ Þór ẞ", "Ǿ-ŋ-Þór-ẞ", "O-n-THor-SS");
	is_2026("ﬁne ② Ⅳ", "ﬁne-②-Ⅳ", "fine-2-IV");
}

TEST("hyphens and dots of the name stay, save where something between them went")
{
	is_2026("8-B", "8-B", "8-B");
	is_2026("Gr 3 - Blou", "Gr-3---Blou", "Gr-3---Blou");
	is_2026("A--B", "A--B", "A--B");
	is_2026("A-–-–-B", "A-–-–-B", "A-B");
	is_2026("A..B...C", "A..B...C", "A.B.C");
	is_2026("-.8B.-", "-.8B.-", "8B");
	is_2026("8B.", "8B.", "8B");
	is_2026("a.@.b", "a.@.b", "a.b");
}

TEST("a name of marks and letters put together is the same as one of whole letters")
{
	is_2026("8E\xcc\x82", "8Ê", "8E");
	is_2026("S\xc3\xaa", "Sê", "Se");
	is_2026("Se\xcc\x82", "Sê", "Se");
}

TEST("blanks of every kind are one blank, and what controls is not there")
{
	is_2026("7\xc2\xa0\t\xe2\x80\x83 B\n", "7-B", "7-B");
	is_2026("7\x01"
		"B\x7f",
	    "7B", "7B");
	is_2026("7 / / B", "7-B", "7-B");
}

TEST("of a name without a letter that mail knows a hash of the group's id takes the place")
{
	struct naming n = of("数学", "1234567", "2026");
	char *display = naming_display(&n), *nickname = naming_nickname(&n, 1);
	CHECK_STR(display, "数学_Class [1234567][2026]");
	CHECK_INT(strlen(nickname), 9 + strlen(".class.1234567.2026"));
	CHECK_INT(nickname[0], 'g');
	CHECK_INT(strspn(nickname + 1, "0123456789abcdef"), 8);
	CHECK_STR(nickname + 9, ".class.1234567.2026");
	n.id = "group-2";
	char *other = naming_nickname(&n, 1);
	CHECK(strcmp(other, nickname) != 0);
	free(display);
	free(nickname);
	free(other);
}

TEST("a name that is too long for mail is cut to 38 and ends in six digits of the hash")
{
	struct naming n = of(long_name, "1234567", "2026");
	char *nickname = naming_nickname(&n, 1), *display = naming_display(&n);
	CHECK_INT(strlen(nickname), 64);
	CHECK_INT(strncmp(nickname, "Year-10-Combined-Science-Foundation-Ti-", 39), 0);
	CHECK_INT(strspn(nickname + 39, "0123456789abcdef"), 6);
	CHECK_STR(nickname + 45, ".class.1234567.2026");
	CHECK_STR(display, "Year-10-Combined-Science-Foundation-Tier-Intervention-Group-B_Class "
			   "[1234567][2026]");
	char *second = naming_nickname(&n, 2);
	CHECK_INT(strncmp(second, "Year-10-Combined-Science-Foundation-", 36), 0);
	CHECK_INT(strspn(second + 36, "0123456789abcdef"), 6);
	CHECK_STR(second + 42, "-2.class.1234567.2026");
	free(nickname);
	free(display);
	free(second);
}

TEST("a display name is cut to 256 where a reader sees a character end")
{
	struct buf b;
	buf_init(&b, 0);
	for (int i = 0; i < 233; i++)
		buf_adds(&b, "x");
	buf_adds(&b, "e\xcc\xa9\xcc\x81");
	struct naming n = of(b.data, "1234567", "2026");
	char *display = naming_display(&n);
	CHECK_INT(strlen(display), 233 + strlen("_Class [1234567][2026]"));
	free(display);
	buf_reset(&b);
	for (int i = 0; i < 200; i++)
		buf_adds(&b, "\xf0\x9f\x98\x80");
	n.group = b.data;
	display = naming_display(&n);
	CHECK_INT(strlen(display), 117 * 4 + strlen("_Class [1234567][2026]"));
	free(display);
	buf_clear(&b);
}

TEST("a group of no name, a slash or blanks has none here either")
{
	static const char *const names[] = {"", " ", "/", " / / ", "\t", "\xe2\x80\x8b", "\x01"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct naming n = of(names[i], "1234567", "2026");
		CHECK(!naming_group(names[i]));
		CHECK(!naming_display(&n));
		CHECK(!naming_nickname(&n, 1));
	}
	CHECK(!naming_group(NULL));
}

TEST("without an identifier its brackets and its dot are left out, and so is an unknown year")
{
	struct naming n = of("13", "", "2019");
	is_named(&n, "13_Class [2019]", "13.class.2019");
	n.identifier = NULL;
	is_named(&n, "13_Class [2019]", "13.class.2019");
	n.identifier = " / ";
	is_named(&n, "13_Class [2019]", "13.class.2019");
	n = of("13", "1234567", "");
	is_named(&n, "13_Class [1234567]", "13.class.1234567");
	n.identifier = "";
	is_named(&n, "13_Class", "13.class");
}

TEST("an identifier is cleaned by the rule of nicknames")
{
	struct naming n = of("13", " GH 12/3 ", "2026");
	is_named(&n, "13_Class [GH-123][2026]", "13.class.GH-123.2026");
	n.identifier = "Hoërskool [A]";
	is_named(&n, "13_Class [Hoerskool-A][2026]", "13.class.Hoerskool-A.2026");
	n.identifier = "an identifier that nobody will ever want to read to its end";
	char *nickname = naming_nickname(&n, 1);
	CHECK(strlen(nickname) <= 64);
	CHECK_HAS(nickname, "13.class.an-identifier-that-nobody-will-e.2026");
	free(nickname);
}

TEST("the year is the calendar year in which the academic year begins")
{
	static const struct {
		const char *text, *year;
	} rows[] = {{"2026-09-01", "2026"}, {"2026-01-14", "2026"}, {"14/01/26", "2026"},
	    {"01/09/19", "2019"}, {"01/09/2019", "2019"}, {"2026/27", "2026"}, {"2026", "2026"},
	    {"SY 2026", "2026"}, {"", ""}, {"now", ""}, {"1/2", ""}, {"12345", ""}, {"1/2/123", ""},
	    {"01-09-20", "2020"}};
	char year[5];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		naming_year(rows[i].text, year);
		CHECK_STR(year, rows[i].year);
	}
	naming_year(NULL, year);
	CHECK_STR(year, "");
}

TEST("two years of one group have two names")
{
	struct naming a = of("5L", "1234567", "2026"), b = of("5L", "1234567", "2027");
	is_named(&a, "5L_Class [1234567][2026]", "5L.class.1234567.2026");
	is_named(&b, "5L_Class [1234567][2027]", "5L.class.1234567.2027");
}

TEST("the type of a group stands in its description")
{
	char *text = naming_description("teaching", "2S/DT1");
	CHECK_STR(text, "Teaching group 2S/DT1");
	free(text);
	text = naming_description("year", "13");
	CHECK_STR(text, "Year group 13");
	free(text);
	text = naming_description("registration", "5L");
	CHECK_STR(text, "Registration group 5L");
	free(text);
}

/* ---- any name at all ------------------------------------------------------------------ */

static uint64_t next_random(uint64_t *state)
{
	*state += 0x9e3779b97f4a7c15u;
	uint64_t z = *state;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static uint32_t random_code(uint64_t *state)
{
	static const uint32_t below[] = {0x80, 0x250, 0x3000, 0xd800, 0x110000};
	uint64_t r = next_random(state);
	uint32_t code = (uint32_t)(r >> 8) % below[r % 5];
	return code == 0 || (code >= 0xd800 && code <= 0xdfff) ? ' ' : code;
}

static size_t put_code(char *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t i = length - 1; i > 0; i--, c >>= 6)
		to[i] = (char)(0x80 | (c & 0x3f));
	to[0] = (char)((0xf00u >> length & 0xf0u) | c);
	return length;
}

/* The name of that number; now and then bytes that are no text at all. */
static void random_name(uint64_t number, char name[200])
{
	uint64_t state = number;
	size_t length = 0, characters = next_random(&state) % 40;
	bool is_text = next_random(&state) % 16 != 0;
	for (size_t i = 0; i < characters; i++) {
		uint64_t byte = next_random(&state) % 255 + 1;
		if (is_text)
			length += put_code(name + length, random_code(&state));
		else
			name[length++] = (char)byte;
	}
	name[length] = '\0';
}

static void is_valid(const char *nickname, const char *name)
{
	size_t length = strlen(nickname);
	bool good = length >= 1 && length <= 64 && nickname[0] != '.' &&
		    nickname[length - 1] != '.' && !strstr(nickname, "..") &&
		    strstr(nickname, ".class.1234567.2026");
	for (const char *c = nickname; good && *c; c++)
		good = *c >= '!' && *c <= '~' && !strchr("@()\\[]\";:<>,&/", *c);
	if (!good)
		FAIL("\"%s\" gives \"%s\"", name, nickname);
}

static uint64_t fingerprint(const char *text)
{
	uint64_t h = 14695981039346656037u;
	for (const char *c = text ? text : ""; *c; c++)
		h = (h ^ (unsigned char)*c) * 1099511628211u;
	return h;
}

static uint64_t named(uint64_t number, bool and_shown)
{
	char name[200], id[32];
	random_name(number, name);
	(void)!snprintf(id, sizeof id, "group-%llu", (unsigned long long)number);
	struct naming n = {name, "1234567", "2026", id};
	char *nickname = naming_nickname(&n, 1);
	char *display = and_shown ? naming_display(&n) : NULL;
	CHECK(!and_shown || !nickname == !display);
	if (nickname)
		is_valid(nickname, name);
	uint64_t is = fingerprint(nickname);
	free(nickname);
	free(display);
	return is;
}

TEST_WITHIN(120,
    "a million names of any letters give nicknames that Microsoft takes, in any order the same")
{
	enum { NAMES = 1000000 };
	uint64_t *before = xcalloc(NAMES, sizeof *before);
	for (uint64_t i = 0; i < NAMES; i++)
		before[i] = named(i, true);
	for (uint64_t i = NAMES; i-- > 0;)
		if (named(i, false) != before[i])
			FAIL("the name of number %llu is another one the second time",
			    (unsigned long long)i);
	free(before);
}
