/* What the sign-in's refusals mean, for our app and for somebody's account. */
#include <stdio.h>

#include "sign_in_errors.h"
#include "test.h"

static json_t *body_of(const char *text)
{
	json_t *body = json_loads(text, 0, NULL);
	CHECK(body != NULL);
	return body;
}

static enum graph_result token(int status, const char *text, struct err *e)
{
	json_t *body = text ? body_of(text) : NULL;
	enum graph_result result = sign_in_error(status, body, e);
	json_decref(body);
	return result;
}

TEST("a number of the token endpoint decides before its word does")
{
	struct err e;
	static const struct {
		int number;
		enum graph_result result;
	} rows[] = {{65001, GRAPH_NO_CONSENT}, {65004, GRAPH_NO_CONSENT}, {90094, GRAPH_NO_CONSENT},
	    {90095, GRAPH_NO_CONSENT}, {700016, GRAPH_NO_CONSENT}, {90002, GRAPH_NO_TENANT},
	    {7000215, GRAPH_OPERATOR}, {7000222, GRAPH_OPERATOR}, {700027, GRAPH_OPERATOR},
	    {7000112, GRAPH_OPERATOR}, {90038, GRAPH_OPERATOR}, {90055, GRAPH_THROTTLED},
	    {50196, GRAPH_THROTTLED}, {90033, GRAPH_PASSING}, {80001, GRAPH_PASSING}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[200];
		snprintf(text, sizeof text, "{\"error\":\"invalid_client\",\"error_codes\":[%d]}",
		    rows[i].number);
		CHECK_INT(token(400, text, &e), rows[i].result);
		snprintf(text, sizeof text,
		    "{\"error\":\"invalid_grant\",\"error_description\":\"AADSTS%d: words.\"}",
		    rows[i].number);
		CHECK_INT(token(400, text, &e), rows[i].result);
	}
}

TEST("without a number that is known the word decides")
{
	struct err e;
	CHECK_INT(token(400, "{\"error\":\"temporarily_unavailable\"}", &e), GRAPH_PASSING);
	CHECK_INT(token(400, "{\"error\":\"consent_required\"}", &e), GRAPH_NO_CONSENT);
	CHECK_INT(
	    token(401, "{\"error\":\"invalid_client\",\"error_codes\":[1]}", &e), GRAPH_OPERATOR);
	CHECK_INT(token(400, "{\"error\":\"invalid_scope\"}", &e), GRAPH_OPERATOR);
}

TEST("429, 5xx and what is not JSON are never held against anybody")
{
	struct err e;
	CHECK_INT(token(429, NULL, &e), GRAPH_THROTTLED);
	CHECK_INT(token(503, "{\"error\":\"invalid_client\"}", &e), GRAPH_PASSING);
	CHECK_INT(token(500, NULL, &e), GRAPH_PASSING);
	CHECK_INT(token(404, NULL, &e), GRAPH_PASSING);
	CHECK_INT(token(400, "{}", &e), GRAPH_PASSING);
}

TEST("the sentence for a refused sign-in names number and trace and says what to do")
{
	struct err e;
	token(401,
	    "{\"error\":\"invalid_client\",\"error_codes\":[7000215],\"trace_id\":\"ab-12\","
	    "\"error_description\":\"AADSTS7000215: secret of Thabo\"}",
	    &e);
	CHECK_HAS(e.text, "check client_id and the secret or certificate in [app]");
	CHECK_HAS(e.text, "AADSTS7000215, trace ab-12");
	CHECK(!strstr(e.text, "Thabo"));
}

/* ---- accounts ------------------------------------------------------------------------------- */

static char reason[REASON_ROOM];

static enum graph_result account(int status, const char *text)
{
	struct err e;
	json_t *body = text ? body_of(text) : NULL;
	enum graph_result result = sign_in_error_of_account(status, body, reason, &e);
	CHECK(*e.text);
	json_decref(body);
	return result;
}

TEST("an account that is refused has to be linked again, and the number says why")
{
	static const struct {
		int number;
		const char *reason;
	} rows[] = {{50173, "revoked"}, {50132, "revoked"}, {700082, "expired"}, {70008, "expired"},
	    {50055, "password_expired"}, {50144, "password_expired"}, {50076, "sign_in_again"},
	    {50079, "sign_in_again"}, {50158, "sign_in_again"}, {53003, "sign_in_again"},
	    {50057, "account_blocked"}, {50034, "account_gone"}, {70000, "not_accepted"},
	    {54005, "not_accepted"}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[200];
		snprintf(text, sizeof text, "{\"error\":\"invalid_grant\",\"error_codes\":[%d]}",
		    rows[i].number);
		CHECK_INT(account(400, text), GRAPH_RELINK);
		CHECK_STR(reason, rows[i].reason);
	}
}

TEST("missing consent is the administrator's to give, whatever word it comes with")
{
	static const char *const texts[] = {"{\"error\":\"invalid_grant\",\"error_codes\":[65001]}",
	    "{\"error\":\"invalid_grant\",\"suberror\":\"consent_required\"}",
	    "{\"error\":\"consent_required\"}",
	    "{\"error\":\"unauthorized_client\",\"error_codes\":[700016]}"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		CHECK_INT(account(400, texts[i]), GRAPH_NO_CONSENT);
		CHECK_STR(reason, "consent_required");
	}
}

TEST("our own fault, and Microsoft's, is never held against an account")
{
	static const struct {
		int status;
		const char *text;
		enum graph_result result;
	} rows[] = {
	    {401, "{\"error\":\"invalid_client\",\"error_codes\":[7000215]}", GRAPH_OPERATOR},
	    {401, "{\"error\":\"invalid_client\"}", GRAPH_OPERATOR},
	    {400, "{\"error\":\"invalid_grant\",\"suberror\":\"client_mismatch\"}", GRAPH_OPERATOR},
	    {400, "{\"error\":\"invalid_grant\",\"error_codes\":[50196]}", GRAPH_THROTTLED},
	    {400, "{\"error\":\"invalid_grant\",\"error_codes\":[90033]}", GRAPH_PASSING},
	    {400, "{\"error\":\"temporarily_unavailable\"}", GRAPH_PASSING},
	    {500, "{\"error\":\"invalid_grant\",\"error_codes\":[50173]}", GRAPH_PASSING},
	    {429, NULL, GRAPH_THROTTLED}, {400, NULL, GRAPH_PASSING}, {403, "[]", GRAPH_PASSING}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK_INT(account(rows[i].status, rows[i].text), rows[i].result);
		CHECK_STR(reason, "");
	}
}

TEST("a user that Microsoft wants to see is asked to sign in, our app never is")
{
	struct err e;
	CHECK_INT(account(400, "{\"error\":\"interaction_required\"}"), GRAPH_RELINK);
	CHECK_STR(reason, "sign_in_again");
	CHECK_INT(token(400, "{\"error\":\"interaction_required\"}", &e), GRAPH_NO_CONSENT);
	CHECK_INT(token(400, "{\"error\":\"invalid_grant\"}", &e), GRAPH_OPERATOR);
}
