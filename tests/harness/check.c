/* check - what a test says: checks, files, the repository's folder. */
#include "test.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "runner_int.h"

/* finish ends the test at once: what it leaves open is not its failure. */
static void __attribute__((noreturn)) finish(int status)
{
	fflush(NULL);
	_exit(status);
}

void test_fail(const char *file, int line, const char *fmt, ...)
{
	printf("%s:%d: ", file, line);
	va_list args;
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	finish(STATUS_FAILED);
}

void test_skip(const char *why)
{
	printf("%s\n", why);
	finish(STATUS_SKIPPED);
}

void test_true(bool is, const char *what, const char *file, int line)
{
	if (!is)
		test_fail(file, line, "%s does not hold", what);
}

void test_int(int64_t got, int64_t want, const char *what, const char *file, int line)
{
	if (got != want)
		test_fail(file, line, "%s is %" PRId64 ", want %" PRId64, what, got, want);
}

/* quote makes text visible on one line: NULL, control characters, the ends. */
static char *quote(const char *text)
{
	char *out = NULL;
	size_t size;
	FILE *to = open_memstream(&out, &size);
	if (!to)
		abort();
	fputs(text ? "\"" : "NULL", to);
	for (; text && *text; text++) {
		if (*text == '\n')
			fputs("\\n", to);
		else if ((unsigned char)*text < ' ')
			fprintf(to, "\\x%02x", (unsigned char)*text);
		else
			fputc(*text, to);
	}
	fputs(text ? "\"" : "", to);
	fclose(to);
	return out;
}

void test_str(const char *got, const char *want, const char *what, const char *file, int line)
{
	if (got == want || (got && want && strcmp(got, want) == 0))
		return;
	test_fail(file, line, "%s is\n     %s, want\n     %s", what, quote(got), quote(want));
}

void test_has(const char *text, const char *part, const char *what, const char *file, int line)
{
	if (!text || !strstr(text, part))
		test_fail(file, line, "%s is\n     %s, want it to contain\n     %s", what,
		    quote(text), quote(part));
}

const char *test_write(const char *name, const char *content)
{
	FILE *to = fopen(name, "w");
	if (!to || fputs(content, to) < 0 || fclose(to) != 0)
		test_fail(__FILE__, __LINE__, "%s cannot be written: %s", name, strerror(errno));
	return name;
}

static bool is_root(const char *folder)
{
	char path[PATH_MAX + 32];
	snprintf(path, sizeof(path), "%s/tests/harness/test.h", folder);
	return access(path, R_OK) == 0;
}

/* find_root walks from folder upwards; folder is shortened to what was found. */
static bool find_root(char *folder)
{
	while (*folder && !is_root(folder))
		*strrchr(folder, '/') = '\0';
	return *folder != '\0';
}

const char *test_root(void)
{
	static char root[PATH_MAX];
	if (*root)
		return root;
	const char *given = getenv("ROLLCALL_ROOT");
	if (given && *given)
		return given;
	snprintf(root, sizeof(root), "%s", test_start_folder);
	if (find_root(root))
		return root;
	ssize_t length = readlink("/proc/self/exe", root, sizeof(root) - 1);
	root[length > 0 ? length : 0] = '\0';
	if (!find_root(root))
		test_fail(__FILE__, __LINE__, "the repository is not above %s nor the program",
		    test_start_folder);
	return root;
}
