/*
 * buf - bytes that grow, and memory that is never refused.
 *
 * The room doubles, so that appending n bytes one by one costs O(n). One byte
 * beyond the length always holds a NUL, and is not counted by the ceiling.
 */
#include "buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 64 };

/* buf_reserve makes room for length more bytes and the NUL. */
static int buf_reserve(struct buf *b, size_t length)
{
	if (length > SIZE_MAX / 2 - b->length - 1)
		return ERR_LIMIT;
	size_t need = b->length + length;
	if (b->limit && need > b->limit)
		return ERR_LIMIT;
	if (need < b->room)
		return 0;
	size_t room = b->room ? b->room : ROOM_FIRST;
	while (room <= need)
		room *= 2;
	b->data = xrealloc(b->data, room);
	b->room = room;
	return 0;
}

void buf_init(struct buf *b, size_t limit)
{
	*b = (struct buf){.limit = limit};
}

void buf_clear(struct buf *b)
{
	free(b->data);
	buf_init(b, b->limit);
}

void buf_reset(struct buf *b)
{
	b->length = 0;
	if (b->data)
		b->data[0] = '\0';
}

int buf_put(struct buf *b, const void *bytes, size_t length)
{
	int rc = buf_reserve(b, length);
	if (rc < 0)
		return rc;
	if (length)
		memcpy(b->data + b->length, bytes, length);
	b->length += length;
	b->data[b->length] = '\0';
	return 0;
}

int buf_puts(struct buf *b, const char *text)
{
	return buf_put(b, text, strlen(text));
}

static int PRINTF_LIKE(2, 0) buf_vprintf(struct buf *b, const char *fmt, va_list args)
{
	va_list again;
	va_copy(again, args);
	int length = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	assert(length >= 0);
	int rc = buf_reserve(b, (size_t)length);
	if (rc < 0)
		return rc;
	vsnprintf(b->data + b->length, (size_t)length + 1, fmt, args);
	b->length += (size_t)length;
	return 0;
}

int buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	int rc = buf_vprintf(b, fmt, args);
	va_end(args);
	return rc;
}

void buf_add(struct buf *b, const void *bytes, size_t length)
{
	int rc = buf_put(b, bytes, length);
	assert(rc == 0);
}

void buf_adds(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	int rc = buf_vprintf(b, fmt, args);
	va_end(args);
	assert(rc == 0);
}

void buf_url(struct buf *b, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~";
	while (*text) {
		size_t run = strspn(text, plain);
		buf_add(b, text, run);
		text += run;
		if (*text)
			buf_addf(b, "%%%02X", (unsigned char)*text++);
	}
}

char *buf_take(struct buf *b)
{
	char *data = b->data ? xrealloc(b->data, b->length + 1) : xstrdup("");
	buf_init(b, b->limit);
	return data;
}

/* out_of_memory leaves a core dump; it prints without taking memory. */
static void __attribute__((noreturn)) out_of_memory(size_t size)
{
	fprintf(stderr, "out of memory: %zu bytes refused\n", size);
	abort();
}

void *xmalloc(size_t size)
{
	void *p = malloc(size ? size : 1);
	if (!p)
		out_of_memory(size);
	return p;
}

void *xcalloc(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);
	if (!p)
		out_of_memory(size);
	return p;
}

void *xrealloc(void *old, size_t size)
{
	void *p = realloc(old, size ? size : 1);
	if (!p)
		out_of_memory(size);
	return p;
}

char *xstrdup(const char *text)
{
	return text ? xstrndup(text, strlen(text)) : NULL;
}

char *xstrndup(const char *text, size_t length)
{
	size_t fits = strnlen(text, length);
	char *copy = xmalloc(fits + 1);
	memcpy(copy, text, fits);
	copy[fits] = '\0';
	return copy;
}

char *xasprintf(const char *fmt, ...)
{
	struct buf b;
	buf_init(&b, 0);
	va_list args;
	va_start(args, fmt);
	int rc = buf_vprintf(&b, fmt, args);
	va_end(args);
	assert(rc == 0);
	return buf_take(&b);
}

int text_copy(char *to, size_t room, const char *from)
{
	assert(room > 0);
	size_t length = strlen(from);
	size_t fits = length < room ? length : room - 1;
	memcpy(to, from, fits);
	to[fits] = '\0';
	return fits == length;
}

/* How many bytes the character at p has, 0 if it is none in UTF-8. */
static size_t character(const unsigned char *p, size_t left)
{
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n < 2)
		return n;
	if (p[0] > 0xf4 || left < n || (p[0] == 0xe0 && p[1] < 0xa0) ||
	    (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
	    (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

void text_mend(char *text, size_t length)
{
	for (size_t i = 0, n; i < length; i += n ? n : 1) {
		n = character((unsigned char *)text + i, length - i);
		if (n == 0 || text[i] == '\0')
			text[i] = '?';
	}
}
