/*
 * errors - Microsoft's refusals, sorted.
 *
 * Graph is read by status first and then by the deepest code it gives. Codes that cannot
 * be words of Microsoft's (blanks, numbers alone, over-long) are not taken over, since
 * they end in logs and records.
 *
 * The token endpoint is read by its AADSTS number: its "error" word is the same for a
 * tenant that never consented and for a secret of ours that ran out, and these
 * two must not be mixed up. Where no number is known, the word decides.
 */
#include "errors.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

enum { DEPTH_MAX = 16 };

/* ---- Graph ---------------------------------------------------------------------------- */

enum graph_result errors_result(int status)
{
	if (status >= 200 && status < 300)
		return GRAPH_OK;
	switch (status) {
	case 401:
		return GRAPH_TOKEN_REFUSED;
	case 429:
	case 503:
	case 509:
		return GRAPH_THROTTLED;
	case 408:
	case 423:
	case 425:
		return GRAPH_PASSING;
	case 501:
	case 505:
	case 507:
		return GRAPH_REFUSED;
	default:
		return status >= 500 ? GRAPH_PASSING : GRAPH_REFUSED;
	}
}

static bool is_word(const char *text, size_t length)
{
	if (length == 0 || length >= CODE_ROOM || !isalpha((unsigned char)text[0]))
		return false;
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr("_-.", text[i]))
			return false;
	return true;
}

static void take_code(const json_t *error, char code[CODE_ROOM])
{
	const char *text = json_text(error, "code");
	if (text && is_word(text, strlen(text)))
		text_copy(code, CODE_ROOM, text);
}

/* take_wrapped finds what a backend of Teams said, in the message around it:
 * "... Error code: 'X'. ..." and "... (Type = X) ...". */
static void take_wrapped(const json_t *error, char code[CODE_ROOM])
{
	static const char *const marks[] = {"Error code: '", "(Type = "};
	const char *message = json_text(error, "message");
	for (size_t i = 0; message && i < sizeof marks / sizeof *marks; i++) {
		const char *at = strstr(message, marks[i]);
		if (!at)
			continue;
		at += strlen(marks[i]);
		size_t length = strcspn(at, "')");
		if (at[length] && is_word(at, length)) {
			memcpy(code, at, length);
			code[length] = '\0';
		}
	}
}

static json_t *inner_of(const json_t *error)
{
	json_t *inner = json_map(error, "innerError");
	return inner ? inner : json_map(error, "innererror");
}

void errors_inner(const json_t *error, char code[CODE_ROOM])
{
	code[0] = '\0';
	take_code(error, code);
	take_code(json_array_get(json_list(error, "details"), 0), code);
	const json_t *inner = inner_of(error);
	for (int depth = 0; inner && depth < DEPTH_MAX; depth++, inner = inner_of(inner))
		take_code(inner, code);
	take_wrapped(error, code);
}

void errors_code(const json_t *body, char code[CODE_ROOM])
{
	errors_inner(json_map(body, "error"), code);
}

static bool take_id(const char *text, char id[ID_ROOM])
{
	if (!text || strlen(text) >= ID_ROOM ||
	    text[strspn(text, "0123456789abcdefABCDEF-")] != '\0')
		return false;
	text_copy(id, ID_ROOM, text);
	return true;
}

void errors_request_id(const json_t *body, char id[ID_ROOM])
{
	id[0] = '\0';
	const json_t *inner = inner_of(json_map(body, "error"));
	for (int depth = 0; inner && depth < DEPTH_MAX; depth++, inner = inner_of(inner))
		if (take_id(json_text(inner, "request-id"), id))
			return;
}

static const char *meaning(int status)
{
	switch (errors_result(status)) {
	case GRAPH_THROTTLED:
		return "Microsoft asks us to wait";
	case GRAPH_PASSING:
		return "Microsoft has trouble of its own";
	case GRAPH_TOKEN_REFUSED:
		return "Microsoft does not accept the token it gave us";
	case GRAPH_OK:
	case GRAPH_REFUSED:
	case GRAPH_NO_CONSENT:
	case GRAPH_NO_TENANT:
	case GRAPH_OPERATOR:
		break;
	}
	return "Microsoft refused";
}

void errors_say(struct err *e, int status, const char *code, const char *request_id)
{
	err_set(e, ERR_REFUSED, "%s: %d%s%s%s%s", meaning(status), status, *code ? " " : "", code,
	    *request_id ? ", request " : "", request_id);
}

const char *errors_looks_like(const char *body)
{
	body += strspn(body, " \t\r\n");
	switch (*body) {
	case '\0':
		return "nothing";
	case '<':
		return "html";
	case '{':
	case '[':
		return "broken or incomplete JSON";
	default:
		return "text";
	}
}

/* ---- the token endpoint ---------------------------------------------------------------------- */

static const struct {
	int number; /* AADSTS */
	enum graph_result result;
} numbers[] = {
    {65001, GRAPH_NO_CONSENT},
    {65004, GRAPH_NO_CONSENT},
    {90094, GRAPH_NO_CONSENT},
    {90095, GRAPH_NO_CONSENT},
    {700016, GRAPH_NO_CONSENT},
    {53000, GRAPH_NO_CONSENT},
    {53001, GRAPH_NO_CONSENT},
    {53003, GRAPH_NO_CONSENT},
    {530032, GRAPH_NO_CONSENT},
    {90002, GRAPH_NO_TENANT},
    {900023, GRAPH_NO_TENANT},
    {7000215, GRAPH_OPERATOR},
    {7000222, GRAPH_OPERATOR},
    {70002, GRAPH_OPERATOR},
    {7000218, GRAPH_OPERATOR},
    {700025, GRAPH_OPERATOR},
    {700027, GRAPH_OPERATOR},
    {70001, GRAPH_OPERATOR},
    {7000112, GRAPH_OPERATOR},
    {650056, GRAPH_OPERATOR},
    {650057, GRAPH_OPERATOR},
    {50194, GRAPH_OPERATOR},
    {9001023, GRAPH_OPERATOR},
    {90124, GRAPH_OPERATOR},
    {90130, GRAPH_OPERATOR},
    {90038, GRAPH_OPERATOR},
    {90055, GRAPH_THROTTLED},
    {50196, GRAPH_THROTTLED},
    {50033, GRAPH_PASSING},
    {50087, GRAPH_PASSING},
    {50088, GRAPH_PASSING},
    {90006, GRAPH_PASSING},
    {90012, GRAPH_PASSING},
    {90024, GRAPH_PASSING},
    {90033, GRAPH_PASSING},
    {90090, GRAPH_PASSING},
    {90091, GRAPH_PASSING},
    {80001, GRAPH_PASSING},
    {80002, GRAPH_PASSING},
};

static bool number_known(int64_t number, enum graph_result *result)
{
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (numbers[i].number == number) {
			*result = numbers[i].result;
			return true;
		}
	return false;
}

/* read_number takes the first number we know, else the first there is, else 0. */
static int64_t read_number(const json_t *body, enum graph_result *result)
{
	const json_t *codes = json_list(body, "error_codes");
	for (size_t i = 0; i < json_array_size(codes); i++) {
		int64_t number = json_integer_value(json_array_get(codes, i));
		if (number_known(number, result))
			return number;
	}
	const char *text = strstr(json_text_or(body, "error_description", ""), "AADSTS");
	int64_t number = text ? strtoll(text + strlen("AADSTS"), NULL, 10) : 0;
	if (number_known(number, result) || number > 0)
		return number;
	return json_integer_value(json_array_get(codes, 0));
}

static enum graph_result result_of_word(const char *word)
{
	if (strcmp(word, "temporarily_unavailable") == 0 || strcmp(word, "server_error") == 0)
		return GRAPH_PASSING;
	if (strcmp(word, "consent_required") == 0 || strcmp(word, "interaction_required") == 0)
		return GRAPH_NO_CONSENT;
	return GRAPH_OPERATOR;
}

static const char *token_meaning(enum graph_result result)
{
	switch (result) {
	case GRAPH_NO_CONSENT:
		return "The school's Microsoft administrator has not allowed Rollcall, or no "
		       "longer does";
	case GRAPH_NO_TENANT:
		return "Microsoft knows no such tenant";
	case GRAPH_THROTTLED:
		return "Microsoft's sign-in asks us to wait";
	case GRAPH_PASSING:
		return "Microsoft's sign-in has trouble of its own";
	case GRAPH_OPERATOR:
	case GRAPH_OK:
	case GRAPH_REFUSED:
	case GRAPH_TOKEN_REFUSED:
		break;
	}
	return "Microsoft's sign-in does not accept Rollcall's own registration; check client_id "
	       "and the "
	       "secret or certificate in [app]";
}

static void say_token(
    struct err *e, enum graph_result result, int status, int64_t number, const json_t *body)
{
	char id[ID_ROOM] = "", text[32] = "";
	take_id(json_text(body, "trace_id"), id);
	if (number > 0)
		snprintf(text, sizeof text, " AADSTS%lld", (long long)number);
	err_set(e, ERR_REFUSED, "%s: %d%s%s%s", token_meaning(result), status, text,
	    *id ? ", trace " : "", id);
}

enum graph_result errors_token(int status, const json_t *body, struct err *e)
{
	enum graph_result result = GRAPH_PASSING;
	const char *word = json_text(body, "error");
	int64_t number = 0;
	if (status == 429)
		result = GRAPH_THROTTLED;
	else if (word && status < 500) {
		result = result_of_word(word);
		number = read_number(body, &result);
	}
	say_token(e, result, status, number, body);
	return result;
}
