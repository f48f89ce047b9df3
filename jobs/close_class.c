/*
 * close_class - the end of a class's year: its Team is archived, renamed, and its learners are
 * taken out, as far as options.actions says. Nothing is deleted.
 *
 *	read_class -> read_team -> read_members (by page) -> set_out -> archive -> look
 *	           -> rename -> intend -> remove (by twenty) -> intend ... -> done
 *
 * The order is the safe one: archiving takes no one anything, and a Team that cannot be
 * archived (it has no owner) is left as it was; names come next; learners go last, and only
 * those whom the register put there. Owners and people who were added by hand stay.
 *
 * Each step looks first at what is so already, so it may run any number of times. Whoever is
 * about to be taken out is written down before, so that a restarted worker tells of them, and
 * so is that the Team is about to be changed: a cancelled job looks what came of that. Of whom
 * Microsoft said nothing, or that it is too busy, it is asked again.
 *
 * With the action reopen all of it is undone: the Team is no archive any more and has its name
 * back, and the next sync brings the learners.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "graph.h"
#include "job.h"

enum { READ_CLASS, READ_TEAM, READ_MEMBERS, SET_OUT, ARCHIVE, LOOK, RENAME, INTEND, REMOVE };
enum { MINUTES_60 = 3600000, PAGES_MAX = 200, LOOKS_MAX = 20, LOOKS_UNASKED = 2, NAME_MAX = 256 };
enum { SILENCES_MAX = 5, SILENCE_MS = 2000 };

struct closing {
	char *team_id, *next_page; /* owned */
	char *name, *new_name;	   /* owned: what it is called, and is to be */
	char *year;		   /* owned */
	json_t *learners;	   /* owned: as recorded */
	json_t *leaving;	   /* owned: those who are still to go, in rows */
	json_t *intended;	   /* owned: those of whom nobody knows whether they went */
	struct members members;
	size_t out;  /* how many of leaving are asked for */
	size_t told; /* how many have a row */
	int pages, looks, silences;
	int unsettled; /* the step that tells what came of what was asked; 0: all is told */
	bool class_only, archives, renames, removes, reopens;
	bool archived; /* as Microsoft has it */
	bool ordered;  /* Microsoft said that it will be, or be no more */
	bool noted;    /* it is on record as closed, or open */
};

/* ---- what is to be done ------------------------------------------------------------------- */

static bool asks_for(const struct job *j, const char *action)
{
	const char *actions = job_text_option(j, "actions");
	size_t length = strlen(action);
	for (const char *at = *actions ? actions : "archive,rename"; *at;
	     at += strcspn(at, ","), at += *at == ',')
		if (strcspn(at, ",") == length && strncmp(at, action, length) == 0)
			return true;
	return false;
}

static enum next read_class(struct job *j)
{
	return record_open(j);
}

/* What an attempt before this one set out to do; or a job before it that was given up. */
static void take_up(const struct job *j, struct closing *s)
{
	const json_t *saved = progress_saved(j);
	bool mine = strcmp(json_text_or(saved, "job", ""), job_id(j)) == 0;
	s->told = json_array_size(progress_earlier(j));
	s->intended = json_deep_copy(json_list(saved, "leaving"));
	s->noted = mine && json_bool(saved, "noted", false);
	if (saved)
		s->unsettled = s->intended ? READ_MEMBERS : READ_TEAM;
}

static void save(struct job *j, const struct closing *s)
{
	progress_save(j, json_pack("{s:s s:b s:O*}", "job", job_id(j), "noted", s->noted, "leaving",
			     s->intended));
}

static enum next class_read(struct job *j, const struct answer *a)
{
	struct closing *s = job_state(j);
	const struct class_record *c = job_class(j);
	(void)a;
	if (!c->team_id[0])
		return job_fail(j, "team_missing",
		    "This class has nothing in Microsoft 365 that could be closed.");
	s->team_id = xstrdup(c->team_id);
	s->class_only = c->class_only;
	s->year = xstrdup(c->year);
	s->learners = json_deep_copy(c->learners);
	s->reopens = asks_for(j, "reopen");
	s->archives = (s->reopens || asks_for(j, "archive")) && !s->class_only;
	s->renames = s->reopens || asks_for(j, "rename");
	s->removes = asks_for(j, "remove_learners");
	take_up(j, s);
	progress_team(j, c->team_id, c->web_url);
	return job_goto(j, READ_TEAM);
}

static enum next read_team(struct job *j)
{
	struct closing *s = job_state(j);
	return graph_get(j, "/%s/%s", s->class_only ? "groups" : "teams", s->team_id);
}

/* The bytes of the first so many characters of a name. */
static size_t bytes_of(const char *name, size_t characters)
{
	size_t n = 0;
	for (; name[n]; n++)
		if (((unsigned char)name[n] & 0xc0) != 0x80 && characters-- == 0)
			break;
	return n;
}

/* "8B" becomes "8B (closed 2026)", and 8B again. Whoever is called so already keeps the name. */
static char *new_name(const struct job *j, const struct closing *s)
{
	const char *wanted = job_text_option(j, "display_name");
	char ending[64];
	(void)!snprintf(ending, sizeof ending, " (closed%s%.40s)", *s->year ? " " : "", s->year);
	size_t length = strlen(s->name), more = strlen(ending);
	bool closed = length >= more && strcmp(s->name + length - more, ending) == 0;
	if (*wanted)
		return xstrdup(wanted);
	if (s->reopens || closed)
		return xstrndup(s->name, closed && s->reopens ? length - more : length);
	return xasprintf("%.*s%s", (int)bytes_of(s->name, NAME_MAX - more), s->name, ending);
}

static bool is_named(const struct closing *s)
{
	return !s->renames || strcmp(s->name, s->new_name) == 0;
}

/* It is cancelled, and may have been changed: what is so is to be on record. */
static enum next take_stock(struct job *j, struct closing *s)
{
	bool as_wanted = s->archives ? s->archived != s->reopens : s->renames && is_named(s);
	s->unsettled = as_wanted ? RENAME : s->archives ? LOOK : 0;
	return job_goto(j, RENAME);
}

static enum next team_read(struct job *j, const struct answer *a)
{
	struct closing *s = job_state(j);
	if (a->status == 404)
		return job_fail(j, "team_missing",
		    "The Team of this class was deleted in Microsoft 365: there is nothing to "
		    "close.");
	free(s->name);
	free(s->new_name);
	s->name = xstrdup(json_text_or(a->body, "displayName", ""));
	s->new_name = new_name(j, s);
	s->archived = json_bool(a->body, "isArchived", false);
	if (s->unsettled && job_is_cancelled(j))
		return take_stock(j, s);
	return job_goto(j, s->removes ? READ_MEMBERS : SET_OUT);
}

/* ---- who would go -------------------------------------------------------------------------- */

static enum next read_members(struct job *j)
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

static void put_row(
    struct job *j, struct closing *s, const json_t *x, const char *outcome, const char *detail)
{
	bool removed = strcmp(outcome, "removed") == 0;
	struct row r = {json_text_or(x, "learner", ""), json_text_or(x, "name", ""),
	    json_text_or(x, "email", ""), outcome, removed ? "left_class" : "remove_failed", detail,
	    json_text_or(x, "user_id", "")};
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
			put_row(j, s, x, "removed", "");
	json_decref(s->intended);
	s->intended = NULL;
	s->unsettled = 0;
	save(j, s);
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

static enum next members_read(struct job *j, const struct answer *a)
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

/* ---- archive ------------------------------------------------------------------------------- */

static enum next would_close(struct job *j, struct closing *s)
{
	for (size_t i = 0; i < json_array_size(s->leaving); i++)
		put_row(j, s, json_array_get(s->leaving, i), "removed", "dry_run");
	if (s->reopens) {
		progress_message(j, "It would be open again, as \"%s\".", s->new_name);
		return job_done(j);
	}
	progress_message(j, "It would be%s%s%s%s%s; %zu learners would be taken out.",
	    s->archives && !s->archived ? " archived" : "",
	    s->archives && !s->archived && s->renames ? " and" : "",
	    s->renames ? " renamed \"" : "", s->renames ? s->new_name : "", s->renames ? "\"" : "",
	    json_array_size(s->leaving));
	return job_done(j);
}

static enum next set_out(struct job *j)
{
	struct closing *s = job_state(j);
	if (job_option(j, "dry_run"))
		return would_close(j, s);
	save(j, s);
	return progress_write(j);
}

static enum next is_set_out(struct job *j, const struct answer *a)
{
	(void)a;
	return job_goto(j, ARCHIVE);
}

static enum next archive(struct job *j)
{
	struct closing *s = job_state(j);
	if (!s->archives || s->archived != s->reopens)
		return job_goto(j, RENAME);
	s->unsettled = LOOK;
	return graph_post(
	    j, json_object(), "/teams/%s/%s", s->team_id, s->reopens ? "unarchive" : "archive");
}

static enum next archive_asked(struct job *j, const struct answer *a)
{
	struct closing *s = job_state(j);
	if (a->status == 400 || a->status == 403)
		return job_fail(j, "not_permitted",
		    "Microsoft did not %s the Team (%s): it needs an owner, and our app the "
		    "permission. Nothing was changed.",
		    s->reopens ? "reopen" : "archive", a->trouble);
	s->ordered = true;
	return job_goto(j, LOOK);
}

static enum next look(struct job *j)
{
	struct closing *s = job_state(j);
	return graph_get(j, "/teams/%s?$select=id,isArchived", s->team_id);
}

/* It is not yet, or not at all where nobody heard that it will be. */
static enum next not_yet(struct job *j, struct closing *s)
{
	bool unasked = job_is_cancelled(j) && !s->ordered;
	if (++s->looks < (unasked ? LOOKS_UNASKED : LOOKS_MAX))
		return job_sleep(j, job_poll_ms(j), LOOK);
	s->unsettled = 0;
	if (unasked)
		return job_goto(j, LOOK);
	return job_fail(j, "graph_error",
	    "Microsoft took the order for the Team and has not done so yet. Its name and its "
	    "learners are as they were: close the class again later.");
}

static enum next looked(struct job *j, const struct answer *a)
{
	struct closing *s = job_state(j);
	s->archived = json_bool(a->body, "isArchived", false);
	if (s->archived == s->reopens)
		return not_yet(j, s);
	s->unsettled = RENAME;
	return job_goto(j, RENAME);
}

/* ---- rename -------------------------------------------------------------------------------- */

static void note_reopened(struct job *j)
{
	struct history_event h = {.what = "restored", .detail = "reopen"};
	record_class_drop(j, "archived_at");
	record_class_drop(j, "closed_as");
	history_say(j, &h);
	progress_message(j, "The class is open again. Sync its learners to put them back.");
}

static void note_closed(struct job *j, const struct closing *s)
{
	struct history_event h = {.what = "archived", .detail = s->archives ? "archive" : ""};
	record_class_int(j, "archived_at", job_now(j));
	if (s->renames && is_named(s))
		record_class(j, "closed_as", s->name);
	history_say(j, &h);
}

static enum next note(struct job *j, struct closing *s)
{
	if (!s->noted && s->reopens)
		note_reopened(j);
	else if (!s->noted)
		note_closed(j, s);
	s->noted = true;
	s->unsettled = 0;
	return job_goto(j, INTEND);
}

static enum next rename_team(struct job *j)
{
	struct closing *s = job_state(j);
	if (is_named(s) || job_is_cancelled(j))
		return note(j, s);
	s->unsettled = READ_TEAM;
	return graph_patch(j, json_pack("{s:s}", "displayName", s->new_name), "/%s/%s",
	    s->class_only ? "groups" : "teams", s->team_id);
}

static enum next renamed(struct job *j, const struct answer *a)
{
	struct closing *s = job_state(j);
	if (a->status >= 400)
		return job_fail(j, "not_permitted",
		    "%sMicrosoft did not rename it (%s), and no learner was taken out.",
		    s->archives ? "The Team is archived. " : "", a->trouble);
	free(s->name);
	s->name = xstrdup(s->new_name);
	s->unsettled = RENAME;
	return job_goto(j, RENAME);
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
	save(j, s);
	if (!any)
		json_decref(intended);
}

static enum next intend(struct job *j)
{
	struct closing *s = job_state(j);
	size_t left = json_array_size(s->leaving);
	s->out = left < REMOVAL_MAX ? left : REMOVAL_MAX;
	if (s->out == 0)
		return job_done(j);
	save_intended(j, s, some_of(s->leaving, 0, s->out));
	return progress_write(j);
}

static enum next intended(struct job *j, const struct answer *a)
{
	(void)a;
	return job_goto(j, REMOVE);
}

static void users_of(const struct closing *s, const char *users[REMOVAL_MAX])
{
	for (size_t i = 0; i < s->out; i++)
		users[i] = json_text_or(json_array_get(s->leaving, i), "user_id", "");
}

static enum next take_out(struct job *j)
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
		put_row(j, s, x, "removed", "");
	else
		put_row(j, s, x, "removal_failed",
		    refused  ? a->code
		    : silent ? "no_word"
			     : r->code);
}

/* Of whom the answer says nothing, it is asked again after a pause: a few times, or for as
 * long as Microsoft says that it is too busy. */
static enum next taken_out(struct job *j, const struct answer *a)
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

/* What was asked for and nobody heard of is looked at. */
static int winding_up(struct job *j)
{
	const struct closing *s = job_state(j);
	if (!s->team_id)
		return progress_saved(j) ? READ_CLASS : -1;
	return s->unsettled ? s->unsettled : -1;
}

static void clear(struct job *j)
{
	struct closing *s = job_state(j);
	free(s->team_id);
	free(s->next_page);
	free(s->name);
	free(s->new_name);
	free(s->year);
	json_decref(s->learners);
	json_decref(s->leaving);
	json_decref(s->intended);
	members_clear(&s->members);
}

static const struct step steps[] = {
    [READ_CLASS] = {"read_class", "Reading the class", read_class, class_read, {0}},
    [READ_TEAM] = {"read_team", "Reading the Team", read_team, team_read, {404}},
    [READ_MEMBERS] = {"read_members", NULL, read_members, members_read, {0}},
    [SET_OUT] = {"set_out", NULL, set_out, is_set_out, {0}},
    [ARCHIVE] = {"archive", "Archiving the Team", archive, archive_asked, {400, 403}},
    [LOOK] = {"look", NULL, look, looked, {0}},
    [RENAME] = {"rename", "Renaming the Team", rename_team, renamed, {400, 403, 409}},
    [INTEND] = {"intend", "Taking learners out", intend, intended, {0}},
    [REMOVE] = {"remove", NULL, take_out, taken_out, {400, 403, 404, 409}},
};

const struct job_type close_class = {
    .name = "close-class",
    .steps = steps,
    .first = READ_CLASS,
    .state_size = sizeof(struct closing),
    .deadline_ms = MINUTES_60,
    .clear = clear,
    .winding_up = winding_up,
};
