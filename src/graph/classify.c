/*
 * classify - which of Microsoft's quotas a request draws on, read from its method and
 * path, and what it costs there (graph.md 6.1).
 *
 * Whatever is not of Teams counts as the directory's: that quota is measured in
 * resource units and is by far the widest, and a $batch is charged there by its entries.
 */
#include "classify.h"

#include <string.h>
#include <strings.h>

enum { PARTS_MAX = 4, PART_ROOM = 64 };

/* A path in parts: "/teams('ID')/members?x" is teams, ID, members. */
struct parts {
	char part[PARTS_MAX][PART_ROOM];
	int count;
	bool more; /* there were further parts */
};

static const char *const names[CALL_CLASSES] = {
    [CALL_TEAM_CREATE] = "team_create",
    [CALL_TEAM_READ] = "team_read",
    [CALL_MEMBERS_LIST] = "members_list",
    [CALL_MEMBER_ADD_ONE] = "member_add_one",
    [CALL_TEAMS_READ_OTHER] = "teams_read_other",
    [CALL_TEAMS_OTHER] = "teams_other",
    [CALL_DIRECTORY_READ] = "directory_read",
    [CALL_DIRECTORY_WRITE] = "directory_write",
};

const char *class_name(enum call_class class)
{
	return names[class];
}

int class_of_name(const char *name)
{
	for (int i = 0; i < CALL_CLASSES; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

static void split(const char *path, struct parts *p)
{
	memset(p, 0, sizeof *p);
	path += strspn(path, "/");
	while (*path && *path != '?' && *path != '#') {
		if (p->count == PARTS_MAX) {
			p->more = true;
			return;
		}
		size_t length = strcspn(path, "/('?#");
		size_t fits = length < PART_ROOM ? length : PART_ROOM - 1;
		memcpy(p->part[p->count++], path, fits);
		path += length;
		path += strspn(path, "/(')");
	}
}

static bool part_is(const struct parts *p, int n, const char *word)
{
	return n >= 0 && n < p->count && strcasecmp(p->part[n], word) == 0;
}

/* classify_team is for what lies below one team. */
static enum call_class classify_team(const struct parts *p, bool reads, bool posts)
{
	if (p->count == 2)
		return reads ? CALL_TEAM_READ : CALL_TEAMS_OTHER;
	if (p->count == 3 && part_is(p, 2, "members")) {
		if (reads)
			return CALL_MEMBERS_LIST;
		if (posts)
			return CALL_MEMBER_ADD_ONE;
	}
	return reads ? CALL_TEAMS_READ_OTHER : CALL_TEAMS_OTHER;
}

enum call_class governor_classify(const char *method, const char *path, char team[64])
{
	struct parts p;
	split(path, &p);
	bool reads = strcmp(method, "GET") == 0;
	bool posts = strcmp(method, "POST") == 0;
	team[0] = '\0';
	if (part_is(&p, 0, "teams")) {
		if (p.count == 1)
			return posts ? CALL_TEAM_CREATE : CALL_TEAMS_READ_OTHER;
		memcpy(team, p.part[1], PART_ROOM);
		return classify_team(&p, reads, posts);
	}
	if (part_is(&p, p.count - 1, "joinedTeams") && !p.more)
		return CALL_TEAM_READ;
	return reads || part_is(&p, 0, "$batch") ? CALL_DIRECTORY_READ : CALL_DIRECTORY_WRITE;
}

int governor_cost(const char *method, const char *path)
{
	char team[64];
	enum call_class class = governor_classify(method, path, team);
	if (class != CALL_DIRECTORY_READ)
		return 1;
	struct parts p;
	split(path, &p);
	int cost = 1;
	if (part_is(&p, 0, "users"))
		cost = 2;
	else if (part_is(&p, 0, "groups") && part_is(&p, 2, "members"))
		cost = 3;
	if (strstr(path, "$select=") || strstr(path, "%24select="))
		cost--;
	if (strstr(path, "$expand=") || strstr(path, "%24expand="))
		cost++;
	return cost > 1 ? cost : 1;
}
