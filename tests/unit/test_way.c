/* The way to Microsoft and back is one session's, one quarter of an hour's. */
#include "way.h"

#include <stdlib.h>

#include "buf.h"
#include "clock.h"
#include "test.h"

#define HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static struct seal_keys *keys;
static struct way way, back;

static struct who person(const char *id, const char *csrf)
{
	struct who w = {.kind = WHO_STAFF,
	    .id = (char *)(uintptr_t)id,
	    .school = (char *)(uintptr_t) "green-hill"};
	text_copy(w.csrf, sizeof w.csrf, csrf);
	return w;
}

static char *begin(void)
{
	struct err e;
	keys = seal_keys_read(test_write("keys", "a:" HEX "\n"), &e);
	CHECK(keys != NULL);
	clock_fake(INT64_C(1800000000000), 1000);
	way_begin(&way, "tenant", "https://r.example/staff/connected");
	struct who w = person("staff-1", "token-1");
	return way_seal(keys, &way, &w);
}

TEST("a way is opened by the session that set out, as it was")
{
	char *value = begin();
	struct who w = person("staff-1", "token-1");
	CHECK(way_open(keys, value, &w, &back));
	CHECK_STR(back.state, way.state);
	CHECK_STR(back.nonce, way.nonce);
	CHECK_STR(back.verifier, way.verifier);
	CHECK_STR(back.tenant, "tenant");
	CHECK_STR(back.redirect_uri, "https://r.example/staff/connected");
	CHECK_INT(strlen(way.verifier), 43);
	CHECK(!strstr(value, way.state));
	free(value);
	seal_keys_free(keys);
}

TEST("another person, another school or another session does not open it")
{
	char *value = begin();
	struct who w = person("staff-2", "token-1");
	CHECK(!way_open(keys, value, &w, &back));
	w = person("staff-1", "token-2");
	CHECK(!way_open(keys, value, &w, &back));
	w = person("staff-1", "token-1");
	w.school = (char *)(uintptr_t) "blue-hill";
	CHECK(!way_open(keys, value, &w, &back));
	free(value);
	seal_keys_free(keys);
}

TEST("a way is over after a quarter of an hour")
{
	char *value = begin();
	struct who w = person("staff-1", "token-1");
	clock_advance(WAY_LIFE_S * 1000 - 1);
	CHECK(way_open(keys, value, &w, &back));
	clock_advance(1);
	CHECK(!way_open(keys, value, &w, &back));
	free(value);
	seal_keys_free(keys);
}

TEST("what is no way is not opened: changed, empty, endless, a session")
{
	char *value = begin();
	struct who w = person("staff-1", "token-1");
	value[10] = value[10] == 'A' ? 'B' : 'A';
	CHECK(!way_open(keys, value, &w, &back));
	CHECK(!way_open(keys, "", &w, &back));
	char *other = seal(keys, "session", "[1]", 3);
	CHECK(!way_open(keys, other, &w, &back));
	free(other);
	other = seal(keys, "way to Microsoft", "[1,2,3]", 7);
	CHECK(!way_open(keys, other, &w, &back));
	free(other);
	char endless[6000];
	memset(endless, 'A', sizeof endless - 1);
	endless[sizeof endless - 1] = '\0';
	CHECK(!way_open(keys, endless, &w, &back));
	free(value);
	seal_keys_free(keys);
}

TEST("only the state that went out is the state, and no two are alike")
{
	char *value = begin(), print[WAY_PRINT_ROOM], other[WAY_PRINT_ROOM];
	CHECK(way_is(&way, way.state));
	CHECK(!way_is(&way, NULL));
	CHECK(!way_is(&way, ""));
	CHECK(!way_is(&way, way.nonce));
	CHECK(strcmp(way.state, way.nonce) != 0 && strcmp(way.nonce, way.verifier) != 0);
	way_print(&way, print);
	way_begin(&way, "", "");
	way_print(&way, other);
	CHECK(strcmp(print, other) != 0);
	free(value);
	seal_keys_free(keys);
}
