/*
 * sync_removals - sync-learners' books of those who have to go: leavers and people who were
 * added by hand. What the brake holds back is told, too. Who that is, roster decides.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "class_job.h"
#include "sync_rows.h"

/* ---- who it is ------------------------------------------------------------------------- */

static void put_removed(struct job *j, struct sync *s, const struct row *r)
{
	struct leaver *v = roster_find_leaver(&s->roster, r->learner);
	if (v) {
		v->settled = true;
		record_learner_drop(j, v->id);
	}
	sync_note_told(s, r->learner, r->user_id, r->outcome);
	progress_row(j, r);
	sync_tell_removal(j, r);
	(void)sync_drift_became(j, s, r->user_id, "reverted");
}

/* Removals that an earlier attempt set out to make and that have happened. */
void sync_settle_departed(struct job *j, struct sync *s)
{
	size_t i;
	json_t *x;
	json_array_foreach (s->leaving, i, x) {
		struct row r = {json_text_or(x, "learner", ""), json_text_or(x, "name", ""),
		    json_text_or(x, "email", ""), "removed", json_text_or(x, "reason", ""), "",
		    json_text_or(x, "user_id", "")};
		bool back = roster_find(&s->roster, r.learner) != NULL;
		bool there = members_find(&s->members, r.user_id) != NULL;
		if (!back && !there && !sync_is_told(s, r.learner, r.user_id))
			put_removed(j, s, &r);
	}
}

static void plan_removals(struct sync *s)
{
	removals_clear(&s->removals);
	roster_removals(&s->removals, &s->roster, s->present, s->members.count);
	sync_hold_removals(s);
	if (!s->out_most)
		s->out_most = REMOVAL_MAX;
}

static bool is_settled(const struct sync *s, const struct removal *x)
{
	return sync_is_told(s, x->learner, x->user_id) || (x->leaver && x->leaver->settled);
}

/* Leavers who need nothing are told of nowhere: owners now, or in the class under another
 * id. */
static void forget_other_leavers(struct job *j, struct sync *s)
{
	for (size_t i = 0; i < s->roster.leaver_count; i++) {
		const struct leaver *v = &s->roster.leavers[i];
		if (!v->settled && !v->listed)
			record_learner_drop(j, v->id);
	}
}

int64_t sync_plan_leavers(struct job *j, struct sync *s)
{
	int64_t leavers = 0;
	plan_removals(s);
	forget_other_leavers(j, s);
	for (size_t i = 0; i < s->removals.count; i++)
		leavers += s->removals.at[i].leaver && !is_settled(s, &s->removals.at[i]);
	return leavers;
}

/* What the school lets stand needs nothing more; whoever is held back else does, and whoever
 * has a row that an attempt wrote before they left the register. */
static bool is_mended(const struct sync *s, const struct removal *x)
{
	if (x->stays)
		return strcmp(x->stays, "exception") == 0;
	if (x->absent)
		return is_settled(s, x);
	const char *outcome = sync_told_as(s, x->learner, x->user_id);
	return outcome &&
	       (strcmp(outcome, "removed") == 0 || strcmp(outcome, "removal_failed") == 0);
}

bool sync_is_over(const struct sync *s)
{
	bool over = true;
	for (size_t i = 0; i < s->removals.count; i++)
		over = over && is_mended(s, &s->removals.at[i]);
	return over;
}

/* ---- nobody knows what became of them ---------------------------------------------------- */

/* After plan_removals: the list is a new one, so they are found again by account. */
static void find_again(struct job *j, struct sync *s)
{
	size_t out = s->out_count;
	s->out_count = 0;
	for (size_t i = 0; i < s->removals.count && out == 1; i++) {
		struct removal *x = &s->removals.at[i];
		const json_t *asked = json_array_get(s->leaving, 0);
		if (!is_settled(s, x) &&
		    strcmp(x->user_id, json_text_or(asked, "user_id", "")) == 0)
			s->out[s->out_count++] = x;
	}
	if (out > 1 || s->out_count == 1)
		sync_removals_refused(j, s, "no_word");
	if (out > 1)
		s->out_most = out / 2;
}

void sync_note_unknown_removals(struct job *j, struct sync *s)
{
	sync_settle_departed(j, s);
	plan_removals(s);
	if (s->out_count > 0 && !job_is_cancelled(j))
		find_again(j, s);
}

/* ---- out they go -------------------------------------------------------------------------- */

/* Somebody has said that so many may go: that is told once, whichever attempt begins. */
static void tell_approval(struct job *j, struct sync *s)
{
	if (!s->approval_told && json_array_size(s->leaving) == 0) {
		char *number = xasprintf("%zu", s->removals.in_team);
		history_say(j, &(struct history_event){.what = "approved", .detail = number});
		free(number);
	}
	s->approval_told = true;
}

bool sync_brakes(struct job *j, struct sync *s)
{
	bool brakes = roster_brakes(&s->removals, s->present, s->members.count, job_brake_share(j),
	    job_brake_count(j), s->emptied);
	if (brakes && job_option(j, "approve_removals")) {
		tell_approval(j, s);
		return false;
	}
	return brakes;
}

/* A leaver keeps on record that and why they are held back, until that is another reason. */
static bool mark_leaver(struct job *j, const struct sync *s, const struct removal *x)
{
	const struct leaver *v = x->leaver;
	struct learner_standing known = {
	    .name = x->name,
	    .email = x->email,
	    .status = "synced",
	    .reason = x->stays,
	    .user_id = x->user_id,
	    .at = job_now(j),
	    .left = true,
	    .left_on = v->left_on ? v->left_on : s->today,
	};
	if (strcmp(v->reason, x->stays) == 0)
		return false;
	record_learner(j, x->learner, &known);
	return true;
}

/* Of whom is held back without a reason of their own the row says why they would go. */
static void put_staying(struct job *j, struct sync *s, const struct removal *x)
{
	bool plain = strcmp(x->stays, "held") == 0, excepted = strcmp(x->stays, "exception") == 0;
	struct row r = {
	    x->learner, x->name, x->email, "held", plain ? x->reason : x->stays, "", x->user_id};
	s->held += plain;
	s->unpreviewed += strcmp(x->stays, "not_in_preview") == 0;
	sync_note_told(s, x->learner, x->user_id, r.outcome);
	progress_row(j, &r);
	bool news = x->leaver ? mark_leaver(j, s, x)
			      : !excepted && sync_drift_became(j, s, x->user_id, "held");
	if (news)
		sync_tell_removal(j, &r);
}

void sync_put_held(struct job *j, struct sync *s)
{
	for (size_t i = 0; i < s->removals.count; i++) {
		struct removal *x = &s->removals.at[i];
		if (x->absent || is_settled(s, x))
			continue;
		if (!x->stays)
			x->stays = "held";
		put_staying(j, s, x);
	}
}

/* A leaver who is not there: told of once, and kept to be shown as "Removed locally". */
static void put_absent(struct job *j, const struct removal *x)
{
	struct row r = {
	    x->learner, x->name, x->email, "removed_locally", "left_class", "", x->user_id};
	struct learner_standing s = {x->name, x->email, "not_synced", "removed_locally", "", NULL,
	    job_now(j), true, x->leaver->left_on};
	x->leaver->settled = true;
	progress_row(j, &r);
	record_learner(j, x->learner, &s);
	sync_tell_removal(j, &r);
}

size_t sync_next_removals(struct job *j, struct sync *s)
{
	if (!s->out)
		s->out = xcalloc(REMOVAL_MAX, sizeof(struct removal *));
	s->out_count = 0;
	for (size_t i = 0; i < s->removals.count && s->out_count < s->out_most; i++) {
		struct removal *x = &s->removals.at[i];
		if (is_settled(s, x))
			continue;
		if (x->absent)
			put_absent(j, x);
		else if (x->stays)
			put_staying(j, s, x);
		else
			s->out[s->out_count++] = x;
	}
	return s->out_count;
}

void sync_intend_removals(struct sync *s)
{
	json_decref(s->leaving);
	s->leaving = json_array();
	for (size_t i = 0; i < s->out_count; i++)
		json_array_append_new(
		    s->leaving, json_pack("{s:s s:s s:s s:s s:s}", "learner", s->out[i]->learner,
				    "name", s->out[i]->name, "email", s->out[i]->email, "user_id",
				    s->out[i]->user_id, "reason", s->out[i]->reason));
}

static void put_gone(struct job *j, struct sync *s, const struct removal *x, const char *detail)
{
	struct row r = {x->learner, x->name, x->email, "removed", x->reason, detail, x->user_id};
	put_removed(j, s, &r);
}

static void put_not_gone(struct job *j, struct sync *s, const struct removal *x, const char *code)
{
	struct row r = {
	    x->learner, x->name, x->email, "removal_failed", "remove_failed", code, x->user_id};
	progress_row(j, &r);
	sync_note_told(s, x->learner, x->user_id, r.outcome);
	sync_tell_removal(j, &r);
	if (!x->leaver) {
		(void)sync_drift_became(j, s, x->user_id, "failed");
		return;
	}
	struct learner_standing known = {x->name, x->email, "failed", "remove_failed", x->user_id,
	    NULL, job_now(j), true, x->leaver->left_on};
	x->leaver->settled = true;
	record_learner(j, x->learner, &known);
}

/* Whether somebody who is "not found" has left, or was never found, the member list tells. */
bool sync_put_removals(struct job *j, struct sync *s, const struct answer *a, int64_t *pause_ms)
{
	const char *users[REMOVAL_MAX];
	struct change_result results[REMOVAL_MAX];
	bool complete = true;
	for (size_t i = 0; i < s->out_count; i++)
		users[i] = s->out[i]->user_id;
	*pause_ms = 0;
	if (s->class_only)
		*pause_ms = class_removal_read(a->body, s->out_count, results);
	else
		members_change_read(a->status, a->body, users, s->out_count, results);
	for (size_t i = 0; i < s->out_count; i++) {
		if (results[i].what == CHANGE_UNKNOWN || strcmp(results[i].code, "NotFound") == 0)
			complete = false;
		else if (results[i].what == CHANGE_MADE)
			put_gone(j, s, s->out[i], "");
		else
			put_not_gone(j, s, s->out[i], results[i].code);
	}
	if (complete)
		s->out_most = REMOVAL_MAX;
	return complete;
}

void sync_put_planned_removals(struct job *j, struct sync *s)
{
	for (size_t i = 0; i < s->out_count; i++)
		put_gone(j, s, s->out[i], "dry_run");
}

void sync_removals_refused(struct job *j, struct sync *s, const char *code)
{
	if (s->out_count == 1)
		put_not_gone(j, s, s->out[0], code);
	s->out_most = s->out_count > 1 ? s->out_count / 2 : 1;
}
