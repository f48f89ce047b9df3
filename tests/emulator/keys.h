/*
 * keys - signed tokens.
 *
 * Access tokens, codes and refresh tokens are JWTs under a secret that follows from
 * the seed: they need no store and outlive a restart. id_tokens are signed with an
 * RSA key of this run, which /discovery/v2.0/keys publishes.
 */
#ifndef KEYS_H
#define KEYS_H

#include <jansson.h>
#include <openssl/evp.h>
#include <stdint.h>

struct app;

struct keys {
	unsigned char secret[32];
	EVP_PKEY *rsa;			/* owned; made when first needed */
	char id[64];
};

void keys_init(struct keys *k, uint64_t seed);
void keys_clear(struct keys *k);

/* keys_seal makes a token of claims (borrowed); keys_open gives the claims of a
 * token that keys_seal made, or NULL. */
char *keys_seal(const struct keys *k, const json_t *claims);
json_t *keys_open(const struct keys *k, const char *token);

/* keys_sign_id signs claims (borrowed) with RS256, or as odd says (README.md, id_token; may be
 * NULL). keys_published is the JWK set; keys_change puts another key in place of the one in
 * it. */
char *keys_sign_id(struct keys *k, const json_t *claims, const json_t *odd);
json_t *keys_published(struct keys *k);
void keys_change(struct keys *k);

/* keys_check_assertion verifies a client_assertion of app (RS256 or PS256, key and
 * thumbprint of its certificate). It returns the claims, or NULL. */
json_t *keys_check_assertion(const struct app *a, const char *assertion);

#endif
