/*
 * school_settings - what a school may set of its group sync: the options of rollcall school
 * set beside those of the school itself, each with its field in the school's record, what it
 * may say and how it is shown.
 */
#ifndef SCHOOL_SETTINGS_H
#define SCHOOL_SETTINGS_H

#include "cli.h"

struct school_setting {
	const char *option, *field, *label;
	const char *allowed;	/* words with commas between, where only these will do; or NULL */
	int64_t most;		/* of a number */
	/* take gives the text that is kept, which the caller frees; or NULL and *e. */
	char *(*take)(const struct school_setting *s, const char *text, struct err *e);
	char *(*show)(const char *kept);	/* as it would be given; NULL: as it is kept */
	const char *help;
};
extern const struct school_setting school_settings[];	/* ends with a row without option */

/* school_setting_find gives the row of an option, with or without its dashes; or NULL. */
const struct school_setting *school_setting_find(const char *option, size_t length);

/* school_settings_given adds what the command line says to the words of HSET and of HDEL.
 * ERR_USAGE and *e for the first that will not do. */
int school_settings_given(const struct cli *c, struct words *set, struct words *drop,
    struct err *e) MUST_CHECK;

/* school_settings_print prints those that are set in the record of a school. */
void school_settings_print(const json_t *school);

/* school_identifier is the name identifier in effect, "" for none. */
const char *school_identifier(const json_t *school);

#endif
