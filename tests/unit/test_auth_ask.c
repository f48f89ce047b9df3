/* Tokens of linked accounts, with a vault that answers from a script. The clock stands still
 * until a test moves it. */
#include "auth_int.h"
#include "fake_microsoft.h"

enum { WAITERS = 20 };

static struct auth *auth;
static struct token_wait waits[WAITERS];
static struct token told[WAITERS];
static char told_text[WAITERS][64];
static int answers;

/* What the vault holds and what it heard. */
static struct {
	struct graph_found found;
	bool hold;
	struct graph_fetch *held;
	int fetches, renewals, refusals;
	char account[64], renewed[64], mark[64], reason[64];
	struct timer later;
} vault;

static void vault_answer(void *ctx)
{
	graph_found(ctx, &vault.found);
}

static void vault_fetch(void *ctx, const char *account, struct graph_fetch *f)
{
	CHECK(ctx == &vault);
	vault.fetches++;
	text_copy(vault.account, sizeof vault.account, account);
	vault.held = f;
	if (!vault.hold)
		timer_set(fake.loop, &vault.later, 0, vault_answer, f);
}

static void vault_renewed(void *ctx, const char *account, const char *token)
{
	CHECK(ctx == &vault && account);
	vault.renewals++;
	text_copy(vault.renewed, sizeof vault.renewed, token);
}

static void vault_refused(void *ctx, const char *account, const char *mark, const char *reason)
{
	CHECK(ctx == &vault && account);
	vault.refusals++;
	text_copy(vault.mark, sizeof vault.mark, mark);
	text_copy(vault.reason, sizeof vault.reason, reason);
}

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
	vault.found =
	    (struct graph_found){.result = GRAPH_OK, .refresh_token = "R+1", .mark = "sealed-1"};
	struct auth_options o = {.loop = fake.loop,
	    .http = fake.http,
	    .authority = fake.authority,
	    .root = fake.root,
	    .client_id = "app",
	    .timeout_ms = 100000000,
	    .vault = {vault_fetch, vault_renewed, vault_refused, &vault}};
	auth = auth_new(&o, credential_read(test_write("secret", "s"), NULL, NULL, &e));
}

static void end(void)
{
	timer_clear(fake.loop, &vault.later);
	auth_free(auth);
	fake_end();
}

static struct bearer of(const char *account)
{
	return (struct bearer){"a.example", account};
}

static void wait_as(const char *account, int n)
{
	auth_wait(auth, of(account), &waits[n], heard, &waits[n]);
}

static const struct token *token_of(const char *account)
{
	int before = answers;
	if (auth_peek(auth, of(account), &told[0])) {
		text_copy(told_text[0], sizeof told_text[0], told[0].text ? told[0].text : "");
		return &told[0];
	}
	wait_as(account, 0);
	fake_until(&answers, before + 1);
	return &told[0];
}

static void say(int status, const char *body)
{
	fake_say(&fake.sign_in, (struct fake_line){.status = status, .body = body});
}

static const char revoked[] = "{\"error\":\"invalid_grant\",\"error_codes\":[50173]}";
static const char bad_secret[] = "{\"error\":\"invalid_client\",\"error_codes\":[7000215]}";

TEST("an account's token is asked for with its refresh token, which its vault gives")
{
	begin();
	CHECK_INT(token_of("t1")->result, GRAPH_OK);
	CHECK_STR(told_text[0], "token-1");
	CHECK_STR(vault.account, "t1");
	CHECK_STR(fake.seen[0].target, "/login/a.example/oauth2/v2.0/token");
	CHECK_STR(fake.seen[0].body, "grant_type=refresh_token&client_id=app&refresh_token=R%2B1"
				     "&client_secret=s");
	end();
}

TEST("each account has its own token, and the app has another")
{
	begin();
	token_of("t1");
	CHECK_STR(told_text[0], "token-1");
	token_of("t2");
	CHECK_STR(told_text[0], "token-2");
	token_of(NULL);
	CHECK_STR(told_text[0], "token-3");
	token_of("t1");
	CHECK_STR(told_text[0], "token-1");
	CHECK_INT(vault.fetches, 2);
	CHECK_INT(auth_requests(auth), 3);
	end();
}

TEST("twenty who wait for one account cost one refresh")
{
	begin();
	vault.hold = true;
	for (int n = 0; n < WAITERS; n++)
		wait_as("t1", n);
	CHECK_INT(vault.fetches, 1);
	graph_found(vault.held, &vault.found);
	fake_until(&answers, WAITERS);
	CHECK_INT(fake.sign_in.requests, 1);
	for (int n = 0; n < WAITERS; n++)
		CHECK_STR(told_text[n], "token-1");
	end();
}

TEST("a refresh token that comes back takes the place of the last one at once")
{
	begin();
	say(200, "{\"access_token\":\"A\",\"expires_in\":3600,\"refresh_token\":\"R-2\"}");
	token_of("t1");
	CHECK_INT(vault.renewals, 1);
	CHECK_STR(vault.renewed, "R-2");
	end();
}

TEST("an answer without a refresh token, or with nonsense for one, renews nothing")
{
	begin();
	say(200, "{\"access_token\":\"A\",\"expires_in\":60}");
	CHECK_INT(token_of("t1")->result, GRAPH_OK);
	say(200, "{\"access_token\":\"A\",\"expires_in\":60,\"refresh_token\":\"two words\"}");
	CHECK_INT(token_of("t2")->result, GRAPH_OK);
	say(200, "{\"access_token\":\"A\",\"expires_in\":60,\"refresh_token\":7}");
	CHECK_INT(token_of("t3")->result, GRAPH_OK);
	CHECK_INT(vault.renewals, 0);
	end();
}

/* refused_twice makes the sign-in say the same two times and gives what came of it. */
static const struct token *refused_twice(const char *body)
{
	say(400, body);
	say(400, body);
	wait_as("t1", 0);
	fake_until(&fake.sign_in.requests, 1);
	for (int i = 0; i < 50; i++)
		fake_turn();
	CHECK_INT(answers, 0);
	CHECK_INT(vault.refusals, 0);
	clock_advance(2000);
	fake_until(&answers, 1);
	return &told[0];
}

TEST("a refresh token that is refused twice is given back as refused, with the reason")
{
	begin();
	CHECK_INT(refused_twice(revoked)->result, GRAPH_RELINK);
	CHECK_INT(fake.sign_in.requests, 2);
	CHECK_INT(vault.fetches, 2);
	CHECK_INT(vault.refusals, 1);
	CHECK_STR(vault.mark, "sealed-1");
	CHECK_STR(vault.reason, "revoked");
	CHECK_INT(token_of("t1")->result, GRAPH_RELINK);
	CHECK_INT(fake.sign_in.requests, 2);
	end();
}

TEST("consent that is gone is told as that")
{
	begin();
	CHECK_INT(refused_twice("{\"error\":\"invalid_grant\",\"error_codes\":[65001]}")->result,
	    GRAPH_NO_CONSENT);
	CHECK_STR(vault.reason, "consent_required");
	end();
}

TEST("a refresh token that is refused in passing harms nobody")
{
	begin();
	say(400, revoked);
	wait_as("t1", 0);
	fake_until(&fake.sign_in.requests, 1);
	for (int i = 0; i < 50; i++)
		fake_turn();
	vault.found.refresh_token = "R-newer";
	vault.found.mark = "sealed-2";
	clock_advance(2000);
	fake_until(&answers, 1);
	CHECK_INT(told[0].result, GRAPH_OK);
	CHECK_INT(vault.refusals, 0);
	CHECK_HAS(fake.seen[1].body, "refresh_token=R-newer");
	end();
}

TEST("a wrong secret of ours unlinks nobody, and no other account of the tenant asks")
{
	begin();
	say(401, bad_secret);
	CHECK_INT(token_of("t1")->result, GRAPH_OPERATOR);
	CHECK_INT(token_of("t1")->result, GRAPH_OPERATOR);
	CHECK_INT(token_of("t2")->result, GRAPH_OPERATOR);
	CHECK_INT(token_of(NULL)->result, GRAPH_OPERATOR);
	CHECK_INT(fake.sign_in.requests, 1);
	CHECK_INT(vault.refusals, 0);
	clock_advance(30000);
	CHECK_INT(token_of("t2")->result, GRAPH_OK);
	end();
}

TEST("an account that is not there is not asked about at Microsoft's")
{
	begin();
	vault.found = (struct graph_found){.result = GRAPH_NOT_LINKED};
	err_set(&vault.found.error, ERR_INPUT, "gone");
	CHECK_INT(token_of("t1")->result, GRAPH_NOT_LINKED);
	CHECK_STR(told[0].error.text, "gone");
	CHECK_INT(fake.sign_in.requests, 0);
	end();
}

TEST("a vault that is away for a moment is asked again after a while")
{
	begin();
	vault.found.result = GRAPH_PASSING;
	CHECK_INT(token_of("t1")->result, GRAPH_PASSING);
	vault.found.result = GRAPH_OK;
	CHECK_INT(token_of("t1")->result, GRAPH_PASSING);
	clock_advance(1000);
	CHECK_INT(token_of("t1")->result, GRAPH_OK);
	end();
}

TEST("a token that Graph refused is asked for anew, for that account alone")
{
	begin();
	uint64_t number = token_of("t1")->number;
	token_of("t2");
	auth_reject(auth, of("t1"), number);
	auth_reject(auth, of("t3"), number);
	token_of("t1");
	CHECK_STR(told_text[0], "token-3");
	token_of("t2");
	CHECK_STR(told_text[0], "token-2");
	end();
}
