/*
 * pause - what an operator has stopped, as every command that shows waiting jobs says it.
 */
#ifndef PAUSE_H
#define PAUSE_H

#include "cli.h"

/* pauses_read gives what is paused: a list of {"what", "at", "who"}, the whole queue first;
 * what is "*", "school:green-hill" or "type:sync-learners". The caller owns it. */
json_t *pauses_read(struct cli *c);

/* pauses_of makes the same of the hash that HGETALL gave. */
json_t *pauses_of(const struct reply *r);

/* pause_sentence writes one of them as people say it. */
void pause_sentence(const json_t *pause, char *text, size_t room);

/* pauses_say prints a line for each. */
void pauses_say(const json_t *pauses);

/* pauses_hold tells whether a job of this type and school is held up by one of them, and
 * gives a sentence in text; "" if by none. */
bool pauses_hold(const json_t *pauses, const char *type, const char *school, char *text,
    size_t room);

#endif
