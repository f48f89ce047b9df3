/*
 * sync_drift - sync-learners tells what people changed by hand in the Team (exceptions.h), and
 * puts into the school's history what is new about anybody: who is in since when, who went,
 * who could not be placed and why.
 *
 * What was so already, and is on record, is told of no second time: a night in which nothing
 * changes writes nothing here.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "class_job.h"
#include "sync_rows.h"

/* ---- the history of one person ------------------------------------------------------------ */

static void tell(struct job *j, const char *what, const struct row *r, const char *detail)
{
	history_say(j, &(struct history_event){.what = what,
			   .learner = r->learner,
			   .user_id = r->user_id,
			   .reason = r->reason,
			   .detail = detail});
}

void sync_tell_learner(
    struct job *j, const struct learner *l, const struct row *r, enum standing was)
{
	bool already = strcmp(r->outcome, "already_member") == 0;
	if (strcmp(r->outcome, "added") == 0) {
		tell(j, "added", r, l->found == RUNG_EMAIL ? "" : rung_name(l->found));
	} else if (already && was != STANDING_SYNCED) {
		struct row there = *r;
		there.reason = "already_member";
		tell(j, "added_by_hand", &there, "");
	} else if (!already && strcmp(r->reason, l->reason) != 0) {
		tell(j, r->outcome, r, r->detail);
	}
}

void sync_tell_removal(struct job *j, const struct row *r)
{
	if (strcmp(r->outcome, "held") == 0)
		tell(j, "held", r, r->detail);
	else if (strcmp(r->outcome, "removal_failed") == 0)
		tell(j, "failed", r, r->detail);
	else
		tell(j, "removed", r, strcmp(r->outcome, "removed") == 0 ? "" : "not_there");
}

/* ---- what stands otherwise than the register says --------------------------------------------- */

static const json_t *drift_before(const struct sync *s, const char *user_id, const char *what)
{
	const json_t *before = json_object_get(s->drift_before, user_id);
	bool same = before && strcmp(json_text_or(before, "what", ""), what) == 0 &&
		    strcmp(json_text_or(before, "became", ""), "reverted") != 0;
	return same ? before : NULL;
}

static bool is_accepted(const struct sync *s, const char *user_id)
{
	const json_t *x = json_object_get(s->exceptions, user_id);
	return strcmp(json_text_or(x, "kind", ""), "accept") == 0;
}

/* event: what it is called in the history. */
static void note(struct job *j, struct sync *s, const char *user_id, const char *what,
    const char *event, const struct row *r)
{
	const json_t *before = drift_before(s, user_id, what);
	if (!before && !is_accepted(s, user_id))
		tell(j, event, r, "");
	if (is_accepted(s, user_id))
		return;
	const char *became =
	    sync_is_excepted(s, user_id) ? "kept" : json_text_or(before, "became", "");
	json_object_set_new(s->drift, user_id,
	    json_pack("{s:s s:s s:s s:I s:s s:s}", "what", what, "name", r->name, "learner",
		r->learner, "at", (json_int_t)json_int(before, "at", job_now(j)), "job",
		json_text_or(before, "job", job_id(j)), "became", became));
}

static void note_strangers(struct job *j, struct sync *s)
{
	for (size_t i = 0; i < s->removals.count; i++) {
		const struct removal *x = &s->removals.at[i];
		struct row r = {"", x->name, x->email, "", "", "", x->user_id};
		if (!x->leaver)
			note(j, s, x->user_id, "added", "added_by_hand", &r);
	}
}

static bool is_to_come(const struct learner *l)
{
	return l->plan == PLAN_ADD || l->plan == PLAN_KEPT_OUT || l->plan == PLAN_NOT_PREVIEWED ||
	       l->plan == PLAN_NOT_OPEN;
}

/* Was in, is in no more, and the same account would be put in again: somebody took it out. */
static void note_missing(struct job *j, struct sync *s)
{
	const char *id;
	json_t *account;
	json_object_foreach (s->missing, id, account) {
		const struct learner *l = roster_find(&s->roster, id);
		if (!l || !is_to_come(l) || strcmp(l->user_id, json_string_value(account)) != 0)
			continue;
		struct row r = {l->id, l->name, l->email, "", "", "", l->user_id};
		note(j, s, l->user_id, "removed", "removed_by_hand", &r);
	}
}

/* Kept out, and on record as that: the drift stands as long as the exception does. */
static void note_kept_out(struct job *j, struct sync *s)
{
	for (size_t i = 0; i < s->roster.count; i++) {
		const struct learner *l = &s->roster.at[i];
		if (l->plan != PLAN_KEPT_OUT || json_object_get(s->drift, l->user_id))
			continue;
		struct row r = {l->id, l->name, l->email, "", "", "", l->user_id};
		if (drift_before(s, l->user_id, "removed"))
			note(j, s, l->user_id, "removed", "removed_by_hand", &r);
	}
}

/* ---- owners ------------------------------------------------------------------------------------ */

static bool has_text(const json_t *list, const char *text)
{
	size_t i;
	json_t *one;
	json_array_foreach (list, i, one)
		if (strcmp(json_string_value(one) ? json_string_value(one) : "", text) == 0)
			return true;
	return false;
}

static bool is_staff(const struct sync *s, const char *mail)
{
	char *key = address_key(mail);
	bool staff = key && json_object_get(s->teachers, key);
	free(key);
	return staff;
}

/* Whoever owns the Team when it is looked at first does so rightly; so does everybody whom
 * the school named. Anybody else who owns it later was made an owner by hand. */
static void note_owners(struct job *j, struct sync *s)
{
	json_t *seen = s->owners_seen ? s->owners_seen : json_array();
	size_t before = json_array_size(seen);
	for (size_t i = 0; i < s->members.count; i++) {
		const struct member *m = &s->members.at[i];
		struct row r = {"", m->name, m->mail, "", "", "", m->user_id};
		if (!m->owner || has_text(seen, m->user_id))
			continue;
		if (!s->owners_seen || is_staff(s, m->mail))
			json_array_append_new(seen, json_string(m->user_id));
		else
			note(j, s, m->user_id, "owner_added", "owner_added", &r);
	}
	if (!s->owners_seen || json_array_size(seen) != before) {
		char *text = json_write(seen);
		record_class(j, "owners_seen", text);
		free(text);
	}
	s->owners_seen = seen;
}

void sync_note_owners(struct sync *s)
{
	for (size_t i = 0; i < s->members.count; i++)
		s->members.at[i].owner = members_find(&s->owners, s->members.at[i].user_id) != NULL;
	s->owners_read = true;
	sync_note_present(s);
}

/* Somebody is on the list of whom nothing is known: neither a learner's account, nor one of
 * the staff, nor let stand. */
bool sync_needs_owners(const struct sync *s)
{
	if (!s->class_only || s->owners_read)
		return false;
	json_t *known = json_object();
	bool unknown = false;
	for (size_t i = 0; i < s->roster.count; i++)
		if (s->roster.at[i].user_id)
			json_object_set_new(known, s->roster.at[i].user_id, json_true());
	for (size_t i = 0; i < s->members.count; i++) {
		const struct present *p = &s->present[i];
		unknown = unknown || (!p->owner && !json_object_get(known, p->user_id) &&
					 !sync_is_excepted(s, p->user_id));
	}
	json_decref(known);
	return unknown;
}

/* ---- all of it ------------------------------------------------------------------------------------ */

static void put_drift(struct job *j, const char *user_id, const json_t *drift)
{
	char *text = json_write(drift);
	record_drift(j, user_id, text);
	free(text);
}

/* What is not seen any more is dropped, save what this job's earlier attempts have mended. */
static void put_differences(struct job *j, const struct sync *s)
{
	const char *id;
	json_t *drift;
	json_object_foreach (s->drift, id, drift)
		if (!json_equal(drift, json_object_get(s->drift_before, id)))
			put_drift(j, id, drift);
	json_object_foreach (s->drift_before, id, drift)
		if (!json_object_get(s->drift, id) && strcmp(id, "team") != 0 &&
		    !sync_is_told(s, json_text_or(drift, "learner", ""), id))
			record_drift(j, id, NULL);
}

void sync_note_drift(struct job *j, struct sync *s)
{
	s->drift = json_object();
	note_strangers(j, s);
	note_missing(j, s);
	note_kept_out(j, s);
	if (!s->class_only || s->owners_read)
		note_owners(j, s);
	put_differences(j, s);
}

bool sync_drift_became(struct job *j, struct sync *s, const char *user_id, const char *became)
{
	json_t *drift = json_object_get(s->drift, user_id);
	if (!drift || strcmp(json_text_or(drift, "became", ""), became) == 0)
		return false;
	json_object_set_new(drift, "became", json_string(became));
	put_drift(j, user_id, drift);
	return true;
}
