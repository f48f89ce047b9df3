/* The files of a folder, as streams. */
#include <unistd.h>

#include "pack.h"
#include "roster_rig.h"

static struct pack pack;

static int opens(const char *path, uint64_t bytes_max)
{
	faults_init(&faults);
	return pack_open(&pack, path, bytes_max, &faults);
}

static void closes(void)
{
	pack_close(&pack);
	faults_clear(&faults);
}

TEST("a folder's files are its CSV files, and none of what is below or hidden")
{
	put("users.csv", "a\n");
	put("B.CSV", "b\n");
	put("users.csv~", "");
	put(".users.csv", "");
	put(".csv", "");
	put("notes.txt", "");
	CHECK_INT(mkdir("set/deep.csv", 0700), 0);
	put("deep.csv/orgs.csv", "");
	CHECK_INT(opens("set", 100), 0);
	CHECK_INT(pack.count, 2);
	CHECK_STR(pack.files[0].name, "B.CSV");
	CHECK_INT(pack.files[1].size_bytes, 2);
	CHECK(pack_find(&pack, "USERS.csv") == &pack.files[1]);
	CHECK(!pack_find(&pack, "orgs.csv"));
	closes();
}

TEST("a link is followed to a file, and to nothing else")
{
	put("real.txt", "a,b\n1,2\n");
	CHECK_INT(symlink("real.txt", "set/users.csv"), 0);
	CHECK_INT(symlink("/dev/zero", "set/orgs.csv"), 0);
	CHECK_INT(symlink("nowhere", "set/roles.csv"), 0);
	CHECK_INT(mkfifo("set/classes.csv", 0600), 0);
	CHECK_INT(opens("set", 100), 0);
	CHECK_INT(pack.count, 1);
	CHECK_STR(pack.files[0].name, "users.csv");
	closes();
}

TEST("two files of one name but for the case of its letters are refused")
{
	put("users.csv", "");
	put("Users.csv", "");
	CHECK_INT(opens("set", 100), ERR_INPUT);
	is_told("file_twice", FAULT_REFUSED, "users.csv", 0, "", "");
	closes();
}

TEST("what all files are larger than together is refused before one is read")
{
	put("a.csv", "123456");
	put("b.csv", "123456");
	CHECK_INT(opens("set", 12), 0);
	closes();
	CHECK_INT(opens("set", 11), ERR_LIMIT);
	is_told("too_large", FAULT_REFUSED, "b.csv", 0, "", "");
	closes();
}

TEST("a file is read to its end, and one that grows meanwhile is refused")
{
	char bytes[16];
	struct pack_stream in;
	put("a.csv", "12345");
	CHECK_INT(opens("set", 100), 0);
	CHECK_INT(pack_stream_open(&in, &pack, &pack.files[0], &faults), 0);
	CHECK_INT(pack_stream_read(&in, bytes, 3), 3);
	CHECK_INT(pack_stream_read(&in, bytes, sizeof bytes), 2);
	CHECK_INT(pack_stream_read(&in, bytes, sizeof bytes), 0);
	put("a.csv", "12345 and more");
	CHECK_INT(pack_stream_read(&in, bytes, sizeof bytes), ERR_INPUT);
	is_told("grows", FAULT_REFUSED, "a.csv", 0, "", "");
	pack_stream_close(&in);
	closes();
}

TEST("a file that is gone when it is to be read is told")
{
	struct pack_stream in;
	put("a.csv", "12345");
	CHECK_INT(opens("set", 100), 0);
	remove("set/a.csv");
	CHECK_INT(pack_stream_open(&in, &pack, &pack.files[0], &faults), ERR_SYSTEM);
	is_told("unreadable", FAULT_REFUSED, "a.csv", 0, "", "");
	closes();
	CHECK_INT(opens("nowhere", 100), ERR_SYSTEM);
	closes();
}
