/* pack_int - what the two files of pack tell each other. */
#ifndef PACK_INT_H
#define PACK_INT_H

#include <zip.h>

#include "pack.h"

/* pack_add takes file, with the path it owns, if its name is that of a CSV file. */
int pack_add(struct pack *p, const char *name, struct pack_file file, struct faults *f) MUST_CHECK;

/* pack_unreadable tells what errno says, and gives ERR_SYSTEM. */
int pack_unreadable(const char *file, struct faults *f);

int pack_open_zip(struct pack *p, const char *path, struct faults *f) MUST_CHECK;

/* pack_zip_broken tells why a file of a zip cannot be read, and gives ERR_INPUT. */
int pack_zip_broken(const struct pack_stream *s, zip_error_t *error) MUST_CHECK;

#endif
