#include "json.h"

#include <stdlib.h>

#include "test.h"

static json_t *read_text(const char *text, struct err *e)
{
	return json_read(text, strlen(text), 8, e);
}

static void check_refused(const char *text, const char *part)
{
	struct err e = {0};
	if (read_text(text, &e))
		FAIL("%s was read", text);
	CHECK_INT(e.code, ERR_INPUT);
	CHECK_HAS(e.text, part);
}

TEST("a value is read, of whatever kind, with blanks around it")
{
	const char *const texts[] = {"{}", " [1, 2]\n", "\"text\"", "12", "null", "{\"a\":[{}]}"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct err e;
		json_t *value = read_text(texts[i], &e);
		CHECK(value);
		json_decref(value);
	}
}

TEST("text that is not terminated is read to its length and not beyond")
{
	struct err e;
	json_t *value = json_read("[1]garbage", 3, 8, &e);
	CHECK(value);
	CHECK_INT(json_array_size(value), 1);
	json_decref(value);
}

TEST("what is not exactly one value is refused, with the place")
{
	check_refused("", "not JSON");
	check_refused("{} {}", "line 1");
	check_refused("{\n\"a\": 1,\n}", "line 3");
	check_refused("[1", "not JSON");
	check_refused("{\"a\":1,\"a\":2}", "duplicate");
	check_refused("\"a\\u0000b\"", "not JSON");
	check_refused("\"\xff\"", "0xff");
	check_refused("'a'", "not JSON");
}

TEST("an error repeats nothing of the text: it may be a token or a name")
{
	struct err e;
	CHECK(!read_text("{\"name\": Thabo}", &e));
	CHECK(!strstr(e.text, "Thabo"));
	CHECK(!read_text("{\"Thabo\":1,\"Thabo\":2}", &e));
	CHECK(!strstr(e.text, "Thabo"));
}

TEST("deeper than allowed is refused before it is parsed")
{
	struct err e;
	json_t *value = read_text("[[[[[[[[1]]]]]]]]", &e);
	CHECK(value);
	json_decref(value);
	CHECK(!read_text("[[[[[[[[{}]]]]]]]]", &e));
	CHECK_INT(e.code, ERR_LIMIT);
	CHECK_STR(e.text, "JSON is 9 levels deep, allowed are 8");
	char brackets[100000];
	memset(brackets, '[', sizeof(brackets));
	CHECK(!json_read(brackets, sizeof(brackets), 64, &e));
	CHECK_INT(e.code, ERR_LIMIT);
}

TEST("levels are counted outside of strings only")
{
	CHECK_INT(json_depth("1", 1), 0);
	CHECK_INT(json_depth("{\"a\":[[]],\"b\":[]}", 17), 3);
	CHECK_INT(json_depth("[\"[[[\"]", 7), 1);
	CHECK_INT(json_depth("[\"\\\"[[[\"]", 9), 1);
	CHECK_INT(json_depth("[\"\\\\\",[[]]]", 11), 3);
	CHECK_INT(json_depth("[\"\\", 3), 1);
}

TEST("a member of another kind counts as none")
{
	struct err e;
	json_t *o = read_text(
	    "{\"t\":\"x\",\"n\":5,\"r\":1.5,\"b\":true,\"l\":[],\"m\":{},\"z\":null}", &e);
	CHECK_STR(json_text(o, "t"), "x");
	CHECK(!json_text(o, "n") && !json_text(o, "z") && !json_text(o, "none"));
	CHECK_STR(json_text_or(o, "t", "f"), "x");
	CHECK_STR(json_text_or(o, "b", "f"), "f");
	CHECK_INT(json_int(o, "n", -1), 5);
	CHECK_INT(json_int(o, "r", -1), -1);
	CHECK_INT(json_int(o, "t", -1), -1);
	CHECK(json_bool(o, "b", false) && json_bool(o, "n", true) && !json_bool(o, "z", false));
	CHECK(json_list(o, "l") && !json_list(o, "m") && !json_list(o, "none"));
	CHECK(json_map(o, "m") && !json_map(o, "l") && !json_map(o, "none"));
	json_decref(o);
}

TEST("asking something that is no object gives the fallback")
{
	json_t *list = json_array();
	CHECK(!json_text(NULL, "a") && !json_text(list, "a") && !json_list(list, "a"));
	CHECK_INT(json_int(NULL, "a", 3), 3);
	CHECK(json_bool(list, "a", true));
	json_decref(list);
}

TEST("what is written is compact and keeps the order of its keys")
{
	struct err e;
	json_t *o = read_text("{ \"z\": 1, \"a\": [ true, null ], \"m\": \"é\" }", &e);
	char *text = json_write(o);
	CHECK_STR(text, "{\"z\":1,\"a\":[true,null],\"m\":\"é\"}");
	free(text);
	json_decref(o);
	json_t *word = json_string("word");
	text = json_write(word);
	CHECK_STR(text, "\"word\"");
	free(text);
	json_decref(word);
}
