/* A program's key: found by its hash, and only as the file says. */
#include "portal_keys.h"

#include <stdio.h>
#include <stdlib.h>

#include "buf.h"
#include "test.h"

/* line_of makes a key and the line for it; free both. */
static char *line_of(const char *name, const char *scopes, const char *school, char **secret)
{
	struct portal_key key;
	struct err e = {0};
	char line[PORTAL_LINE_ROOM];
	CHECK_INT(portal_key_set(&key, name, scopes, school, &e), 0);
	*secret = portal_key_new();
	portal_key_hash(*secret, key.hash);
	portal_key_line(&key, line);
	portal_key_clear(&key);
	return xstrdup(line);
}

TEST("a key opens what its line says, and its hash is all that is kept")
{
	struct portal_keys k;
	struct err e = {0};
	char *secret, *other, *line = line_of("timetable", "enqueue,read", "green-hill", &secret);
	char *second = line_of("ops", "admin", "*", &other);
	CHECK(strstr(line, secret) == NULL && strstr(line, secret + 9) == NULL);
	char *content = xasprintf("# ours\n\n%s\r\n%s", line, second);
	CHECK_INT(portal_keys_read(&k, test_write("keys", content), &e), 0);
	CHECK_INT(k.count, 2);
	const struct portal_key *key = portal_keys_find(&k, secret);
	CHECK_STR(key ? key->name : NULL, "timetable");
	CHECK_INT(key->scopes, PORTAL_ENQUEUE | PORTAL_READ);
	CHECK_STR(key->school, "green-hill");
	key = portal_keys_find(&k, other);
	CHECK_STR(key ? key->name : NULL, "ops");
	CHECK_INT(key->scopes, PORTAL_ADMIN);
	CHECK(!key->school);
	portal_keys_clear(&k);
	free(content);
	free(line);
	free(second);
	free(secret);
	free(other);
}

TEST("a key that differs in any letter, or is cut, or longer, or a hash itself, opens nothing")
{
	struct portal_keys k;
	struct err e = {0};
	char *secret, *line = line_of("a", "read", "*", &secret);
	CHECK_INT(portal_keys_read(&k, test_write("keys", line), &e), 0);
	for (size_t i = 0; secret[i]; i++) {
		char was = secret[i];
		secret[i] = was == 'x' ? 'y' : 'x';
		CHECK(!portal_keys_find(&k, secret));
		secret[i] = was;
		char *cut = xstrndup(secret, i);
		CHECK(!portal_keys_find(&k, cut));
		free(cut);
	}
	char *longer = xasprintf("%s ", secret);
	CHECK(!portal_keys_find(&k, longer));
	CHECK(!portal_keys_find(&k, strrchr(line, ':') + 1));
	CHECK(portal_keys_find(&k, secret) == &k.at[0]);
	portal_keys_clear(&k);
	CHECK(!portal_keys_find(&k, secret));
	free(longer);
	free(line);
	free(secret);
}

TEST("two keys are never alike, and show by their beginning what they are")
{
	char *one = portal_key_new(), *two = portal_key_new();
	CHECK(strcmp(one, two) != 0);
	CHECK(strncmp(one, "rollcall_", 9) == 0);
	CHECK_INT(strlen(one), 9 + 43);
	free(one);
	free(two);
}

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void refused(const char *content, const char *want)
{
	struct portal_keys k;
	struct err e = {0};
	CHECK(portal_keys_read(&k, test_write("keys", content), &e) < 0);
	CHECK_STR(e.text, want);
	CHECK(!k.at);
}

TEST("a line that says no key is refused, with its number and what a key is")
{
	refused("a:read:*\n", "keys:1: a key is name:scopes:school:hash");
	refused("a:read:*:" HASH ":x\n", "keys:1: a key is name:scopes:school:hash");
	refused("\n#\na b:read:*:" HASH "\n",
	    "keys:3: \"a b\" is no name: 1 to 64 of A-Z a-z 0-9 . _ -");
	refused(":read:*:" HASH "\n", "keys:1: \"\" is no name: 1 to 64 of A-Z a-z 0-9 . _ -");
	refused("a:write:*:" HASH "\n",
	    "keys:1: \"write\" is no scope: enqueue, read or admin, with commas between");
	refused("a::*:" HASH "\n",
	    "keys:1: \"\" is no scope: enqueue, read or admin, with commas between");
	refused("a:read,:*:" HASH "\n",
	    "keys:1: \"\" is no scope: enqueue, read or admin, with commas between");
	refused("a:read::" HASH "\n",
	    "keys:1: \"\" is no school: 1 to 128 bytes without a colon, or * for every school");
	refused("a:read:*:0011\n",
	    "keys:1: the hash of a key has 64 hex digits; rollcall keys new writes such a line");
	refused("a:read:*:" HASH "\na:admin:*:" HASH "\n", "keys:2: the name a is there twice");
	struct portal_keys k;
	struct err e;
	CHECK(portal_keys_read(&k, "no/such", &e) < 0);
	CHECK_STR(e.text, "no/such: the portals' keys cannot be opened: No such file or directory");
}

TEST("a file of many keys is read, and the longest line that a key can have")
{
	struct portal_keys k;
	struct err e = {0};
	struct buf b;
	char school[129];
	memset(school, 's', 128);
	school[128] = '\0';
	buf_init(&b, 0);
	for (int i = 0; i < 2000; i++)
		buf_addf(&b, "key-%d:read:*:" HASH "\n", i);
	buf_addf(&b, "%064d:enqueue,read,admin:%s:" HASH "\n", 7, school);
	CHECK_INT(portal_keys_read(&k, test_write("keys", b.data), &e), 0);
	CHECK_INT(k.count, 2001);
	CHECK_STR(k.at[2000].school, school);
	portal_keys_clear(&k);
	buf_addf(&b, "last:read:%ss:" HASH "\n", school);
	CHECK(portal_keys_read(&k, test_write("keys", b.data), &e) < 0);
	CHECK_HAS(e.text, "keys:2002: ");
	CHECK_HAS(e.text, "is no school");
	buf_clear(&b);
}
