/* console_settings - how a school is set up for group sync. */
#ifndef CONSOLE_SETTINGS_H
#define CONSOLE_SETTINGS_H

#include "json.h"

/* settings_json is the set-up as the console shows it, from the school's hash. */
json_t *settings_json(const json_t *school);

/* settings_identifier gives the name identifier in effect, "" if there is none. */
const char *settings_identifier(const json_t *school);

/* settings_kinds gives the kinds of groups that the school's source can tell of. */
json_t *settings_kinds(const json_t *school);

#endif
