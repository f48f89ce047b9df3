/*
 * ticket_keys - each key becomes a JWK of nothing but its numbers and its algorithm; what a
 * JWK of the file says beside that is left behind.
 */
#include "ticket_keys.h"

#include <errno.h>
#include <jose/openssl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

enum {
	FILE_MAX_BYTES = 65536,
	KEYS_MAX = 16,
	RSA_BITS_LEAST = 2048,
	SECRET_LEAST_BYTES = 32,
	ALGORITHM_MAX = 16,
	JWK_DEPTH_MAX = 4,
};

struct ticket_key {
	json_t *jwk; /* owned; "alg" is always there */
	char *id;    /* owned, or NULL: kid */
};

struct ticket_keys {
	const char *path; /* borrowed while the file is read */
	struct ticket_key keys[KEYS_MAX];
	size_t count;
};

static void wipe(json_t *jwk)
{
	const char *name;
	json_t *part;
	json_object_foreach (jwk, name, part)
		if (json_is_string(part))
			sodium_memzero(
			    (char *)(uintptr_t)json_string_value(part), json_string_length(part));
	json_decref(jwk);
}

/* ---- one key ------------------------------------------------------------------------------ */

/* add takes the JWK over. */
static int add(
    struct ticket_keys *k, json_t *jwk, const char *algorithm, const char *id, struct err *e)
{
	if (k->count == KEYS_MAX) {
		wipe(jwk);
		return err_set(e, ERR_LIMIT, "%s: more than %d keys", k->path, KEYS_MAX);
	}
	json_object_set_new(jwk, "alg", json_string(algorithm));
	k->keys[k->count++] = (struct ticket_key){jwk, id ? xstrdup(id) : NULL};
	return 0;
}

static int add_secret(struct ticket_keys *k, const unsigned char *secret, size_t length,
    const char *id, struct err *e)
{
	if (length < SECRET_LEAST_BYTES)
		return err_set(e, ERR_INPUT,
		    "%s: a secret for HS256 has %d bytes or more (openssl rand -base64 48 makes "
		    "one); for a public key the file must be PEM or JWK",
		    k->path, SECRET_LEAST_BYTES);
	char encoded[4 * FILE_MAX_BYTES / 3 + 8];
	sodium_bin2base64(
	    encoded, sizeof encoded, secret, length, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	json_t *jwk = json_pack("{s:s, s:s}", "kty", "oct", "k", encoded);
	sodium_memzero(encoded, sizeof encoded);
	return add(k, jwk, "HS256", id, e);
}

/* check_algorithm finds the one algorithm of a public key; said is what the file says, or
 * NULL. */
static const char *algorithm_of(
    const struct ticket_keys *k, const EVP_PKEY *key, const char *said, struct err *e)
{
	char curve[32] = "";
	int kind = EVP_PKEY_get_base_id(key);
	if (kind == EVP_PKEY_EC) {
		EVP_PKEY_get_group_name(key, curve, sizeof curve, NULL);
		if (strcmp(curve, "prime256v1") == 0 && (!said || strcmp(said, "ES256") == 0))
			return "ES256";
		err_set(e, ERR_INPUT, "%s: an elliptic key must be P-256 and signs by ES256%s%s",
		    k->path, said ? ", not " : "", said ? said : "");
	} else if (kind == EVP_PKEY_RSA) {
		if (EVP_PKEY_get_bits(key) < RSA_BITS_LEAST)
			err_set(e, ERR_INPUT, "%s: an RSA key must have %d bits or more, not %d",
			    k->path, RSA_BITS_LEAST, EVP_PKEY_get_bits(key));
		else if (!said || strcmp(said, "RS256") == 0)
			return "RS256";
		else if (strcmp(said, "PS256") == 0)
			return "PS256";
		else
			err_set(e, ERR_INPUT, "%s: an RSA key signs by RS256 or PS256, not %s",
			    k->path, said);
	} else {
		err_set(e, ERR_INPUT, "%s: a key must be elliptic (P-256) or RSA", k->path);
	}
	return NULL;
}

/* add_public takes the key over. */
static int add_public(
    struct ticket_keys *k, EVP_PKEY *key, const char *said, const char *id, struct err *e)
{
	const char *algorithm = algorithm_of(k, key, said, e);
	json_t *jwk = algorithm ? jose_openssl_jwk_from_EVP_PKEY(NULL, key) : NULL;
	EVP_PKEY_free(key);
	if (!algorithm)
		return ERR_INPUT;
	if (!jwk)
		return err_set(e, ERR_INPUT, "%s: a key in it cannot be used", k->path);
	return add(k, jwk, algorithm, id, e);
}

/* ---- PEM ------------------------------------------------------------------------------------ */

/* said_before finds "alg: X" on a line of its own between two keys; "" if there is none. */
static const char *said_before(const char *from, const char *to, char word[ALGORITHM_MAX])
{
	word[0] = '\0';
	for (const char *line = from; line < to; line += strcspn(line, "\n") + 1) {
		if (strncmp(line, "alg:", 4) != 0)
			continue;
		const char *at = line + 4 + strspn(line + 4, " \t");
		size_t length = strcspn(at, " \t\r\n");
		(void)snprintf(word, ALGORITHM_MAX, "%.*s", (int)(length < 15 ? length : 15), at);
	}
	return word;
}

static int read_pem_key(struct ticket_keys *k, BIO *in, const char *said, struct err *e)
{
	char *name = NULL, *header = NULL;
	unsigned char *data = NULL;
	long length = 0;
	EVP_PKEY *key = NULL;
	int rc = 0;
	if (PEM_read_bio(in, &name, &header, &data, &length) != 1) {
		rc = err_set(e, ERR_INPUT, "%s: a key in it is cut or not PEM", k->path);
	} else if (strcmp(name, "PUBLIC KEY") != 0) {
		rc = err_set(e, ERR_INPUT,
		    "%s: holds a %.40s, and only the public key belongs here: openssl pkey -in "
		    "FILE -pubout, or openssl x509 -in FILE -pubkey -noout",
		    k->path, name);
	} else {
		const unsigned char *at = data;
		key = d2i_PUBKEY(NULL, &at, length);
		rc = key ? add_public(k, key, *said ? said : NULL, NULL, e)
			 : err_set(e, ERR_INPUT, "%s: a key in it cannot be read", k->path);
	}
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_clear_free(data, length > 0 ? (size_t)length : 0);
	ERR_clear_error();
	return rc;
}

static int read_pem(struct ticket_keys *k, const char *text, struct err *e)
{
	char said[ALGORITHM_MAX];
	const char *from = text;
	int rc = 0;
	for (const char *at; rc == 0 && (at = strstr(from, "-----BEGIN ")); from = at + 1) {
		BIO *in = BIO_new_mem_buf(at, -1);
		rc = read_pem_key(k, in, said_before(from, at, said), e);
		BIO_free(in);
	}
	return rc;
}

/* ---- JWK ------------------------------------------------------------------------------------- */

static int read_jwk_secret(struct ticket_keys *k, const json_t *jwk, struct err *e)
{
	unsigned char secret[FILE_MAX_BYTES];
	size_t length = 0;
	const char *encoded = json_text_or(jwk, "k", "");
	const char *said = json_text_or(jwk, "alg", "HS256");
	if (strcmp(said, "HS256") != 0)
		return err_set(
		    e, ERR_INPUT, "%s: a secret signs by HS256, not %.15s", k->path, said);
	if (sodium_base642bin(secret, sizeof secret, encoded, strlen(encoded), NULL, &length, NULL,
		sodium_base64_VARIANT_URLSAFE_NO_PADDING) < 0)
		return err_set(e, ERR_INPUT, "%s: \"k\" of a key is not base64url", k->path);
	int rc = add_secret(k, secret, length, json_text(jwk, "kid"), e);
	sodium_memzero(secret, sizeof secret);
	return rc;
}

static int read_jwk(struct ticket_keys *k, const json_t *jwk, struct err *e)
{
	if (!json_is_object(jwk))
		return err_set(e, ERR_INPUT, "%s: a key of the set is no object", k->path);
	if (strcmp(json_text_or(jwk, "use", "sig"), "sig") != 0)
		return 0;
	if (strcmp(json_text_or(jwk, "kty", ""), "oct") == 0)
		return read_jwk_secret(k, jwk, e);
	if (json_object_get(jwk, "d"))
		return err_set(e, ERR_INPUT,
		    "%s: holds a private key (\"d\"), and only the public part belongs here",
		    k->path);
	EVP_PKEY *key = jose_openssl_jwk_to_EVP_PKEY(NULL, jwk);
	ERR_clear_error();
	if (!key)
		return err_set(e, ERR_INPUT,
		    "%s: a key in it cannot be read; \"kty\" must be EC, RSA or oct", k->path);
	return add_public(k, key, json_text(jwk, "alg"), json_text(jwk, "kid"), e);
}

static int read_json(struct ticket_keys *k, const char *text, size_t length, struct err *e)
{
	json_t *root = json_read(text, length, JWK_DEPTH_MAX, e), *set = json_list(root, "keys");
	int rc = 0;
	if (!root)
		err_prefix(e, "%s", k->path);
	if (!root || !set)
		rc = root ? read_jwk(k, root, e) : e->code;
	for (size_t i = 0; rc == 0 && i < json_array_size(set); i++)
		rc = read_jwk(k, json_array_get(set, i), e);
	json_decref(root);
	return rc;
}

/* ---- secrets --------------------------------------------------------------------------------- */

static int read_secret(struct ticket_keys *k, const char *line, size_t length, struct err *e)
{
	unsigned char decoded[FILE_MAX_BYTES];
	size_t size = 0;
	int bad = 0;
	if (length > 4 && strncmp(line, "hex:", 4) == 0)
		bad = sodium_hex2bin(
		    decoded, sizeof decoded, line + 4, length - 4, NULL, &size, NULL);
	else if (length > 7 && strncmp(line, "base64:", 7) == 0)
		bad = sodium_base642bin(decoded, sizeof decoded, line + 7, length - 7, NULL, &size,
		    NULL, sodium_base64_VARIANT_ORIGINAL);
	else
		memcpy(decoded, line, size = length);
	int rc = bad ? err_set(e, ERR_INPUT,
			   "%s: what stands behind hex: or base64: is not of that kind", k->path)
		     : add_secret(k, decoded, size, NULL, e);
	sodium_memzero(decoded, sizeof decoded);
	return rc;
}

static int read_secrets(struct ticket_keys *k, const char *text, struct err *e)
{
	int rc = 0;
	for (const char *line = text; rc == 0 && *line;) {
		size_t length = strcspn(line, "\r\n");
		if (length > 0 && *line != '#')
			rc = read_secret(k, line, length, e);
		line += length + strspn(line + length, "\r\n");
	}
	return rc;
}

/* ---- the file --------------------------------------------------------------------------------- */

static int read_file(const char *path, char *text, size_t *length, struct err *e)
{
	FILE *file = fopen(path, "re");
	if (!file)
		return err_set(e, ERR_INPUT, "%s: the key that proves tickets cannot be opened: %s",
		    path, strerror(errno));
	setvbuf(file, NULL, _IONBF, 0); /* no copy in a buffer that nobody wipes */
	*length = fread(text, 1, FILE_MAX_BYTES, file);
	bool whole = feof(file) && !ferror(file);
	(void)fclose(file);
	text[*length] = '\0';
	if (!whole)
		return err_set(e, ERR_LIMIT, "%s: cannot be read, or is longer than %d bytes", path,
		    FILE_MAX_BYTES - 1);
	if (strlen(text) != *length)
		return err_set(e, ERR_INPUT, "%s: holds a NUL; a key is text", path);
	return 0;
}

static int read_keys(struct ticket_keys *k, const char *text, size_t length, struct err *e)
{
	int rc;
	if (text[strspn(text, " \t\r\n")] == '{')
		rc = read_json(k, text, length, e);
	else if (strstr(text, "-----BEGIN "))
		rc = read_pem(k, text, e);
	else
		rc = read_secrets(k, text, e);
	if (rc == 0 && k->count == 0)
		rc = err_set(e, ERR_INPUT, "%s: there is no key in it", k->path);
	return rc;
}

struct ticket_keys *ticket_keys_read(const char *path, struct err *e)
{
	struct ticket_keys *k = xcalloc(1, sizeof *k);
	char *text = xmalloc(FILE_MAX_BYTES + 1);
	size_t length = 0;
	k->path = path;
	int rc = read_file(path, text, &length, e);
	if (rc == 0)
		rc = read_keys(k, text, length, e);
	k->path = NULL;
	sodium_memzero(text, FILE_MAX_BYTES + 1);
	free(text);
	if (rc == 0)
		return k;
	ticket_keys_free(k);
	return NULL;
}

void ticket_keys_free(struct ticket_keys *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < k->count; i++) {
		wipe(k->keys[i].jwk);
		free(k->keys[i].id);
	}
	free(k);
}

/* ---- proving ------------------------------------------------------------------------------------ */

enum ticket_proof ticket_keys_prove(const struct ticket_keys *k, const struct jws *j)
{
	enum ticket_proof proof = TICKET_OTHER_ALGORITHM;
	for (size_t i = 0; i < k->count; i++) {
		const struct ticket_key *key = &k->keys[i];
		if (strcmp(json_text(key->jwk, "alg"), j->algorithm) != 0)
			continue;
		proof = TICKET_FORGED;
		if (key->id && j->key_id && strcmp(key->id, j->key_id) != 0)
			continue;
		if (jws_is_by(j, key->jwk))
			return TICKET_PROVED;
	}
	return proof;
}

const char *ticket_keys_algorithms(const struct ticket_keys *k, char text[64])
{
	size_t used = 0;
	text[0] = '\0';
	for (size_t i = 0; i < k->count; i++) {
		const char *algorithm = json_text(k->keys[i].jwk, "alg");
		if (!strstr(text, algorithm))
			used += (size_t)snprintf(
			    text + used, 64 - used, "%s%s", used ? ", " : "", algorithm);
	}
	return text;
}
