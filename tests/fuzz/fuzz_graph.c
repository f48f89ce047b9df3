/*
 * fuzz_graph - every reader of what Microsoft may answer. The first byte chooses the
 * reader, the rest is the answer.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "errors.h"
#include "governor.h"
#include "graph.h"
#include "json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const users[] = {"11111111-1111-1111-1111-111111111111", "a@school.example"};

static void read_members(const json_t *answer)
{
	struct members m = {0};
	struct err e;
	char *next = NULL;
	(void)!members_add_page(&m, answer, &next, &e);
	(void)members_find(&m, users[0]);
	free(next);
	members_clear(&m);
}

static void read_search(const json_t *answer)
{
	struct search *s = search_new(users, 2);
	struct err e;
	int64_t wait_ms;
	const struct account *a;
	for (int turn = 0; turn < 3; turn++) {
		json_t *batch = search_next(s);
		if (!batch)
			break;
		json_decref(batch);
		(void)!search_take(s, answer, &wait_ms, &e);
	}
	(void)search_found(s, 0, &a);
	search_free(s);
}

static void read_team(const json_t *answer)
{
	struct err e;
	char *id = team_marked(answer, "rollcall-0");
	free(id);
	(void)team_operation(answer, &e);
}

static void read_changes(const json_t *answer)
{
	struct change_result results[2];
	members_change_read(207, answer, users, 2, results);
}

static void read_error(const json_t *answer)
{
	char code[CODE_ROOM], id[ID_ROOM];
	errors_code(answer, code);
	errors_request_id(answer, id);
}

static void read_headers(const char *text)
{
	char *team = NULL, *operation = NULL;
	team_from_location(text, &team, &operation);
	free(team);
	free(operation);
	(void)retry_after_ms(text, 1000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const readers[])(const json_t *) = {
	    read_members, read_search, read_team, read_changes, read_error};
	if (size < 1)
		return 0;
	char *text = xstrndup((const char *)data + 1, size - 1);
	size_t which = data[0] % (sizeof readers / sizeof *readers + 1);
	if (which == sizeof readers / sizeof *readers) {
		read_headers(text);
	} else {
		json_t *answer = json_read(text, strlen(text), 64, NULL);
		if (answer)
			readers[which](answer);
		json_decref(answer);
	}
	free(text);
	return 0;
}
