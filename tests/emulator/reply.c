/* reply - building answers in the shapes that Microsoft uses; see call.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "buf.h"
#include "call.h"
#include "clock.h"

void reply_header(struct call *c, const char *name, const char *value)
{
	struct reply *r = &c->reply;
	for (size_t i = 0; i < r->header_count; i++) {
		if (strcasecmp(r->headers[i].name, name) != 0)
			continue;
		free(r->headers[i].value);
		r->headers[i].value = xstrdup(value);
		return;
	}
	if (r->header_count == CALL_HEADERS)
		return;
	text_copy(r->headers[r->header_count].name, sizeof(r->headers[0].name), name);
	r->headers[r->header_count++].value = xstrdup(value);
}

static void set_body(struct call *c, int status, char *body, size_t length)
{
	free(c->reply.body);
	c->reply.status = status;
	c->reply.body = body;
	c->reply.length = length;
}

void reply_empty(struct call *c, int status)
{
	set_body(c, status, NULL, 0);
}

void reply_text(struct call *c, int status, const char *type, const char *text)
{
	reply_header(c, "Content-Type", type);
	set_body(c, status, xstrdup(text), strlen(text));
}

void reply_json(struct call *c, int status, json_t *body)
{
	char *text = json_dumps(body, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(body);
	reply_header(c, "Content-Type",
	    "application/json;odata.metadata=minimal;odata.streaming=true;"
	    "IEEE754Compatible=false;charset=utf-8");
	set_body(c, status, text, strlen(text));
}

json_t *json_clean(const char *text)
{
	json_t *value = json_string(text);
	size_t length = strlen(text);
	while (!value && length) /* a cut character at the end */
		value = json_stringn(text, --length);
	return value ? value : json_string("");
}

static json_t *inner_error(const struct call *c)
{
	char date[32];
	clock_iso(clock_wall_ms(), date);
	date[19] = '\0';
	return json_pack("{s:s,s:s,s:s}", "date", date, "request-id", c->request_id,
	    "client-request-id", c->client_request_id ? c->client_request_id : c->request_id);
}

static void answer_error(
    struct call *c, int status, const char *code, const char *message, json_t *inner)
{
	reply_json(c, status,
	    json_pack("{s:{s:s,s:o,s:o}}", "error", "code", code, "message", json_clean(message),
		"innerError", inner));
}

void reply_error(struct call *c, int status, const char *code, const char *fmt, ...)
{
	char message[1200];
	va_list args;
	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	answer_error(c, status, code, message, inner_error(c));
}

void reply_error_inner(
    struct call *c, int status, const char *code, const char *inner, const char *fmt, ...)
{
	char message[1200];
	va_list args;
	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	json_t *error =
	    json_pack("{s:s,s:s,s:{}}", "message", message, "code", inner, "innerError");
	json_t *ids = inner_error(c);
	json_object_update(error, ids);
	json_decref(ids);
	answer_error(c, status, code, message, error);
}

void reply_bad_request(struct call *c, const char *fmt, ...)
{
	char message[1200];
	va_list args;
	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	reply_error(c, 400, "Request_BadRequest", "%s", message);
}

void reply_no_object(struct call *c, const char *id)
{
	reply_error(c, 404, "Request_ResourceNotFound",
	    "Resource '%.200s' does not exist or one of its queried reference-property objects "
	    "are not present.",
	    id);
}

void reply_no_team(struct call *c, const char *id)
{
	reply_error_inner(
	    c, 404, "NotFound", "ItemNotFound", "No team found with Group Id %.200s", id);
}

void reply_denied(struct call *c)
{
	reply_error(c, 403, "Authorization_RequestDenied",
	    "Insufficient privileges to complete the operation.");
}

json_t *reply_context(const struct call *c, const char *fmt, ...)
{
	char what[400];
	va_list args;
	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	char *context = xasprintf("%s/v1.0/$metadata#%s", c->base, what);
	json_t *body = json_pack("{s:o}", "@odata.context", json_clean(context));
	free(context);
	return body;
}

void reply_clear(struct reply *r)
{
	free(r->body);
	for (size_t i = 0; i < r->header_count; i++)
		free(r->headers[i].value);
	memset(r, 0, sizeof(*r));
}
