/* scope - parked scopes as text, and Microsoft's own words for them. */
#include "scope.h"

#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "classify.h"

/* take_part copies up to the next colon; NULL when it is empty or too long. */
static const char *take_part(const char *text, char *to, size_t room)
{
	size_t length = strcspn(text, ":");
	if (length == 0 || length >= room)
		return NULL;
	memcpy(to, text, length);
	to[length] = '\0';
	return text + length;
}

static int read_class(const char *name, struct scope *s)
{
	int class = class_of_name(name);
	if (class < 0)
		return ERR_INPUT;
	s->class = (enum call_class) class;
	return 0;
}

static int read_tenant(const char *text, struct scope *s)
{
	text = take_part(text, s->tenant, sizeof s->tenant);
	if (!text)
		return ERR_INPUT;
	s->kind = *text ? SCOPE_TENANT_CLASS : SCOPE_TENANT;
	return *text ? read_class(text + 1, s) : 0;
}

static int read_team(const char *text, struct scope *s)
{
	s->kind = SCOPE_TEAM;
	text = take_part(text, s->tenant, sizeof s->tenant);
	if (!text || *text != ':')
		return ERR_INPUT;
	text = take_part(text + 1, s->team, sizeof s->team);
	return text && *text == '\0' ? 0 : ERR_INPUT;
}

int scope_read(const char *text, struct scope *s)
{
	*s = (struct scope){.kind = SCOPE_APP};
	if (strcmp(text, "app") == 0)
		return 0;
	if (strncmp(text, "app:", 4) == 0) {
		s->kind = SCOPE_APP_CLASS;
		return read_class(text + 4, s);
	}
	if (strncmp(text, "tenant:", 7) == 0)
		return read_tenant(text + 7, s);
	if (strncmp(text, "team:", 5) == 0)
		return read_team(text + 5, s);
	return ERR_INPUT;
}

void scope_write(const struct scope *s, char text[SCOPE_ROOM])
{
	switch (s->kind) {
	case SCOPE_APP:
		text_copy(text, SCOPE_ROOM, "app");
		break;
	case SCOPE_APP_CLASS:
		snprintf(text, SCOPE_ROOM, "app:%s", class_name(s->class));
		break;
	case SCOPE_TENANT:
		snprintf(text, SCOPE_ROOM, "tenant:%s", s->tenant);
		break;
	case SCOPE_TENANT_CLASS:
		snprintf(text, SCOPE_ROOM, "tenant:%s:%s", s->tenant, class_name(s->class));
		break;
	case SCOPE_TEAM:
		snprintf(text, SCOPE_ROOM, "team:%s:%s", s->tenant, s->team);
		break;
	}
}

/* The header is <scope>/<limit>/<application>/<tenant, user or resource>; the scope is
 * made of Tenant, Application, User and Resource, joined by "_". */
struct scope_said scope_header(const char *header)
{
	struct scope_said said = {SAID_NOTHING, false};
	if (!header)
		return said;
	char scope[64], limit[16];
	size_t length = strcspn(header, "/");
	if (length >= sizeof scope)
		return said;
	memcpy(scope, header, length);
	scope[length] = '\0';
	const char *rest = header[length] == '/' ? header + length + 1 : "";
	size_t limit_length = strcspn(rest, "/");
	if (limit_length < sizeof limit) {
		memcpy(limit, rest, limit_length);
		limit[limit_length] = '\0';
		said.reads_and_writes = strcasecmp(limit, "ReadWrite") == 0;
	}
	if (strcasestr(scope, "Resource"))
		said.who = SAID_RESOURCE;
	else if (strcasestr(scope, "Tenant"))
		said.who = SAID_TENANT;
	else if (strcasestr(scope, "Application"))
		said.who = SAID_APP;
	return said;
}
