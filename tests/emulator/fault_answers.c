/* fault_answers - the answers that faults give; see faults.h. */
#include <string.h>

#include "buf.h"
#include "call.h"
#include "json.h"

static const struct usual {
	int status;
	const char *code, *message;
} usuals[] = {
    {400, "BadRequest", "Invalid request."},
    {401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired."},
    {403, "Forbidden", "An unknown error has occurred."},
    {404, "NotFound", "Resource not found."},
    {409, "Conflict", "Conflict."},
    {423, "Locked", "The resource is locked."},
    {500, "InternalServerError", "Internal server error"},
    {502, "BadGateway", "Failed to execute backend request."},
    {503, "ServiceUnavailable", "The service is temporarily unavailable."},
    {504, "GatewayTimeout", "The gateway did not receive a timely response."},
    {509, "BandwidthLimitExceeded", "Bandwidth limit exceeded."},
};

static void answer_error(struct call *c, const json_t *does, int status)
{
	const char *code = "UnknownError", *message = "";
	for (size_t i = 0; i < sizeof(usuals) / sizeof(usuals[0]); i++) {
		if (usuals[i].status != status)
			continue;
		code = usuals[i].code;
		message = usuals[i].message;
	}
	reply_error(c, status, json_text_or(does, "code", code), "%s",
	    json_text_or(does, "message", message));
}

static void answer_html(struct call *c, int status)
{
	char *page = xasprintf("<html><head><title>%d</title></head><body><h2>Our services aren't "
			       "available right now</h2></body></html>",
	    status);
	reply_text(c, status, "text/html", page);
	free(page);
}

/* A valid but enormous answer, or one that is nested deep. */
static void answer_huge(struct call *c, int status, int64_t bytes, int64_t depth)
{
	struct buf b;
	buf_init(&b, 0);
	buf_adds(&b, "{\"value\":[");
	for (int64_t i = 0; i < depth; i++)
		buf_adds(&b, "[");
	buf_adds(&b, "\"");
	while ((int64_t)b.length < bytes)
		buf_adds(&b, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
	buf_adds(&b, "\"");
	for (int64_t i = 0; i < depth; i++)
		buf_adds(&b, "]");
	buf_adds(&b, "]}");
	reply_text(c, status, "application/json", b.data);
	buf_clear(&b);
}

static void answer_status(struct call *c, const json_t *does, int status)
{
	const json_t *body = json_object_get(does, "body");
	if (json_is_string(body))
		reply_text(c, status, "text/plain", json_string_value(body));
	else if (body)
		reply_json(c, status, json_deep_copy(body));
	else if (json_bool(does, "html", false))
		answer_html(c, status);
	else if (status < 400 || json_bool(does, "empty", false))
		reply_empty(c, status);
	else if (status == 429)
		throttle_refuse(c, json_int(does, "retry_after", 10));
	else
		answer_error(c, does, status);
	if (json_object_get(does, "retry_after") && (status != 429 || body))
		throttle_retry_after(c, json_int(does, "retry_after", 10));
}

static void set_headers(struct call *c, const json_t *headers)
{
	const char *name;
	json_t *value;
	json_object_foreach ((json_t *)(uintptr_t)headers, name, value)
		if (json_is_string(value))
			reply_header(c, name, json_string_value(value));
}

void faults_answer(struct call *c, const struct firing *firing)
{
	const json_t *does = firing->answer;
	int64_t bytes = json_int(does, "body_bytes", 0), depth = json_int(does, "nest", 0);
	int status = (int)json_int(does, "status", 200);
	if (json_object_get(does, "cut_before_effect") || json_object_get(does, "cut_after_effect"))
		c->reply.cut = true;
	else if (json_object_get(does, "truncate"))
		c->reply.part = json_int(does, "truncate", 0);
	else if (bytes || depth)
		answer_huge(c, status, bytes, depth);
	else
		answer_status(c, does, status);
	set_headers(c, json_map(does, "headers"));
}
