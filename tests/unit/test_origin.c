/* Where nobody is sent, and whose pages are ours. */
#include "origin.h"

#include "test.h"

TEST("a page of ours is where it says, with its parameters and its place in the page")
{
	CHECK_STR(origin_page("/staff/teams"), "/staff/teams");
	CHECK_STR(origin_page("/staff/settings#connection"), "/staff/settings#connection");
	CHECK_STR(
	    origin_page("/staff/teams?class=8B%2F2026&x=1"), "/staff/teams?class=8B%2F2026&x=1");
	CHECK_STR(origin_page("/console"), "/console");
	CHECK_STR(origin_page("/console/classes"), "/console/classes");
	CHECK_STR(origin_page("/console?consent=granted#setup"), "/console?consent=granted#setup");
	CHECK_STR(origin_page("/ops"), "/ops");
}

TEST("whatever is no page of ours leads to the Teams page and never elsewhere")
{
	static const char *const no[] = {NULL, "", "/", "//evil.example", "/\\evil.example",
	    "\\\\evil.example", "https://evil.example", "https:evil.example", "javascript:alert(1)",
	    "data:text/html,x", "evil.example", "staff/teams", " /staff/teams", "\t/staff/teams",
	    "/staff/teams\r\nSet-Cookie: a=b", "/staff/teams\nx", "/staff/teams\x01",
	    "/staff/teams/../../v1/me", "/staff/teamsx", "/staff/teams@evil.example",
	    "/staff/teams.evil", "/staff/teams\\x", "/staff/enter?ticket=x", "/v1/me",
	    "/staff/teams#\"><script>", "/staff/t\xc3\xabms", "/staff/teams?\xe2\x80\xae",
	    "/Staff/teams", "///staff/teams", "/.//evil.example", "/%2f/evil.example",
	    "/staff/connected?code=1", "/opsx", "/consolex"};
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		CHECK_STR(origin_page(no[i]), "/staff/teams");
}

static void check_origin(const char *address, const char *want)
{
	char origin[64];
	CHECK_STR(origin_of(address, origin, sizeof origin) ? origin : "none", want);
}

TEST("an origin is scheme, host and port, in small letters, without the port of the scheme")
{
	check_origin("https://Teams.Example", "https://teams.example");
	check_origin("HTTPS://teams.example/rollcall?x#y", "https://teams.example");
	check_origin("https://teams.example:443", "https://teams.example");
	check_origin("https://teams.example:8443/", "https://teams.example:8443");
	check_origin("http://[::1]:80", "http://[::1]");
	check_origin("http://127.0.0.1:8420", "http://127.0.0.1:8420");
	check_origin("http://teams.example:443", "http://teams.example:443");
}

TEST("what is no address has no origin")
{
	check_origin("null", "none");
	check_origin("", "none");
	check_origin("://teams.example", "none");
	check_origin("https://", "none");
	check_origin("https:///path", "none");
	check_origin("https://a-host-whose-name-is-longer-than-there-is-room-for.example", "none");
}
