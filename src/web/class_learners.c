/*
 * class_learners - the learners of a class with how each stands, why, and what to do about it
 * (requirements 6), as JSON or for a spreadsheet.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "classes.h"
#include "reasons.h"
#include "rows.h"

static json_t *learner_json(const char *id, const json_t *kept)
{
	const char *reason = json_text_or(kept, "reason", "");
	const char *status = json_text_or(kept, "status", "pending");
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "id", id, "name",
	    json_text_or(kept, "name", ""), "email", json_text_or(kept, "email", ""), "status",
	    status, "status_label", status_label(status), "reason", reason, "reason_label",
	    reason_label("", reason), "remedy", reason_action("", reason), "user_id",
	    json_text_or(kept, "user_id", ""), "at", (json_int_t)json_int(kept, "at", 0));
}

static int by_name(const void *a, const void *b)
{
	json_t *one = *(json_t *const *)a, *other = *(json_t *const *)b;
	int order = strcoll(json_text_or(one, "name", ""), json_text_or(other, "name", ""));
	return order ? order : strcmp(json_text_or(one, "id", ""), json_text_or(other, "id", ""));
}

static json_t *sorted(const json_t *learners)
{
	size_t count = 0;
	json_t **at = xcalloc(json_object_size(learners) + 1, sizeof(json_t *)),
	       *list = json_array();
	const char *id;
	json_t *kept;
	json_object_foreach ((json_t *)(uintptr_t)learners, id, kept)
		at[count++] = learner_json(id, kept);
	qsort(at, count, sizeof(json_t *), by_name);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, at[i]);
	free(at);
	return list;
}

void class_answer_learners(struct visit *v, const struct class_look *c)
{
	static const char *const columns[] = {
	    "id", "name", "email", "status_label", "reason_label", "remedy", "user_id", "at", NULL};
	answer_rows(v, "learners", sorted(c->learners), columns, c->id);
}
