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
#include "closing.h"

enum { MINUTES_60 = 3600000, LOOKS_MAX = 20, LOOKS_UNASKED = 2, NAME_MAX = 256 };

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
	s->old_name = xstrdup(json_text(saved, "name"));
	s->was_archived = json_bool(saved, "archived", false);
	if (saved)
		s->unsettled = s->intended ? READ_MEMBERS : READ_TEAM;
}

void closing_save(struct job *j, const struct closing *s)
{
	progress_save(
	    j, json_pack("{s:s s:b s:s* s:b s:O*}", "job", job_id(j), "noted", s->noted, "name",
		   s->old_name, "archived", s->was_archived, "leaving", s->intended));
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

/* It is cancelled, and may have been changed: what is so is to be on record, and what was so
 * before is nobody's doing. */
static enum next take_stock(struct job *j, struct closing *s)
{
	bool as_wanted = s->archives ? s->archived != s->reopens : s->renames && is_named(s);
	bool changed = s->archived != s->was_archived || strcmp(s->name, s->old_name) != 0;
	s->unsettled = as_wanted && changed ? RENAME : !as_wanted && s->archives ? LOOK : 0;
	return job_goto(j, RENAME);
}

/* As it is before anything is done to it. */
static void note_before(struct closing *s)
{
	if (s->old_name)
		return;
	s->old_name = xstrdup(s->name);
	s->was_archived = s->archived;
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
	note_before(s);
	if (s->unsettled && job_is_cancelled(j))
		return take_stock(j, s);
	return job_goto(j, s->removes ? READ_MEMBERS : SET_OUT);
}

/* ---- archive ------------------------------------------------------------------------------- */

static enum next would_close(struct job *j, struct closing *s)
{
	for (size_t i = 0; i < json_array_size(s->leaving); i++)
		closing_put_row(j, s, json_array_get(s->leaving, i), "removed", "dry_run");
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
	closing_save(j, s);
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
	    "learners are as they were: %s the class again later.",
	    s->reopens ? "reopen" : "close");
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

static enum next not_renamed(struct job *j, const struct closing *s, const struct answer *a)
{
	if (s->reopens)
		return job_fail(j, "not_permitted",
		    "%sMicrosoft did not give it its name back (%s), so the class is still closed "
		    "here: reopen it again.",
		    s->archives ? "The Team is no archive any more. " : "", a->trouble);
	return job_fail(j, "not_permitted",
	    "%sMicrosoft did not rename it (%s), and no learner was taken out.",
	    s->archives ? "The Team is archived. " : "", a->trouble);
}

static enum next renamed(struct job *j, const struct answer *a)
{
	struct closing *s = job_state(j);
	if (a->status >= 400)
		return not_renamed(j, s, a);
	free(s->name);
	s->name = xstrdup(s->new_name);
	s->unsettled = RENAME;
	return job_goto(j, RENAME);
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
	free(s->old_name);
	free(s->year);
	json_decref(s->learners);
	json_decref(s->leaving);
	json_decref(s->intended);
	members_clear(&s->members);
}

static const struct step steps[] = {
    [READ_CLASS] = {"read_class", "Reading the class", read_class, class_read, {0}},
    [READ_TEAM] = {"read_team", "Reading the Team", read_team, team_read, {404}},
    [READ_MEMBERS] = {"read_members", NULL, closing_read_members, closing_members_read, {0}},
    [SET_OUT] = {"set_out", NULL, set_out, is_set_out, {0}},
    [ARCHIVE] = {"archive", "Archiving the Team", archive, archive_asked, {400, 403}},
    [LOOK] = {"look", NULL, look, looked, {0}},
    [RENAME] = {"rename", "Renaming the Team", rename_team, renamed, {400, 403, 409}},
    [INTEND] = {"intend", "Taking learners out", closing_intend, closing_intended, {0}},
    [REMOVE] = {"remove", NULL, closing_take_out, closing_taken_out, {400, 403, 404, 409}},
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
