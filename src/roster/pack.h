/*
 * pack - the files of a set, out of a folder or a zip, read as streams and never unpacked to
 * disk.
 *
 * A zip is looked at before it is trusted: a name that leads out of it, a name that is there
 * twice, a password, a bomb, too much of everything or half of it is told, and it is not
 * opened. Files that are no CSV are left alone, folders in a zip are forgiven.
 */
#ifndef PACK_H
#define PACK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "faults.h"

enum { PACK_FILES_MAX = 1000 };

struct pack_file {
	char *name;		/* owned; without folders: users.csv */
	char *path;		/* owned; in a folder */
	uint64_t index;		/* in a zip */
	uint64_t size_bytes;	/* unpacked */
};

struct pack {
	struct pack_file *files;	/* owned; those whose name ends in .csv, by name */
	size_t count;
	struct zip *zip;	/* owned; NULL: a folder */
};

/* pack_open gives 0, or ERR_INPUT, ERR_LIMIT or ERR_SYSTEM with *f told why. */
int pack_open(struct pack *p, const char *path, uint64_t bytes_max, struct faults *f) MUST_CHECK;
void pack_close(struct pack *p);

/* pack_find gives the file of that name, in whatever case its letters are, or NULL. */
const struct pack_file *pack_find(const struct pack *p, const char *name);

/* One file at a time. */
struct pack_stream {
	const struct pack_file *file;
	struct zip_file *zipped;	/* owned, or NULL */
	int fd;				/* owned, or -1 */
	uint64_t read_bytes;
	struct faults *faults;
};
int pack_stream_open(struct pack_stream *s, const struct pack *p, const struct pack_file *file,
    struct faults *f) MUST_CHECK;
/* pack_stream_read gives the bytes read, 0 at the end, or ERR_INPUT or ERR_SYSTEM, told. */
ssize_t pack_stream_read(struct pack_stream *s, void *into, size_t room) MUST_CHECK;
void pack_stream_close(struct pack_stream *s);

#endif
