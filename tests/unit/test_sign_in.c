/* A person signs in: the address, and what the code is worth. */
#include "sign_in.h"

#include "fake_microsoft.h"

static struct sign_in *app;
static int answers;
static struct sign_in_answer last;
static char id_token[64], refresh_token[64], reason[SIGN_IN_REASON_ROOM];

static const struct sign_in_way way = {.tenant = "a.example",
    .redirect_uri = "http://127.0.0.1:1/staff/connected",
    .state = "st",
    .nonce = "no",
    .verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"};

static void heard(void *ctx, const struct sign_in_answer *a)
{
	CHECK(ctx == &app);
	answers++;
	last = *a;
	text_copy(id_token, sizeof id_token, a->id_token ? a->id_token : "");
	text_copy(refresh_token, sizeof refresh_token, a->refresh_token ? a->refresh_token : "");
	text_copy(reason, sizeof reason, a->reason);
}

static void begin(void)
{
	struct err e;
	fake_begin();
	struct sign_in_options o = {.loop = fake.loop,
	    .http = fake.http,
	    .root = "https://graph.example/v1.0",
	    .authority = fake.authority,
	    .client_id = "app 1",
	    .secret_file = test_write("secret", "s"),
	    .timeout_ms = 100000000};
	app = sign_in_new(&o, &e);
	if (!app)
		FAIL("%s", e.text);
}

static void end(void)
{
	sign_in_free(app);
	fake_end();
}

static const struct sign_in_answer *redeem(int status, const char *body)
{
	int before = answers;
	fake_say(&fake.sign_in, (struct fake_line){.status = status, .body = body});
	sign_in_redeem(app, &way, "the+code", heard, &app);
	CHECK_INT(answers, before);
	fake_until(&answers, before + 1);
	return &last;
}

TEST("the browser is sent to the tenant with the hash of the verifier, never with it")
{
	begin();
	char *url = sign_in_url(app, &way);
	CHECK_HAS(url, "/login/a.example/oauth2/v2.0/authorize?response_type=code");
	CHECK_HAS(url, "&client_id=app%201&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fstaff%2F");
	CHECK_HAS(url, "&state=st&nonce=no&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-"
		       "cM&code_challenge_method=S256");
	CHECK_HAS(url, "offline_access%20https%3A%2F%2Fgraph.example%2FUser.Read%20");
	CHECK(!strstr(url, way.verifier));
	free(url);
	end();
}

TEST("a school of no known tenant sends its people to any organisation")
{
	begin();
	struct sign_in_way anywhere = way;
	anywhere.tenant = "";
	char *url = sign_in_url(app, &anywhere);
	CHECK_HAS(url, "/login/organizations/oauth2/v2.0/authorize?");
	free(url);
	url = sign_in_consent_url("https://graph.example/v1.0", "https://login", "app", "", NULL);
	CHECK_STR(url, "https://login/organizations/v2.0/adminconsent?client_id=app&scope=https%3A"
		       "%2F%2Fgraph.example%2F.default");
	free(url);
	end();
}

#define ALL_SCOPES                                                                \
	"openid User.Read https://graph.microsoft.com/user.read.all Team.Create " \
	"Team.ReadBasic.All "                                                     \
	"TeamMember.ReadWrite.All GroupMember.Read.All"

TEST("a code is exchanged with the verifier and our secret for the person's tokens")
{
	begin();
	redeem(
	    200, "{\"id_token\":\"a.b.c\",\"refresh_token\":\"R\",\"scope\":\"" ALL_SCOPES "\"}");
	CHECK_INT(last.result, GRAPH_OK);
	CHECK_STR(id_token, "a.b.c");
	CHECK_STR(refresh_token, "R");
	CHECK(last.allowed);
	CHECK_STR(fake.seen[0].target, "/login/a.example/oauth2/v2.0/token");
	CHECK_STR(fake.seen[0].body,
	    "grant_type=authorization_code&client_id=app%201&code=the%2Bcode&redirect_uri="
	    "http%3A%2F%2F127.0.0.1%3A1%2Fstaff%2Fconnected&code_verifier="
	    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk&client_secret=s");
	end();
}

TEST("whoever granted less than was asked for is told apart")
{
	begin();
	redeem(200, "{\"id_token\":\"a\",\"refresh_token\":\"R\",\"scope\":\"openid User.Read.All "
		    "Team.Create Team.ReadBasic.All GroupMember.Read.All\"}");
	CHECK_INT(last.result, GRAPH_OK);
	CHECK(!last.allowed);
	redeem(200, "{\"id_token\":\"a\",\"refresh_token\":\"R\"}");
	CHECK(!last.allowed);
	end();
}

TEST("an answer that lacks a token, or is none, is Microsoft's trouble")
{
	static const char *const bodies[] = {"", "<html>", "[]", "{\"id_token\":\"a\"}",
	    "{\"refresh_token\":\"a\"}", "{\"id_token\":\"a b\",\"refresh_token\":\"R\"}",
	    "{\"id_token\":\"a\",\"refresh_token\":\"\"}", "{\"id_token\":7,\"refresh_token\":[]}"};
	begin();
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		CHECK_INT(redeem(200, bodies[i])->result, GRAPH_PASSING);
		CHECK(*last.error.text);
	}
	CHECK_INT(redeem(0, NULL)->result, GRAPH_PASSING);
	CHECK_INT(redeem(302, "")->result, GRAPH_PASSING);
	end();
}

TEST("a body without end is not read to it")
{
	begin();
	char *body = xasprintf("{\"id_token\":\"%*s\"}", 70000, "");
	CHECK_INT(redeem(200, body)->result, GRAPH_PASSING);
	free(body);
	end();
}

TEST("what refuses a code is told apart: the code, the consent, our own secret")
{
	begin();
	CHECK_INT(redeem(400, "{\"error\":\"invalid_grant\",\"error_codes\":[54005]}")->result,
	    GRAPH_RELINK);
	CHECK_INT(redeem(400, "{\"error\":\"invalid_grant\",\"error_codes\":[65001]}")->result,
	    GRAPH_NO_CONSENT);
	CHECK_STR(reason, "consent_required");
	CHECK_INT(redeem(401, "{\"error\":\"invalid_client\",\"error_codes\":[7000215]}")->result,
	    GRAPH_OPERATOR);
	end();
}

TEST("the error that a browser brings back says who has to act")
{
	begin();
	CHECK_INT(
	    sign_in_error_of("access_denied", "AADSTS65004: User declined", reason), GRAPH_REFUSED);
	CHECK_INT(sign_in_error_of("access_denied", "the user canceled", reason), GRAPH_REFUSED);
	CHECK_INT(
	    sign_in_error_of("access_denied", "AADSTS90094: admin", reason), GRAPH_NO_CONSENT);
	CHECK_INT(sign_in_error_of("consent_required", "", reason), GRAPH_NO_CONSENT);
	CHECK_INT(sign_in_error_of("access_denied", "AADSTS50034: none", reason), GRAPH_RELINK);
	CHECK_STR(reason, "account_gone");
	CHECK_INT(sign_in_error_of("access_denied", "AADSTS50057: off", reason), GRAPH_RELINK);
	CHECK_STR(reason, "account_blocked");
	CHECK_INT(sign_in_error_of("server_error", "", reason), GRAPH_PASSING);
	CHECK_INT(sign_in_error_of("invalid_request", "", reason), GRAPH_OPERATOR);
	CHECK_INT(sign_in_error_of("\xff\xfe", "\xff", reason), GRAPH_PASSING);
	end();
}

TEST("whoever still waits when we stop is told so")
{
	begin();
	fake.sign_in.hold = true;
	sign_in_redeem(app, &way, "code", heard, &app);
	fake_until(&fake.sign_in.requests, 1);
	sign_in_free(app);
	app = NULL;
	CHECK_INT(answers, 1);
	CHECK_INT(last.result, GRAPH_PASSING);
	end();
}
