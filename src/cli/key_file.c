/*
 * key_file - written beside the old one and put in its place, so that whoever reads meanwhile
 * reads one or the other. The lock is on the file that is there: who got it looks whether it
 * still is.
 */
#include "key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"

enum { KEY_BYTES = 32, FILE_MAX_BYTES = 65536, MS_PER_S = 1000 };

static int complain(const char *path, struct err *e)
{
	return err_set(e, ERR_SYSTEM, "%s: %s", path, strerror(errno));
}

/* ---- holding ------------------------------------------------------------------------------- */

static bool is_still(int fd, const char *path)
{
	struct stat held, there;
	return fstat(fd, &held) == 0 && stat(path, &there) == 0 && held.st_dev == there.st_dev &&
	       held.st_ino == there.st_ino;
}

int key_file_hold(const char *path, struct err *e)
{
	for (;;) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || flock(fd, LOCK_EX) < 0) {
			complain(path, e);
			if (fd >= 0)
				(void)close(fd);
			return -1;
		}
		if (is_still(fd, path))
			return fd;
		(void)close(fd);
	}
}

void key_file_let_go(int held)
{
	(void)close(held);
}

/* ---- a new key ------------------------------------------------------------------------------ */

void key_file_new_id(const struct seal_keys *k, char id[KEY_ID_ROOM])
{
	time_t now = (time_t)(clock_wall_ms() / MS_PER_S);
	char sealed_with[KEY_ID_ROOM + 1];
	struct tm day;
	(void)gmtime_r(&now, &day);
	for (int n = 1; n < 1000; n++) {
		char more[8] = "";
		if (n > 1)
			(void)snprintf(more, sizeof more, "-%d", n);
		(void)snprintf(id, KEY_ID_ROOM, "k%04d%02d%02d%s", day.tm_year + 1900,
		    day.tm_mon + 1, day.tm_mday, more);
		(void)snprintf(sealed_with, sizeof sealed_with, "%s.", id);
		if (!seal_has_key(k, sealed_with))
			return;
	}
}

/* add_key writes a line that nobody has seen before. */
static void add_key(struct buf *b, const char *id)
{
	unsigned char key[KEY_BYTES];
	char hex[2 * KEY_BYTES + 1];
	randombytes_buf(key, sizeof key);
	sodium_bin2hex(hex, sizeof hex, key, sizeof key);
	buf_addf(b, "%s:%s\n", id, hex);
	sodium_memzero(key, sizeof key);
	sodium_memzero(hex, sizeof hex);
}

static int add_file(struct buf *b, int from, const char *path, struct err *e)
{
	char piece[4096];
	for (;;) {
		ssize_t n = read(from, piece, sizeof piece);
		if (n < 0)
			return complain(path, e);
		buf_add(b, piece, (size_t)n);
		sodium_memzero(piece, sizeof piece);
		if (n == 0)
			return 0;
		if (b->length > FILE_MAX_BYTES)
			return err_set(e, ERR_LIMIT, "%s: this is no file of keys", path);
	}
}

static int write_all(int to, const struct buf *b)
{
	for (size_t at = 0; at < b->length;) {
		ssize_t n = write(to, b->data + at, b->length - at);
		if (n < 0)
			return -1;
		at += (size_t)n;
	}
	return fsync(to);
}

/* sync_folder makes the change of name last; where it cannot be, it is only not so sure. */
static void sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? xstrndup(path, (size_t)(slash - path) + 1) : xstrdup(".");
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		(void)fsync(fd);
		(void)close(fd);
	}
	free(folder);
}

static int open_beside(const char *beside)
{
	(void)unlink(beside);
	return open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* replace writes b beside the file, gives it the owner and the rights of it, and its name. */
static int replace(const char *path, const struct stat *as, const struct buf *b, struct err *e)
{
	char *beside = xasprintf("%s.new", path);
	int to = open_beside(beside);
	bool put = to >= 0 && fchown(to, as->st_uid, as->st_gid) == 0 &&
		   fchmod(to, as->st_mode & 0777) == 0 && write_all(to, b) == 0 &&
		   rename(beside, path) == 0;
	int rc = put ? 0 : complain(beside, e);
	if (to >= 0)
		(void)close(to);
	if (put)
		sync_folder(path);
	else
		(void)unlink(beside);
	free(beside);
	return rc;
}

/* put_before writes the file anew, with what b holds before what is there. */
static int put_before(const char *path, int from, struct buf *b, struct err *e)
{
	struct stat as;
	if (from < 0 || fstat(from, &as) < 0)
		return complain(path, e);
	int rc = add_file(b, from, path, e);
	return rc < 0 ? rc : replace(path, &as, b, e);
}

int key_file_put(const char *path, const char *id, struct err *e)
{
	struct buf b;
	buf_init(&b, 0);
	buf_addf(&b, "%*s", FILE_MAX_BYTES + 8192, "");
	buf_reset(&b);
	add_key(&b, id);
	int from = open(path, O_RDONLY | O_CLOEXEC);
	int rc = put_before(path, from, &b, e);
	if (from >= 0)
		(void)close(from);
	sodium_memzero(b.data, b.room);
	buf_clear(&b);
	return rc;
}
