/*
 * close_class - the end of a class's year: its Team is archived, renamed, and its learners are
 * taken out, as far as options.actions says. Nothing is deleted.
 *
 *	read_class -> read_team -> read_members (by page) -> archive -> look -> rename
 *	           -> intend -> remove (by twenty) -> intend ... -> done
 *
 * The order is the safe one: archiving takes no one anything, and a Team that cannot be
 * archived (it has no owner) is left as it was; names come next; learners go last, and only
 * those whom the register put there. Owners and people who were added by hand stay.
 *
 * Each step looks first at what is so already, so it may run any number of times. Whoever is
 * about to be taken out is written down before, so that a restarted worker tells of them.
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

enum { READ_CLASS, READ_TEAM, READ_MEMBERS, ARCHIVE, LOOK, RENAME, INTEND, REMOVE };
enum { MINUTES_60 = 3600000, PAGES_MAX = 200, LOOKS_MAX = 20, NAME_MAX = 256 };

struct closing {
	char *team_id, *next_page; /* owned */
	char *name, *new_name;	   /* owned: what it is called, and is to be */
	char *year;		   /* owned */
	json_t *learners;	   /* owned: as recorded */
	json_t *leaving;	   /* owned: those who are to go, in rows */
	struct members members;
	size_t next, out; /* the first who is not told of; how many are asked for */
	int pages, looks;
	bool class_only, archives, renames, removes, reopens, archived;
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
	return job_goto(j, s->removes ? READ_MEMBERS : ARCHIVE);
}

/* ---- who would go -------------------------------------------------------------------------- */

static enum next read_members(struct job *j)
{
	struct closing *s = job_state(j);
	if (s->next_page)
		return graph_follow(j, s->next_page);
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

static void put_row(struct job *j, const json_t *x, const char *outcome, const char *detail)
{
	struct row r = {json_text_or(x, "learner", ""), json_text_or(x, "name", ""),
	    json_text_or(x, "email", ""), outcome,
	    strcmp(outcome, "removed") == 0 ? "left_class" : "remove_failed", detail,
	    json_text_or(x, "user_id", "")};
	struct learner_standing gone = {.name = r.name,
	    .email = r.email,
	    .status = "not_synced",
	    .reason = "",
	    .user_id = r.user_id,
	    .at = job_now(j)};
	progress_row(j, &r);
	if (strcmp(outcome, "removed") == 0)
		record_learner(j, r.learner, &gone);
}

/* Whom an attempt before this one set out to take out, and who is not there any more. */
static void tell_of_earlier(struct job *j, struct closing *s)
{
	size_t i;
	json_t *x;
	json_array_foreach (json_list(progress_saved(j), "leaving"), i, x)
		if (!is_there(s, x))
			put_row(j, x, "removed", "");
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
	progress_total(j, (int64_t)json_array_size(s->leaving));
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
	tell_of_earlier(j, s);
	choose_leaving(j, s);
	return job_goto(j, ARCHIVE);
}

/* ---- archive ------------------------------------------------------------------------------- */

static enum next would_close(struct job *j, struct closing *s)
{
	for (size_t i = 0; i < json_array_size(s->leaving); i++)
		put_row(j, json_array_get(s->leaving, i), "removed", "dry_run");
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

static enum next archive(struct job *j)
{
	struct closing *s = job_state(j);
	if (job_option(j, "dry_run"))
		return would_close(j, s);
	if (!s->archives || s->archived != s->reopens)
		return job_goto(j, RENAME);
	return graph_post(
	    j, json_object(), "/teams/%s/%s", s->team_id, s->reopens ? "unarchive" : "archive");
}

static enum next archive_asked(struct job *j, const struct answer *a)
{
	const struct closing *s = job_state(j);
	if (a->status == 400 || a->status == 403)
		return job_fail(j, "not_permitted",
		    "Microsoft did not %s the Team (%s): it needs an owner, and our app the "
		    "permission. Nothing was changed.",
		    s->reopens ? "reopen" : "archive", a->trouble);
	return job_goto(j, LOOK);
}

static enum next look(struct job *j)
{
	struct closing *s = job_state(j);
	return graph_get(j, "/teams/%s?$select=id,isArchived", s->team_id);
}

static enum next looked(struct job *j, const struct answer *a)
{
	struct closing *s = job_state(j);
	s->archived = json_bool(a->body, "isArchived", false);
	bool late = s->archived == s->reopens;
	if (late && ++s->looks < LOOKS_MAX)
		return job_sleep(j, job_poll_ms(j), LOOK);
	if (late)
		return job_fail(j, "graph_error",
		    "Microsoft took the order for the Team and has not done so yet. Its "
		    "name and "
		    "its learners are as they were: close the class again later.");
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
	history_say(j, &h);
}

static enum next rename_team(struct job *j)
{
	struct closing *s = job_state(j);
	if (!s->renames || strcmp(s->name, s->new_name) == 0) {
		if (s->reopens)
			note_reopened(j);
		else
			note_closed(j, s);
		return job_goto(j, INTEND);
	}
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
	record_class(j, "closed_as", s->new_name);
	return job_goto(j, RENAME);
}

/* ---- and the learners ------------------------------------------------------------------------ */

static enum next intend(struct job *j)
{
	struct closing *s = job_state(j);
	size_t left = json_array_size(s->leaving) - s->next;
	s->out = left < REMOVAL_MAX ? left : REMOVAL_MAX;
	if (s->out == 0)
		return job_done(j);
	json_t *out = json_array();
	for (size_t i = s->next; i < s->next + s->out; i++)
		json_array_append(out, json_array_get(s->leaving, i));
	progress_save(j, json_pack("{s:o}", "leaving", out));
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
		users[i] = json_text_or(json_array_get(s->leaving, s->next + i), "user_id", "");
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

/* Who is said not to be there has gone, too. */
static enum next taken_out(struct job *j, const struct answer *a)
{
	struct closing *s = job_state(j);
	const char *users[REMOVAL_MAX];
	struct change_result results[REMOVAL_MAX] = {0};
	users_of(s, users);
	if (s->class_only)
		(void)class_removal_read(a->body, s->out, results);
	else
		members_change_read(a->status, a->body, users, s->out, results);
	for (size_t i = 0; i < s->out; i++) {
		const json_t *x = json_array_get(s->leaving, s->next + i);
		bool gone = a->status < 400 && (results[i].what == CHANGE_MADE ||
						   strcmp(results[i].code, "NotFound") == 0);
		put_row(j, x, gone ? "removed" : "removal_failed",
		    gone	       ? ""
		    : a->status >= 400 ? a->code
				       : results[i].code);
	}
	s->next += s->out;
	progress_save(j, NULL);
	return job_goto(j, INTEND);
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
	members_clear(&s->members);
}

static const struct step steps[] = {
    [READ_CLASS] = {"read_class", "Reading the class", read_class, class_read, {0}},
    [READ_TEAM] = {"read_team", "Reading the Team", read_team, team_read, {404}},
    [READ_MEMBERS] = {"read_members", NULL, read_members, members_read, {0}},
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
};
