/*
 * awaited - what the records of a school answer when they are ready, waited for: a command
 * has nothing else to do. Without an answer the program ends with a sentence and UNREACHED.
 */
#ifndef AWAITED_H
#define AWAITED_H

#include "cli.h"
#include "history.h"
#include "matches.h"

/* Whose account was chosen by hand: learner id -> object; the caller owns it. */
json_t *matches_awaited(struct cli *c, const char *school);

/* Both give YES; NO and a complaint if no more of them are kept. drop: it is taken away. */
int match_awaited(struct cli *c, const char *school, const struct match *m, bool drop);
int exception_awaited(struct cli *c, const char *school, const char *class_id,
    const struct exception *x, bool drop);

/* history_awaited gives the newest events that are wanted, up to most; the caller owns them. */
json_t *history_awaited(
    struct cli *c, const char *school, const struct history_event *like, size_t most);

#endif
