#include "pattern.h"

#include "test.h"

static const char school_set[] = "school set SCHOOL [--name NAME] [--enable] [--json]";
static const char enqueue[] = "enqueue TYPE --school SCHOOL [--file FILE] [--wait]";

/* Counts the words of a command line. */
static int count_of(char *const *words)
{
	int count = 0;
	while (words[count])
		count++;
	return count;
}
#define WORDS(...) ((char *const[]){__VA_ARGS__, NULL})

static void check_refused(const char *pattern, char *const *words, const char *want)
{
	struct given g;
	struct err e = {0};
	CHECK_INT(pattern_read(pattern, count_of(words), words, &g, &e), ERR_USAGE);
	CHECK_STR(e.text, want);
}

static struct given given_by(const char *pattern, char *const *words)
{
	struct given g;
	struct err e = {0};
	if (pattern_read(pattern, count_of(words), words, &g, &e) < 0)
		FAIL("%s", e.text);
	return g;
}

TEST("a command is known by all of its words")
{
	CHECK_INT(pattern_match(school_set, 3, WORDS("school", "set", "x")), 2);
	CHECK_INT(pattern_match(school_set, 2, WORDS("school", "show")), 0);
	CHECK_INT(pattern_match(school_set, 1, WORDS("school")), 0);
	CHECK_INT(pattern_match(school_set, 1, WORDS("schools")), 0);
	CHECK_INT(pattern_match(enqueue, 1, WORDS("enqueue")), 1);
}

TEST("values and options stand in any order")
{
	struct given g = given_by(
	    school_set, WORDS("school", "set", "--name", "Green Hill", "green-hill", "--enable"));
	CHECK_STR(given_value(&g, "SCHOOL"), "green-hill");
	CHECK_STR(given_value(&g, "--name"), "Green Hill");
	CHECK(given_flag(&g, "--enable"));
	CHECK(!given_flag(&g, "--json"));
}

TEST("an option's value may follow an equals sign, and be empty")
{
	struct given g = given_by(school_set, WORDS("school", "set", "x", "--name="));
	CHECK_STR(given_value(&g, "--name"), "");
	g = given_by(school_set, WORDS("school", "set", "x", "--name=a=b"));
	CHECK_STR(given_value(&g, "--name"), "a=b");
}

TEST("a lone - is a value, and after -- everything is")
{
	struct given g = given_by(enqueue, WORDS("enqueue", "t", "--school", "s", "--file", "-"));
	CHECK_STR(given_value(&g, "--file"), "-");
	g = given_by(school_set, WORDS("school", "set", "--", "--odd-school"));
	CHECK_STR(given_value(&g, "SCHOOL"), "--odd-school");
}

TEST("what may not be left out is named")
{
	check_refused(enqueue, WORDS("enqueue", "--school", "s"), "TYPE is missing");
	check_refused(enqueue, WORDS("enqueue", "t"), "--school is missing");
}

TEST("what a pattern does not have is refused")
{
	check_refused(enqueue, WORDS("enqueue", "t", "--scool", "s"), "--scool is no option here");
	check_refused(
	    enqueue, WORDS("enqueue", "t", "u", "--school", "s"), "\"u\" is one word too many");
	check_refused(
	    school_set, WORDS("school", "set", "x", "--nam", "y"), "--nam is no option here");
}

TEST("an option takes a value exactly when its pattern says so")
{
	check_refused(enqueue, WORDS("enqueue", "t", "--school"), "--school needs a value: SCHOOL");
	check_refused(
	    enqueue, WORDS("enqueue", "t", "--school", "--wait"), "--school needs a value: SCHOOL");
	check_refused(enqueue, WORDS("enqueue", "t", "--wait=1"), "--wait takes no value");
}

TEST("an option given twice is refused")
{
	check_refused(school_set, WORDS("school", "set", "x", "--enable", "--enable"),
	    "--enable is given twice");
}
