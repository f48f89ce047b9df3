/* What a token says of our app's permissions is read where it can be. */
#include "token_roles.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "test.h"

/* token_of has these claims between two parts that nobody reads; free it. */
static char *token_of(const char *claims)
{
	char middle[1024];
	CHECK(sodium_init() >= 0);
	sodium_bin2base64(middle, sizeof middle, (const unsigned char *)claims, strlen(claims),
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	return xasprintf("eyJ0eXAiOiJKV1QifQ.%s.c2lnbmF0dXJl", middle);
}

static void check_roles(const char *claims, const char *want)
{
	char *token = token_of(claims);
	json_t *roles = token_roles(token);
	CHECK(roles != NULL);
	char *text = json_write(roles);
	CHECK_STR(text, want);
	free(text);
	json_decref(roles);
	free(token);
}

TEST("a token's roles are those that it names, and none when it names none")
{
	check_roles("{\"roles\":[\"Team.Create\",\"User.Read.All\"]}",
	    "[\"Team.Create\",\"User.Read.All\"]");
	check_roles("{\"roles\":[\"Team.Create\",7,null,{}]}", "[\"Team.Create\"]");
	check_roles("{\"roles\":\"Team.Create\"}", "[]");
	check_roles("{\"scp\":\"Team.Create\"}", "[]");
}

TEST("what is no token of that form is read as nothing at all")
{
	static const char *const others[] = {
	    "", "opaque", "a.b", "a.!!.c", "a.W10.c", "a.e30", "a..c", "...", "a.eyJyb2xlcyI6.c"};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		CHECK(token_roles(others[i]) == NULL);
}
