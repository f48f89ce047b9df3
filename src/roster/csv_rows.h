/*
 * csv_rows - rows out of a stream, cut in place; the columns nobody asked for do not even
 * become values.
 *
 * RFC 4180 and UTF-8, with what real exports do: a byte-order mark, LF or CR alone as line
 * end, blank lines, blanks around quotes, empty values too many at a row's end, and semicolons
 * or tabs for commas, as spreadsheets of some countries write them. What cannot be read with
 * certainty is a fault that refuses the set; reading goes on behind it where it can.
 */
#ifndef CSV_ROWS_H
#define CSV_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "faults.h"
#include "pack.h"

enum { CSV_COLUMNS_MAX = 200, CSV_ROW_MAX_BYTES = 256 * 1024, CSV_SKIP = -1 };

struct csv_rows {
	const char *file;
	struct pack_stream *in;
	struct faults *faults;
	char *buffer;		/* owned */
	size_t at, end;		/* what of it is to be read */
	bool ended;		/* there is no more behind it */
	bool failed;
	bool unended;		/* the last row had no line end */
	bool surplus;		/* it had a value behind the last column */
	char separator, line_end;
	uint64_t row;		/* the one that was read last; the heading is row 1 */
	const char *heading[CSV_COLUMNS_MAX];	/* owned, or "" of a file without one */
	int place[CSV_COLUMNS_MAX];	/* where the value of each column goes, or CSV_SKIP */
	size_t columns;
};

/* csv_rows_open reads the heading; a file without one has so many columns (0: it has one). All
 * places are CSV_SKIP then. 0, or a negative err_code and told. */
int csv_rows_open(struct csv_rows *c, struct pack_stream *in, size_t columns, struct faults *f) MUST_CHECK;
void csv_rows_close(struct csv_rows *c);

/* csv_rows_next puts the values of the next row into their places of at, good until the next call,
 * and gives 1; 0 at the end, negative when reading cannot go on. Rows that cannot be read are
 * told and passed over. */
int csv_rows_next(struct csv_rows *c, const char **at) MUST_CHECK;

#endif
