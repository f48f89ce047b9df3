/*
 * pack_zip - a zip is looked at before it is trusted.
 *
 * Nothing is ever unpacked to disk, so a name that leads out of the archive could do no harm;
 * an archive that has one was not made by a school's system, and is refused as a whole. How
 * many entries it has is read off its end first, because libzip takes memory for each.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "pack_int.h"

enum {
	ENTRIES_MAX = 5000,
	END_BYTES = 22,			 /* the record at the end of a zip */
	END_SEARCH = END_BYTES + 0xffff, /* a comment may follow it */
	BOMB_BYTES = 16 * 1024 * 1024,	 /* nobody minds how well less than this was packed */
	BOMB_RATIO = 250,		 /* rosters pack about 10 to 1, zeros 1000 to 1 */
};

static const char send_whole[] = "Send the zip again, whole, as the school's system made it";

static int refuse(struct faults *f, const char *word, const char *file, const char *what)
{
	faults_add(f, FAULT_REFUSED, word, (struct fault_at){.file = file}, send_whole, "%s", what);
	return ERR_INPUT;
}

/* entries_of gives the number that the last end record says; -1: there is none. */
static int entries_of(const unsigned char *tail, size_t length)
{
	for (size_t at = length < END_BYTES ? 0 : length - END_BYTES + 1; at-- > 0;)
		if (memcmp(tail + at, "PK\5\6", 4) == 0)
			return tail[at + 10] | tail[at + 11] << 8;
	return -1;
}

static int check_end(int fd, struct faults *f)
{
	unsigned char *tail = xmalloc(END_SEARCH), start[4] = {0};
	struct stat st;
	int rc = ERR_SYSTEM;
	if (fstat(fd, &st) < 0 || pread(fd, start, sizeof start, 0) < 0)
		goto out;
	off_t from = st.st_size > END_SEARCH ? st.st_size - END_SEARCH : 0;
	ssize_t length = pread(fd, tail, END_SEARCH, from);
	if (length < 0)
		goto out;
	int entries = entries_of(tail, (size_t)length);
	rc = 0;
	if (entries < 0 && memcmp(start, "PK\3\4", 4) == 0)
		rc = refuse(f, "cut_off", NULL, "Only the first part of the zip is here");
	else if (entries < 0)
		rc = refuse(f, "not_a_zip", NULL, "This is neither a folder nor a zip");
	else if (entries > ENTRIES_MAX)
		rc = refuse(f, "too_many_files", NULL, "The zip holds thousands of files");
out:
	free(tail);
	if (rc == ERR_SYSTEM)
		return pack_unreadable(NULL, f);
	return rc;
}

/* leads_out: an absolute name, a drive, or a folder above. */
static bool leads_out(const char *name)
{
	if (*name == '/' || *name == '\\' || (*name && name[1] == ':'))
		return true;
	while (*name) {
		size_t length = strcspn(name, "/\\");
		if (length == 2 && memcmp(name, "..", 2) == 0)
			return true;
		name += length + (name[length] ? 1 : 0);
	}
	return false;
}

static const char *base_name(const char *name)
{
	const char *base = name;
	for (; *name; name++)
		if (*name == '/' || *name == '\\')
			base = name + 1;
	return base;
}

static int check_entry(zip_t *z, const zip_stat_t *st, struct faults *f)
{
	zip_uint8_t system = 0;
	zip_uint32_t attributes = 0;
	if (leads_out(st->name))
		return refuse(f, "leads_out", st->name, "The name leads out of the archive");
	if (zip_file_get_external_attributes(z, st->index, 0, &system, &attributes) == 0 &&
	    system == ZIP_OPSYS_UNIX && S_ISLNK(attributes >> 16))
		return refuse(f, "leads_out", st->name, "This is a link, not a file");
	if (st->encryption_method != ZIP_EM_NONE)
		return refuse(f, "encrypted", st->name, "The file is locked with a password");
	if (st->size > BOMB_BYTES && st->size / BOMB_RATIO > st->comp_size)
		return refuse(f, "bomb", st->name,
		    "The file would grow to more than 250 times its size: this is no roster");
	return 0;
}

static int list_entries(struct pack *p, struct faults *f)
{
	zip_int64_t count = zip_get_num_entries(p->zip, 0);
	if (count > ENTRIES_MAX)
		return refuse(f, "too_many_files", NULL, "The zip holds thousands of files");
	for (zip_int64_t i = 0; i < count; i++) {
		zip_stat_t st;
		if (zip_stat_index(p->zip, (zip_uint64_t)i, 0, &st) < 0)
			return refuse(f, "broken_zip", NULL, zip_strerror(p->zip));
		int rc = check_entry(p->zip, &st, f);
		if (rc == 0)
			rc = pack_add(p, base_name(st.name),
			    (struct pack_file){.index = st.index, .size_bytes = st.size}, f);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int pack_open_zip(struct pack *p, const char *path, struct faults *f)
{
	int why = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return pack_unreadable(path, f);
	int rc = check_end(fd, f);
	if (rc == 0) {
		p->zip = zip_fdopen(fd, 0, &why); /* it owns fd then */
		if (p->zip)
			return list_entries(p, f);
		zip_error_t error;
		zip_error_init_with_code(&error, why);
		rc = refuse(f, "broken_zip", NULL, zip_error_strerror(&error));
		zip_error_fini(&error);
	}
	close(fd);
	return rc;
}

int pack_zip_broken(const struct pack_stream *s, zip_error_t *error)
{
	return refuse(s->faults, "broken_zip", s->file->name, zip_error_strerror(error));
}
