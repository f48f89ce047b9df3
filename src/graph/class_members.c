/*
 * class_members - who is in a class that has no Team: its group, changed as a group is
 * (graph.md 5.5). Members are added twenty at a time, all or none; each removal stands for
 * itself in a $batch.
 *
 * A DELETE that forgot its /$ref would delete the person from the directory: the path is made
 * here and nowhere else.
 */
#include <assert.h>
#include <stdlib.h>

#include "batch.h"
#include "errors.h"
#include "graph.h"

enum { PAUSE_MS = 10000 };

static char *path_of(const char *group_id, const char *after)
{
	struct buf b;
	buf_init(&b, 0);
	buf_adds(&b, "/groups/");
	buf_url(&b, group_id);
	buf_adds(&b, after);
	return buf_take(&b);
}

char *class_members_path(const char *group_id)
{
	return path_of(group_id, "/members?$select=id,displayName,mail&$top=999");
}

char *class_owners_path(const char *group_id)
{
	return path_of(group_id, "/owners?$select=id,displayName,mail&$top=999");
}

json_t *class_members_body(const char *root, const char *const *users, size_t count)
{
	json_t *links = json_array();
	for (size_t i = 0; i < count; i++) {
		char *link = xasprintf("%s/directoryObjects/%s", root, users[i]);
		json_array_append_new(links, json_string(link));
		free(link);
	}
	json_t *body = json_pack("{s:o}", "members@odata.bind", links);
	assert(body);
	return body;
}

static char *removal_path(const char *group_id, const char *user_id)
{
	struct buf b;
	buf_init(&b, 0);
	buf_adds(&b, "/groups/");
	buf_url(&b, group_id);
	buf_adds(&b, "/members/");
	buf_url(&b, user_id);
	buf_adds(&b, "/$ref");
	return buf_take(&b);
}

json_t *class_removal_batch(const char *group_id, const char *const *users, size_t count)
{
	json_t *batch = batch_new();
	for (size_t i = 0; i < count; i++) {
		char *path = removal_path(group_id, users[i]);
		batch_delete(batch, i + 1, path);
		free(path);
	}
	return batch;
}

static void read_entry(const json_t *entry, struct change_result *r)
{
	int status = batch_status(entry);
	enum graph_result result = errors_result(status);
	*r = (struct change_result){.what = CHANGE_UNKNOWN};
	if (status == 0)
		return;
	if (result == GRAPH_OK) {
		r->what = CHANGE_MADE;
	} else if (status == 404) {
		r->what = CHANGE_REFUSED;
		text_copy(r->code, sizeof r->code, "NotFound");
	} else if (result == GRAPH_REFUSED) {
		r->what = CHANGE_REFUSED;
		errors_code(json_map(entry, "body"), r->code);
		if (!r->code[0])
			text_copy(r->code, sizeof r->code, "UnknownError");
	}
}

int64_t class_removal_read(const json_t *body, size_t count, struct change_result *results)
{
	int64_t pause_ms = 0;
	for (size_t i = 0; i < count; i++) {
		const json_t *entry = batch_entry(body, i + 1);
		read_entry(entry, &results[i]);
		int status = batch_status(entry);
		if (status != 429 && status != 503)
			continue;
		int64_t ms = batch_retry_ms(entry, PAUSE_MS);
		pause_ms = ms > pause_ms ? ms : pause_ms;
	}
	return pause_ms;
}
