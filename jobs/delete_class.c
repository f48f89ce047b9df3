/*
 * delete_class - a class goes from Microsoft 365, with its Team, because an administrator
 * said so and named it.
 *
 *	read_class -> intend -> delete -> read_again -> done
 *	    '-> look_in_bin (cancelled, and nobody knows) -> read_again -> done
 *
 * Nothing else deletes anything, ever. Microsoft keeps what was deleted for thirty days, and
 * its address as long; the school's group stays, and a class can be made of it again.
 *
 * What is gone already counts as deleted, so every step may run any number of times. The
 * intent is on record before the class is deleted: a cancelled job that finds it looks
 * whether that happened, and what happened is told whatever ends the job.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "class_job.h"
#include "job.h"

enum { READ_CLASS, INTEND, DELETE, LOOK_IN_BIN, READ_AGAIN };
enum { MINUTES_10 = 600000 };

struct deletion {
	char *team_id; /* owned */
	bool open;     /* it was asked for, and nobody knows yet whether it happened */
	bool gone;     /* it happened, and its learners are still to be told of */
};

static enum next read_class(struct job *j)
{
	return record_open(j);
}

/* Nobody of the class has been tried with what may be made of it next. */
static enum next read_again(struct job *j, const struct answer *a)
{
	(void)a;
	json_t *class = class_as_said(j);
	if (json_list(class, "learners"))
		class_put_learners(j, class, true);
	json_decref(class);
	progress_message(j,
	    "The class was deleted from Microsoft 365. Microsoft keeps it for thirty days, and "
	    "its address as long.");
	return job_done(j);
}

/* An attempt before this one set out to delete that one. */
static bool was_intended(const struct job *j, const char *team_id)
{
	return *team_id && strcmp(json_text_or(progress_saved(j), "deleting", ""), team_id) == 0;
}

static enum next class_read(struct job *j, const struct answer *a)
{
	struct deletion *s = job_state(j);
	const struct class_record *c = job_class(j);
	const char *name = c->display_name[0] ? c->display_name : c->name;
	if (!c->team_id[0] && was_intended(j, c->former_team_id))
		return read_again(j, a);
	if (!c->team_id[0]) {
		progress_message(j, "This class is not in Microsoft 365.");
		return job_done(j);
	}
	if (!*name || strcmp(job_text_option(j, "confirm"), name) != 0)
		return job_fail(j, "not_permitted",
		    "Whoever deletes a class has to name it: it is called \"%s\".", name);
	if (job_option(j, "dry_run")) {
		progress_message(j, "Dry run: \"%s\" would be deleted from Microsoft 365.", name);
		return job_done(j);
	}
	free(s->team_id);
	s->team_id = xstrdup(c->team_id);
	s->open = was_intended(j, c->team_id);
	return job_goto(j, INTEND);
}

static enum next intend(struct job *j)
{
	const struct deletion *s = job_state(j);
	progress_save(j, json_pack("{s:s}", "deleting", s->team_id));
	return progress_write(j);
}

static enum next intended(struct job *j, const struct answer *a)
{
	(void)a;
	return job_goto(j, DELETE);
}

static enum next delete_group(struct job *j)
{
	struct deletion *s = job_state(j);
	s->open = true;
	return graph_delete(j, "/groups/%s", s->team_id);
}

/* Said as soon as it is known, so that whatever ends or stops the job now carries it. */
static enum next deleted(struct job *j, const struct answer *a)
{
	struct deletion *s = job_state(j);
	(void)a;
	s->open = false;
	s->gone = true;
	class_put_gone(j, s->team_id);
	record_class(j, "note", "the class was deleted from Microsoft 365");
	record_class_int(j, "deleted_at", job_now(j));
	record_class(j, "deleted_by", job_requested_by(j));
	record_class(j, "restorable", "1");
	history_say(j, &(struct history_event){.what = "deleted"});
	return job_goto(j, READ_AGAIN);
}

/* ---- and when it is cancelled ----------------------------------------------------------- */

static enum next look_in_bin(struct job *j)
{
	const struct deletion *s = job_state(j);
	return graph_get(j, "/directory/deletedItems/%s?$select=id", s->team_id);
}

static enum next bin_seen(struct job *j, const struct answer *a)
{
	struct deletion *s = job_state(j);
	s->open = false;
	return a->status == 200 ? deleted(j, a) : job_goto(j, READ_AGAIN);
}

/* Nobody may be told that nothing happened before that has been looked at. What did happen
 * is told to its end. */
static int winding_up(struct job *j)
{
	const struct deletion *s = job_state(j);
	if (!s->team_id)
		return progress_saved(j) ? READ_CLASS : -1;
	if (s->gone)
		return READ_AGAIN;
	return s->open ? LOOK_IN_BIN : -1;
}

static void clear(struct job *j)
{
	struct deletion *s = job_state(j);
	free(s->team_id);
}

static const struct step steps[] = {
    [READ_CLASS] = {"read_class", "Reading the class", read_class, class_read, {0}},
    [INTEND] = {"intend", "Deleting the class", intend, intended, {0}},
    [DELETE] = {"delete", NULL, delete_group, deleted, {404}},
    [LOOK_IN_BIN] = {"look_in_bin", "Looking whether the class was deleted", look_in_bin, bin_seen,
	{404}},
    [READ_AGAIN] = {"read_again", NULL, read_class, read_again, {0}},
};

const struct job_type delete_class = {
    .name = "delete-class",
    .steps = steps,
    .first = READ_CLASS,
    .state_size = sizeof(struct deletion),
    .deadline_ms = MINUTES_10,
    .clear = clear,
    .winding_up = winding_up,
};
