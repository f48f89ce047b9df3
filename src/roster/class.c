/*
 * class - the roster of one class: the learners of its register in their order, each with
 * what is remembered of it, and those remembered who are in it no more.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "roster.h"
#include "roster_int.h"

static char *text_or_null(const json_t *object, const char *key)
{
	const char *text = json_text(object, key);
	return text && *text ? xstrdup(text) : NULL;
}

static bool is_unresolved(const char *reason)
{
	return strcmp(reason, "no_email") == 0 || strcmp(reason, "no_account") == 0 ||
	       strcmp(reason, "ambiguous_account") == 0 || strcmp(reason, "other_name") == 0;
}

static void add_learner(struct roster *r, const json_t *said, const json_t *recorded)
{
	const char *id = json_text(said, "id");
	const json_t *known = recorded ? json_object_get(recorded, id) : NULL;
	struct learner *l = &r->at[r->count++];
	map_set(&r->by_id, id, l);
	*l = (struct learner){
	    .id = xstrdup(id),
	    .name = xstrdup(json_text_or(said, "name", "")),
	    .email = trimmed(json_text_or(said, "email", "")),
	    .user_id = text_or_null(known, "user_id"),
	    .known_email = text_or_null(known, json_text(known, "matched") ? "matched" : "email"),
	    .reason = xstrdup(json_text_or(known, "reason", "")),
	    .standing = standing_of(json_text_or(known, "status", "")),
	    .unresolved = is_unresolved(json_text_or(known, "reason", "")),
	};
	l->rungs[RUNG_EMAIL] = address_key(l->email);
}

/* A leaver who was settled as "removed locally" has been told of once; that is enough. */
static bool is_over(const json_t *known)
{
	return strcmp(json_text_or(known, "reason", ""), "removed_locally") == 0;
}

/* Of a leaver who was one before days were recorded nobody knows when: long ago. */
static char *left_on(const json_t *known, const char *ended)
{
	const char *day = json_text(known, "left_on");
	if (!day)
		day = json_bool(known, "left", false) ? "1970-01-01" : ended;
	return xstrdup(day);
}

static void add_leavers(struct roster *r, const json_t *recorded, const json_t *ended)
{
	const char *id;
	json_t *known;
	r->leavers = xcalloc(json_object_size(recorded) + 1, sizeof *r->leavers);
	json_object_foreach ((json_t *)(uintptr_t)recorded, id, known) {
		if (roster_find(r, id) || is_over(known))
			continue;
		struct leaver *v = &r->leavers[r->leaver_count++];
		map_set(&r->leavers_by_id, id, v);
		*v = (struct leaver){
		    .id = xstrdup(id),
		    .name = xstrdup(json_text_or(known, "name", "")),
		    .email = xstrdup(json_text_or(known, "email", "")),
		    .user_id = text_or_null(known, "user_id"),
		    .left_on = left_on(known, json_text(ended, id)),
		    .reason = xstrdup(json_text_or(known, "reason", "")),
		};
	}
}

void roster_fill(struct roster *r, const json_t *class, const json_t *recorded)
{
	*r = (struct roster){0};
	map_init(&r->by_id);
	map_init(&r->leavers_by_id);
	json_t *learners = json_list(class, "learners");
	r->at = xcalloc(json_array_size(learners) + 1, sizeof *r->at);
	for (size_t i = 0; i < json_array_size(learners); i++) {
		json_t *said = json_array_get(learners, i);
		const char *id = json_text(said, "id");
		if (id && !roster_find(r, id))
			add_learner(r, said, recorded);
	}
	add_leavers(r, recorded, json_map(class, "ended"));
}

void roster_clear(struct roster *r)
{
	for (size_t i = 0; i < r->count; i++) {
		free(r->at[i].id);
		free(r->at[i].name);
		free(r->at[i].email);
		free(r->at[i].user_id);
		free(r->at[i].known_email);
		free(r->at[i].reason);
		for (int n = 0; n < RUNGS; n++)
			free(r->at[i].rungs[n]);
	}
	for (size_t i = 0; i < r->leaver_count; i++) {
		free(r->leavers[i].id);
		free(r->leavers[i].name);
		free(r->leavers[i].email);
		free(r->leavers[i].user_id);
		free(r->leavers[i].left_on);
		free(r->leavers[i].reason);
	}
	free(r->at);
	free(r->leavers);
	map_clear(&r->by_id);
	map_clear(&r->leavers_by_id);
	*r = (struct roster){0};
}

struct learner *roster_find(const struct roster *r, const char *learner_id)
{
	return map_get(&r->by_id, learner_id);
}

struct leaver *roster_find_leaver(const struct roster *r, const char *learner_id)
{
	return map_get(&r->leavers_by_id, learner_id);
}

void roster_intend(struct learner *l, const char *user_id)
{
	l->intended = true;
	free(l->user_id);
	free(l->known_email);
	l->user_id = xstrdup(user_id);
	for (int n = RUNG_EMAIL; n < RUNGS; n++)
		if (l->rungs[n]) {
			l->found = (enum rung)n;
			break;
		}
	l->known_email = roster_matched(l);
	if (!l->known_email)
		l->known_email = xstrdup(l->email);
}
