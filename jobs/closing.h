/*
 * closing - what the files of close-class share.
 *
 *	close_class.c		the story: the class, archiving and renaming its Team
 *	close_learners.c	who leaves it, and taking them out
 *
 * An ask and the answer that takes its reply stand together; the step table is at the end of
 * close_class.c.
 */
#ifndef CLOSING_H
#define CLOSING_H

#include "graph.h"
#include "job.h"

enum { READ_CLASS, READ_TEAM, READ_MEMBERS, SET_OUT, ARCHIVE, LOOK, RENAME, INTEND, REMOVE };

struct closing {
	char *team_id, *next_page;	/* owned */
	char *name, *new_name;		/* owned: what it is called, and is to be */
	char *old_name;			/* owned: before anything was done; NULL: not read yet */
	char *year;			/* owned */
	json_t *learners;		/* owned: as recorded */
	json_t *leaving;		/* owned: those who are still to go, in rows */
	json_t *intended;		/* owned: those of whom nobody knows whether they went */
	struct members members;
	size_t out;			/* how many of leaving are asked for */
	size_t told;			/* how many have a row */
	int pages, looks, silences;
	int unsettled;			/* the step that tells what came of what was asked; 0: all
					 * is told */
	bool class_only, archives, renames, removes, reopens;
	bool archived, was_archived;	/* as Microsoft has it, and had it then */
	bool ordered;			/* Microsoft said that it will be, or be no more */
	bool noted;			/* it is on record as closed, or open */
};

/* closing_save notes what was set out, for an attempt after this one. */
void closing_save(struct job *j, const struct closing *s);

/* ---- close_learners.c -------------------------------------------------------------- */

enum next closing_read_members(struct job *j);
enum next closing_members_read(struct job *j, const struct answer *a);
enum next closing_intend(struct job *j);
enum next closing_intended(struct job *j, const struct answer *a);
enum next closing_take_out(struct job *j);
enum next closing_taken_out(struct job *j, const struct answer *a);

/* closing_put_row tells of one of leaving: the row, the learner's record and the history. */
void closing_put_row(struct job *j, struct closing *s, const json_t *learner, const char *outcome,
    const char *detail);

#endif
