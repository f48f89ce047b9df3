/*
 * learners - class:<school>:<class>:learners, one JSON text for each learner. Somebody who
 * left the class stays there, marked, until the Team has been put right.
 */
#include "records_int.h"

#include <stdlib.h>

#include "buf.h"

enum { LEARNER_DEPTH = 8 };

char *records_learners_key(const char *school, const char *class_id)
{
	return xasprintf("class:%s:%s:learners", school, class_id);
}

void learners_read(struct class_record *c, const struct reply *r)
{
	c->learners = json_object();
	for (size_t i = 0; i + 1 < reply_count(r); i += 2) {
		const char *id = reply_text(reply_at(r, i), NULL);
		size_t length;
		const char *text = reply_text(reply_at(r, i + 1), &length);
		json_t *learner = text ? json_read(text, length, LEARNER_DEPTH, NULL) : NULL;
		if (id && json_is_object(learner))
			json_object_set(c->learners, id, learner);
		json_decref(learner);
	}
}

static void put(json_t *object, const char *key, const char *text)
{
	json_object_set_new(object, key, json_string(text ? text : ""));
}

char *learner_record(const struct learner_standing *s)
{
	json_t *object = json_object();
	put(object, "name", s->name);
	put(object, "email", s->email);
	put(object, "status", s->status);
	put(object, "reason", s->reason);
	put(object, "user_id", s->user_id);
	json_object_set_new(object, "at", json_integer(s->at));
	if (s->matched && s->user_id && *s->user_id)
		put(object, "matched", s->matched);
	if (s->left)
		json_object_set_new(object, "left", json_true());
	if (s->left && s->left_on)
		put(object, "left_on", s->left_on);
	char *text = json_write(object);
	json_decref(object);
	return text;
}
