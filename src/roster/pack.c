/*
 * pack - see pack.h. A folder's files are those at its top; links are followed, as an
 * operator may have put them there, but what is read must be a regular file.
 */
#include "pack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "buf.h"
#include "pack_int.h"

static const char send_again[] = "Export it again and send it whole";

static bool is_csv(const char *name)
{
	size_t length = strlen(name);
	return length > 4 && *name != '.' && strcasecmp(name + length - 4, ".csv") == 0;
}

int pack_add(struct pack *p, const char *name, struct pack_file file, struct faults *f)
{
	if (!is_csv(name))
		return 0;
	if (p->count == PACK_FILES_MAX) {
		faults_add(f, FAULT_REFUSED, "too_many_files", (struct fault_at){0},
		    "Send the files of the roster alone", "There are more than %d CSV files",
		    PACK_FILES_MAX);
		return ERR_LIMIT;
	}
	p->files = xrealloc(p->files, (p->count + 1) * sizeof *p->files);
	p->files[p->count] = file;
	p->files[p->count++].name = xstrdup(name);
	return 0;
}

/* Twins stand side by side, whatever the case of their letters. */
static int by_name(const void *a, const void *b)
{
	const struct pack_file *x = a, *y = b;
	int order = strcasecmp(x->name, y->name);
	return order ? order : strcmp(x->name, y->name);
}

/* check_twins: which of two would be the right one is anybody's guess. */
static int check_twins(const struct pack *p, struct faults *f)
{
	int rc = 0;
	for (size_t i = 1; i < p->count; i++) {
		if (strcasecmp(p->files[i - 1].name, p->files[i].name) != 0)
			continue;
		faults_add(f, FAULT_REFUSED, "file_twice",
		    (struct fault_at){.file = p->files[i].name}, "Leave the wrong one out",
		    "There are two files of this name");
		rc = ERR_INPUT;
	}
	return rc;
}

static int check_size(const struct pack *p, uint64_t bytes_max, struct faults *f)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < p->count; i++) {
		sum += p->files[i].size_bytes;
		if (sum <= bytes_max && sum >= p->files[i].size_bytes)
			continue;
		faults_add(f, FAULT_REFUSED, "too_large",
		    (struct fault_at){.file = p->files[i].name},
		    "Send the roster of fewer schools, or only the roster's own files",
		    "With this file the set has more than %llu MiB",
		    (unsigned long long)(bytes_max >> 20));
		return ERR_LIMIT;
	}
	return 0;
}

int pack_unreadable(const char *file, struct faults *f)
{
	faults_add(f, FAULT_REFUSED, "unreadable", (struct fault_at){.file = file},
	    "Check the path and who may read it", "It cannot be read: %s", strerror(errno));
	return ERR_SYSTEM;
}

static int open_folder(struct pack *p, const char *path, struct faults *f)
{
	DIR *folder = opendir(path);
	if (!folder)
		return pack_unreadable(path, f);
	int rc = 0;
	const struct dirent *entry;
	while (rc == 0 && (entry = readdir(folder))) {
		struct stat st;
		if (!is_csv(entry->d_name) || fstatat(dirfd(folder), entry->d_name, &st, 0) < 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		char *where = xasprintf("%s/%s", path, entry->d_name);
		rc = pack_add(p, entry->d_name,
		    (struct pack_file){.path = where, .size_bytes = (uint64_t)st.st_size}, f);
		if (rc < 0)
			free(where);
	}
	closedir(folder);
	return rc;
}

int pack_open(struct pack *p, const char *path, uint64_t bytes_max, struct faults *f)
{
	struct stat st;
	*p = (struct pack){0};
	if (stat(path, &st) < 0)
		return pack_unreadable(path, f);
	int rc = S_ISDIR(st.st_mode) ? open_folder(p, path, f) : pack_open_zip(p, path, f);
	if (p->count > 0)
		qsort(p->files, p->count, sizeof *p->files, by_name);
	if (rc == 0)
		rc = check_twins(p, f);
	if (rc == 0)
		rc = check_size(p, bytes_max, f);
	if (rc < 0)
		pack_close(p);
	return rc;
}

void pack_close(struct pack *p)
{
	for (size_t i = 0; i < p->count; i++) {
		free(p->files[i].name);
		free(p->files[i].path);
	}
	free(p->files);
	if (p->zip)
		zip_discard(p->zip);
	*p = (struct pack){0};
}

const struct pack_file *pack_find(const struct pack *p, const char *name)
{
	for (size_t i = 0; i < p->count; i++)
		if (strcasecmp(p->files[i].name, name) == 0)
			return &p->files[i];
	return NULL;
}

int pack_stream_open(
    struct pack_stream *s, const struct pack *p, const struct pack_file *file, struct faults *f)
{
	struct stat st;
	*s = (struct pack_stream){.file = file, .fd = -1, .faults = f};
	if (p->zip) {
		s->zipped = zip_fopen_index(p->zip, file->index, 0);
		if (s->zipped)
			return 0;
		return pack_zip_broken(s, zip_get_error(p->zip));
	}
	s->fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (s->fd < 0 || fstat(s->fd, &st) < 0)
		return pack_unreadable(file->name, f);
	if (S_ISREG(st.st_mode))
		return 0;
	errno = EINVAL;
	return pack_unreadable(file->name, f);
}

ssize_t pack_stream_read(struct pack_stream *s, void *into, size_t room)
{
	ssize_t got;
	if (s->zipped) {
		got = zip_fread(s->zipped, into, room);
		if (got < 0)
			return pack_zip_broken(s, zip_file_get_error(s->zipped));
	} else {
		do
			got = read(s->fd, into, room);
		while (got < 0 && errno == EINTR);
		if (got < 0)
			return pack_unreadable(s->file->name, s->faults);
	}
	s->read_bytes += (uint64_t)got;
	if (s->read_bytes <= s->file->size_bytes)
		return got;
	faults_add(s->faults, FAULT_REFUSED, "grows", (struct fault_at){.file = s->file->name},
	    send_again, "It holds more than it said when it was opened");
	return ERR_INPUT;
}

void pack_stream_close(struct pack_stream *s)
{
	if (s->zipped)
		zip_fclose(s->zipped);
	if (s->fd >= 0)
		close(s->fd);
	*s = (struct pack_stream){.fd = -1};
}
