/* sync_rows - sync-learners' books: whose turn it is, what became of whom. */
#ifndef SYNC_ROWS_H
#define SYNC_ROWS_H

#include "graph.h"
#include "job.h"
#include "roster.h"

struct sync {
	char *team_id;			/* owned */
	char *next_page;		/* owned */
	struct roster roster;
	struct members members;
	struct members group;		/* of the group behind the Team, where that was needed */
	struct present *present;	/* owned; the members, as the roster sees them */
	struct search *search;		/* owned */
	struct learner **sought;	/* owned; whom the search is for, in its order */
	struct removals removals;
	struct wave wave;
	struct learner **in;		/* owned; the wave that is out */
	struct removal **out;		/* owned; the removals that are out */
	json_t *leaving;		/* owned; removals an earlier attempt set out to make */
	json_t *told;			/* owned; learners, and accounts of others, with a row */
	json_t *teachers;		/* owned; addresses of the class's teachers */
	int64_t fresh_until;		/* a Team this young may still be on its way */
	size_t wave_count, out_count, out_most, next_settled;
	int pages, misses, told_leavers;
	bool open;			/* a change is asked for, and nobody knows what became of it */
	bool emptied, missed_once, gone, members_known, group_due, settled;
};

/* Takes up what earlier attempts wrote: rows and intentions. */
void sync_take_up(struct job *j, struct sync *s);
void sync_note_teachers(struct sync *s, const json_t *class);
void sync_note_present(struct sync *s);
/* A member list is about to be read anew: nothing may go on pointing into the old one. */
void sync_forget_members(struct sync *s);
/* Whether somebody who should be on the member list is not: the group behind the Team tells
 * whether that list is only late (graph.md 5.2). */
bool sync_misses_somebody(const struct sync *s);
/* Of whom the last answer said nothing, or an attempt before this one heard none: the
 * member list decides what became of them. */
void sync_note_unknown(struct job *j, struct sync *s);
void sync_note_earlier(struct job *j, struct sync *s);
bool sync_needs_search(struct job *j, struct sync *s);
void sync_apply_search(struct sync *s);
void sync_plan(struct job *j, struct sync *s);
size_t sync_put_settled(struct job *j, struct sync *s, size_t most);

/* What was set out to be done, and of whom nobody has been told yet: it travels with the rows
 * that tell of the others, so that whoever goes on tells of nobody twice. */
void sync_save_open(struct job *j, const struct sync *s);

size_t sync_next_wave(struct sync *s);
void sync_wave_users(const struct sync *s, const char **users);
/* These two give false when of somebody the answer said nothing. */
bool sync_put_wave(struct job *j, struct sync *s, const struct answer *a);
void sync_put_planned_wave(struct job *j, struct sync *s);
void sync_wave_refused(struct job *j, struct sync *s, const char *code);

bool sync_brakes(const struct job *j, const struct sync *s);
void sync_put_held(struct job *j, struct sync *s);
size_t sync_next_removals(struct job *j, struct sync *s);
void sync_intend_removals(struct sync *s);
bool sync_put_removals(struct job *j, struct sync *s, const struct answer *a);
void sync_put_planned_removals(struct job *j, struct sync *s);
void sync_removals_refused(struct job *j, struct sync *s, const char *code);

/* What sync_rows.c and sync_removals.c have from each other: leavers that are to be told of,
 * whether all removals are told of, and who has a row. */
int64_t sync_plan_leavers(struct job *j, struct sync *s);
bool sync_is_over(const struct sync *s);
void sync_settle_departed(struct job *j, struct sync *s);
void sync_note_unknown_removals(struct job *j, struct sync *s);
void sync_note_told(struct sync *s, const char *learner, const char *user_id);
bool sync_is_told(const struct sync *s, const char *learner, const char *user_id);

void sync_put_standing(struct job *j, struct sync *s);
void sync_clear(struct sync *s);

#endif
