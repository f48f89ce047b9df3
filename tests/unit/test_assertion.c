/* Certificate assertions, checked with OpenSSL itself. */
#include "assertion.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <sodium.h>
#include <stdlib.h>

#include "clock.h"
#include "credential.h"
#include "json.h"
#include "test.h"

static EVP_PKEY *key;
static X509 *certificate;

static void write_key(const char *name, EVP_PKEY *k, const EVP_CIPHER *cipher)
{
	FILE *file = fopen(name, "w");
	CHECK(PEM_write_PrivateKey(file, k, cipher, (unsigned char *)(cipher ? "pass" : NULL),
		  cipher ? 4 : 0, NULL, NULL) == 1);
	fclose(file);
}

/* make_pair writes a key and a certificate for it into the test's folder. */
static void make_pair(void)
{
	key = EVP_RSA_gen(2048);
	certificate = X509_new();
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	X509_set_pubkey(certificate, key);
	CHECK(X509_sign(certificate, key, EVP_sha256()) > 0);
	FILE *file = fopen("certificate.pem", "w");
	CHECK(PEM_write_X509(file, certificate) == 1);
	fclose(file);
	write_key("key.pem", key, NULL);
}

static void drop_pair(void)
{
	X509_free(certificate);
	EVP_PKEY_free(key);
}

/* part decodes the nth part of an assertion. */
static size_t part(const char *assertion, int n, unsigned char *out, size_t room)
{
	for (; n > 0; n--)
		assertion = strchr(assertion, '.') + 1;
	size_t length;
	CHECK(sodium_base642bin(out, room, assertion, strcspn(assertion, "."), NULL, &length, NULL,
		  sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0);
	return length;
}

static json_t *part_json(const char *assertion, int n)
{
	unsigned char text[2000];
	struct err e;
	size_t length = part(assertion, n, text, sizeof text);
	json_t *value = json_read((const char *)text, length, 8, &e);
	CHECK(value != NULL);
	return value;
}

static char *assertion_at(int64_t wall_ms)
{
	struct err e;
	clock_fake(wall_ms, 0);
	struct signer *s = signer_read("certificate.pem", "key.pem", &e);
	CHECK(s != NULL);
	char *text = assertion_new(s, "app-1", "https://login.example/t/oauth2/v2.0/token", &e);
	signer_free(s);
	CHECK(text != NULL);
	return text;
}

TEST_SLOW("the header says PS256, JWT and the SHA-256 of the certificate")
{
	make_pair();
	unsigned char digest[32], *der = NULL;
	char want[64];
	int length = i2d_X509(certificate, &der);
	crypto_hash_sha256(digest, der, (unsigned long long)length);
	sodium_bin2base64(
	    want, sizeof want, digest, sizeof digest, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	char *text = assertion_at(1764763200000);
	json_t *header = part_json(text, 0);
	CHECK_STR(json_text(header, "alg"), "PS256");
	CHECK_STR(json_text(header, "typ"), "JWT");
	CHECK_STR(json_text(header, "x5t#S256"), want);
	CHECK_INT(json_object_size(header), 3);
	json_decref(header);
	assertion_free(text);
	OPENSSL_free(der);
	drop_pair();
}

TEST_SLOW("the claims name us, the audience, a fresh id and ten minutes")
{
	make_pair();
	char *text = assertion_at(1764763200000), *again = assertion_at(1764763200000);
	json_t *claims = part_json(text, 1), *others = part_json(again, 1);
	CHECK_STR(json_text(claims, "aud"), "https://login.example/t/oauth2/v2.0/token");
	CHECK_STR(json_text(claims, "iss"), "app-1");
	CHECK_STR(json_text(claims, "sub"), "app-1");
	CHECK_INT(json_int(claims, "nbf", 0), 1764763200);
	CHECK_INT(json_int(claims, "iat", 0), 1764763200);
	CHECK_INT(json_int(claims, "exp", 0), 1764763800);
	CHECK_INT(strlen(json_text(claims, "jti")), 36);
	CHECK(strcmp(json_text(claims, "jti"), json_text(others, "jti")) != 0);
	json_decref(claims);
	json_decref(others);
	assertion_free(text);
	assertion_free(again);
	drop_pair();
}

TEST_SLOW("the signature is RSA-PSS with SHA-256 and a salt of 32 bytes, over header and claims")
{
	make_pair();
	char *text = assertion_at(1764763200000);
	unsigned char signature[300];
	size_t length = part(text, 2, signature, sizeof signature);
	EVP_MD_CTX *check = EVP_MD_CTX_new();
	EVP_PKEY_CTX *how;
	CHECK(EVP_DigestVerifyInit(check, &how, EVP_sha256(), NULL, key) == 1);
	CHECK(EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1);
	CHECK(EVP_PKEY_CTX_set_rsa_pss_saltlen(how, 32) == 1);
	CHECK(EVP_DigestVerify(check, signature, length, (unsigned char *)text,
		  (size_t)(strrchr(text, '.') - text)) == 1);
	EVP_MD_CTX_free(check);
	assertion_free(text);
	drop_pair();
}

TEST_SLOW("a token request with a certificate carries the assertion in place of a secret")
{
	make_pair();
	struct err e;
	struct buf form;
	struct credential *c = credential_read(NULL, "certificate.pem", "key.pem", &e);
	CHECK(c != NULL);
	buf_init(&form, 0);
	CHECK_INT(credential_form(c, "app-1", "https://login.example/t", &form, &e), 0);
	CHECK_HAS(form.data,
	    "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type"
	    "%3Ajwt-bearer&client_assertion=eyJ");
	CHECK(!strstr(form.data, "client_secret"));
	buf_clear(&form);
	credential_free(c);
	drop_pair();
}

static void refused(const char *certificate_file, const char *key_file, const char *why)
{
	struct err e;
	CHECK(signer_read(certificate_file, key_file, &e) == NULL);
	CHECK_HAS(e.text, why);
}

TEST_SLOW("files that do not serve are refused by name and with the remedy")
{
	make_pair();
	EVP_PKEY *other = EVP_RSA_gen(2048), *small = EVP_RSA_gen(1024),
		 *curve = EVP_EC_gen("P-256");
	write_key("other.pem", other, NULL);
	write_key("small.pem", small, NULL);
	write_key("curve.pem", curve, NULL);
	write_key("locked.pem", key, EVP_aes_128_cbc());
	test_write("empty.pem", "");
	refused("none.pem", "key.pem", "none.pem: the certificate cannot be opened");
	refused("empty.pem", "key.pem", "empty.pem: no certificate in it");
	refused("key.pem", "key.pem", "key.pem: no certificate in it");
	refused("certificate.pem", "none.pem", "none.pem: the key cannot be opened");
	refused("certificate.pem", "empty.pem", "empty.pem: no private key in it");
	refused("certificate.pem", "locked.pem", "without a passphrase");
	refused("certificate.pem", "other.pem", "does not belong to the certificate");
	refused("certificate.pem", "small.pem", "2048 bits or more");
	refused("certificate.pem", "curve.pem", "must be RSA");
	EVP_PKEY_free(other);
	EVP_PKEY_free(small);
	EVP_PKEY_free(curve);
	drop_pair();
}
