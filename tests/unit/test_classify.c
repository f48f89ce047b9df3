/* Which quota a request draws on. */
#include "classify.h"
#include "test.h"

static void is(const char *method, const char *path, enum call_class class, const char *team)
{
	char got[64];
	CHECK_STR(class_name(governor_classify(method, path, got)), class_name(class));
	CHECK_STR(got, team);
}

TEST("every row of the Teams quotas is told apart by method and path")
{
	is("POST", "/teams", CALL_TEAM_CREATE, "");
	is("GET", "/teams/T1", CALL_TEAM_READ, "T1");
	is("GET", "/teams/T1?$select=id", CALL_TEAM_READ, "T1");
	is("GET", "/teams/T1/members?$top=999", CALL_MEMBERS_LIST, "T1");
	is("POST", "/teams/T1/members", CALL_MEMBER_ADD_ONE, "T1");
	is("POST", "/teams/T1/members/add", CALL_TEAMS_OTHER, "T1");
	is("POST", "/teams/T1/members/remove", CALL_TEAMS_OTHER, "T1");
	is("DELETE", "/teams/T1/members/M", CALL_TEAMS_OTHER, "T1");
	is("PATCH", "/teams/T1/members/M", CALL_TEAMS_OTHER, "T1");
	is("GET", "/teams/T1/members/M", CALL_TEAMS_READ_OTHER, "T1");
	is("PATCH", "/teams/T1", CALL_TEAMS_OTHER, "T1");
	is("POST", "/teams/T1/archive", CALL_TEAMS_OTHER, "T1");
	is("GET", "/teams/T1/operations/O", CALL_TEAMS_READ_OTHER, "T1");
	is("GET", "/users/U/joinedTeams", CALL_TEAM_READ, "");
}

TEST("a quoted key names the same team")
{
	is("GET", "/teams('T1')/operations('O')", CALL_TEAMS_READ_OTHER, "T1");
	is("GET", "/teams('T1')", CALL_TEAM_READ, "T1");
}

TEST("what is not of Teams draws on the directory")
{
	is("GET", "/users?$filter=mail%20eq%20'a'", CALL_DIRECTORY_READ, "");
	is("POST", "/$batch", CALL_DIRECTORY_READ, "");
	is("GET", "/groups?$filter=x", CALL_DIRECTORY_READ, "");
	is("GET", "/groups/G/members?$select=id", CALL_DIRECTORY_READ, "");
	is("DELETE", "/groups/G", CALL_DIRECTORY_WRITE, "");
	is("POST", "/directory/deletedItems/G/restore", CALL_DIRECTORY_WRITE, "");
	is("GET", "", CALL_DIRECTORY_READ, "");
	is("GET", "/", CALL_DIRECTORY_READ, "");
}

TEST("an id that is too long is cut and nothing is written beyond its room")
{
	char path[400] = "/teams/", team[64];
	memset(path + 7, 'x', 300);
	governor_classify("GET", path, team);
	CHECK_INT(strlen(team), 63);
}

TEST("resource units follow the price list")
{
	CHECK_INT(governor_cost("GET", "/users?$filter=x"), 2);
	CHECK_INT(governor_cost("GET", "/users?$select=id&$filter=x"), 1);
	CHECK_INT(governor_cost("GET", "/users?%24select=id&$filter=x"), 1);
	CHECK_INT(governor_cost("GET", "/users?$filter=x&$expand=manager"), 3);
	CHECK_INT(governor_cost("GET", "/groups/G/members"), 3);
	CHECK_INT(governor_cost("GET", "/groups/G"), 1);
	CHECK_INT(governor_cost("GET", "/groups/G?$select=id"), 1);
	CHECK_INT(governor_cost("PATCH", "/groups/G"), 1);
	CHECK_INT(governor_cost("POST", "/teams"), 1);
}

TEST("every class has a name of its own that leads back to it")
{
	for (int c = 0; c < CALL_CLASSES; c++)
		CHECK_INT(class_of_name(class_name((enum call_class)c)), c);
	CHECK_INT(class_of_name("no_such_class"), -1);
}
