/* Tokens, against a sign-in of our own. The clock stands still until a test moves it. */
#include "auth.h"
#include "fake_microsoft.h"

enum { WAITERS = 20, OPERATOR_PAUSE_MS = 30000 };

static struct auth *auth;
static struct token_wait waits[WAITERS];
static struct token told[WAITERS]; /* the last answer of each */
static char told_text[WAITERS][64];
static int answers;

static void heard(void *ctx, const struct token *t)
{
	size_t n = (size_t)((struct token_wait *)ctx - waits);
	told[n] = *t;
	text_copy(told_text[n], sizeof told_text[n], t->text ? t->text : "");
	answers++;
}

static void begin(void)
{
	struct err e;
	fake_begin();
	struct auth_options o = {.loop = fake.loop,
	    .http = fake.http,
	    .authority = fake.authority,
	    .root = fake.root,
	    .client_id = "app 1",
	    .timeout_ms = 100000000};
	auth = auth_new(&o, credential_read(test_write("secret", "s+cret"), NULL, NULL, &e));
}

static void end(void)
{
	auth_free(auth);
	fake_end();
}

static void wait_for(const char *tenant, int n)
{
	auth_wait(auth, (struct bearer){tenant, NULL}, &waits[n], heard, &waits[n]);
}

/* token asks for the tenant's token and waits for whatever comes. */
static const struct token *token(const char *tenant)
{
	int before = answers;
	if (auth_peek(auth, (struct bearer){tenant, NULL}, &told[0])) {
		text_copy(told_text[0], sizeof told_text[0], told[0].text ? told[0].text : "");
		return &told[0];
	}
	wait_for(tenant, 0);
	fake_until(&answers, before + 1);
	return &told[0];
}

static void sign_in_says(int status, const char *body)
{
	fake_say(&fake.sign_in, (struct fake_line){.status = status, .body = body});
}

TEST("a token request is a form with our id, the scope of the root and the secret")
{
	begin();
	CHECK_INT(token("contoso.example")->result, GRAPH_OK);
	CHECK_STR(told_text[0], "token-1");
	CHECK_STR(fake.seen[0].method, "POST");
	CHECK_STR(fake.seen[0].target, "/login/contoso.example/oauth2/v2.0/token");
	CHECK_STR(fake.seen[0].type, "application/x-www-form-urlencoded");
	char *want =
	    xasprintf("grant_type=client_credentials&client_id=app%%201&scope=http%%3A%%2F%%2F"
		      "127.0.0.1%%3A%d%%2F.default&client_secret=s%%2Bcret",
		server_port(fake.server));
	CHECK_STR(fake.seen[0].body, want);
	free(want);
	end();
}

TEST("a token is kept, for each tenant its own")
{
	begin();
	token("a.example");
	token("a.example");
	CHECK_INT(fake.sign_in.requests, 1);
	CHECK_STR(told_text[0], "token-1");
	token("b.example");
	CHECK_INT(fake.sign_in.requests, 2);
	CHECK_STR(told_text[0], "token-2");
	CHECK_INT(auth_requests(auth), 2);
	end();
}

TEST("all who wait for a tenant are answered by one request")
{
	begin();
	fake.sign_in.hold = true;
	for (int n = 0; n < WAITERS; n++)
		wait_for("a.example", n);
	CHECK_INT(answers, 0);
	fake_until(&fake.sign_in.requests, 1);
	fake_release(&fake.sign_in);
	fake_until(&answers, WAITERS);
	CHECK_INT(fake.sign_in.requests, 1);
	for (int n = 0; n < WAITERS; n++)
		CHECK_STR(told_text[n], "token-1");
	end();
}

TEST("five minutes before its end a token is renewed while it is still used")
{
	begin();
	token("a.example");
	clock_advance(3299 * 1000);
	token("a.example");
	CHECK_INT(fake.sign_in.requests, 1);
	clock_advance(2 * 1000);
	token("a.example");
	CHECK_STR(told_text[0], "token-1");
	fake_until(&fake.sign_in.requests, 2);
	token("a.example");
	while (told[0].number == 1) {
		fake_turn();
		token("a.example");
	}
	CHECK_STR(told_text[0], "token-2");
	CHECK_INT(fake.sign_in.requests, 2);
	end();
}

TEST("a token that has ended is not used any more")
{
	begin();
	token("a.example");
	clock_advance(3600 * 1000);
	CHECK(!auth_peek(auth, (struct bearer){"a.example", NULL}, &told[0]));
	token("a.example");
	CHECK_STR(told_text[0], "token-2");
	end();
}

TEST("a token of a short life is renewed at half of it")
{
	begin();
	sign_in_says(200, "{\"access_token\":\"short\",\"expires_in\":120}");
	token("a.example");
	clock_advance(59 * 1000);
	token("a.example");
	CHECK_INT(auth_requests(auth), 1);
	clock_advance(2 * 1000);
	token("a.example");
	CHECK_INT(auth_requests(auth), 2);
	CHECK_STR(told_text[0], "short");
	end();
}

TEST("a life that is missing, zero, negative or nonsense counts as a minute")
{
	static const char *const bodies[] = {"{\"access_token\":\"t\"}",
	    "{\"access_token\":\"t\",\"expires_in\":0}",
	    "{\"access_token\":\"t\",\"expires_in\":-5}",
	    "{\"access_token\":\"t\",\"expires_in\":\"soon\"}"};
	begin();
	for (int i = 0; i < 4; i++) {
		sign_in_says(200, bodies[i]);
		CHECK_INT(token("a.example")->result, GRAPH_OK);
		clock_advance(20 * 1000);
		CHECK_INT(token("a.example")->result, GRAPH_OK);
		CHECK_INT(auth_requests(auth), i + 1);
		clock_advance(40 * 1000);
	}
	end();
}

static void refused(int status, const char *body, enum graph_result result, int64_t pause_ms)
{
	begin();
	sign_in_says(status, body);
	int64_t now = clock_wall_ms();
	CHECK_INT(token("a.example")->result, result);
	CHECK_INT(told[0].status, status);
	CHECK_INT(told[0].retry_at, now + pause_ms);
	CHECK(*told[0].error.text);
	clock_advance(pause_ms - 1);
	CHECK_INT(token("a.example")->result, result);
	CHECK_INT(told[0].retry_at, now + pause_ms);
	CHECK_INT(fake.sign_in.requests, 1);
	clock_advance(1);
	CHECK_INT(token("a.example")->result, GRAPH_OK);
	CHECK_INT(fake.sign_in.requests, 2);
	end();
}

TEST("a wrong secret is the operator's, and not asked about again for half a minute")
{
	refused(401, "{\"error\":\"invalid_client\",\"error_codes\":[7000215]}", GRAPH_OPERATOR,
	    OPERATOR_PAUSE_MS);
}

TEST("a tenant without consent is remembered for ten seconds")
{
	refused(400, "{\"error\":\"unauthorized_client\",\"error_codes\":[700016]}",
	    GRAPH_NO_CONSENT, 10000);
}

TEST("a tenant that is not there is remembered for ten seconds")
{
	refused(
	    400, "{\"error\":\"invalid_request\",\"error_codes\":[90002]}", GRAPH_NO_TENANT, 10000);
}

TEST("trouble at the sign-in is tried again after a second")
{
	refused(503, "<html>busy</html>", GRAPH_PASSING, 1000);
}

TEST("a throttled sign-in is left alone for a minute")
{
	refused(429, "slow down", GRAPH_THROTTLED, 60000);
}

TEST("a throttled sign-in is left alone for as long as it says")
{
	begin();
	fake_say(&fake.sign_in,
	    (struct fake_line){.status = 429, .header = "Retry-After", .value = "7", .body = "no"});
	int64_t now = clock_wall_ms();
	CHECK_INT(token("a.example")->result, GRAPH_THROTTLED);
	CHECK_INT(told[0].retry_at, now + 7000);
	end();
}

TEST("trouble in a row is tried again more and more slowly, and forgotten when it is over")
{
	static const int64_t pauses_ms[] = {1000, 2000, 4000, 8000, 16000, 30000, 30000};
	begin();
	for (int i = 0; i < 7; i++)
		sign_in_says(500, "");
	for (int i = 0; i < 7; i++) {
		token("a.example");
		CHECK_INT(told[0].retry_at - clock_wall_ms(), pauses_ms[i]);
		clock_advance(pauses_ms[i]);
	}
	CHECK_INT(token("a.example")->result, GRAPH_OK);
	end();
}

static void garbled(struct fake_line line, const char *why)
{
	begin();
	fake_say(&fake.sign_in, line);
	CHECK_INT(token("a.example")->result, GRAPH_PASSING);
	CHECK_HAS(told[0].error.text, why);
	end();
}

TEST("an answer that is no token is trouble, and the sentence says what came")
{
	garbled((struct fake_line){.status = 200, .body = "<html>login</html>"}, "no token (html)");
	garbled((struct fake_line){.status = 200, .body = ""}, "no token (nothing)");
	garbled(
	    (struct fake_line){.status = 200, .body = "{\"expires_in\":3600}"}, "incomplete JSON");
	garbled(
	    (struct fake_line){.status = 200, .body = "{\"access_token\":\"x"}, "incomplete JSON");
	garbled(
	    (struct fake_line){.status = 200, .body = "{\"access_token\":\"a b\"}"}, "no token");
	garbled((struct fake_line){.status = 200, .body = "{\"access_token\":\"a\\r\\nX: y\"}"},
	    "no token");
	garbled((struct fake_line){.status = 200,
		    .body = "{\"access_token\":\"x\",\"token_type\":\"mac\"}"},
	    "no token");
}

TEST("a connection that is cut, or an answer cut short, is trouble")
{
	garbled((struct fake_line){.status = 0}, "gave no answer");
	garbled((struct fake_line){.status = 200, .body = "{\"access_token\":\"xyz\"}", .part = 9},
	    "gave no answer");
}

TEST("an answer of ten megabytes is not read to its end")
{
	char *body = xmalloc(10000001);
	memset(body, ' ', 10000000);
	body[10000000] = '\0';
	garbled((struct fake_line){.status = 200, .body = body}, "gave no answer");
	free(body);
}

TEST("what is no tenant is refused without a request")
{
	static const char *const names[] = {"", "common", "Organizations", "consumers", "a/b",
	    "../x", "a..b", "a b", "a%2fb", "a?b", ".a", "a:b", "ü.example"};
	begin();
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		CHECK(auth_peek(auth, (struct bearer){names[i], NULL}, &told[0]));
		CHECK_INT(told[0].result, GRAPH_NO_TENANT);
	}
	char long_name[200] = "";
	memset(long_name, 'a', 180);
	CHECK(auth_peek(auth, (struct bearer){long_name, NULL}, &told[0]));
	CHECK_INT(fake.sign_in.requests, 0);
	end();
}

TEST("a token that Graph refused is thrown away once, whoever says so")
{
	begin();
	token("a.example");
	uint64_t number = told[0].number;
	auth_reject(auth, (struct bearer){"a.example", NULL}, number);
	token("a.example");
	CHECK_STR(told_text[0], "token-2");
	auth_reject(auth, (struct bearer){"a.example", NULL}, number);
	token("a.example");
	CHECK_STR(told_text[0], "token-2");
	CHECK_INT(fake.sign_in.requests, 2);
	auth_reject(auth, (struct bearer){"never.example", NULL}, 7);
	end();
}

TEST("a refusal does not take away a token that still works")
{
	begin();
	token("a.example");
	sign_in_says(401, "{\"error\":\"invalid_client\",\"error_codes\":[7000222]}");
	clock_advance(3301 * 1000);
	CHECK_INT(token("a.example")->result, GRAPH_OK);
	fake_until(&fake.sign_in.requests, 2);
	for (int i = 0; i < 20; i++)
		fake_turn();
	CHECK_INT(token("a.example")->result, GRAPH_OK);
	CHECK_INT(fake.sign_in.requests, 2);
	CHECK_STR(told_text[0], "token-1");
	end();
}

TEST("who leaves is not answered, and the others are")
{
	begin();
	fake.sign_in.hold = true;
	wait_for("a.example", 0);
	wait_for("a.example", 1);
	auth_leave(&waits[0]);
	fake_until(&fake.sign_in.requests, 1);
	fake_release(&fake.sign_in);
	fake_until(&answers, 1);
	CHECK_STR(told_text[0], "");
	CHECK_STR(told_text[1], "token-1");
	struct token_wait never = {0};
	auth_leave(&never);
	end();
}

TEST("another secret is used from then on")
{
	begin();
	struct err e;
	auth_use(auth, credential_read(test_write("secret", "second"), NULL, NULL, &e));
	token("a.example");
	CHECK_HAS(fake.seen[0].body, "client_secret=second");
	end();
}

TEST("all can be freed while requests are under way")
{
	begin();
	fake.sign_in.hold = true;
	wait_for("a.example", 0);
	fake_until(&fake.sign_in.requests, 1);
	end();
	CHECK_INT(answers, 0);
}
