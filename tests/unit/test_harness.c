/*
 * test_harness - the runner tells what became of a test, whatever a test does.
 *
 * The tests below that must not pass are registered only when this program runs
 * itself, with BAD_TESTS set; what it then prints is compared.
 */
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void fine(void)
{
	puts("not shown");
}

static void wrong(void)
{
	puts("said before");
	CHECK_INT(2 + 2, 5);
	puts("never reached");
}

/* A signal no memory checker takes for itself. */
static void crashing(void)
{
	raise(SIGUSR1);
}

/* hanging leaves a child of its own, and files, for the runner to clear away. */
static void hanging(void)
{
	mkdir("folder", 0700);
	printf("folder %s\n", getcwd((char[256]){0}, 256));
	test_write("folder/file", "content");
	pid_t pid = fork();
	if (pid > 0)
		printf("child %d\n", (int)pid);
	for (;;)
		pause();
}

static void skipped(void)
{
	puts("first words");
	test_skip("no data here");
}

static void exiting(void)
{
	exit(3);
}

static struct test bad[] = {
    {"bad: fine", "t/bad.c", 1, 5, fine, NULL},
    {"bad: wrong", "t/bad.c", 2, 5, wrong, NULL},
    {"bad: crashing", "t/bad.c", 3, 5, crashing, NULL},
    {"bad: hanging", "t/bad.c", 4, 1, hanging, NULL},
    {"bad: skipped", "t/worse.c", 5, 5, skipped, NULL},
    {"bad: exiting", "t/worse.c", 6, 5, exiting, NULL},
};

static void __attribute__((constructor)) register_bad(void)
{
	for (size_t i = 0; getenv("BAD_TESTS") && i < sizeof(bad) / sizeof(bad[0]); i++)
		test_register(&bad[i]);
}

/* run_self runs the bad tests whose sentence contains part. */
static const char *run_self(const char *arguments, int *status)
{
	static char text[8192];
	char command[512], program[256] = {0};
	CHECK(readlink("/proc/self/exe", program, sizeof(program) - 1) > 0);
	snprintf(
	    command, sizeof(command), "BAD_TESTS=1 TEST_PATIENCE=1 '%s' %s", program, arguments);
	FILE *from = popen(command, "r");
	CHECK(from);
	text[fread(text, 1, sizeof(text) - 1, from)] = '\0';
	*status = WEXITSTATUS(pclose(from));
	return text;
}

TEST("what became of each test is told in the order of the source")
{
	int status;
	const char *text = run_self("bad:", &status);
	const char *const parts[] = {"bad.c\n", "  ok    bad: fine\n", "  FAIL  bad: wrong\n",
	    "\tsaid before\n", ": 2 + 2 is 4, want 5\n",
	    "  CRASH bad: crashing (User defined signal 1)\n",
	    "  HANG  bad: hanging (no result in 1 s)\n", "worse.c\n",
	    "  skip  bad: skipped (no data here)\n", "  FAIL  bad: exiting\n",
	    "1 passed, 4 failed, 1 skipped\n"};
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		CHECK_HAS(text, parts[i]);
		text = strstr(text, parts[i]) + strlen(parts[i]);
	}
	CHECK_STR(text, "");
	CHECK_INT(status, 1);
}

TEST("output is shown of tests that fail and of no others")
{
	int status;
	const char *text = run_self("bad:", &status);
	CHECK(!strstr(text, "not shown"));
	CHECK(!strstr(text, "first words"));
	CHECK(!strstr(text, "never reached"));
}

TEST("a quiet run shows failures and the last line only")
{
	int status;
	CHECK_STR(run_self("-q 'bad: fine'", &status), "1 passed, 0 failed\n");
	CHECK_INT(status, 0);
	CHECK_STR(run_self("-q 'bad: skipped'", &status), "0 passed, 0 failed, 1 skipped\n");
	CHECK_INT(status, 0);
	CHECK_HAS(run_self("-q 'bad: wrong'", &status), "  FAIL  bad: wrong\n");
	CHECK_INT(status, 1);
}

TEST("a test that hangs leaves neither processes nor files behind")
{
	int status, child;
	char folder[256];
	const char *text = run_self("'bad: hanging'", &status);
	const char *said = strstr(text, "folder ");
	CHECK(said);
	CHECK_INT(sscanf(said, "folder %255s child %d", folder, &child), 2);
	CHECK_INT(access(folder, F_OK), -1);
	CHECK_INT(kill(child, 0), -1);
	CHECK_INT(errno, ESRCH);
}

TEST("a test begins in an empty folder of its own, with nothing to read")
{
	char folder[256];
	CHECK(getcwd(folder, sizeof(folder)));
	CHECK(strcmp(folder, test_root()) != 0);
	CHECK_INT(chdir(".."), 0);
	CHECK_INT(rmdir(folder), 0);
	CHECK_INT(mkdir(folder, 0700), 0);
	CHECK_INT(getchar(), EOF);
}

TEST("the repository's folder is found from anywhere")
{
	char path[512];
	snprintf(path, sizeof(path), "%s/tests/harness/test.h", test_root());
	CHECK_INT(access(path, R_OK), 0);
}
