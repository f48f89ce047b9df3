/* routes - see routes.h. The table at the end is the story. */
#include "routes.h"

#include <string.h>
#include <strings.h>

#include "buf.h"

#define USERS_BASIC "User.ReadBasic.All User.Read.All User.ReadWrite.All Directory.Read.All"
#define USERS_WRITE "User.ReadWrite.All User.RevokeSessions.All"
#define TEAMS_BASIC                                                            \
	"Team.ReadBasic.All TeamSettings.Read.All TeamSettings.ReadWrite.All " \
	"Group.Read.All Group.ReadWrite.All"
#define OPERATIONS    "Team.Create " TEAMS_BASIC
#define TEAM_SETTINGS "TeamSettings.ReadWrite.All Group.ReadWrite.All"
#define MEMBERS_READ \
	"TeamMember.Read.All TeamMember.ReadWrite.All Group.Read.All Group.ReadWrite.All"
#define MEMBERS_WRITE  "TeamMember.ReadWriteNonOwnerRole.All TeamMember.ReadWrite.All"
#define MEMBERS_REMOVE "TeamMember.ReadWrite.All"
#define GROUPS_READ                                                      \
	"GroupMember.Read.All GroupMember.ReadWrite.All Group.Read.All " \
	"Group.ReadWrite.All Directory.Read.All"
#define GROUPS_WRITE   "Group.ReadWrite.All"
#define GROUPS_CREATE  "Group.Create Group.ReadWrite.All"
#define GROUPS_MEMBERS "GroupMember.ReadWrite.All Group.ReadWrite.All"
#define CLASSES_READ   "EduRoster.Read.All EduRoster.ReadWrite.All"
#define CLASSES_BASIC  "EduRoster.ReadBasic"
#define CLASSES_WRITE  "EduRoster.ReadWrite.All"

#define DIRECTORY FAMILY_DIRECTORY
#define TEAMS	  FAMILY_TEAMS
#define EDUCATION FAMILY_EDUCATION

static const struct route routes[] = {
    {"GET", "me", me_get, DIRECTORY, QUOTA_IDENTITY, 1, "", "User.Read " USERS_BASIC},
    {"GET", "me/joinedTeams", teams_joined, TEAMS, QUOTA_TEAM_GET, 0, "", TEAMS_BASIC},
    {"POST", "me/revokeSignInSessions", user_revoke, DIRECTORY, QUOTA_IDENTITY, 1, "", USERS_WRITE},
    {"GET", "groupSettings", group_settings_list, DIRECTORY, QUOTA_IDENTITY, 1, GROUPS_READ,
	GROUPS_READ},
    {"GET", "organization", organization_get, DIRECTORY, QUOTA_IDENTITY, 1, "", ""},
    {"GET", "users", users_list, DIRECTORY, QUOTA_IDENTITY, 2, USERS_BASIC, USERS_BASIC},
    {"GET", "users/{}", user_get, DIRECTORY, QUOTA_IDENTITY, 1, USERS_BASIC,
	"User.Read " USERS_BASIC},
    {"GET", "users/{}/joinedTeams", teams_joined, TEAMS, QUOTA_TEAM_GET, 0, TEAMS_BASIC,
	TEAMS_BASIC},
    {"POST", "users/{}/revokeSignInSessions", user_revoke, DIRECTORY, QUOTA_IDENTITY, 1,
	USERS_WRITE, USERS_WRITE},

    {"POST", "teams", teams_create, TEAMS, QUOTA_TEAM_POST, 0, "Team.Create Group.ReadWrite.All",
	"Team.Create Group.ReadWrite.All"},
    {"GET", "teams/{}", team_get, TEAMS, QUOTA_TEAM_GET, 0, TEAMS_BASIC, TEAMS_BASIC},
    {"PATCH", "teams/{}", team_patch, TEAMS, QUOTA_TEAM_PATCH, 0, TEAM_SETTINGS, TEAM_SETTINGS},
    {"POST", "teams/{}/archive", team_archive, TEAMS, QUOTA_TEAMS_WRITE, 0, TEAM_SETTINGS,
	TEAM_SETTINGS},
    {"POST", "teams/{}/unarchive", team_unarchive, TEAMS, QUOTA_TEAMS_WRITE, 0, TEAM_SETTINGS,
	TEAM_SETTINGS},
    {"GET", "teams/{}/operations/{}", operation_get, TEAMS, QUOTA_TEAMS_READ, 0, OPERATIONS,
	OPERATIONS},
    {"GET", "teams/{}/members", members_list, TEAMS, QUOTA_MEMBERS_GET, 0, MEMBERS_READ,
	MEMBERS_READ},
    {"POST", "teams/{}/members", member_add, TEAMS, QUOTA_MEMBER_POST, 0, MEMBERS_WRITE,
	MEMBERS_WRITE},
    {"POST", "teams/{}/members/add", members_add, TEAMS, QUOTA_BULK_ADD, 0, MEMBERS_WRITE,
	MEMBERS_WRITE},
    {"POST", "teams/{}/members/remove", members_remove, TEAMS, QUOTA_TEAMS_WRITE, 0, MEMBERS_REMOVE,
	MEMBERS_REMOVE},
    {"GET", "teams/{}/members/{}", member_get, TEAMS, QUOTA_TEAMS_READ, 0, MEMBERS_READ,
	MEMBERS_READ},
    {"PATCH", "teams/{}/members/{}", member_patch, TEAMS, QUOTA_TEAMS_WRITE, 0, MEMBERS_WRITE,
	MEMBERS_WRITE},
    {"DELETE", "teams/{}/members/{}", member_remove, TEAMS, QUOTA_TEAMS_WRITE, 0, MEMBERS_WRITE,
	MEMBERS_WRITE},

    {"GET", "groups", groups_list, DIRECTORY, QUOTA_IDENTITY, 1, GROUPS_READ, GROUPS_READ},
    {"POST", "groups", group_create, DIRECTORY, QUOTA_IDENTITY, 1, GROUPS_CREATE, GROUPS_WRITE},
    {"GET", "groups/{}", group_get, DIRECTORY, QUOTA_IDENTITY, 1, GROUPS_READ, GROUPS_READ},
    {"PATCH", "groups/{}", group_patch, DIRECTORY, QUOTA_IDENTITY, 1, GROUPS_MEMBERS,
	GROUPS_MEMBERS},
    {"DELETE", "groups/{}", group_delete, DIRECTORY, QUOTA_IDENTITY, 1, GROUPS_WRITE, GROUPS_WRITE},
    {"PUT", "groups/{}/team", team_put, TEAMS, QUOTA_TEAM_PUT, 0, GROUPS_WRITE, GROUPS_WRITE},
    {"GET", "groups/{}/team", team_get, TEAMS, QUOTA_TEAM_GET, 0, TEAMS_BASIC, TEAMS_BASIC},
    {"GET", "groups/{}/members", group_members, DIRECTORY, QUOTA_IDENTITY, 3, GROUPS_READ,
	GROUPS_READ},
    {"GET", "groups/{}/members/microsoft.graph.user", group_members, DIRECTORY, QUOTA_IDENTITY, 3,
	GROUPS_READ, GROUPS_READ},
    {"GET", "groups/{}/owners", group_owners_list, DIRECTORY, QUOTA_IDENTITY, 1, GROUPS_READ,
	GROUPS_READ},
    {"GET", "groups/{}/owners/microsoft.graph.user", group_owners_list, DIRECTORY, QUOTA_IDENTITY,
	1, GROUPS_READ, GROUPS_READ},
    {"POST", "groups/{}/members/$ref", group_member_ref, DIRECTORY, QUOTA_IDENTITY, 1,
	GROUPS_MEMBERS, GROUPS_MEMBERS},
    {"POST", "groups/{}/owners/$ref", group_owner_ref, DIRECTORY, QUOTA_IDENTITY, 1, GROUPS_WRITE,
	GROUPS_WRITE},
    {"DELETE", "groups/{}/members/{}/$ref", group_member_unref, DIRECTORY, QUOTA_IDENTITY, 1,
	GROUPS_MEMBERS, GROUPS_MEMBERS},
    {"DELETE", "groups/{}/owners/{}/$ref", group_owner_unref, DIRECTORY, QUOTA_IDENTITY, 1,
	GROUPS_WRITE, GROUPS_WRITE},
    {"DELETE", "groups/{}/members/{}", group_member_delete, DIRECTORY, QUOTA_IDENTITY, 1,
	"User.ReadWrite.All", "User.ReadWrite.All"},
    {"DELETE", "groups/{}/owners/{}", group_member_delete, DIRECTORY, QUOTA_IDENTITY, 1,
	"User.ReadWrite.All", "User.ReadWrite.All"},

    {"GET", "directory/deletedItems/microsoft.graph.group", deleted_list, DIRECTORY, QUOTA_IDENTITY,
	1, GROUPS_READ, GROUPS_READ},
    {"GET", "directory/deletedItems/{}", deleted_get, DIRECTORY, QUOTA_IDENTITY, 1, GROUPS_READ,
	GROUPS_READ},
    {"POST", "directory/deletedItems/{}/restore", deleted_restore, DIRECTORY, QUOTA_IDENTITY, 1,
	GROUPS_WRITE, GROUPS_WRITE},
    {"DELETE", "directory/deletedItems/{}", deleted_purge, DIRECTORY, QUOTA_IDENTITY, 1,
	GROUPS_WRITE, GROUPS_WRITE},

    {"GET", "education/classes", classes_list, EDUCATION, QUOTA_EDUCATION, 0, CLASSES_READ,
	CLASSES_BASIC},
    {"POST", "education/classes", class_create, EDUCATION, QUOTA_EDUCATION, 0, CLASSES_WRITE, NULL},
    {"GET", "education/classes/{}", class_get, EDUCATION, QUOTA_EDUCATION, 0, CLASSES_READ,
	CLASSES_BASIC},
    {"PATCH", "education/classes/{}", class_patch, EDUCATION, QUOTA_EDUCATION, 0, CLASSES_WRITE,
	NULL},
    {"DELETE", "education/classes/{}", class_delete, EDUCATION, QUOTA_EDUCATION, 0, CLASSES_WRITE,
	NULL},
    {"GET", "education/classes/{}/members", class_members, EDUCATION, QUOTA_EDUCATION, 0,
	CLASSES_READ, CLASSES_BASIC},
    {"GET", "education/classes/{}/teachers", class_teachers, EDUCATION, QUOTA_EDUCATION, 0,
	CLASSES_READ, CLASSES_BASIC},
    {"POST", "education/classes/{}/members/$ref", class_member_ref, EDUCATION, QUOTA_EDUCATION, 0,
	CLASSES_WRITE, NULL},
    {"POST", "education/classes/{}/teachers/$ref", class_teacher_ref, EDUCATION, QUOTA_EDUCATION, 0,
	CLASSES_WRITE, NULL},
    {"DELETE", "education/classes/{}/members/{}/$ref", class_member_unref, EDUCATION,
	QUOTA_EDUCATION, 0, CLASSES_WRITE, NULL},
    {"DELETE", "education/classes/{}/teachers/{}/$ref", class_teacher_unref, EDUCATION,
	QUOTA_EDUCATION, 0, CLASSES_WRITE, NULL},
};

/* Compares segments from the version on with a pattern; fills args. */
static bool matches(struct call *c, const char *pattern)
{
	size_t args = 0, n = 1;
	while (*pattern) {
		size_t length = strcspn(pattern, "/");
		if (n >= c->url.count)
			return false;
		const char *segment = c->url.segments[n++];
		if (length == 2 && !strncmp(pattern, "{}", 2))
			c->args[args++] = segment;
		else if (strlen(segment) != length || strncasecmp(segment, pattern, length) != 0)
			return false;
		pattern += length + (pattern[length] == '/');
	}
	return n == c->url.count;
}

bool route_find(struct call *c)
{
	bool other_method = false;
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!matches(c, routes[i].pattern))
			continue;
		if (!strcmp(routes[i].method, c->method)) {
			c->route = &routes[i];
			return true;
		}
		other_method = true;
	}
	const char *last = c->url.count > 1 ? c->url.segments[c->url.count - 1] : "";
	if (other_method)
		reply_error(c, 405, "Request_BadRequest",
		    "Specified HTTP method is not allowed for the request target.");
	else
		reply_error(
		    c, 400, "BadRequest", "Resource not found for the segment '%.100s'.", last);
	return false;
}
