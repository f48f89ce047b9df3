/* pattern - reading a command line by its pattern. */
#include "pattern.h"

#include <ctype.h>
#include <string.h>

bool slot_is_word(const struct slot *s)
{
	return islower((unsigned char)*s->text);
}

bool slot_is_option(const struct slot *s)
{
	return *s->text == '-';
}

bool pattern_next(const char **at, struct slot *s)
{
	const char *p = *at + strspn(*at, " ");
	if (!*p)
		return false;
	*s = (struct slot){.whole = p, .optional = *p == '['};
	s->text = p + s->optional;
	s->length = strcspn(s->text, " ]");
	p = s->text + s->length;
	if (slot_is_option(s) && p[0] == ' ' && isupper((unsigned char)p[1])) {
		s->value = p + 1;
		s->value_length = strcspn(s->value, " ]");
		p = s->value + s->value_length;
	}
	*at = p + (*p == ']');
	s->whole_length = (size_t)(*at - s->whole);
	return true;
}

void pattern_print(FILE *to, const char *lead, const char *pattern)
{
	enum { COLUMNS = 79, INDENT = 8 };
	struct slot s;
	size_t used = strlen(lead);
	fputs(lead, to);
	while (pattern_next(&pattern, &s)) {
		if (used + 1 + s.whole_length > COLUMNS) {
			fprintf(to, "\n%*s", INDENT - 1, "");
			used = INDENT - 1;
		}
		fprintf(to, " %.*s", (int)s.whole_length, s.whole);
		used += 1 + s.whole_length;
	}
	fputs("\n", to);
}

static bool is_called(const struct slot *s, const char *name, size_t length)
{
	return s->length == length && memcmp(s->text, name, length) == 0;
}

size_t pattern_match(const char *pattern, int count, char *const words[])
{
	struct slot s;
	size_t matched = 0;
	while (pattern_next(&pattern, &s) && slot_is_word(&s)) {
		if (matched == (size_t)count ||
		    !is_called(&s, words[matched], strlen(words[matched])))
			return 0;
		matched++;
	}
	return matched;
}

/* ---- what was given -------------------------------------------------------- */

static const char *find(const struct given *g, const char *name, size_t length)
{
	for (size_t i = 0; i < g->count; i++)
		if (g->items[i].name_length == length &&
		    memcmp(g->items[i].name, name, length) == 0)
			return g->items[i].value;
	return NULL;
}

const char *given_value(const struct given *g, const char *name)
{
	return find(g, name, strlen(name));
}

bool given_flag(const struct given *g, const char *name)
{
	return given_value(g, name) != NULL;
}

static int take(struct given *g, const struct slot *s, const char *value, struct err *e)
{
	if (find(g, s->text, s->length))
		return err_set(e, ERR_USAGE, "%.*s is given twice", (int)s->length, s->text);
	if (g->count == GIVEN_MAX)
		return err_set(e, ERR_USAGE, "too many options");
	g->items[g->count].name = s->text;
	g->items[g->count].name_length = s->length;
	g->items[g->count++].value = value;
	return 0;
}

/* read_option takes words[0], and words[1] if that is its value; gives how many. */
static int read_option(
    const char *pattern, int count, char *const words[], struct given *g, struct err *e)
{
	struct slot s;
	const char *word = words[0], *equals = strchr(word, '=');
	size_t length = equals ? (size_t)(equals - word) : strlen(word);
	do {
		if (!pattern_next(&pattern, &s))
			return err_set(e, ERR_USAGE, "%.*s is no option here", (int)length, word);
	} while (!slot_is_option(&s) || !is_called(&s, word, length));
	if (!s.value && equals)
		return err_set(e, ERR_USAGE, "%.*s takes no value", (int)length, word);
	if (!s.value || equals)
		return take(g, &s, equals ? equals + 1 : "", e) < 0 ? ERR_USAGE : 1;
	if (count < 2 || strncmp(words[1], "--", 2) == 0)
		return err_set(
		    e, ERR_USAGE, "%s needs a value: %.*s", word, (int)s.value_length, s.value);
	return take(g, &s, words[1], e) < 0 ? ERR_USAGE : 2;
}

static int read_value(const char *pattern, const char *word, struct given *g, struct err *e)
{
	struct slot s;
	while (pattern_next(&pattern, &s))
		if (!slot_is_word(&s) && !slot_is_option(&s) && !find(g, s.text, s.length))
			return take(g, &s, word, e);
	return err_set(e, ERR_USAGE, "\"%s\" is one word too many", word);
}

static int check_complete(const char *pattern, const struct given *g, struct err *e)
{
	struct slot s;
	while (pattern_next(&pattern, &s))
		if (!s.optional && !slot_is_word(&s) && !find(g, s.text, s.length))
			return err_set(e, ERR_USAGE, "%.*s is missing", (int)s.length, s.text);
	return 0;
}

int pattern_read(
    const char *pattern, int count, char *const words[], struct given *g, struct err *e)
{
	bool options = true;
	*g = (struct given){0};
	for (int i = (int)pattern_match(pattern, count, words); i < count;) {
		int taken = 1;
		if (options && strcmp(words[i], "--") == 0)
			options = false;
		else if (options && words[i][0] == '-' && words[i][1])
			taken = read_option(pattern, count - i, words + i, g, e);
		else if (read_value(pattern, words[i], g, e) < 0)
			return ERR_USAGE;
		if (taken < 0)
			return taken;
		i += taken;
	}
	return check_complete(pattern, g, e);
}
