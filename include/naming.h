/*
 * naming - what a group of a school is called in Microsoft 365: its display name, its
 * mail nickname, its address. Pure: no network, no Redis.
 *
 *	2S/DT1, identifier 1234567, from 01/09/19
 *	display name	2SDT1_Class [1234567][2019]
 *	nickname	2SDT1.class.1234567.2019
 */
#ifndef NAMING_H
#define NAMING_H

#include <stdbool.h>
#include <stddef.h>

#include "json.h"

enum { NICKNAME_LENGTH_MAX = 64, DISPLAY_UNITS_MAX = 256, NICKNAMES_MAX = 60 };

/* What a name is made of. */
struct naming {
	const char *group;	/* as the roster has it */
	const char *identifier;	/* of the school, as it was entered; "" for none */
	const char *year;	/* four digits; "" when nobody knows */
	const char *id;		/* of the group, and the same for ever */
};

/* naming_group is the group's name as a list shows it: without "/" and blanks around it,
 * other blanks kept. NULL when nothing is left that can be seen: a group needs a name.
 * All of these are the caller's to free. */
char *naming_group(const char *roster_name);
char *naming_display(const struct naming *n);	/* or NULL, as above */

/* naming_nickname is the nth choice of nickname: the first is the plain one, the others
 * carry their number. NULL, as above, and where the identifier leaves no room. */
char *naming_nickname(const struct naming *n, int nth);
char *naming_address(const char *nickname, const char *domain);

/* naming_identifier is an identifier as it stands in names, "" when nothing is left. */
char *naming_identifier(const char *entered);

/* naming_year reads the calendar year in which an academic year begins: "2026-09-01",
 * "01/09/26" and "2026/27" give 2026. "" when there is none. */
void naming_year(const char *text, char year[5]);

/* naming_key is a nickname for comparing: Microsoft takes A for a. */
char *naming_key(const char *nickname);

/* What a group is called that is none of the school's choosing: "Teaching group 2S/DT1". */
char *naming_description(const char *kind, const char *roster_name);

/*
 * All the groups of a school at once. Where several want one nickname the first by id keeps
 * the plain one; what was chosen before stays. The order of the list changes nothing.
 */
struct naming_entry {
	struct naming of;
	const char *chosen;	/* the nickname it has, or NULL */
	char *nickname;		/* owned; set by naming_resolve; NULL: it has no name */
	int place;		/* 1: the plain one */
	size_t rivals;		/* others that want the same plain one */
};
void naming_resolve(struct naming_entry *entries, size_t count);
void naming_entries_clear(struct naming_entry *entries, size_t count);

/*
 * The tenant's own rules for names, as Microsoft's list of group settings has them.
 */
enum naming_verdict {
	NAMING_FITS,
	NAMING_PREFIX_SUFFIX,	/* lacks what every name must begin or end with */
	NAMING_BLOCKED_WORD,
	NAMING_DEPENDS,		/* on who makes the group: the rule names a person's department */
};

/* naming_policy makes the rules of the answer to /groupSettings; the caller owns the object
 * {prefix, suffix, blocked, depends}. NULL: there are none. */
json_t *naming_policy(const json_t *answer);

/* naming_judge tells whether a name passes; *word is then what it lacks or may not have,
 * borrowed from the rules, or NULL. No rules: it passes. */
enum naming_verdict naming_judge(const json_t *policy, const char *name, const char **word);

#endif
