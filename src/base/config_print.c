/* config_print - the example file and the manual's key list, from the table. */
#include <stdio.h>
#include <string.h>

#include "config_int.h"

enum { COLUMNS = 78 };

/* lines writes sentences, each beginning a line, with mark before every line. */
static void lines(FILE *to, const char *mark, const char *text)
{
	const size_t room = COLUMNS - strlen(mark);
	while (*text) {
		size_t length = strcspn(text, "\n");
		if (length > room)
			for (length = room; length > 0 && text[length] != ' '; length--)
				;
		if (length == 0) /* a word wider than the page */
			length = strcspn(text, " \n");
		fprintf(to, "%s%.*s\n", mark, (int)length, text);
		text += length;
		text += strspn(text, " \n");
	}
}

static void allowed_lines(FILE *to, const char *mark, const struct setting *s)
{
	char words[160], text[256];
	const char *allowed = config_allowed(s, words);
	if (!*allowed)
		return;
	snprintf(text, sizeof(text), "Allowed: %s.", allowed);
	lines(to, mark, text);
}

/* ---- the example file ---------------------------------------------------- */

static void example_setting(FILE *to, const struct setting *s)
{
	fputs("\n", to);
	lines(to, "# ", s->help);
	allowed_lines(to, "# ", s);
	if (s->reloadable)
		lines(to, "# ", "SIGHUP takes it over.");
	fprintf(to, "# %s =%s%s\n", s->key, *s->standard ? " " : "", s->standard);
}

void config_example(FILE *to)
{
	fputs("# rollcall.conf - settings of rollcalld, rollcall-web and rollcall.\n"
	      "#\n"
	      "# Every key stands here with its default: take the # away to change it. Each\n"
	      "# can also be given in the environment as ROLLCALL_<SECTION>_<KEY>, which goes\n"
	      "# before this file. A line that begins with # or ; is a comment, and so is what\n"
	      "# follows a blank and a ; in a line. Values are written without quotes.\n",
	    to);
	for (const struct section *section = config_sections; section->name; section++) {
		fprintf(to, "\n\n[%s]\n", section->name);
		lines(to, "# ", section->help);
		for (const struct setting *s = config_settings; s->section; s++)
			if (strcmp(s->section, section->name) == 0)
				example_setting(to, s);
	}
}

/* ---- the manual ---------------------------------------------------------- */

/* The table's words need no escaping: none begins with a dot or has a backslash. */
static void manual_setting(FILE *to, const struct setting *s)
{
	fprintf(to, ".It Cm %s\n", s->key);
	lines(to, "", s->help);
	fprintf(to, ".Pp\nDefault: %s.\n", *s->standard ? s->standard : "empty");
	allowed_lines(to, "", s);
	if (s->reloadable)
		fputs(".Dv SIGHUP\ntakes it over.\n", to);
}

void config_manual(FILE *to)
{
	for (const struct section *section = config_sections; section->name; section++) {
		fprintf(to, ".Ss %s\n", section->name);
		lines(to, "", section->help);
		fputs(".Bl -tag -width Ds\n", to);
		for (const struct setting *s = config_settings; s->section; s++)
			if (strcmp(s->section, section->name) == 0)
				manual_setting(to, s);
		fputs(".El\n", to);
	}
}
