/* naming_look - names before they hurt. */
#include "naming_look.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"

enum { HASH_DIGITS = 6 };

size_t naming_characters(const char *text)
{
	size_t n = 0;
	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* The rule, where nothing stood in its way: the group's name with - for each blank. */
static bool is_plain_rule(const struct naming_entry *e)
{
	char *base = naming_group(e->of.group);
	for (char *c = base; c && *c; c++)
		if (*c == ' ')
			*c = '-';
	size_t length = base ? strlen(base) : 0;
	bool is = base && strncmp(e->nickname, base, length) == 0 &&
		  strncmp(e->nickname + length, ".class", 6) == 0;
	free(base);
	return is;
}

/* A nickname that was cut is as long as one may be, with the hash of what was lost. */
static bool is_cut(const char *nickname)
{
	const char *end = strstr(nickname, ".class");
	return strlen(nickname) == NICKNAME_LENGTH_MAX && end && end - nickname > HASH_DIGITS + 1 &&
	       end[-HASH_DIGITS - 1] == '-' &&
	       strspn(end - HASH_DIGITS, "0123456789abcdef") >= HASH_DIGITS;
}

const char *naming_changed_by(const struct naming_entry *e)
{
	if (!e->nickname)
		return "";
	if (e->place > 1)
		return "number";
	if (is_cut(e->nickname))
		return "cut";
	return is_plain_rule(e) ? "" : "letters";
}

const char *naming_look(const char *display, const json_t *policy, bool is_read, char **problem)
{
	const char *word = NULL;
	*problem = NULL;
	if (!display) {
		*problem = xstrdup("The group needs a name that can be seen.");
		return "refused";
	}
	if (!is_read)
		return "unknown";
	switch (naming_judge(policy, display, &word)) {
	case NAMING_FITS:
		return "ok";
	case NAMING_PREFIX_SUFFIX:
		*problem = xasprintf("The school's Microsoft tenant wants \"%s\" at the beginning "
				     "or the end of every name.",
		    word ? word : "");
		return "refused";
	case NAMING_BLOCKED_WORD:
		*problem = xasprintf("The school's Microsoft tenant does not allow the word "
				     "\"%s\" in a name.",
		    word ? word : "");
		return "refused";
	case NAMING_DEPENDS:
		*problem = xstrdup("The tenant's rule for names depends on who makes the class.");
		return "unknown";
	}
	return "unknown";
}
