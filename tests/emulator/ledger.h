/*
 * ledger - every effective change, a JSON object a line. Tests compare it with what
 * Rollcall says it did; change.c can replay it.
 */
#ifndef LEDGER_H
#define LEDGER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "err.h"

#define LEDGER_FILES 2

struct ledger {
	char **lines;			/* owned, a ring of the newest */
	int64_t first_seq, next_seq;
	int files[LEDGER_FILES];	/* descriptors, or -1 */
};

void ledger_init(struct ledger *l);
void ledger_clear(struct ledger *l);

/* ledger_open also writes lines to path from now on; fresh empties it first. */
int ledger_open(struct ledger *l, const char *path, bool fresh, struct err *e) MUST_CHECK;

/* ledger_add numbers event and keeps it; quiet: not into files (it came from one). */
void ledger_add(struct ledger *l, json_t *event, bool quiet);

/* ledger_text gives the lines after seq, newline after each; free it. */
char *ledger_text(const struct ledger *l, int64_t after_seq);

#endif
