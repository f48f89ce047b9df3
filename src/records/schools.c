/*
 * schools - school:<school>, written by the portal with HSET or by `rollcall school`.
 * A school that nobody entered is not known; what its record does not say has the
 * default that harms nobody.
 */
#include "records_int.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"

char *records_school_key(const char *school)
{
	return xasprintf("school:%s", school);
}

char *text_of(const struct reply *r, const char *field)
{
	const char *text = reply_field_text(r, field);
	char *own = xstrdup(text ? text : "");
	text_mend(own, strlen(own)); /* whoever writes with HSET may mean another encoding */
	return own;
}

int64_t number_of(const struct reply *r, const char *field, int64_t fallback)
{
	const struct reply *value = reply_field(r, field);
	return reply_kind(value) == REPLY_NIL ? fallback : reply_number(value);
}

static bool says_no(const char *text)
{
	return strcmp(text, "0") == 0 || strcasecmp(text, "false") == 0 ||
	       strcasecmp(text, "no") == 0;
}

/* Whose teachers link accounts of their own and of which nobody said the tenant, has the one
 * of the first account that was linked (connections.h). */
static char *tenant_of(const struct reply *r)
{
	const char *said = reply_field_text(r, "tenant_id"), *auth = reply_field_text(r, "auth");
	bool is_whole = auth && strcmp(auth, "app") == 0;
	return text_of(r, (said && *said) || is_whole ? "tenant_id" : "linked_tenant");
}

static json_t *settings_of(const struct reply *r)
{
	json_t *settings = json_object();
	for (size_t i = 0; i + 1 < reply_count(r); i += 2) {
		const char *field = reply_text(reply_at(r, i), NULL);
		char *value = field ? text_of(r, field) : NULL;
		if (value)
			json_object_set_new(settings, field, json_string(value));
		free(value);
	}
	return settings;
}

void school_read(struct school *s, const char *id, const struct reply *r)
{
	char *enabled = text_of(r, "enabled");
	*s = (struct school){
	    .id = xstrdup(id),
	    .name = text_of(r, "name"),
	    .tenant_id = tenant_of(r),
	    .auth = text_of(r, "auth"),
	    .domain = text_of(r, "domain"),
	    .current_year = text_of(r, "current_year"),
	    .known = reply_count(r) > 0,
	    .enabled = !says_no(enabled),
	    .settings = settings_of(r),
	};
	free(enabled);
}

void school_clear(struct school *s)
{
	free(s->id);
	free(s->name);
	free(s->tenant_id);
	free(s->auth);
	free(s->domain);
	free(s->current_year);
	json_decref(s->settings);
	*s = (struct school){0};
}
