/*
 * test - a test is a sentence that is true.
 *
 *	TEST("a retry never waits more than an hour")
 *	{
 *		CHECK_INT(next_delay(20), 3600);
 *	}
 *
 * Each test runs in a process and an empty folder of its own, with a time limit
 * of 5 s (TEST_SLOW: 60 s; TEST_PATIENCE=n in the environment multiplies them);
 * its output is shown only when it fails.
 */
#ifndef TEST_H
#define TEST_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct test {
	const char *sentence;
	const char *file;
	int line;
	int limit_s;
	void (*run)(void);
	struct test *next;
};

void test_register(struct test *t);

#define TEST_JOIN2(a, b) a##b
#define TEST_JOIN(a, b) TEST_JOIN2(a, b)
#define TEST_WITHIN(seconds, words) TEST_AT(seconds, words, __COUNTER__)
#define TEST_AT(seconds, words, n)                                             \
	static void TEST_JOIN(test_run_, n)(void);                              \
	static struct test TEST_JOIN(test_, n) = {                              \
		words, __FILE__, __LINE__, seconds, TEST_JOIN(test_run_, n), NULL}; \
	static void __attribute__((constructor)) TEST_JOIN(test_put_, n)(void)  \
	{                                                                       \
		test_register(&TEST_JOIN(test_, n));                            \
	}                                                                       \
	static void TEST_JOIN(test_run_, n)(void)

#define TEST(words) TEST_WITHIN(5, words)
#define TEST_SLOW(words) TEST_WITHIN(60, words)

/* A check that fails prints expression, got and wanted, and ends the test. */
#define CHECK(e) test_true(!!(e), #e, __FILE__, __LINE__)
#define CHECK_INT(got, want) \
	test_int((int64_t)(got), (int64_t)(want), #got, __FILE__, __LINE__)
#define CHECK_STR(got, want) test_str(got, want, #got, __FILE__, __LINE__)
#define CHECK_HAS(text, part) test_has(text, part, #text, __FILE__, __LINE__)
#define FAIL(...) test_fail(__FILE__, __LINE__, __VA_ARGS__)

/* test_skip ends the test as skipped, with the reason shown. */
void test_skip(const char *why) __attribute__((noreturn));

void test_true(bool is, const char *what, const char *file, int line);
void test_int(int64_t got, int64_t want, const char *what, const char *file, int line);
void test_str(const char *got, const char *want, const char *what, const char *file, int line);
void test_has(const char *text, const char *part, const char *what, const char *file, int line);
void test_fail(const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4), noreturn));

/* test_write makes a file in the test's folder and returns its name. */
const char *test_write(const char *name, const char *content);

/* test_root gives the repository's folder (ROLLCALL_ROOT, else found upwards). */
const char *test_root(void);

#endif
