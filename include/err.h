/* err - why something failed: a code for programs and a sentence for people. */
#ifndef ERR_H
#define ERR_H

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

enum err_code {
	ERR_USAGE = -1,		/* the caller's words are off */
	ERR_INPUT = -2,		/* what a file or a peer said is malformed */
	ERR_LIMIT = -3,		/* larger or deeper than allowed */
	ERR_REACH = -4,		/* a peer cannot be reached or went away */
	ERR_TIMEOUT = -5,	/* no answer within the deadline */
	ERR_REFUSED = -6,	/* a peer answered with an error */
	ERR_LOST = -7,		/* the lease is gone: somebody else owns it now */
	ERR_SYSTEM = -8,	/* the operating system said no */
};

struct err {
	int code;
	char text[384];		/* names the thing, the value and the remedy */
};

/* err_set fills *e (NULL is allowed) and returns code, so that a function can
 * end with "return err_set(e, ERR_INPUT, ...)". */
int err_set(struct err *e, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* err_prefix puts "<what>: " before the text that *e already has. */
void err_prefix(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* err_name gives the fixed lower-case word of a code, for logs. */
const char *err_name(int code);

/* die reports a bad start on stderr and exits with status 1. */
void die(const char *fmt, ...) PRINTF_LIKE(1, 2) __attribute__((noreturn));

#endif
