/*
 * setting_lists - settings of a school that are lists and maps: kept as JSON, given on a
 * command line as words with commas between, or as that JSON.
 */
#ifndef SETTING_LISTS_H
#define SETTING_LISTS_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

bool list_is_domain(const char *text, size_t length);	/* in small letters */

/* These give the JSON text that is kept, NULL and *e if it will not do; and the words that a
 * kept text was made of, NULL if it is none of theirs. The caller frees both. */
char *list_take_owners(const char *text, struct err *e);	/* a@x.example,b@x.example */
char *list_take_domains(const char *text, struct err *e);	/* from=to,from=to */
char *list_take_rules(const char *text, struct err *e);	/* names=A*,B; kinds=year; grades=R,1 */
char *list_show_owners(const char *kept);
char *list_show_domains(const char *kept);
char *list_show_rules(const char *kept);

#endif
