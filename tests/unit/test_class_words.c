/* The words for a class that is no Team yet. */
#include <stdlib.h>

#include "graph.h"
#include "test.h"

static json_t *answer(const char *text)
{
	json_t *a = json_read(text, strlen(text), 16, NULL);
	CHECK(a);
	return a;
}

TEST("a class is ordered with its nickname, its mark and the school's own id")
{
	json_t *b = class_create_body(&(struct class_order){"5L_Class [1][2020]", "5L.class.1.2020",
	    "Registration group 5L", "rollcall-0", "reg-5L", "5L"});
	CHECK_STR(json_text(b, "displayName"), "5L_Class [1][2020]");
	CHECK_STR(json_text(b, "mailNickname"), "5L.class.1.2020");
	CHECK_STR(json_text(b, "description"), "Registration group 5L rollcall-0");
	CHECK_STR(json_text(b, "externalId"), "reg-5L");
	CHECK_STR(json_text(b, "externalName"), "5L");
	CHECK_STR(json_text(b, "externalSource"), "sis");
	json_decref(b);
}

TEST("a description is never empty and never too long, and always ends in the mark")
{
	char text[2000];
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	json_t *b =
	    class_create_body(&(struct class_order){"5L", "5l", NULL, "rollcall-0", "", ""});
	CHECK_STR(json_text(b, "description"), "rollcall-0");
	json_decref(b);
	b = class_create_body(&(struct class_order){"5L", "5l", text, "rollcall-0", "", ""});
	CHECK_INT(strlen(json_text(b, "description")), 1024);
	CHECK_STR(json_text(b, "description") + 1024 - 11, " rollcall-0");
	json_decref(b);
}

TEST("a class is found by its nickname, whatever letters that has")
{
	char *path = class_search_path("O'Brien&8.class");
	CHECK_STR(path, "/groups?$filter=mailNickname%20eq%20'O%27%27Brien%268.class'"
			"&$select=id,displayName,description");
	free(path);
}

TEST("a Team is made of the class's group by the template for classes")
{
	json_t *b = team_of_class_body("https://g/v1.0", "G1");
	CHECK_STR(
	    json_text(b, "template@odata.bind"), "https://g/v1.0/teamsTemplates('educationClass')");
	CHECK_STR(json_text(b, "group@odata.bind"), "https://g/v1.0/groups('G1')");
	CHECK_INT(json_object_size(b), 2);
	json_decref(b);
}

TEST("owners of a group are its members as well")
{
	const char *users[] = {"U1", "U2"};
	json_t *b = group_owners_body("https://g/v1.0", users, 2);
	CHECK_INT(json_array_size(json_list(b, "owners@odata.bind")), 2);
	CHECK(json_equal(json_list(b, "owners@odata.bind"), json_list(b, "members@odata.bind")));
	CHECK_STR(json_string_value(json_array_get(json_list(b, "owners@odata.bind"), 1)),
	    "https://g/v1.0/directoryObjects/U2");
	json_decref(b);
	b = group_reference_body("https://g/v1.0", "U1");
	CHECK_STR(json_text(b, "@odata.id"), "https://g/v1.0/directoryObjects/U1");
	json_decref(b);
}

TEST("of a tenant's domains the default one counts")
{
	json_t *a = answer("{\"value\":[{\"verifiedDomains\":["
			   "{\"name\":\"school.example\",\"isDefault\":false},"
			   "{\"name\":\"school.onmicrosoft.com\",\"isDefault\":true}]}]}");
	CHECK_STR(tenant_default_domain(a), "school.onmicrosoft.com");
	json_decref(a);
	a = answer("{\"value\":[]}");
	CHECK(!tenant_default_domain(a));
	CHECK(!tenant_default_domain(NULL));
	json_decref(a);
}

static void refused(const char *text, enum name_refusal why, const char *suggestion)
{
	const char *said = "";
	json_t *a = answer(text);
	CHECK_INT(name_refused(a, &said), why);
	if (suggestion)
		CHECK_STR(said, suggestion);
	else
		CHECK(!said);
	json_decref(a);
}

TEST(
    "a refusal says whether it was for the nickname, for the tenant's policy or for something else")
{
	refused(
	    "{\"error\":{\"code\":\"Request_BadRequest\",\"details\":[{\"target\":\"displayName\","
	    "\"code\":\"MissingPrefixSuffix\",\"suggestedPropertyValue\":\"GRP 8B\"}]}}",
	    NAME_AGAINST_POLICY, "GRP 8B");
	refused("{\"error\":{\"details\":[{\"code\":\"ContainsBlockedWord\"}]}}",
	    NAME_AGAINST_POLICY, NULL);
	refused("{\"error\":{\"details\":[{\"target\":\"mailNickname\","
		"\"code\":\"ConflictingObjects\"}]}}",
	    NICKNAME_TAKEN, NULL);
	refused("{\"error\":{\"details\":[{\"target\":\"proxyAddresses\","
		"\"code\":\"ObjectConflict\"}]}}",
	    NAME_NOT_REFUSED, NULL);
	refused("{\"error\":{\"message\":\"Another object with the same value for property "
		"mailNickname already exists.\"}}",
	    NICKNAME_TAKEN, NULL);
	refused("{\"error\":{\"message\":\"One or more added object references already exist\"}}",
	    NAME_NOT_REFUSED, NULL);
	refused("{}", NAME_NOT_REFUSED, NULL);
	const char *said;
	CHECK_INT(name_refused(NULL, &said), NAME_NOT_REFUSED);
}
