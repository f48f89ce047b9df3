/* A session is in its cookie, and nobody but us can make or change one. */
#include "session.h"

#include <sodium.h>
#include <stdlib.h>

#include "buf.h"
#include "clock.h"
#include "test.h"
#include "web.h"

#define HEX_A "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HEX_B "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"

static struct seal_keys *keys_of(const char *content)
{
	struct err e = {0};
	struct seal_keys *k = seal_keys_read(test_write("keys", content), &e);
	if (!k)
		FAIL("%s", e.text);
	return k;
}

static struct who person(void)
{
	struct who w = {
	    .kind = WHO_STAFF,
	    .id = xstrdup("staff-1"),
	    .school = xstrdup("green-hill"),
	    .name = xstrdup("N. \"Dlamini\" \xc3\xab"),
	    .language = xstrdup("af"),
	    .email = xstrdup("n@green-hill.example"),
	    .roles = ROLE_ADMINISTRATOR | ROLE_TEACHING,
	};
	session_begin(&w);
	return w;
}

TEST("a session says who it is, for eight hours and no longer")
{
	struct seal_keys *k = keys_of("a:" HEX_A "\n");
	clock_fake(INT64_C(1800000000000), 1000);
	struct who w = person(), back = {0};
	char *value = session_seal(k, &w);
	CHECK(session_open(k, value, &back));
	CHECK_INT(back.kind, WHO_STAFF);
	CHECK_INT(back.may, MAY_STAFF | MAY_MANAGE | MAY_TEACH);
	CHECK_STR(back.id, w.id);
	CHECK_STR(back.school, w.school);
	CHECK_STR(back.name, w.name);
	CHECK_STR(back.language, "af");
	CHECK_STR(back.email, w.email);
	CHECK_INT(back.roles, ROLE_ADMINISTRATOR | ROLE_TEACHING);
	CHECK_STR(back.csrf, w.csrf);
	CHECK_INT(back.until, INT64_C(1800000000000) + 8 * 3600 * 1000);
	who_clear(&back);
	clock_advance(8 * 3600 * 1000 - 1);
	CHECK(session_open(k, value, &back));
	who_clear(&back);
	clock_advance(1);
	CHECK(!session_open(k, value, &back));
	CHECK_INT(back.kind, WHO_NOBODY);
	free(value);
	who_clear(&w);
	seal_keys_free(k);
}

TEST("each session has a token of its own")
{
	struct who one = person(), two = person();
	CHECK_INT(strlen(one.csrf), 32);
	CHECK(strcmp(one.csrf, two.csrf) != 0);
	who_clear(&one);
	who_clear(&two);
}

TEST("a cookie that was changed in any place, or sealed for something else, is no session")
{
	struct seal_keys *k = keys_of("a:" HEX_A "\n");
	struct who w = person(), back = {0};
	char *value = session_seal(k, &w);
	for (size_t i = 0; value[i]; i++) {
		char was = value[i];
		value[i] = was == 'A' ? 'B' : 'A';
		CHECK(!session_open(k, value, &back));
		value[i] = was;
	}
	CHECK(!session_open(k, "", &back));
	char *longer = xmalloc(10001);
	memset(longer, 'A', 10000);
	longer[10000] = '\0';
	CHECK(!session_open(k, longer, &back));
	static const char text[] = "[2,\"staff-1\",\"green-hill\",\"\",\"\",1,99999999999999,"
				   "\"00112233445566778899aabbccddeeff\",\"\"]";
	char *other = seal(k, "sign-in", text, strlen(text));
	char *same = seal(k, "session", text, strlen(text));
	CHECK(!session_open(k, other, &back));
	CHECK(session_open(k, same, &back));
	who_clear(&back);
	free(other);
	free(same);
	free(longer);
	free(value);
	who_clear(&w);
	seal_keys_free(k);
}

TEST("a session of another form than ours is none, though we sealed it")
{
	static const char *const forms[] = {"", "{}", "[]", "[2]", "17",
	    "[1,\"a\",\"s\",\"\",\"\",true,99999999999999,\"00112233445566778899aabbccddeeff\"]",
	    "[1,\"a\",\"s\",\"\",\"\",0,99999999999999,\"00112233445566778899aabbccddeeff\",\"\"]",
	    "[2,\"a\",\"s\",\"\",\"\",0,99999999999999,\"0011\",\"\"]",
	    "[2,\"a\",\"s\",\"\",\"\",0,0,\"00112233445566778899aabbccddeeff\",\"\"]",
	    "[2,7,\"s\",\"\",\"\",0,99999999999999,\"00112233445566778899aabbccddeeff\",\"\"]"};
	struct seal_keys *k = keys_of("a:" HEX_A "\n");
	struct who back = {0};
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		char *value = seal(k, "session", forms[i], strlen(forms[i]));
		CHECK(!session_open(k, value, &back));
		free(value);
	}
	seal_keys_free(k);
}

TEST("sessions live on when a new key seals, and end when their key is taken away")
{
	struct seal_keys *old = keys_of("a:" HEX_A "\n"), *both = keys_of("b:" HEX_B "\na:" HEX_A);
	struct seal_keys *new = keys_of("b:" HEX_B "\n");
	struct who w = person(), back = {0};
	char *value = session_seal(old, &w);
	CHECK(session_open(both, value, &back));
	who_clear(&back);
	CHECK(!session_open(new, value, &back));
	free(value);
	who_clear(&w);
	seal_keys_free(old);
	seal_keys_free(both);
	seal_keys_free(new);
}

TEST("the longest session fits into what browsers keep of a cookie")
{
	struct seal_keys *k = keys_of("0123456789012345678901234567890a:" HEX_A "\n");
	char id[201], name[201];
	memset(id, '"', 200);
	memset(name, '\\', 200);
	id[200] = name[200] = '\0';
	struct who w = {
	    .id = id, .school = xstrndup(id, 128), .name = name, .language = "af", .email = id};
	session_begin(&w);
	char *value = session_seal(k, &w);
	CHECK(strlen(value) < 3000);
	struct who back = {0};
	CHECK(session_open(k, value, &back));
	CHECK_STR(back.name, name);
	who_clear(&back);
	free(value);
	free(w.school);
	seal_keys_free(k);
}
