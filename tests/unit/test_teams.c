/* Creating a Team, finding it again, following its creation. */
#include <stdlib.h>

#include "graph.h"
#include "test.h"

static const char root[] = "https://graph.example/v1.0";

TEST("the mark is the same for the same class and differs for any other")
{
	char a[48], b[48];
	team_marker("green-hill", "8B", "2026", a);
	team_marker("green-hill", "8B", "2026", b);
	CHECK_STR(a, b);
	CHECK_INT(strlen(a), 41);
	team_marker("green-hill", "8B", "2027", b);
	CHECK(strcmp(a, b) != 0);
	team_marker("green-hill8", "B", "2026", b);
	CHECK(strcmp(a, b) != 0);
	team_marker("green-hil", "l8B", "2026", b);
	CHECK(strcmp(a, b) != 0);
}

TEST("the body to create a Team has template, one owner, name and mark")
{
	json_t *body = team_create_body(root, "8B\tMaths", "Class 8B", "rollcall-1", "U'1");
	char *text = json_write(body);
	CHECK_STR(text,
	    "{\"template@odata.bind\":\"https://graph.example/v1.0/"
	    "teamsTemplates('educationClass')\","
	    "\"displayName\":\"8BMaths\",\"description\":\"Class 8B rollcall-1\",\"members\":["
	    "{\"@odata.type\":\"#microsoft.graph.aadUserConversationMember\",\"roles\":[\"owner\"],"
	    "\"user@odata.bind\":\"https://graph.example/v1.0/users('U''1')\"}]}");
	free(text);
	json_decref(body);
}

TEST("an account that creates a Team is its owner without being named")
{
	json_t *body = team_create_body(root, "8B", "", "rollcall-1", NULL);
	CHECK(!json_object_get(body, "members"));
	CHECK_STR(json_text(body, "displayName"), "8B");
	json_decref(body);
}

TEST("a name is cut to 256 characters and a description keeps its mark within 1024")
{
	char name[2001] = "", *text;
	for (int i = 0; i < 500; i++)
		memcpy(name + 4 * i, "\xf0\x9f\x98\x80", 4);
	json_t *body = team_create_body(root, name, name, "rollcall-1", "U1");
	CHECK_INT(strlen(json_text(body, "displayName")), 128 * 4);
	json_decref(body);
	memset(name, 'x', 2000);
	body = team_create_body(root, name, name, "rollcall-1", "U1");
	CHECK_INT(strlen(json_text(body, "description")), 1024);
	CHECK_HAS(json_text(body, "description"), " rollcall-1");
	text = json_write(body);
	free(text);
	json_decref(body);
	body = team_create_body(root, "n", NULL, "rollcall-1", "U1");
	CHECK_STR(json_text(body, "description"), "rollcall-1");
	json_decref(body);
}

TEST("a Team is looked for by its name, quotes doubled and all encoded")
{
	char *path = team_search_path("O'Brien & 8B");
	CHECK_STR(path, "/groups?$filter=displayName%20eq%20'O%27%27Brien%20%26%208B'%20and%20"
			"resourceProvisioningOptions/"
			"Any(x:x%20eq%20'Team')&$select=id,displayName,description&$top=999");
	free(path);
}

TEST("a name too long for a filter is looked for by its beginning")
{
	char name[201] = "";
	memset(name, 'n', 200);
	char *path = team_search_path(name);
	char part[150] = "startswith(displayName,'";
	memset(part + strlen(part), 'n', 120);
	memcpy(part + 24 + 120, "')%20", 6);
	CHECK_HAS(path, part);
	free(path);
}

TEST("the Team with the mark is picked among those of the same name")
{
	json_t *answer = json_loads("{\"value\":[{\"id\":\"T1\",\"description\":\"Class\"},{\"id\":"
				    "\"T2\",\"description\":null},"
				    "7,{\"id\":\"T3\",\"description\":\"Class rollcall-1\"}]}",
	    0, NULL);
	char *id = team_marked(answer, "rollcall-1");
	CHECK_STR(id, "T3");
	free(id);
	CHECK(team_marked(answer, "rollcall-2") == NULL);
	CHECK(team_marked(NULL, "rollcall-1") == NULL);
	json_decref(answer);
}

static void location(const char *text, const char *want_team, const char *want_path)
{
	char *team, *path;
	team_from_location(text, &team, &path);
	CHECK_STR(team, want_team);
	CHECK_STR(path, want_path);
	free(team);
	free(path);
}

TEST("team and operation are read from a location in each of its shapes")
{
	location("/teams('T-1')/operations('O-1')", "T-1", "/teams/T-1/operations/O-1");
	location("/teams/T-1/operations/O-1", "T-1", "/teams/T-1/operations/O-1");
	location(
	    "https://g/v1.0/teams('T-1')/operations('O-1')", "T-1", "/teams/T-1/operations/O-1");
	location("https://g/v1.0/teams/T-1/operations/O-1", "T-1", "/teams/T-1/operations/O-1");
	location("/teams('T-1')", "T-1", NULL);
}

TEST("a location that names no team gives none")
{
	location(NULL, NULL, NULL);
	location("", NULL, NULL);
	location("/teams", NULL, NULL);
	location("/teams/", NULL, NULL);
	location("/teams('", NULL, NULL);
	location("/teams('T-1", NULL, NULL);
	location("/groups('T-1')", NULL, NULL);
	location("/operations('O-1')", NULL, NULL);
	location("/teams('../x')", NULL, NULL);
	location("/teams('T-1')/operations('", "T-1", NULL);
	team_from_location("/teams('T-1')/operations('O-1')", NULL, NULL);
}

TEST("an operation is running until Microsoft says otherwise")
{
	struct err why;
	json_t *a = json_pack("{s:s}", "status", "succeeded");
	CHECK_INT(team_operation(a, &why), OPERATION_SUCCEEDED);
	json_decref(a);
	static const char *const words[] = {
	    "notStarted", "inProgress", "invalid", "unknownFutureValue"};
	for (size_t i = 0; i < 4; i++) {
		a = json_pack("{s:s}", "status", words[i]);
		CHECK_INT(team_operation(a, &why), OPERATION_RUNNING);
		json_decref(a);
	}
	CHECK_INT(team_operation(NULL, &why), OPERATION_RUNNING);
}

TEST("an operation that failed says why, by code alone")
{
	struct err why;
	json_t *a =
	    json_loads("{\"status\":\"failed\",\"error\":{\"code\":\"Forbidden\",\"message\":"
		       "\"Thabo has no licence\"}}",
		0, NULL);
	CHECK_INT(team_operation(a, &why), OPERATION_FAILED);
	CHECK_STR(why.text, "Microsoft began to create the Team and gave up: Forbidden");
	json_decref(a);
	a = json_loads("{\"status\":\"failed\",\"error\":null}", 0, NULL);
	CHECK_INT(team_operation(a, &why), OPERATION_FAILED);
	CHECK_HAS(why.text, "no reason given");
	json_decref(a);
}
