/* keys - see keys.h. */
#include "keys.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#include "buf.h"
#include "ids.h"
#include "json.h"
#include "world.h"

void keys_init(struct keys *k, uint64_t seed)
{
	char *text = xasprintf("rollcall-emulator %llu", (unsigned long long)seed);
	EVP_Digest(text, strlen(text), k->secret, NULL, EVP_sha256(), NULL);
	free(text);
	k->rsa = NULL;
	k->id[0] = '\0';
}

void keys_clear(struct keys *k)
{
	EVP_PKEY_free(k->rsa);
	k->rsa = NULL;
}

static char *encode_json(const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT);
	char *encoded = base64_url(text, strlen(text));
	free(text);
	return encoded;
}

/* "header.payload", ready to be signed. */
static char *signing_input(json_t *header, const json_t *claims)
{
	char *first = encode_json(header), *second = encode_json(claims);
	char *input = xasprintf("%s.%s", first, second);
	json_decref(header);
	free(first);
	free(second);
	return input;
}

static void mac(const struct keys *k, const char *input, size_t length, unsigned char digest[32])
{
	HMAC(EVP_sha256(), k->secret, sizeof(k->secret), (const unsigned char *)input, length,
	    digest, NULL);
}

char *keys_seal(const struct keys *k, const json_t *claims)
{
	char *input = signing_input(json_pack("{s:s,s:s}", "typ", "JWT", "alg", "HS256"), claims);
	unsigned char digest[32];
	mac(k, input, strlen(input), digest);
	char *signature = base64_url(digest, sizeof(digest));
	char *token = xasprintf("%s.%s", input, signature);
	free(input);
	free(signature);
	return token;
}

static json_t *decode_json(const char *from, size_t length)
{
	size_t decoded = 0;
	unsigned char *text = base64_read(from, length, &decoded);
	json_t *value = text ? json_read((char *)text, decoded, 8, NULL) : NULL;
	free(text);
	return value;
}

json_t *keys_open(const struct keys *k, const char *token)
{
	const char *payload = strchr(token, '.');
	const char *signature = payload ? strchr(payload + 1, '.') : NULL;
	if (!signature)
		return NULL;
	unsigned char digest[32];
	size_t length = 0;
	mac(k, token, (size_t)(signature - token), digest);
	unsigned char *given = base64_read(signature + 1, strlen(signature + 1), &length);
	bool genuine = given && length == sizeof(digest) && !memcmp(given, digest, length);
	free(given);
	return genuine ? decode_json(payload + 1, (size_t)(signature - payload - 1)) : NULL;
}

static EVP_PKEY *rsa_key(struct keys *k)
{
	if (!k->rsa) {
		k->rsa = EVP_RSA_gen(2048);
		unsigned char *der = NULL, digest[32];
		int length = i2d_PUBKEY(k->rsa, &der);
		EVP_Digest(der, (size_t)length, digest, NULL, EVP_sha256(), NULL);
		char *id = base64_url(digest, 20);
		text_copy(k->id, sizeof(k->id), id);
		free(id);
		OPENSSL_free(der);
	}
	return k->rsa;
}

/* Signatures in base64url: the right one, and what a forger makes of the published key. */
static char *sign_rs256(EVP_PKEY *key, const char *input)
{
	unsigned char signature[512];
	size_t length = sizeof(signature);
	EVP_MD_CTX *m = EVP_MD_CTX_new();
	EVP_DigestSignInit(m, NULL, EVP_sha256(), NULL, key);
	EVP_DigestSign(m, signature, &length, (const unsigned char *)input, strlen(input));
	EVP_MD_CTX_free(m);
	return base64_url(signature, length);
}

static char *key_number(EVP_PKEY *key, const char *name);

static char *sign_hs256(EVP_PKEY *key, const char *input)
{
	unsigned char digest[32];
	char *modulus = key_number(key, OSSL_PKEY_PARAM_RSA_N);
	HMAC(EVP_sha256(), modulus, (int)strlen(modulus), (const unsigned char *)input,
	    strlen(input), digest, NULL);
	free(modulus);
	return base64_url(digest, sizeof(digest));
}

static char *sign_as(struct keys *k, const char *how, const char *input)
{
	if (!strcmp(how, "none"))
		return xstrdup("");
	if (!strcmp(how, "secret"))
		return sign_hs256(rsa_key(k), input);
	if (strcmp(how, "other") != 0)
		return sign_rs256(rsa_key(k), input);
	EVP_PKEY *other = EVP_RSA_gen(2048);
	char *signature = sign_rs256(other, input);
	EVP_PKEY_free(other);
	return signature;
}

/* Members of odd take the place of those of object; null takes one away. */
static void put_odd(json_t *object, json_t *odd)
{
	const char *name;
	json_t *value;
	json_object_foreach (odd, name, value) {
		if (json_is_null(value))
			json_object_del(object, name);
		else
			json_object_set(object, name, value);
	}
}

char *keys_sign_id(struct keys *k, const json_t *claims, const json_t *odd)
{
	if (json_text(odd, "text"))
		return xstrdup(json_text(odd, "text"));
	(void)rsa_key(k);
	json_t *header = json_pack("{s:s,s:s,s:s}", "typ", "JWT", "alg", "RS256", "kid", k->id);
	json_t *payload = json_deep_copy(claims);
	put_odd(header, json_map(odd, "header"));
	put_odd(payload, json_map(odd, "claims"));
	char *input = signing_input(header, payload);
	char *signature = sign_as(k, json_text_or(odd, "sign", ""), input);
	char *token = xasprintf("%s.%s", input, signature);
	json_decref(payload);
	free(input);
	free(signature);
	return token;
}

void keys_change(struct keys *k)
{
	EVP_PKEY_free(k->rsa);
	k->rsa = NULL;
}

static char *key_number(EVP_PKEY *key, const char *name)
{
	BIGNUM *n = NULL;
	EVP_PKEY_get_bn_param(key, name, &n);
	unsigned char bytes[512];
	int length = BN_bn2bin(n, bytes);
	BN_free(n);
	return base64_url(bytes, (size_t)length);
}

json_t *keys_published(struct keys *k)
{
	EVP_PKEY *key = rsa_key(k);
	char *n = key_number(key, OSSL_PKEY_PARAM_RSA_N),
	     *e = key_number(key, OSSL_PKEY_PARAM_RSA_E);
	json_t *set = json_pack("{s:[{s:s,s:s,s:s,s:s,s:s,s:s}]}", "keys", "kty", "RSA", "use",
	    "sig", "alg", "RS256", "kid", k->id, "n", n, "e", e);
	free(n);
	free(e);
	return set;
}

static bool verify(EVP_PKEY *key, bool pss, const char *input, size_t length,
    const unsigned char *signature, size_t signature_length)
{
	EVP_MD_CTX *m = EVP_MD_CTX_new();
	EVP_PKEY_CTX *p = NULL;
	bool good = EVP_DigestVerifyInit(m, &p, EVP_sha256(), NULL, key) == 1;
	if (good && pss)
		good = EVP_PKEY_CTX_set_rsa_padding(p, RSA_PKCS1_PSS_PADDING) == 1 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(p, RSA_PSS_SALTLEN_DIGEST) == 1;
	good = good && EVP_DigestVerify(m, signature, signature_length,
			   (const unsigned char *)input, length) == 1;
	EVP_MD_CTX_free(m);
	return good;
}

static bool names_certificate(const struct app *a, const json_t *header)
{
	const char *now = json_text(header, "x5t#S256"), *before = json_text(header, "x5t");
	return (now && !strcmp(now, a->thumbprint)) ||
	       (before && !strcmp(before, a->thumbprint_sha1));
}

json_t *keys_check_assertion(const struct app *a, const char *assertion)
{
	const char *payload = strchr(assertion, '.');
	const char *signature = payload ? strchr(payload + 1, '.') : NULL;
	if (!a->key || !signature)
		return NULL;
	json_t *header = decode_json(assertion, (size_t)(payload - assertion));
	const char *algorithm = json_text_or(header, "alg", "");
	bool pss = !strcmp(algorithm, "PS256");
	size_t length = 0;
	unsigned char *bytes = base64_read(signature + 1, strlen(signature + 1), &length);
	bool good = bytes && (pss || !strcmp(algorithm, "RS256")) && names_certificate(a, header) &&
		    verify(a->key, pss, assertion, (size_t)(signature - assertion), bytes, length);
	free(bytes);
	json_decref(header);
	return good ? decode_json(payload + 1, (size_t)(signature - payload - 1)) : NULL;
}
