/* batch - building and reading $batch. Answers come in any order, and each entry is
 * throttled on its own. */
#include "batch.h"

#include <assert.h>
#include <stdio.h>
#include <strings.h>

#include "governor.h"

enum { NUMBER_ROOM = 24 };

json_t *batch_new(void)
{
	json_t *batch = json_pack("{s:[]}", "requests");
	assert(batch);
	return batch;
}

static char *number_text(size_t n, char text[NUMBER_ROOM])
{
	snprintf(text, NUMBER_ROOM, "%zu", n);
	return text;
}

static void add_request(json_t *batch, size_t n, const char *method, const char *url)
{
	char id[NUMBER_ROOM];
	json_t *request =
	    json_pack("{s:s, s:s, s:s}", "id", number_text(n, id), "method", method, "url", url);
	assert(request);
	json_array_append_new(json_list(batch, "requests"), request);
}

void batch_get(json_t *batch, size_t n, const char *url)
{
	add_request(batch, n, "GET", url);
}

void batch_delete(json_t *batch, size_t n, const char *url)
{
	add_request(batch, n, "DELETE", url);
}

/* An id should come back as the text it was; a number has been seen in emulators. */
static bool has_id(const json_t *entry, size_t n)
{
	const json_t *id = json_object_get(entry, "id");
	char text[NUMBER_ROOM];
	if (json_is_integer(id))
		return json_integer_value(id) == (json_int_t)n;
	return json_is_string(id) && strcasecmp(json_string_value(id), number_text(n, text)) == 0;
}

const json_t *batch_entry(const json_t *answer, size_t n)
{
	size_t i;
	json_t *entry;
	json_array_foreach (json_list(answer, "responses"), i, entry)
		if (has_id(entry, n))
			return entry;
	return NULL;
}

int batch_status(const json_t *entry)
{
	int64_t status = json_int(entry, "status", 0);
	return status >= 100 && status <= 599 ? (int)status : 0;
}

static const char *header_of(const json_t *entry, const char *name, char number[NUMBER_ROOM])
{
	const char *key;
	json_t *value;
	json_object_foreach (json_map(entry, "headers"), key, value) {
		if (strcasecmp(key, name) != 0)
			continue;
		if (json_is_integer(value))
			snprintf(number, NUMBER_ROOM, "%lld", (long long)json_integer_value(value));
		return json_is_integer(value) ? number : json_string_value(value);
	}
	return NULL;
}

int64_t batch_retry_ms(const json_t *entry, int64_t fallback_ms)
{
	char number[NUMBER_ROOM];
	return retry_after_ms(header_of(entry, "Retry-After", number), fallback_ms);
}

int64_t batch_pause_ms(const json_t *answer)
{
	int64_t longest_ms = -1;
	size_t i;
	json_t *entry;
	json_array_foreach (json_list(answer, "responses"), i, entry) {
		if (batch_status(entry) != 429)
			continue;
		int64_t ms = batch_retry_ms(entry, 0);
		if (ms > longest_ms)
			longest_ms = ms;
	}
	return longest_ms;
}

int batch_cost(const json_t *batch)
{
	int cost = 0;
	size_t i;
	json_t *request;
	json_array_foreach (json_list(batch, "requests"), i, request)
		cost += governor_cost(
		    json_text_or(request, "method", "GET"), json_text_or(request, "url", "/"));
	return cost > 1 ? cost : 1;
}
