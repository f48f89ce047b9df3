/* The rules of an envelope's options, each broken. */
#include "envelope_int.h"

#include <stdlib.h>

#include "buf.h"
#include "test.h"

#define HEAD  "{\"v\":1,\"id\":\"j1\",\"type\":\"sync-learners\",\"school\":\"s\""
#define CLASS ",\"class\":{\"id\":\"8B\""

static struct envelope v;

static void is_good(const char *text)
{
	envelope_read(&v, text, strlen(text));
	if (v.verdict != ENVELOPE_OK)
		FAIL("%.200s\nis refused: %s", text, v.why);
}

static void is_bad(const char *text, const char *why)
{
	envelope_read(&v, text, strlen(text));
	if (v.verdict != ENVELOPE_BAD)
		FAIL("%.200s\nis not refused for its job", text);
	CHECK_STR(v.code, "bad_envelope");
	CHECK_HAS(v.why, why);
	envelope_clear(&v);
}

/* An option of so many letters; why is NULL if it is taken. */
static void with_length(const char *option, int length, const char *why)
{
	char *letters = xmalloc((size_t)length + 1);
	memset(letters, 'x', (size_t)length);
	letters[length] = '\0';
	char *text = xasprintf(HEAD ",\"options\":{\"%s\":\"%s\"}" CLASS "}}", option, letters);
	if (why) {
		is_bad(text, why);
	} else {
		is_good(text);
		envelope_clear(&v);
	}
	free(letters);
	free(text);
}

TEST("each option has its rule")
{
	is_good(
	    HEAD ",\"options\":{\"hold_removals\":true,\"plan\":\"p-1\",\"display_name\":\"8B\","
		 "\"description\":\"\",\"lifetime\":\"2027-01-31\",\"target\":\"class\","
		 "\"confirm\":\"8B\",\"actions\":\"archive,rename,remove_learners\"}" CLASS "}}");
	CHECK(v.hold_removals && !v.approve_removals);
	CHECK_STR(v.plan, "p-1");
	envelope_clear(&v);
	is_bad(HEAD ",\"options\":{\"hold_removals\":\"yes\"}" CLASS "}}",
	    "options.hold_removals must be true or false");
	is_bad(HEAD ",\"options\":{\"display_name\":7}" CLASS "}}",
	    "options.display_name must be text");
	is_bad(HEAD ",\"options\":{\"plan\":\"\"}" CLASS "}}", "options.plan is no id");
	is_bad(HEAD ",\"options\":{\"plan\":\"a b\"}" CLASS "}}", "options.plan is no id");
	is_bad(HEAD ",\"options\":{\"target\":\"group\"}" CLASS "}}",
	    "options.target: \"group\" is none of: team class");
	is_bad(HEAD ",\"options\":{\"target\":\"\"}" CLASS "}}", "options.target");
	is_bad(HEAD ",\"options\":{\"actions\":\"archive,delete\"}" CLASS "}}",
	    "options.actions: \"delete\" is none of");
	is_bad(HEAD ",\"options\":{\"actions\":\"archive,\"}" CLASS "}}", "options.actions");
	is_bad(HEAD ",\"options\":{\"actions\":\"\"}" CLASS "}}", "options.actions");
	is_good(HEAD ",\"options\":{\"actions\":\"reopen\"}" CLASS "}}");
	envelope_clear(&v);
	is_bad(HEAD ",\"options\":{\"actions\":\"reopen,rename\"}" CLASS "}}",
	    "\"reopen\" is none of");
}

TEST("an option that is not known is refused, and the known ones are told")
{
	is_bad(HEAD ",\"options\":{\"approve_removal\":true}" CLASS "}}",
	    "options.approve_removal is not known: active, approve_removals");
}

TEST("an option holds so many bytes, and no more")
{
	with_length("display_name", 1024, NULL);
	with_length("display_name", 1025, "options.display_name is longer than 1024 bytes");
	with_length("description", 4096, NULL);
	with_length("description", 4097, "options.description is longer than 4096 bytes");
	with_length("plan", 64, NULL);
	with_length("plan", 65, "options.plan is longer than 64 bytes");
}
