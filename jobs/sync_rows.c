/*
 * sync_rows - the books of sync-learners. Each learner gets exactly one row in a job, and
 * what is remembered of the learner is written in the same breath, so that summary, rows
 * and class record can never disagree. Who has to go: sync_removals.c.
 */
#include "sync_rows.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "class_job.h"

/* ---- one learner's outcome ---------------------------------------------------- */

static void remember(struct job *j, const struct learner *l, const char *reason)
{
	char *matched = l->unresolved ? xstrdup(l->known_email) : roster_matched(l);
	struct learner_standing s = {
	    .name = l->name,
	    .email = l->email,
	    .status = standing_name(l->standing),
	    .reason = reason,
	    .user_id = l->unresolved && !l->known_email ? "" : l->user_id,
	    .matched = matched,
	    .at = job_now(j),
	};
	record_learner(j, l->id, &s);
	free(matched);
}

static void put_row(struct job *j, struct learner *l, const char *outcome, const char *reason,
    const char *detail, enum standing standing)
{
	enum standing was = l->standing;
	l->settled = true;
	l->standing = standing;
	l->unresolved = strcmp(outcome, "unresolved") == 0;
	struct row r = {
	    l->id, l->name, l->email, outcome, reason, detail, l->unresolved ? "" : l->user_id};
	progress_row(j, &r);
	remember(j, l, reason);
	sync_tell_learner(j, l, &r, was);
}

/* Whoever needs no change at Microsoft's. */
static void put_planned(struct job *j, struct learner *l)
{
	static const struct {
		const char *outcome, *reason;
		enum standing standing;
	} rows[] = {
	    [PLAN_ALREADY] = {"already_member", "", STANDING_SYNCED},
	    [PLAN_NO_EMAIL] = {"unresolved", "no_email", STANDING_NOT_SYNCED},
	    [PLAN_NO_ACCOUNT] = {"unresolved", "no_account", STANDING_NOT_SYNCED},
	    [PLAN_AMBIGUOUS] = {"unresolved", "ambiguous_account", STANDING_NOT_SYNCED},
	    [PLAN_OTHER_NAME] = {"unresolved", "other_name", STANDING_NOT_SYNCED},
	    [PLAN_DISABLED] = {"failed", "account_disabled", STANDING_FAILED},
	    [PLAN_GUEST] = {"failed", "guest_account", STANDING_FAILED},
	    [PLAN_KEPT_OUT] = {"held", "exception", STANDING_NOT_SYNCED},
	    [PLAN_NOT_PREVIEWED] = {"held", "not_in_preview", STANDING_NOT_SYNCED},
	    [PLAN_NOT_OPEN] = {"held", "not_open", STANDING_PENDING},
	};
	assert(rows[l->plan].outcome);
	bool ours = l->plan == PLAN_ALREADY && l->intended;
	put_row(j, l, ours ? "added" : rows[l->plan].outcome, rows[l->plan].reason, "",
	    rows[l->plan].standing);
}

/* ---- what earlier attempts wrote ------------------------------------------------ */

/* A row is known by its learner, or by the account of somebody who is none. */
static char *row_key(const char *learner, const char *user_id)
{
	return xasprintf("%s:%s", *learner ? "learner" : "user", *learner ? learner : user_id);
}

void sync_note_told(struct sync *s, const char *learner, const char *user_id, const char *outcome)
{
	char *key = row_key(learner, user_id);
	json_object_set_new(s->told, key, json_string(outcome));
	free(key);
}

const char *sync_told_as(const struct sync *s, const char *learner, const char *user_id)
{
	char *key = row_key(learner, user_id);
	const char *outcome = json_text(s->told, key);
	free(key);
	return outcome;
}

bool sync_is_told(const struct sync *s, const char *learner, const char *user_id)
{
	return sync_told_as(s, learner, user_id) != NULL;
}

/* A learner with a row is settled. One who was taken out by an earlier attempt and is in
 * the register again is the next sync's: a row once written never changes. */
static void settle_by_row(struct learner *l, const char *outcome)
{
	bool out = strncmp(outcome, "removed", 7) == 0 || strcmp(outcome, "held") == 0;
	l->settled = true;
	l->unresolved = strcmp(outcome, "unresolved") == 0;
	l->plan = l->unresolved ? PLAN_NO_ACCOUNT : PLAN_ALREADY;
	l->standing = strcmp(outcome, "failed") == 0 ? STANDING_FAILED
		      : l->unresolved || out	     ? STANDING_NOT_SYNCED
						     : STANDING_SYNCED;
}

static void count_held(struct sync *s, const char *outcome, const char *reason)
{
	bool held = strcmp(outcome, "held") == 0;
	bool unpreviewed = held && strcmp(reason, "not_in_preview") == 0;
	s->unpreviewed += unpreviewed;
	s->held +=
	    held && (strcmp(reason, "left_class") == 0 || strcmp(reason, "added_by_hand") == 0);
}

static void take_up_row(struct sync *s, const json_t *row)
{
	const char *id = json_text_or(row, "learner", "");
	const char *outcome = json_text_or(row, "outcome", "");
	struct learner *l = roster_find(&s->roster, id);
	count_held(s, outcome, json_text_or(row, "reason", ""));
	s->approval_told |= strcmp(outcome, "removed") == 0;
	sync_note_told(s, id, json_text_or(row, "user_id", ""), outcome);
	if (l)
		settle_by_row(l, outcome);
	else if (*id)
		s->told_leavers++;
	struct leaver *v = roster_find_leaver(&s->roster, id);
	if (v)
		v->settled = true;
}

void sync_take_up(struct job *j, struct sync *s)
{
	size_t i;
	json_t *row, *account;
	const char *id;
	s->told = json_object();
	json_array_foreach (progress_earlier(j), i, row)
		take_up_row(s, row);
	json_object_foreach (json_object_get(progress_saved(j), "adding"), id, account) {
		struct learner *l = roster_find(&s->roster, id);
		if (l)
			roster_intend(l, json_string_value(account));
	}
	s->leaving = json_incref(json_object_get(progress_saved(j), "removing"));
	s->open = progress_saved(j) != NULL;
	progress_total(j, (int64_t)(s->roster.count + s->roster.leaver_count) + s->told_leavers);
}

/* Learners who were taken out by hand are told of as put in again. */
static void put_added(struct job *j, struct sync *s, struct learner *l)
{
	put_row(j, l, "added", "", "", STANDING_SYNCED);
	(void)sync_drift_became(j, s, l->user_id, "reverted");
}

/* ---- the plan ------------------------------------------------------------------------ */

/* Learners whom an earlier attempt set out to add and who are there. */
static void settle_arrived(struct job *j, struct sync *s)
{
	for (size_t i = 0; i < s->roster.count; i++) {
		struct learner *l = &s->roster.at[i];
		if (l->intended && !l->settled && l->user_id && sync_is_there(s, l->user_id))
			put_added(j, s, l);
	}
}

void sync_note_earlier(struct job *j, struct sync *s)
{
	settle_arrived(j, s);
	sync_settle_departed(j, s);
	s->open = false;
}

void sync_plan(struct job *j, struct sync *s)
{
	sync_hold_additions(s);
	progress_total(j, (int64_t)s->roster.count + s->told_leavers + sync_plan_leavers(j, s));
	sync_note_drift(j, s);
}

size_t sync_put_settled(struct job *j, struct sync *s, size_t most)
{
	size_t n = 0;
	for (; s->next_settled < s->roster.count && n < most; s->next_settled++) {
		struct learner *l = &s->roster.at[s->next_settled];
		if (l->settled || l->plan == PLAN_ADD)
			continue;
		put_planned(j, l);
		n++;
	}
	return n;
}

/* ---- what is open ----------------------------------------------------------------------- */

/* The wave, and whoever was in a larger one that was refused as a whole: that answer may
 * have been untrue. */
static json_t *additions_open(const struct sync *s)
{
	json_t *accounts = json_object();
	for (size_t i = 0; i < s->roster.count; i++) {
		const struct learner *l = &s->roster.at[i];
		if (l->intended && !l->settled && l->user_id)
			json_object_set_new(accounts, l->id, json_string(l->user_id));
	}
	return accounts;
}

static json_t *removals_open(const struct sync *s)
{
	size_t i;
	json_t *x, *open = json_array();
	json_array_foreach (s->leaving, i, x)
		if (!sync_is_told(
			s, json_text_or(x, "learner", ""), json_text_or(x, "user_id", "")))
			json_array_append(open, x);
	return open;
}

void sync_save_open(struct job *j, const struct sync *s)
{
	json_t *adding = additions_open(s), *removing = removals_open(s);
	bool none = json_object_size(adding) == 0 && json_array_size(removing) == 0;
	json_t *open = json_pack("{s:o s:o}", "adding", adding, "removing", removing);
	progress_save(j, none ? NULL : open);
	if (none)
		json_decref(open);
}

/* ---- waves ------------------------------------------------------------------------------ */

size_t sync_next_wave(struct sync *s)
{
	if (!s->in)
		s->in = xcalloc(WAVE_MAX, sizeof(struct learner *));
	s->wave_count = 0;
	for (size_t i = 0; i < s->roster.count && s->wave_count < s->wave.size; i++) {
		struct learner *l = &s->roster.at[i];
		if (l->plan == PLAN_ADD && !l->settled) {
			l->intended = true;
			s->in[s->wave_count++] = l;
		}
	}
	return s->wave_count;
}

void sync_wave_users(const struct sync *s, const char **users)
{
	for (size_t i = 0; i < s->wave_count; i++)
		users[i] = s->in[i]->user_id;
}

bool sync_put_wave(struct job *j, struct sync *s, const struct answer *a)
{
	const char *users[WAVE_MAX];
	struct change_result *results = xcalloc(s->wave_count, sizeof *results);
	bool complete = true;
	sync_wave_users(s, users);
	members_change_read(a->status, a->body, users, s->wave_count, results);
	for (size_t i = 0; i < s->wave_count; i++) {
		if (results[i].what == CHANGE_MADE)
			put_added(j, s, s->in[i]);
		else if (results[i].what == CHANGE_REFUSED)
			put_row(
			    j, s->in[i], "failed", "add_failed", results[i].code, STANDING_FAILED);
		else
			complete = false;
	}
	free(results);
	return complete;
}

void sync_put_planned_wave(struct job *j, struct sync *s)
{
	for (size_t i = 0; i < s->wave_count; i++)
		put_row(j, s->in[i], "added", "", "dry_run", STANDING_NOT_SYNCED);
}

void sync_wave_refused(struct job *j, struct sync *s, const char *code)
{
	if (s->wave_count == 1)
		put_row(j, s->in[0], "failed", "add_failed", code, STANDING_FAILED);
	wave_refused(&s->wave, s->wave_count);
}

static void note_unknown_wave(struct job *j, struct sync *s)
{
	size_t left = 0;
	for (size_t i = 0; i < s->wave_count; i++) {
		struct learner *l = s->in[i];
		if (l->settled)
			continue;
		if (sync_is_there(s, l->user_id))
			put_added(j, s, l);
		else
			s->in[left++] = l;
	}
	s->wave_count = left;
	if (left > 0 && !job_is_cancelled(j))
		sync_wave_refused(j, s, "no_word");
}

void sync_note_unknown(struct job *j, struct sync *s)
{
	note_unknown_wave(j, s);
	sync_note_unknown_removals(j, s);
	s->open = false;
}

/* ---- how the class stands after this ------------------------------------------------------------- */

void sync_put_standing(struct job *j, struct sync *s)
{
	if (!s->members_known || s->gone || job_option(j, "dry_run"))
		return;
	struct class_counts c = roster_count(&s->roster);
	class_put_counts(j, true, &c);
	record_class_int(j, "last_sync_at", job_now(j));
	record_class(j, "last_sync_job", job_id(j));
	if (s->emptied && s->settled && sync_is_over(s))
		record_class_drop(j, "emptied_at");
}

void sync_clear(struct sync *s)
{
	free(s->team_id);
	free(s->next_page);
	roster_clear(&s->roster);
	members_clear(&s->members);
	members_clear(&s->group);
	members_clear(&s->owners);
	free(s->present);
	search_free(s->search);
	free(s->climbs);
	removals_clear(&s->removals);
	free(s->in);
	free(s->out);
	json_decref(s->leaving);
	json_decref(s->told);
	json_decref(s->teachers);
	json_decref(s->owners_seen);
	json_decref(s->exceptions);
	json_decref(s->unread);
	json_decref(s->drift_before);
	json_decref(s->drift);
	json_decref(s->missing);
	json_decref(s->previewed);
}
