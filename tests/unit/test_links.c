/* Links are followed within the root and nowhere else. */
#include <stdlib.h>

#include "links.h"
#include "test.h"

static const char root[] = "https://graph.example/v1.0";

TEST("a link below the root gives its part after the root")
{
	CHECK_STR(link_below(root, "https://graph.example/v1.0/users?$skiptoken=x"),
	    "/users?$skiptoken=x");
	CHECK_STR(link_below(root, "HTTPS://Graph.Example/v1.0/users"), "/users");
	CHECK_STR(link_below(root, "/teams/T"), "/teams/T");
	CHECK_STR(link_below(root, "/$batch"), "/$batch");
	CHECK_STR(link_below("http://127.0.0.1:8080", "http://127.0.0.1:8080/x"), "/x");
}

TEST("a link that leads anywhere else is refused")
{
	static const char *const links[] = {"https://graph.example.evil/v1.0/users",
	    "https://graph.example@evil/v1.0/users", "https://evil/v1.0/users",
	    "http://graph.example/v1.0/users", "https://graph.example:444/v1.0/users",
	    "https://graph.example/beta/users", "https://graph.example/v1.0evil/users",
	    "https://graph.example/V1.0/users", "https://graph.example/v1.0@evil/",
	    "https://graph.example", "//evil/users", "https://graph.example/v1.0//evil", "teams/T",
	    "", "file:///etc/passwd", "https://graph.example/v1.0/../beta/users", "/..",
	    "/../../secret", "/a/..?x"};
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		if (link_below(root, links[i]))
			FAIL("%s was followed", links[i]);
}

TEST("a link with characters that no URL has is refused")
{
	CHECK(link_below(root, "/teams/T HTTP/1.1") == NULL);
	CHECK(link_below(root, "/teams/T\r\nHost: evil") == NULL);
	CHECK(link_below(root, "/teams/\xc3\xbc") == NULL);
	CHECK(link_below(root, "/teams\\T") == NULL);
}

TEST("dots that do not climb are left alone")
{
	CHECK_STR(link_below(root, "/users/a..b"), "/users/a..b");
	CHECK_STR(link_below(root, "/users?x=/../y"), "/users?x=/../y");
	CHECK_STR(link_below(root, "/users/..a"), "/users/..a");
}

static void origin(const char *url, const char *want)
{
	char *got = link_origin(url);
	CHECK_STR(got, want);
	free(got);
}

TEST("the origin of a URL is scheme, host and port")
{
	origin("https://graph.microsoft.com/v1.0", "https://graph.microsoft.com");
	origin("http://127.0.0.1:8080/v1.0", "http://127.0.0.1:8080");
	origin("http://[::1]:8080", "http://[::1]:8080");
}

TEST("slashes at the end of a URL are cut")
{
	char *got = link_trimmed("https://login.example//");
	CHECK_STR(got, "https://login.example");
	free(got);
}
