/* csv - a small reader: comma, quotes, CRLF or LF, a header line. */
#ifndef CSV_H
#define CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

#define CSV_FIELDS 64

struct csv {
	char *text;			/* owned: the whole file; fields point into it */
	char *at;
	char *header[CSV_FIELDS], *row[CSV_FIELDS];
	size_t columns, fields;
};

int csv_open(struct csv *c, const char *path, struct err *e) MUST_CHECK;
void csv_close(struct csv *c);
bool csv_next(struct csv *c);				/* false at the end */
const char *csv_field(const struct csv *c, const char *column);	/* "" if there is none */

#endif
