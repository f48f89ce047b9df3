/* Which of the cookies that a browser sends is meant. */
#include "cookie.h"

#include <stdlib.h>

#include "test.h"

static void check_found(const char *header, const char *want)
{
	char *value = cookie_find(header, "rollcall");
	CHECK_STR(value, want);
	free(value);
}

TEST("a cookie is found by its whole name, wherever it stands")
{
	check_found("rollcall=a.b-c_d", "a.b-c_d");
	check_found("x=1; rollcall=2; y=3", "2");
	check_found("x=1;rollcall=2", "2");
	check_found(" ;; \trollcall=2;", "2");
	check_found("rollcall=", "");
	check_found("rollcall=a=b", "a=b");
}

TEST("a cookie of another name is not taken for it")
{
	check_found("", NULL);
	check_found("rollcall", NULL);
	check_found("rollcallx=1", NULL);
	check_found("xrollcall=1", NULL);
	check_found("__Host-rollcall=1", NULL);
	check_found("Rollcall=1", NULL);
	check_found("x=rollcall=1", NULL);
	check_found("rollcal=1", NULL);
}

TEST("of two cookies of one name the first counts")
{
	check_found("rollcall=1; rollcall=2", "1");
}
