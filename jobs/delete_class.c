/*
 * delete_class - a class goes from Microsoft 365, with its Team, because an administrator
 * said so and named it.
 *
 *	read_class -> delete -> forget -> read_again -> done
 *
 * Nothing else deletes anything, ever. Microsoft keeps what was deleted for thirty days, and
 * its address as long; the school's group stays, and a class can be made of it again.
 *
 * What is gone already counts as deleted, so every step may run any number of times.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "class_job.h"
#include "job.h"

enum { READ_CLASS, DELETE, FORGET, READ_AGAIN };
enum { MINUTES_10 = 600000 };

struct deletion {
	char *team_id; /* owned */
};

static enum next read_class(struct job *j)
{
	return record_open(j);
}

static enum next class_read(struct job *j, const struct answer *a)
{
	struct deletion *s = job_state(j);
	const struct class_record *c = job_class(j);
	const char *name = c->display_name[0] ? c->display_name : c->name;
	(void)a;
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
	return job_goto(j, DELETE);
}

static enum next delete_group(struct job *j)
{
	const struct deletion *s = job_state(j);
	return graph_delete(j, "/groups/%s", s->team_id);
}

static enum next deleted(struct job *j, const struct answer *a)
{
	(void)a;
	return job_goto(j, FORGET);
}

static enum next forget(struct job *j)
{
	const struct deletion *s = job_state(j);
	class_put_gone(j, s->team_id);
	record_class(j, "note", "the class was deleted from Microsoft 365");
	record_class_int(j, "deleted_at", job_now(j));
	record_class(j, "deleted_by", job_requested_by(j));
	record_class(j, "restorable", "1");
	history_say(j, &(struct history_event){.what = "deleted"});
	return progress_write(j);
}

static enum next forgotten(struct job *j, const struct answer *a)
{
	(void)a;
	return job_goto(j, READ_AGAIN);
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

static void clear(struct job *j)
{
	struct deletion *s = job_state(j);
	free(s->team_id);
}

static const struct step steps[] = {
    [READ_CLASS] = {"read_class", "Reading the class", read_class, class_read, {0}},
    [DELETE] = {"delete", "Deleting the class", delete_group, deleted, {404}},
    [FORGET] = {"forget", NULL, forget, forgotten, {0}},
    [READ_AGAIN] = {"read_again", NULL, read_class, read_again, {0}},
};

const struct job_type delete_class = {
    .name = "delete-class",
    .steps = steps,
    .first = READ_CLASS,
    .state_size = sizeof(struct deletion),
    .deadline_ms = MINUTES_10,
    .clear = clear,
};
