/* err - why something failed, and die for a start that cannot go on. */
#include "err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

int err_set(struct err *e, int code, const char *fmt, ...)
{
	if (!e)
		return code;
	e->code = code;
	va_list args;
	va_start(args, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, args);
	va_end(args);
	return code;
}

static void append(struct err *e, const char *text)
{
	size_t used = strlen(e->text);
	text_copy(e->text + used, sizeof(e->text) - used, text);
}

void err_prefix(struct err *e, const char *fmt, ...)
{
	if (!e)
		return;
	struct err old = *e;
	va_list args;
	va_start(args, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, args);
	va_end(args);
	append(e, ": ");
	append(e, old.text);
}

const char *err_name(int code)
{
	static const char *const names[] = {
	    "none", "usage", "input", "limit", "reach", "timeout", "refused", "lost", "system"};
	const int count = sizeof(names) / sizeof(names[0]);
	return code <= 0 && code > -count ? names[-code] : "unknown";
}

void die(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}
