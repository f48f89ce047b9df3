/* sync_rows - sync-learners' books: whose turn it is, what became of whom. */
#ifndef SYNC_ROWS_H
#define SYNC_ROWS_H

#include "exceptions.h"
#include "graph.h"
#include "job.h"
#include "roster.h"

/* One rung of the ladder of one learner, looked for. */
struct climb {
	struct learner *learner;	/* borrowed */
	enum rung rung;
};

struct sync {
	char *team_id;			/* owned; of a class without Team its group's */
	bool class_only;		/* there is no Team: the group's own list counts */
	char *next_page;		/* owned */
	struct roster roster;
	struct members members;
	struct members group;		/* of the group behind the Team, where that was needed */
	struct members owners;		/* of a class without Team, where that was needed */
	struct present *present;	/* owned; the members, as the roster sees them */
	struct search *search;		/* owned */
	struct climb *climbs;		/* owned; what the search is for, in its order */
	size_t climb_count;
	bool by_number;			/* the search is for employeeIds */
	struct removals removals;
	struct wave wave;
	struct learner **in;		/* owned; the wave that is out */
	struct removal **out;		/* owned; the removals that are out */
	json_t *leaving;		/* owned; removals an earlier attempt set out to make */
	json_t *told;			/* owned; learners, and accounts of others -> outcome */
	json_t *teachers;		/* owned; addresses of teachers and of the school's owners */
	json_t *owners_seen;		/* owned; account ids; NULL: nobody has looked yet */
	json_t *exceptions;		/* owned; of the class, by account */
	json_t *drift_before, *drift;	/* owned; as recorded, and as this look sees it */
	json_t *missing;		/* owned; learner -> account that was there, and is not */
	json_t *previewed;		/* owned; what the preview said would happen; NULL: none */
	char today[16];
	int64_t grace_days;
	size_t unpreviewed, held, later;
	bool approval_told;		/* some of the removals that were approved are made */
	bool closed;			/* the class is not open to learners yet */
	bool holding, over;		/* removals are held back: asked for, or the class is over, */
	bool incomplete;		/* or the roster's rows of it could not all be read */
	json_t *unread;			/* owned; ids of learners with a place in it and no record */
	int64_t fresh_until;		/* a Team this young may still be on its way */
	size_t wave_count, out_count, out_most, next_settled;
	int pages, misses, told_leavers;
	bool open;			/* a change is asked for, and nobody knows what became of it */
	bool emptied, missed_once, gone, members_known, group_due, owners_read, settled;
};

/* What the job is to go by, from the records: it is asked once, when they have been read. */
void sync_note_rules(struct job *j, struct sync *s, const json_t *class);

/* Takes up what earlier attempts wrote: rows and intentions. */
void sync_take_up(struct job *j, struct sync *s);
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
/* Takes up what was found; true: there is another rung to look on. */
bool sync_apply_search(struct sync *s);
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

bool sync_brakes(struct job *j, struct sync *s);
void sync_put_held(struct job *j, struct sync *s);
size_t sync_next_removals(struct job *j, struct sync *s);
void sync_intend_removals(struct sync *s);
/* pause_ms: before what is not known is looked at again. */
bool sync_put_removals(struct job *j, struct sync *s, const struct answer *a,
    int64_t *pause_ms);
void sync_put_planned_removals(struct job *j, struct sync *s);
void sync_removals_refused(struct job *j, struct sync *s, const char *code);

/* ---- sync_ladder.c: who is who ---- */

void sync_note_ladder(struct job *j, struct sync *s, const json_t *class);
bool sync_is_there(const struct sync *s, const char *user_id);

/* ---- sync_rules.c: what is let stand, held back, or was not previewed ---- */

bool sync_is_excepted(const struct sync *s, const char *user_id);
void sync_hold_additions(struct sync *s);
void sync_hold_removals(struct sync *s);
/* One sentence about all that was held back, if anything. */
void sync_put_message(struct job *j, const struct sync *s);

/* ---- sync_drift.c: what people changed by hand, and the history ---- */

/* After the plan: who is there, or is not, by somebody else's hand. */
void sync_note_drift(struct job *j, struct sync *s);
/* What was done about it: reverted, held or failed; true when that is news. */
bool sync_drift_became(struct job *j, struct sync *s, const char *user_id, const char *became);
/* Of a class without Team: its owners have to be read before anybody can be taken out. */
bool sync_needs_owners(const struct sync *s);
void sync_note_owners(struct sync *s);
void sync_tell_learner(struct job *j, const struct learner *l, const struct row *r,
    enum standing was);
void sync_tell_removal(struct job *j, const struct row *r);

/* What sync_rows.c and sync_removals.c have from each other: leavers that are to be told of,
 * whether nobody is left to be removed, and who has which row (NULL: none). */
int64_t sync_plan_leavers(struct job *j, struct sync *s);
bool sync_is_over(const struct sync *s);
void sync_settle_departed(struct job *j, struct sync *s);
void sync_note_unknown_removals(struct job *j, struct sync *s);
void sync_note_told(struct sync *s, const char *learner, const char *user_id,
    const char *outcome);
const char *sync_told_as(const struct sync *s, const char *learner, const char *user_id);
bool sync_is_told(const struct sync *s, const char *learner, const char *user_id);

void sync_put_standing(struct job *j, struct sync *s);
void sync_clear(struct sync *s);

#endif
