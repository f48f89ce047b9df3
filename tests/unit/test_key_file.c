/* The file of sealing keys gets a new one in front, whole or not at all. */
#include "key_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "test.h"

#define HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static char content[8192];

static const char *read_file(const char *name)
{
	FILE *f = fopen(name, "r");
	CHECK(f != NULL);
	size_t n = fread(content, 1, sizeof content - 1, f);
	content[n] = '\0';
	(void)fclose(f);
	return content;
}

TEST("a new key stands in front, and what was there follows as it was")
{
	struct err e;
	const char *path = test_write("keys", "# ours\nold:" HEX "\n\nolder:" HEX);
	CHECK_INT(chmod(path, 0640), 0);
	CHECK_INT(key_file_put(path, "new", &e), 0);
	CHECK(strncmp(read_file(path), "new:", 4) == 0);
	CHECK_INT(strcspn(content, "\n"), 4 + 64);
	CHECK_STR(content + 4 + 64 + 1, "# ours\nold:" HEX "\n\nolder:" HEX);
	struct stat s;
	CHECK_INT(stat(path, &s), 0);
	CHECK_INT(s.st_mode & 0777, 0640);
	CHECK(access("keys.new", F_OK) < 0);
	struct seal_keys *k = seal_keys_read(path, &e);
	CHECK(k && seal_is_current(k, "new.x") && seal_has_key(k, "older.x"));
	seal_keys_free(k);
}

TEST("no two keys are alike")
{
	struct err e;
	char first[70];
	const char *path = test_write("keys", "");
	CHECK_INT(key_file_put(path, "a", &e), 0);
	memcpy(first, read_file(path) + 2, 64);
	CHECK_INT(key_file_put(path, "b", &e), 0);
	CHECK(memcmp(first, read_file(path) + 2, 64) != 0);
}

TEST("what a crash left beside the file is in nobody's way, also a link that leads elsewhere")
{
	struct err e;
	const char *path = test_write("keys", "old:" HEX "\n");
	(void)test_write("keys.new", "half");
	CHECK_INT(key_file_put(path, "one", &e), 0);
	(void)test_write("elsewhere", "untouched");
	CHECK_INT(symlink("elsewhere", "keys.new"), 0);
	CHECK_INT(key_file_put(path, "two", &e), 0);
	CHECK_STR(read_file("elsewhere"), "untouched");
}

TEST("a file that is not there, or is far too large, is told of and left alone")
{
	struct err e;
	CHECK(key_file_put("nowhere", "new", &e) < 0);
	CHECK_HAS(e.text, "nowhere");
	CHECK_INT(key_file_hold("nowhere", &e), -1);
	static char large[70000];
	memset(large, 'x', sizeof large - 1);
	const char *path = test_write("large", large);
	CHECK(key_file_put(path, "new", &e) < 0);
	CHECK_HAS(e.text, "no file of keys");
	struct stat s;
	CHECK_INT(stat(path, &s), 0);
	CHECK_INT(s.st_size, sizeof large - 1);
}

TEST("the id of a new key is the day's, and another where that is taken")
{
	struct err e;
	char id[KEY_ID_ROOM];
	clock_fake(INT64_C(1795340242000), 1000);
	struct seal_keys *k = seal_keys_read(test_write("keys", "old:" HEX "\n"), &e);
	key_file_new_id(k, id);
	CHECK_STR(id, "k20261122");
	seal_keys_free(k);
	k = seal_keys_read(test_write("keys", "k20261122:" HEX "\nk20261122-2:" HEX "\n"), &e);
	key_file_new_id(k, id);
	CHECK_STR(id, "k20261122-3");
	seal_keys_free(k);
}

TEST("the file is held by one at a time, also when it is another one by then")
{
	struct err e;
	const char *path = test_write("keys", "old:" HEX "\n");
	int held = key_file_hold(path, &e);
	CHECK(held >= 0);
	CHECK_INT(key_file_put(path, "new", &e), 0);
	key_file_let_go(held);
	held = key_file_hold(path, &e);
	char first[4] = "";
	CHECK_INT(pread(held, first, 3, 0), 3);
	CHECK_STR(first, "new");
	key_file_let_go(held);
}
