/* What Microsoft's refusals mean. */
#include <stdio.h>

#include "errors.h"
#include "test.h"

static json_t *body_of(const char *text)
{
	json_t *body = json_loads(text, 0, NULL);
	CHECK(body != NULL);
	return body;
}

static void code_is(const char *text, const char *want)
{
	char code[CODE_ROOM];
	json_t *body = body_of(text);
	errors_code(body, code);
	CHECK_STR(code, want);
	json_decref(body);
}

TEST("each status of Graph's table has its result")
{
	static const struct {
		int status;
		enum graph_result result;
	} rows[] = {{200, GRAPH_OK}, {201, GRAPH_OK}, {202, GRAPH_OK}, {204, GRAPH_OK},
	    {207, GRAPH_OK}, {302, GRAPH_REFUSED}, {400, GRAPH_REFUSED}, {401, GRAPH_TOKEN_REFUSED},
	    {402, GRAPH_REFUSED}, {403, GRAPH_REFUSED}, {404, GRAPH_REFUSED}, {405, GRAPH_REFUSED},
	    {409, GRAPH_REFUSED}, {412, GRAPH_REFUSED}, {413, GRAPH_REFUSED}, {422, GRAPH_REFUSED},
	    {423, GRAPH_PASSING}, {429, GRAPH_THROTTLED}, {500, GRAPH_PASSING},
	    {501, GRAPH_REFUSED}, {502, GRAPH_PASSING}, {503, GRAPH_THROTTLED},
	    {504, GRAPH_PASSING}, {507, GRAPH_REFUSED}, {509, GRAPH_THROTTLED},
	    {599, GRAPH_PASSING}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK_INT(errors_result(rows[i].status), rows[i].result);
}

TEST("the innermost code counts, whichever way innerError is spelled")
{
	code_is("{\"error\":{\"code\":\"Forbidden\",\"innerError\":{\"code\":\"AccessDenied\"}}}",
	    "AccessDenied");
	code_is("{\"error\":{\"code\":\"NotFound\",\"innererror\":{\"code\":\"ItemNotFound\","
		"\"innerError\":{}}}}",
	    "ItemNotFound");
	code_is("{\"error\":{\"code\":\"A\",\"innerError\":{\"code\":\"B\",\"innererror\":"
		"{\"code\":\"C\"}}}}",
	    "C");
}

TEST("a number in place of a code is passed over")
{
	code_is("{\"error\":{\"code\":\"TooManyRequests\",\"innerError\":{\"code\":\"429\"}}}",
	    "TooManyRequests");
}

TEST("a code in the details is deeper than the general one")
{
	code_is(
	    "{\"error\":{\"code\":\"Request_BadRequest\",\"details\":[{\"target\":\"displayName\","
	    "\"code\":\"MissingPrefixSuffix\"}],\"innerError\":{\"request-id\":\"1\"}}}",
	    "MissingPrefixSuffix");
}

TEST("a code that Teams wrapped into a message is found")
{
	code_is(
	    "{\"error\":{\"code\":\"Forbidden\",\"message\":\"Failed to execute Templates backend "
	    "request. ErrorMessage : {\\\"errors\\\":[{\\\"message\\\":\\\"Error when calling "
	    "Middle Tier. Message: ''. Error code: 'GetApplicableSkuCategoriesForUserFailed'. "
	    "Status "
	    "code: Forbidden.\\\"}]}\"}}",
	    "GetApplicableSkuCategoriesForUserFailed");
	code_is("{\"error\":{\"code\":\"BadRequest\",\"message\":\"An unexpected error(Type = "
		"OperationDeniedAsTeamIsLocked) occurred\"}}",
	    "OperationDeniedAsTeamIsLocked");
}

TEST("what cannot be a code is not taken for one")
{
	code_is("{\"error\":{\"code\":\"Thabo Mokoena <thabo@school.example>\"}}", "");
	code_is("{\"error\":{\"code\":7}}", "");
	code_is("{\"error\":\"text\"}", "");
	code_is("{}", "");
	code_is("[]", "");
	char code[CODE_ROOM] = "x";
	errors_code(NULL, code);
	CHECK_STR(code, "");
}

TEST("a code that is too long is left out")
{
	char text[300] = "{\"error\":{\"code\":\"";
	memset(text + strlen(text), 'a', 80);
	memcpy(text + 18 + 80, "\"}}", 4);
	code_is(text, "");
}

TEST("innerError in innerError without end is read to a depth and no further")
{
	char text[4000] = "{\"error\":";
	size_t used = strlen(text);
	for (int i = 0; i < 100; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "{\"innerError\":");
	used += (size_t)snprintf(text + used, sizeof text - used, "{\"code\":\"Deep\"}");
	memset(text + used, '}', 101);
	code_is(text, "");
}

TEST("the request id is found in the innermost error, and nothing else passes for one")
{
	char id[ID_ROOM];
	json_t *body = body_of("{\"error\":{\"innerError\":{\"request-id\":"
			       "\"0a1b2c3d-0000-4000-8000-000000000001\"}}}");
	errors_request_id(body, id);
	CHECK_STR(id, "0a1b2c3d-0000-4000-8000-000000000001");
	json_decref(body);
	body = body_of("{\"error\":{\"innerError\":{\"request-id\":\"<script>\"}}}");
	errors_request_id(body, id);
	CHECK_STR(id, "");
	json_decref(body);
}

TEST("the sentence names status, code and request, and no more")
{
	struct err e;
	errors_say(&e, 403, "AccessDenied", "12-34");
	CHECK_STR(e.text, "Microsoft refused: 403 AccessDenied, request 12-34");
	errors_say(&e, 502, "", "");
	CHECK_STR(e.text, "Microsoft has trouble of its own: 502");
	errors_say(&e, 429, "TooManyRequests", "");
	CHECK_STR(e.text, "Microsoft asks us to wait: 429 TooManyRequests");
}
