/*
 * assertion - a signed statement (JWT, RFC 7523) that the bearer is our app.
 *
 * As Microsoft wants it (graph.md 1.3): PS256, and the certificate named in the header
 * by the SHA-256 of its DER form, x5t#S256. OpenSSL reads the files, libjose signs.
 */
#include "assertion.h"

#include <jansson.h>
#include <jose/jose.h>
#include <jose/openssl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "guid.h"

enum { LIFE_S = 600, BITS_LEAST = 2048, MS_PER_S = 1000 };

struct signer {
	json_t *key;	    /* owned; a JWK */
	json_t *thumbprint; /* owned; base64url of the certificate's SHA-256 */
};

/* ---- reading ------------------------------------------------------------------------------- */

static X509 *read_certificate(const char *file, struct err *e)
{
	BIO *in = BIO_new_file(file, "r");
	X509 *certificate = in ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;
	if (!in)
		err_set(e, ERR_INPUT, "%s: the certificate cannot be opened; check path and rights",
		    file);
	else if (!certificate)
		err_set(e, ERR_INPUT,
		    "%s: no certificate in it; it must be PEM (BEGIN CERTIFICATE)", file);
	BIO_free(in);
	ERR_clear_error();
	return certificate;
}

/* no_passphrase answers in place of a prompt on the terminal. */
static int no_passphrase(char *text, int size, int for_writing, void *ctx)
{
	(void)text, (void)size, (void)for_writing, (void)ctx;
	return -1;
}

static EVP_PKEY *read_key(const char *file, struct err *e)
{
	BIO *in = BIO_new_file(file, "r");
	EVP_PKEY *key = in ? PEM_read_bio_PrivateKey(in, NULL, no_passphrase, NULL) : NULL;
	if (!in)
		err_set(e, ERR_INPUT, "%s: the key cannot be opened; check path and rights", file);
	else if (!key)
		err_set(e, ERR_INPUT,
		    "%s: no private key in it; it must be PEM (BEGIN PRIVATE KEY) without a "
		    "passphrase",
		    file);
	BIO_free(in);
	ERR_clear_error();
	return key;
}

static int check_pair(X509 *certificate, EVP_PKEY *key, const char *key_file, struct err *e)
{
	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA || EVP_PKEY_get_bits(key) < BITS_LEAST)
		return err_set(e, ERR_INPUT, "%s: the key must be RSA with %d bits or more",
		    key_file, BITS_LEAST);
	bool match = X509_check_private_key(certificate, key) == 1;
	ERR_clear_error();
	return match ? 0
		     : err_set(e, ERR_INPUT, "%s: the key does not belong to the certificate",
			   key_file);
}

static json_t *thumbprint_of(const X509 *certificate)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int length = 0;
	if (X509_digest(certificate, EVP_sha256(), digest, &length) != 1)
		return NULL;
	return jose_b64_enc(digest, length);
}

struct signer *signer_read(const char *certificate_file, const char *key_file, struct err *e)
{
	struct signer *s = NULL;
	EVP_PKEY *key = NULL;
	X509 *certificate = read_certificate(certificate_file, e);
	if (!certificate)
		goto out;
	key = read_key(key_file, e);
	if (!key || check_pair(certificate, key, key_file, e) < 0)
		goto out;
	s = xcalloc(1, sizeof *s);
	s->key = jose_openssl_jwk_from_EVP_PKEY(NULL, key);
	s->thumbprint = thumbprint_of(certificate);
	if (!s->key || !s->thumbprint) {
		err_set(e, ERR_SYSTEM, "%s: the key cannot be used for signing", key_file);
		signer_free(s);
		s = NULL;
	}
out:
	EVP_PKEY_free(key);
	X509_free(certificate);
	return s;
}

void signer_free(struct signer *s)
{
	if (!s)
		return;
	const char *name;
	json_t *part;
	json_object_foreach (s->key, name, part)
		if (json_is_string(part))
			sodium_memzero(
			    (char *)(uintptr_t)json_string_value(part), json_string_length(part));
	json_decref(s->key);
	json_decref(s->thumbprint);
	free(s);
}

/* ---- signing --------------------------------------------------------------------------------- */

static json_t *claims_of(const char *client_id, const char *audience)
{
	char id[GUID_ROOM];
	json_int_t now_s = clock_wall_ms() / MS_PER_S;
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I}", "aud", audience, "iss", client_id,
	    "sub", client_id, "jti", guid_new(id), "nbf", now_s, "iat", now_s, "exp",
	    now_s + LIFE_S);
}

/* compact joins the three parts of a signed statement. */
static char *compact(const json_t *jws)
{
	const char *header = json_string_value(json_object_get(jws, "protected"));
	const char *payload = json_string_value(json_object_get(jws, "payload"));
	const char *signature = json_string_value(json_object_get(jws, "signature"));
	return header && payload && signature ? xasprintf("%s.%s.%s", header, payload, signature)
					      : NULL;
}

char *assertion_new(
    const struct signer *s, const char *client_id, const char *audience, struct err *e)
{
	char *text = NULL;
	json_t *claims = claims_of(client_id, audience);
	json_t *jws = json_pack("{s:o}", "payload", jose_b64_enc_dump(claims));
	json_t *header = json_pack("{s:{s:s, s:s, s:O}}", "protected", "alg", "PS256", "typ", "JWT",
	    "x5t#S256", s->thumbprint);
	if (jws && header && jose_jws_sig(NULL, jws, header, s->key))
		text = compact(jws);
	if (!text)
		err_set(e, ERR_SYSTEM, "the certificate assertion cannot be signed");
	json_decref(header);
	json_decref(jws);
	json_decref(claims);
	return text;
}

void assertion_free(char *assertion)
{
	if (!assertion)
		return;
	sodium_memzero(assertion, strlen(assertion));
	free(assertion);
}
