/*
 * check_team - does the class's Team still live? Its link and the class's status follow.
 *
 *	read_class -> read_team -> done
 *	                  '-> (a while) read_team again -> look_in_bin -> done
 *	                  '-> read_group (a class that is no Team yet) -> done
 *
 * Of a class whose Team was deleted it looks whether that was restored, or could be. A class
 * without a Team may have become one by its teacher's hand.
 *
 * It only reads at Microsoft's, so it may run any number of times.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "class_job.h"
#include "job.h"
#include "roster.h"

enum { READ_CLASS, READ_TEAM, READ_GROUP, LOOK_IN_BIN };
enum { MINUTES_30 = 1800000 };

struct check {
	char *team_id;	 /* owned */
	char *name;	 /* owned; as it was made, "" where nobody knows */
	json_t *renamed; /* owned; the other name on record as drift, or NULL */
	struct class_counts counts;
	int64_t fresh_until;
	int misses;
	bool former;	 /* the class has none any more: was this one restored? */
	bool class_only; /* a group without a Team so far */
};

static enum next read_class(struct job *j)
{
	return record_open(j);
}

static enum next no_team(struct job *j, struct check *s)
{
	class_put_counts(j, false, &s->counts);
	progress_message(j, "This class has no Team%s.",
	    s->team_id[0] ? ": it was deleted in Microsoft 365" : "");
	return job_done(j);
}

static enum next class_read(struct job *j, const struct answer *a)
{
	struct check *s = job_state(j);
	const struct class_record *c = job_class(j);
	(void)a;
	s->counts = class_take_said(j, false);
	s->fresh_until = class_fresh_until(j);
	s->former = !c->team_id[0];
	s->class_only = c->class_only;
	s->name = xstrdup(c->display_name);
	s->renamed = json_incref(json_object_get(c->drift, "team"));
	s->team_id = xstrdup(s->former ? c->former_team_id : c->team_id);
	if (s->team_id[0])
		return job_goto(j, READ_TEAM);
	return no_team(j, s);
}

static enum next read_team(struct job *j)
{
	struct check *s = job_state(j);
	return graph_get(j, "/teams/%s", s->team_id);
}

/* A name that was changed in Microsoft 365 stays there; it is only told (exceptions.h). */
static void note_name(struct job *j, const struct check *s, const json_t *team)
{
	const char *name = json_text_or(team, "displayName", "");
	bool other = *name && s->name[0] && strcmp(name, s->name) != 0;
	if (!other && s->renamed)
		record_drift(j, "team", NULL);
	if (!other || strcmp(name, json_text_or(s->renamed, "name", "")) == 0)
		return;
	json_t *drift = json_pack("{s:s s:s s:s s:I s:s s:s}", "what", "renamed", "name", name,
	    "learner", "", "at", (json_int_t)job_now(j), "job", job_id(j), "became", "");
	char *text = json_write(drift);
	record_drift(j, "team", text);
	free(text);
	json_decref(drift);
}

static enum next lives(struct job *j, struct check *s, const json_t *team)
{
	note_name(j, s, team);
	if (s->former)
		class_put_restored(j, s->team_id, team);
	else
		class_put_link(j, s->team_id, team);
	class_put_counts(j, true, &s->counts);
	return job_done(j);
}

static enum next missed(struct job *j, struct check *s, int look)
{
	if (!s->former && (++s->misses < 2 || job_now(j) < s->fresh_until))
		return job_sleep(j, job_poll_ms(j), look);
	return job_goto(j, LOOK_IN_BIN);
}

static enum next team_read(struct job *j, const struct answer *a)
{
	struct check *s = job_state(j);
	if (a->status == 404)
		return s->class_only ? job_goto(j, READ_GROUP) : missed(j, s, READ_TEAM);
	if (s->class_only)
		record_class(j, "is_team", "1");
	return lives(j, s, a->body);
}

static enum next read_group(struct job *j)
{
	const struct check *s = job_state(j);
	return graph_get(j, "/groups/%s?$select=id,displayName", s->team_id);
}

static enum next group_read(struct job *j, const struct answer *a)
{
	struct check *s = job_state(j);
	return a->status == 404 ? missed(j, s, READ_GROUP) : lives(j, s, a->body);
}

static enum next look_in_bin(struct job *j)
{
	const struct check *s = job_state(j);
	return graph_get(j, "/directory/deletedItems/%s", s->team_id);
}

static enum next bin_seen(struct job *j, const struct answer *a)
{
	struct check *s = job_state(j);
	if (a->status == 200 || a->status == 404)
		record_class(j, "restorable", a->status == 200 ? "1" : "0");
	if (s->former)
		return no_team(j, s);
	class_put_gone(j, s->team_id);
	progress_message(j, "The Team was deleted in Microsoft 365.%s",
	    a->status == 200 ? " It can be restored for thirty days." : "");
	return job_done(j);
}

static void clear(struct job *j)
{
	struct check *s = job_state(j);
	free(s->team_id);
	free(s->name);
	json_decref(s->renamed);
}

static const struct step steps[] = {
    [READ_CLASS] = {"read_class", "Reading the class", read_class, class_read, {0}},
    [READ_TEAM] = {"read_team", "Looking for the Team", read_team, team_read, {404}},
    [READ_GROUP] = {"read_group", NULL, read_group, group_read, {404}},
    [LOOK_IN_BIN] = {"look_in_bin", NULL, look_in_bin, bin_seen, {400, 403, 404, ANSWER_TROUBLE}},
};

const struct job_type check_team = {
    .name = "check-team",
    .steps = steps,
    .first = READ_CLASS,
    .state_size = sizeof(struct check),
    .deadline_ms = MINUTES_30,
    .clear = clear,
};
