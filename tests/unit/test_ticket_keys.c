/* The key file alone says how a ticket is signed. */
#include <sodium.h>

#include "ticket_rig.h"

static const char claims[] = "{\"sub\":\"staff-1\"}";

static enum ticket_proof prove(const struct ticket_keys *k, const char *text)
{
	struct jws j;
	struct err e = {0};
	if (jws_read(&j, text, &e) < 0)
		FAIL("%s", e.text);
	enum ticket_proof proof = ticket_keys_prove(k, &j);
	jws_clear(&j);
	return proof;
}

/* check_pair: what the private key signs, the file proves, and names its algorithm. */
static void check_pair(const json_t *key, const char *file)
{
	char algorithms[64];
	struct ticket_keys *k = rig_keys(file);
	char *text = rig_sign(key, json_object(), claims);
	CHECK_STR(ticket_keys_algorithms(k, algorithms), json_text(key, "alg"));
	CHECK_INT(prove(k, text), TICKET_PROVED);
	char *dot = strrchr(text, '.');
	dot[1] = dot[1] == 'A' ? 'B' : 'A';
	CHECK_INT(prove(k, text), TICKET_FORGED);
	free(text);
	ticket_keys_free(k);
}

TEST_SLOW("a public key in PEM proves ES256 and RS256, and PS256 below a line that says so")
{
	static const char *const algorithms[] = {"ES256", "RS256", "PS256"};
	for (size_t i = 0; i < 3; i++) {
		json_t *key = rig_key(algorithms[i]);
		char *pem = rig_pem(key, false);
		char *file = xasprintf("# the portal's\n%s%s", i == 2 ? "alg: PS256\r\n" : "", pem);
		check_pair(key, file);
		free(file);
		free(pem);
		json_decref(key);
	}
}

TEST_SLOW("a JWK proves what its alg says, alone and in a set")
{
	static const char *const algorithms[] = {"ES256", "RS256", "PS256"};
	for (size_t i = 0; i < 3; i++) {
		json_t *key = rig_key(algorithms[i]), *pub = json_deep_copy(key);
		CHECK(jose_jwk_pub(NULL, pub));
		char *file = json_write(pub);
		check_pair(key, file);
		char *set = xasprintf("{\"keys\":[%s]}", file);
		check_pair(key, set);
		free(set);
		free(file);
		json_decref(pub);
		json_decref(key);
	}
}

TEST("a secret is its line as it is, or what hex: or base64: before it decodes to")
{
	json_t *key = rig_secret(SECRET);
	check_pair(key, SECRET);
	check_pair(key, "# shared with the portal\n\n" SECRET "\r\n");
	char encoded[256], *file;
	sodium_bin2hex(encoded, sizeof encoded, (const unsigned char *)SECRET, strlen(SECRET));
	file = xasprintf("hex:%s\n", encoded);
	check_pair(key, file);
	free(file);
	sodium_bin2base64(encoded, sizeof encoded, (const unsigned char *)SECRET, strlen(SECRET),
	    sodium_base64_VARIANT_ORIGINAL);
	file = xasprintf("base64:%s", encoded);
	check_pair(key, file);
	free(file);
	file = json_write(key);
	check_pair(key, file);
	free(file);
	json_decref(key);
}

TEST_SLOW("while the portal changes its key, both are known, and then the old one is not")
{
	json_t *old = rig_key("ES256"), *new = rig_key("PS256");
	char *old_pem = rig_pem(old, false), *new_pem = rig_pem(new, false);
	char *file = xasprintf("alg: PS256\n%s%s", new_pem, old_pem);
	char *from_old = rig_sign(old, json_object(), claims);
	char *from_new = rig_sign(new, json_object(), claims);
	char algorithms[64];
	struct ticket_keys *k = rig_keys(file);
	CHECK_STR(ticket_keys_algorithms(k, algorithms), "PS256, ES256");
	CHECK_INT(prove(k, from_old), TICKET_PROVED);
	CHECK_INT(prove(k, from_new), TICKET_PROVED);
	ticket_keys_free(k);
	free(file);
	file = xasprintf("alg: PS256\n%s", new_pem);
	k = rig_keys(file);
	CHECK_INT(prove(k, from_old), TICKET_OTHER_ALGORITHM);
	CHECK_INT(prove(k, from_new), TICKET_PROVED);
	ticket_keys_free(k);
	free(file);
	free(from_old);
	free(from_new);
	free(old_pem);
	free(new_pem);
	json_decref(old);
	json_decref(new);
}

TEST_SLOW("a public key used as a secret signs nothing: HS256 is not for that file")
{
	json_t *key = rig_key("RS256");
	char *pem = rig_pem(key, false);
	struct ticket_keys *k = rig_keys(pem);
	json_t *confused = rig_secret(pem);
	char *text = rig_sign(confused, json_object(), claims);
	CHECK_INT(prove(k, text), TICKET_OTHER_ALGORITHM);
	free(text);
	json_decref(confused);
	ticket_keys_free(k);
	free(pem);
	json_decref(key);
}

TEST_SLOW("RS256 does not pass where PS256 is asked for, nor the other way round")
{
	json_t *key = rig_key("RS256");
	char *pem = rig_pem(key, false), *file = xasprintf("alg: PS256\n%s", pem);
	struct ticket_keys *ps = rig_keys(file), *rs = rig_keys(pem);
	char *text = rig_sign(key, json_object(), claims);
	CHECK_INT(prove(rs, text), TICKET_PROVED);
	CHECK_INT(prove(ps, text), TICKET_OTHER_ALGORITHM);
	free(text);
	json_object_set_new(key, "alg", json_string("PS256"));
	text = rig_sign(key, json_object(), claims);
	CHECK_INT(prove(rs, text), TICKET_OTHER_ALGORITHM);
	CHECK_INT(prove(ps, text), TICKET_PROVED);
	free(text);
	ticket_keys_free(ps);
	ticket_keys_free(rs);
	free(file);
	free(pem);
	json_decref(key);
}

TEST("no signature is no proof, however none is written")
{
	static const char *const nones[] = {"none", "None", "NONE", "nOnE", "", "HS256 ", "hs256"};
	struct ticket_keys *k = rig_keys(SECRET);
	for (size_t i = 0; i < sizeof nones / sizeof *nones; i++) {
		char *header = xasprintf("{\"alg\":\"%s\"}", nones[i]);
		json_t *one = jose_b64_enc(header, strlen(header));
		json_t *two = jose_b64_enc(claims, strlen(claims));
		char *text = xasprintf("%s.%s.", json_string_value(one), json_string_value(two));
		CHECK_INT(prove(k, text), TICKET_OTHER_ALGORITHM);
		free(text);
		json_decref(one);
		json_decref(two);
		free(header);
	}
	char *text = xasprintf("eyJhbGciOiJIUzI1NiJ9.e30.");
	CHECK_INT(prove(k, text), TICKET_FORGED);
	free(text);
	ticket_keys_free(k);
}

TEST("a key that the ticket brings along, or points to, counts for nothing")
{
	json_t *key = rig_key("ES256"), *mine = rig_key("ES256"), *pub = json_deep_copy(mine);
	char *pem = rig_pem(key, false);
	struct ticket_keys *k = rig_keys(pem);
	CHECK(jose_jwk_pub(NULL, pub));
	json_t *header =
	    json_pack("{s:O, s:s, s:s}", "jwk", pub, "jku", "https://evil.example/", "kid", "x");
	char *text = rig_sign(mine, header, claims);
	CHECK_INT(prove(k, text), TICKET_FORGED);
	free(text);
	ticket_keys_free(k);
	free(pem);
	json_decref(pub);
	json_decref(mine);
	json_decref(key);
}

TEST_SLOW("of a set the key that the ticket names is tried, and keys for encryption are not")
{
	json_t *one = rig_key("ES256"), *two = rig_key("ES256"), *locked = rig_key("RS256");
	json_object_set_new(one, "kid", json_string("one"));
	json_object_set_new(two, "kid", json_string("two"));
	json_t *set = json_pack("{s:[o, o, o]}", "keys", json_deep_copy(one), json_deep_copy(two),
	    json_deep_copy(locked));
	CHECK(jose_jwk_pub(NULL, set));
	json_object_set_new(
	    json_array_get(json_object_get(set, "keys"), 2), "use", json_string("enc"));
	char *file = json_write(set), algorithms[64];
	struct ticket_keys *k = rig_keys(file);
	CHECK_STR(ticket_keys_algorithms(k, algorithms), "ES256");
	char *text = rig_sign(two, json_pack("{s:s}", "kid", "two"), claims);
	CHECK_INT(prove(k, text), TICKET_PROVED);
	free(text);
	text = rig_sign(two, json_pack("{s:s}", "kid", "one"), claims);
	CHECK_INT(prove(k, text), TICKET_FORGED);
	free(text);
	text = rig_sign(two, json_object(), claims);
	CHECK_INT(prove(k, text), TICKET_PROVED);
	free(text);
	ticket_keys_free(k);
	free(file);
	json_decref(set);
	json_decref(one);
	json_decref(two);
	json_decref(locked);
}

static void refused(const char *content, const char *why)
{
	struct err e = {0};
	struct ticket_keys *k = ticket_keys_read(test_write("ticket-key", content), &e);
	CHECK(!k);
	CHECK_HAS(e.text, "ticket-key");
	CHECK_HAS(e.text, why);
}

TEST("a file that proves nothing is refused, by name and with the remedy")
{
	struct err e;
	CHECK(!ticket_keys_read("no/such", &e));
	CHECK_HAS(e.text, "no/such: the key that proves tickets cannot be opened");
	refused("", "there is no key in it");
	refused("# only this line, which is long enough to be a secret\n", "there is no key in it");
	refused("too short\n", "32 bytes or more");
	refused("1234567890123456789012345678901\n", "32 bytes or more");
	refused("hex:00112233445566778899\n", "32 bytes or more");
	refused("hex:no hex digits at all\n", "not of that kind");
	refused("base64:*\n", "not of that kind");
	refused("{", "ticket-key");
	refused("{}", "\"kty\" must be EC, RSA or oct");
	refused("{\"keys\":[]}", "there is no key in it");
	refused("{\"keys\":[1]}", "no object");
	refused("{\"kty\":\"oct\",\"k\":\"AAAA\"}", "32 bytes or more");
	refused("{\"kty\":\"oct\",\"k\":\"*\"}", "not base64url");
	refused("{\"kty\":\"oct\",\"alg\":\"HS512\",\"k\":\"AAAA\"}", "signs by HS256, not HS512");
	refused("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "cannot be read");
	refused("-----BEGIN PUBLIC KEY-----\nAAAA\n", "cut or not PEM");
}

TEST("a private key is refused: it has no business on this machine")
{
	json_t *key = rig_key("ES256");
	char *pem = rig_pem(key, true), *jwk = json_write(key);
	refused(pem, "only the public key belongs here");
	refused(jwk, "holds a private key");
	free(pem);
	free(jwk);
	json_decref(key);
}

TEST_SLOW("a key that is weak, or of a kind that no ticket is signed with, is refused")
{
	json_t *key = rig_rsa(1024);
	char *pem = rig_pem(key, false);
	refused(pem, "2048 bits or more, not 1024");
	free(pem);
	json_decref(key);
	key = rig_key("ES384");
	pem = rig_pem(key, false);
	refused(pem, "must be P-256");
	free(pem);
	json_decref(key);
	key = rig_key("ES256");
	pem = rig_pem(key, false);
	char *file = xasprintf("alg: HS256\n%s", pem);
	refused(file, "signs by ES256, not HS256");
	free(file);
	free(pem);
	json_decref(key);
	key = rig_key("RS256");
	pem = rig_pem(key, false);
	file = xasprintf("alg: none\n%s", pem);
	refused(file, "RS256 or PS256, not none");
	free(file);
	free(pem);
	json_decref(key);
}
