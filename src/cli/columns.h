/*
 * columns - how wide text is on a screen, and text that is safe to put there.
 * Names carry accents and marks; what others wrote may carry escape sequences.
 */
#ifndef COLUMNS_H
#define COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

/* columns_start makes the functions below read UTF-8, whatever the locale is; tells
 * whether the locale is UTF-8 too, so that the terminal shows more than ASCII. */
bool columns_start(void);

/* columns_clean copies text, with ? for control characters and broken UTF-8; free it. */
char *columns_clean(const char *text);

/* columns_width counts the columns of clean text. */
size_t columns_width(const char *text);

/* columns_fit gives how many bytes of clean text fit into columns; columns_line the
 * same, ending at a blank if there is one (for wrapped paragraphs). */
size_t columns_fit(const char *text, size_t columns);
size_t columns_line(const char *text, size_t columns);

#endif
