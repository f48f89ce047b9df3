/*
 * ticket_keys - what proves the portal's tickets: the file of web.ticket_key_file.
 *
 * The file alone says by which algorithm each key signs, so that no ticket can choose:
 *
 *	-----BEGIN PUBLIC KEY-----	P-256: ES256; RSA: RS256
 *	alg: PS256			on a line before an RSA key: PS256
 *	{"kty":...} or {"keys":[...]}	JWK; "alg" tells RS256 and PS256 apart
 *	any other text			each line a secret for HS256; hex: or base64: before it
 *					if the secret is what that decodes to; # is a comment
 *
 * Several keys may stand there, so that the portal can change its own without a gap.
 */
#ifndef TICKET_KEYS_H
#define TICKET_KEYS_H

#include "jws.h"

struct ticket_keys;

/* ticket_keys_read: NULL and *e name the file and the remedy. */
struct ticket_keys *ticket_keys_read(const char *path, struct err *e);
void ticket_keys_free(struct ticket_keys *k);	/* wipes; NULL is allowed */

enum ticket_proof {
	TICKET_PROVED,
	TICKET_OTHER_ALGORITHM,	/* no key of ours signs by what the header says */
	TICKET_FORGED,
};
enum ticket_proof ticket_keys_prove(const struct ticket_keys *k, const struct jws *j);

/* ticket_keys_algorithms names what the keys sign by: "ES256", "RS256, PS256". */
const char *ticket_keys_algorithms(const struct ticket_keys *k, char text[64]);

#endif
