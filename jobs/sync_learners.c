/*
 * sync_learners - make the members of a class's Team equal its register.
 *
 *	read_class -> read_members (by page) -> look_up (by batch) -> settle
 *	         read_group (by page) <-'  -> intend -> add (in waves) -> intend ...
 *	                                   -> remove (by twenty) -> done
 *
 * What happens to a child: settle writes down whoever needs nothing (already a member, no
 * account, ...); intend writes the names of the next wave, in the same call that records
 * the last one; add asks Microsoft for them all and reads what became of each.
 *
 * A Team's member list may be late by minutes. So where somebody is not on it who should be,
 * the group behind the Team is asked before that learner is added, or told of, again.
 *
 * A class without Team is its group alone: the list is the group's, and its owners are read
 * as well where somebody is in it of whom nothing is known.
 *
 * A restarted worker begins at read_class. Rows that are written stay as they are; somebody
 * who was intended and is a member now was added by us, reply or no reply. Adding and
 * removing may be repeated freely, so no step needs more than that.
 *
 * The Team's owners are never touched, nobody is removed before everybody is added, and a
 * reading that failed or ended early removes nobody. What is held back beside the brake, and
 * why, stands in sync_rules.c.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "class_job.h"
#include "graph.h"
#include "job.h"
#include "roster.h"
#include "sync_rows.h"

enum {
	READ_CLASS,
	READ_MEMBERS,
	READ_GROUP,
	READ_OWNERS,
	LOOK_AGAIN,
	LOOK_UP,
	SETTLE,
	INTEND,
	ADD,
	REMOVE_INTEND,
	REMOVE
};

enum { PAGES_MAX = 200, ROWS_AT_ONCE = 500, MINUTES_60 = 3600000 };

/* ---- who should be there ----------------------------------------------------- */

static enum next read_class(struct job *j)
{
	return record_open(j);
}

static enum next class_read(struct job *j, const struct answer *a)
{
	struct sync *s = job_state(j);
	const struct class_record *c = job_class(j);
	(void)a;
	if (!c->team_id[0])
		return job_fail(j, "team_missing",
		    "This class has no Team%s%s. Create the Team, then sync again.",
		    c->note[0] ? ": " : " yet", c->note);
	json_t *class = class_as_said(j);
	if (!json_list(class, "learners")) {
		json_decref(class);
		return job_fail(j, "bad_envelope",
		    "No learners were given, and the school never published "
		    "the register of this class: nobody can say who belongs in it.");
	}
	s->team_id = xstrdup(c->team_id);
	s->fresh_until = class_fresh_until(j);
	s->emptied = class_note_emptied(j, class);
	class_put_said(j, class);
	class_put_learners(j, class, false);
	progress_team(j, c->team_id, c->web_url);
	roster_fill(&s->roster, class, c->learners);
	sync_note_rules(j, s, class);
	json_decref(class);
	sync_take_up(j, s);
	return job_goto(j, READ_MEMBERS);
}

/* ---- who is there -------------------------------------------------------------- */

static enum next read_members(struct job *j)
{
	struct sync *s = job_state(j);
	if (s->next_page)
		return graph_follow(j, s->next_page);
	sync_forget_members(s);
	char *path = s->class_only ? class_members_path(s->team_id) : members_path(s->team_id);
	enum next next = graph_get(j, "%s", path);
	free(path);
	return next;
}

typedef int (*add_page_fn)(struct members *m, const json_t *page, char **next, struct err *e);

/* Adds one page to a list and remembers where the next one is. */
static int take_page(
    struct sync *s, struct members *m, add_page_fn add_page, const struct answer *a, struct err *e)
{
	char *page = s->next_page;
	s->next_page = NULL;
	int rc = add_page(m, a->body, &s->next_page, e);
	bool endless =
	    s->next_page && ((page && strcmp(page, s->next_page) == 0) || ++s->pages > PAGES_MAX);
	free(page);
	if (rc == 0 && endless)
		rc = err_set(e, ERR_INPUT, "it has no end");
	return rc;
}

/* The lists are read: to whom something happened meanwhile, and what is next. */
static enum next take_stock(struct job *j, struct sync *s)
{
	bool was_open = s->open;
	if (was_open && s->settled)
		sync_note_unknown(j, s);
	else if (was_open)
		sync_note_earlier(j, s);
	if (was_open)
		sync_save_open(j, s);
	if (s->settled)
		return job_goto(j, INTEND);
	return job_goto(j, sync_needs_search(j, s) ? LOOK_UP : SETTLE);
}

static enum next members_read(struct job *j, const struct answer *a)
{
	struct sync *s = job_state(j);
	struct err e = {0};
	if (a->status == 404)
		return job_goto(j, LOOK_AGAIN);
	add_page_fn add_page = s->class_only ? members_add_group_page : members_add_page;
	if (take_page(s, &s->members, add_page, a, &e) < 0)
		return job_fail(j, "graph_error",
		    "Microsoft's list of members makes no sense: %s. Nobody was removed.", e.text);
	if (s->next_page)
		return job_goto(j, READ_MEMBERS);
	sync_note_present(s);
	if (!job_is_cancelled(j) && sync_needs_owners(s))
		return job_goto(j, READ_OWNERS);
	s->group_due = !s->class_only && sync_misses_somebody(s);
	return s->group_due ? job_goto(j, READ_GROUP) : take_stock(j, s);
}

static enum next read_group(struct job *j)
{
	struct sync *s = job_state(j);
	if (s->next_page)
		return graph_follow(j, s->next_page);
	s->pages = 0;
	char *path = group_members_path(s->team_id);
	enum next next = graph_get(j, "%s", path);
	free(path);
	return next;
}

/* An app that may not read the group has to believe the Team's own list. */
static enum next group_read(struct job *j, const struct answer *a)
{
	struct sync *s = job_state(j);
	struct err e = {0};
	bool known =
	    a->status == 200 && take_page(s, &s->group, members_add_group_page, a, &e) == 0;
	if (known && s->next_page)
		return job_goto(j, READ_GROUP);
	free(s->next_page);
	s->next_page = NULL;
	s->group_due = false;
	return take_stock(j, s);
}

static enum next read_owners(struct job *j)
{
	struct sync *s = job_state(j);
	if (s->next_page)
		return graph_follow(j, s->next_page);
	s->pages = 0;
	members_clear(&s->owners);
	char *path = class_owners_path(s->team_id);
	enum next next = graph_get(j, "%s", path);
	free(path);
	return next;
}

static enum next owners_read(struct job *j, const struct answer *a)
{
	struct sync *s = job_state(j);
	struct err e = {0};
	if (take_page(s, &s->owners, members_add_group_page, a, &e) < 0)
		return job_fail(j, "graph_error",
		    "Microsoft's list of owners makes no sense: %s. Nobody was removed.", e.text);
	if (s->next_page)
		return job_goto(j, READ_OWNERS);
	sync_note_owners(s);
	return take_stock(j, s);
}

/* One stray 404 is not a deletion: a Team is gone when it is gone twice, some time apart. */
static enum next look_again(struct job *j)
{
	struct sync *s = job_state(j);
	if (!s->missed_once) {
		s->missed_once = true;
		return job_sleep(j, job_poll_ms(j), LOOK_AGAIN);
	}
	return graph_get(j, s->class_only ? "/groups/%s?$select=id" : "/teams/%s", s->team_id);
}

static enum next looked_again(struct job *j, const struct answer *a)
{
	struct sync *s = job_state(j);
	if (a->status != 404) {
		s->missed_once = false;
		return ++s->misses > 3 ? job_fail(j, "graph_error",
					     "Microsoft has the Team but not its members.")
				       : job_goto(j, READ_MEMBERS);
	}
	if (job_now(j) < s->fresh_until)
		return job_sleep(j, job_poll_ms(j), LOOK_AGAIN);
	class_put_gone(j, s->team_id);
	s->gone = true;
	return job_fail(j, "team_missing", "%s",
	    s->class_only ? "The class was deleted in Microsoft 365. Create it again, then sync."
			  : "The Team was deleted in Microsoft 365. Create the Team again, "
			    "then sync.");
}

/* ---- who is who -------------------------------------------------------------------- */

static enum next look_up(struct job *j)
{
	struct sync *s = job_state(j);
	json_t *batch = search_next(s->search);
	if (!batch)
		return job_goto(j, sync_apply_search(s) ? LOOK_UP : SETTLE);
	return graph_post(j, batch, "/$batch");
}

static enum next looked_up(struct job *j, const struct answer *a)
{
	struct sync *s = job_state(j);
	struct err e = {0};
	int64_t wait_ms = 0;
	if (search_take(s->search, a->body, &wait_ms, &e) < 0)
		return job_fail(
		    j, "graph_error", "Looking up the learners' accounts failed: %s", e.text);
	return wait_ms > 0 ? job_sleep(j, wait_ms, LOOK_UP) : job_goto(j, LOOK_UP);
}

/* Writes down whoever needs no change, some hundreds at a time. */
static enum next settle(struct job *j)
{
	struct sync *s = job_state(j);
	if (!s->settled) {
		s->settled = true;
		sync_plan(j, s);
	}
	size_t written = sync_put_settled(j, s, ROWS_AT_ONCE);
	if (progress_saved(j))
		sync_save_open(j, s);
	return written < ROWS_AT_ONCE ? job_goto(j, INTEND) : progress_write(j);
}

static enum next settled(struct job *j, const struct answer *a)
{
	(void)a;
	return job_goto(j, SETTLE);
}

/* ---- in they come ----------------------------------------------------------------------- */

static enum next intend(struct job *j)
{
	struct sync *s = job_state(j);
	if (sync_next_wave(s) == 0)
		return job_goto(j, REMOVE_INTEND);
	if (job_option(j, "dry_run")) {
		sync_put_planned_wave(j, s);
		return job_goto(j, INTEND);
	}
	sync_save_open(j, s);
	return progress_write(j);
}

static enum next intended(struct job *j, const struct answer *a)
{
	(void)a;
	return job_goto(j, ADD);
}

static enum next add(struct job *j)
{
	struct sync *s = job_state(j);
	const char *users[WAVE_MAX];
	s->open = true;
	sync_wave_users(s, users);
	if (s->class_only)
		return graph_patch(j, class_members_body(job_graph_root(j), users, s->wave_count),
		    "/groups/%s", s->team_id);
	json_t *body = members_change_body(job_graph_root(j), users, s->wave_count, false, false);
	if (s->wave.cap != 1)
		return graph_post(j, body, "/teams/%s/members/add", s->team_id);
	json_t *one = json_incref(json_array_get(json_object_get(body, "values"), 0));
	json_decref(body);
	return graph_post(j, one, "/teams/%s/members", s->team_id);
}

static enum next added(struct job *j, const struct answer *a)
{
	struct sync *s = job_state(j);
	bool whole = a->status >= 400;
	if (a->status == ANSWER_TROUBLE)
		return job_goto(j, READ_MEMBERS);
	s->open = false;
	if (whole && strcmp(a->code, "OperationDeniedAsTeamIsLocked") == 0)
		return job_fail(j, "team_locked",
		    "The Team is locked until its teacher presses Activate in "
		    "Microsoft Teams. Then sync again.");
	/* A group says no more of somebody who is in it already than of anybody else. */
	s->open = s->class_only && a->status == 400 && s->wave_count == 1;
	if (s->open)
		return job_goto(j, READ_MEMBERS);
	if (whole) {
		sync_wave_refused(j, s, a->code);
		sync_save_open(j, s);
		return job_goto(j, INTEND);
	}
	if (!s->class_only)
		record_class_drop(j, "note"); /* that it waits to be activated */
	wave_went(&s->wave, s->wave_count, job_call_ms(j), job_call_throttled(j));
	s->open = !sync_put_wave(j, s, a);
	sync_save_open(j, s);
	return job_goto(j, s->open ? READ_MEMBERS : INTEND);
}

/* ---- and out they go ---------------------------------------------------------------------- */

static enum next remove_intend(struct job *j)
{
	struct sync *s = job_state(j);
	if (sync_brakes(j, s)) {
		sync_put_held(j, s);
		return job_fail(j, "removals_need_approval",
		    "%zu of the Team's members would be removed. That is "
		    "so many that somebody has to approve it: look at the names, then sync again "
		    "with the "
		    "removals approved.",
		    s->removals.in_team);
	}
	if (sync_next_removals(j, s) == 0) {
		sync_put_message(j, s);
		return job_done(j);
	}
	if (job_option(j, "dry_run")) {
		sync_put_planned_removals(j, s);
		return job_goto(j, REMOVE_INTEND);
	}
	sync_intend_removals(s);
	sync_save_open(j, s);
	return progress_write(j);
}

static enum next remove_intended(struct job *j, const struct answer *a)
{
	(void)a;
	return job_goto(j, REMOVE);
}

static enum next take_out(struct job *j)
{
	struct sync *s = job_state(j);
	const char *users[REMOVAL_MAX];
	s->open = true;
	for (size_t i = 0; i < s->out_count; i++)
		users[i] = s->out[i]->user_id;
	if (s->class_only)
		return graph_post(
		    j, class_removal_batch(s->team_id, users, s->out_count), "/$batch");
	return graph_post(j,
	    members_change_body(job_graph_root(j), users, s->out_count, false, true),
	    "/teams/%s/members/remove", s->team_id);
}

static enum next taken_out(struct job *j, const struct answer *a)
{
	struct sync *s = job_state(j);
	if (a->status == ANSWER_TROUBLE)
		return job_goto(j, READ_MEMBERS);
	if (a->status >= 400)
		sync_removals_refused(j, s, a->code);
	int64_t pause_ms = 0;
	s->open = a->status < 400 && !sync_put_removals(j, s, a, &pause_ms);
	sync_save_open(j, s);
	if (pause_ms > 0)
		return job_sleep(j, pause_ms, READ_MEMBERS);
	return job_goto(j, s->open ? READ_MEMBERS : REMOVE_INTEND);
}

/* ---- and when it is cancelled ------------------------------------------------------------- */

/* Learners who were intended may be in already, reply or no reply: nobody may be told that
 * nothing happened before the member list has been read. */
static int winding_up(struct job *j)
{
	const struct sync *s = job_state(j);
	if (!s->team_id)
		return progress_saved(j) ? READ_CLASS : -1;
	if (!s->open)
		return -1;
	if (s->group_due)
		return READ_GROUP;
	return s->missed_once ? LOOK_AGAIN : READ_MEMBERS;
}

static void ending(struct job *j)
{
	sync_put_standing(j, job_state(j));
}

static void clear(struct job *j)
{
	sync_clear(job_state(j));
}

static const struct step steps[] = {
    [READ_CLASS] = {"read_class", "Reading the register", read_class, class_read, {0}},
    [READ_MEMBERS] = {"read_members", "Reading the Team", read_members, members_read, {404}},
    [READ_GROUP] = {"read_group", NULL, read_group, group_read, {403, 404, ANSWER_TROUBLE}},
    [READ_OWNERS] = {"read_owners", NULL, read_owners, owners_read, {0}},
    [LOOK_AGAIN] = {"look_again", "Looking for the Team", look_again, looked_again, {404}},
    [LOOK_UP] = {"look_up", "Matching learners", look_up, looked_up, {0}},
    [SETTLE] = {"settle", NULL, settle, settled, {0}},
    [INTEND] = {"intend", "Adding learners", intend, intended, {0}},
    [ADD] = {"add", "Adding learners", add, added, {400, 403, 404, 409, ANSWER_TROUBLE}},
    [REMOVE_INTEND] = {"remove_intend", NULL, remove_intend, remove_intended, {0}},
    [REMOVE] = {"remove", "Removing learners", take_out, taken_out,
	{400, 403, 404, 409, ANSWER_TROUBLE}},
};

const struct job_type sync_learners = {
    .name = "sync-learners",
    .steps = steps,
    .first = READ_CLASS,
    .state_size = sizeof(struct sync),
    .deadline_ms = MINUTES_60,
    .clear = clear,
    .winding_up = winding_up,
    .ending = ending,
};
