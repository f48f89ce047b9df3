/*
 * csv_rows - see csv_rows.h.
 *
 * The buffer holds at least one whole row. Most rows have no quote and nothing but printable
 * ASCII: two memchr and a scan of eight bytes at a time tell, and such a row is cut at its
 * separators. Only the others are looked at byte by byte. A row counts as a spreadsheet counts
 * it, so one with a line break inside is one.
 */
#include "csv_rows.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "buf.h"

enum { BUFFER_BYTES = 2 * CSV_ROW_MAX_BYTES };

static const char save_as_utf8[] = "Save it as CSV UTF-8 and send it again";
static const char mend_quotes[] =
    "Put the value in quotes and write each quote within it twice, or take the quote out";

static struct fault_at here(const struct csv_rows *c, const char *column, const char *value)
{
	return (struct fault_at){c->file, column, value, c->row};
}

static const char *column_name(const struct csv_rows *c, size_t column)
{
	return column < c->columns && c->heading[column] ? c->heading[column] : "";
}

static int fill(struct csv_rows *c)
{
	memmove(c->buffer, c->buffer + c->at, c->end - c->at);
	c->end -= c->at;
	c->at = 0;
	while (c->end < BUFFER_BYTES && !c->ended) {
		ssize_t got = pack_stream_read(c->in, c->buffer + c->end, BUFFER_BYTES - c->end);
		if (got < 0)
			return (int)got;
		c->ended = got == 0;
		c->end += (size_t)got;
	}
	return 0;
}

/* row_end gives the line end behind the row at p, or NULL; *open: a quote was not closed. */
static char *row_end(const struct csv_rows *c, char *p, char *end, bool *open)
{
	char *line = memchr(p, c->line_end, (size_t)(end - p));
	*open = false;
	if (line && !memchr(p, '"', (size_t)(line - p)))
		return line;
	while (p < end) {
		while (p < end && *p == ' ')
			p++;
		while (p < end && *p == '"') { /* twice: a quote within the value */
			p = memchr(p + 1, '"', (size_t)(end - p - 1));
			*open = !p;
			if (!p)
				return NULL;
			p++;
		}
		while (p < end && *p != c->separator && *p != c->line_end)
			p++;
		if (p < end && *p++ == c->line_end)
			return p - 1;
	}
	return NULL;
}

static int row_too_long(const struct csv_rows *c, bool open)
{
	if (open)
		faults_add(c->faults, FAULT_REFUSED, "open_quote", here(c, NULL, NULL), mend_quotes,
		    "A quote opens in this row and never closes");
	else
		faults_add(c->faults, FAULT_REFUSED, "row_too_long", here(c, NULL, NULL),
		    "Is it a CSV file? Export it again", "This row has more than %d bytes",
		    CSV_ROW_MAX_BYTES);
	return ERR_INPUT;
}

/* find_row gives 1 and the next row with its line end cut off, 0 at the end. */
static int find_row(struct csv_rows *c, char **row, size_t *length)
{
	bool open;
	for (;;) {
		char *text = c->buffer + c->at;
		size_t left = c->end - c->at;
		char *end = row_end(c, text, text + left, &open);
		if (!end && !c->ended && left <= CSV_ROW_MAX_BYTES) {
			int rc = fill(c);
			if (rc < 0)
				return rc;
			continue;
		}
		if (left == 0)
			return 0;
		c->row++;
		*row = text;
		*length = end ? (size_t)(end - text) : left;
		if (open || *length > CSV_ROW_MAX_BYTES)
			return row_too_long(c, open);
		c->unended = !end;
		c->at += *length + (end ? 1 : 0);
		if (*length > 0 && text[*length - 1] == '\r')
			--*length;
		return 1;
	}
}

/* is_blank: nothing but separators and blanks, as spreadsheets leave them below a table. */
static bool is_blank(const struct csv_rows *c, const char *row, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (row[i] != c->separator && row[i] != ' ' && row[i] != '\t')
			return false;
	return true;
}

/* is_plain: only ASCII from the blank on, seen eight bytes at a time. */
static bool is_plain(const char *text, size_t length)
{
	const uint64_t each = UINT64_MAX / 255;
	uint64_t x;
	for (; length >= sizeof x; text += sizeof x, length -= sizeof x) {
		memcpy(&x, text, sizeof x);
		if ((x | ((x - each * ' ') & ~x)) & (each * 0x80))
			return false;
	}
	for (; length > 0; text++, length--)
		if (*text < ' ')
			return false;
	return true;
}

static size_t bad_utf8(const char *text, size_t length)
{
	size_t at = 0;
	while (at < length) {
		utf8proc_int32_t character;
		utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text + at,
		    (utf8proc_ssize_t)(length - at), &character);
		if (n <= 0)
			break;
		at += (size_t)n;
	}
	return at;
}

/* tell_bad names the column in which the byte stands, and quotes what is around it. */
static int tell_bad(const struct csv_rows *c, char *row, size_t length, size_t bad)
{
	size_t column = 0, from = 0, to = bad;
	bool quotes = false;
	for (size_t i = 0; i < bad; i++) {
		if (row[i] == '"')
			quotes = !quotes;
		if (row[i] != c->separator || quotes)
			continue;
		column++;
		from = i + 1;
	}
	while (to < length && row[to] != c->separator)
		to++;
	char *value = xstrndup(row + from, to - from);
	if (row[bad] == '\0')
		faults_add(c->faults, FAULT_REFUSED, "not_text",
		    here(c, column_name(c, column), NULL), save_as_utf8,
		    "There is a zero byte: the file is UTF-16, or no text at all");
	else
		faults_add(c->faults, FAULT_REFUSED, "not_utf8",
		    here(c, column_name(c, column), value), save_as_utf8,
		    "This is not UTF-8; the byte %02X shows that the file was saved in an older "
		    "encoding",
		    (unsigned char)row[bad]);
	free(value);
	return ERR_INPUT;
}

static bool is_no_break_space(const char *two)
{
	return two[0] == '\xc2' && two[1] == '\xa0';
}

/* put gives a value its place, without the blanks around it. Line breaks and other controls
 * within it become blanks. */
static void put(
    struct csv_rows *c, bool plain, size_t column, char *text, char *end, const char **at)
{
	int place = column < c->columns ? c->place[column] : CSV_SKIP;
	if (column >= c->columns && end > text)
		c->surplus = true;
	if (place == CSV_SKIP)
		return;
	bool controls = false;
	for (char *p = text; !plain && p < end; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f) {
			controls = true;
			*p = ' ';
		}
	while (text < end && (*text == ' ' || (!plain && is_no_break_space(text))))
		text += *text == ' ' ? 1 : 2;
	while (text < end &&
	       (end[-1] == ' ' || (!plain && end - text >= 2 && is_no_break_space(end - 2))))
		end -= end[-1] == ' ' ? 1 : 2;
	*end = '\0';
	at[place] = text;
	if (controls)
		faults_add(c->faults, FAULT_NOTE, "control_character",
		    here(c, column_name(c, column), text),
		    "Take line breaks and tabs out of the value",
		    "A line break or another control character was read as a blank");
}

static size_t cut_plain(struct csv_rows *c, bool plain, char *p, char *end, const char **at)
{
	for (size_t column = 0;; column++) {
		char *stop = memchr(p, c->separator, (size_t)(end - p));
		put(c, plain, column, p, stop ? stop : end, at);
		if (!stop)
			return column + 1;
		p = stop + 1;
	}
}

static size_t stray_quote(const struct csv_rows *c, size_t column)
{
	faults_add(c->faults, FAULT_REFUSED, "stray_quote", here(c, column_name(c, column), NULL),
	    mend_quotes,
	    "A quote stands where none may be, so it is not certain where the value ends");
	return 0;
}

/* cut_quoted gives the number of values, or 0 when a quote is out of place. */
static size_t cut_quoted(struct csv_rows *c, bool plain, char *p, char *end, const char **at)
{
	for (size_t column = 0;; column++) {
		while (p < end && *p == ' ')
			p++;
		char *text = p, *stop;
		if (p < end && *p == '"') {
			stop = ++text;
			for (p = text; p < end; *stop++ = *p++)
				if (*p == '"' && (p + 1 == end || *++p != '"'))
					break;
			if (p < end && *p == '"') /* it closes at the row's end */
				p++;
			while (p < end && *p == ' ')
				p++;
			if (p < end && *p != c->separator)
				return stray_quote(c, column);
		} else {
			stop = memchr(p, c->separator, (size_t)(end - p));
			p = stop = stop ? stop : end;
			if (memchr(text, '"', (size_t)(stop - text)))
				return stray_quote(c, column);
		}
		bool last = p == end;
		put(c, plain, column, text, stop, at);
		if (last)
			return column + 1;
		p++;
	}
}

/* cut splits a row that was found, and gives how many values it has; 0: it cannot be read. */
static size_t cut(struct csv_rows *c, char *row, size_t length, const char **at)
{
	bool plain = is_plain(row, length);
	c->surplus = false;
	if (!plain) {
		const char *zero = memchr(row, '\0', length);
		size_t bad = zero ? (size_t)(zero - row) : bad_utf8(row, length);
		if (bad < length) {
			tell_bad(c, row, length, bad);
			return 0;
		}
	}
	if (memchr(row, '"', length))
		return cut_quoted(c, plain, row, row + length, at);
	return cut_plain(c, plain, row, row + length, at);
}

static void tell_width(const struct csv_rows *c, size_t values)
{
	if (c->unended && values < c->columns)
		faults_add(c->faults, FAULT_REFUSED, "cut_off", here(c, NULL, NULL),
		    "Export and upload it again, whole", "The file ends in the middle of a row");
	else
		faults_add(c->faults, FAULT_REFUSED, "row_width", here(c, NULL, NULL),
		    "Put a value that has a comma in it in quotes, and leave no value out",
		    "This row has %zu values, the heading has %zu", values, c->columns);
}

int csv_rows_next(struct csv_rows *c, const char **at)
{
	char *row;
	size_t length;
	while (!c->failed) {
		int rc = find_row(c, &row, &length);
		c->failed = rc < 0;
		if (rc <= 0)
			return rc;
		if (is_blank(c, row, length))
			continue;
		size_t values = cut(c, row, length, at);
		/* too many are forgiven when they are empty */
		if (values == c->columns || (values > c->columns && !c->surplus))
			return 1;
		if (values > 0)
			tell_width(c, values);
	}
	return ERR_INPUT;
}

/* look_at_start drops a byte-order mark, and tells what is no CSV at all. */
static int look_at_start(struct csv_rows *c)
{
	static const struct {
		const char *bytes;
		size_t length;
		const char *what;
	} others[] = {
	    {"\xff\xfe", 2, "This is UTF-16, not UTF-8"},
	    {"\xfe\xff", 2, "This is UTF-16, not UTF-8"},
	    {"PK\3\4", 4, "This is a workbook or an archive that is called a CSV file"},
	    {"\xd0\xcf\x11\xe0", 4, "This is a workbook that is called a CSV file"},
	};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (c->end >= others[i].length &&
		    memcmp(c->buffer, others[i].bytes, others[i].length) == 0) {
			faults_add(c->faults, FAULT_REFUSED, "not_text", here(c, NULL, NULL),
			    save_as_utf8, "%s", others[i].what);
			return ERR_INPUT;
		}
	if (c->end >= 3 && memcmp(c->buffer, "\xef\xbb\xbf", 3) == 0)
		c->at = 3;
	if (!memchr(c->buffer, '\n', c->end) && memchr(c->buffer, '\r', c->end))
		c->line_end = '\r';
	return 0;
}

/* find_separator believes the heading when it has no comma. */
static void find_separator(struct csv_rows *c, const char *row, size_t length)
{
	if (memchr(row, ',', length))
		return;
	char other = memchr(row, ';', length) ? ';' : '\t';
	if (!memchr(row, other, length))
		return;
	c->separator = other;
	faults_add(c->faults, FAULT_NOTE, "separator", here(c, NULL, NULL), "Export with commas",
	    "Values are separated by %s, not by commas", other == ';' ? "semicolons" : "tabs");
}

static int read_heading(struct csv_rows *c)
{
	const char *names[CSV_COLUMNS_MAX];
	char *row;
	size_t length;
	int rc = find_row(c, &row, &length);
	if (rc < 0)
		return rc;
	if (rc == 0 || is_blank(c, row, length)) {
		faults_add(c->faults, FAULT_REFUSED, "empty_file", here(c, NULL, NULL),
		    "Export and upload it again", "The file is empty: it has no heading");
		return ERR_INPUT;
	}
	find_separator(c, row, length);
	c->columns = CSV_COLUMNS_MAX;
	for (int i = 0; i < CSV_COLUMNS_MAX; i++)
		c->place[i] = i;
	size_t columns = cut(c, row, length, names);
	if (columns > CSV_COLUMNS_MAX)
		faults_add(c->faults, FAULT_REFUSED, "row_width", here(c, NULL, NULL),
		    "Is it a CSV file? Export it again", "The heading has more than %d columns",
		    CSV_COLUMNS_MAX);
	if (columns == 0 || columns > CSV_COLUMNS_MAX)
		return ERR_INPUT;
	while (columns > 1 && !*names[columns - 1])
		columns--;
	c->columns = columns;
	for (size_t i = 0; i < columns; i++)
		c->heading[i] = xstrdup(names[i]);
	return 0;
}

int csv_rows_open(struct csv_rows *c, struct pack_stream *in, size_t columns, struct faults *f)
{
	*c = (struct csv_rows){.file = in->file->name,
	    .in = in,
	    .faults = f,
	    .buffer = xmalloc(BUFFER_BYTES + 1),
	    .separator = ',',
	    .line_end = '\n',
	    .columns = columns};
	int rc = fill(c);
	if (rc == 0)
		rc = look_at_start(c);
	if (rc == 0 && columns == 0)
		rc = read_heading(c);
	c->failed = rc < 0;
	for (int i = 0; i < CSV_COLUMNS_MAX; i++)
		c->place[i] = CSV_SKIP;
	return rc;
}

void csv_rows_close(struct csv_rows *c)
{
	for (size_t i = 0; i < CSV_COLUMNS_MAX; i++)
		free((char *)c->heading[i]);
	free(c->buffer);
	*c = (struct csv_rows){0};
}
