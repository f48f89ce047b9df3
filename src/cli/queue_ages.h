/*
 * queue_ages - how long the ready jobs of each school have waited, in buckets that double, as
 * Postfix's qshape shows a mail queue: a school that nobody serves and a flood that has only
 * just come look different at once.
 */
#ifndef QUEUE_AGES_H
#define QUEUE_AGES_H

#include "cli.h"

/* ages_read gives each of the schools of a queue object an "ages" list, the queue the
 * "age_limits_ms" of the buckets (there is one more, for what is older than all), and
 * "ages_cut" where there was more to look at than is reasonable. */
void ages_read(struct cli *c, json_t *queue);

void ages_print(const json_t *queue);

#endif
