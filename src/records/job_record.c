/* job_record - a hash of Redis as the contract describes it. */
#include "job_record.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"

static const char *const numbers[] = {"retry_at", "done", "total", "added", "already_member",
    "failed", "unresolved", "removed", "removal_failed", "held", "attempt", "crashes", "queued_at",
    "started_at", "updated_at", "finished_at", "rev", "order", "streak", NULL};

static bool is_among(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

/* text_value takes bytes as text, mended only where they are no UTF-8. */
static json_t *text_value(const struct reply *value)
{
	size_t length;
	const char *bytes = reply_text(value, &length);
	json_t *text = bytes ? json_stringn(bytes, length) : NULL;
	if (text || !bytes)
		return text;
	char *copy = xmalloc(length + 1);
	memcpy(copy, bytes, length);
	text_mend(copy, length);
	text = json_stringn(copy, length);
	free(copy);
	return text;
}

json_t *hash_of(const struct reply *hash, const char *const *number_fields)
{
	if (reply_count(hash) == 0)
		return NULL;
	json_t *object = json_object();
	for (size_t i = 0; i + 1 < reply_count(hash); i += 2) {
		const char *field = reply_text(reply_at(hash, i), NULL);
		const struct reply *value = reply_at(hash, i + 1);
		if (field)
			json_object_set_new(object, field,
			    is_among(field, number_fields) ? json_integer(reply_number(value))
							   : text_value(value));
	}
	return object;
}

json_t *record_of(const struct reply *hash)
{
	return hash_of(hash, numbers);
}

void record_note_cancel(json_t *record, const struct reply *flag)
{
	const struct reply *who = reply_at(flag, 0);
	if (reply_kind(who) == REPLY_TEXT && record && !record_has_ended(record) &&
	    !*record_text(record, "cancelled_by"))
		json_object_set_new(record, "cancelled_by", text_value(who));
}

const char *record_text(const json_t *record, const char *field)
{
	return json_text_or(record, field, "");
}

bool record_is(const json_t *record, const char *state)
{
	return strcmp(record_text(record, "state"), state) == 0;
}

bool record_has_ended(const json_t *record)
{
	static const char *const ended[] = {"done", "failed", "cancelled", "joined", NULL};
	return is_among(record_text(record, "state"), ended);
}
