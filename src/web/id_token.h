/*
 * id_token - who signed in, as Microsoft says it and as far as it is believed (OpenID Connect
 * Core 3.1.3.7).
 */
#ifndef ID_TOKEN_H
#define ID_TOKEN_H

#include "err.h"
#include "json.h"
#include "jws.h"

struct identity {
	char *tenant, *account;	/* owned: ids at Microsoft's */
	char *email, *name;	/* owned, for people */
};
void identity_clear(struct identity *i);

struct id_token_rules {
	const char *authority;	/* of the issuer */
	const char *client_id;	/* whom it has to be for */
	const char *nonce;	/* what it has to answer */
};

/* id_token_read believes the token if that key signed it (RS256) and every claim is as it has
 * to be; *e says what is not, and repeats nothing of it. */
int id_token_read(const struct jws *j, const json_t *key, const struct id_token_rules *r,
    struct identity *i, struct err *e) MUST_CHECK;

#endif
