/*
 * pattern - a command line, read by the pattern that is also its help.
 *
 *	school set SCHOOL [--name NAME] [--enable]
 *
 * Words in small letters are the command, words in capitals are values, brackets
 * mark what may be left out. Values stand before options in a pattern, in any
 * order on a command line.
 */
#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "err.h"

enum { GIVEN_MAX = 40 };

/* One word of a pattern, or an option together with its value. All is borrowed from the
 * pattern and not terminated. */
struct slot {
	const char *whole;	/* as written, with its brackets */
	const char *text;
	const char *value;	/* what an option takes, as it is called; NULL: nothing */
	size_t whole_length, length, value_length;
	bool optional;
};

/* pattern_next takes the next slot off *at; false at the end. */
bool pattern_next(const char **at, struct slot *s);
bool slot_is_word(const struct slot *s);	/* of the command */
bool slot_is_option(const struct slot *s);

/* pattern_print writes lead and the pattern, on lines of 80 columns. */
void pattern_print(FILE *to, const char *lead, const char *pattern);

/* What a command line gave, borrowed from pattern and arguments. */
struct given {
	struct {
		const char *name;	/* in the pattern: not terminated */
		size_t name_length;
		const char *value;	/* of a flag: "" */
	} items[GIVEN_MAX];
	size_t count;
};

/* pattern_match tells how many words of the command stand at the start of words;
 * 0 if not all of them do. */
size_t pattern_match(const char *pattern, int count, char *const words[]);

/* pattern_read reads what follows the command; ERR_USAGE and *e name what is off. */
int pattern_read(const char *pattern, int count, char *const words[], struct given *g,
    struct err *e) MUST_CHECK;

/* given_value finds "--school" or "JOB"; NULL if it was left out. */
const char *given_value(const struct given *g, const char *name);
bool given_flag(const struct given *g, const char *name);

#endif
