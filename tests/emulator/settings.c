/* settings - see settings.h: one table from names to places. */
#include "settings.h"

#include <stddef.h>
#include <string.h>

#include "buf.h"

const struct settings settings_default = {
    .operation_ms = 8000,
    .replicate_ms = 15000,
    .group_to_team_ms = 3600000,
    .shuffle_batch = true,
};

enum kind { NUMBER, SWITCH, TEXT, VALUE };

#define NUMBER_OF(name) #name, NUMBER, offsetof(struct settings, name)
#define SWITCH_OF(name) #name, SWITCH, offsetof(struct settings, name)
#define VALUE_OF(name)	#name, VALUE, offsetof(struct settings, name)

static const struct setting {
	const char *name;
	enum kind kind;
	size_t place;
} table[] = {
    {NUMBER_OF(operation_ms)},
    {NUMBER_OF(operation_404_ms)},
    {NUMBER_OF(team_404_ms)},
    {NUMBER_OF(group_404_ms)},
    {NUMBER_OF(replicate_ms)},
    {NUMBER_OF(members_invisible_ms)},
    {NUMBER_OF(group_to_team_ms)},
    {NUMBER_OF(delete_lag_ms)},
    {NUMBER_OF(latency_ms)},
    {NUMBER_OF(token_lifetime_s)},
    {NUMBER_OF(aadsts)},
    {NUMBER_OF(page_size)},
    {SWITCH_OF(bulk_add_strict)},
    {SWITCH_OF(bulk_add_writes)},
    {SWITCH_OF(whole_404)},
    {SWITCH_OF(no_body)},
    {SWITCH_OF(guests_allowed)},
    {SWITCH_OF(locked)},
    {SWITCH_OF(shuffle_batch)},
    {SWITCH_OF(next_link_self)},
    {SWITCH_OF(unknown_error_body)},
    {"next_link_host", TEXT, offsetof(struct settings, next_link_host)},
    {VALUE_OF(retry_after)},
    {VALUE_OF(operation_fails)},
    {VALUE_OF(fail_users)},
    {VALUE_OF(fail_error)},
    {VALUE_OF(id_token)},
};

#define SETTINGS (sizeof(table) / sizeof(table[0]))

static void store(struct settings *s, const struct setting *setting, const json_t *value)
{
	void *place = (char *)s + setting->place;
	switch (setting->kind) {
	case NUMBER:
		*(int64_t *)place = json_integer_value(value);
		return;
	case SWITCH:
		*(bool *)place = json_is_true(value);
		return;
	case TEXT:
		*(const char **)place = json_string_value(value);
		return;
	case VALUE:
		*(const json_t **)place = json_is_null(value) ? NULL : value;
		return;
	}
}

void settings_take(struct settings *s, const json_t *object)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		const json_t *value = json_object_get(object, table[i].name);
		if (value)
			store(s, &table[i], value);
	}
}

static bool is_known(const char *name, const char *also)
{
	for (size_t i = 0; i < SETTINGS; i++)
		if (!strcmp(table[i].name, name))
			return true;
	char *padded = xasprintf(" %s ", name);
	bool found = strstr(also, padded);
	free(padded);
	return found;
}

int settings_check(const json_t *object, const char *also, struct err *e)
{
	const char *name;
	json_t *value;
	json_object_foreach ((json_t *)(uintptr_t)object, name, value)
		if (!is_known(name, also))
			return err_set(e, ERR_INPUT, "unknown key \"%s\"", name);
	return 0;
}
