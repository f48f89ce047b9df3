/* config_print - the example file and the manual's key list, from the table. */
#include <stdio.h>
#include <string.h>

#include "config_int.h"

enum { COLUMNS = 78 };

/* ---- the example file ---------------------------------------------------- */

/* comment writes one sentence or several, a line each, as comments that fit. */
static void comment(FILE *to, const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\n"), fits = length;
		if (length > COLUMNS - 2)
			for (fits = COLUMNS - 2; fits > 0 && text[fits] != ' '; fits--)
				;
		if (fits == 0)
			fits = length;
		fprintf(to, "# %.*s\n", (int)fits, text);
		text += fits;
		text += strspn(text, " \n");
	}
}

static void example_setting(FILE *to, const struct setting *s)
{
	char words[160], line[256];
	const char *allowed = config_allowed(s, words);
	fputs("\n", to);
	comment(to, s->help);
	if (*allowed) {
		snprintf(line, sizeof(line), "Allowed: %s", allowed);
		comment(to, line);
	}
	if (s->reloadable)
		comment(to, "SIGHUP takes it over.");
	fprintf(to, "# %s =%s%s\n", s->key, *s->standard ? " " : "", s->standard);
}

void config_example(FILE *to)
{
	fputs("# rollcall.conf - settings of rollcalld, rollcall-web and rollcall.\n"
	      "#\n"
	      "# Every key stands here with its default: take the # away to change it. Each can\n"
	      "# also be given as ROLLCALL_<SECTION>_<KEY> in the environment, which goes before\n"
	      "# this file. Lines that begin with # or ; are comments, and so is what follows a\n"
	      "# blank and a ; in a line. Values are written without quotes.\n",
	    to);
	for (const struct section *section = config_sections; section->name; section++) {
		fprintf(to, "\n\n[%s]\n", section->name);
		comment(to, section->help);
		for (const struct setting *s = config_settings; s->section; s++)
			if (strcmp(s->section, section->name) == 0)
				example_setting(to, s);
	}
}

/* ---- the manual ---------------------------------------------------------- */

/* roff writes text so that mdoc takes none of it for orders. */
static void roff(FILE *to, const char *text)
{
	bool at_start = true;
	for (; *text; text++) {
		if (at_start && (*text == '.' || *text == '\''))
			fputs("\\&", to);
		if (*text == '\\')
			fputs("\\e", to);
		else
			fputc(*text, to);
		at_start = *text == '\n';
	}
}

static void manual_setting(FILE *to, const struct setting *s)
{
	char words[160];
	const char *allowed = config_allowed(s, words);
	fprintf(to, ".It Cm %s\n", s->key);
	roff(to, s->help);
	fputs("\nDefault: ", to);
	roff(to, *s->standard ? s->standard : "empty");
	fputs(".\n", to);
	if (*allowed) {
		fputs("Allowed: ", to);
		roff(to, allowed);
		fputs(".\n", to);
	}
	if (s->reloadable)
		fputs(".Dv SIGHUP\ntakes it over.\n", to);
}

void config_manual(FILE *to)
{
	for (const struct section *section = config_sections; section->name; section++) {
		fprintf(to, ".Ss [%s]\n", section->name);
		roff(to, section->help);
		fputs("\n.Bl -tag -width Ds\n", to);
		for (const struct setting *s = config_settings; s->section; s++)
			if (strcmp(s->section, section->name) == 0)
				manual_setting(to, s);
		fputs(".El\n", to);
	}
}
