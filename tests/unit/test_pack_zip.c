/* A zip is looked at before it is trusted. */
#include <fcntl.h>
#include <unistd.h>
#include <zip.h>

#include "roster_rig.h"

static zip_t *archive;

static void zip_begin(void)
{
	int why;
	archive = zip_open("set.zip", ZIP_CREATE | ZIP_TRUNCATE, &why);
	CHECK(archive);
}

static zip_int64_t zip_bytes(const char *name, const void *bytes, size_t length)
{
	zip_source_t *source = zip_source_buffer(archive, bytes, length, 0);
	zip_int64_t index = zip_file_add(archive, name, source, ZIP_FL_ENC_UTF_8);
	CHECK(source && index >= 0);
	return index;
}

static zip_int64_t zip_text(const char *name, const char *text)
{
	return zip_bytes(name, text, strlen(text));
}

static void zip_end(void)
{
	CHECK_INT(zip_close(archive), 0);
}

/* zip_school packs the small school, each name behind folder. */
static void zip_school(const char *folder)
{
	static const char *const files[] = {
	    "manifest", "orgs", "academicSessions", "courses", "classes", "users", "enrollments"};
	char path[64], name[128];
	put_school();
	zip_begin();
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		(void)snprintf(path, sizeof path, "set/%s.csv", files[i]);
		(void)snprintf(name, sizeof name, "%s%s.csv", folder, files[i]);
		zip_source_t *source = zip_source_file(archive, path, 0, 0);
		CHECK(source && zip_file_add(archive, name, source, 0) >= 0);
	}
}

static void is_refused_zip(const char *word, const char *file)
{
	CHECK_INT(reads("set.zip"), ERR_INPUT);
	CHECK_INT(faults.of[FAULT_REFUSED], 1);
	CHECK_STR(faults.at[0].word, word);
	CHECK_STR(faults.at[0].at.file, file);
	CHECK_INT(set.class_count, 0);
	done();
}

TEST("a zip is read as its folder would be")
{
	zip_school("");
	zip_text("readme.txt", "hello");
	zip_end();
	CHECK_INT(reads("set.zip"), 0);
	CHECK_STR(people("c1"), "T:t1 L:l1 L:l2 L:l3");
	CHECK_INT(faults.count, 0);
	done();
}

TEST("folders within a zip are forgiven, and what a Mac leaves in it")
{
	zip_school("export 2026/roster/");
	zip_dir_add(archive, "export 2026/", 0);
	zip_text("__MACOSX/export 2026/roster/._users.csv", "\1\2\3");
	zip_end();
	CHECK_INT(reads("set.zip"), 0);
	CHECK_INT(set.class_count, 2);
	done();
	zip_school("export\\");
	zip_end();
	CHECK_INT(reads("set.zip"), 0);
	CHECK_INT(set.class_count, 2);
	done();
}

TEST("a name that leads out of the zip refuses it, and nothing is written anywhere")
{
	static const char *const names[] = {"../users.csv", "a/../../users.csv", "/etc/users.csv",
	    "..\\users.csv", "C:\\users.csv", "a/.."};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		zip_school("");
		zip_text(names[i], USERS_HEADING);
		zip_end();
		is_refused_zip("leads_out", names[i]);
		CHECK(access("../users.csv", F_OK) < 0);
	}
}

TEST("a link in a zip refuses it")
{
	zip_school("");
	zip_int64_t index = zip_text("roles.csv", "/etc/passwd");
	CHECK_INT(zip_file_set_external_attributes(archive, (zip_uint64_t)index, 0, ZIP_OPSYS_UNIX,
		      (zip_uint32_t)(S_IFLNK | 0777) << 16),
	    0);
	zip_end();
	is_refused_zip("leads_out", "roles.csv");
}

TEST("a bomb is told by its size before it is opened")
{
	size_t length = 32 << 20;
	char *zeros = xcalloc(1, length);
	zip_begin();
	zip_bytes("users.csv", zeros, length);
	zip_end();
	free(zeros);
	is_refused_zip("bomb", "users.csv");
}

TEST("more than the limit is refused before it is unpacked")
{
	zip_school("");
	zip_end();
	roster_set_init(&set);
	faults_init(&faults);
	CHECK_INT(again_with("set.zip", &(struct roster_limits){.bytes = 300}), ERR_LIMIT);
	CHECK_STR(faults.at[0].word, "too_large");
	done();
}

TEST("two files of one name are refused, whatever folder they are in")
{
	zip_school("");
	zip_text("old/Users.csv", USERS_HEADING);
	zip_end();
	is_refused_zip("file_twice", "users.csv");
}

TEST("a password on a file is told")
{
	zip_begin();
	zip_int64_t index = zip_text("users.csv", USERS_HEADING);
	if (zip_file_set_encryption(archive, (zip_uint64_t)index, ZIP_EM_AES_256, "open") < 0)
		test_skip("this libzip cannot encrypt");
	zip_end();
	is_refused_zip("encrypted", "users.csv");
}

TEST("half a zip, an empty file and a text are told for what they are")
{
	struct stat st;
	zip_school("");
	zip_end();
	CHECK_INT(stat("set.zip", &st), 0);
	for (off_t kept = st.st_size - 1; kept > 4; kept -= kept > 100 ? 97 : 13) {
		CHECK_INT(truncate("set.zip", kept), 0);
		is_refused_zip("cut_off", "");
	}
	CHECK_INT(truncate("set.zip", 0), 0);
	is_refused_zip("not_a_zip", "");
	test_write("set.zip", USERS_HEADING);
	is_refused_zip("not_a_zip", "");
}

/* spoil flips one byte of the archive, found by the text before it. */
static void spoil(const char *before)
{
	static char bytes[1 << 16];
	int fd = open("set.zip", O_RDWR);
	ssize_t length = read(fd, bytes, sizeof bytes);
	const char *at = memmem(bytes, (size_t)length, before, strlen(before));
	CHECK(fd >= 0 && length > 0 && at);
	CHECK_INT(pwrite(fd, "#", 1, at - bytes + (off_t)strlen(before)), 1);
	close(fd);
}

TEST("a file that was damaged on the way is told, and nothing of the set is used")
{
	zip_school("");
	for (zip_uint64_t i = 0; i < 7; i++)
		zip_set_file_compression(archive, i, ZIP_CM_STORE, 0);
	zip_end();
	spoil("Ndl");
	CHECK_INT(reads("set.zip"), ERR_INPUT);
	CHECK_STR(told("broken_zip")->at.file, "users.csv");
	done();
}

TEST("thousands of entries are refused")
{
	char name[32];
	zip_begin();
	for (int i = 0; i < 6000; i++) {
		(void)snprintf(name, sizeof name, "f%d.txt", i);
		zip_text(name, "");
	}
	zip_end();
	is_refused_zip("too_many_files", "");
	zip_begin();
	for (int i = 0; i < 1001; i++) {
		(void)snprintf(name, sizeof name, "f%d.csv", i);
		zip_text(name, "");
	}
	zip_end();
	CHECK_INT(reads("set.zip"), ERR_LIMIT);
	CHECK_STR(faults.at[0].word, "too_many_files");
	done();
}

TEST("a zip of zips holds no roster")
{
	zip_begin();
	zip_text("inner.zip", "PK");
	zip_end();
	is_refused_zip("no_roster", "");
}
