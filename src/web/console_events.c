/*
 * console_events - joins names to the history: each group and each learner of it is asked for
 * once. Who has left the school and every class is known by their id alone.
 */
#include "console_events.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "reasons.h"
#include "round.h"

enum { LEARNER_DEPTH = 8 };

struct joining {
	struct visit *visit;
	json_t *events;		 /* owned: as history_read gave them */
	json_t *groups, *people; /* owned: id -> name; learners by class and id */
	struct name *names;	 /* owned: those that were asked for */
	size_t count;
	events_fn fn;
	void *ctx;
};

/* One answer that is on its way; "" in the map until it has come. */
struct name {
	json_t *map;
	char *key; /* owned */
};

static char *person_key(const char *class_id, const char *learner)
{
	return xasprintf("%s\t%s", class_id, learner);
}

static void take_group(void *about, const struct reply *r)
{
	struct name *n = about;
	const char *text = reply_text(r, NULL);
	json_t *name = text ? json_string(text) : NULL;
	if (name)
		json_object_set_new(n->map, n->key, name);
}

static void take_person(void *about, const struct reply *r)
{
	struct name *n = about;
	size_t length;
	const char *text = reply_text(r, &length);
	json_t *kept = text ? json_read(text, length, LEARNER_DEPTH, NULL) : NULL;
	if (kept)
		json_object_set_new(n->map, n->key, json_string(json_text_or(kept, "name", "")));
	json_decref(kept);
}

static json_t *event_json(const struct joining *g, const json_t *from)
{
	const char *class_id = json_text_or(from, "class", "");
	char *person = person_key(class_id, json_text_or(from, "learner", ""));
	json_t *event = json_pack("{s:s, s:I, s:s, s:s, s:s}", "id", json_text_or(from, "id", ""),
	    "at", (json_int_t)json_int(from, "at", 0), "group",
	    json_text_or(g->groups, class_id, class_id), "name",
	    json_text_or(g->people, person, ""), "label",
	    event_label(json_text_or(from, "what", "")));
	static const char *const texts[] = {
	    "class", "learner", "what", "reason", "detail", "by", "run", "job", "user_id"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		json_object_set_new(event, texts[i], json_string(json_text_or(from, texts[i], "")));
	free(person);
	return event;
}

static bool joined(void *ctx, struct round *r, const struct err *e)
{
	struct joining *g = ctx;
	size_t i;
	json_t *one, *events = e ? NULL : json_array();
	(void)r;
	if (events)
		json_array_foreach (g->events, i, one)
			json_array_append_new(events, event_json(g, one));
	g->fn(g->ctx, events, e);
	for (i = 0; i < g->count; i++)
		free(g->names[i].key);
	free(g->names);
	json_decref(g->events);
	json_decref(g->groups);
	json_decref(g->people);
	free(g);
	return false;
}

/* name_of gives where the answer goes, or NULL if it was asked for already; key is taken
 * over. */
static struct name *name_of(struct joining *g, json_t *map, char *key)
{
	if (json_object_get(map, key)) {
		free(key);
		return NULL;
	}
	json_object_set_new(map, key, json_string(""));
	g->names[g->count] = (struct name){map, key};
	return &g->names[g->count++];
}

static void ask(struct joining *g, struct round *r, const json_t *event)
{
	const char *class_id = json_text_or(event, "class", "");
	const char *learner = json_text_or(event, "learner", "");
	if (!*class_id)
		return;
	char *key = xasprintf("class:%s:%s", g->visit->who.school, class_id);
	char *people = xasprintf("%s:learners", key);
	struct name *group = name_of(g, g->groups, xstrdup(class_id));
	struct name *person =
	    *learner ? name_of(g, g->people, person_key(class_id, learner)) : NULL;
	if (group)
		ROUND_ASK(r, take_group, group, "HGET", key, "name");
	if (person)
		ROUND_ASK(r, take_person, person, "HGET", people, learner);
	free(key);
	free(people);
}

void events_join(struct visit *v, const json_t *events, events_fn fn, void *ctx)
{
	size_t i;
	json_t *event;
	struct joining *g = xcalloc(1, sizeof *g);
	struct round *r = round_new(v->web, joined, g);
	*g = (struct joining){.visit = v, .fn = fn, .ctx = ctx};
	g->events = json_copy((json_t *)(uintptr_t)events);
	g->groups = json_object();
	g->people = json_object();
	g->names = xcalloc(2 * json_array_size(events) + 1, sizeof *g->names);
	json_array_foreach (events, i, event)
		ask(g, r, event);
	round_go(r);
}
