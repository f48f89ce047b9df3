/* What goes to the token endpoint, and what must not. */
#include "token_request.h"

#include "fake_microsoft.h"

static int answers;

static void heard(void *ctx, const struct http_answer *a)
{
	(void)ctx;
	CHECK_INT(a->status, 200);
	answers++;
}

TEST("a form has the kind of grant, who we are and the fields, each encoded")
{
	struct token_endpoint t;
	struct err e;
	fake_begin();
	token_endpoint_init(&t, fake.http, fake.authority, "app 1", 5000,
	    credential_read(test_write("secret", "s+cret"), NULL, NULL, &e));
	static const struct token_field fields[] = {
	    {"scope", "https://g/.default offline_access"}, {"code", "a&b=c"}, {NULL, NULL}};
	CHECK(token_request(&t, "a.example", "authorization_code", fields, heard, NULL, &e));
	fake_until(&answers, 1);
	CHECK_STR(fake.seen[0].method, "POST");
	CHECK_STR(fake.seen[0].target, "/login/a.example/oauth2/v2.0/token");
	CHECK_STR(fake.seen[0].type, "application/x-www-form-urlencoded");
	CHECK_STR(fake.seen[0].body,
	    "grant_type=authorization_code&client_id=app%201"
	    "&scope=https%3A%2F%2Fg%2F.default%20offline_access&code=a%26b%3Dc"
	    "&client_secret=s%2Bcret");
	token_endpoint_clear(&t);
	fake_end();
}

TEST("a tenant is a GUID or a host name, and nothing that leads a URL astray")
{
	static const char *const right[] = {
	    "2222f1d0-6c1f-4b55-9b43-5d6a1c0e7a11", "oak-park.example", "a"};
	static const char *const wrong[] = {"", ".", "..", "a/b", "a..b", ".a", "a?b", "a#b",
	    "a%2f", "a b", "a\r\nb", "\xc3\xb6.example", "common", "Consumers"};
	char text[130];
	for (size_t i = 0; i < sizeof right / sizeof *right; i++)
		CHECK(token_request_is_tenant(right[i], false));
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		CHECK(!token_request_is_tenant(wrong[i], true));
	memset(text, 'a', sizeof text);
	text[129] = '\0';
	CHECK(!token_request_is_tenant(text, false));
	text[128] = '\0';
	CHECK(token_request_is_tenant(text, false));
}

TEST("any organisation's account may sign in only where that is asked for")
{
	CHECK(token_request_is_tenant("organizations", true));
	CHECK(!token_request_is_tenant("Organizations", false));
}

TEST("a token is of visible characters, and has an end")
{
	char *text = xmalloc(16 * 1024 + 2);
	CHECK(token_request_is_token("eyJ0.a-b_c~"));
	static const char *const wrong[] = {"", "a b", "a\nb", "a\x7f", "caf\xc3\xa9"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		CHECK(!token_request_is_token(wrong[i]));
	CHECK(!token_request_is_token(NULL));
	memset(text, 'a', 16 * 1024 + 1);
	text[16 * 1024 + 1] = '\0';
	CHECK(!token_request_is_token(text));
	text[16 * 1024] = '\0';
	CHECK(token_request_is_token(text));
	free(text);
}

TEST("a token is wiped out of an answer, and what is not there is left alone")
{
	json_t *body = json_pack("{s:s,s:i}", "access_token", "secret", "expires_in", 3600);
	const char *text = json_text(body, "access_token");
	token_request_wipe(body, "access_token");
	for (int i = 0; i < 6; i++)
		CHECK_INT(text[i], 0);
	token_request_wipe(body, "refresh_token");
	token_request_wipe(body, "expires_in");
	json_decref(body);
}
