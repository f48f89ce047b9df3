/*
 * import_pull - between import_pull.c, which knows the collections of OneRoster's REST, and
 * import_ask.c, which gets a page of one.
 */
#ifndef IMPORT_PULL_H
#define IMPORT_PULL_H

#include "http.h"
#include "import.h"

/* What a provider answered. */
struct got {
	int status;
	json_t *body;		/* owned */
	int64_t total;		/* of the collection; -1: it does not say */
	bool last;		/* it says that no page follows */
};

struct pull {
	struct import *i;
	struct http *http;	/* owned, like the texts */
	char *root, *token_url, *client_id, *secret, *token;
	const char *scope;
	int64_t until_ms;	/* clock_mono_ms: all of it takes no longer */
};

/* pull_open reads --from and what belongs to it; *e names what is off. */
int pull_open(struct pull *p, struct import *i, struct err *e) MUST_CHECK;
void pull_close(struct pull *p);

/* pull_get asks for one page, as often as it takes: throttling and outages are waited out, a
 * token that ran out is renewed. */
int pull_get(struct pull *p, const char *path, struct got *g, struct err *e) MUST_CHECK;

#endif
