/* table - rows that fit the terminal (output.h). */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "output.h"

enum { COLUMNS_MAX = 12, CUT_LEAST = 12, GAP = 2 };

struct cell {
	char *text; /* owned, clean */
	enum colour colour;
};

void table_start(struct table *t, const char *const *headings)
{
	*t = (struct table){.headings = headings};
	while (headings[t->width])
		t->width++;
	assert(t->width <= COLUMNS_MAX);
}

static const char *heading(const struct table *t, size_t column)
{
	const char *text = t->headings[column];
	return text + (*text == '!');
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

static size_t total(const size_t *widths, size_t count)
{
	size_t sum = (count - 1) * GAP;
	for (size_t i = 0; i < count; i++)
		sum += widths[i];
	return sum;
}

static void measure(const struct table *t, size_t *widths)
{
	for (size_t i = 0; i < t->width; i++)
		widths[i] = strlen(heading(t, i));
	for (size_t i = 0; i < t->count; i++) {
		size_t width = columns_width(t->cells[i].text);
		if (width > widths[i % t->width])
			widths[i % t->width] = width;
	}
}

/* fit makes the widest column narrower until the row fits; false when it cannot. */
static bool fit(const struct table *t, size_t *widths, size_t columns)
{
	while (total(widths, t->width) > columns) {
		size_t widest = t->width;
		for (size_t i = 0; i < t->width; i++)
			if (t->headings[i][0] != '!' && widths[i] > CUT_LEAST &&
			    (widest == t->width || widths[i] > widths[widest]))
				widest = i;
		if (widest == t->width)
			return false;
		widths[widest]--;
	}
	return true;
}

/* print_row pads all but the last cell, which would only leave blanks at the end. */
static void print_row(const struct cell *cells, const size_t *widths, size_t count)
{
	struct buf b;
	buf_init(&b, 0);
	for (size_t i = 0; i < count; i++) {
		size_t width = out_line(&b, cells[i].colour, widths[i], cells[i].text);
		if (i + 1 < count)
			buf_addf(&b, "%*s", (int)(widths[i] - width + GAP), "");
	}
	while (b.length > 0 && b.data[b.length - 1] == ' ')
		b.data[--b.length] = '\0';
	puts(b.data);
	buf_clear(&b);
}

static void print_aligned(const struct table *t, const size_t *widths)
{
	struct cell head[COLUMNS_MAX];
	for (size_t i = 0; i < t->width; i++)
		head[i] = (struct cell){(char *)(uintptr_t)heading(t, i), BOLD};
	print_row(head, widths, t->width);
	for (size_t i = 0; i + t->width <= t->count; i += t->width)
		print_row(t->cells + i, widths, t->width);
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
	size_t widths[COLUMNS_MAX], columns = (size_t)out_columns();
	measure(t, widths);
	if (columns == 0 || fit(t, widths, columns))
		print_aligned(t, widths);
	else if (t->count > 0)
		print_stacked(t, columns);
	for (size_t i = 0; i < t->count; i++)
		free(t->cells[i].text);
	free(t->cells);
	*t = (struct table){0};
}
