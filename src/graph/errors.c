/*
 * errors - Microsoft's refusals, sorted.
 *
 * Graph is read by status first and then by the deepest code it gives. Codes that cannot
 * be words of Microsoft's (blanks, numbers alone, over-long) are not taken over, since
 * they end in logs and records. The sign-in's refusals are sorted in sign_in_errors.c.
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

bool errors_take_id(const char *text, char id[ID_ROOM])
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
		if (errors_take_id(json_text(inner, "request-id"), id))
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
	case GRAPH_RELINK:
	case GRAPH_NOT_LINKED:
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
