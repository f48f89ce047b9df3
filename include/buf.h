/* buf - bytes that grow, with a ceiling set at birth. Always NUL-terminated. */
#ifndef BUF_H
#define BUF_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct buf {
	char *data;		/* owned; never NULL after the first write */
	size_t length;
	size_t room;
	size_t limit;		/* 0: no ceiling */
};

void buf_init(struct buf *b, size_t limit);
void buf_clear(struct buf *b);		/* frees; the limit stays */
void buf_reset(struct buf *b);		/* empties; keeps the memory */

/* These return 0, or ERR_LIMIT and leave *b as it was. */
int buf_put(struct buf *b, const void *bytes, size_t length) MUST_CHECK;
int buf_puts(struct buf *b, const char *text) MUST_CHECK;
int buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3) MUST_CHECK;

/* These are for buffers without a ceiling and cannot fail. */
void buf_add(struct buf *b, const void *bytes, size_t length);
void buf_adds(struct buf *b, const char *text);
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* buf_url appends text percent-encoded: all but A-Z a-z 0-9 - . _ ~ */
void buf_url(struct buf *b, const char *text);

/* buf_take hands the memory to the caller (free it) and leaves *b empty. */
char *buf_take(struct buf *b);

/* x functions abort the process when memory is out: the lease brings the job
 * back, systemd the process. */
void *xmalloc(size_t size) __attribute__((malloc));
void *xcalloc(size_t count, size_t size) __attribute__((malloc));
void *xrealloc(void *old, size_t size);
char *xstrdup(const char *text) __attribute__((malloc));	/* NULL gives NULL */
char *xstrndup(const char *text, size_t length) __attribute__((malloc));
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* text_copy copies what fits and always terminates; returns true if all fitted. */
int text_copy(char *to, size_t room, const char *from);

/* text_mend makes text fit to be kept and told: a byte that is no UTF-8, be it only because
 * a quotation was cut within a character, becomes a question mark. */
void text_mend(char *text, size_t length);

#endif
