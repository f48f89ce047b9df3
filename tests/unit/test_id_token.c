/* Who signed in, as far as it is believed. The clock stands still; making keys takes its time. */
#include "id_token.h"

#include <jose/b64.h>
#include <jose/jwk.h>
#include <jose/jws.h>
#include <stdlib.h>

#include "buf.h"
#include "clock.h"
#include "test.h"

#define TENANT	"22222222-2222-2222-2222-222222222222"
#define ACCOUNT "33333333-aaaa-4444-BBBB-555555555555"
#define ISSUER	"https://login.example/" TENANT "/v2.0"

enum { NOW_S = 1764763200 };

static const struct id_token_rules rules = {
    .authority = "https://login.example", .client_id = "app-1", .nonce = "nonce-1"};

static json_t *private_key, *published;
static struct identity who;
static struct err why;

/* begin makes Microsoft's key once, and what is published of it. */
static void begin(void)
{
	clock_fake((int64_t)NOW_S * 1000, 1000);
	private_key = json_pack("{s:s, s:i}", "kty", "RSA", "bits", 2048);
	CHECK(jose_jwk_gen(NULL, private_key));
	published = json_pack("{s:s, s:s, s:s, s:O, s:O}", "kty", "RSA", "alg", "RS256", "kid",
	    "k1", "n", json_object_get(private_key, "n"), "e", json_object_get(private_key, "e"));
}

static json_t *good_claims(void)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:s, s:s, s:s, s:s}", "iss",
	    ISSUER, "aud", "app-1", "tid", TENANT, "oid", ACCOUNT, "nonce", "nonce-1", "iat", NOW_S,
	    "nbf", NOW_S, "exp", NOW_S + 3600, "name", "N. Dlamini", "preferred_username",
	    "n@s.example", "email", "nomsa@s.example", "ver", "2.0");
}

/* token_of signs the claims (taken over) by that algorithm and key. */
static char *token_of(json_t *claims, const char *algorithm, const json_t *key)
{
	json_t *jws = json_pack("{s:o}", "payload", jose_b64_enc_dump(claims));
	json_t *header = json_pack("{s:{s:s, s:s}}", "protected", "alg", algorithm, "kid", "k1");
	CHECK(jose_jws_sig(NULL, jws, header, key));
	char *text = xasprintf("%s.%s.%s", json_text(jws, "protected"), json_text(jws, "payload"),
	    json_text(jws, "signature"));
	json_decref(jws);
	json_decref(header);
	json_decref(claims);
	return text;
}

static bool believed_text(const char *text, const json_t *key)
{
	struct jws j;
	why = (struct err){0};
	if (jws_read(&j, text, &why) < 0)
		return false;
	identity_clear(&who);
	bool good = id_token_read(&j, key, &rules, &who, &why) == 0;
	jws_clear(&j);
	CHECK(good || !who.tenant);
	return good;
}

static bool believed(json_t *claims)
{
	char *text = token_of(claims, "RS256", private_key);
	bool good = believed_text(text, published);
	free(text);
	return good;
}

/* with gives good claims of which one is another; NULL: missing. */
static json_t *with(const char *name, json_t *value)
{
	json_t *claims = good_claims();
	if (value)
		json_object_set_new(claims, name, value);
	else
		json_object_del(claims, name);
	return claims;
}

TEST_SLOW("a token that is as it has to be says who signed in")
{
	begin();
	CHECK(believed(good_claims()));
	CHECK_STR(who.tenant, TENANT);
	CHECK_STR(who.account, ACCOUNT);
	CHECK_STR(who.email, "nomsa@s.example");
	CHECK_STR(who.name, "N. Dlamini");
	CHECK(believed(with("email", NULL)));
	CHECK_STR(who.email, "n@s.example");
	CHECK(believed(with("name", NULL)));
	CHECK_STR(who.name, "");
}

TEST_SLOW("every claim that counts is looked at, and the reason names it")
{
	static const struct {
		const char *claim, *value, *names;
	} rows[] = {{"iss", "https://login.example/" TENANT "/v1.0", "(iss)"},
	    {"iss", "https://evil.example/" TENANT "/v2.0", "(iss)"}, {"iss", NULL, "(iss)"},
	    {"aud", "app-2", "(aud)"}, {"aud", "app-11", "(aud)"}, {"aud", NULL, "(aud)"},
	    {"nonce", "nonce-2", "(nonce)"}, {"nonce", "", "(nonce)"}, {"nonce", NULL, "(nonce)"},
	    {"tid", "22222222-2222-2222-2222-22222222222", "(tid)"},
	    {"tid", "44444444-2222-2222-2222-222222222222", "(iss)"}, {"tid", "../x", "(tid)"},
	    {"tid", NULL, "(tid)"}, {"oid", "me", "(oid)"}, {"oid", NULL, "(oid)"},
	    {"oid", "33333333-aaaa-4444-bbbb-55555555555-", "(oid)"}};
	begin();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		json_t *value = rows[i].value ? json_string(rows[i].value) : NULL;
		CHECK(!believed(with(rows[i].claim, value)));
		CHECK_HAS(why.text, rows[i].names);
	}
	CHECK(!believed(with("aud", json_pack("[s, s]", "app-1", "app-2"))));
}

TEST_SLOW("clocks may differ by five minutes and no more")
{
	static const struct {
		const char *claim;
		int at;
		bool good;
	} rows[] = {{"exp", NOW_S - 299, true}, {"exp", NOW_S - 301, false}, {"exp", 0, false},
	    {"nbf", NOW_S + 299, true}, {"nbf", NOW_S + 301, false}, {"iat", NOW_S + 301, false}};
	begin();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK_INT(believed(with(rows[i].claim, json_integer(rows[i].at))), rows[i].good);
	CHECK(!believed(with("exp", NULL)));
	CHECK(!believed(with("exp", json_string("soon"))));
}

TEST_SLOW("another key's signature, a changed letter and no signature are not believed")
{
	begin();
	json_t *other = json_pack("{s:s, s:i}", "kty", "RSA", "bits", 2048);
	CHECK(jose_jwk_gen(NULL, other));
	char *text = token_of(good_claims(), "RS256", other);
	CHECK(!believed_text(text, published));
	CHECK_HAS(why.text, "signature");
	free(text);
	text = token_of(good_claims(), "RS256", private_key);
	char *dot = strchr(text, '.');
	dot[5] = dot[5] == 'A' ? 'B' : 'A';
	CHECK(!believed_text(text, published));
	*strrchr(text, '.') = '\0';
	CHECK(!believed_text(text, published));
	char *unsigned_text = xasprintf("%s.", text);
	CHECK(!believed_text(unsigned_text, published));
	free(unsigned_text);
	free(text);
	json_decref(other);
}

TEST_SLOW("the token does not choose the algorithm: none, HS256 of what is published, PS256, RS512")
{
	begin();
	json_t *as_secret = json_pack("{s:s, s:o}", "kty", "oct", "k",
	    jose_b64_enc(json_text(published, "n"), strlen(json_text(published, "n"))));
	static const char *const algorithms[] = {"HS256", "PS256", "RS512"};
	for (size_t i = 0; i < 3; i++) {
		char *text = token_of(good_claims(), algorithms[i], i ? private_key : as_secret);
		CHECK(!believed_text(text, published));
		CHECK_HAS(why.text, "(alg)");
		free(text);
	}
	json_decref(as_secret);
	CHECK(!believed_text("eyJhbGciOiJub25lIiwia2lkIjoiazEifQ.e30.", published));
}

TEST_SLOW("a key that is published for one issuer signs for no other")
{
	static const struct {
		const char *issuer;
		bool good;
	} rows[] = {{ISSUER, true}, {"https://login.example/{tenantid}/v2.0", true},
	    {"https://login.example/44444444-2222-2222-2222-222222222222/v2.0", false},
	    {"https://evil.example/{tenantid}/v2.0", false}, {"{tenantid}", false}, {"", false}};
	begin();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		json_object_set_new(published, "issuer", json_string(rows[i].issuer));
		CHECK_INT(believed(good_claims()), rows[i].good);
	}
}

TEST_SLOW("names that would upset a terminal or a page are cleaned and cut")
{
	begin();
	char name[1001];
	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	CHECK(believed(with("name", json_string("N.\x1b[31m\nD\x7f"))));
	CHECK_STR(who.name, "N.[31mD");
	CHECK(believed(with("name", json_string(name))));
	CHECK_INT(strlen(who.name), 256);
	CHECK(believed(with("name", json_integer(7))));
	CHECK_STR(who.name, "");
}
