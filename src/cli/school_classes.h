/*
 * school_classes - all classes of a school with what is known of each: what workers recorded,
 * what the register says, and where they are wanted their learners and the changes by hand.
 */
#ifndef SCHOOL_CLASSES_H
#define SCHOOL_CLASSES_H

#include "cli.h"

struct school_class {
	char *id;		/* owned */
	json_t *record;		/* owned: its hash, as texts */
	json_t *told;		/* owned: its class object of the register */
	json_t *learners;	/* owned: learner id -> what is recorded of them */
	json_t *drift, *exceptions;	/* owned: user_id -> object */
};

/* school_entered gives the record of a school, which the caller owns; NULL, and a complaint, if
 * it was never entered. */
json_t *school_entered(struct cli *c, const char *school);

/* school_classes_read gives all classes, by name; objects that were not wanted are empty. */
enum { WITH_LEARNERS = 1, WITH_BY_HAND = 2 };
struct school_class *school_classes_read(
    struct cli *c, const char *school, unsigned with, size_t *count);
void school_classes_free(struct school_class *at, size_t count);

/* school_class_called finds the class of an id or of a name, of which there is only one; NULL
 * and a complaint otherwise. */
const struct school_class *school_class_called(
    const struct school_class *at, size_t count, const char *called);

/* As the school calls it; a word of the register, or else of the record; registration where
 * nobody says otherwise. */
const char *school_class_name(const struct school_class *k);
const char *school_class_word(const struct school_class *k, const char *word);
const char *school_class_kind(const struct school_class *k);
bool school_class_is_active(const struct school_class *k);

/* school_class_learner gives what the register says of a learner of the class; NULL if they
 * are not in it. */
json_t *school_class_learner(const struct school_class *k, const char *learner);

#endif
