/* The $batch envelope. */
#include <stdlib.h>

#include "batch.h"
#include "test.h"

static json_t *answer_of(const char *text)
{
	json_t *answer = json_loads(text, 0, NULL);
	CHECK(answer != NULL);
	return answer;
}

TEST("an envelope lists its requests with ids of their own")
{
	json_t *batch = batch_new();
	batch_get(batch, 1, "/users?$select=id");
	batch_get(batch, 7, "/me");
	char *text = json_write(batch);
	CHECK_STR(text,
	    "{\"requests\":[{\"id\":\"1\",\"method\":\"GET\",\"url\":\"/users?$select=id\"},"
	    "{\"id\":\"7\",\"method\":\"GET\",\"url\":\"/me\"}]}");
	free(text);
	json_decref(batch);
}

TEST("answers are found by id in any order")
{
	json_t *a =
	    answer_of("{\"responses\":[{\"id\":\"2\",\"status\":404},{\"id\":1,\"status\":200},"
		      "{\"status\":200},7]}");
	CHECK_INT(batch_status(batch_entry(a, 1)), 200);
	CHECK_INT(batch_status(batch_entry(a, 2)), 404);
	CHECK(batch_entry(a, 3) == NULL);
	CHECK(batch_entry(NULL, 1) == NULL);
	json_decref(a);
}

TEST("a status that is none is 0")
{
	json_t *a = answer_of("[{\"status\":\"200\"},{\"status\":7},{\"status\":100000},{}]");
	for (size_t i = 0; i < 4; i++)
		CHECK_INT(batch_status(json_array_get(a, i)), 0);
	CHECK_INT(batch_status(NULL), 0);
	json_decref(a);
}

TEST("the longest pause among throttled entries is found, in any case and as a number too")
{
	json_t *a = answer_of(
	    "{\"responses\":[{\"id\":\"1\",\"status\":429,\"headers\":{\"retry-after\":\"3\"}},"
	    "{\"id\":\"2\",\"status\":429,\"headers\":{\"Retry-After\":7}},"
	    "{\"id\":\"3\",\"status\":200,\"headers\":{\"Retry-After\":\"99\"}}]}");
	CHECK_INT(batch_pause_ms(a), 7000);
	CHECK_INT(batch_retry_ms(batch_entry(a, 1), 5), 3000);
	json_decref(a);
}

TEST("no throttled entry is told from one that does not say how long")
{
	json_t *a = answer_of("{\"responses\":[{\"id\":\"1\",\"status\":200}]}");
	CHECK_INT(batch_pause_ms(a), -1);
	json_decref(a);
	a = answer_of(
	    "{\"responses\":[{\"id\":\"1\",\"status\":429,\"headers\":{\"Retry-After\":[]}}]}");
	CHECK_INT(batch_pause_ms(a), 0);
	json_decref(a);
	CHECK_INT(batch_pause_ms(NULL), -1);
}

TEST("an envelope costs what its requests cost together")
{
	json_t *batch = batch_new();
	CHECK_INT(batch_cost(batch), 1);
	batch_get(batch, 1, "/users?$select=id&$filter=x");
	batch_get(batch, 2, "/users?$filter=x");
	batch_get(batch, 3, "/groups/G/members");
	CHECK_INT(batch_cost(batch), 1 + 2 + 3);
	json_decref(batch);
}
