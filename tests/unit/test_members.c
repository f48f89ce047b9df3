/* Member lists, and the answers to changes. */
#include <stdio.h>
#include <stdlib.h>

#include "graph.h"
#include "test.h"

static json_t *read(const char *text)
{
	json_t *value = json_loads(text, 0, NULL);
	CHECK(value != NULL);
	return value;
}

static int add(struct members *m, const char *text, char **next, struct err *e)
{
	json_t *page = read(text);
	int rc = members_add_page(m, page, next, e);
	json_decref(page);
	return rc;
}

TEST("the first page is asked for with the most members it may hold")
{
	char *path = members_path("a/b");
	CHECK_STR(path, "/teams/a%2Fb/members?$top=999");
	free(path);
}

TEST("a list is read over its pages, with owners and guests told apart")
{
	struct members m = {0};
	struct err e;
	char *next;
	CHECK_INT(
	    add(&m,
		"{\"@odata.nextLink\":\"https://g/v1.0/teams/T/members?$skiptoken=x\",\"value\":["
		"{\"userId\":\"U2\",\"displayName\":\"B\",\"email\":\"b@x\",\"roles\":[]},"
		"{\"userId\":\"U1\",\"displayName\":\"A\",\"email\":null,\"roles\":[\"owner\"]}]}",
		&next, &e),
	    0);
	CHECK_STR(next, "https://g/v1.0/teams/T/members?$skiptoken=x");
	free(next);
	CHECK_INT(add(&m, "{\"value\":[{\"userId\":\"U3\",\"roles\":[\"guest\"]}]}", &next, &e), 0);
	CHECK(next == NULL);
	CHECK_INT(m.count, 3);
	CHECK(members_find(&m, "u1")->owner);
	CHECK_STR(members_find(&m, "U1")->mail, "");
	CHECK_STR(members_find(&m, "U2")->name, "B");
	CHECK(!members_find(&m, "U2")->owner);
	CHECK(members_find(&m, "U3")->guest);
	CHECK(members_find(&m, "U4") == NULL);
	members_clear(&m);
	CHECK(members_find(&m, "U1") == NULL);
}

TEST("a user who is listed twice is kept once, as an owner if either says so")
{
	struct members m = {0};
	struct err e;
	char *next;
	add(&m, "{\"value\":[{\"userId\":\"u1\",\"roles\":[]},{\"userId\":\"U2\",\"roles\":[]}]}",
	    &next, &e);
	add(&m, "{\"value\":[{\"userId\":\"U1\",\"roles\":[\"owner\"]}]}", &next, &e);
	CHECK_INT(m.count, 2);
	CHECK(members_find(&m, "U1")->owner);
	members_clear(&m);
}

TEST("an entry without a user is no member that could be changed")
{
	struct members m = {0};
	struct err e;
	char *next;
	CHECK_INT(
	    add(&m, "{\"value\":[{\"userId\":null,\"roles\":[]},{\"roles\":[]}]}", &next, &e), 0);
	CHECK_INT(m.count, 0);
	members_clear(&m);
}

TEST("a page that makes no sense leaves the list as it was")
{
	static const char *const pages[] = {"{}", "[]", "{\"value\":{}}", "{\"value\":[7]}",
	    "{\"value\":[{\"userId\":\"U9\"}]}",
	    "{\"value\":[{\"userId\":\"U9\",\"roles\":\"owner\"}]}",
	    "{\"value\":[],\"@odata.nextLink\":7}",
	    "{\"value\":[{\"userId\":\"U8\",\"roles\":[]},null]}"};
	struct members m = {0};
	struct err e;
	char *next;
	add(&m, "{\"value\":[{\"userId\":\"U1\",\"roles\":[]}]}", &next, &e);
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		CHECK_INT(add(&m, pages[i], &next, &e), ERR_INPUT);
		CHECK(next == NULL);
		CHECK_INT(m.count, 1);
	}
	members_clear(&m);
}

static int add_group(struct members *m, const char *text, char **next, struct err *e)
{
	json_t *page = read(text);
	int rc = members_add_group_page(m, page, next, e);
	json_decref(page);
	return rc;
}

TEST("of a group's members the ids are asked for and read, over its pages")
{
	struct members m = {0};
	struct err e;
	char *next, *path = group_members_path("a/b");
	CHECK_STR(path, "/groups/a%2Fb/members?$select=id&$top=999");
	free(path);
	CHECK_INT(add_group(&m,
		      "{\"@odata.nextLink\":\"https://g/v1.0/groups/T/members?$skiptoken=x\","
		      "\"value\":[{\"@odata.type\":\"#microsoft.graph.user\",\"id\":\"U2\"}]}",
		      &next, &e),
	    0);
	CHECK_STR(next, "https://g/v1.0/groups/T/members?$skiptoken=x");
	free(next);
	CHECK_INT(add_group(&m, "{\"value\":[{\"id\":\"U1\"}]}", &next, &e), 0);
	CHECK(next == NULL);
	CHECK_INT(m.count, 2);
	CHECK(members_find(&m, "u1") && members_find(&m, "U2") && !members_find(&m, "U3"));
	members_clear(&m);
}

TEST("a page of a group that makes no sense leaves the list as it was")
{
	static const char *const pages[] = {"{}", "{\"value\":7}", "{\"value\":[\"U1\"]}",
	    "{\"value\":[{\"id\":\"U1\"},{\"userId\":\"U2\"}]}"};
	struct members m = {0};
	struct err e;
	char *next;
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		CHECK_INT(add_group(&m, pages[i], &next, &e), ERR_INPUT);
		CHECK_INT(m.count, 0);
	}
	members_clear(&m);
}

TEST("five thousand members are found quickly among five thousand")
{
	struct members m = {0};
	struct err e;
	char *next, id[16];
	for (int page = 0; page < 10; page++) {
		json_t *value = json_array();
		for (int i = 0; i < 500; i++) {
			snprintf(id, sizeof id, "U%d", (page * 500 + i) * 7919 % 5000);
			json_array_append_new(
			    value, json_pack("{s:s,s:[]}", "userId", id, "roles"));
		}
		json_t *p = json_pack("{s:o}", "value", value);
		CHECK_INT(members_add_page(&m, p, &next, &e), 0);
		json_decref(p);
	}
	CHECK_INT(m.count, 5000);
	for (int i = 0; i < 5000; i++) {
		snprintf(id, sizeof id, "u%d", i);
		CHECK(members_find(&m, id) != NULL);
	}
	members_clear(&m);
}

TEST("the body of an addition names users and role, that of a removal users alone")
{
	static const char *const users[] = {"U1", "o'b@x"};
	json_t *body = members_change_body("https://g/v1.0", users, 2, false, false);
	char *text = json_write(body);
	CHECK_STR(text,
	    "{\"values\":[{\"@odata.type\":\"microsoft.graph.aadUserConversationMember\",\"roles\":"
	    "[],"
	    "\"user@odata.bind\":\"https://g/v1.0/users('U1')\"},"
	    "{\"@odata.type\":\"microsoft.graph.aadUserConversationMember\",\"roles\":[],"
	    "\"user@odata.bind\":\"https://g/v1.0/users('o''b@x')\"}]}");
	free(text);
	json_decref(body);
	body = members_change_body("https://g/v1.0", users, 1, true, false);
	text = json_write(body);
	CHECK_HAS(text, "\"roles\":[\"owner\"]");
	free(text);
	json_decref(body);
	body = members_change_body("https://g/v1.0", users, 1, false, true);
	text = json_write(body);
	CHECK(!strstr(text, "roles"));
	free(text);
	json_decref(body);
}

static struct change_result results[3];

static void change(int status, const char *text)
{
	static const char *const users[] = {"U1", "U2", "U3"};
	json_t *body = text ? read(text) : NULL;
	memset(results, 0x55, sizeof results);
	members_change_read(status, body, users, 3, results);
	json_decref(body);
}

TEST("success without a body means everybody")
{
	change(204, NULL);
	for (int i = 0; i < 3; i++)
		CHECK_INT(results[i].what, CHANGE_MADE);
	change(200, "{}");
	CHECK_INT(results[2].what, CHANGE_MADE);
}

TEST("an answer in parts is matched by user, in any order and case")
{
	change(207,
	    "{\"value\":[{\"userId\":\"u3\",\"error\":{\"code\":\"NotFound\",\"message\":\"\"}},"
	    "{\"userId\":\"U1\",\"error\":null}]}");
	CHECK_INT(results[0].what, CHANGE_MADE);
	CHECK_INT(results[1].what, CHANGE_UNKNOWN);
	CHECK_INT(results[2].what, CHANGE_REFUSED);
	CHECK_STR(results[2].code, "NotFound");
	CHECK_STR(results[0].code, "");
}

TEST("an answer in parts that names none of ours is matched by order if it is as long")
{
	change(207, "{\"value\":[{\"userId\":\"X1\",\"error\":null},{\"userId\":\"X2\",\"error\":"
		    "{\"code\":\"Forbidden\",\"innerError\":{\"code\":\"AccessDenied\"}}},{"
		    "\"error\":null}]}");
	CHECK_INT(results[0].what, CHANGE_MADE);
	CHECK_INT(results[1].what, CHANGE_REFUSED);
	CHECK_STR(results[1].code, "AccessDenied");
	change(207, "{\"value\":[{\"userId\":\"X1\",\"error\":null}]}");
	CHECK_INT(results[0].what, CHANGE_UNKNOWN);
}

TEST("an answer in parts without a usable body says nothing of anybody")
{
	static const char *const bodies[] = {
	    NULL, "{}", "[]", "{\"value\":{}}", "{\"value\":[1,2,3]}"};
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		change(207, bodies[i]);
		for (int n = 0; n < 3; n++)
			CHECK_INT(results[n].what, CHANGE_UNKNOWN);
	}
}

TEST("a refusal without a code has one of its own, and a failed call says nothing")
{
	change(207, "{\"value\":[{\"userId\":\"U1\",\"error\":{}}]}");
	CHECK_INT(results[0].what, CHANGE_REFUSED);
	CHECK_STR(results[0].code, "UnknownError");
	change(502, "{\"value\":[{\"userId\":\"U1\",\"error\":null}]}");
	CHECK_INT(results[0].what, CHANGE_UNKNOWN);
	change(0, NULL);
	CHECK_INT(results[0].what, CHANGE_UNKNOWN);
}
