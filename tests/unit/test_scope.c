/* Parked scopes as text, and Microsoft's own words for them. */
#include "scope.h"
#include "test.h"

static void there_and_back(const char *text, enum scope_kind kind)
{
	struct scope s;
	char again[SCOPE_ROOM];
	CHECK_INT(scope_read(text, &s), 0);
	CHECK_INT(s.kind, kind);
	scope_write(&s, again);
	CHECK_STR(again, text);
}

TEST("each kind of scope is written as it is read")
{
	there_and_back("app", SCOPE_APP);
	there_and_back("app:members_list", SCOPE_APP_CLASS);
	there_and_back("tenant:contoso.example", SCOPE_TENANT);
	there_and_back("tenant:contoso.example:team_create", SCOPE_TENANT_CLASS);
	there_and_back("team:contoso.example:T1", SCOPE_TEAM);
}

TEST("a text that names no scope is refused")
{
	static const char *const texts[] = {"", "App", "app:", "app:nonsense", "tenant",
	    "tenant:", "tenant::team_create", "tenant:x:", "tenant:x:nonsense",
	    "tenant:x:team_create:y", "team:x", "team:x:", "team::y", "team:x:y:z", "other:x"};
	struct scope s;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (scope_read(texts[i], &s) == 0)
			FAIL("\"%s\" was taken for a scope", texts[i]);
}

TEST("a text longer than any scope is refused")
{
	char text[600] = "tenant:";
	memset(text + 7, 'x', 400);
	struct scope s;
	CHECK(scope_read(text, &s) < 0);
	memcpy(text, "team:t:", 7);
	CHECK(scope_read(text, &s) < 0);
}

static void says(const char *header, enum said who, bool both)
{
	struct scope_said s = scope_header(header);
	CHECK_INT(s.who, who);
	CHECK_INT(s.reads_and_writes, both);
}

TEST("the header of a refusal is understood by its first two parts")
{
	says("Tenant_Application/ReadWrite/a/t", SAID_TENANT, true);
	says("Tenant_Application/Write/a/t", SAID_TENANT, false);
	says("Tenant/ReadWrite/a/t", SAID_TENANT, true);
	says("Application/Read/a", SAID_APP, false);
	says("Tenant_Application_Resource/ReadWrite/a/r", SAID_RESOURCE, true);
	says("tenant_application/readwrite/a/t", SAID_TENANT, true);
}

TEST("a header that is missing or odd says nothing")
{
	says(NULL, SAID_NOTHING, false);
	says("", SAID_NOTHING, false);
	says("Moon/Phase", SAID_NOTHING, false);
	says("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaTenant/"
	     "x",
	    SAID_NOTHING, false);
}
