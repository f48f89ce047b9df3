/*
 * close_learners - who leaves a class that is closed, and taking them out: by twenty, each twenty
 * written down before it is asked for, and told of once Microsoft has said what became of them.
 */
#include <stdlib.h>
#include <string.h>

#include "closing.h"

enum { PAGES_MAX = 200, SILENCES_MAX = 5, SILENCE_MS = 2000 };

/* ---- who would go -------------------------------------------------------------------------- */

enum next closing_read_members(struct job *j)
{
	struct closing *s = job_state(j);
	if (s->next_page)
		return graph_follow(j, s->next_page);
	members_clear(&s->members);
	s->pages = 0;
	char *path = s->class_only ? class_members_path(s->team_id) : members_path(s->team_id);
	enum next next = graph_get(j, "%s", path);
	free(path);
	return next;
}

static const struct member *is_there(const struct closing *s, const json_t *learner)
{
	const char *user_id = json_text_or(learner, "user_id", "");
	const struct member *m = *user_id ? members_find(&s->members, user_id) : NULL;
	return m && !m->owner ? m : NULL;
}

void closing_put_row(struct job *j, struct closing *s, const json_t *learner, const char *outcome,
    const char *detail)
{
	bool removed = strcmp(outcome, "removed") == 0;
	struct row r = {json_text_or(learner, "learner", ""), json_text_or(learner, "name", ""),
	    json_text_or(learner, "email", ""), outcome, removed ? "left_class" : "remove_failed",
	    detail, json_text_or(learner, "user_id", "")};
	struct learner_standing gone = {.name = r.name,
	    .email = r.email,
	    .status = "not_synced",
	    .reason = "",
	    .user_id = r.user_id,
	    .at = job_now(j)};
	s->told++;
	progress_row(j, &r);
	if (removed)
		record_learner(j, r.learner, &gone);
	history_say(j, &(struct history_event){.what = removed ? "removed" : "failed",
			   .learner = r.learner,
			   .user_id = r.user_id,
			   .reason = removed ? "" : r.reason,
			   .detail = removed ? "closed" : detail});
}

/* Whom somebody set out to take out, heard nothing of, and who is not there any more. */
static void tell_of_intended(struct job *j, struct closing *s)
{
	size_t i;
	json_t *x;
	if (!s->intended)
		return;
	json_array_foreach (s->intended, i, x)
		if (!is_there(s, x))
			closing_put_row(j, s, x, "removed", "");
	json_decref(s->intended);
	s->intended = NULL;
	s->unsettled = 0;
	closing_save(j, s);
}

static void choose_leaving(struct job *j, struct closing *s)
{
	const char *id;
	json_t *learner;
	json_decref(s->leaving);
	s->leaving = json_array();
	json_object_foreach (s->learners, id, learner)
		if (is_there(s, learner))
			json_array_append_new(
			    s->leaving, json_pack("{s:s s:s s:s s:s}", "learner", id, "name",
					    json_text_or(learner, "name", ""), "email",
					    json_text_or(learner, "email", ""), "user_id",
					    json_text_or(learner, "user_id", "")));
	progress_total(j, (int64_t)(s->told + json_array_size(s->leaving)));
}

enum next closing_members_read(struct job *j, const struct answer *a)
{
	struct closing *s = job_state(j);
	struct err e = {0};
	free(s->next_page);
	s->next_page = NULL;
	int rc = s->class_only ? members_add_group_page(&s->members, a->body, &s->next_page, &e)
			       : members_add_page(&s->members, a->body, &s->next_page, &e);
	if (rc < 0 || ++s->pages > PAGES_MAX)
		return job_fail(j, "graph_error",
		    "Microsoft's list of members makes no sense: %s. Nothing was changed.",
		    rc < 0 ? e.text : "it has no end");
	if (s->next_page)
		return job_goto(j, READ_MEMBERS);
	tell_of_intended(j, s);
	choose_leaving(j, s);
	return job_goto(j, SET_OUT);
}

/* ---- and the learners ------------------------------------------------------------------------ */

/* The first so many of leaving, or those behind them. */
static json_t *some_of(const json_t *leaving, size_t from, size_t to)
{
	json_t *some = json_array();
	for (size_t i = from; i < to; i++)
		json_array_append(some, json_array_get(leaving, i));
	return some;
}

/* Takes over intended. */
static void save_intended(struct job *j, struct closing *s, json_t *intended)
{
	bool any = json_array_size(intended) > 0;
	json_decref(s->intended);
	s->intended = any ? intended : NULL;
	s->unsettled = any ? READ_MEMBERS : 0;
	closing_save(j, s);
	if (!any)
		json_decref(intended);
}

enum next closing_intend(struct job *j)
{
	struct closing *s = job_state(j);
	size_t left = json_array_size(s->leaving);
	s->out = left < REMOVAL_MAX ? left : REMOVAL_MAX;
	if (s->out == 0)
		return job_done(j);
	save_intended(j, s, some_of(s->leaving, 0, s->out));
	return progress_write(j);
}

enum next closing_intended(struct job *j, const struct answer *a)
{
	(void)a;
	return job_goto(j, REMOVE);
}

static void users_of(const struct closing *s, const char *users[REMOVAL_MAX])
{
	for (size_t i = 0; i < s->out; i++)
		users[i] = json_text_or(json_array_get(s->leaving, i), "user_id", "");
}

enum next closing_take_out(struct job *j)
{
	struct closing *s = job_state(j);
	const char *users[REMOVAL_MAX];
	users_of(s, users);
	if (s->class_only)
		return graph_post(j, class_removal_batch(s->team_id, users, s->out), "/$batch");
	return graph_post(j, members_change_body(job_graph_root(j), users, s->out, false, true),
	    "/teams/%s/members/remove", s->team_id);
}

/* What became of those who were asked for; gives the pause that Microsoft wants. */
static int64_t read_results(
    const struct closing *s, const struct answer *a, struct change_result results[REMOVAL_MAX])
{
	const char *users[REMOVAL_MAX];
	users_of(s, users);
	if (s->class_only)
		return class_removal_read(a->body, s->out, results);
	members_change_read(a->status, a->body, users, s->out, results);
	return 0;
}

/* Who is said not to be there has gone, too. */
static void put_result(struct job *j, struct closing *s, const json_t *x, const struct answer *a,
    const struct change_result *r)
{
	bool refused = a->status >= 400, silent = r->what == CHANGE_UNKNOWN;
	if (!refused && (r->what == CHANGE_MADE || strcmp(r->code, "NotFound") == 0))
		closing_put_row(j, s, x, "removed", "");
	else
		closing_put_row(j, s, x, "removal_failed",
		    refused  ? a->code
		    : silent ? "no_word"
			     : r->code);
}

/* Of whom the answer says nothing, it is asked again after a pause: a few times, or for as
 * long as Microsoft says that it is too busy. */
enum next closing_taken_out(struct job *j, const struct answer *a)
{
	struct closing *s = job_state(j);
	struct change_result results[REMOVAL_MAX] = {0};
	int64_t pause_ms = read_results(s, a, results);
	bool asks_again = a->status < 400 && (pause_ms > 0 || s->silences < SILENCES_MAX);
	json_t *again = json_array(),
	       *rest = some_of(s->leaving, s->out, json_array_size(s->leaving));
	for (size_t i = 0; i < s->out; i++) {
		json_t *x = json_array_get(s->leaving, i);
		if (asks_again && results[i].what == CHANGE_UNKNOWN)
			json_array_append(again, x);
		else
			put_result(j, s, x, a, &results[i]);
	}
	size_t silent = json_array_size(again);
	s->silences = silent == s->out && pause_ms == 0 ? s->silences + 1 : 0;
	json_decref(s->leaving);
	s->leaving = json_copy(again);
	json_array_extend(s->leaving, rest);
	json_decref(rest);
	save_intended(j, s, again);
	if (silent == 0)
		return job_goto(j, INTEND);
	return job_sleep(j, pause_ms > 0 ? pause_ms : job_pause_ms(j, SILENCE_MS), INTEND);
}
