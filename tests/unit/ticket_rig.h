/* ticket_rig - a portal that signs tickets: its keys, made here, and what it says of staff. */
#ifndef TICKET_RIG_H
#define TICKET_RIG_H

#include <jose/b64.h>
#include <jose/jwk.h>
#include <jose/jws.h>
#include <jose/openssl.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>

#include "buf.h"
#include "clock.h"
#include "test.h"
#include "ticket.h"

#define SECRET "a secret that only the portal and rollcall-web know"

/* rig_rsa makes a pair of so many bits, as a JWK without an algorithm. */
static inline json_t *rig_rsa(unsigned bits)
{
	EVP_PKEY *pair = EVP_RSA_gen(bits);
	json_t *key = jose_openssl_jwk_from_EVP_PKEY(NULL, pair);
	CHECK(key != NULL);
	EVP_PKEY_free(pair);
	return key;
}

/* rig_key makes a pair of keys for an algorithm, as a JWK. */
static inline json_t *rig_key(const char *algorithm)
{
	bool is_rsa = algorithm[0] == 'R' || algorithm[0] == 'P';
	json_t *key = is_rsa ? rig_rsa(2048) : json_object();
	json_object_set_new(key, "alg", json_string(algorithm));
	CHECK(is_rsa || jose_jwk_gen(NULL, key));
	return key;
}

static inline json_t *rig_secret(const char *secret)
{
	return json_pack("{s:s, s:s, s:o}", "kty", "oct", "alg", "HS256", "k",
	    jose_b64_enc(secret, strlen(secret)));
}

/* rig_pem is the public half in PEM, or the whole; free it. */
static inline char *rig_pem(const json_t *key, bool is_private)
{
	char *text;
	BIO *out = BIO_new(BIO_s_mem());
	EVP_PKEY *pair = jose_openssl_jwk_to_EVP_PKEY(NULL, key);
	CHECK(pair != NULL);
	CHECK((is_private ? PEM_write_bio_PrivateKey(out, pair, NULL, NULL, 0, NULL, NULL)
			  : PEM_write_bio_PUBKEY(out, pair)) == 1);
	long length = BIO_get_mem_data(out, &text);
	char *copy = xstrndup(text, (size_t)length);
	EVP_PKEY_free(pair);
	BIO_free(out);
	return copy;
}

/* rig_sign makes a JWT; header is taken over and may add to what alg says. Free it. */
static inline char *rig_sign(const json_t *key, json_t *header, const char *claims)
{
	json_t *jws = json_pack("{s:o}", "payload", jose_b64_enc(claims, strlen(claims)));
	if (!json_object_get(header, "alg"))
		json_object_set(header, "alg", json_object_get(key, "alg"));
	json_t *signature = json_pack("{s:o}", "protected", header);
	CHECK(jose_jws_sig(NULL, jws, signature, key));
	char *text = xasprintf("%s.%s.%s", json_text(jws, "protected"), json_text(jws, "payload"),
	    json_text(jws, "signature"));
	json_decref(signature);
	json_decref(jws);
	return text;
}

static inline struct ticket_keys *rig_keys(const char *content)
{
	struct err e = {0};
	struct ticket_keys *k = ticket_keys_read(test_write("ticket-key", content), &e);
	if (!k)
		FAIL("%s", e.text);
	return k;
}

#endif
