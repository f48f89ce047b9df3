/*
 * batch - $batch: up to twenty requests in one envelope, each throttled and judged
 * on its own, answered in any order. A cut or a delay of an entry is the envelope's.
 */
#include <string.h>
#include <strings.h>

#include "access.h"
#include "buf.h"
#include "dispatch.h"
#include "json.h"

#define ENTRIES_MAX 20

struct entry {
	const char *id;
	const json_t *request;
	int status;
	json_t *response;
};

struct batch {
	struct call *envelope;
	struct entry entries[ENTRIES_MAX];
	size_t count;
};

static const struct entry *entry_by_id(const struct batch *b, const char *id)
{
	for (size_t i = 0; i < b->count; i++)
		if (!strcasecmp(b->entries[i].id, id))
			return &b->entries[i];
	return NULL;
}

static bool read_entry(struct batch *b, const json_t *request)
{
	const char *id = json_text(request, "id"), *url = json_text(request, "url");
	struct call *c = b->envelope;
	if (!id || !*id || !json_text(request, "method") || !url) {
		reply_error(c, 400, "BadRequest", "Invalid batch payload format.");
		return false;
	}
	if (entry_by_id(b, id)) {
		reply_error(
		    c, 400, "BadRequest", "Request Id %.100s has to be unique in a batch.", id);
		return false;
	}
	if (strstr(url, "$batch")) {
		reply_error(c, 400, "BadRequest", "Nested batch requests are not supported.");
		return false;
	}
	if (json_map(request, "body") && !json_map(request, "headers")) {
		reply_error(c, 400, "BadRequest",
		    "Missing or invalid Content-Type header for request id: %.100s.", id);
		return false;
	}
	b->entries[b->count++] = (struct entry){.id = id, .request = request};
	return true;
}

static bool read_batch(struct batch *b)
{
	struct call *c = b->envelope;
	json_t *body = c->text_length ? json_read(c->text, c->text_length, 32, NULL) : NULL;
	const json_t *requests = json_list(body, "requests");
	size_t n;
	json_t *one;
	c->body = body;
	if (!requests || !json_array_size(requests)) {
		reply_error(c, 400, "BadRequest", "Invalid batch payload format.");
		return false;
	}
	if (json_array_size(requests) > ENTRIES_MAX) {
		reply_error(c, 400, "MaximumValueExceeded",
		    "Number of batch request steps exceeds the maximum value of %d.", ENTRIES_MAX);
		return false;
	}
	json_array_foreach (requests, n, one)
		if (!read_entry(b, one))
			return false;
	return true;
}

/* Header names come in any case. */
static const char *entry_header(const json_t *request, const char *name)
{
	const char *key;
	json_t *value;
	json_object_foreach (json_map(request, "headers"), key, value)
		if (!strcasecmp(key, name))
			return json_string_value(value);
	return NULL;
}

static json_t *response_of(const struct entry *e, struct call *c)
{
	json_t *headers = json_object();
	for (size_t i = 0; i < c->reply.header_count; i++)
		json_object_set_new(
		    headers, c->reply.headers[i].name, json_string(c->reply.headers[i].value));
	json_t *response =
	    json_pack("{s:s,s:i,s:o}", "id", e->id, "status", c->reply.status, "headers", headers);
	if (c->reply.length) {
		json_t *body = json_loadb(c->reply.body, c->reply.length, JSON_DECODE_ANY, NULL);
		if (!body) { /* what is not JSON comes as base64 */
			char *text = base64_text(c->reply.body, c->reply.length);
			body = json_string(text);
			free(text);
		}
		json_object_set_new(response, "body", body);
	}
	return response;
}

/* The path of an entry is relative to the version; some clients send it whole. */
static char *target_of(const json_t *request)
{
	const char *url = json_text(request, "url");
	const char *path = strstr(url, "://");
	if (path)
		url = strchr(path + 3, '/') ? strchr(path + 3, '/') : "/";
	if (!strncmp(url, "/v1.0/", 6))
		return xstrdup(url);
	return xasprintf("/v1.0%s%s", *url == '/' ? "" : "/", url);
}

static void run_entry(struct batch *b, struct entry *e)
{
	struct call c, *envelope = b->envelope;
	char *target = target_of(e->request);
	char *text = NULL;
	bool readable = call_open(&c, envelope->em, json_text(e->request, "method"), target);
	c.in_batch = true;
	c.base = envelope->base;
	c.authorization = envelope->authorization;
	c.consistency = entry_header(e->request, "ConsistencyLevel");
	c.content_type = entry_header(e->request, "Content-Type");
	const char *id = entry_header(e->request, "client-request-id");
	call_name(&c, id ? id : envelope->client_request_id);
	if (json_map(e->request, "body")) {
		text = json_write(json_map(e->request, "body"));
		c.text = text;
		c.text_length = strlen(text);
	}
	if (readable)
		graph_answer(&c);
	e->status = c.reply.status;
	e->response = response_of(e, &c);
	envelope->reply.cut |= c.reply.cut;
	if (c.reply.delay_ms > envelope->reply.delay_ms)
		envelope->reply.delay_ms = c.reply.delay_ms;
	call_close(&c);
	free(target);
	free(text);
}

static bool depends_on_failure(const struct batch *b, const struct entry *e)
{
	size_t n;
	json_t *id;
	json_array_foreach (json_list(e->request, "dependsOn"), n, id) {
		const struct entry *other =
		    entry_by_id(b, json_string_value(id) ? json_string_value(id) : "");
		if (!other || !other->response || other->status >= 400)
			return true;
	}
	return false;
}

static json_t *failed_dependency(const struct entry *e)
{
	return json_pack("{s:s,s:i,s:{},s:{s:{s:s,s:s}}}", "id", e->id, "status", 424, "headers",
	    "body", "error", "code", "FailedDependency", "message", "Request dependency failed.");
}

static json_t *collect(struct batch *b)
{
	struct random *r = &b->envelope->em->random;
	json_t *responses = json_array();
	for (size_t left = b->count; left > 0; left--) {
		size_t pick = b->envelope->set.shuffle_batch ? random_next(r) % left : 0;
		json_array_append_new(responses, b->entries[pick].response);
		memmove(b->entries + pick, b->entries + pick + 1,
		    (left - pick - 1) * sizeof(b->entries[0]));
	}
	return json_pack("{s:o}", "responses", responses);
}

static void run_all(struct batch *b)
{
	for (size_t i = 0; i < b->count; i++) {
		struct entry *e = &b->entries[i];
		if (depends_on_failure(b, e)) {
			e->status = 424;
			e->response = failed_dependency(e);
		} else {
			run_entry(b, e);
		}
	}
}

void batch_answer(struct call *c)
{
	struct batch b = {.envelope = c};
	struct emulator *em = c->em;
	reply_header(c, "Cache-Control", "no-cache");
	reply_header(c, "request-id", c->request_id);
	if (c->client_request_id)
		reply_header(c, "client-request-id", c->client_request_id);
	em->stats.batches++;
	if (strcmp(c->method, "POST") != 0) {
		reply_error(c, 405, "BadRequest", "$batch is called with POST.");
		return;
	}
	if (!access_read(c) || !read_batch(&b))
		return;
	struct firing firing = faults_fire(c);
	if (firing.answer && !firing.after_effect) {
		faults_answer(c, &firing);
		return;
	}
	run_all(&b);
	reply_json(c, 200, collect(&b));
	if (firing.answer)
		faults_answer(c, &firing);
}
