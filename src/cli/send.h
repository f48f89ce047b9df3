/* send - a job that a command makes of its own words. */
#ifndef SEND_H
#define SEND_H

#include "cli.h"

/* send_envelope checks an envelope (taken over) as the worker will, pushes it with a fresh id
 * where it has none, and prints the id, or watches the job to its end. Gives the status. */
int send_envelope(struct cli *c, json_t *envelope, bool watch);

/* send_quietly does so with one that stays the caller's, and gives its id, to be freed; NULL
 * and a complaint if no worker is online, since nobody would ever answer. */
char *send_quietly(struct cli *c, json_t *envelope);

/* envelope_for begins one: type, school, and who asks. The caller owns it. */
json_t *envelope_for(const char *type, const char *school);

#endif
