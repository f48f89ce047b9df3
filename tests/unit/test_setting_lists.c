#include "setting_lists.h"

#include <stdlib.h>

#include "test.h"

TEST("addresses become owners, and are shown as addresses again")
{
	struct err e;
	char *kept = list_take_owners("it@green-hill.example, head@green-hill.example", &e);
	CHECK_STR(kept, "[{\"id\":\"\",\"name\":\"\",\"email\":\"it@green-hill.example\"},"
			"{\"id\":\"\",\"name\":\"\",\"email\":\"head@green-hill.example\"}]");
	char *shown = list_show_owners(kept);
	CHECK_STR(shown, "it@green-hill.example,head@green-hill.example");
	free(kept);
	free(shown);
}

TEST("what is JSON already is kept as it says, if each owner has an address")
{
	struct err e;
	char *kept = list_take_owners("[{\"id\":\"a1\",\"email\":\"it@x.example\"}]", &e);
	CHECK_STR(kept, "[{\"id\":\"a1\",\"email\":\"it@x.example\"}]");
	free(kept);
	CHECK(!list_take_owners("[{\"id\":\"a1\"}]", &e));
	CHECK_HAS(e.text, "addresses of Microsoft accounts");
}

TEST("no owner, somebody without an address, or a hundred and one of them are refused with the "
     "remedy")
{
	struct err e;
	char many[101 * 12 + 1] = "";
	for (int i = 0; i < 101; i++)
		memcpy(many + i * 12, "a@b.example,", 13);
	many[sizeof many - 2] = '\0';
	const char *wrong[] = {"", "it", "it@x.example,", "[]", "[1]", "{}", many};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		CHECK(!list_take_owners(wrong[i], &e));
		CHECK_HAS(e.text, "--unset owners");
	}
}

TEST("pairs of domains become a map, and are shown as pairs again")
{
	struct err e;
	char *kept = list_take_domains("old.example=new.example, b.example=c.example", &e);
	CHECK_STR(kept, "{\"old.example\":\"new.example\",\"b.example\":\"c.example\"}");
	char *shown = list_show_domains(kept);
	CHECK_STR(shown, "old.example=new.example,b.example=c.example");
	free(kept);
	free(shown);
}

TEST("what is no pair of domains in small letters is refused")
{
	struct err e;
	const char *wrong[] = {"", "a.example", "a.example=", "=b.example", "A.example=b.example",
	    "a.example=b", "a.example=.b.example", "a..example=b.example", "{\"a.example\":1}",
	    "[]"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		CHECK(!list_take_domains(wrong[i], &e));
		CHECK_HAS(e.text, "from=to");
	}
}

TEST("rules of what is left out become JSON, and are shown as rules again")
{
	struct err e;
	char *kept = list_take_rules("names=BUSY:*,Detention; kinds=year; grades=R,1", &e);
	CHECK_STR(kept,
	    "{\"names\":[\"BUSY:*\",\"Detention\"],\"kinds\":[\"year\"],\"grades\":[\"R\",\"1\"]}");
	char *shown = list_show_rules(kept);
	CHECK_STR(shown, "names=BUSY:*,Detention; kinds=year; grades=R,1");
	free(kept);
	free(shown);
	kept = list_take_rules("{\"names\":[\"a,b\"]}", &e);
	CHECK_STR(kept, "{\"names\":[\"a,b\"]}");
	free(kept);
}

TEST("rules that nobody knows, of kinds that there are not, or twice, are refused")
{
	struct err e;
	const char *wrong[] = {"", "BUSY:*", "name=x", "names=", "kinds=house", "names=a; names=b",
	    "{\"names\":\"a\"}", "{\"name\":[]}", "{\"kinds\":[1]}", "[]"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		CHECK(!list_take_rules(wrong[i], &e));
		CHECK_HAS(e.text, "kinds are year, registration, teaching");
	}
}

TEST("what was kept by somebody else and is none of ours is shown as it is")
{
	CHECK(!list_show_owners("it@x.example"));
	CHECK(!list_show_domains("[]"));
	CHECK(!list_show_rules("names"));
}
