/* class_job - what every job of a class does with its record. */
#ifndef CLASS_JOB_H
#define CLASS_JOB_H

#include "job.h"
#include "roster.h"

/* All of these are for the answer of record_open, save class_put_link, class_put_gone,
 * class_drop_intent and class_put_restored. */

/* class_as_said is the class object by the newest word of the school: its register, and
 * what this job's envelope says that the register does not, with those learners alone who are
 * in it today (roster_in_force). The caller owns it. */
json_t *class_as_said(struct job *j);

/* class_put_said records name, year, kind and teachers. */
void class_put_said(struct job *j, const json_t *class);

/* Until when a Team that cannot be found may still be on its way (graph.md 3.8). */
int64_t class_fresh_until(struct job *j);

/* class_note_emptied remembers that a register went from some to none, and tells whether it
 * is so now (contract 6). The mark goes where the register of a class is stored, once it
 * has learners again, or when somebody approved the removals. */
bool class_note_emptied(struct job *j, const json_t *class);

/* class_take_said does all of the above for jobs that only want the record to say what the
 * school says, and gives how the class stands then. */
struct class_counts class_take_said(struct job *j, bool afresh);

/* class_put_counts records counts and the status that follows from them. */
void class_put_counts(struct job *j, bool team_lives, const struct class_counts *c);

/* class_put_link says where the Team is, as Microsoft answered for it: it lives. */
void class_put_link(struct job *j, const char *team_id, const json_t *team);

/* class_put_gone records that the Team was deleted in Microsoft 365, and why we say so. */
void class_put_gone(struct job *j, const char *team_id);

/* class_drop_intent: nobody has to look any more for a Team that was asked for. */
void class_drop_intent(struct job *j);

/* class_put_restored: the Team that was gone is there again. */
void class_put_restored(struct job *j, const char *team_id, const json_t *team);

/* class_put_learners records the learners of the class: those nobody has tried yet, those
 * whose name or address changed, and marks those who left. afresh: the Team is a new one,
 * so nobody has been tried. Nothing is said of a class whose learners are not known. Who is new
 * or gone is told to the history. */
void class_put_learners(struct job *j, const json_t *class, bool afresh);

#endif
