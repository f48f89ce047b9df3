/*
 * school_run - what the files of sync-school share.
 *
 *	sync_school.c	the story: the school, who would leave, a job for each class
 *	school_after.c	what became of those jobs, what is told in the morning, and the end
 *	night_*.c	one class: what is to be done for it, its line, its digest
 *
 * An ask and the answer that takes its reply stand together; the step table is at the end of
 * sync_school.c.
 */
#ifndef SCHOOL_RUN_H
#define SCHOOL_RUN_H

#include "job.h"
#include "night.h"

enum { OPEN, READ_PLAN, LIST, COUNT, BEGIN, PLAN, WRITE, WATCH, LOOK, DIGEST, TELL, CANCEL };

struct school_run {
	json_t *settings;	/* owned: of the school */
	json_t *ids;		/* owned: its classes, sorted */
	json_t *run;		/* owned: the report, as it was read last */
	json_t *preview;	/* owned: the run that this one keeps to; NULL */
	json_t *digests;	/* owned */
	json_t *queued;		/* owned: class and job of lines that are still to come */
	struct night_rules rules;
	size_t next;		/* the first class that is not planned, or not told of */
	int64_t started_at, members, leavers, planned;
	bool begun, watching, filling, over, told_children;
	bool unsaid;		/* jobs are pushed, and neither they nor their lines written */
};

/* ---- sync_school.c ----------------------------------------------------------------- */

/* school_run_saved is the checkpoint of an earlier attempt of this very run, or NULL. */
const json_t *school_run_saved(const struct job *j);

/* school_run_each calls fn for each class of the batch that was read, and goes on behind it;
 * false when all have been. */
typedef void (*school_class_fn)(struct job *j, struct school_run *s, const struct night_class *c);
bool school_run_each(struct job *j, const struct answer *a, school_class_fn fn);

/* ---- school_after.c ---------------------------------------------------------------- */

enum next school_run_watch(struct job *j);
enum next school_run_watched(struct job *j, const struct answer *a);
enum next school_run_look(struct job *j);
enum next school_run_looked(struct job *j, const struct answer *a);
enum next school_run_digested(struct job *j, const struct answer *a);
enum next school_run_tell(struct job *j);
enum next school_run_told(struct job *j, const struct answer *a);
enum next school_run_cancel(struct job *j);
enum next school_run_children_known(struct job *j, const struct answer *a);

/* school_run_winding_up is the step with which a run that is cancelled cancels its jobs; -1
 * when there are none, or they were told. school_run_ending closes the report of one that
 * fails. */
int school_run_winding_up(struct job *j);
void school_run_ending(struct job *j);

#endif
