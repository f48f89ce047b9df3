/* csv - a field that a spreadsheet shows as it is and never takes for a formula. */
#ifndef CSV_H
#define CSV_H

#include "buf.h"

/* csv_field adds text in quotes; first: it begins a line. A leading = + - @ tab or CR
 * gets an apostrophe before it. */
void csv_field(struct buf *b, const char *text, int first);

#endif
