/* The set-up of a school becomes the fields that keep it, or the first fault. */
#include "console_setup.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "test.h"

/* read gives the fields as text, or the fault's; free it. */
static char *read(const char *school, const char *body)
{
	struct err e;
	json_t *was = json_read(school, strlen(school), 4, &e);
	json_t *said = json_read(body, strlen(body), 8, &e);
	CHECK(was && said);
	struct setup s = {.school = was};
	setup_read(&s, said);
	char *text = s.error.code ? xstrdup(s.error.text) : json_write(s.fields);
	json_decref(s.fields);
	json_decref(said);
	json_decref(was);
	return text;
}

static void check_kept(const char *body, const char *want)
{
	char *text = read("{}", body);
	CHECK_STR(text, want);
	free(text);
}

static void check_refused(const char *school, const char *body, const char *word)
{
	char *text = read(school, body);
	CHECK(strstr(text, word) != NULL);
	free(text);
}

TEST("each setting is kept as a text of its own, lists with commas or as JSON")
{
	check_kept("{}", "{}");
	check_kept("{\"kinds\":[\"year\",\"teaching\"]}", "{\"sync_kinds\":\"year,teaching\"}");
	check_kept("{\"kinds\":[]}", "{\"sync_kinds\":\"\"}");
	check_kept("{\"quiet\":[\"sat\",\"2026-12-25\"]}", "{\"quiet\":\"sat,2026-12-25\"}");
	check_kept("{\"opens\":\"2026-01-14\"}", "{\"opens\":\"2026-01-14\"}");
	check_kept("{\"opens\":\"\"}", "{\"opens\":null}");
	check_kept("{\"grace_days\":0}", "{\"grace_days\":\"0\"}");
	check_kept("{\"domain_map\":{\"a.example\":\"b.example\"}}",
	    "{\"domain_map\":\"{\\\"a.example\\\":\\\"b.example\\\"}\"}");
	check_kept("{\"extra_owners\":[{\"id\":\"a\",\"email\":\"a@b.example\",\"more\":1}]}",
	    "{\"extra_owners\":\"[{\\\"id\\\":\\\"a\\\",\\\"name\\\":\\\"\\\",\\\"email\\\":\\\"a@"
	    "b."
	    "example\\\"}]\"}");
}

TEST("an identifier is a text, none at all, or the default, which is no field")
{
	check_kept("{\"identifier\":\"1234567\"}", "{\"identifier\":\"1234567\"}");
	check_kept("{\"identifier\":\"\"}", "{\"identifier\":\"\"}");
	check_kept("{\"identifier\":null}", "{\"identifier\":null}");
}

TEST("a school without teaching groups is offered none")
{
	check_refused(
	    "{\"source\":\"scholarpack\"}", "{\"kinds\":[\"teaching\"]}", "kinds has \"teaching\"");
	check_kept("{\"kinds\":[\"teaching\"]}", "{\"sync_kinds\":\"teaching\"}");
}

TEST("the first member that will not do is named, and what is no setting of the page is none")
{
	check_refused("{}", "{\"night\":\"x\",\"target\":\"y\"}", "night is \"x\"");
	check_refused("{}", "{\"auth\":\"app\"}", "auth is no setting");
	check_refused("{}", "{\"identifier_set_by\":\"\"}", "identifier_set_by is no setting");
	check_refused("{}", "{\"night_at\":\"29:00\"}", "29:00");
	check_refused("{}", "{\"quiet\":[\"2027-02-29\"]}", "2027-02-29");
	check_refused(
	    "{}", "{\"opens\":\"2027-02-29\"}", "opens is \"2027-02-29\": a day, such as");
	check_refused("{}", "{\"opens\":null}", "opens has to be a text");
}
