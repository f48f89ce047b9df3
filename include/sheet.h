/* sheet - a field that a spreadsheet shows as it is and never takes for a formula. */
#ifndef SHEET_H
#define SHEET_H

#include "buf.h"

/* sheet_field adds text in quotes; first: it begins a line. A leading = + - @ tab or CR
 * gets an apostrophe before it. */
void sheet_field(struct buf *b, const char *text, int first);

#endif
