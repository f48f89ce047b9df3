/* classes - the classes of a register, and whose they are. */
#ifndef CLASSES_H
#define CLASSES_H

#include "web.h"

/* class_is_in_use tells whether staff are shown a class: a register class of the current year
 * ("" if the school has not said) that was not taken off the lists. */
bool class_is_in_use(const char *year, const char *kind, const char *active,
    const char *current_year);

/* class_permit goes on with go if whoever asks may touch the class: staff those in use of their
 * own school of whose register they are teachers, programs those of their school. Otherwise it
 * answers 404 (what is not theirs does not exist for them) and the refusal is audited. */
void class_permit(struct visit *v, const char *school, const char *class_id,
    void (*go)(struct visit *v));

/* class_permit_or is for what belongs to a class, in use or not any more, and does not exist for
 * others either: a refusal, audited all the same, ends with refused. */
void class_permit_or(struct visit *v, const char *school, const char *class_id,
    void (*go)(struct visit *v), void (*refused)(struct visit *v));

/* One class as its record, its register and its live job say, for people and programs. */
struct class_look {
	char *school, *id;		/* owned */
	json_t *record;			/* owned: the class's hash as Redis has it; may be empty */
	json_t *learners;		/* owned: id -> the text of its row; NULL: not asked for */
	json_t *job;			/* owned: {id,type,state,…} of the live one; NULL: none */
	bool is_registered;		/* the register knows it */
};
void class_look_clear(struct class_look *c);

/* class_look reads count classes in one go; the array is the callback's, its parts to be
 * cleared; *e NULL unless it failed. */
typedef void (*class_look_fn)(void *ctx, struct class_look *at, size_t count,
    const struct err *e);
void class_look(struct web *web, const char *school, const char *const *ids, size_t count,
    bool learners, class_look_fn fn, void *ctx);

/* class_json is the class as the list shows it (requirements 3.1, 3.2). */
json_t *class_json(const struct class_look *c);

/* class_answer_learners answers with the learners of a class that was looked at with them. */
void class_answer_learners(struct visit *v, const struct class_look *c);

#endif
