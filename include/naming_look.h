/*
 * naming_look - what is said of a name before it is made: whether it is plainly the rule's, and
 * whether the tenant takes it. Pure.
 */
#ifndef NAMING_LOOK_H
#define NAMING_LOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "naming.h"

/* naming_changed_by tells why a resolved entry's nickname is not plainly the rule's: number
 * (others wanted it), cut (too long), letters (some of the name cannot stand in an address);
 * "" where it is. */
const char *naming_changed_by(const struct naming_entry *e);

/* naming_look tells whether the tenant takes a display name: ok, refused, or unknown while
 * nobody knows its rules (policy, with is_read false) or they depend on who makes it. *problem
 * is a sentence to free, or NULL. */
const char *naming_look(const char *display, const json_t *policy, bool is_read, char **problem);

size_t naming_characters(const char *text);	/* of UTF-8 */

#endif
