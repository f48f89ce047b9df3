/*
 * words - the words of a command, copied into an arena of growing pieces: adding
 * one costs a copy, not an allocation.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "redis_int.h"

enum { PIECE_FIRST = 1024, PIECE_MAX = 256 * 1024, DIGITS_MAX = 24 };

struct words_arena {
	struct words_arena *next; /* owned; older pieces */
	size_t used, room;
	char bytes[];
};

void words_init(struct words *w)
{
	*w = (struct words){0};
}

void words_clear(struct words *w)
{
	while (w->arena) {
		struct words_arena *piece = w->arena;
		w->arena = piece->next;
		free(piece);
	}
	free(w->at);
	free(w->length);
	words_init(w);
}

void words_reset(struct words *w)
{
	while (w->arena && w->arena->next) {
		struct words_arena *older = w->arena->next;
		w->arena->next = older->next;
		free(older);
	}
	if (w->arena)
		w->arena->used = 0;
	w->count = 0;
}

static char *arena_take(struct words *w, size_t size)
{
	struct words_arena *piece = w->arena;
	if (!piece || piece->room - piece->used < size) {
		size_t room = piece ? 2 * piece->room : PIECE_FIRST;
		room = room < PIECE_MAX ? room : PIECE_MAX;
		room = room > size ? room : size;
		piece = xmalloc(sizeof *piece + room);
		*piece = (struct words_arena){.next = w->arena, .room = room};
		w->arena = piece;
	}
	piece->used += size;
	return piece->bytes + piece->used - size;
}

/* word_new makes place for a word of that length, and its NUL. */
static char *word_new(struct words *w, size_t length)
{
	if (w->count == w->room) {
		w->room = w->room ? 2 * w->room : 16;
		w->at = xrealloc(w->at, w->room * sizeof *w->at);
		w->length = xrealloc(w->length, w->room * sizeof *w->length);
	}
	char *word = arena_take(w, length + 1);
	word[length] = '\0';
	w->at[w->count] = word;
	w->length[w->count++] = length;
	return word;
}

void words_add_bytes(struct words *w, const char *bytes, size_t length)
{
	char *word = word_new(w, length);
	if (length)
		memcpy(word, bytes, length);
}

void words_add(struct words *w, const char *text)
{
	words_add_bytes(w, text, text ? strlen(text) : 0);
}

void words_addf(struct words *w, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	int length = vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	assert(length >= 0);
	if ((size_t)length < sizeof text) {
		words_add_bytes(w, text, (size_t)length);
		return;
	}
	char *word = word_new(w, (size_t)length);
	va_start(args, fmt);
	vsnprintf(word, (size_t)length + 1, fmt, args);
	va_end(args);
}

/* digits writes n in decimal and returns how many bytes that took. */
static size_t digits(char *to, uint64_t n)
{
	char reversed[DIGITS_MAX];
	size_t count = 0;
	do {
		reversed[count++] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	for (size_t i = 0; i < count; i++)
		to[i] = reversed[count - 1 - i];
	return count;
}

void words_int(struct words *w, int64_t n)
{
	char text[DIGITS_MAX];
	size_t sign = n < 0;
	text[0] = '-';
	uint64_t magnitude = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
	words_add_bytes(w, text, sign + digits(text + sign, magnitude));
}

void words_append(struct words *w, const struct words *more)
{
	for (size_t i = 0; i < more->count; i++)
		words_add_bytes(w, more->at[i], more->length[i]);
}

/* ---- on the wire ---- */

/* header writes "*3\r\n" or "$11\r\n". */
static char *header(char *to, char kind, size_t n)
{
	*to++ = kind;
	to += digits(to, n);
	*to++ = '\r';
	*to++ = '\n';
	return to;
}

char *words_format(const struct words *w, size_t *size)
{
	size_t room = DIGITS_MAX;
	for (size_t i = 0; i < w->count; i++)
		room += w->length[i] + DIGITS_MAX + 2;
	char *text = xmalloc(room), *to = header(text, '*', w->count);
	for (size_t i = 0; i < w->count; i++) {
		to = header(to, '$', w->length[i]);
		memcpy(to, w->at[i], w->length[i]);
		to += w->length[i];
		*to++ = '\r';
		*to++ = '\n';
	}
	*size = (size_t)(to - text);
	return text;
}

/* ---- a command in one line ---- */

/* convert appends one argument to the word being built. */
static void convert(struct buf *word, char conversion, va_list *args)
{
	if (conversion == 's') {
		const char *text = va_arg(*args, const char *);
		buf_adds(word, text ? text : "");
	} else if (conversion == 'b') {
		const char *bytes = va_arg(*args, const char *);
		buf_add(word, bytes, va_arg(*args, size_t));
	} else if (conversion == '%') {
		buf_adds(word, "%");
	} else {
		assert(conversion == 'd'); /* there are no others */
		buf_addf(word, "%lld", (long long)va_arg(*args, int64_t));
	}
}

void words_vformat(struct words *w, const char *fmt, va_list args)
{
	struct buf word;
	va_list left;

	buf_init(&word, 0);
	va_copy(left, args);
	while (*fmt) {
		fmt += strspn(fmt, " ");
		if (!*fmt)
			break;
		buf_reset(&word);
		for (; *fmt && *fmt != ' '; fmt++) {
			if (*fmt == '%')
				convert(&word, *++fmt, &left);
			else
				buf_add(&word, fmt, 1);
		}
		words_add_bytes(w, word.data, word.length);
	}
	va_end(left);
	buf_clear(&word);
}
