/* By what a learner's account is looked for, and what a known one is remembered by. */
#include <stdlib.h>

#include "buf.h"
#include "json.h"
#include "roster.h"
#include "test.h"

static struct roster r;
static json_t *class, *domains, *said;

static json_t *read_json(const char *text)
{
	struct err e;
	json_t *value = json_read(text, strlen(text), 8, &e);
	if (!value)
		FAIL("%s", e.text);
	return value;
}

static void climb(const char *learners, const char *recorded, const char *overrides)
{
	char *text = xasprintf("{\"learners\":%s}", learners);
	json_t *known = read_json(recorded);
	class = read_json(text);
	said = read_json(overrides);
	domains = read_json("{\"old.s\":\"new.s\",\"empty.s\":\"\"}");
	roster_fill(&r, class, known);
	struct ladder ladder = {domains, "students.s", said};
	roster_ladder(&r, class, &ladder);
	json_decref(known);
	free(text);
}

static void climb_down(void)
{
	roster_clear(&r);
	json_decref(class);
	json_decref(domains);
	json_decref(said);
}

static const char *rung(size_t i, enum rung n)
{
	return r.at[i].rungs[n] ? r.at[i].rungs[n] : "-";
}

TEST("each rung has what there is to look for, trimmed and in lower case, and nothing twice")
{
	climb("[{\"id\":\"1\",\"email\":\" A@Old.s\",\"username\":\"a.b\",\"employee_id\":\" 0012 "
	      "\"},"
	      "{\"id\":\"2\",\"email\":\"b@s\",\"username\":\"B@s\"},"
	      "{\"id\":\"3\",\"email\":\"c@empty.s\",\"username\":\"c@other.s\"},{\"id\":\"4\"}]",
	    "{}", "{}");
	CHECK_STR(rung(0, RUNG_EMAIL), "a@old.s");
	CHECK_STR(rung(0, RUNG_DOMAIN), "a@new.s");
	CHECK_STR(rung(0, RUNG_USERNAME), "a.b@students.s");
	CHECK_STR(rung(0, RUNG_EMPLOYEE), "0012");
	CHECK_STR(rung(1, RUNG_EMAIL), "b@s");
	CHECK_STR(rung(1, RUNG_DOMAIN), "-");
	CHECK_STR(rung(1, RUNG_USERNAME), "-");
	CHECK_STR(rung(2, RUNG_DOMAIN), "-");
	CHECK_STR(rung(2, RUNG_USERNAME), "c@other.s");
	for (int n = 0; n < RUNGS; n++)
		CHECK_STR(rung(3, (enum rung)n), "-");
	climb_down();
}

TEST("what somebody said by hand stands alone; what is no account and no address says nothing")
{
	climb("[{\"id\":\"1\",\"email\":\"a@s\",\"employee_id\":\"7\"},{\"id\":\"2\",\"email\":\"b@"
	      "s\"},"
	      "{\"id\":\"3\",\"email\":\"c@s\"}]",
	    "{}",
	    "{\"1\":{\"user_id\":\"u-1\",\"address\":\"z@s\"},\"2\":{\"address\":\"Own@s\"},"
	    "\"3\":{\"address\":\"nobody\"}}");
	CHECK_STR(rung(0, RUNG_ACCOUNT), "u-1");
	CHECK_STR(rung(0, RUNG_ADDRESS), "-");
	CHECK_STR(rung(0, RUNG_EMAIL), "-");
	CHECK_STR(rung(0, RUNG_EMPLOYEE), "-");
	CHECK_STR(rung(1, RUNG_ADDRESS), "own@s");
	CHECK_STR(rung(1, RUNG_EMAIL), "-");
	CHECK_STR(rung(2, RUNG_EMAIL), "c@s");
	climb_down();
}

TEST("an account is known as long as what it was found by still holds of the learner")
{
	climb("[{\"id\":\"1\",\"email\":\"a@old.s\"},{\"id\":\"2\",\"employee_id\":\"7\"},"
	      "{\"id\":\"3\",\"employee_id\":\"8\"},{\"id\":\"4\",\"email\":\"d@s\"},"
	      "{\"id\":\"5\",\"email\":\"e@s\"},{\"id\":\"6\",\"email\":\"f@s\"}]",
	    "{\"1\":{\"user_id\":\"u1\",\"matched\":\"a@new.s\"},"
	    "\"2\":{\"user_id\":\"u2\",\"matched\":\"employee:7\"},"
	    "\"3\":{\"user_id\":\"u3\",\"matched\":\"employee:7\"},"
	    "\"4\":{\"user_id\":\"u4\",\"matched\":\"account:u4\"},"
	    "\"5\":{\"user_id\":\"u5\",\"matched\":\"account:u5\"},"
	    "\"6\":{\"user_id\":\"u6\",\"email\":\"f@s\"}}",
	    "{\"4\":{\"user_id\":\"u4\"},\"6\":{\"user_id\":\"u9\"}}");
	static const bool want[] = {true, true, false, true, false, false};
	for (size_t i = 0; i < r.count; i++)
		CHECK_INT(roster_knows(&r.at[i]), want[i]);
	climb_down();
}

TEST("what an account was found by is remembered, but for the address of the register")
{
	climb("[{\"id\":\"1\",\"email\":\"a@old.s\",\"username\":\"a\",\"employee_id\":\"7\"}]",
	    "{}", "{}");
	static const char *const want[RUNGS] = {
	    NULL, "a@new.s", "a@students.s", "employee:7", NULL, NULL};
	for (int n = 0; n < RUNGS; n++) {
		r.at[0].found = (enum rung)n;
		char *matched = roster_matched(&r.at[0]);
		CHECK_STR(matched ? matched : "-", want[n] ? want[n] : "-");
		free(matched);
	}
	climb_down();
}

TEST("whom an earlier attempt set out to add is known by the first rung there is")
{
	climb(
	    "[{\"id\":\"1\",\"employee_id\":\"7\"},{\"id\":\"2\",\"email\":\"b@s\"}]", "{}", "{}");
	for (size_t i = 0; i < r.count; i++) {
		roster_intend(&r.at[i], "u1");
		CHECK(roster_knows(&r.at[i]));
	}
	CHECK_STR(r.at[0].known_email, "employee:7");
	CHECK_STR(r.at[1].known_email, "b@s");
	climb_down();
}

TEST("names are the same that have the family name or two words in common, in any order and case")
{
	CHECK(roster_same_name("Thabo Mokoena", "MOKOENA, Thabo J."));
	CHECK(roster_same_name("Zo\xc3\xab Botha", "zo\xc3\xab"));
	CHECK(roster_same_name("Bob Smith", "Smith, Robert"));
	CHECK(roster_same_name("Mokoena, Thabo", "Tebza Mokoena"));
	CHECK(!roster_same_name("Anne-Marie Smit", "Marie Nel"));
	CHECK(!roster_same_name("Thabo Mokoena", "Ndlovu, Thabo"));
	CHECK(!roster_same_name("Thabo Mokoena", "Thabo Ndlovu"));
	CHECK(!roster_same_name("Thabo Mokoena", "Thabiso Mokoenas"));
	CHECK(!roster_same_name("J Smith", "J Nel"));
	CHECK(!roster_same_name("", "Thabo"));
	CHECK(!roster_same_name("Thabo", ""));
	CHECK(!roster_same_name("", ""));
}

TEST("each rung has a name for the history")
{
	static const char *const want[RUNGS] = {
	    "email", "domain", "username", "employee_id", "said", "said"};
	for (int n = 0; n < RUNGS; n++)
		CHECK_STR(rung_name((enum rung)n), want[n]);
}
