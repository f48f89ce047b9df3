/*
 * reasons - the contract's words (outcomes, reasons, error codes) as people read them, each
 * with what to do about it. The one place for these sentences.
 */
#ifndef REASONS_H
#define REASONS_H

#include <stdbool.h>

enum colour { PLAIN, BOLD, GREEN, BLUE, RED, GREY, ORANGE };

/* A word of the contract as people read it. */
struct word {
	const char *word, *label;
	enum colour colour;
};

/* The outcomes of a learner; the first six are the counts of the Sync Summary, in its order. */
enum { COUNTED = 6 };
extern const struct word outcomes[];	/* ends with a row without a word */

/* An outcome of one learner: what it is called and the colour of the count it belongs to. */
const char *outcome_label(const char *outcome);
enum colour outcome_colour(const char *outcome);

/* Why a learner has an outcome, and what to do; "" where there is nothing to say. An
 * unknown reason (of a newer worker) is its own label. */
const char *reason_label(const char *outcome, const char *reason);
const char *reason_action(const char *outcome, const char *reason);

/* What an event of a school's history (history.h) is called. */
const char *event_label(const char *what);

/* What to do about a job that failed, by its error_code; "" if the error says it all. */
const char *code_action(const char *error_code);

/* type_is_known tells whether rollcall knows this type of job; a worker may know more. */
bool type_is_known(const char *type);
extern const char types_known[];	/* for people */

bool state_is_known(const char *state);

/* run_is_whole tells whether a school's run that ended so went over every class. Only then a
 * preview has named everybody, and is a plan. */
bool run_is_whole(const char *state);

/* Colours of job states and of a learner's standing in a class. */
enum colour state_colour(const char *state);
enum colour status_colour(const char *status);
const char *status_label(const char *status);

#endif
