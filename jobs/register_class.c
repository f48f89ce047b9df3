/*
 * register_class - what the register says of a class now: stored, and Microsoft is not asked.
 *
 *	read_class -> done
 *
 * The queue has kept the register itself when it admitted the envelope; this job brings the
 * class's record and its list of learners up to it. Running twice says the same twice.
 */
#include "class_job.h"
#include "job.h"

enum { READ_CLASS };
enum { MINUTES_10 = 600000 };

static enum next read_class(struct job *j)
{
	return record_open(j);
}

static enum next class_read(struct job *j, const struct answer *a)
{
	(void)a;
	struct class_counts counts = class_take_said(j, false);
	class_put_counts(j, job_class(j)->team_id[0] != '\0', &counts);
	return job_done(j);
}

static const struct step steps[] = {
    [READ_CLASS] = {"read_class", "Storing the register", read_class, class_read, {0}},
};

const struct job_type register_class = {
    .name = "register",
    .steps = steps,
    .first = READ_CLASS,
    .deadline_ms = MINUTES_10,
    .local = true,
};
