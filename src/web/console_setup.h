/* console_setup - the set-up of a school as somebody sends it. */
#ifndef CONSOLE_SETUP_H
#define CONSOLE_SETUP_H

#include "err.h"
#include "json.h"

struct setup {
	const json_t *school;	/* as it was */
	json_t *fields;		/* owned: field -> text; null: it is to be dropped */
	struct err error;	/* of the first member that will not do; code 0: all are good */
};

/* setup_read reads the members of body into the fields that keep them. */
void setup_read(struct setup *s, const json_t *body);

#endif
