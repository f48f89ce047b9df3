/* A class without Team is its group: what is asked, and what the answers say. */
#include <stdlib.h>

#include "graph.h"
#include "test.h"

static json_t *read_json(const char *text)
{
	struct err e;
	json_t *value = json_read(text, strlen(text), 12, &e);
	if (!value)
		FAIL("%s", e.text);
	return value;
}

TEST("members and owners are asked for with names and addresses")
{
	char *members = class_members_path("g/1"), *owners = class_owners_path("g1");
	CHECK_STR(members, "/groups/g%2F1/members?$select=id,displayName,mail&$top=999");
	CHECK_STR(owners, "/groups/g1/owners?$select=id,displayName,mail&$top=999");
	free(members);
	free(owners);
}

TEST("a page of a group's members has names and addresses, and nobody in it is an owner")
{
	struct members m = {0};
	char *next;
	json_t *page =
	    read_json("{\"value\":[{\"id\":\"u1\",\"displayName\":\"One\",\"mail\":\"one@s\"},"
		      "{\"id\":\"u2\",\"mail\":null}]}");
	CHECK_INT(members_add_group_page(&m, page, &next, NULL), 0);
	CHECK_INT(m.count, 2);
	CHECK_STR(m.at[0].name, "One");
	CHECK_STR(m.at[0].mail, "one@s");
	CHECK_STR(m.at[1].mail, "");
	CHECK(!m.at[0].owner && !m.at[1].owner);
	members_clear(&m);
	json_decref(page);
}

TEST("additions name each user by a link of the root")
{
	json_t *body = class_members_body("https://g", (const char *[]){"u1", "u2"}, 2);
	char *text = json_write(body);
	CHECK_STR(text, "{\"members@odata.bind\":[\"https://g/directoryObjects/u1\","
			"\"https://g/directoryObjects/u2\"]}");
	free(text);
	json_decref(body);
}

TEST("a removal takes the link away and never the person")
{
	json_t *batch = class_removal_batch("g1", (const char *[]){"u1", "u/2"}, 2);
	size_t i;
	json_t *request;
	json_array_foreach (json_list(batch, "requests"), i, request) {
		CHECK_STR(json_text(request, "method"), "DELETE");
		const char *url = json_text(request, "url");
		CHECK_STR(
		    url, i == 0 ? "/groups/g1/members/u1/$ref" : "/groups/g1/members/u%2F2/$ref");
	}
	CHECK_INT(i, 2);
	json_decref(batch);
}

TEST("each removal has its own answer; what is throttled or missing is not known, after a pause")
{
	struct change_result r[6];
	json_t *answer = read_json(
	    "{\"responses\":[{\"id\":\"2\",\"status\":404,\"body\":{\"error\":{\"code\":\"x\"}}},"
	    "{\"id\":\"1\",\"status\":204},{\"id\":\"3\",\"status\":429,\"headers\":{\"Retry-"
	    "After\":\"7\"}},"
	    "{\"id\":\"4\",\"status\":403,\"body\":{\"error\":{\"code\":\"Denied\"}}},"
	    "{\"id\":\"5\",\"status\":500}]}");
	CHECK_INT(class_removal_read(answer, 6, r), 7000);
	static const enum change want[] = {CHANGE_MADE, CHANGE_REFUSED, CHANGE_UNKNOWN,
	    CHANGE_REFUSED, CHANGE_UNKNOWN, CHANGE_UNKNOWN};
	for (size_t i = 0; i < 6; i++)
		CHECK_INT(r[i].what, want[i]);
	CHECK_STR(r[1].code, "NotFound");
	CHECK_STR(r[3].code, "Denied");
	json_decref(answer);
}

TEST("an answer that makes no sense says nothing of anybody")
{
	struct change_result r[1];
	CHECK_INT(class_removal_read(NULL, 1, r), 0);
	CHECK_INT(r[0].what, CHANGE_UNKNOWN);
}
