/*
 * output - what people see: colour only on a terminal, tables, paragraphs; and JSON
 * for programs.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "json.h"
#include "reasons.h"

/* out_start looks at the terminal and the environment, once. */
void out_start(void);
bool out_is_terminal(void);
bool out_shows_unicode(void);
int out_columns(void);			/* now: windows change; 0: no terminal */

/* out_paint gives the escape sequence of a colour, PLAIN ends one; "" where there is
 * no colour. */
const char *out_paint(enum colour c);

/* out_line adds text to b, cleaned, in a colour, cut to columns (0: as long as it is);
 * gives the columns that it takes. */
size_t out_line(struct buf *b, enum colour c, size_t columns, const char *text);

/* out_paragraph adds text cleaned and wrapped to columns (0: one line), each line
 * indented and ended by a newline. */
void out_paragraph(struct buf *b, enum colour c, size_t columns, size_t indent,
    const char *text);

/* out_say prints one cleaned line, or several that fit the terminal. */
void out_say(enum colour c, size_t indent, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* out_command prints a command that can be pasted, in one line: words (NULL at the end) are
 * quoted where a shell would take them for something else. */
void out_command(const char *const *words);

/* out_field prints a label and what belongs to it, wrapped beside it; nothing if that is
 * empty. */
void out_field(const char *label, enum colour c, const char *text);

/* out_complain prints "rollcall: ..." on standard error, in lines that fit the terminal. */
void out_complain(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* out_json prints a value for programs and takes it over; lines: on one line. */
void out_json(json_t *value, bool one_line);

/* Times as people say them: "10:42:07" today, else "2026-11-22 10:42"; "" for 0. And
 * spans: "12 s", "3 min", "2 h 5 min". */
char *out_time(int64_t wall_ms, char text[32]);
char *out_span(int64_t ms, char text[32]);

/* ---- tables ------------------------------------------------------------------ */

/* A table fits the terminal. Columns are cut, the widest first; then the least important
 * ones are left out; then ids lose their middle. When even that does not fit, each row
 * becomes a small paragraph. Marks before a heading, which are not shown, say more:
 *	!	an id, which people copy
 *	~	its words wrap and are not cut; only the last column
 *	1-9	may be left out, 9 first
 */
struct table {
	const char *const *headings;	/* NULL at the end */
	size_t width;			/* how many columns */
	struct cell *cells;		/* owned, row after row */
	size_t count, room;
};

void table_start(struct table *t, const char *const *headings);
void table_cell(struct table *t, enum colour c, const char *fmt, ...) PRINTF_LIKE(3, 4);
void table_print(struct table *t);	/* and frees */

#endif
