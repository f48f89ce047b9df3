/* A ticket is believed when the portal signed it, for now, for us, and for somebody. */
#include "ticket_rig.h"
#include "who.h"

#define NOW_S INT64_C(1800000000)
static struct ticket_rules rules = {.audience = "", .issuer = ""};

/* signed_with signs claims with the secret; free it. */
static char *signed_with(const char *secret, const char *claims)
{
	json_t *key = rig_secret(secret);
	char *text = rig_sign(key, json_object(), claims);
	json_decref(key);
	return text;
}

static void begin(void)
{
	clock_fake(NOW_S * 1000, 1000);
	rules.keys = rig_keys(SECRET "\n");
}

static void end(void)
{
	ticket_keys_free((struct ticket_keys *)(uintptr_t)rules.keys);
}

static void check_text(const char *text, const char *want_word)
{
	struct ticket t;
	struct err e = {0};
	const char *word = NULL;
	int rc = ticket_read(&t, text, &rules, &word, &e);
	CHECK_STR(rc < 0 ? word : "taken", want_word);
	CHECK(rc == 0 || strlen(e.text) > 10);
	ticket_clear(&t);
}

/* check_claims signs the claims and reads them; "taken" is a ticket that is believed. */
static void check_claims(const char *claims, const char *want_word)
{
	char *text = signed_with(SECRET, claims);
	check_text(text, want_word);
	free(text);
}

#define WHO  "\"sub\":\"staff-1\",\"school\":\"green-hill\",\"sso\":true"
#define GOOD WHO ",\"exp\":1800000120"

TEST("each word that portals have for a role is that role, and a Super Admin an administrator")
{
	static const struct {
		const char *said;
		unsigned roles;
	} cases[] = {
	    {"\"admin\"", ROLE_ADMINISTRATOR},
	    {"\"administrator\"", ROLE_ADMINISTRATOR},
	    {"\"super_admin\"", ROLE_SUPER_ADMIN | ROLE_ADMINISTRATOR},
	    {"\"teacher\"", ROLE_TEACHING},
	    {"[\"teaching_staff\"]", ROLE_TEACHING},
	    {"[\"operator\",\"teacher\"]", ROLE_OPERATOR | ROLE_TEACHING},
	    {"[\"Admin\",\"superadmin\",\"student\",7,null]", 0},
	    {"{\"admin\":true}", 0},
	};
	begin();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ticket t;
		struct err e;
		const char *word;
		char *claims = xasprintf("{" GOOD ",\"roles\":%s}", cases[i].said);
		char *text = signed_with(SECRET, claims);
		CHECK_INT(ticket_read(&t, text, &rules, &word, &e), 0);
		CHECK_INT(t.roles, cases[i].roles);
		ticket_clear(&t);
		free(text);
		free(claims);
	}
	end();
}

TEST("a ticket tells who comes")
{
	struct ticket t;
	struct err e;
	const char *word;
	begin();
	char *text = signed_with(SECRET,
	    "{" GOOD
	    ",\"name\":\"N. Dlamini\",\"email\":\" N.D@green-hill.example\",\"roles\":[\"teacher\","
	    "\"admin\"],\"lang\":\"af-ZA\"}");
	CHECK_INT(ticket_read(&t, text, &rules, &word, &e), 0);
	CHECK_STR(t.id, "staff-1");
	CHECK_STR(t.school, "green-hill");
	CHECK_STR(t.name, "N. Dlamini");
	CHECK_STR(t.language, "af");
	CHECK_STR(t.email, "n.d@green-hill.example");
	CHECK_INT(t.roles, ROLE_TEACHING | ROLE_ADMINISTRATOR);
	CHECK_INT(t.expires_at, (NOW_S + 120 + 60) * 1000);
	CHECK_INT(strlen(t.print), TICKET_PRINT_ROOM - 1);
	ticket_clear(&t);
	free(text);
	text = signed_with(SECRET, "{" GOOD "}");
	CHECK_INT(ticket_read(&t, text, &rules, &word, &e), 0);
	CHECK_STR(t.name, "");
	CHECK_STR(t.language, "");
	CHECK_STR(t.email, "");
	CHECK_INT(t.roles, 0);
	ticket_clear(&t);
	free(text);
	end();
}

TEST("a ticket without an end, or with one that is no time, is refused")
{
	begin();
	check_claims("{" WHO "}", "ticket_no_expiry");
	check_claims("{" WHO ",\"exp\":null}", "ticket_no_expiry");
	check_claims("{" WHO ",\"exp\":\"1800000120\"}", "ticket_no_expiry");
	check_claims("{" WHO ",\"exp\":0}", "ticket_no_expiry");
	check_claims("{" WHO ",\"exp\":-1800000120}", "ticket_no_expiry");
	check_claims("{" WHO ",\"exp\":1800000120000}", "ticket_no_expiry");
	check_claims("{" WHO ",\"exp\":1e300}", "ticket_no_expiry");
	check_claims("{" WHO ",\"exp\":true}", "ticket_no_expiry");
	check_claims("{" WHO ",\"exp\":1800000120.5}", "taken");
	end();
}

TEST("a ticket ends a minute after it says, and no later")
{
	begin();
	check_claims("{" WHO ",\"exp\":1799999941}", "taken");
	check_claims("{" WHO ",\"exp\":1799999940}", "ticket_expired");
	check_claims("{" WHO ",\"exp\":1}", "ticket_expired");
	check_claims("{" WHO ",\"exp\":1800086400}", "taken");
	check_claims("{" WHO ",\"exp\":1800086401}", "ticket_far_expiry");
	end();
}

TEST("a ticket begins a minute before it says, and no sooner")
{
	begin();
	check_claims("{" GOOD ",\"nbf\":1800000060}", "taken");
	check_claims("{" GOOD ",\"nbf\":1800000061}", "ticket_early");
	check_claims("{" GOOD ",\"nbf\":\"now\"}", "ticket_early");
	check_claims("{" GOOD ",\"iat\":1800000000}", "taken");
	check_claims("{" GOOD ",\"iat\":1800000100}", "ticket_early");
	end();
}

TEST("a ticket for another audience is refused, and one that names none where one is asked for")
{
	begin();
	check_claims("{" GOOD ",\"aud\":\"rollcall\"}", "taken");
	check_claims("{" GOOD ",\"aud\":[\"portal\",\"rollcall\"]}", "taken");
	check_claims("{" GOOD ",\"aud\":\"portal\"}", "ticket_audience");
	check_claims("{" GOOD ",\"aud\":[]}", "ticket_audience");
	check_claims("{" GOOD ",\"aud\":{\"rollcall\":true}}", "ticket_audience");
	check_claims("{" GOOD ",\"aud\":\"rollcall.example\"}", "ticket_audience");
	rules.audience = "https://teams.example";
	check_claims("{" GOOD "}", "ticket_audience");
	check_claims("{" GOOD ",\"aud\":\"rollcall\"}", "ticket_audience");
	check_claims("{" GOOD ",\"aud\":\"https://teams.example\"}", "taken");
	end();
}

TEST("a ticket from another issuer is refused where one is asked for")
{
	begin();
	check_claims("{" GOOD ",\"iss\":\"anybody\"}", "taken");
	rules.issuer = "https://portal.example";
	check_claims("{" GOOD "}", "ticket_issuer");
	check_claims("{" GOOD ",\"iss\":\"anybody\"}", "ticket_issuer");
	check_claims("{" GOOD ",\"iss\":[\"https://portal.example\"]}", "ticket_issuer");
	check_claims("{" GOOD ",\"iss\":\"https://portal.example\"}", "taken");
	end();
}

#define REST "\"exp\":1800000120,\"school\":\"green-hill\",\"sso\":true"

TEST("whoever did not sign in through SSO is refused, and named for the records")
{
	begin();
	check_claims("{\"exp\":1800000120,\"sub\":\"a\",\"school\":\"s\"}", "no_sso");
	static const char *const no[] = {"false", "null", "1", "\"true\"", "{}", "[true]"};
	for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
		char *claims = xasprintf(
		    "{\"exp\":1800000120,\"sub\":\"a\",\"school\":\"s\",\"sso\":%s}", no[i]);
		struct ticket t;
		struct err e;
		const char *word;
		char *text = signed_with(SECRET, claims);
		CHECK(ticket_read(&t, text, &rules, &word, &e) < 0);
		CHECK_STR(word, "no_sso");
		CHECK_STR(t.id, "a");
		CHECK_STR(t.school, "s");
		ticket_clear(&t);
		free(text);
		free(claims);
	}
	end();
}

TEST("a ticket that does not say who comes, in a way that Redis can keep, is refused")
{
	begin();
	check_claims("{" REST "}", "ticket_staff");
	check_claims("{" REST ",\"sub\":\"\"}", "ticket_staff");
	check_claims("{" REST ",\"sub\":17}", "ticket_staff");
	check_claims("{" REST ",\"sub\":\"a\\nb\"}", "ticket_staff");
	check_claims("{" REST ",\"sub\":\"a\\u007f\"}", "ticket_staff");
	char *claims = xasprintf("{" REST ",\"sub\":\"%0200d\"}", 7);
	check_claims(claims, "taken");
	free(claims);
	claims = xasprintf("{" REST ",\"sub\":\"%0201d\"}", 7);
	check_claims(claims, "ticket_staff");
	free(claims);
	end();
}

TEST("a school that no envelope could name is refused")
{
	static const char *const no[] = {"", ":", "a:b", "green-hill:class", "a\\tb", "a\\u001f"};
	begin();
	for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
		char *claims = xasprintf(
		    "{\"exp\":1800000120,\"sub\":\"a\",\"sso\":true,\"school\":\"%s\"}", no[i]);
		check_claims(claims, "ticket_school");
		free(claims);
	}
	check_claims("{\"exp\":1800000120,\"sub\":\"a\",\"sso\":true}", "ticket_school");
	check_claims(
	    "{\"exp\":1800000120,\"sub\":\"a\",\"sso\":true,\"school\":\"Gro\xc3\xabn Heuwel\"}",
	    "taken");
	end();
}

TEST("a name is cut between characters and stays on one line, whatever it holds")
{
	struct ticket t;
	struct err e;
	const char *word;
	begin();
	struct buf b;
	buf_init(&b, 0);
	buf_adds(&b, "{" GOOD ",\"name\":\"<b>\\r\\nx");
	for (int i = 0; i < 100; i++)
		buf_adds(&b, "\xe2\x82\xac");
	buf_adds(&b, "\"}");
	char *text = signed_with(SECRET, b.data);
	CHECK_INT(ticket_read(&t, text, &rules, &word, &e), 0);
	CHECK(strncmp(t.name, "<b>  x\xe2\x82\xac", 9) == 0);
	CHECK_INT((strlen(t.name) - 6) % 3, 0);
	CHECK(strlen(t.name) <= 200 && strlen(t.name) > 190);
	ticket_clear(&t);
	free(text);
	buf_clear(&b);
	check_claims("{" GOOD ",\"name\":17,\"roles\":\"admin\",\"lang\":[]}", "taken");
	check_claims("{" GOOD ",\"name\":\"a\\u0000b\"}", "ticket_unreadable");
	check_claims("{" GOOD ",\"name\":\"\xff\"}", "ticket_unreadable");
	end();
}

TEST("a ticket in which any letter was changed is refused, and never by a crash")
{
	begin();
	char *text = signed_with(SECRET, "{" GOOD "}");
	for (size_t i = 0; text[i]; i++) {
		struct ticket t;
		struct err e;
		const char *word;
		char was = text[i];
		text[i] = was == 'A' ? 'B' : 'A';
		CHECK(ticket_read(&t, text, &rules, &word, &e) < 0);
		ticket_clear(&t);
		text[i] = '\0';
		CHECK(ticket_read(&t, text, &rules, &word, &e) < 0);
		ticket_clear(&t);
		text[i] = was;
	}
	check_text(text, "taken");
	free(text);
	end();
}

TEST("a ticket signed with another secret is forged")
{
	begin();
	char *text = signed_with("another secret that is as long as the portal's", "{" GOOD "}");
	check_text(text, "ticket_forged");
	free(text);
	end();
}

TEST("what is no JWT is refused as unreadable, and what is too long before it is read")
{
	begin();
	check_text("", "ticket_missing");
	check_text("x", "ticket_unreadable");
	check_text(".", "ticket_unreadable");
	check_text("..", "ticket_unreadable");
	check_text("e30.e30.", "ticket_unreadable");
	check_text("a.b.c.d", "ticket_unreadable");
	check_text("e30=.e30=.e30=", "ticket_unreadable");
	check_text("eyJhbGciOiJIUzI1NiJ9.W10.AAAA", "ticket_unreadable");
	check_text("eyJhbGciOiJIUzI1NiJ9.e30.AA+/", "ticket_unreadable");
	char *text = xmalloc(TICKET_MAX_BYTES + 2);
	memset(text, 'A', TICKET_MAX_BYTES + 1);
	text[TICKET_MAX_BYTES + 1] = '\0';
	check_text(text, "ticket_too_long");
	text[TICKET_MAX_BYTES] = '\0';
	check_text(text, "ticket_unreadable");
	free(text);
	end();
}

TEST("members that are there twice, or nested without end, are refused")
{
	begin();
	check_claims("{" GOOD ",\"sub\":\"staff-2\"}", "ticket_unreadable");
	check_claims("{" GOOD ",\"x\":[[[[[[[[[[]]]]]]]]]]}", "ticket_unreadable");
	check_claims("{" GOOD ",\"x\":[[[1]]]}", "taken");
	end();
}

TEST("a ticket that asks for an extension is refused")
{
	begin();
	json_t *key = rig_secret(SECRET);
	json_t *header = json_pack("{s:[s], s:b}", "crit", "b64", "b64", 1);
	char *text = rig_sign(key, header, "{" GOOD "}");
	check_text(text, "ticket_unreadable");
	free(text);
	json_decref(key);
	end();
}

TEST("the same claims written with another signature have the same print, so they work once")
{
	struct ticket first, second;
	struct err e;
	const char *word;
	clock_fake(NOW_S * 1000, 1000);
	json_t *key = rig_key("ES256");
	char *pem = rig_pem(key, false);
	rules.keys = rig_keys(pem);
	char *text = rig_sign(key, json_object(), "{" GOOD "}");
	char *again = rig_sign(key, json_object(), "{" GOOD "}");
	CHECK(strcmp(text, again) != 0);
	CHECK_INT(ticket_read(&first, text, &rules, &word, &e), 0);
	CHECK_INT(ticket_read(&second, again, &rules, &word, &e), 0);
	CHECK_STR(first.print, second.print);
	ticket_clear(&second);
	free(again);
	again = rig_sign(key, json_object(), "{" GOOD ",\"jti\":\"2\"}");
	CHECK_INT(ticket_read(&second, again, &rules, &word, &e), 0);
	CHECK(strcmp(first.print, second.print) != 0);
	ticket_clear(&first);
	ticket_clear(&second);
	free(again);
	free(text);
	free(pem);
	json_decref(key);
	end();
}
