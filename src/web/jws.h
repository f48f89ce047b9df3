/*
 * jws - a signed statement in its compact form (RFC 7515): header.claims.signature.
 *
 * Reading it proves nothing: whoever reads asks jws_is_by, with a key that fixes the
 * algorithm, before believing a word.
 */
#ifndef JWS_H
#define JWS_H

#include <stdbool.h>

#include "err.h"
#include "json.h"

struct jws {
	json_t *header, *claims;	/* owned */
	json_t *parts;			/* owned: as libjose takes them */
	const char *algorithm;		/* as the header claims; borrowed from it */
	const char *key_id;		/* or NULL; borrowed from the header */
};

/* jws_read takes the text apart. *e says what is off, and never repeats the text. */
int jws_read(struct jws *j, const char *text, struct err *e) MUST_CHECK;
void jws_clear(struct jws *j);

/* jws_is_by tells whether the key's owner signed it; the key has to say its alg, and
 * the header the same. */
bool jws_is_by(const struct jws *j, const json_t *key);

#endif
