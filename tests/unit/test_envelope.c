/* What a portal pushes: each rule of the contract, broken one at a time. */
#include "envelope.h"

#include <stdio.h>
#include <stdlib.h>

#include "buf.h"
#include "test.h"

#define HEAD  "{\"v\":1,\"id\":\"j1\",\"type\":\"sync-learners\",\"school\":\"s\""
#define CLASS ",\"class\":{\"id\":\"8B\""

static struct envelope v;

static void read_text(const char *text)
{
	envelope_read(&v, text, strlen(text));
}

static void is_good(const char *text)
{
	read_text(text);
	if (v.verdict != ENVELOPE_OK)
		FAIL("%.200s\nis refused: %s", text, v.why);
	CHECK(!v.code && !v.kept);
}

static void is_bad(const char *text, const char *why)
{
	read_text(text);
	if (v.verdict != ENVELOPE_BAD)
		FAIL("%.200s\nis not refused for its job", text);
	CHECK_STR(v.id, "j1");
	CHECK_STR(v.code, "bad_envelope");
	CHECK_HAS(v.why, why);
	CHECK(!v.body && !v.register_text && !v.school && !v.class_id && !v.requested_by);
	envelope_clear(&v);
}

static void is_junk(const char *text, const char *why)
{
	read_text(text);
	if (v.verdict != ENVELOPE_JUNK)
		FAIL("%.200s\nis taken for the job \"%s\"", text, v.id);
	CHECK_STR(v.id, "");
	CHECK_HAS(v.why, why);
	CHECK_STR(v.kept, text);
	envelope_clear(&v);
}

/* The id is readable whatever else is not. */
static void names_its_job(const char *text)
{
	read_text(text);
	if (v.verdict != ENVELOPE_BAD)
		FAIL("%.200s\nhas a readable id", text);
	CHECK_STR(v.id, "j1");
	envelope_clear(&v);
}

/* ---- good ones ---- */

TEST("the envelope of the contract is taken whole")
{
	is_good(
	    "{\"v\":1,\"id\":\"01J9ZK.a_b-C\",\"type\":\"sync-learners\",\"school\":\"green-hill\","
	    "\"requested_by\":\"staff-17\",\"priority\":\"background\",\"at\":1760000000000,"
	    "\"class\":{\"id\":\"8B-2026\",\"name\":\"8B\",\"year\":\"2026\",\"kind\":\"year\","
	    "\"teachers\":[{\"id\":\"staff-17\",\"name\":\"N. "
	    "Dlamini\",\"email\":\"n@x.example\"}]}}");
	CHECK_STR(v.id, "01J9ZK.a_b-C");
	CHECK_STR(v.type, "sync-learners");
	CHECK_STR(v.school, "green-hill");
	CHECK_STR(v.class_id, "8B-2026");
	CHECK_STR(v.requested_by, "staff-17");
	CHECK_STR(v.priority, "background");
	CHECK_INT(v.at, 1760000000000);
	CHECK(!v.body);
	envelope_clear(&v);
}

TEST("what is left out has its default, and null is left out")
{
	is_good(HEAD CLASS "}}");
	CHECK_STR(v.priority, "interactive");
	CHECK_STR(v.requested_by, "");
	CHECK_INT(v.at, 0);
	envelope_clear(&v);
	is_good(HEAD ",\"requested_by\":null,\"priority\":null,\"options\":null" CLASS
		     ",\"name\":null,\"year\":null,\"kind\":null}}");
	CHECK_STR(v.priority, "interactive");
	envelope_clear(&v);
}

TEST("unknown members are ignored")
{
	is_good(HEAD ",\"colour\":{\"deep\":[1]}" CLASS
		     ",\"room\":7,\"learners\":[{\"id\":\"L1\",\"height\":150}]}}");
	envelope_clear(&v);
}

TEST("only a school's own job goes without a class")
{
	is_good("{\"v\":1,\"id\":\"j1\",\"type\":\"sync-school\",\"school\":\"s\"}");
	envelope_clear(&v);
	is_good("{\"v\":1,\"id\":\"j1\",\"type\":\"read-tenant\",\"school\":\"s\"}");
	CHECK_STR(v.class_id, "");
	envelope_clear(&v);
	is_bad(HEAD "}", "class is missing");
	is_bad("{\"v\":1,\"id\":\"j1\",\"type\":\"close-class\",\"school\":\"s\"}",
	    "class is missing");
}

TEST("a type that nobody knows is told before its class is missed")
{
	read_text("{\"v\":1,\"id\":\"j1\",\"type\":\"create-teams\",\"school\":\"s\"}");
	CHECK_INT(v.verdict, ENVELOPE_BAD);
	CHECK_STR(v.code, "unknown_type");
	CHECK_STR(v.why, "type = \"create-teams\" is not known");
	envelope_clear(&v);
}

TEST("a type that nobody knows yet goes to a worker that may know it")
{
	is_good("{\"v\":1,\"id\":\"j1\",\"type\":\"archive-team\",\"school\":\"s\"" CLASS "}}");
	envelope_clear(&v);
}

TEST("the empty text only wakes")
{
	read_text("");
	CHECK_INT(v.verdict, ENVELOPE_WAKE);
	CHECK(!v.kept);
	envelope_clear(&v);
}

/* ---- the register and the body ---- */

TEST("learners go to the register and leave the body")
{
	is_good(HEAD CLASS ",\"name\":\"8B\",\"learners\":[{\"id\":\"L1\",\"name\":\"Thabo\"}]}}");
	CHECK_STR(v.register_text,
	    "{\"id\":\"8B\",\"name\":\"8B\",\"learners\":[{\"id\":\"L1\",\"name\":\"Thabo\"}]}");
	CHECK_STR(v.body, HEAD CLASS ",\"name\":\"8B\"}}");
	envelope_clear(&v);
}

TEST("an empty class is a register; a class without learners tells the rest of itself")
{
	is_good(HEAD CLASS ",\"learners\":[]}}");
	CHECK_STR(v.register_text, "{\"id\":\"8B\",\"learners\":[]}");
	envelope_clear(&v);
	is_good(HEAD CLASS ",\"teachers\":[]}}");
	CHECK_STR(v.register_text, "{\"id\":\"8B\",\"teachers\":[]}");
	CHECK(!v.body);
	envelope_clear(&v);
	is_good(HEAD CLASS "}}");
	CHECK(!v.register_text && !v.body);
	envelope_clear(&v);
}

TEST("the register says whether the class is on the lists")
{
	is_good(HEAD ",\"options\":{\"active\":false}" CLASS ",\"learners\":[]}}");
	CHECK_STR(v.register_text, "{\"id\":\"8B\",\"learners\":[],\"active\":false}");
	envelope_clear(&v);
}

TEST("a dry run keeps its learners and changes no register")
{
	is_good(HEAD ",\"options\":{\"dry_run\":true}" CLASS ",\"learners\":[{\"id\":\"L1\"}]}}");
	CHECK(!v.body && !v.register_text);
	envelope_clear(&v);
	is_good(HEAD ",\"options\":{\"dry_run\":false}" CLASS ",\"learners\":[{\"id\":\"L1\"}]}}");
	CHECK(v.body && v.register_text);
	envelope_clear(&v);
}

TEST("the same learner twice is harmless when both say the same")
{
	is_good(HEAD CLASS
	    ",\"learners\":[{\"id\":\"L1\",\"name\":\"A\"},{\"name\":\"A\",\"id\":\"L1\"}]}}");
	envelope_clear(&v);
	is_bad(HEAD CLASS
	    ",\"learners\":[{\"id\":\"L1\",\"name\":\"A\"},{\"id\":\"L1\",\"name\":\"B\"}]}}",
	    "\"L1\" is there twice");
}

/* ---- a member of the wrong kind, or none ---- */

#define NO_HEAD(members) "{" members CLASS "}}"

TEST("a member that is required is missed by name")
{
	is_bad(NO_HEAD("\"id\":\"j1\",\"type\":\"t\",\"school\":\"s\""), "v must be the number 1");
	is_bad(NO_HEAD("\"v\":1,\"id\":\"j1\",\"school\":\"s\""), "type is missing");
	is_bad(NO_HEAD("\"v\":1,\"id\":\"j1\",\"type\":\"t\""), "school is missing");
	is_bad(
	    NO_HEAD("\"v\":1,\"id\":\"j1\",\"type\":\"t\",\"school\":null"), "school is missing");
	is_bad(HEAD ",\"class\":{\"name\":\"8B\"}}", "class.id is missing");
	is_bad(HEAD CLASS ",\"learners\":[{\"id\":\"L1\"},{\"name\":\"no id\"}]}}",
	    "class.learners[1].id is missing");
	is_bad("{\"v\":1,\"id\":\"j1\",\"type\":\"sync-school\",\"school\":\"s\",\"class\":{}}",
	    "class.id is missing");
}

TEST("a version that is not 1 is refused, in every costume")
{
	static const char *const versions[] = {
	    "2", "0", "-1", "1.0", "\"1\"", "true", "null", "[1]"};
	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
		char text[128];
		snprintf(text, sizeof text,
		    "{\"v\":%s,\"id\":\"j1\",\"type\":\"t\",\"school\":\"s\"" CLASS "}}",
		    versions[i]);
		is_bad(text, "v must be the number 1");
	}
}

/* Puts each wrong value where %s stands. */
static void none_fits(
    const char *fmt_before, const char *fmt_after, const char *why, const char *const *values)
{
	for (; *values; values++) {
		char *text = xasprintf("%s%s%s", fmt_before, *values, fmt_after);
		is_bad(text, why);
		free(text);
	}
}

static const char *const not_text[] = {"7", "1.5", "true", "[]", "{}", NULL};
static const char *const not_list[] = {"7", "null", "true", "\"L1\"", "{}", NULL};
static const char *const not_object[] = {"7", "null", "false", "\"x\"", "[]", NULL};

TEST("text that is no text is refused, wherever it stands")
{
	none_fits("{\"v\":1,\"id\":\"j1\",\"school\":\"s\",\"type\":", "" CLASS "}}",
	    "type must be text", not_text);
	none_fits("{\"v\":1,\"id\":\"j1\",\"type\":\"t\",\"school\":", "" CLASS "}}",
	    "school must be text", not_text);
	none_fits(HEAD ",\"requested_by\":", CLASS "}}", "requested_by must be text", not_text);
	none_fits(HEAD ",\"priority\":", CLASS "}}", "priority must be text", not_text);
	none_fits(HEAD ",\"class\":{\"id\":", "}}", "class.id must be text", not_text);
	none_fits(HEAD CLASS ",\"name\":", "}}", "class.name must be text", not_text);
	none_fits(HEAD CLASS ",\"year\":", "}}", "class.year must be text", not_text);
	none_fits(HEAD CLASS ",\"kind\":", "}}", "class.kind must be text", not_text);
	none_fits(HEAD CLASS ",\"learners\":[{\"id\":", "}]}}", "class.learners[0].id must be text",
	    not_text);
	none_fits(HEAD CLASS ",\"learners\":[{\"id\":\"L1\",\"name\":", "}]}}",
	    "class.learners[0].name must be text", not_text);
	none_fits(HEAD CLASS ",\"learners\":[{\"id\":\"L1\",\"email\":", "}]}}",
	    "class.learners[0].email must be text", not_text);
	none_fits(HEAD CLASS ",\"teachers\":[{\"id\":", "}]}}", "class.teachers[0].id must be text",
	    not_text);
}

TEST("lists and objects that are none are refused")
{
	none_fits(HEAD ",\"class\":", "}", "class must be an object", not_object);
	none_fits(HEAD CLASS ",\"learners\":", "}}", "class.learners must be a list", not_list);
	none_fits(HEAD CLASS ",\"teachers\":", "}}", "class.teachers must be a list", not_list);
	none_fits(
	    HEAD CLASS ",\"learners\":[", "]}}", "class.learners[0] must be an object", not_object);
	none_fits(
	    HEAD CLASS ",\"teachers\":[", "]}}", "class.teachers[0] must be an object", not_object);
	none_fits(HEAD ",\"options\":", CLASS "}}", "options must be an object",
	    (const char *[]){"7", "false", "\"dry_run\"", "[]", NULL});
	none_fits(HEAD ",\"options\":{\"dry_run\":", "}" CLASS "}}",
	    "options.dry_run must be true or false",
	    (const char *[]){"1", "null", "\"true\"", "{}", NULL});
}

static char *text_with(const char *before, const char *piece, int times, const char *after)
{
	struct buf b;
	buf_init(&b, 0);
	buf_adds(&b, before);
	for (int i = 0; i < times; i++)
		buf_adds(&b, piece);
	buf_adds(&b, after);
	return buf_take(&b);
}

static void bad_with(const char *before, int times, const char *after, const char *why)
{
	char *text = text_with(before, "x", times, after);
	is_bad(text, why);
	free(text);
}

static void good_with(const char *before, int times, const char *after)
{
	char *text = text_with(before, "x", times, after);
	is_good(text);
	envelope_clear(&v);
	free(text);
}

TEST("a job may say which run it belongs to")
{
	is_good(HEAD ",\"run\":\"night-s-20261122T0200Z\"" CLASS "}}");
	envelope_clear(&v);
	is_good(HEAD ",\"run\":null" CLASS "}}");
	envelope_clear(&v);
	is_bad(HEAD ",\"run\":\"\"" CLASS "}}", "run: 1 to 64 of A-Z");
	is_bad(HEAD ",\"run\":\"a:b\"" CLASS "}}", "run: 1 to 64 of A-Z");
	is_bad(HEAD ",\"run\":7" CLASS "}}", "run must be text");
}

TEST("a time that is no whole number of milliseconds is refused")
{
	none_fits(HEAD ",\"at\":", CLASS "}}", "at must be a whole number",
	    (const char *[]){"1.5", "-1", "\"1760000000000\"", "null", "true", "1e12",
		"9007199254740992", "9223372036854775807", NULL});
	is_good(HEAD ",\"at\":9007199254740991" CLASS "}}");
	envelope_clear(&v);
	is_bad(HEAD ",\"at\":99999999999999999999" CLASS "}}", "not JSON");
}

TEST("a word that is not on its list is refused, and the list is told")
{
	is_bad(HEAD ",\"priority\":\"urgent\"" CLASS "}}", "\"urgent\": interactive or background");
	is_bad(HEAD ",\"priority\":\"\"" CLASS "}}", "interactive or background");
	is_bad(HEAD CLASS ",\"kind\":\"club\"}}", "\"club\": registration, year or teaching");
}

TEST("a type that no program could know fails as unknown")
{
	static const char *const types[] = {"Sync-Learners", "sync learners", "sync:learners",
	    "\\u00e9", "abcdefghijklmnopqrstuvwxyz012345"};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		char text[128];
		snprintf(text, sizeof text,
		    "{\"v\":1,\"id\":\"j1\",\"type\":\"%s\",\"school\":\"s\"}", types[i]);
		read_text(text);
		CHECK_INT(v.verdict, ENVELOPE_BAD);
		CHECK_STR(v.code, "unknown_type");
		envelope_clear(&v);
	}
}

TEST("a type of 31 letters is a type")
{
	is_good("{\"v\":1,\"id\":\"j1\",\"type\":\"abcdefghijklmnopqrstuvwxyz01234\",\"school\":"
		"\"s\"" CLASS "}}");
	envelope_clear(&v);
}

/* ---- names of things ---- */

TEST("names have a longest length, and one byte more is refused")
{
	const char *school = "{\"v\":1,\"id\":\"j1\",\"type\":\"t\",\"school\":\"";
	const char *learner = HEAD CLASS ",\"learners\":[{\"id\":\"L1\",\"name\":\"";
	good_with(school, 128, "\"" CLASS "}}");
	bad_with(school, 129, "\"" CLASS "}}", "school: 1 to 128 bytes");
	good_with(HEAD ",\"class\":{\"id\":\"", 200, "\"}}");
	bad_with(HEAD ",\"class\":{\"id\":\"", 201, "\"}}", "class.id is longer than 200 bytes");
	good_with(learner, 1024, "\"}]}}");
	bad_with(learner, 1025, "\"}]}}", "class.learners[0].name is longer than 1024 bytes");
	bad_with(HEAD ",\"requested_by\":\"", 1025, "\"" CLASS "}}", "requested_by is longer");
	bad_with(HEAD CLASS ",\"learners\":[{\"id\":\"", 1025, "\"}]}}",
	    "class.learners[0].id is longer");
}

TEST("a name that is needed is neither empty nor broken by control characters")
{
	is_bad(HEAD ",\"class\":{\"id\":\"\"}}", "class.id is empty");
	is_bad(HEAD ",\"class\":{\"id\":\"a\\nb\"}}", "control characters");
	is_bad(HEAD ",\"class\":{\"id\":\"a\\u007f\"}}", "control characters");
	is_bad(HEAD CLASS ",\"learners\":[{\"id\":\"\"}]}}", "class.learners[0].id is empty");
	is_bad(HEAD CLASS ",\"learners\":[{\"id\":\"L\\t1\"}]}}", "class.learners[0].id");
	is_bad(
	    "{\"v\":1,\"id\":\"j1\",\"type\":\"t\",\"school\":\"\"" CLASS "}}", "school is empty");
	is_bad("{\"v\":1,\"id\":\"j1\",\"type\":\"\",\"school\":\"s\"" CLASS "}}", "type is empty");
}

TEST("no school and no class has a name that could be another one's key")
{
	is_bad("{\"v\":1,\"id\":\"j1\",\"type\":\"t\",\"school\":\"s:8A\"" CLASS "}}", "no colon");
	is_bad(HEAD ",\"class\":{\"id\":\"8A:learners\"}}", "class.id must not end in :learners");
	is_bad(HEAD ",\"class\":{\"id\":\":register\"}}", "class.id must not end in :register");
	is_good(HEAD ",\"class\":{\"id\":\"urn:class:learners-of-8A\"}}");
	envelope_clear(&v);
}

TEST("a list of 5,000 learners is taken, one more is refused")
{
	struct buf b;
	for (int count = 5000; count <= 5001; count++) {
		buf_init(&b, 0);
		buf_adds(&b, HEAD CLASS ",\"learners\":[{\"id\":\"L0\"}");
		for (int i = 1; i < count; i++)
			buf_addf(&b, ",{\"id\":\"L%d\"}", i);
		buf_adds(&b, "]}}");
		if (count == 5000) {
			is_good(b.data);
			envelope_clear(&v);
		} else {
			is_bad(b.data, "has 5001 entries: at most 5000");
		}
		buf_clear(&b);
	}
}

/* ---- the id ---- */

TEST("an id has 1 to 64 of its letters")
{
	char *text = text_with(
	    "{\"v\":1,\"id\":\"", "a", 64, "\",\"type\":\"t\",\"school\":\"s\"" CLASS "}}");
	is_good(text);
	CHECK_INT(strlen(v.id), 64);
	envelope_clear(&v);
	free(text);
	text = text_with(
	    "{\"v\":1,\"id\":\"", "a", 65, "\",\"type\":\"t\",\"school\":\"s\"" CLASS "}}");
	is_junk(text, "id: 1 to 64");
	free(text);
}

TEST("an envelope whose id cannot be used is junk")
{
	static const char *const ids[] = {
	    "", "a b", "a:b", "a/b", "a{b}", "caf\xc3\xa9", "a\\nb", "*", "a'b", "a\\\"b"};
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		char text[128];
		snprintf(text, sizeof text,
		    "{\"v\":1,\"id\":\"%s\",\"type\":\"t\",\"school\":\"s\"}", ids[i]);
		is_junk(text, "id: 1 to 64");
	}
	is_junk("{\"v\":1,\"id\":7,\"type\":\"t\",\"school\":\"s\"}", "id: 1 to 64");
	is_junk("{\"v\":1,\"id\":null,\"type\":\"t\",\"school\":\"s\"}", "id: 1 to 64");
	is_junk("{\"v\":1,\"id\":[\"j1\"],\"type\":\"t\",\"school\":\"s\"}", "id: 1 to 64");
	is_junk(
	    "{\"v\":1,\"type\":\"t\",\"school\":\"s\",\"class\":{\"id\":\"j1\"}}", "id: 1 to 64");
	is_junk("{}", "id: 1 to 64");
}

TEST("what is no object is junk")
{
	static const char *const texts[] = {
	    "[]", "7", "\"j1\"", "true", "null", "[{\"id\":\"j1\"}]"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		is_junk(texts[i], "no JSON object");
	is_junk("hello", "not JSON");
	is_junk(" ", "not JSON");
	is_junk("{", "not JSON");
}

TEST("the id of broken JSON is read where it can be")
{
	names_its_job("{\"v\":1,\"id\":\"j1\",\"type\":\"sync-lear");
	names_its_job("{\"v\":1,\"id\":\"j1\"");
	names_its_job("{ \"id\" \n:\t\"j1\" , \"class\": {\"id\":\"8B\"");
	names_its_job(
	    "{\"class\":{\"id\":\"8B\"},\"note\":\"an \\\"id\\\":\\\"no\\\"\",\"id\":\"j1\",");
	names_its_job("{\"type\":\"id\",\"id\":\"j1\",}");
	names_its_job("{\"v\":1,\"id\":\"j1\",\"type\":\"t\",\"type\":\"u\",\"school\":\"s\"}");
	names_its_job("{\"id\":\"j1\",\"id\":\"j2\"}");
	names_its_job("{\"id\":\"j1\"} and more");
	names_its_job("{\"id\":\"j1\",\"name\":\"\\u0000\"}");
	names_its_job("{\"id\":\"j1\",\"name\":\"\xff\"}");
	names_its_job("{\"id\":\"j1\",\"name\":\"a\nb\"}");
}

TEST("an id that is cut, hidden or only looks like one is not read")
{
	static const char *const texts[] = {"{\"id\":\"j1", "{\"id\":\"", "{\"id\":", "{\"id\"",
	    "{\"i", "{\"id\":\"j1\\", "{\"id\":\"j1\\\"", "{\"id\":j1}", "{\"id\":\"a b\",",
	    "{\"id\":\"\",", "{\"class\":{\"id\":\"j1\",", "{\"ids\":\"j1\",",
	    "{\"note\":\"\\\"id\\\":\\\"j1\\\"", "{\"\\u0069d\":\"j1\","};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		is_junk(texts[i], "not JSON");
}

/* The text ends where its length says, wherever more bytes may follow. */
TEST("nothing beyond the text's length is looked at")
{
	static const char text[] = "{\"v\":1,\"id\":\"j1\",\"type\":\"t\"";
	for (size_t n = 1; n < sizeof text; n++) {
		char *exact = xmalloc(n);
		memcpy(exact, text, n);
		envelope_read(&v, exact, n);
		CHECK(v.verdict == ENVELOPE_JUNK || v.verdict == ENVELOPE_BAD);
		CHECK_INT(v.verdict == ENVELOPE_BAD, n >= strlen("{\"v\":1,\"id\":\"j1\""));
		envelope_clear(&v);
		free(exact);
	}
}

TEST("a NUL in the text is no end of it")
{
	static const char in_id[] = "{\"v\":1,\"id\":\"j1\0x\",\"type\":\"t\"}";
	envelope_read(&v, in_id, sizeof in_id - 1);
	CHECK_INT(v.verdict, ENVELOPE_JUNK);
	CHECK_STR(v.kept, "{\"v\":1,\"id\":\"j1?x\",\"type\":\"t\"}");
	envelope_clear(&v);
	static const char behind[] = HEAD CLASS "}}\0 ";
	envelope_read(&v, behind, sizeof behind - 1);
	CHECK_INT(v.verdict, ENVELOPE_BAD);
	envelope_clear(&v);
}

/* ---- size and depth ---- */

static char *of_size(size_t size)
{
	static const char end[] = "\"" CLASS "}}";
	char *text = xmalloc(size + 1);
	memset(text, 'x', size);
	memcpy(text, HEAD ",\"note\":\"", strlen(HEAD ",\"note\":\""));
	memcpy(text + size - strlen(end), end, sizeof end);
	return text;
}

TEST("an envelope of 1 MiB is taken, one byte more is refused for its job")
{
	char *text = of_size(1048576);
	is_good(text);
	envelope_clear(&v);
	free(text);
	text = of_size(1048577);
	is_bad(text, "larger than 1048576 bytes");
	free(text);
}

TEST("an envelope of 64 levels is taken, one more is refused for its job")
{
	char *open = text_with(HEAD ",\"deep\":", "[", 63, ""),
	     *whole = text_with(open, "]", 63, CLASS "}}");
	is_good(whole);
	envelope_clear(&v);
	free(whole);
	free(open);
	open = text_with(HEAD ",\"deep\":", "[", 64, "");
	whole = text_with(open, "]", 64, CLASS "}}");
	is_bad(whole, "65 levels deep, allowed are 64");
	free(whole);
	free(open);
}

TEST("a million brackets are junk at once")
{
	char *text = text_with("", "[", 1000000, "");
	envelope_read(&v, text, strlen(text));
	CHECK_INT(v.verdict, ENVELOPE_JUNK);
	CHECK_INT(strlen(v.kept), 2000);
	envelope_clear(&v);
	free(text);
}

/* ---- what is told and kept ---- */

TEST("what is kept of a refused text is its first 2,000 bytes")
{
	char *text = text_with("{\"id\":\"j1\",\"note\":\"", "\xc3\xa9", 3000, "\"}");
	read_text(text);
	CHECK_INT(v.verdict, ENVELOPE_BAD);
	CHECK_INT(strlen(v.kept), 2000);
	CHECK(memcmp(v.kept, text, 1999) == 0);
	CHECK_INT(v.kept[1999], '?');
	envelope_clear(&v);
	free(text);
}

TEST("what is kept and told is UTF-8, whatever came")
{
	static const struct {
		const char *raw, *kept;
	} texts[] = {{"\xff\xfe", "??"}, {"a\xc3", "a?"}, {"\xc0\xaf", "??"},
	    {"\xe0\x9f\xbf", "???"}, {"\xed\xa0\x80", "???"}, {"\xf4\x90\x80\x80", "????"},
	    {"\xf0\x8f\xbf\xbf", "????"}, {"\xf8\x88\x80\x80\x80", "?????"}, {"\xe2\x82", "??"},
	    {"\x80", "?"},
	    {"\xe2\x82\xac\xf0\x9f\x98\x80\xc3\xa9", "\xe2\x82\xac\xf0\x9f\x98\x80\xc3\xa9"}};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		read_text(texts[i].raw);
		CHECK_INT(v.verdict, ENVELOPE_JUNK);
		CHECK_STR(v.kept, texts[i].kept);
		envelope_clear(&v);
	}
	char *text = text_with(
	    "{\"id\":\"j1\",\"v\":1,\"school\":\"s\",\"type\":\"x", "\xc3\xa9", 60, "\"}");
	read_text(text);
	json_t *why = json_string(v.why);
	CHECK(why != NULL);
	CHECK_HAS(v.why, "type = \"x\xc3\xa9");
	json_decref(why);
	envelope_clear(&v);
	free(text);
}

TEST("the same learner said twice in the same words is one learner")
{
	is_good(HEAD CLASS ",\"learners\":[{\"id\":\"L1\"},{\"id\":\"L1\"},{\"id\":\"L2\"}]}}");
	CHECK_STR(
	    v.register_text, "{\"id\":\"8B\",\"learners\":[{\"id\":\"L1\"},{\"id\":\"L2\"}]}");
	envelope_clear(&v);
}
