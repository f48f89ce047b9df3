/*
 * owners - who owns a new class in Microsoft 365. Pure: no network, no Redis.
 *
 * Whoever asked for it, the school's extra owners, and the teaching staff: of a teaching
 * group, and of every class where teachers make their own Teams. Owners are only ever
 * added, and a class never has none.
 */
#ifndef OWNERS_H
#define OWNERS_H

#include <stdbool.h>
#include <stddef.h>

#include "json.h"

struct owners_from {
	const json_t *teachers, *extra;	/* lists of {id, name, email}, or NULL */
	const char *kind;		/* of the class: registration, year, teaching */
	const char *source;		/* of the register: "seemis", …; "" */
	const char *asked_by;		/* a staff id */
	const char *asker_address;	/* for who asks and is on neither list; "" */
	bool group_sync;		/* the school's groups become classes by rule: a form
					 * teacher is no owner unless who asked */
};

struct owners {
	char **at;	/* owned: addresses, each once; the first is the one to begin with */
	size_t count;
	bool has_asker;	/* the first is who asked for it */
	bool knows_asker;	/* who asked is on a list, be it without an address */
};

void owners_choose(struct owners *o, const struct owners_from *f);
void owners_clear(struct owners *o);

/* owners_of_text reads the school's setting extra_owners, a list in JSON; the caller owns
 * it. NULL when there is none. */
json_t *owners_of_text(const char *text);

#endif
