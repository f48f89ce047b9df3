/* table - rows that fit the terminal (output.h). */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "output.h"

enum { COLUMNS_MAX = 12, GAP = 2 };

struct cell {
	char *text; /* owned, clean */
	enum colour colour;
};

/* How much narrower a column may become: one that is cut, one whose cells wrap, and one of
 * ids, which lose their middle. First come, then to the quick. */
struct least {
	size_t cut, wrapped, id;
};
static const struct least gentle = {12, 24, SIZE_MAX}, harsh = {6, 12, 12};

/* What is shown: hidden columns have no place in a row. */
struct layout {
	size_t widths[COLUMNS_MAX];
	bool hidden[COLUMNS_MAX];
};

void table_start(struct table *t, const char *const *headings)
{
	*t = (struct table){.headings = headings};
	while (headings[t->width])
		t->width++;
	assert(t->width <= COLUMNS_MAX);
}

static bool is_id(const struct table *t, size_t column)
{
	return strchr(t->headings[column], '!');
}

static bool is_wrapped(const struct table *t, size_t column)
{
	return strchr(t->headings[column], '~');
}

static const char *heading(const struct table *t, size_t column)
{
	return t->headings[column] + strspn(t->headings[column], "!~0123456789");
}

void table_cell(struct table *t, enum colour c, const char *fmt, ...)
{
	if (t->count == t->room) {
		t->room = t->room ? 2 * t->room : 64;
		t->cells = xrealloc(t->cells, t->room * sizeof *t->cells);
	}
	char *text;
	va_list args;
	va_start(args, fmt);
	int length = vasprintf(&text, fmt, args);
	va_end(args);
	if (length < 0)
		abort();
	t->cells[t->count++] = (struct cell){columns_clean(text), c};
	free(text);
}

/* ---- how wide ------------------------------------------------------------------ */

static size_t total(const struct table *t, const struct layout *l)
{
	size_t sum = 0;
	for (size_t i = 0; i < t->width; i++)
		if (!l->hidden[i])
			sum += l->widths[i] + (sum > 0 ? GAP : 0);
	return sum;
}

static void measure(const struct table *t, struct layout *l)
{
	for (size_t column = 0; column < t->width; column++) {
		l->widths[column] = strlen(heading(t, column));
		for (size_t i = column; i < t->count; i += t->width) {
			size_t width = columns_width(t->cells[i].text);
			if (width > l->widths[column])
				l->widths[column] = width;
		}
	}
}

static size_t least_of(const struct table *t, size_t column, const struct least *least)
{
	return is_id(t, column) ? least->id : is_wrapped(t, column) ? least->wrapped : least->cut;
}

/* squeeze makes the widest column narrower until a row fits; false when it cannot. */
static bool squeeze(
    const struct table *t, struct layout *l, size_t columns, const struct least *least)
{
	measure(t, l);
	while (total(t, l) > columns) {
		size_t widest = t->width;
		for (size_t i = 0; i < t->width; i++)
			if (!l->hidden[i] && l->widths[i] > least_of(t, i, least) &&
			    (widest == t->width || l->widths[i] > l->widths[widest]))
				widest = i;
		if (widest == t->width)
			return false;
		l->widths[widest]--;
	}
	return true;
}

/* fit hides the columns that matter least, one after the other, before anything is cut to
 * the quick. */
static bool fit(const struct table *t, struct layout *l, size_t columns)
{
	if (squeeze(t, l, columns, &gentle))
		return true;
	for (char rank = '9'; rank >= '1'; rank--) {
		bool hid = false;
		for (size_t i = 0; i < t->width; i++)
			if (strchr(t->headings[i], rank))
				hid = l->hidden[i] = true;
		if (hid && squeeze(t, l, columns, &gentle))
			return true;
	}
	return squeeze(t, l, columns, &harsh);
}

/* ---- rows ------------------------------------------------------------------------ */

/* add_shortened takes the middle out of an id: its beginning tells the kind or the time, its
 * end one from the next. */
static size_t add_shortened(struct buf *b, enum colour c, size_t width, const char *text)
{
	if (columns_width(text) <= width)
		return out_line(b, c, 0, text);
	size_t head = columns_fit(text, width / 2), tail = head;
	size_t room = width - 1 - width / 2;
	while (columns_width(text + tail) > room)
		for (tail++; ((unsigned char)text[tail] & 0xc0) == 0x80;)
			tail++;
	char *shorter =
	    xasprintf("%.*s%s%s", (int)head, text, out_shows_unicode() ? "…" : "~", text + tail);
	size_t taken = out_line(b, c, 0, shorter);
	free(shorter);
	return taken;
}

/* add_cell adds what one line takes of a cell; *rest is what is left for the next line. */
static size_t add_cell(const struct table *t, struct buf *b, size_t column, size_t width,
    const struct cell *cell, const char **rest)
{
	if (is_id(t, column))
		return add_shortened(b, cell->colour, width, cell->text);
	if (!is_wrapped(t, column) || columns_width(cell->text) <= width)
		return out_line(b, cell->colour, width, cell->text);
	size_t length = columns_line(cell->text, width);
	char *first = xstrndup(cell->text, length);
	size_t taken = out_line(b, cell->colour, width, first);
	*rest = cell->text + length;
	free(first);
	return taken;
}

static void put_line(struct buf *b)
{
	while (b->length > 0 && b->data[b->length - 1] == ' ')
		b->data[--b->length] = '\0';
	puts(b->data ? b->data : "");
	buf_reset(b);
}

/* print_row prints one line, and below it the rest of a last cell that wraps. */
static void print_row(const struct table *t, const struct layout *l, const struct cell *cells)
{
	struct buf b;
	size_t begun = 0, used = 0;
	const struct cell *last = NULL;
	const char *rest = "";
	buf_init(&b, 0);
	for (size_t i = 0; i < t->width; i++) {
		if (l->hidden[i])
			continue;
		if (last)
			buf_addf(&b, "%*s", (int)(begun - used), "");
		used = begun + add_cell(t, &b, i, l->widths[i], &cells[i], &rest);
		begun += l->widths[i] + GAP;
		last = &cells[i];
	}
	put_line(&b);
	if (last && *rest) {
		size_t indent = total(t, l) - l->widths[last - cells];
		out_paragraph(&b, last->colour, total(t, l), indent, rest + strspn(rest, " "));
		fputs(b.data, stdout);
	}
	buf_clear(&b);
}

static void print_aligned(const struct table *t, const struct layout *l)
{
	struct cell head[COLUMNS_MAX];
	for (size_t i = 0; i < t->width; i++)
		head[i] = (struct cell){(char *)(uintptr_t)heading(t, i), BOLD};
	print_row(t, l, head);
	for (size_t i = 0; i + t->width <= t->count; i += t->width)
		print_row(t, l, t->cells + i);
}

/* print_stacked wraps a row between its cells, the second line indented. */
static void print_stacked(const struct table *t, size_t columns)
{
	size_t used = 0;
	for (size_t i = 0; i < t->count; i++) {
		const struct cell *c = &t->cells[i];
		size_t width = columns_width(c->text);
		if (!*c->text && i % t->width != 0)
			continue;
		if (i % t->width == 0) {
			printf("%s", i ? "\n" : "");
			used = 0;
		} else if (used + GAP + width > columns) {
			printf("\n  ");
			used = GAP;
		} else {
			printf("  ");
			used += GAP;
		}
		struct buf b;
		buf_init(&b, 0);
		used += out_line(&b, c->colour, columns - GAP, c->text);
		fputs(b.data, stdout);
		buf_clear(&b);
	}
	printf("\n");
}

void table_print(struct table *t)
{
	struct layout l = {0};
	size_t columns = (size_t)out_columns();
	measure(t, &l);
	if (columns == 0 || fit(t, &l, columns))
		print_aligned(t, &l);
	else if (t->count > 0)
		print_stacked(t, columns);
	for (size_t i = 0; i < t->count; i++)
		free(t->cells[i].text);
	free(t->cells);
	*t = (struct table){0};
}
