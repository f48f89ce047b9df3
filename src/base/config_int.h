/* config_int - the table of settings, as the files of config see it. */
#ifndef CONFIG_INT_H
#define CONFIG_INT_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"

enum setting_kind { SETTING_TEXT, SETTING_CHOICE, SETTING_INTEGER, SETTING_NUMBER };

enum { SETTING_TEXT_MAX = 1000 };

struct setting {
	const char *section, *key;
	size_t offset;		/* in struct config: char *, char *, int64_t, double */
	const char *standard;	/* the default, as it would stand in a file */
	double min, max;	/* of integers and numbers */
	const char *allowed;	/* in words; of a choice, the words themselves */

	/* Of text: NULL when value is fine, or why not; "" says what allowed says. */
	const char *(*wrong)(const char *value);
	const char *help;	/* a sentence a line */
	enum setting_kind kind;
	bool reloadable;
};

struct section {
	const char *name, *help;
};

extern const struct section config_sections[];	/* ends with a NULL name */
extern const struct setting config_settings[];	/* ends with a NULL section; by section */

const struct setting *config_find(const char *section, const char *key);	/* or NULL */

/* config_allowed says in words what a setting may be; "" if any text will do. */
const char *config_allowed(const struct setting *s, char text[160]);

/* config_set checks and stores one value. On an error *c stays as it was, and
 * *e names setting, value and what is allowed, but not where the value stood. */
int config_set(struct config *c, const struct setting *s, const char *value, struct err *e)
    MUST_CHECK;

/* These take over what they find, in place; *e names file and line, or variable. */
int config_read_file(struct config *c, const char *path, struct err *e) MUST_CHECK;
int config_read_environment(struct config *c, struct err *e) MUST_CHECK;

#endif
